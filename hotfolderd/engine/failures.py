"""What a step that failed means: for its job (again, later, or `failed/`), for all jobs with that step, and for people.

Writes through the store and moves jobs to `failed/` only; writes `.job/<step>.failed.txt` with the whole story of a
failure. What is known of steps and of the machine lives in memory: after a restart it is found out again.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from hotfolderd.disk import write_atomic
from hotfolderd.engine import rules
from hotfolderd.engine.circuit import Circuit, CircuitPolicy, MachineFaults
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats
from hotfolderd.pipeline import Step
from hotfolderd.records import Failure, Job, stamp
from hotfolderd.store import Store
from hotfolderd.work import STOPPED, Broken

log = logging.getLogger(__name__)
_LONGEST_MESSAGE = 2000
_LONGEST_LOG = 256 * 1024
# The longest pause of a step that fails for every job, in longest waits of a single job.
_LONGEST_PAUSE = 30
_RETRY = (
    "then write `action: retry` into control.yaml here, run `hotfolderd retry {job}`, "
    "or drag the folder back to {stage}"
)
_ADVICE = {
    "JobError": "Mend or replace the file named above (in assets/), " + _RETRY + ".",
    "ToolError": "Mend what is named above on this machine, " + _RETRY + ".",
    "MemoryError": "The step needs more memory than one worker may use: make the design smaller or raise "
    "workers.memory_mib in config.yaml and start hotfolderd again, " + _RETRY + ".",
}
_BUG = "This is a fault of hotfolderd, not of your files: keep {log} for a report, " + _RETRY + "."


class Tell(Protocol):
    """Telling people; see `notify.Notices.tell`."""

    def __call__(self, event: str, job: Job | None, title: str, body: str = "", *, once: str = "") -> None:
        """Tell of an event."""
        ...


class Failures:
    """Takes what failed. `clock`: seconds since 1970, never set back."""

    def __init__(
        self,
        store: Store,
        mover: Mover,
        seats: Seats,
        retry: rules.RetryPolicy,
        *,
        clock: Callable[[], float],
        tell: Tell,
    ) -> None:
        self._store = store
        self._mover = mover
        self._seats = seats
        self._retry = retry
        self._clock = clock
        self._tell = tell
        self._pauses = CircuitPolicy(base_s=retry.cap_s, cap_s=retry.cap_s * _LONGEST_PAUSE)
        self._circuits: dict[str, Circuit] = {}
        self._held_up: dict[str, set[str]] = {}
        self._machine = MachineFaults()

    # before a step -------------------------------------------------------------------------------------------------

    @property
    def holding(self) -> bool:
        """Whether a step is left alone because it fails for every job."""
        return any(circuit.is_open for circuit in self._circuits.values())

    def hold_up(self, seat: Seat, step: Step) -> bool:
        """Whether a job has to wait because its step fails for every job; it is then due again."""
        circuit = self._circuits.get(step.name)
        if circuit is None:
            return False
        now = self._clock()
        trial = self._seats.of(circuit.trial)
        if circuit.trial and (trial is None or trial.running is None):  # it was taken away, or moved
            circuit = self._circuits[step.name] = circuit.left(circuit.trial, now)
        until = circuit.waits_until(now, self._pauses)
        if until is None:
            return False
        seat.due = until
        self._held_up.setdefault(step.name, set()).add(seat.job.job)
        doing = f"Waiting: {step.name} fails for every job: {circuit.message[:300]}"
        if seat.job.doing != doing:
            seat.job = self._store.save(seat.path, dataclasses.replace(seat.job, doing=doing))
        return True

    def begun(self, seat: Seat, step: Step) -> None:
        """Note that a worker has the step of a job."""
        if step.name in self._circuits:
            self._circuits[step.name] = self._circuits[step.name].begun(seat.job.job)

    # after it ------------------------------------------------------------------------------------------------------

    def succeeded(self, seat: Seat, step: Step) -> None:
        """Note that a step works."""
        circuit = self._circuits.pop(step.name, None)
        if circuit is not None and circuit.is_open:
            self._seats.changed |= self._held_up.pop(step.name, set())
            self._tell(
                "step_works_again", None, f"{step.name}: works again", "All jobs go on.", once=_once(self._clock)
            )
        self._pass_machine(seat.job.job)

    def take(self, seat: Seat, step: Step, broken: Broken) -> None:
        """Have a step tried again later, or give the job up."""
        if broken.error_class == STOPPED:
            self.undo(seat)
            return
        broken = dataclasses.replace(broken, message=readable(broken.message, _LONGEST_MESSAGE))
        log.warning("%s: %s: %s", seat.job.job, step.name, broken.message)
        self._learn(seat, step, broken)
        if broken.of_the_machine:
            self._wait_for_machine(seat, step, broken)
            return
        self._pass_machine(seat.job.job)
        delay_s = rules.retry_after(seat.job, broken, self._retry)
        if delay_s is None:
            self.give_up(seat, step, broken)
        else:
            self._try_later(seat, step, broken, delay_s, f"Waiting to try again: {step.doing}")

    def give_up(self, seat: Seat, step: Step, broken: Broken) -> None:
        """Move a job to `failed/` with a log of the failure."""
        at = datetime.fromtimestamp(self._clock(), UTC)
        failure = describe(seat.job, _mended_in(seat, broken), step, broken, at)
        write_atomic(seat.path / failure.log, log_of(failure, broken))
        self._mover.fail(seat, failure)

    def undo(self, seat: Seat) -> None:
        """A worker was ended with the daemon, or disturbed: that was no attempt."""
        attempts = max(0, seat.job.attempts - 1)
        seat.job = self._store.save(seat.path, dataclasses.replace(seat.job, attempts=attempts, retry_at=self._clock()))

    def _try_later(self, seat: Seat, step: Step, broken: Broken, delay_s: float, doing: str) -> None:
        job = dataclasses.replace(seat.job, retry_at=self._clock() + delay_s, doing=doing)
        text = f"{step.name}: {broken.message} Tried again in {delay_s:.0f} s."
        seat.job = self._store.save(seat.path, job, ("retry_scheduled", text), step=step.name)

    def _learn(self, seat: Seat, step: Step, broken: Broken) -> None:
        """What a failure of one job says of the step; people are told when it is left alone."""
        before = self._circuits.get(step.name, Circuit())
        name, now = seat.job.job, self._clock()
        if not broken.may_pass:
            self._circuits[step.name] = before.left(name, now)
            return
        after = self._circuits[step.name] = before.broke(name, broken.message, now, self._pauses)
        if after.is_open and not before.is_open:
            text = (
                f"{broken.message}\nJobs wait before this step and use up no attempts; one of them tries in "
                f"{after.until - now:.0f} s, then ever more seldom. Starting hotfolderd again tries at once."
            )
            self._tell("step_stuck", None, f"{step.name}: fails for every job", text, once=_once(self._clock))

    def _wait_for_machine(self, seat: Seat, step: Step, broken: Broken) -> None:
        """No fault of the job, so no attempt: it waits as long as it takes. People are told of the first."""
        for name in list(self._machine.waiting):
            other = self._seats.of(name)
            if other is None or (other.running is None and other.job.retry_at is None and other is not seat):
                self._machine.passed(name)  # it was taken away
        times, first = self._machine.met(seat.job.job)
        seat.job = dataclasses.replace(seat.job, attempts=max(0, seat.job.attempts - 1))
        doing = f"Waiting for the machine: {broken.message[:300]}"
        self._try_later(seat, step, broken, self._retry.delay_s(times), doing)
        if first:
            text = f"{broken.message}\nMend that on this machine (free space, for example): jobs go on by themselves."
            self._tell("machine_fault", None, "Jobs wait for the machine", text, once=_once(self._clock))

    def _pass_machine(self, job: str) -> None:
        if self._machine.passed(job):
            text = "All jobs that waited have gone on."
            self._tell("machine_well", None, "The machine works again", text, once=_once(self._clock))


def describe(job: Job, stage: str, step: Step, broken: Broken, at: datetime) -> Failure:
    """The failure of a job as its record keeps it. `stage` is where a retry leads."""
    place = f".job/{step.name}.failed.txt"
    advice = _ADVICE.get(broken.error_class, _BUG)
    often = f" It was tried {job.attempts} times." if job.attempts > 1 else ""
    return Failure(
        stage=stage,
        step=step.name,
        error_class=broken.error_class,
        message=broken.message + often,
        what_to_do=advice.format(job=job.job, stage=stage, log=place),
        log=place,
        attempts=job.attempts,
        at=stamp(at),
        progress=job.progress,
    )


def log_of(failure: Failure, broken: Broken) -> str:
    """The whole story of a failure, as plain text that a terminal can show."""
    head = f"{failure.at}  {failure.step}: {failure.error_class}, attempt {failure.attempts}"
    return f"{head}\n{failure.message}\n\n{readable(broken.traceback, _LONGEST_LOG)}\n"


def readable(text: str, length: int) -> str:
    """A text without control characters and of limited length; of a longer one its end, where the reason stands."""
    clean = "".join(c if c in "\n\t" or c.isprintable() else ascii(c)[1:-1] for c in text[-length:])
    return clean if len(text) <= length else f"… {clean}"


def _mended_in(seat: Seat, broken: Broken) -> str:
    """The stage to which a retry leads: this one, unless what an answer rests on is at fault."""
    stage, answer = seat.stage, seat.job.answer
    if stage is None or stage.gate is None or answer is None or broken.error_class != "JobError":
        return seat.job.stage
    return stage.gate.outcomes[answer.decision].mend_in or seat.job.stage


def _once(clock: Callable[[], float]) -> str:
    """Each occasion is told of, however alike they are."""
    return f"{clock():.3f}"
