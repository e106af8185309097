"""What reads and checks sidecars is imported when somebody begins to write one, so that no decision waits for that.

Not before: it takes more memory than all else in a daemon that waits. Imports modules; touches no files of people.
"""

from __future__ import annotations

import contextlib
import sys

from hotfolderd.pipeline import function_named

# Files that are saved together are all seen within this; importing begins afterwards, since it holds up the loop.
_SAVED_TOGETHER_S = 0.25


class Readers:
    """The readers that will be needed soon, by their names (`package.module:function`)."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._due_at = 0.0

    def want(self, *names: str) -> None:
        """These are about to be called, where they are not at hand yet."""
        self._wanted |= {name for name in names if name.partition(":")[0] not in sys.modules}

    def load_when_due(self, now: float) -> float | None:
        """Import what is wanted when all files are seen that were saved together. Seconds until then, or None.

        What cannot be imported is said when it is called, of that job alone.
        """
        if not self._wanted:
            return None
        self._due_at = self._due_at or now + _SAVED_TOGETHER_S
        if now < self._due_at:
            return self._due_at - now
        self._due_at = 0.0
        while self._wanted:
            with contextlib.suppress(Exception):
                function_named(self._wanted.pop())
        return None
