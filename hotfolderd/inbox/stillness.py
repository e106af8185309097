"""Whether files are still being written: what changes with every write, and whether somebody has one open for writing.

Reads the entries of files and asks the kernel; writes nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

Mark = tuple[str, int, int, int, int]
Fingerprint = tuple[Mark, ...]

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def fingerprint(paths: Iterable[Path], base: Path, *, over_network: bool = False) -> Fingerprint:
    """Sorted (path relative to `base`, inode, bytes, mtime in ns, ctime in ns): the same while nothing is written.

    A file that is not there has -1 for its size. `over_network` opens each file, because a network file system may
    answer from its cache until a file is opened.
    """
    return tuple(sorted(_mark(path, base, over_network=over_network) for path in set(paths)))


def has_writer(path: Path) -> bool | None:
    """True if somebody on this machine has the file open for writing, False if nobody has, None if that cannot be told.

    Asks for a read lease (fcntl(2), F_SETLEASE), which Linux grants only while there is no writer. It cannot be told on
    other systems, on network mounts, for another user's file (without CAP_LEASE), and for what is no plain file.
    """
    if sys.platform != "linux":
        return None
    try:
        handle = os.open(path, _PLAIN)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        # A writer that comes between the next two calls makes the kernel send us a signal. The usual one, SIGIO, would
        # end the process; SIGURG is ignored unless somebody asks for it.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    finally:
        os.close(handle)
    return False


def _mark(path: Path, base: Path, *, over_network: bool) -> Mark:
    name = path.relative_to(base).as_posix()
    try:
        if over_network and stat.S_ISREG(path.lstat().st_mode):
            handle = os.open(path, _PLAIN)
            try:
                found = os.fstat(handle)
            finally:
                os.close(handle)
        else:
            found = path.lstat()
    except OSError:
        return name, 0, -1, 0, 0
    return name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
