"""Building job folders from the rows of a batch, outside the line: they enter it by one rename, whole or not at all.

Reads the dropped files; writes `.hotfolderd/intake/<batch>/<job>/`. A file that several rows use is copied for each;
the last one gets the original, so that nothing is kept twice and nothing is thrown away. Where a file is no longer what
was examined, or somebody still writes it, everything goes back to where it was dropped. Runs in a worker; being killed
and run again gives the same folders.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.disk import (
    copy_file,
    fsync_dir,
    make_folder,
    remove_file,
    remove_tree,
    rename_new,
    sha256_of,
    write_atomic,
)
from hotfolderd.foreign import below
from hotfolderd.inbox.stillness import Fingerprint, Mark, fingerprint, has_writer


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a job: where it was dropped (relative to the plan's home), where it shall lie in the job folder."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class JobPlan:
    """One job to build: its name, its files, and the content of its `job.yaml`."""

    job: str
    pieces: tuple[Piece, ...]
    order: str


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The jobs of a batch to build now.

    `keep` are files that other rows will still need. `seen` is what the files below `home` looked like when they were
    examined, `table` the CSV and its settings. `replaced` is a folder for files that cannot go back because a newer one
    lies in their place.
    """

    batch: str
    home: str
    intake: str
    replaced: str
    jobs: tuple[JobPlan, ...]
    keep: tuple[str, ...] = ()
    seen: Fingerprint = ()
    table: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """Nothing was built, and all files lie where they were dropped: `name` is no longer what was examined.

    `seen` is what the files look like now.
    """

    name: str
    seen: Fingerprint


