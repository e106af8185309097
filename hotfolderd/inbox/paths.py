"""Finding the files that a table names: only below one folder, never through a link, by name as people mean it.

Reads folders and the entries in them; opens single files for reading. Writes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hotfolderd.errors import JobError, RefusedError
from hotfolderd.foreign import below, open_file
from hotfolderd.inbox.names import final_name, is_litter, name_fault
from hotfolderd.inbox.problem import listed, shown
from hotfolderd.media.same_names import fold

Kind = Literal["file", "folder", "link", "special"]

_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_LEAST_LIKENESS = 70.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a named file lies. `path` is relative to the shelf, with `/`; `note` is for the person who wrote the name.

    `other_case` means that the file's name differs from the written one in case or in the form of its accents.
    """

    state: Literal["file", "missing", "folder", "link", "special", "ambiguous"]
    path: str
    note: str = ""
    other_case: bool = False


def check_path(text: str) -> str:
    r"""The path in `text` with `/` between folders (`\` is read as `/`). Raises RefusedError if it leads elsewhere."""
    last = re.split(r"[/\\]", text.rstrip("/\\"))[-1] or "design.psd"
    advice = f"Put the file beside the CSV and write its name, such as {shown(last.split(':')[-1] or 'design.psd')}."
    if text.startswith(("\\\\", "//")):
        raise RefusedError(f"The path names another machine: {shown(text)}. {advice}")
    if _DRIVE.match(text):
        raise RefusedError(f"The path begins with a drive: {shown(text)}. {advice}")
    if _SCHEME.match(text):
        raise RefusedError(f"The path is an address: {shown(text)}. {advice}")
    if text.startswith(("/", "\\", "~/", "~\\")):
        raise RefusedError(f"The path is absolute: {shown(text)}. {advice}")
    if text.endswith(("/", "\\")):
        raise RefusedError(f"The path names a folder: {shown(text)}. Write the file's name behind it.")
    parts = [part for part in re.split(r"[/\\]", text) if part not in {"", "."}]
    if not parts:
        raise RefusedError(f"The path names no file: {shown(text)}. {advice}")
    for number, part in enumerate(parts, start=1):
        if part == "..":
            raise RefusedError(f"The path leads out of its folder by “..”: {shown(text)}. {advice}")
        fault = name_fault(part)
        if fault:
            raise RefusedError(
                f"The path cannot be used, {shown(part)} {fault}: {shown(text)}. "
                "Rename the file and write its new name."
            )
        if is_litter(part, folder=number < len(parts)):
            raise RefusedError(
                f"The path names a temporary or hidden file: {shown(text)}. Rename the file and write its new name."
            )
    return "/".join(parts)


