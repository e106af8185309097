"""The loop's body: look at every job, ask the rules, act.

Events only make a round come sooner; the folders are the truth, and every round looks at them. Acts through the desk
(sidecars), the mover (folders) and the dispatch (steps); holds nothing that a restart could lose.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator

from hotfolderd.engine import rules
from hotfolderd.engine.control import obey
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Dispatch, Policy
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.seats import Seat, Seats
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.notify import Notices
from hotfolderd.pipeline import REVIEW
from hotfolderd.publishing import restore_sidecar
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken, Done

log = logging.getLogger(__name__)
_REST_S = 5.0
_LONG_REST_S = 60.0
_TROUBLES_TOLD = 3


class Reconciler:
    """Looks at all jobs of a root and does what is due. `clock` is the wall clock in seconds."""

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        notices: Notices,
        desk: Callable[[Callable[[str, str], str | None]], Desk],
        policy: Policy,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock
        self._seats = Seats(root, store, notices, self._alone)
        self._desk = desk(self._seats.next_asked)
        self._mover = Mover(root, store, notices, self._desk, self._seats)
        self._dispatch = Dispatch(
            root, store, workers, self._mover, self._seats, policy, guarded=self._alone, clock=clock
        )
        self._told: dict[str, str] = {}

    def statuses(self) -> dict[str, str]:
        """The status of every job, by its name."""
        return {seat.job.job: seat.job.status for seat in self._seats}

    def running(self) -> int:
        """How many jobs have a step at work."""
        return self._seats.running()

    def waiting_for_workers(self) -> int:
        """How many jobs have a step that no worker has begun."""
        return sum(seat.ready for seat in self._seats)

    def drain(self) -> None:
        """Begin no more work."""
        self._dispatch.drain()

    def round(self) -> float | None:
        """Look at everything once. Seconds until something is due by time alone; None where nothing is."""
        self._desk.soonest_s = None
        self._seats.look_around()
        for seat in self._seats:
            if seat.rests_until > self._clock():
                continue
            with self._alone(seat):
                seat.due = None
                seat.ready = self._attend(seat)
        self._dispatch.begin([seat for seat in self._seats if seat.ready])
        times = [seat.due - self._clock() for seat in self._seats if seat.due is not None]
        if self._desk.soonest_s is not None:
            times.append(self._desk.soonest_s)
        return max(0.0, min(times)) if times else None

    def collect(self, finished: list[Finished]) -> None:
        """Take what the workers have returned."""
        for task in finished:
            seat = self._seats.of(task.key)
            if seat is None or seat.running is None:
                continue
            step, seat.running = seat.running, None
            if seat.disturbed:  # what came of it says nothing of the job; it is done again where that is due
                seat.asking = False
                continue
            with self._alone(seat):
                if isinstance(task.value, Done):
                    try:
                        self._dispatch.done(seat, step, task.value)
                    except OSError as error:  # its files cannot be put in their places: an attempt that failed
                        text = f"{error.filename}: {error.strerror}. Look at the disk and the folder's permissions."
                        self._dispatch.broken(seat, step, Broken(step.name, "ToolError", text, ""))
                elif isinstance(task.value, Broken):
                    self._dispatch.broken(seat, step, task.value)

    @contextlib.contextmanager
    def _alone(self, seat: Seat) -> Iterator[None]:
        """Let an error cost one job a rest, never the line."""
        try:
            yield
        except OSError as error:
            log.warning("%s: %s; it is looked at again", seat.path, error)
            seat.troubles += 1
            self._rest(seat, min(_LONG_REST_S, _REST_S * 2 ** (seat.troubles - 1)))
            if seat.troubles >= _TROUBLES_TOLD:
                self._tell_stuck(seat, f"{error.strerror}: {error.filename}")
        except Exception as error:  # a damaged job folder or a bug of ours must not stop other jobs
            text = f"{type(error).__name__}: {error}"
            log.exception("%s: left alone for %.0f s", seat.path, _LONG_REST_S)
            self._rest(seat, _LONG_REST_S)
            self._tell_stuck(seat, text)

    def _rest(self, seat: Seat, seconds: float) -> None:
        """Look at a job again later, with what its record says then."""
        seat.ready = False
        seat.rests_until = seat.due = self._clock() + seconds
        self._desk.read_again(seat.path)
        with contextlib.suppress(OSError, ValueError, LookupError):
            seat.job = self._store.load(seat.path)

    def _tell_stuck(self, seat: Seat, text: str) -> None:
        """Tell people of a job that cannot go on; once for each reason."""
        if self._told.get(seat.job.job) != text:
            self._told[seat.job.job] = text
            body = f"{text}\n{seat.path}\nSee the daemon's log."
            self._notices.tell("job_stuck", seat.job, f"{seat.job.job}: cannot go on", body)

    def _attend(self, seat: Seat) -> bool:
        """Do for one job what can be done at once; True if a step of it waits for a worker."""
        for _ in range(20):
            if seat.in_place:
                self._desk.refuse_early(seat.path, seat.job, seat.unasked)
            if seat.in_place and seat.running is None and self._read_desk(seat):
                seat.ready = False
                continue
            if seat.in_place and seat.ready:
                return True
            move = rules.next_move(seat.job, seat.stage, self._see(seat), self._clock())
            if isinstance(move, rules.Wait):
                seat.due = move.until
                return False
            if isinstance(move, rules.Run):
                seat.asking = move.asking
                return True
            self._act(seat, move)
        raise RuntimeError(f"{seat.job.job}: the rules lead in a circle")

    def _read_desk(self, seat: Seat) -> bool:
        """Take what a person wrote; True if that changed the job."""
        control = self._desk.control(seat.path, seat.job)
        if control is not None:
            source = seat.folder
            obey(self._store, self._desk, seat, control)
            if seat.folder != source:
                log.info("%s: %s → %s (%s)", seat.job.job, source, seat.folder, control.by)
                self._mover.announce(seat)
            return True
        stage = seat.stage
        if stage is None or stage.gate is None:
            return False
        if seat.job.answer is not None:
            self._desk.file_again(seat.path, seat.job, stage.gate)
            return False
        if not os.path.lexists(seat.path / stage.gate.sidecar):
            restore_sidecar(seat.path, stage.gate.sidecar, stage.gate.ask.name)
        job = self._desk.decision(seat.path, seat.job, stage.gate)
        if job is None:
            return False
        seat.job = job
        if stage.folder == REVIEW and self._seats.next_asked(REVIEW, job.job) is None:
            self._notices.tell("no_more_reviews", job, "No more Stage 2 jobs. Excellent work!")
        return True

    def _see(self, seat: Seat) -> rules.Seen:
        running = seat.running is not None
        if not seat.in_place:
            left = self._store.stage_of(seat.job, seat.job.stage)
            return rules.Seen(seat.folder, running, False, None, None, left.gate if left else None)
        due = not running and self._dispatch.next_order(seat) is not None
        return rules.Seen(seat.folder, running, due, seat.target, seat.target_gate)

    def _act(self, seat: Seat, move: rules.Move) -> None:
        match move:
            case rules.Go(target):
                self._mover.go(seat, target)
            case rules.Arrive():
                self._mover.arrive(seat)
            case rules.Follow(action):
                self._mover.follow(seat, action)
            case rules.Decide(decision):
                self._mover.decide_by_hand(seat, decision)
            case rules.PutBack():
                self._mover.put_back(seat)
