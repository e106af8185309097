"""Whether files are still being written: what changes with every write, and whether somebody has one open for writing.

Reads the entries of files and asks the kernel; writes nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import struct
import sys
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

Mark = tuple[str, int, int, int, int]
Fingerprint = tuple[Mark, ...]

# Finder gives a file these while it copies it: a type and creator, and a creation time on 1946-02-14
# (kMagicBusyCreationDate). AppleDouble counts from 2000-01-01 (AppleSingle/AppleDouble Formats, "File Dates Info").
_BUSY_TYPE = b"brokMACS"
_BUSY_DAY = range(-753_580_800, -753_494_400)
_FROM_1970_TO_2000_S = 946_684_800
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
_DATES, _FINDER_INFO = 8, 9

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def fingerprint(paths: Iterable[Path], base: Path, *, over_network: bool = False) -> Fingerprint:
    """Sorted (path relative to `base`, inode, bytes, mtime in ns, ctime in ns): the same while nothing is written.

    A file that is not there has -1 for its size. `over_network` opens each file that may be read, because a network
    file system may answer from its cache until a file is opened.
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


def hindrance(files: Iterable[Path], unfinished: Sequence[Path]) -> str:
    """Why files may not be read however still they are, for people; empty if they may. `unfinished`: half copies."""
    if unfinished:
        return f"{unfinished[0].name}: its copy is not finished. If nobody copies it any more, delete it."
    for path in files:
        if has_writer(path):
            return f"{path.name}: somebody has it open for writing. Close it there."
        if is_busy_in_finder(path):
            return f"{path.name}: Finder still copies it. If it does not any more, copy it again."
    return ""


def is_marked(found: Fingerprint, marks: Container[str]) -> bool:
    """Whether one of `marks`, files by which a producer says that all is there, is not older than any other file."""
    newest = max((changed_ns for *_, changed_ns in found), default=0)
    return any(changed_ns >= newest for name, *_, changed_ns in found if name in marks)


def is_busy_in_finder(path: Path) -> bool:
    """Whether Finder says that it still copies the file: by its creation date, or in `._name` on a share."""
    try:
        if int(getattr(path.lstat(), "st_birthtime", 0)) in _BUSY_DAY:
            return True
        handle = os.open(path.with_name(f"._{path.name}"), _PLAIN)
    except OSError:
        return False
    try:
        head = os.read(handle, 4096)
    finally:
        os.close(handle)
    entries = int.from_bytes(head[24:26], "big") if head[:4] == _APPLE_DOUBLE else 0
    table = head[26 : 26 + 12 * entries]
    for kind, start, _ in struct.iter_unpack(">III", table[: len(table) // 12 * 12]):
        if kind == _FINDER_INFO and head[start : start + 8] == _BUSY_TYPE:
            return True
        created_s = int.from_bytes(head[start : start + 4], "big", signed=True)
        if kind == _DATES and created_s + _FROM_1970_TO_2000_S in _BUSY_DAY:
            return True
    return False


def _mark(path: Path, base: Path, *, over_network: bool) -> Mark:
    name = path.relative_to(base).as_posix()
    try:
        found = path.lstat()
        if over_network and stat.S_ISREG(found.st_mode):
            found = _opened(path) or found
    except OSError:
        return name, 0, -1, 0, 0
    return name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _opened(path: Path) -> os.stat_result | None:
    """What a file's own descriptor says of it; None for one that may not be read."""
    try:
        handle = os.open(path, _PLAIN)
    except PermissionError:
        return None
    try:
        return os.fstat(handle)
    finally:
        os.close(handle)
