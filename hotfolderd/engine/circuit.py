"""When a step fails for every job, the fault lies with its program: it is left alone for a while. Pure values.

A circuit is closed while a step works. It opens when the step failed several times in a row for several jobs; then no
job begins the step before a pause is over, and only one as a trial. The trial's success closes it, its failure begins a
longer pause. `MachineFaults` counts what waits for the machine itself (a full disk). Neither is kept over a restart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """When a circuit opens, and how long its pauses are (seconds): the first, and the longest; each doubles."""

    failures: int = 3
    jobs: int = 2
    base_s: float = 60.0
    cap_s: float = 1800.0

    def pause_s(self, number: int) -> float:
        """The length of a pause; 1 is the first."""
        return min(self.cap_s, self.base_s * 2.0 ** min(number - 1, 30))


@dataclass(frozen=True, slots=True)
class Circuit:
    """One step as all jobs see it.

    `failed` holds the jobs of the last failures in a row. `pauses` is 0 while the circuit is closed. `until` is the end
    of the pause (seconds, by the clock that it is handed), `trial` the job that tries meanwhile.
    """

    failed: tuple[str, ...] = ()
    message: str = ""
    pauses: int = 0
    until: float = 0.0
    trial: str = ""

    @property
    def is_open(self) -> bool:
        """Whether jobs wait."""
        return self.pauses > 0

    def waits_until(self, now: float, policy: CircuitPolicy) -> float | None:
        """When a job may ask again; None where it may begin at once."""
        if not self.is_open:
            return None
        if self.trial:
            return now + policy.base_s
        return self.until if self.until > now else None

    def begun(self, job: str) -> Circuit:
        """A job has begun the step: while the circuit is open, it is the trial."""
        return dataclasses.replace(self, trial=job) if self.is_open else self

    def broke(self, job: str, message: str, now: float, policy: CircuitPolicy) -> Circuit:
        """The step has failed for a job, and not by the fault of the job's files."""
        failed = (*self.failed, job)[-policy.failures :]
        if self.is_open and job != self.trial:  # it had begun before the circuit opened
            return dataclasses.replace(self, failed=failed)
        if self.is_open or (len(failed) >= policy.failures and len(set(failed)) >= policy.jobs):
            pauses = self.pauses + 1
            return Circuit(failed, message, pauses, now + policy.pause_s(pauses))
        return dataclasses.replace(self, failed=failed, message=message)

    def left(self, job: str, now: float) -> Circuit:
        """The step has ended for a job without saying anything of its program; another job may try."""
        return dataclasses.replace(self, trial="", until=now) if job == self.trial else self


@dataclass(slots=True)
class MachineFaults:
    """The jobs that wait for the machine, with the number of times that each was turned away."""

    waiting: dict[str, int] = field(default_factory=dict)

    def met(self, job: str) -> tuple[int, bool]:
        """A job is turned away: for the how-manieth time, and whether it is the first that waits."""
        first = not self.waiting
        self.waiting[job] = self.waiting.get(job, 0) + 1
        return self.waiting[job], first

    def passed(self, job: str) -> bool:
        """A job waits no more; True if it was the last one."""
        return self.waiting.pop(job, None) is not None and not self.waiting
