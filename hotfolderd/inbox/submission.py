"""A drop submitted in one piece: copied beside the inbox, made durable, and put into it by one rename.

Reads the given files; writes below `.hotfolderd/submit`, then one new entry of the inbox. Never changes what it copies,
and never replaces what lies in the inbox.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from hotfolderd.disk import copy_file, make_folder, remove_tree, rename_new, sync_tree, write_atomic
from hotfolderd.errors import RefusedError
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.drops import READY_MARKS, unfinished_in
from hotfolderd.inbox.examine import examine
from hotfolderd.inbox.manifest import lacking
from hotfolderd.inbox.names import is_litter, settings_files
from hotfolderd.inbox.paths import Shelf
from hotfolderd.inbox.report import as_text
from hotfolderd.inbox.stillness import fingerprint, hindrance
from hotfolderd.media.same_names import fold
from hotfolderd.root import Root

_MARK = "_READY"
_LEFT_BEHIND_S = 86_400.0


def submit(root: Root, path: Path, limits: Limits) -> Path:
    """Copy a folder, a CSV with the files that it uses, or one file into the inbox; where it lies then.

    A CSV becomes a folder of its name. Raises RefusedError where the name is taken, the CSV cannot be taken in, or
    something is still being written; then nothing was submitted.
    """
    table = path.is_file() and path.suffix.lower() == ".csv"
    target = root.inbox / (path.stem if table else path.name)
    if is_litter(target.name, folder=table or path.is_dir()) or target.name.startswith("_"):
        raise RefusedError(f"{path}: the daemon leaves a drop of this name alone. Rename it and submit it again.")
    if os.path.lexists(target):
        raise RefusedError(
            f"{target}: lies in the inbox already. Give {path.name} another name, or wait until that was taken in."
        )
    home = path if path.is_dir() else path.parent
    names = _of_table(path, limits) if table else _of_folder(path, limits) if path.is_dir() else [path.name]
    waiting_room = root.private / "submit"
    _clear(waiting_room)
    beside = waiting_room / f"{os.getpid()}.{time.time_ns()}"
    try:
        copied = beside / target.name
        if table or path.is_dir():
            _copy(home, names, copied)
            write_atomic(copied / _MARK, b"")
        else:
            _copy(home, names, beside)
        rename_new(copied, target)
    except FileExistsError as error:
        raise RefusedError(f"{target}: lies in the inbox already. Nothing was submitted.") from error
    finally:
        remove_tree(beside)
    return target


def submit_film(root: Root, film: Path, order: str, name: str) -> Path:
    """Copy a finished film, with the manifest beside it, and an `episode.yaml` into the inbox; where it lies then.

    Raises RefusedError where the name is taken or the film is still being written; then nothing was submitted.
    """
    target = root.inbox / name
    waiting_room = root.private / "submit"
    _clear(waiting_room)
    beside = waiting_room / f"{os.getpid()}.{time.time_ns()}"
    manifest = film.with_name(f"{film.stem}.manifest.yaml")
    try:
        copied = beside / name
        make_folder(copied)
        _copy(film.parent, [film.name, *([manifest.name] if manifest.is_file() else [])], copied)
        write_atomic(copied / "episode.yaml", order)
        write_atomic(copied / _MARK, b"")
        rename_new(copied, target)
    except FileExistsError as error:
        raise RefusedError(f"{target}: lies in the inbox already. Nothing was submitted.") from error
    finally:
        remove_tree(beside)
    return target


def _of_table(path: Path, limits: Limits) -> list[str]:
    """The CSV, its settings and the files that its rows use, relative to its folder."""
    found = examine(path, frozenset(), limits)
    tolerant = found.settings.on_invalid_rows == "accept_valid" and found.valid_rows
    if not found.valid and not tolerant:
        raise RefusedError(f"{as_text(found)}{path}: was not submitted. Put that right and submit it again.")
    return [path.name, *(name for name in settings_files(path.name) if (path.parent / name).is_file()), *found.files]


def _of_folder(folder: Path, limits: Limits) -> list[str]:
    """All files of a folder without litter; its marks are left out, because ours is written when all is there."""
    shelf = Shelf(folder, depth=limits.depth)
    unfinished = unfinished_in(shelf, limits.depth)
    awaited, wrong = lacking(shelf)
    problems = [f"{name}: its copy is not finished." for name in unfinished] + [str(one) for one in (*awaited, *wrong)]
    names = [name for name in shelf.files() if fold(name) not in READY_MARKS]
    if len(names) > limits.files:
        problems.append(f"it holds {len(names)} files, at most {limits.files} are allowed.")
    if problems or not names:
        raise RefusedError(f"{folder}: {' '.join(problems) or 'holds no files.'} Nothing was submitted.")
    return names


def _copy(home: Path, names: Iterable[str], target: Path) -> None:
    """Copy files of a folder into a new one; raises RefusedError where one was written meanwhile."""
    sources = [home / name for name in dict.fromkeys(names)]
    before = fingerprint(sources, home)
    for source in sources:
        place = target / source.relative_to(home)
        make_folder(place.parent)
        copy_file(source, place)
    why = hindrance(sources, ())
    if why or fingerprint(sources, home) != before:
        raise RefusedError(f"{home}: {why or 'a file was changed while it was copied.'} Nothing was submitted.")
    sync_tree(target)


def _clear(waiting_room: Path) -> None:
    """Remove what submissions that were killed have left."""
    make_folder(waiting_room)
    for path in waiting_room.iterdir():
        if time.time() - path.lstat().st_mtime > _LEFT_BEHIND_S:
            remove_tree(path)
