"""The loop's body: look at the jobs that changed or are due, ask the rules, act.

Hints say where to look first; the folders are the truth, and a look at everything finds whatever no hint told. Acts
through the desk (sidecars), the mover (folders) and the dispatch (steps); holds nothing that a restart could lose.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import time
from collections.abc import Callable, Iterator

from hotfolderd.engine import rules
from hotfolderd.engine.control import obey
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Dispatch, Policy
from hotfolderd.engine.hints import EVERYTHING, Hint
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.patrol import Patrol
from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats, Watch
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.notify import Notices
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken, Done

log = logging.getLogger(__name__)
_REST_S = 5.0
_LONG_REST_S = 60.0
_TROUBLES_TOLD = 3
_LOOK_AGAIN_S = 1.0
_LOOKING_SHARE = 20
_PROGRESS_S = 1.0
# Of the looks by time alone, each tenth does not rely on the times of the folders of the line.
_LISTED_ANYWAY = 10


class Reconciler:
    """Looks at the jobs of a root and does what is due. `clock`: seconds since 1970, and never set back meanwhile.

    `look_cost_s`: how long the last look at everything took, without newcomers and without what it led to.
    """

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        notices: Notices,
        desk: Callable[[Seats], Desk],
        policy: Policy,
        *,
        watch: Watch | None = None,
        clock: Callable[[], float] = time.time,
        outside: Workers | None = None,
    ) -> None:
        self._root = root
        self._store = store
        self._notices = notices
        self._clock = clock
        self._longest_retry_s = 2 * policy.retry.cap_s
        self.seats = Seats(root, store, notices, self._alone, watch, clock=clock)
        self._desk = desk(self.seats)
        self.seats.forgotten = self._forget
        self._patrol = Patrol(self.seats)
        self._mover = Mover(root, store, notices, self._desk, self.seats)
        self._dispatch = Dispatch(
            root,
            store,
            workers,
            self._mover,
            self.seats,
            policy,
            guarded=self._alone,
            ordered=lambda seat: self._desk.order_due_s(seat.path) is not None,
            clock=clock,
            tell=notices.tell,
            outside=outside,
        )
        self._told: dict[str, str] = {}
        self.look_cost_s = 0.0
        self._must_look = True
        self._look_around_at = 0.0
        self._looks_by_time = 0

    def status_of(self, job: str) -> str:
        """The status of a job by its name; "" for one that is not there."""
        seat = self.seats.of(job)
        return seat.job.status if seat else ""

    def running(self) -> int:
        """How many jobs have a step at work."""
        return self.seats.running()

    def waiting_for_workers(self) -> int:
        """How many jobs have a step that no worker has begun."""
        return self.seats.waiting()

    def _forget(self, job: str) -> None:
        self._store.forget(job)
        self._desk.tray.forget(job)
        self._dispatch.forget(job)
        self._told.pop(job, None)

    def drain(self, *, here: bool = True) -> None:
        """Begin no more work, and leave nothing unshown where the root is `here`."""
        self._dispatch.drain()
        if here:
            self._store.show_late(all_of_them=True)

    def round(self, hint: Hint = EVERYTHING) -> float | None:
        """Look at what changed or is due. Seconds until something is due by time alone; None where nothing is."""
        jobs = {folder.name for folder in hint.folders}
        listed_s = self._look_around(hint)
        if hint.everything:
            began = time.perf_counter()
            jobs |= self._patrol.look_at_all() if hint.by_time_s is None else self._patrol.go_on(hint.by_time_s)
            self.look_cost_s = listed_s + time.perf_counter() - began
        jobs |= self.seats.due(self._clock())
        going_on = self.seats.changed.copy()
        self.seats.changed.clear()
        for name in (*sorted(jobs - going_on), *sorted(going_on)):
            seat = self.seats.of(name)
            if seat is None:
                continue
            if seat.missing:
                self._must_look = True
                if seat.due is not None:
                    seat.due = max(seat.rests_until, self._clock() + _LOOK_AGAIN_S)
                    self.seats.note(seat)
            elif seat.rests_until <= self._clock():
                self._look_at(seat)
        self._dispatch.begin(self.seats.ready())
        later = [self._store.show_late(), self._desk.readers.load_when_due(self._clock())]
        if self.seats.changed:
            return 0.0
        times = [self.seats.soonest(), self._look_around_at if self._must_look else None]
        later += [None if at is None else max(0.0, at - self._clock()) for at in times]
        return min((due for due in later if due is not None), default=None)

    def _look_around(self, hint: Hint) -> float:
        """See which folders came and went; not more often than is cheap, since the line's own moves are told too.

        How long it took to list them, in seconds.
        """
        self._must_look |= any(folder.parent == self._root.path for folder in hint.folders)
        if hint.by_time_s is not None:
            self._looks_by_time += 1
            if self._looks_by_time % _LISTED_ANYWAY and not self._must_look and self.seats.folders_rest():
                return 0.0
        self._must_look |= hint.everything
        if not self._must_look or (self._clock() < self._look_around_at and not hint.everything):
            return 0.0
        began = time.perf_counter()
        newcomers = self.seats.look_around()
        took, known = time.perf_counter() - began, len(self.seats)
        self.seats.meet(newcomers)
        if len(self.seats) == known:  # strangers, which are looked at each time
            took = time.perf_counter() - began
        self._must_look = self.seats.look_again
        self._look_around_at = self._clock() + (_LOOK_AGAIN_S if self._must_look else _LOOKING_SHARE * took)
        return took

    def _look_at(self, seat: Seat) -> None:
        """Do for one job what is due; it is noted when it must be looked at again."""
        with self._alone(seat):
            seat.due = None
            self._must_look |= not os.path.lexists(seat.place)  # it stands elsewhere, or nowhere
            glimpse = seat.look()
            if not os.path.lexists(f"{seat.place}/.job/record.json"):
                text = "the job's record is gone. Put its .job folder back from a copy, or take the folder away"
                raise FileNotFoundError(errno.ENOENT, text, str(seat.path))
            if seat.glimpse and seat.glimpse[:8] != glimpse[:8]:  # another folder stands here
                seat.job = self.seats.load(seat.path)
            seat.glimpse = glimpse
            if seat.rests_until:
                seat.rests_until = 0.0
                self._store.tidy_up(seat.path, seat.job)
            self._desk.tray.soonest_s = None
            seat.ready = self._attend(seat)
            if self._desk.tray.soonest_s is not None:
                due = self._clock() + self._desk.tray.soonest_s
                seat.due = due if seat.due is None else min(due, seat.due)
        self.seats.note(seat)

    def collect(self, finished: list[Finished], *, may_go_on: bool = True) -> None:
        """Take what the workers have returned; jobs that `may_go_on` keep their workers for what is next."""
        for task in finished:
            seat = self.seats.of(task.key)
            if seat is None or seat.running is None:
                continue
            step, seat.running = seat.running, None
            self.seats.changed.add(task.key)
            self.seats.note(seat)
            with self._alone(seat):
                if seat.disturbed:
                    self._dispatch.disturbed(seat)
                elif isinstance(task.value, Done):
                    self._dispatch.done(seat, step, task.value, may_go_on=may_go_on)
                elif isinstance(task.value, Broken):
                    self._dispatch.broken(seat, step, task.value)
            self.seats.note(seat)  # after an error it rests, and is due again

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
                places = [str(place) for place in (error.filename, error.filename2) if place is not None]
                self._tell_stuck(seat, f"{error.strerror}: {' → '.join(places)}")
        except Exception as error:  # a damaged job folder or a bug of ours must not stop other jobs
            text = f"{type(error).__name__}: {error}"
            log.exception("%s: left alone for %.0f s", seat.path, _LONG_REST_S)
            self._rest(seat, _LONG_REST_S)
            self._tell_stuck(seat, text)

    def _rest(self, seat: Seat, seconds: float) -> None:
        """Look at a job again later, with what its record says then."""
        seat.ready = False
        seat.rests_until = seat.due = self._clock() + seconds
        self._desk.tray.unread_all(seat.path)
        with contextlib.suppress(OSError, ValueError, LookupError):
            seat.job = self.seats.load(seat.path)

    def _tell_stuck(self, seat: Seat, text: str) -> None:
        """Tell people of a job that cannot go on; once for each reason."""
        if self._told.get(seat.job.job) != text:
            body = f"{text}\n{seat.path}\nSee the daemon's log."
            with contextlib.suppress(OSError):  # where not even a message can be kept, it is tried at the next trouble
                self._notices.tell("job_stuck", seat.job, f"{seat.job.job}: cannot go on", body)
                self._told[seat.job.job] = text

    def _attend(self, seat: Seat) -> bool:
        """Do for one job what can be done at once; True if a step of it waits for a worker."""
        for _ in range(20):
            if seat.in_place:
                self._desk.refuse_early(seat.path, seat.job, seat.unasked)
            if seat.in_place and seat.running is None and self._read_desk(seat):
                seat.ready = False
                self.seats.changed.add(seat.job.job)  # others wait for their receipts
                return False
            if seat.in_place and seat.running is None:
                order_due_s = self._desk.order_due_s(seat.path)
                if order_due_s is not None:  # an order that is about to be heard comes before the next step
                    seat.ready = False
                    if order_due_s == 0.0:
                        continue  # it has become still since it was looked at
                    return False
            if seat.in_place and seat.ready:
                return True
            move = rules.next_move(
                seat.job, seat.stage, self._see(seat), self._clock(), longest_s=self._longest_retry_s
            )
            if isinstance(move, rules.Wait):
                seat.due = move.until
                if seat.running is not None and seat.running.tells:
                    self._mover.show_progress(seat, seat.running)
                    seat.due = self._clock() + _PROGRESS_S
                return False
            if isinstance(move, rules.Run):
                seat.asking = move.asking
                return True
            seat.ready = False
            self._act(seat, move)
        raise RuntimeError(f"{seat.job.job}: the rules lead in a circle")

    def _read_desk(self, seat: Seat) -> bool:
        """Take what a person wrote; True if that changed the job."""
        control = self._desk.control(seat.path, seat.job)
        if control is not None:
            obey(self._store, self._desk, self._mover, seat, control)
            return True
        stage = seat.stage
        if stage is None or stage.gate is None:
            return False
        if seat.job.answer is not None:
            self._desk.file_again(seat.path, seat.job, stage.gate)
            return False
        if seat.maybe_answered:
            self._desk.replies.write(seat.path, seat.job, stage.gate)
            seat.maybe_answered = False
        self._desk.restore(seat.path, stage.gate)
        self._desk.tell_of_copies(seat.path, seat.job, stage.gate)
        job = self._desk.decision(seat.path, seat.job, stage.gate)
        if job is None:
            return False
        seat.job = job
        self.seats.note(seat)
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
            case rules.AskAgain():
                self._mover.ask_again(seat)
            case rules.Arrive():
                self._mover.arrive(seat)
            case rules.Follow(action):
                self._mover.follow(seat, action)
            case rules.Decide(decision):
                self._mover.decide_by_hand(seat, decision)
            case rules.PutBack():
                self._mover.put_back(seat)
