"""How a process holds on to memory, and lets go of it.

A worker that draws keeps it: pictures come and go, and the system need not clear it each time. Who waits,
a worker or the daemon, gives it back.

Changes the settings of Python's and the C library's allocators in this process only. Where the C library is another one
than glibc it is left alone.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# A picture of 16 megapixels with transparency; larger ones are rare enough to be mapped one by one.
_PICTURE_BYTES = 64 << 20
_KEPT_BYTES = 256 << 20


def hold() -> None:
    """Keep freed memory for the next picture until `let_go`, and what there is now (modules) for good.

    Python then looks for rubbish among what comes later only; among all that a worker has imported, that takes a
    fifteenth of a small job.
    """
    gc.freeze()
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_M_MMAP_THRESHOLD, _PICTURE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def settle() -> None:
    """Look for rubbish once more, and from now on no longer among what there is: in a daemon, all jobs at its start.

    Going through those of ten thousand jobs again and again would be most of what a daemon does that waits.
    """
    gc.unfreeze()  # what was there before another configuration was taken may be rubbish now
    gc.collect()
    gc.freeze()


def let_go() -> None:
    """Give what is free back to the system: who waits is small."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@functools.cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
