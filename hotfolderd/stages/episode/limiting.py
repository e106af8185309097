"""How often a generator may be asked, over all jobs and processes of a root: its starts stand in a file.

Reads and writes `.hotfolderd/generators/<name>.starts`; never waits longer than it has to.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.film.generators.limiter import RateLimits, ready_at

_DAY_S = 86_400.0
_LONGEST_NAP_S = 5.0


def wait_for_turn(
    folder: Path,
    name: str,
    limits: RateLimits,
    *,
    tell: Callable[[float], None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until a clip may be begun, and count it. `tell` is called with the moment that is waited for."""
    if limits.per_minute is None and limits.per_day is None:
        return
    make_folder(folder)
    while True:
        with (folder / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            now = clock()
            starts = _starts(folder / f"{name}.starts", now)
            at = ready_at(limits, starts, now)
            if at <= now:
                text = "\n".join(f"{start:.3f}" for start in (*starts, now))
                write_atomic(folder / f"{name}.starts", text + "\n", durable=False)
                return
        tell(at)
        sleep(min(at - now, _LONGEST_NAP_S))


def _starts(path: Path, now: float) -> list[float]:
    """The starts of the last day, oldest first; those of a clock that has been set back do not count."""
    try:
        found = [float(line) for line in path.read_text().split()]
    except (OSError, ValueError):
        return []
    return sorted(start for start in found if now - _DAY_S < start <= now)
