"""What lies in the inbox: the tables, folders and episodes that people dropped, and what belongs to none of them.

Reads the inbox's folders and the paths that its tables name; never follows a link, writes nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.batch import Content, Limits
from hotfolderd.inbox.columns import PROJECT_SUFFIXES, PSD_SUFFIXES
from hotfolderd.inbox.footage import STORES
from hotfolderd.inbox.manifest_file import MANIFEST, is_manifest
from hotfolderd.inbox.names import SETTINGS_SUFFIXES, is_conflict, is_litter, is_temporary, settings_files
from hotfolderd.inbox.paths import Shelf, read_small_file
from hotfolderd.inbox.scene_files import CLIPS, scene_files, scene_series
from hotfolderd.inbox.table import REJECTED_SUFFIX, Facts, look_into
from hotfolderd.media.same_names import fold

Kind = Literal["csv", "folder", "episode", "stray"]

EPISODE_FILES = ("episode.yaml", "episode.yml")
EPISODE_SUFFIXES = (".episode.yaml", ".episode.yml")
STORY_FILES = ("story.txt", "script.txt")
STORY_SUFFIXES = (".story.txt", ".script.txt")
READY_MARKS = ("_ready", ".ready", "_ready.txt")

# What the daemon itself writes into the inbox about a drop.
_OUR_SUFFIXES = (
    *(".report.txt", ".report.yaml", ".report.html", ".accepted.yaml", ".problems.txt"),
    *("readme.txt", "readme.md"),
)
_OUR_FOLDERS = frozenset({"rejected", "batches"})
_CONTROL = "control.yaml"
_NO_FILES = {
    "link": "This is a symbolic link, which is not followed. Copy the file or the folder itself.",
    "special": "This is a pipe, socket or device. Delete it.",
}
_STRAYS = (
    ((*SETTINGS_SUFFIXES, ".ready"), "There is no CSV of this name. Give it the name of its CSV, or delete it."),
    ((".xlsx", ".xls", ".numbers", ".ods", ".tsv"), "This is a workbook. Save it as “CSV UTF-8” and drop that."),
    ((".zip", ".rar", ".7z", ".tar", ".gz"), "Archives are not unpacked. Unpack it and drop the folder."),
    (
        (*PSD_SUFFIXES, *PROJECT_SUFFIXES),
        "No CSV names this file. Put the design and its project into one folder, or name it in a CSV.",
    ),
)
_CORRECT = (
    "These rows were refused. Correct them, delete the column “error” and save: they are then taken as a new table."
)
_UNREADABLE = "The daemon may not look into this folder. Give its user the right to read it and all files in it."
_LARGEST_TABLE_LOOKED_INTO = 4 << 20


@dataclass(frozen=True, slots=True)
class Drop:
    """One thing that was dropped.

    `path` is the CSV, the folder, the episode's YAML or folder, or the stray file; `home` the folder that its paths are
    relative to. `files` are the plain files that must be still before it is read, and `unfinished` the half-written
    ones. `shared` says that `home` is the inbox itself. `marks` are files by which a producer says that the drop is
    complete (`_READY` or `manifest.json` in its folder, `<name>.ready` beside its CSV): each holds for what is older.
    `why` tells for a stray what to do with it.
    """

    kind: Kind
    name: str
    path: Path
    home: Path
    files: tuple[Path, ...]
    unfinished: tuple[Path, ...] = ()
    shared: bool = False
    marks: tuple[Path, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """A drop for a worker to examine. `batch` is the id it will have, `existing` the names of jobs that are taken.

    `seen` is what others have said of its designs, by path.
    """

    drop: Drop
    batch: str
    existing: frozenset[str]
    limits: Limits
    seen: Mapping[str, Content] = field(default_factory=dict)

    def knowing(self, seen: Mapping[str, Content]) -> Examination:
        """The same, with what was seen of designs meanwhile."""
        return dataclasses.replace(self, seen=seen)


@dataclass(frozen=True, slots=True)
class Designs:
    """Designs of a drop for a worker to look into: `paths` are relative to its `home`."""

    home: Path
    paths: tuple[str, ...]
    limits: Limits


def list_drops(inbox: Path, limits: Limits | None = None) -> list[Drop]:
    """Everything in the inbox's top level: each table, then folders and episodes, then what belongs to none."""
    limits = limits or Limits()
    shelf = Shelf(inbox, depth=limits.depth)
    top = shelf.entries("")
    tables = [name for name, kind in top.items() if kind == "file" and is_table(name)]
    claimed: set[str] = set()
    drops = []
    episodes = [name for name, kind in top.items() if kind == "file" and _is_episode_file(name)]
    common = _common_files(shelf, limits) if tables or episodes else []
    for name in sorted(tables):
        if _still_to_correct(inbox / name, limits):
            drops.append(Drop("stray", name, inbox / name, inbox, (inbox / name,), shared=True, why=_CORRECT))
            continue
        drop, named = _table_in_inbox(inbox, name, shelf, common, limits)
        drops.append(drop)
        claimed |= {fold(path) for path in named}
    folders_of_tables = {path.split("/")[0] for path in claimed if "/" in path}
    for name, kind in sorted(top.items()):
        if kind == "folder" and not _left_alone(name):
            found = _folder_drops(inbox / name, limits)
            drops += [drop for drop in found if drop.kind == "csv" or fold(name) not in folders_of_tables]
    for name in sorted(episodes):
        # What it names may lie beside it, and is known only after it was read; until then all of that must be still.
        used = sorted({name, *common}) if name.lower().endswith(EPISODE_SUFFIXES) else [name]
        half = tuple(inbox / path for path in shelf.half_written(name))
        drops.append(
            Drop(
                "episode",
                episode_stem(name),
                inbox / name,
                inbox,
                tuple(inbox / one for one in used),
                half,
                shared=True,
            )
        )
    of_tables = {fold(other) for table in tables for other in (*ready_marks(table), *settings_files(table))}
    taken = {drop.path.name for drop in drops if drop.home == inbox}
    known = claimed | of_tables
    for name, kind in sorted(top.items()):
        if name not in taken and fold(name) not in known:
            why = _stray(name, kind, with_table=bool(tables or episodes))
            drops += [Drop("stray", name, inbox / name, inbox, (inbox / name,), shared=True, why=why)] if why else []
    return drops


