"""Whether something has been still for long enough to be read.

Keeps fingerprints in memory, of each of many thousand jobs: so in few bytes. Reads and writes nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Iterable

_64_BITS = (1 << 64) - 1


def packed(numbers: Iterable[int]) -> bytes:
    """Numbers (inodes, sizes, times in ns) in 8 bytes each, to be compared; in a tuple they take five times that."""
    kept = tuple(numbers)
    try:
        return struct.pack(f"{len(kept)}Q", *kept)
    except struct.error:  # a time before 1970
        return struct.pack(f"{len(kept)}Q", *(number & _64_BITS for number in kept))


class Stillness:
    """Remembers since when each thing looks as it looks. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[str, tuple[Hashable, float]] = {}

    def still_for(self, key: str, fingerprint: Hashable) -> float:
        """Seconds for which the thing has had this fingerprint; 0 when it is new or has just changed."""
        known = self._since.get(key)
        now = self._clock()
        if known is None or known[0] != fingerprint:
            self._since[key] = (fingerprint, now)
            return 0.0
        return now - known[1]

    def forget(self, key: str) -> None:
        """The thing is gone or was dealt with."""
        self._since.pop(key, None)

    def forget_all(self, start: str) -> None:
        """All things whose key begins so are gone."""
        for key in [key for key in self._since if key.startswith(start)]:
            del self._since[key]
