"""Building job folders from the rows of a batch, outside the line: they enter it by one rename, whole or not at all.

Reads the dropped files; writes `.hotfolderd/intake/<batch>/<job>/`. A file that several rows use is copied for each;
the last one gets the original, so that nothing is kept twice and nothing is thrown away. Runs in a worker; being killed
and run again gives the same folders.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.disk import copy_file, fsync_dir, make_folder, remove_file, rename_new, sha256_of, write_atomic


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
    """The jobs of a batch to build now. `keep` are files that other rows will still need."""

    batch: str
    home: str
    intake: str
    jobs: tuple[JobPlan, ...]
    keep: tuple[str, ...] = ()


def build(plan: BatchPlan) -> tuple[str, ...]:
    """Build every job folder of a plan; the names of the jobs. Raises OSError where a file cannot be taken."""
    home = Path(plan.home)
    last_user = {piece.source: job.job for job in plan.jobs for piece in job.pieces}
    for job in plan.jobs:
        folder = Path(plan.intake) / job.job
        make_folder(folder / ".job")
        for name in ("assets", "previews", "output", "decisions"):
            make_folder(folder / name)
        for piece in job.pieces:
            give = last_user[piece.source] == job.job and piece.source not in plan.keep
            _take(home / piece.source, folder / piece.target, give=give)
        write_atomic(folder / "job.yaml", job.order)
        fsync_dir(folder)
    return tuple(job.job for job in plan.jobs)


def _take(source: Path, target: Path, *, give: bool) -> None:
    """Bring one file in: by a rename where the original may go, else by a copy."""
    if target.exists() and not source.exists():
        return
    make_folder(target.parent)
    beside = target.with_name(f".{target.name}.part")
    remove_file(beside)
    remove_file(target)
    if give:
        try:
            rename_new(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        else:
            return
    copy_file(source, beside)
    if give and sha256_of(beside) != sha256_of(source):
        remove_file(beside)
        raise OSError(errno.EIO, "the copy differs from the original", str(source))
    rename_new(beside, target)
    if give:
        remove_file(source)


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
