"""The way round all jobs by time: what nothing has told is found, for a small share of the processor.

Where changes are told, a look at a job is only a second safety: then some are looked at each time, the next ones the
next time, so that ten thousand waiting jobs cost no more than some hundreds, and are found later instead. Looks at job
folders; changes nothing.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats

# Of the ways round all jobs, each tenth relies on nothing; not the first, since everything is looked at at the start.
_WHOLE_WAY = 10
# The clock is asked after so many jobs, which are looked at in any case.
_AT_ONCE = 100


class Patrol:
    """Looks at the jobs of a root, which may come and go. Says which look different from when they were attended to."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._to_come: Iterator[Seat] = iter(())
        self._ways = 0

    def look_at_all(self) -> set[str]:
        """Of all jobs, relying on nothing."""
        return {seat.job.job for seat in self._seats if _looks_different(seat, whole=True)}

    def go_on(self, most_s: float) -> set[str]:
        """Of those whose turn is next: as many as there is time for, some hundreds at least, none of them twice."""
        until = time.perf_counter() + most_s
        left = len(self._seats)
        found: set[str] = set()
        while left > 0:
            some = list(itertools.islice(self._to_come, min(left, _AT_ONCE)))
            if not some:
                self._to_come = iter(self._seats)
                self._ways += 1
                continue
            whole = self._ways % _WHOLE_WAY == 0
            found |= {seat.job.job for seat in some if _looks_different(seat, whole=whole)}
            left -= len(some)
            if time.perf_counter() >= until:
                break
        return found


def _looks_different(seat: Seat, *, whole: bool) -> bool:
    try:
        return seat.differs(whole=whole)
    except OSError:
        return True