class Shelf:
    """The files below one folder. Each folder is listed once, when it is first needed."""

    def __init__(self, home: Path, *, depth: int = 8, most_files: int = 5000) -> None:
        self.home = home
        self._depth, self._most_files = depth, most_files
        self._listed: dict[str, Mapping[str, Kind]] = {}
        self._folded: dict[str, Mapping[str, list[str]]] = {}
        self._temporary: dict[str, Mapping[str, list[str]]] = {}
        self._all: list[str] | None = None

    def entries(self, folder: str) -> Mapping[str, Kind]:
        """The names in a folder (`""` is the shelf itself) and what each is; empty where there is no such folder."""
        if folder not in self._listed:
            self._listed[folder] = _list_folder(self.home, folder)
        return self._listed[folder]

    def find(self, wanted: str) -> Place:
        """Where `wanted`, a path from `check_path`, lies: exactly, or else the one file of that name in other case."""
        parts = wanted.split("/")
        at = ""
        for number, part in enumerate(parts):
            names = self._same(at, part)
            found = [f"{at}/{name}" if at else name for name in names]
            if not found:
                half = self.half_written(wanted) if number == len(parts) - 1 else []
                return Place(
                    "missing", wanted, f"{shown(half[0])} lies there: its copy is not finished." if half else ""
                )
            if len(found) > 1:
                return Place("ambiguous", wanted, listed(found))
            kind = self.entries(at)[names[0]]
            at = found[0]
            if kind == "link":
                return Place("link", at)
            last = number == len(parts) - 1
            if not last and kind != "folder":
                return Place("missing", wanted, f"{shown(at)} is a file, not a folder.")
            if last:
                return Place(kind, at, other_case=at != wanted)
        raise AssertionError("a path has at least one part")

    def files(self, folder: str = "") -> Iterator[str]:
        """Every regular file below a folder, sorted by folder, without litter and without following links."""
        yield from self._walk(folder, folder.count("/") + 1 if folder else 0)

    def nearest_file(self, wanted: str, suffixes: tuple[str, ...]) -> str | None:
        """The file of one of these suffixes whose name is most like `wanted`'s, anywhere on the shelf; or None."""
        from rapidfuzz import fuzz  # noqa: PLC0415  only where a file is missing

        if self._all is None:
            self._all = [path for path, _ in zip(self.files(), range(self._most_files), strict=False)]
        name = fold(wanted.rsplit("/", 1)[-1])
        rated = [
            (-fuzz.ratio(name, fold(path.rsplit("/", 1)[-1])), path.count("/"), path)
            for path in self._all
            if path.lower().endswith(suffixes)
        ]
        best = min(rated, default=None)
        return best[2] if best and -best[0] >= _LEAST_LIKENESS else None

    def half_written(self, path: str) -> list[str]:
        """The temporary files beside `path` that will bear its name once they are complete."""
        folder, _, name = path.rpartition("/")
        if folder not in self._temporary:
            finals = {entry: final_name(entry) for entry in sorted(self.entries(folder))}
            self._temporary[folder] = _by_key((fold(final), entry) for entry, final in finals.items() if final)
        return [f"{folder}/{entry}" if folder else entry for entry in self._temporary[folder].get(fold(name), ())]

    def _same(self, folder: str, name: str) -> list[str]:
        """The names in a folder that mean `name`: itself, or else all that differ only in case or accents' form."""
        if name in self.entries(folder):
            return [name]
        if folder not in self._folded:
            self._folded[folder] = _by_key((fold(entry), entry) for entry in sorted(self.entries(folder)))
        return self._folded[folder].get(fold(name), [])

    def _walk(self, folder: str, depth: int) -> Iterator[str]:
        if depth > self._depth:
            return
        inner = []
        for name, kind in sorted(self.entries(folder).items()):
            path = f"{folder}/{name}" if folder else name
            if is_litter(name, folder=kind == "folder"):
                continue
            if kind == "file":
                yield path
            elif kind == "folder":
                inner.append(path)
        for path in inner:
            yield from self._walk(path, depth + 1)


def read_small_file(path: Path, most_bytes: int) -> bytes:
    """The bytes of a regular file, not through a link. Raises RefusedError if it is something else or too large."""
    name = shown(path.name)
    try:
        with below(path.parent), open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > most_bytes:
                found = f"has {size / 2**20:.1f} MiB, at most {most_bytes / 2**20:g} MiB are allowed"
                raise RefusedError(f"{name}: {found}. Split it.")
            data = file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise RefusedError(f"{name}: the file is not there any more. Drop it again.") from error
    except JobError as error:
        raise RefusedError(f"{name}: is not a plain file. Drop a plain file.") from error
    except OSError as error:
        raise RefusedError(f"{name}: cannot be opened ({error.strerror}). Drop a plain, readable file.") from error
    if len(data) > most_bytes:
        raise RefusedError(f"{name}: grows while it is read. Wait until its copy is finished.")
    return data


def _list_folder(home: Path, folder: str) -> dict[str, Kind]:
    """Opened part by part without following links, so that a folder swapped for a link meanwhile leads nowhere."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    handles = []
    try:
        handles.append(os.open(home, flags))
        for part in filter(None, folder.split("/")):
            handles.append(os.open(part, flags | os.O_NOFOLLOW, dir_fd=handles[-1]))
        with os.scandir(handles[-1]) as found:
            return {entry.name: _kind(entry) for entry in found}
    except OSError:
        # Gone, or not readable by us: for those who look here nothing lies there.
        return {}
    finally:
        for handle in handles:
            os.close(handle)


def _by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return found


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "special"