def episode_stem(name: str) -> str:
    """What an episode is called by the name of its file: `lighthouse.episode.yaml`, `story.txt`."""
    endings = (*EPISODE_SUFFIXES, *STORY_SUFFIXES)
    ending = next((one for one in endings if name.lower().endswith(one)), None)
    return name[: -len(ending)] if ending else name.rpartition(".")[0]


def _is_episode_file(name: str) -> bool:
    lower = name.lower()
    named = lower.endswith((*EPISODE_SUFFIXES, *STORY_SUFFIXES)) or lower in STORY_FILES
    return named and not is_litter(name) and name[0] != "_"


def _common_files(shelf: Shelf, limits: Limits) -> list[str]:
    """What the tables of the inbox may use without naming it: footage and fonts, beside them and in the stores.

    Which of it a table's templates use is known only after they were read; until then all of it must be still.
    """
    entries = shelf.entries("")
    beside = (name for name, kind in entries.items() if kind == "file" and not is_litter(name) and _is_material(name))
    stores = (name for name, kind in entries.items() if kind == "folder" and fold(name) in STORES)
    stored = (path for store in sorted(stores) for path in shelf.files(store))
    return [path for path, _ in zip(itertools.chain(sorted(beside), stored), range(limits.files), strict=False)]


def _is_material(name: str) -> bool:
    used_by_name = (".csv", *SETTINGS_SUFFIXES, *EPISODE_SUFFIXES, *PSD_SUFFIXES, *PROJECT_SUFFIXES, *_OUR_SUFFIXES)
    return not name.lower().endswith((*used_by_name, ".ready")) and name.lower() != _CONTROL and name[0] != "_"


def _still_to_correct(path: Path, limits: Limits) -> bool:
    """True for our own list of refused rows while nobody has corrected them: its column `error` is still filled."""
    return path.name.lower().endswith(REJECTED_SUFFIX) and _facts(path, limits).errors_left


def _table_in_inbox(
    inbox: Path, name: str, shelf: Shelf, common: list[str], limits: Limits
) -> tuple[Drop, frozenset[str]]:
    named = _facts(inbox / name, limits).paths
    found = {name, *common}
    unfinished = set()
    beside = {fold(entry): entry for entry in shelf.entries("")}
    found |= {beside[fold(entry)] for entry in settings_files(name) if fold(entry) in beside}
    for path in named:
        place = shelf.find(path)
        if place.state == "file":
            found.add(place.path)
            found |= set(_around(place.path, shelf, limits))
    for path in (*named, *found):
        unfinished.update(shelf.half_written(path))
    stem = name[: -len(".csv")]
    drop = Drop(
        "csv",
        stem,
        inbox / name,
        inbox,
        tuple(inbox / path for path in sorted(found)),
        tuple(inbox / path for path in sorted(unfinished)),
        shared=True,
        marks=tuple(inbox / beside[fold(mark)] for mark in ready_marks(name) if fold(mark) in beside),
    )
    return drop, named


def ready_marks(table: str) -> tuple[str, str]:
    """The names of the files beside a CSV of this name that say that its drop is complete."""
    return f"{table[: -len('.csv')]}.ready", f"{table}.ready"


def _is_mark(path: Path) -> bool:
    name = fold(path.name)
    return name in READY_MARKS or (name == MANIFEST and is_manifest(path))


