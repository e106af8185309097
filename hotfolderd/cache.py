"""Results that several jobs share: what was read for one job is taken by the next one that has the same files.

Reads and writes, in workers, one folder for each result below `.hotfolderd/cache`: `<step>/<key>/`. All of it may be
deleted at any time, and a full disk or a damaged entry costs nothing but time: nothing here raises OSError. Knows
nothing of jobs, and never links a file: people may write into what lies in a job folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.disk import make_folder, remove_tree, sha256_of
from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file

_SEAL = ".seal"
_BLOCK = 4096
_LEFT_BEHIND_S = 3600.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder that holds the results, and how many MiB they may take together; 0 keeps none.

    Nothing is kept where the disk has less free than `max_mib`, and nothing that alone takes a quarter of it.
    """

    folder: str
    max_mib: int

    def take(self, name: str, note: str, out: Path) -> bool:
        """Copy the result `<step>/<key>` into an empty folder; False where there is none, or not a whole one.

        `note` names the file of the result that holds the digests of the others; the caller compares them.
        """
        entry = Path(self.folder, name)
        try:
            if not entry.is_dir():
                return False
            if _content(entry / _SEAL) == sha256_of(entry / note).encode():
                _copy_files(entry, out)
                os.utime(entry)
                return True
        except (OSError, JobError):  # removed meanwhile, or no plain file: to make it again costs nothing but time
            pass
        self.drop(name)
        return False

    def drop(self, name: str) -> None:
        """Remove a result that is not what its note says."""
        _discard(Path(self.folder, name))

    def put(self, name: str, note: str, source: Path) -> None:
        """Keep a copy of a result. Of two workers that have the same result at once, the first one's is kept."""
        entry = Path(self.folder, name)
        beside = entry.with_name(f".{entry.name}.{uuid.uuid4().hex[:12]}.new")
        try:
            size = _size(source)
            if entry.is_dir() or not self._has_room(size):
                return
            make_folder(beside)
            _copy_files(source, beside)
            (beside / _SEAL).write_text(sha256_of(beside / note), "ascii")
            beside.rename(entry)
            if self._is_due(entry.name, size):
                self._sweep(self.max_mib * _MIB * 7 // 8)
        except OSError:  # a full disk, another worker's result in this place
            _discard(beside)

    def _has_room(self, size: int) -> bool:
        make_folder(Path(self.folder))
        if shutil.disk_usage(self.folder).free < self.max_mib * _MIB:
            self._sweep(0)
            return False
        return size <= self.max_mib * _MIB // 4

    def _is_due(self, key: str, size: int) -> bool:
        """Whether to look at all sizes now: by the chance that a digest is, once for a sixteenth of the bound."""
        return int(key[:8], 16) / 2**32 < 16 * size / (self.max_mib * _MIB)

    def _sweep(self, bound: int) -> None:
        """Remove what was not used for longest until the rest takes at most `bound` bytes."""
        found = sorted(_entries(Path(self.folder)), reverse=True)
        total = 0
        for used, entry, size in found:
            total += size
            left_behind = entry.name.startswith(".") and used < time.time() - _LEFT_BEHIND_S
            if left_behind or (total > bound and not entry.name.startswith(".")):
                _discard(entry)
                total -= size


def _entries(folder: Path) -> Iterator[tuple[float, Path, int]]:
    """When each result was last used, its folder, and the bytes that it takes."""
    for entry in folder.glob("*/*"):
        with contextlib.suppress(OSError):
            yield entry.stat().st_mtime, entry, _size(entry)


def _size(folder: Path) -> int:
    """The bytes that a folder takes on the disk, in whole blocks."""
    sizes = [_BLOCK]
    for place, _, names in os.walk(folder):
        sizes += [-(-os.lstat(f"{place}/{name}").st_size // _BLOCK) * _BLOCK for name in names]
    return sum(sizes)


def _copy_files(source: Path, target: Path) -> None:
    """Copy all plain files below a folder but the seal; nothing else is followed or opened."""
    for place, _, names in os.walk(source):
        there = target / Path(place).relative_to(source)
        there.mkdir(exist_ok=True)
        for name in names:
            if name != _SEAL and stat.S_ISREG(os.lstat(f"{place}/{name}").st_mode):
                _copy(f"{place}/{name}", f"{there}/{name}")


def _content(path: Path) -> bytes:
    with open_file(path) as stream:
        return stream.read(1024)


def _copy(source: str, target: str) -> None:
    """Copy a file's content; without moving a byte where the file system can let two files share their blocks."""
    with open(source, "rb") as reader, open(target, "xb") as writer:  # noqa: PTH123
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), 1 << 30):
                pass
        except (OSError, AttributeError):  # not on this system, or not between these two file systems
            writer.truncate(0)
            reader.seek(0)
            writer.seek(0)
            shutil.copyfileobj(reader, writer, 1 << 20)


def _discard(folder: Path) -> None:
    with contextlib.suppress(OSError):
        remove_tree(folder)
