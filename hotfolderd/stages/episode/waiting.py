"""Segments that wait to be made: each is taken when its generator may be asked. May be used from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from hotfolderd.stages.episode.board import Segment


class Waiting:
    """A queue of segments.

    `until(segment)`: when its generator may be asked (seconds since 1970), None for at once. After `stop` nothing is
    taken any more.
    """

    def __init__(
        self, segments: Iterable[Segment], until: Callable[[Segment], float | None], *, stop: Callable[[], bool]
    ) -> None:
        self._segments = list(segments)
        self._until, self._stop = until, stop
        self._lock = threading.Lock()
        self._ended = False

    def take(self) -> Segment | None:
        """The first segment whose generator may be asked: those that have to wait hold up no others.

        None where there is none, or after `stop`.
        """
        with self._lock:
            if self._ended or self._stop():
                return None
            found = next((segment for segment in self._segments if self._until(segment) is None), None)
            if found is not None:
                self._segments.remove(found)
            return found

    def put_back(self, segment: Segment) -> None:
        """Have a segment taken again, after the others."""
        with self._lock:
            self._segments.append(segment)

    def end(self) -> None:
        """Nothing more is to be taken."""
        self._ended = True

    def soonest(self) -> tuple[float, Segment] | None:
        """The segment that waits for its generator and may be taken first, and when; None where none does."""
        with self._lock:
            waits = [(at, segment) for segment in self._segments if (at := self._until(segment)) is not None]
        return min(waits, key=lambda one: one[0], default=None)
