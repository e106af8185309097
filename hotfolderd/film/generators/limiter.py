"""How often a generator may be asked.

Reads and writes nothing; clock and sleep are handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hotfolderd.errors import ToolError


class LaterError(ToolError):
    """The generator has said that it is to be asked again in `after_s` seconds, not before."""

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How many clips at once, a minute and a day; None is no limit."""

    max_concurrent: int | None = None
    per_minute: int | None = None
    per_day: int | None = None


def ready_at(limits: RateLimits, starts: Sequence[float], now: float) -> float:
    """From when on the next clip may be begun, `now` where that is at once; `starts` are the earlier ones."""
    raise NotImplementedError


class RateLimiter:
    """Lets clips begin as seldom as `limits` say. `starts` are moments of the same clock, kept from earlier."""

    def __init__(
        self,
        limits: RateLimits,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        starts: Iterable[float] = (),
    ) -> None:
        self.limits, self.clock, self.sleep = limits, clock, sleep
        self.starts: list[float] = sorted(starts)

    def acquire(self) -> float:
        """Waits until a clip may begin, and counts it; how long it waited, in seconds."""
        raise NotImplementedError

    def release(self) -> None:
        """A clip that was begun has ended."""
        raise NotImplementedError
