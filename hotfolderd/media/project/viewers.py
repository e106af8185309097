"""The cameras and lights of After Effects' own viewers, which every comp has beside its layers, wait unread.

There are eleven to a comp, in most templates more of a project than anything else that py-aep reads at once, and nobody
here asks for them. `put_off` has py-aep keep them as bytes until somebody does, for this process, as it keeps layers by
itself. They are saved as they were. Reads and writes nothing.
"""

from __future__ import annotations

from typing import IO

from py_aep.binary import chunk

_VIEWERS = frozenset({"DLay", "SLay", "CLay", "SecL"})
_read_aep = chunk.read_aep


def _reading_less(fp: IO[bytes], *, defer_list_types: frozenset[str] | None = None) -> tuple[chunk.ListChunk, str]:
    return _read_aep(fp, defer_list_types=(defer_list_types or frozenset()) | _VIEWERS)


def put_off() -> None:
    """Have py-aep read so."""
    chunk.read_aep = _reading_less
