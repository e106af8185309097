"""Writing that survives a crash: beside, fsync, rename; and renames that never replace anything.

Reads and writes single files and directory entries. Knows nothing of jobs.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_EXCL = 4


def fsync_dir(folder: Path) -> None:
    """Make the names in a folder durable. Does nothing where a folder cannot be synced (Windows, some shares)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def write_atomic(path: Path, data: bytes | str, *, durable: bool = True, mode: int = 0o644) -> None:
    """Write a whole file so that a reader, or a crash, sees the old content or the new, never a mixture.

    `durable=False` leaves out the fsync: right for what can be rebuilt (a status, a page).
    """
    mark = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    beside = path.with_name(f".{mark}.{os.getpid()}.tmp")
    content = data.encode("utf-8") if isinstance(data, str) else data
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        fsync_dir(path.parent)


def append_line(path: Path, line: str) -> None:
    """Add one line to a history file."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


@functools.cache
def _exclusive_rename() -> Callable[[bytes, bytes], int] | None:
    """The system's rename that refuses to replace, or None where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform.startswith("linux") and hasattr(libc, "renameat2"):
        return lambda a, b: int(libc.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_NOREPLACE))
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        return lambda a, b: int(libc.renamex_np(a, b, _RENAME_EXCL))
    return None


def rename_new(source: Path, target: Path) -> None:
    """Rename within one file system; raises FileExistsError rather than replace anything. Durable afterwards.

    `rename(2)` would silently replace an empty folder. Where the file system knows no exclusive rename (some shares),
    the target is looked for first; only one process moves job folders, so nothing comes between.
    """
    exclusive = _exclusive_rename()
    if exclusive is None or exclusive(os.fsencode(source), os.fsencode(target)) != 0:
        code = ctypes.get_errno() if exclusive else errno.EINVAL
        if code not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise OSError(code, os.strerror(code), str(source), None, str(target))
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        source.rename(target)
    fsync_dir(target.parent)
    if source.parent != target.parent:
        fsync_dir(source.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy content and times to a file that must not exist yet, durably."""
    with source.open("rb") as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
    shutil.copystat(source, target)


def sha256_of(path: Path) -> str:
    """The sha256 of a file as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_tree(folder: Path) -> None:
    """Remove a folder of our own making, with all that is in it; nothing happens where there is none."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)


def dump_yaml(value: Any) -> str:
    """YAML as this program writes it: keys in the order given, unicode as it is, long lines kept."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=200)
    return text
