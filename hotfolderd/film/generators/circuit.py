"""When a generator fails again and again, it is left alone for a while. Pure values; the time is handed in.

The circuit of a generator is closed while it works. It opens after several failures in a row that asking again could
mend; then no clip is begun before a pause is over, and only one as a trial. The trial's success closes it, its failure
begins the next pause. `engine/circuit.py` is the same for the steps of the line.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """After how many failures in a row the circuit opens, and how long each pause is, in seconds."""

    failures: int = 5
    pause_s: float = 60.0


@dataclass(frozen=True, slots=True)
class GeneratorCircuit:
    """One generator as all who ask it see it.

    `failed`: failures in a row; `message`: of the last. `open`: clips wait. `until`: the end of the pause. `trial` is
    the clip that tries meanwhile, at the longest until `trial_until`: a process that was killed has said nothing more.
    All times in seconds since 1970.
    """

    failed: int = 0
    message: str = ""
    open: bool = False
    until: float = 0.0
    trial: str = ""
    trial_until: float = 0.0

    def waits_until(self, clip: str, now: float, policy: CircuitPolicy) -> float | None:
        """When a clip may be begun; None where it may be at once. A pause of a clock that was set back is over."""
        if not self.open or self.trial == clip:
            return None
        if 0 < self.until - now <= policy.pause_s:
            return self.until
        return self.trial_until if self.trial and self.trial_until > now else None

    def begun(self, clip: str, now: float, longest_s: float) -> GeneratorCircuit:
        """A clip was begun, that takes `longest_s` at most: while the circuit is open, it is the trial."""
        return dataclasses.replace(self, trial=clip, trial_until=now + longest_s) if self.open else self

    def broke(self, clip: str, message: str, now: float, policy: CircuitPolicy) -> GeneratorCircuit:
        """The generator has failed, and asking again could mend it."""
        if self.open and clip != self.trial:  # it was begun before the circuit opened
            return self
        failed = self.failed + 1
        opens = self.open or failed >= policy.failures
        return GeneratorCircuit(failed, message, opens, now + policy.pause_s if opens else 0.0)

    def left(self, clip: str) -> GeneratorCircuit:
        """A clip has ended without saying anything of the generator; another one may try."""
        return dataclasses.replace(self, trial="", trial_until=0.0) if clip == self.trial else self