def _around(path: str, shelf: Shelf, limits: Limits) -> list[str]:
    """The files of a named file's own folder, with all below it: its template's footage and fonts are found there."""
    folder = path.rpartition("/")[0]
    return [path for path, _ in zip(shelf.files(folder), range(limits.files), strict=False)] if folder else []


def _folder_drops(folder: Path, limits: Limits) -> list[Drop]:
    """A folder is one drop, or one for each table at its top; an empty one is none yet."""
    shelf = Shelf(folder, depth=limits.depth)
    top = shelf.entries("")
    files = tuple(folder / path for path, _ in zip(shelf.files(), range(limits.files + 1), strict=False))
    unfinished = tuple(folder / path for path in unfinished_in(shelf, limits.depth))
    marks = tuple(folder / name for name, kind in top.items() if kind == "file" and _is_mark(folder / name))
    found = sorted(name for name, kind in top.items() if kind == "file" and is_table(name))
    tables = [name for name in found if not _still_to_correct(folder / name, limits)]
    if not files and not unfinished:
        unreadable = not os.access(folder, os.R_OK | os.X_OK)
        return [Drop("stray", folder.name, folder, folder, (), why=_UNREADABLE)] if unreadable else []
    if found and not tables:
        return [Drop("stray", name, folder / name, folder, (folder / name,), why=_CORRECT) for name in found]
    common = (folder, files, unfinished)
    if _is_episode(top, files):
        return [Drop("episode", folder.name, folder, *common, marks=marks)]
    if tables:
        beside = {fold(name): folder / name for name, kind in top.items() if kind == "file"}
        return [
            Drop(
                "csv",
                name[: -len(".csv")],
                folder / name,
                *common,
                marks=(*marks, *(beside[fold(mark)] for mark in ready_marks(name) if fold(mark) in beside)),
            )
            for name in tables
        ]
    return [Drop("folder", folder.name, folder, *common, marks=marks)]


def _is_episode(names: Iterable[str], files: tuple[Path, ...]) -> bool:
    top = set(map(fold, names))
    if top & set(EPISODE_FILES) or any(name.endswith(EPISODE_SUFFIXES) for name in top):
        return True
    if any(path.name.lower().endswith((*PSD_SUFFIXES, *PROJECT_SUFFIXES, ".csv")) for path in files):
        return False
    story = bool(top & set(STORY_FILES)) or any(name.endswith(STORY_SUFFIXES) for name in top)
    films = [path for path in files if path.name.lower().endswith(CLIPS)]
    names = [path.name for path in files]
    return story or bool(scene_files(names) or scene_series(names)) or len(films) == 1


def unfinished_in(shelf: Shelf, depth: int, folder: str = "") -> list[str]:
    """The half-written files below a folder, `depth` folders deep."""
    found = []
    for name, kind in sorted(shelf.entries(folder).items()):
        path = f"{folder}/{name}" if folder else name
        if is_temporary(name):
            found.append(path)
        elif kind == "folder" and depth and not is_litter(name, folder=True):
            found += unfinished_in(shelf, depth - 1, path)
    return found


def _left_alone(name: str) -> bool:
    """True for folders that are no drop: stores of files, litter, our own, and those still held back by a `_`."""
    return fold(name) in STORES | _OUR_FOLDERS or is_litter(name, folder=True) or name.startswith("_")


def is_table(name: str) -> bool:
    """Whether a file of this name is taken for a table of jobs."""
    return name.lower().endswith(".csv") and not is_litter(name) and name[0] != "_"


def _stray(name: str, kind: str, *, with_table: bool) -> str:
    """What to do with an entry of the inbox that belongs to no drop; empty where it needs no word."""
    lower = name.lower()
    if is_conflict(name):
        return "A sync program kept two versions of this file. Keep the right one and delete the other."
    if is_litter(name) or name.startswith("_") or lower.endswith(_OUR_SUFFIXES) or lower == _CONTROL:
        return ""
    if kind != "file":
        return _NO_FILES.get(kind, "")
    for suffixes, why in _STRAYS:
        if lower.endswith(suffixes):
            return why
    # Beside a table it may be footage or a font of a template.
    return (
        "" if with_table else "This belongs to no job. Put it into the folder of its job, or drop a CSV that uses it."
    )


def _facts(path: Path, limits: Limits) -> Facts:
    try:
        found = path.lstat()
    except OSError:
        return Facts()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_TABLE_LOOKED_INTO:
        return Facts()
    return _facts_of(path, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns), limits)


@functools.lru_cache(maxsize=4096)
def _facts_of(path: Path, _mark: tuple[int, int, int, int], limits: Limits) -> Facts:
    """Read again only when the file has changed, because every round asks."""
    try:
        return look_into(read_small_file(path, _LARGEST_TABLE_LOOKED_INTO), limits)
    except RefusedError:
        return Facts()
