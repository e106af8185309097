"""Steps at work: given to free workers in order, taken back, tried again or given up.

Writes through the store; never moves a job but to `failed/`.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hotfolderd.disk import write_atomic
from hotfolderd.engine import rules
from hotfolderd.engine.failures import describe
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.seats import Seat, Seats
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.engine.workers import Workers
from hotfolderd.pipeline import Step
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken, Done, Order

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """How the line is run. `facts` are the settings that steps may name in `uses`."""

    max_jobs: int
    retry: rules.RetryPolicy
    facts: Mapping[str, Any]


class Dispatch:
    """Gives steps to workers. `clock` is the wall clock in seconds; `guarded` keeps a job's error from the others."""

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
        clock: Callable[[], float],
    ) -> None:
        self._root = root
        self._store = store
        self._workers = workers
        self._mover = mover
        self._seats = seats
        self._policy = policy
        self._guarded = guarded
        self._clock = clock
        self._accepting = True

    def drain(self) -> None:
        """Begin no more work."""
        self._accepting = False

    def begin(self, ready: Iterable[Seat]) -> None:
        """Give steps to free workers: by priority, then by age; never more jobs at once than allowed."""
        for seat in sorted(ready, key=lambda seat: seat.order):
            if not self._accepting or self._workers.free() <= 0 or self._seats.running() >= self._policy.max_jobs:
                return
            with self._guarded(seat):
                self._begin_one(seat)

    def _begin_one(self, seat: Seat) -> None:
        seat.ready = False
        found = self._order(seat)
        if found is None:
            return
        step, order = found
        seat.job = self._store.begin_step(seat.path, seat.job, step)
        self._workers.submit(seat.job.job, "hotfolderd.work:perform", order, step.timeout_s)
        seat.running, seat.disturbed = step, False

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

    def done(self, seat: Seat, step: Step, done: Done) -> None:
        """Take what a step has made."""
        seat.troubles = 0
        gate = seat.target_gate if seat.asking else None
        name = gate.name if gate and gate.ask.name == step.name else None
        seat.asking = False
        seat.job = self._store.finish_step(seat.path, seat.job, done, gate=name)

    def broken(self, seat: Seat, step: Step, broken: Broken) -> None:
        """Try a step again later, or give the job up."""
        seat.asking = False
        delay = rules.retry_after(seat.job, broken, self._policy.retry)
        attempts = seat.job.attempts + 1
        log.warning("%s: %s: %s", seat.job.job, step.name, broken.message)
        if delay is not None:
            at = self._clock() + delay
            job = dataclasses.replace(
                seat.job, attempts=attempts, retry_at=at, doing=f"Waiting to try again: {step.doing}"
            )
            text = f"{step.name}: {broken.message} Tried again in {delay:.0f} s."
            seat.job = self._store.save(seat.path, job, ("retry_scheduled", text), step=step.name)
            return
        at_time = datetime.fromtimestamp(self._clock(), UTC)
        failure = describe(seat.job, self._mended_in(seat, broken), step, broken, attempts, at_time)
        write_atomic(seat.path / failure.log, f"{broken.message}\n\n{broken.traceback}")
        seat.path = self._store.fail(seat.path, seat.job, failure)
        seat.folder, seat.job = seat.path.parent.name, self._store.load(seat.path)
        log.info("%s: %s → %s", seat.job.job, failure.stage, seat.folder)
        self._mover.announce(seat)

    def _mended_in(self, seat: Seat, broken: Broken) -> str:
        """The stage to which a retry leads: this one, unless what an answer rests on is at fault."""
        stage, answer = seat.stage, seat.job.answer
        if stage is None or stage.gate is None or answer is None or broken.error_class != "JobError":
            return seat.job.stage
        return stage.gate.outcomes[answer.decision].mend_in or seat.job.stage

    def _facts(self, seat: Seat) -> dict[str, Any]:
        deployed = str(self._root.deployed)
        asked = {"decisions": seat.job.decisions}
        return {**self._policy.facts, "build": seat.job.builds, "deployed": deployed, "round": asked}
