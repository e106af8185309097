"""Processor time and memory of a piece of work, and how two of them are laid side by side."""

from __future__ import annotations

import resource
from collections.abc import Callable

ROUNDS = 3


def used_s() -> float:
    """Processor seconds that this process and its ended children have used so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def peak_mib() -> float:
    """The most memory that this process has held so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The least processor time of each piece of work. They take turns, so that a slow moment meets them all."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            began = used_s()
            work()
            best[number] = min(best[number], used_s() - began)
    return best


def show(what: str, ours_s: float, other_s: float, reach: float | None = None) -> None:
    """One line: the ratio, the figure to reach, and both times on this machine."""
    goal = f", to reach {reach:g}" if reach is not None else ""
    print(f"{what:<72} {ours_s / other_s:6.3f}{goal}   ({ours_s * 1000:.1f} ms : {other_s * 1000:.1f} ms)")
