"""Opening files that strangers put into our folders: plain files only, never through a link, never waiting.

Opens single files for reading; writes nothing. Within `below(home)` a path below `home` is opened part by part from it,
so that neither a link nor a folder that is swapped for one meanwhile leads out of it. Paths elsewhere (an installed
font, a file named on the command line) are opened as they are, links included.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextvars import ContextVar
from io import BufferedReader
from pathlib import Path

from hotfolderd.errors import JobError

_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FILE = {
    errno.ELOOP: "is a link, which is not followed",
    errno.ENOTDIR: "lies behind a link or a file, not in a folder",  # Linux says so of a linked folder
    errno.ENXIO: "is a socket",
}
_home: ContextVar[Path | None] = ContextVar("home", default=None)


@contextlib.contextmanager
def below(home: Path) -> Iterator[None]:
    """Until this ends, files below `home` are opened without following any link on the way."""
    before = _home.set(home.absolute())
    try:
        yield
    finally:
        _home.reset(before)


def open_file(path: Path) -> BufferedReader:
    """A plain file, opened for reading. Raises JobError, which names it, if it is or lies behind anything else.

    A file that is not there, or may not be read, is an OSError as always.
    """
    try:
        handle = _open(path.absolute())
    except OSError as error:
        if error.errno in _NO_FILE:
            raise JobError(f"{path.name}: {_NO_FILE[error.errno]}. Put the file itself there.") from error
        raise OSError(error.errno, error.strerror, str(path)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise JobError(f"{path.name}: is a folder, pipe or device. Put a plain file there.")
    return os.fdopen(handle, "rb")


def is_plain(path: Path) -> bool:
    """Whether there is a plain file; a link to one is none."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return False


def _open(path: Path) -> int:
    home = _home.get()
    if home is None or not path.is_relative_to(home):
        return os.open(path, _FILE)
    *folders, name = path.relative_to(home).parts or ("",)
    if ".." in (*folders, name):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    handle = os.open(home, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.open(name, _FILE | os.O_NOFOLLOW, dir_fd=handle)
    finally:
        os.close(handle)
