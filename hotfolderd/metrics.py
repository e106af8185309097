"""Figures for a monitor: a text file in Prometheus' format, as its node exporter reads from a folder. Writes that file.

Made of what the daemon has in memory, so that it costs the same for one job as for its figures.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from hotfolderd.disk import write_atomic
from hotfolderd.pipeline import JOB_FOLDERS

log = logging.getLogger(__name__)
_EVERY_S = 15.0


class Metrics:
    """Writes the figures of a root to a file, at most every 15 seconds; to none where `path` is None."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._not_before = float("-inf")
        self._rounds = 0
        self._wrong = ""

    def went_round(self, look: Callable[[], tuple[Iterable[str], int, float]]) -> None:
        """Count a round, and write where it is time. `look` gives the folder of each job, busy workers, free MiB."""
        self._rounds += 1
        if self._path is None or self._clock() < self._not_before:
            return
        self._not_before = self._clock() + _EVERY_S
        folders, busy, free_mib = look()
        try:
            write_atomic(self._path, as_prometheus(Counter(folders), self._rounds, busy, free_mib), durable=False)
            self._wrong = ""
        except OSError as error:  # a monitor that misses its figures must not stop the line
            if str(error) != self._wrong:
                log.warning("metrics.file: %s", error)
            self._wrong = str(error)


def as_prometheus(jobs: Counter[str], rounds: int, busy: int, free_mib: float) -> str:
    """The figures as text."""
    lines = ["# HELP hotfolderd_jobs Jobs by the folder that they stand in.", "# TYPE hotfolderd_jobs gauge"]
    lines += [f'hotfolderd_jobs{{stage="{folder}"}} {jobs[folder]}' for folder in JOB_FOLDERS]
    figures = (
        ("rounds_total", "counter", "Rounds that were ended since the daemon began.", rounds),
        ("busy_workers", "gauge", "Worker processes that have a step in hand.", busy),
        ("free_bytes", "gauge", "Free space on the file system of the root.", int(free_mib * 2**20)),
        ("round_timestamp_seconds", "gauge", "When a round was last ended.", round(time.time(), 3)),
    )
    for name, kind, words, value in figures:
        lines += [f"# HELP hotfolderd_{name} {words}", f"# TYPE hotfolderd_{name} {kind}", f"hotfolderd_{name} {value}"]
    return "\n".join(lines) + "\n"
