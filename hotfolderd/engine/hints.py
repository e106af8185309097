"""What the watcher and the workers have told since the last round: hints of where to look, never what is true.

Filled from any thread, emptied by the loop; looks at nothing itself.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Hint:
    """Where something may have changed. `everything`: look at all there is.

    `by_time_s`: do so though nothing told it, and look at waiting jobs for so long; at the others the next time.
    """

    folders: frozenset[Path] = frozenset()
    everything: bool = False
    by_time_s: float | None = None


EVERYTHING = Hint(everything=True)


class Hints:
    """A bell that remembers in which folders it was rung."""

    def __init__(self) -> None:
        # A signal handler rings too, perhaps amid a call of this very thread: an Event would wait for itself then.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._folders: set[Path] = set()
        self._everything = False

    def ring(self, folder: Path | None) -> None:
        """Something changed directly in a folder; None where that is not known."""
        with self._lock:
            if folder is None:
                self._everything = True
            else:
                self._folders.add(folder)
        self.wake()

    def wake(self) -> None:
        """A worker has ended, or a signal came: there is something to do, but no folder to look at."""
        if self._bell.empty():
            self._bell.put(None)

    def wait(self, seconds: float) -> None:
        """Wait until somebody rings, at most so long; `take` what was told before the next wait."""
        with contextlib.suppress(queue.Empty):
            self._bell.get(timeout=seconds)

    def take(self) -> Hint:
        """What was told since the last time."""
        with self._lock:
            while not self._bell.empty():
                self._bell.get()
            hint = Hint(frozenset(self._folders), self._everything)
            self._folders.clear()
            self._everything = False
        return hint