class _ChangedError(Exception):
    """A file is no longer what was examined; `name` is its path below the plan's home."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def build(plan: BatchPlan) -> tuple[str, ...] | Changed:
    """Build every job folder of a plan; the names of the jobs. Raises OSError or JobError where a file cannot be taken.

    A rename does not stop a program that has the file open. So each file is compared before it is taken with what was
    examined, and all of them once more when the last was taken.
    """
    with below(Path(plan.home)):
        return _build(plan)


def _build(plan: BatchPlan) -> tuple[str, ...] | Changed:
    takes = _Takes(plan)
    try:
        takes.check_table()
        for job in plan.jobs:
            folder = Path(plan.intake) / job.job
            make_folder(folder / ".job")
            for name in ("assets", "previews", "output", "decisions"):
                make_folder(folder / name)
            for piece in job.pieces:
                takes.take(job, piece)
            write_atomic(folder / "job.yaml", job.order)
            fsync_dir(folder)
        takes.check_all()
    except _ChangedError as error:
        takes.give_back()
        names = [name for name, *_ in plan.seen]
        home = Path(plan.home)
        return Changed(error.name, fingerprint((home / name for name in names), home, over_network=True))
    return tuple(job.job for job in plan.jobs)


class _Takes:
    """The files of a plan on their way from the inbox into the job folders."""

    def __init__(self, plan: BatchPlan) -> None:
        self._plan = plan
        self._home = Path(plan.home)
        self._seen: dict[str, Mark] = {mark[0]: mark for mark in plan.seen}
        self._last_user = {piece.source: job.job for job in plan.jobs for piece in job.pieces}
        self._taken: dict[str, Mark] = {}

    def check_table(self) -> None:
        """Raise _ChangedError if the table or its settings are not those that were examined."""
        for name in self._seen.keys() & set(self._plan.table):
            place = self._home / name
            if place.exists() and self._mark(name, place) != self._seen[name]:
                raise _ChangedError(name)

    def take(self, job: JobPlan, piece: Piece) -> None:
        """Bring one file in, if it is what was examined: by a rename where the original may go, else by a copy."""
        source, target = self._home / piece.source, self._target(job, piece)
        if target.exists() and not source.exists():
            return
        seen = self._seen.get(piece.source)
        if seen and self._mark(piece.source, source) != seen:
            raise _ChangedError(piece.source)
        if not self._gives(job, piece):
            _take_copy(source, target)
            return
        make_folder(target.parent)
        remove_file(target)
        renamed = _move(source, target)
        self._taken[piece.source] = self._mark(piece.source, target)
        if seen and renamed and self._taken[piece.source][1] != seen[1]:  # another file was put there at that moment
            raise _ChangedError(piece.source)

    def check_all(self) -> None:
        """Raise _ChangedError if a file was written after it had been examined, or can still be."""
        for job in self._plan.jobs:
            for piece in job.pieces:
                if self._gives(job, piece):
                    self._check(piece.source, self._target(job, piece))
                elif piece.source in self._plan.keep:
                    self._check(piece.source, self._home / piece.source)

    def _check(self, name: str, place: Path) -> None:
        seen = self._seen.get(name)
        if seen is None:
            return
        now = self._mark(name, place)
        # A rename changes the change time, and a copy has an inode of its own: only size and time outlast both.
        if now[2:4] != seen[2:4] or self._taken.get(name, now) != now or has_writer(place):
            raise _ChangedError(name)

    def give_back(self) -> None:
        """Bring every original back to where it was dropped, and remove what was built."""
        for job in self._plan.jobs:
            for piece in job.pieces:
                target = self._target(job, piece)
                if self._gives(job, piece) and target.exists():
                    self._put_back(piece.source, target)
            remove_tree(Path(self._plan.intake) / job.job)

    def _put_back(self, name: str, taken: Path) -> None:
        place = self._home / name
        if os.path.lexists(place):
            place = _free(Path(self._plan.replaced) / name)
        make_folder(place.parent)
        _move(taken, place)

    def _gives(self, job: JobPlan, piece: Piece) -> bool:
        return self._last_user[piece.source] == job.job and piece.source not in self._plan.keep

    def _target(self, job: JobPlan, piece: Piece) -> Path:
        return Path(self._plan.intake) / job.job / piece.target

    @staticmethod
    def _mark(name: str, place: Path) -> Mark:
        ((_, inode, size, written_ns, changed_ns),) = fingerprint([place], place.parent, over_network=True)
        return name, inode, size, written_ns, changed_ns


def _take_copy(source: Path, target: Path) -> None:
    make_folder(target.parent)
    beside = target.with_name(f".{target.name}.part")
    remove_file(beside)
    remove_file(target)
    copy_file(source, beside)
    rename_new(beside, target)


def _move(source: Path, target: Path) -> bool:
    """Rename a file; over the border of a file system copy it, compare, and only then remove the original.

    Whether it was renamed.
    """
    try:
        rename_new(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return True
    beside = target.with_name(f".{target.name}.part")
    remove_file(beside)
    copy_file(source, beside)
    if sha256_of(beside) != sha256_of(source):
        remove_file(beside)
        raise OSError(errno.EIO, "the copy differs from the original", str(source))
    rename_new(beside, target)
    remove_file(source)
    return False


def _free(place: Path) -> Path:
    """A path at which nothing lies: `place` itself, or numbered."""
    found, number = place, 2
    while os.path.lexists(found):
        found, number = place.with_name(f"{place.stem}_{number}{place.suffix}"), number + 1
    return found


def assign(design: str, project: str, footage: tuple[str, ...], fonts: tuple[str, ...]) -> Iterator[Piece]:
    """Where the files of a row shall lie in its job folder, each once; names that would meet are numbered.

    A template may use the design itself as footage: then it lies with the design.
    """
    taken: set[str] = set()
    seen: set[str] = set()
    groups = (("assets", (design, project)), ("assets/footage", footage), ("assets/fonts", fonts))
    for folder, sources in groups:
        for source in sources:
            if source in seen:
                continue
            seen.add(source)
            name = os.path.basename(source)  # noqa: PTH119  relative names with `/`, not files of this machine
            stem, suffix = os.path.splitext(name)  # noqa: PTH122
            target, number = f"{folder}/{name}", 2
            while target.casefold() in taken:
                target, number = f"{folder}/{stem}_{number}{suffix}", number + 1
            taken.add(target.casefold())
            yield Piece(source, target)
