"""What `gc` removes: what is left over and what is older than the configuration keeps it.

Looks first, then removes what it has named. Safe beside a running daemon: a folder is first renamed into
`.hotfolderd/trash`, so that nobody sees half of it, and what the daemon itself tidies up is left to it while it runs.
Never touches `deployed`, nor a job outside of `archive` but for the clips of a film that are no longer needed.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hotfolderd.config import RetentionSettings
from hotfolderd.disk import make_folder, remove_file, remove_tree, rename_new
from hotfolderd.inbox.batches import load_all
from hotfolderd.lock import is_held
from hotfolderd.pipeline import APPROVAL, ARCHIVE, COMPLETED, FAILED, ON_HOLD, OVERRIDE, REVIEW
from hotfolderd.records import read_job
from hotfolderd.root import Root
from hotfolderd.stages.episode.retention import Keeping, prune_job

_DAY_S = 86_400.0
_LEFT_S = 3600.0
TRASH = "trash"
_CLIPS = Keeping()
_AT_REST = frozenset((REVIEW, OVERRIDE, APPROVAL, COMPLETED, FAILED, ON_HOLD, ARCHIVE))


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that may go: what it is, why, and how much it takes. `remove`: how, where that is not all of it."""

    path: Path
    why: str
    size: int
    remove: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What a sweep is told: the root, how long things and clips are kept, the size of the cache, and the time."""

    root: Root
    keep: RetentionSettings
    cache_mib: int
    now: float
    clips: Keeping = _CLIPS

    def is_older(self, at: float, days: float | None) -> bool:
        """Whether something of that time is older than so many days; never, where None are set."""
        return days is not None and at < self.now - days * _DAY_S


def archived_jobs(house: House) -> Iterator[Leftover]:
    """Jobs that have been in the archive for longer than `retention.archive_days`."""
    days = house.keep.archive_days
    for path in sorted((house.root.path / ARCHIVE).iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_dir():
            continue
        with contextlib.suppress(OSError, ValueError, LookupError):  # no job of ours: left alone
            job = read_job(path)
            if job.stage == ARCHIVE and house.is_older(datetime.fromisoformat(job.since).timestamp(), days):
                yield Leftover(path, f"in the archive since {job.since[:10]} ({job.status})", size_of(path))


def old_batches(house: House) -> Iterator[Leftover]:
    """Folders of batches that were completed long ago and of which no job stands anywhere."""
    names = {name for _, name in house.root.job_names()}
    for batch in load_all(house.root.batches):
        if batch.completed_at is None or names.intersection(batch.jobs) or batch.waiting:
            continue
        at = datetime.fromisoformat(batch.completed_at)
        if house.is_older(at.timestamp(), house.keep.batches_days):
            path = house.root.batches / batch.batch
            yield Leftover(path, f"a batch that ended on {at:%Y-%m-%d}, and no job of it is left", size_of(path))


def old_messages(house: House) -> Iterator[Leftover]:
    """Messages that were sent or given up longer ago than `retention.messages_days`."""
    for name in ("sent", "dead"):
        for path in _files(house.root.private / name):
            if house.is_older(path.lstat().st_mtime, house.keep.messages_days):
                yield Leftover(
                    path, f"a message that was {'sent' if name == 'sent' else 'given up'}", path.lstat().st_size
                )


def cached_results(house: House) -> Iterator[Leftover]:
    """Cached results that were not used for longest, as far as they take more than `cache.max_mib`."""
    found = []
    for path in (house.root.private / "cache").glob("*/*"):
        with contextlib.suppress(OSError):
            found.append((path.stat().st_mtime, path, size_of(path)))
    total = 0
    for used, path, size in sorted(found, reverse=True):
        total += size
        if path.name.startswith("."):
            if used < house.now - _LEFT_S:
                yield Leftover(path, "a cached result that was never finished", size)
        elif total > house.cache_mib * 2**20:
            at = datetime.fromtimestamp(used, UTC)
            yield Leftover(path, f"a cached result beyond cache.max_mib, last used on {at:%Y-%m-%d}", size)


def left_behind(house: House) -> Iterator[Leftover]:
    """What was being removed, or built, when a process was killed; not while a daemon runs, which tidies up itself."""
    for path in _entries(house.root.private / TRASH):
        yield Leftover(path, "was being removed", size_of(path))
    if is_held(house.root):
        return
    known = {batch.batch for batch in load_all(house.root.batches)}
    for path in _entries(house.root.intake):
        if path.name not in known:
            yield Leftover(path, "jobs of a batch that is gone", size_of(path))


def old_clips(house: House) -> Iterator[Leftover]:
    """Clips of versions that were rejected long ago, or are followed by enough others; of jobs that nobody is at.

    What is known of such a version stays, and that its clip was deleted is noted.
    """
    now = datetime.fromtimestamp(house.now, UTC)
    for folder, path in house.root.job_folders():
        with contextlib.suppress(OSError, ValueError, LookupError):  # no job of ours: left alone
            for clip in prune_job(path, now, house.clips, dry_run=True) if folder in _AT_REST and _rests(path) else ():
                remove = functools.partial(_prune, path, now, house.clips)
                yield Leftover(path / clip, "a version that is no longer needed", (path / clip).stat().st_size, remove)


def _rests(job_folder: Path) -> bool:
    """Whether nothing is being done for a job, nor about to be. Raises OSError, ValueError or LookupError."""
    job = read_job(job_folder)
    return not job.doing and job.answer is None and job.intent is None


def _prune(job_folder: Path, now: datetime, clips: Keeping) -> None:
    try:
        rests = _rests(job_folder)
    except (ValueError, LookupError):
        rests = False
    if not rests:
        raise OSError(errno.EBUSY, "somebody is at the job", str(job_folder))
    prune_job(job_folder, now, clips)


# Each names what may go. A kind of job that leaves something of its own adds its function here.
SWEEPS: list[Callable[[House], Iterator[Leftover]]] = [
    archived_jobs,
    old_batches,
    old_messages,
    cached_results,
    old_clips,
    left_behind,
]


def look(
    root: Root, keep: RetentionSettings, cache_mib: int, now: float | None = None, *, clips: Keeping = _CLIPS
) -> list[Leftover]:
    """Everything that may go, in the order of the sweeps; nothing is changed."""
    house = House(root, keep, cache_mib, time.time() if now is None else now, clips)
    return [one for sweep in SWEEPS for one in sweep(house)]


def clear(root: Root, found: list[Leftover]) -> list[Leftover]:
    """Remove what was named; what was removed. What has moved meanwhile, or cannot be removed, stays."""
    trash = root.private / TRASH
    make_folder(trash)
    gone = []
    for one in found:
        try:
            if one.remove is not None:
                one.remove()
            elif one.path.parent == trash:
                _remove(one.path)
            elif stat.S_ISDIR(one.path.lstat().st_mode):
                place = trash / f"{uuid.uuid4().hex}"
                rename_new(one.path, place)
                _remove(place)
            else:
                remove_file(one.path)
        except OSError:
            continue
        gone.append(one)
    return gone


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        remove_file(path)
    else:
        remove_tree(path)


def size_of(path: Path) -> int:
    """The bytes of all files below a folder."""
    total = 0
    for place, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{place}/{name}").st_size
    return total


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_file() and not path.is_symlink()]
