"""How often a generator may be asked.

Reads and writes nothing; clock and sleep are handed in.
"""

from __future__ import annotations

import time
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hotfolderd.errors import ToolError

_MINUTE_S, _DAY_S = 60.0, 86_400.0
_LOOK_EVERY_S = 0.5


class LaterError(ToolError):
    """The generator has said that it is to be asked again in `after_s` seconds, not before."""

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How many clips at once, a minute and a day; None is no limit. Those of a minute are begun evenly spread."""

    max_concurrent: int | None = None
    per_minute: int | None = None
    per_day: int | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ValueError(f"{name} is {number}; it must be at least 1, or empty for no limit")


def ready_at(limits: RateLimits, starts: Sequence[float], now: float) -> float:
    """From when on the next clip may be begun, `now` where that is at once; `starts` are the earlier ones."""
    ready = now
    ordered = sorted(starts)
    if limits.per_minute is not None and ordered:
        ready = max(ready, ordered[-1] + _MINUTE_S / limits.per_minute)
        if len(ordered) >= limits.per_minute:
            ready = max(ready, ordered[-limits.per_minute] + _MINUTE_S)
    if limits.per_day is not None and len(ordered) >= limits.per_day:
        ready = max(ready, ordered[-limits.per_day] + _DAY_S)
    return ready


class RateLimiter:
    """Lets clips begin as seldom as `limits` say. `starts` are moments of the same clock, kept from earlier.

    It is meant for one thread; where clips are made by several, `starts` is what they have to share.
    """

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
        self.running = 0

    def acquire(self, *, longest_s: float = _DAY_S) -> float:
        """Waits until a clip may begin, and counts it; how long it waited, in seconds.

        Raises LaterError, at once, where that would take longer than `longest_s`.
        """
        began = self.clock()
        while True:
            now = self.clock()
            wait = ready_at(self.limits, self.starts, now) - now
            if self.limits.max_concurrent is not None and self.running >= self.limits.max_concurrent:
                wait = max(wait, _LOOK_EVERY_S)
            if wait <= 0:
                break
            if now + wait - began > longest_s:
                raise LaterError(f"the generator may be asked again in {wait:.0f} s, by its limits.", wait)
            self.sleep(wait)
        insort(self.starts, now)
        del self.starts[: bisect_right(self.starts, now - _DAY_S)]
        self.running += 1
        return now - began

    def release(self) -> None:
        """A clip that was begun has ended."""
        self.running = max(0, self.running - 1)
