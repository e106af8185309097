"""Steps at work: given to free workers in order, taken back, and counted.

Writes through the store. An attempt is counted on the disk before it begins, so that a step which ends the daemon or
the machine is not tried for ever: a job whose last nine attempts ended without a word fails, and before that such a job
works alone, so that no other is blamed for it. What failed is taken by `failures`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hotfolderd.engine import rules
from hotfolderd.engine.failures import Failures, Tell
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.seat import CONTROL, Seat
from hotfolderd.engine.seats import Seats
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.engine.workers import Workers
from hotfolderd.pipeline import Step
from hotfolderd.records import Job
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken, Done, Order, broken_by

_HELD_UP_AT_ONCE = 100
# The daemon or the machine may end for reasons of its own, even several times in the same step: a job is blamed for it
# later than for a step that fails.
_ENDS_PER_ATTEMPT = 3
_LOOK = "Look into the system's log at the times in .job/events.jsonl; its files may use up the machine."


@dataclass(frozen=True, slots=True)
class Policy:
    """How the line is run. `facts` are the settings that steps may name in `uses`."""

    max_jobs: int
    retry: rules.RetryPolicy
    facts: Mapping[str, Any]


class Dispatch:
    """Gives steps to workers. `clock`: seconds since 1970, never set back. `guarded`: an error costs its job alone.

    `ordered` tells whether somebody has an order for a job that was not heard yet.
    `outside` are the workers for steps that need a program or a server of the configuration; None where no step does.
    """

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        mover: Mover,
        seats: Seats,
        policy: Policy,
        *,
        guarded: Callable[[Seat], AbstractContextManager[None]],
        ordered: Callable[[Seat], bool],
        clock: Callable[[], float],
        tell: Tell,
        outside: Workers | None = None,
    ) -> None:
        self._root = root
        self._store = store
        self._workers = workers
        self._mover = mover
        self._clock = clock
        self._outside = outside
        self._for_outside: set[str] = set()
        self._seats = seats
        self._policy = policy
        self._guarded = guarded
        self._ordered = ordered
        self._failures = Failures(store, mover, seats, policy.retry, clock=clock, tell=tell)
        self._accepting = True
        self._begun: set[str] = set()
        self._suspect = ""

    def forget(self, job: str) -> None:
        """A job is gone."""
        self._begun.discard(job)
        self._for_outside.discard(job)

    def drain(self) -> None:
        """Begin no more work."""
        self._accepting = False

    def begin(self, ready: Iterable[Seat]) -> None:
        """Give steps to free workers in the order given; never more jobs at once than allowed."""
        held_up = 0
        for seat in sorted(ready, key=lambda seat: seat.job.attempts) if self._failures.holding else ready:
            here, there = self._workers.free() > 0, self._outside is not None and self._outside.free() > 0
            if not self._accepting or not (here or there) or self._seats.running() >= self._policy.max_jobs:
                return
            if not (there if seat.job.job in self._for_outside else here):
                continue
            if self._seats.running_here() and (self._is_suspect(seat) or self._suspect_runs()):
                return
            waits = False
            with self._guarded(seat):
                waits = self._begin_one(seat)
            held_up += waits
            self._seats.note(seat)
            if seat.running is None and not waits and not seat.ready:
                self._seats.changed.add(seat.job.job)
            if held_up >= _HELD_UP_AT_ONCE:  # the others are looked at in the next round
                return

    def _begin_one(self, seat: Seat) -> bool:
        """Give the next step of a job to a worker; True if it has to wait because that fails for every job.

        Where the workers for that step have no place the job stays ready. An order that came after the last look is
        heard first: a step that looks for orders looks for those that came after it was begun.
        """
        seat.ready = False
        if self._ordered(seat):
            return False
        found = self._order(seat)
        if found is None:
            return False
        step, order = found
        workers = self._workers_for(seat, step)
        if workers.free() <= 0:
            seat.ready = True
            return False
        # A rendering of an hour would stop the whole line.
        suspect = self._is_suspect(seat) and not (step.outside and workers is self._outside)
        if suspect and seat.job.attempts >= self._policy.retry.attempts * _ENDS_PER_ATTEMPT:
            text = f"each time it was begun, hotfolderd or the machine ended before it was done. {_LOOK}"
            self._failures.give_up(seat, step, Broken(step.name, "ToolError", f"{step.name}: {text}", ""))
            return False
        if self._failures.hold_up(seat, step):
            return True
        counted = dataclasses.replace(seat.job, attempts=seat.job.attempts + 1)
        seat.job = self._store.begin_step(seat.path, counted, step)
        if self._submit(seat, step, order, workers):
            self._suspect = seat.job.job if suspect else ""
        return False

    def _submit(self, seat: Seat, step: Step, order: Order, workers: Workers) -> bool:
        """Hand a worker a step whose attempt is counted; False where no worker can be started."""
        self._begun.add(seat.job.job)
        try:
            workers.submit(seat.job.job, "hotfolderd.work:perform", order, step.timeout_s)
        except OSError as error:
            text = f"no worker process can be started: {error.strerror}. Look at /dev/shm, memory and process limits."
            self.broken(seat, step, Broken(step.name, "MachineError", text, ""))
            return False
        seat.running, seat.disturbed = step, False
        self._failures.begun(seat, step)
        return True

    def _workers_for(self, seat: Seat, step: Step) -> Workers:
        """Who does a step; it is noted whether the job waits for those with the other guard."""
        if step.outside and self._outside is not None:
            self._for_outside.add(seat.job.job)
            return self._outside
        self._for_outside.discard(seat.job.job)
        return self._workers

    def _is_suspect(self, seat: Seat) -> bool:
        """Whether a step of the job was begun by an earlier daemon and never came to an end."""
        return seat.job.attempts > 0 and seat.job.retry_at is None and seat.job.job not in self._begun

    def _suspect_runs(self) -> bool:
        seat = self._seats.of(self._suspect)
        return seat is not None and seat.running is not None

    def next_order(self, seat: Seat) -> tuple[Step, Order] | None:
        """The step that is due for a job, ready for a worker; None where all are done."""
        return next_order(seat.path, seat.steps, self._facts(seat), seat.job.finished) if seat.steps else None

    def _order(self, seat: Seat) -> tuple[Step, Order] | None:
        facts = self._facts(seat)
        if not seat.asking:
            return self.next_order(seat)
        gate = seat.target_gate
        assert gate is not None, "only a gate is prepared"
        number = seat.job.revisions.get(gate.name, 0) + 1
        asked = {"gate": gate.name, "revision": number, "after_decisions": seat.job.decisions}
        return gate.ask, order_for(seat.path, gate.ask, {**facts, "round": asked})

    def done(self, seat: Seat, step: Step, done: Done, *, may_go_on: bool = False) -> None:
        """Take what a step has made; where it `may_go_on`, the worker that is free now is given the job's next step.

        Whatever must be asked first (somebody's order, another job's turn) is left to the next look and to `begin`.
        """
        seat.troubles = 0
        latest = self._clock() + self._policy.retry.cap_s  # no longer than any attempt is put off
        if done.result.again_at > latest:
            done = dataclasses.replace(done, result=dataclasses.replace(done.result, again_at=latest))
        gate = seat.target_gate if seat.asking else None
        name = gate.name if gate and gate.ask.name == step.name else None
        seat.asking = False
        following: list[tuple[Step, Order]] = []

        def then(job: Job) -> Step | None:
            found = self._next_at_once(seat, job) if may_go_on and not step.outside else None
            following.extend([found] if found else [])
            return found[0] if found else None

        try:
            if name is None:  # a question is put when the job has come to it
                self._mover.tell(seat, done.result.notices)
            seat.job = self._store.finish_step(seat.path, seat.job, done, gate=name, then=then)
        except OSError as error:  # its files cannot be put in their places, or nobody can be told
            self.broken(seat, step, broken_by(step.name, error))
            return
        self._failures.succeeded(seat, step)
        for found, order in following:
            self._submit(seat, found, order, self._workers)

    def _next_at_once(self, seat: Seat, job: Job) -> tuple[Step, Order] | None:
        """The step with which a job goes on in the machine's stage where it stands; None where that is not so clear."""
        stage = seat.stage
        if not self._accepting or self._failures.holding or self._workers.free() <= 0:
            return None
        if not seat.in_place or stage is None or stage.gate is not None or os.path.lexists(seat.path / CONTROL):
            return None
        if job.retry_at is not None or self._seats.has_ready_before(seat):
            return None
        found = next_order(seat.path, stage.steps, self._facts(seat), job.finished)
        return None if found is None or found[0].outside else found

    def disturbed(self, seat: Seat) -> None:
        """The folder was moved while a worker was in it: what came of it says nothing, and it was no attempt."""
        seat.asking = False
        self._failures.undo(seat)

    def broken(self, seat: Seat, step: Step, broken: Broken) -> None:
        """Take what failed."""
        seat.asking = False
        self._failures.take(seat, step, broken)

    def _facts(self, seat: Seat) -> dict[str, Any]:
        deployed = str(self._root.deployed)
        asked = {"decisions": seat.job.decisions}
        return {**self._policy.facts, "build": seat.job.builds, "deployed": deployed, "round": asked}
