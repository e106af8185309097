"""When a generator may be asked for a segment: after what has failed before, by its limits, and by its circuit.

Waits; reads and writes what all jobs of a root share (`limiting`, `circuits`). It makes nothing itself.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hotfolderd.errors import MachineError, ToolError
from hotfolderd.film.generators.circuit import CircuitPolicy
from hotfolderd.film.generators.limiter import LaterError, RateLimits
from hotfolderd.stages.episode.board import Attempt
from hotfolderd.stages.episode.circuits import GENERATORS, SharedCircuit
from hotfolderd.stages.episode.limiting import wait_for_turn

_NAP_S = 1.0
_SPARE_S = 120.0  # after its time limit a clip is still made as large and as long as ordered


class PutOffError(Exception):
    """An attempt is not begun now: its generator is left alone, or somebody has an order for the job."""


class Turns:
    """The turns of one job's segments, at generators that all jobs share.

    `place`: where what is shared lies. `job` tells the job from all others. `settings` are those of `episodes`. `stop`:
    whether somebody has an order for the job; then nobody waits any longer.
    """

    def __init__(
        self,
        place: Path,
        job: str,
        settings: Mapping[str, Any],
        *,
        stop: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place, self._job, self._settings = place, job, settings
        self._stop, self._sleep, self._clock = stop, sleep, clock
        policy = CircuitPolicy(settings["circuit_failures"], settings["circuit_pause_s"])
        self._circuits = {name: SharedCircuit(place, name, policy, clock) for name in GENERATORS}

    def until(self, generator: str, segment: int) -> float | None:
        """When a generator that was left alone may be asked (seconds since 1970); None where it may be at once."""
        circuit = self._circuits.get(generator)
        return circuit.waits_until(self._clip(segment)) if circuit else None

    def wait(self, generator: str, segment: int, attempts: Sequence[Attempt], tell: Callable[[float], None]) -> None:
        """Wait until the next attempt may begin, and count it; a restart goes on with the wait.

        `tell` is called with the moment that the limits of the generator demand. Raises PutOffError where others should
        not wait for it.
        """
        if attempts:
            at = attempts[-1].ended + max(self._delay_s(attempts[-1]), attempts[-1].after_s)
            while (left := at - self._clock()) > 0:
                self._nap(min(left, _NAP_S))
        if self.until(generator, segment) is not None:
            raise PutOffError
        given = self._settings["limits"].get(generator, {})
        limits = RateLimits(self._settings["max_parallel"], given.get("per_minute"), given.get("per_day"))
        wait_for_turn(self._place, generator, limits, tell=tell, clock=self._clock, sleep=self._nap)

    @contextlib.contextmanager
    def asking(self, generator: str, segment: int, timeout_s: float) -> Iterator[None]:
        """Note in the generator's circuit how it has ended: only what asking again could mend speaks against it.

        Raises PutOffError where its circuit has opened meanwhile.
        """
        circuit, clip = self._circuits.get(generator), self._clip(segment)
        if circuit is None:
            yield
            return
        if not circuit.begin(clip, timeout_s + _SPARE_S):
            raise PutOffError
        try:
            yield
        except ToolError as error:
            if isinstance(error, LaterError) or is_of_the_machine(error):
                circuit.left(clip)
            else:
                circuit.broke(clip, str(error))
            raise
        except BaseException:
            circuit.left(clip)
            raise
        circuit.worked()

    def _delay_s(self, last: Attempt) -> float:
        spread = random.Random(last.started_at).uniform(0.5, 1.5)
        return float(min(self._settings["cap_s"], self._settings["base_s"] * 2.0 ** (last.number - 1)) * spread)

    def _nap(self, seconds: float) -> None:
        if self._stop():
            raise PutOffError
        self._sleep(seconds)

    def _clip(self, segment: int) -> str:
        return f"{self._job}/{segment}"


def is_of_the_machine(error: Exception) -> bool:
    """Whether the machine is at fault, so that no attempt is used up: a full disk, a share that is away."""
    return isinstance(error, MachineError) or isinstance(error.__cause__, OSError)
