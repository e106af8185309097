"""The seats: one for each job of the root, as it was last seen, and what is in hand for it.

Looks at the folders of the line and reads records; moves nothing. A folder that is no job of its own (a copy, a renamed
one, one without a record) is told of once and left alone. Whoever changes a seat calls `Seats.note`: then who waits,
who works and who is asked is known without going through all of them.
"""

from __future__ import annotations

import bisect
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from hotfolderd.engine.folder_times import FolderTimes
from hotfolderd.engine.seat import Order, Seat
from hotfolderd.engine.settle import Stillness
from hotfolderd.notify import Notices
from hotfolderd.pipeline import ARCHIVE, COMPLETED
from hotfolderd.records import Job
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import clear_begun

log = logging.getLogger(__name__)
_ENDED = ("completed", "failed", "cancelled")
# A folder without a readable record in which nothing changes for so long is not being copied.
_COPIED_S = 3.0


class Watch(Protocol):
    """What tells at once of a change in single folders."""

    def attend(self, folder: Path) -> None:
        """Look out for changes of what lies directly in a folder."""
        ...

    def leave(self, folder: Path) -> None:
        """Look out no more."""
        ...


class Queue:
    """Names of jobs in the order in which their turn comes: by priority, then by age."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._sorted: list[Order] = []

    def note(self, name: str, order: Order | None) -> None:
        """Put a job in, or in its right place, or out (None)."""
        before = self._orders.get(name)
        if before == order:
            return
        if before is not None:
            del self._sorted[bisect.bisect_left(self._sorted, before)]
            del self._orders[name]
        if order is not None:
            bisect.insort(self._sorted, order)
            self._orders[name] = order

    def first(self, besides: Collection[str] = ()) -> str | None:
        """Whose turn it is; `besides` names jobs that are not meant."""
        return next((order[2] for order in self._sorted if order[2] not in besides), None)

    def __len__(self) -> int:
        return len(self._sorted)

    def __iter__(self) -> Iterator[str]:
        return (order[2] for order in self._sorted.copy())


class Seats:
    """All seats, brought in line with the folders. `guarded` keeps an error of one job from the others.

    `changed` gathers the names of jobs that must be attended to; `look_again`: a folder was not found, and a second
    look must tell; `endings` grows whenever a job comes to an end.
    """

    def __init__(
        self,
        root: Root,
        store: Store,
        notices: Notices,
        guarded: Callable[[Seat], AbstractContextManager[None]],
        watch: Watch | None = None,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._root = root
        self._store = store
        self._notices = notices
        self._arriving = Stillness(clock)
        self._guarded = guarded
        self._watch = watch
        self._seats: dict[str, Seat] = {}
        self._strangers: set[str] = set()
        self._asked: dict[str, Queue] = {}
        self._ready = Queue()
        self._running: set[str] = set()
        self._dues: dict[str, float] = {}
        self.changed: set[str] = set()
        self.forgotten: Callable[[str], None] = lambda _: None
        self.look_again = False
        self.endings = 0
        self._times = FolderTimes(root)

    def __iter__(self) -> Iterator[Seat]:
        return iter(list(self._seats.values()))

    def __len__(self) -> int:
        return len(self._seats)

    def of(self, job: str) -> Seat | None:
        """The seat of a job, or None."""
        return self._seats.get(job)

    def running(self) -> int:
        """How many jobs have a step at work."""
        return len(self._running)

    def running_here(self) -> bool:
        """Whether a job has a step at work that needs no program or server outside."""
        return any(step is not None and not step.outside for step in (self._seats[n].running for n in self._running))

    def ready(self) -> Iterator[Seat]:
        """The jobs whose next step waits for a worker, in order."""
        return (self._seats[name] for name in self._ready)

    def has_ready_before(self, seat: Seat) -> bool:
        """Whether the next step of another job waits for a worker, and its turn is before this job's."""
        first = self._ready.first()
        return first is not None and self._seats[first].order < seat.order

    def waiting(self) -> int:
        """How many jobs have a step that waits for a worker."""
        return len(self._ready)

    def next_asked(self, stage: str, besides: Collection[str] = ()) -> str | None:
        """The job that a person should look at next in a stage: by priority, then by age."""
        queue = self._asked.get(stage)
        return queue.first(besides) if queue else None

    def asked_with(self, job: Job) -> list[Seat]:
        """The other jobs of its batch that wait for a person where this one stands, in order."""
        names = self._asked.get(job.stage, ())
        seats = (self._seats[name] for name in names if name != job.job)
        return [seat for seat in seats if seat.job.batch == job.batch]

    def due(self, now: float) -> set[str]:
        """The jobs that are due by time."""
        return {name for name, due in self._dues.items() if due <= now}

    def soonest(self) -> float | None:
        """When the next job is due by time; None where none is."""
        return min(self._dues.values(), default=None)

    def note(self, seat: Seat) -> None:
        """Take into account what has changed about a seat."""
        name = seat.job.job
        here = self._seats.get(name) is seat
        if here and seat.is_asked:
            self._asked.setdefault(seat.folder, Queue())
        for folder, queue in self._asked.items():
            queue.note(name, seat.order if here and seat.folder == folder and seat.is_asked else None)
        self._ready.note(name, seat.order if here and seat.ready else None)
        if here and seat.running is not None:
            self._running.add(name)
        else:
            self._running.discard(name)
        if here and seat.due is not None:
            self._dues[name] = seat.due
        else:
            self._dues.pop(name, None)
        if not here or seat.job.status in _ENDED:
            self.endings += 1
        self._attend(seat, seat.place if here and seat.folder != ARCHIVE else None)

    def _attend(self, seat: Seat, place: str | None) -> None:
        """Have changes in the folder of a job told at once."""
        if self._watch is None or seat.watched == place:
            return
        if seat.watched is not None:
            self._watch.leave(Path(seat.watched))
        if place is not None:
            self._watch.attend(Path(place))
        seat.watched = place

    def load(self, path: Path) -> Job:
        """The job of a folder. Raises LookupError, too, where somebody has put another job there."""
        job = self._store.load(path)
        if job.job != path.name:
            raise LookupError(f"{path}: holds the job {job.job}. Put {path.name} back, or take this folder away")
        return job

    def look_around(self) -> list[tuple[str, str]]:
        """Bring the seats in line with the folders. What has none yet, for `meet`: folder of the line, and name."""
        self.look_again = False
        self._times.about_to_list()
        found: dict[str, str] = {}
        again: dict[str, list[str]] = {}
        for folder, name in self._root.job_names():
            if found.setdefault(name, folder) != folder:
                again.setdefault(name, [found[name]]).append(folder)
        for name, folders in again.items():
            found[name] = self._right_one(self._seats.get(name), name, folders)
        if self._strangers:
            standing = {f"{folder}/{name}" for name, folder in found.items()}
            self._strangers &= standing | {f"{folder}/{name}" for name, places in again.items() for folder in places}
        for name in self._seats.keys() - found.keys():
            self._missed(self._seats[name])
        newcomers = []
        for name, folder in found.items():
            seat = self._seats.get(name)
            if seat is None:
                newcomers.append((folder, name))
                continue
            if seat.missing:  # what was told of it meanwhile could not be followed
                seat.missing = False
                self.changed.add(name)
            if seat.folder != folder:
                self.changed.add(name)
                seat.disturbed = seat.running is not None
                with self._guarded(seat):
                    path = self._root.path / folder / name
                    seat.folder, seat.path, seat.job = folder, path, self.load(path)
                if seat.folder != folder:  # its record cannot be read there yet
                    self._times.forget()
                self.note(seat)
        return newcomers

    def meet(self, newcomers: Sequence[tuple[str, str]]) -> None:
        """Have a seat for each of these folders; one that cannot be looked at, or told of, is met at the next look."""
        for folder, name in newcomers:
            try:
                self._meet(folder, name)
            except OSError as error:
                log.warning("%s/%s: %s; it is looked at again", folder, name, error)
                self.look_again = True

    def folders_rest(self) -> bool:
        """Whether no job folder can have come or gone since they were listed; not where one was not taken for a job."""
        return not self._strangers and self._times.rest()

    def _missed(self, seat: Seat) -> None:
        """A folder that is not found; in a second look too, since it may have been moved during the first."""
        if not seat.missing:
            seat.missing = self.look_again = True
            return
        if seat.running is not None:
            return
        name = seat.job.job
        if seat.folder not in (COMPLETED, ARCHIVE):
            title = f"{name}: its folder was taken away from {seat.folder}"
            text = "Nothing more is done for it. Put the folder back where it was, and it goes on."
            self._notices.tell("job_gone", seat.job, title, text, once=seat.job.updated_at)
        log.warning("%s: its folder was taken away from %s", name, seat.folder)
        del self._seats[name]
        self.note(seat)
        self.forgotten(name)
        self._store.saved(name)

    def _right_one(self, seat: Seat | None, name: str, folders: list[str]) -> str:
        """Of several folders of one name that which was seen before, or stands where its record says."""
        right = next((folder for folder in folders if seat and folder == seat.folder), None)
        right = right or next((folder for folder in folders if self._says_so(folder, name)), folders[0])
        for folder in folders:
            if folder != right:
                self._stranger(folder, name, f"there is a second job folder of this name in {right}")
        return right

    def _says_so(self, folder: str, name: str) -> bool:
        try:
            return self._store.load(self._root.path / folder / name).stage == folder
        except (OSError, ValueError, LookupError):
            return False

    def _meet(self, folder: str, name: str) -> None:
        path = self._root.path / folder / name
        try:
            job = self._store.load(path)
        except (OSError, ValueError, LookupError) as error:
            if self._still_arrives(folder, name):
                self.look_again = True
            else:
                self._stranger(folder, name, f"its record cannot be read ({error})")
            return
        self._arriving.forget(f"{folder}/{name}")
        if job.job != name:
            self._stranger(folder, name, f"it holds the record of the job {job.job}, so it was renamed or copied")
            return
        if job.kind not in self._store.kinds:
            self._stranger(folder, name, f"its kind `{job.kind}` is not known to this version")
            return
        self._strangers.discard(f"{folder}/{name}")
        seat = self._seats[name] = Seat(folder, sys.intern(str(path)), job, self._store.line_of(job))
        self.changed.add(name)
        self._store.saved(name)
        with self._guarded(seat):
            self._store.tidy_up(path, job)
            clear_begun(path)  # of a daemon before this one
        self.note(seat)

    def _still_arrives(self, folder: str, name: str) -> bool:
        """Whether a folder without a readable record may be a job on its way here: something in it changes."""
        if f"{folder}/{name}" in self._strangers:
            return False
        newest = 0
        for place, _, names in os.walk(self._root.path / folder / name):
            for path in (place, *(f"{place}/{one}" for one in names)):
                with contextlib.suppress(OSError):
                    newest = max(newest, os.lstat(path).st_ctime_ns)
        return self._arriving.still_for(f"{folder}/{name}", newest) < _COPIED_S

    def _stranger(self, folder: str, name: str, why: str) -> None:
        """Say once of a folder that it is not taken for a job; it stays as it is."""
        if f"{folder}/{name}" not in self._strangers:
            log.warning("%s/%s: left alone: %s", folder, name, why)
            text = f"{why}. Give it back its name, or drop its files into 0-inbox."
            once = f"{folder}/{name} {os.stat(self._root.path / folder / name).st_ctime_ns}"  # noqa: PTH116
            self._notices.tell("illegal_move", None, f"{folder}/{name} is left alone", text, once=once)
            self._strangers.add(f"{folder}/{name}")
