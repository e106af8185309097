"""Writing that survives a crash: beside, fsync, rename; and renames that never replace anything.

Reads and writes single files and directory entries. Knows nothing of jobs. All that the daemon changes on the disk goes
through here, and each change passes a failpoint before and after it (see `reached`), so that tests can end the process
or make the disk fail at every one of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from hotfolderd.foreign import open_file

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_EXCL = 4
_SYNC_FILE_RANGE_WRITE = 2
_HASHED_BYTES = 1 << 18
_FICLONE = 0x40049409  # ioctl_ficlone(2); Python names it from 3.12 on
# The C ones are ten times as fast, where PyYAML has them.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEMPORARY = re.compile(r"\.[0-9a-f]{12}\.[0-9]+\.tmp")

Failpoint = Callable[[str, Path], None]
_failpoint: Failpoint | None = None


def set_failpoint(failpoint: Failpoint | None) -> None:
    """Have a function called with the name and the path of every failpoint that is reached; for tests."""
    global _failpoint  # noqa: PLW0603  one for the process, as the disk is
    _failpoint = failpoint


def reached(name: str, path: Path) -> None:
    """A failpoint: the change `name` of a path is about to be made, or (`….done`) has just been made."""
    if _failpoint is not None:
        _failpoint(name, path)


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


def write_atomic(
    path: Path,
    data: bytes | str,
    *,
    durable: bool = True,
    named: bool = True,
    mode: int = 0o644,
    first: Callable[[], None] | None = None,
) -> None:
    """Write a whole file so that a reader, or a crash, sees the old content or the new, never a mixture.

    `durable=False` leaves out the fsync: right for what can be rebuilt (a status, a page). `named=False` leaves out
    that of the folder only: right where the caller is about to sync it, or where the old content is as good after a
    power cut. `first` puts on the disk what must be there before the new content is seen; it is called when that is
    being written already, so that one commit of the file system's journal holds both. A link of the name that is
    written beside is never followed.
    """
    mark = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    beside = f"{path.parent}/.{mark}.{os.getpid()}.tmp"
    content = data.encode("utf-8") if isinstance(data, str) else data
    reached("write", path)
    handle = _made_anew(beside, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            if first:
                _begin_writing()(handle)
                first()
            if durable:
                os.fsync(handle)
        reached("write.beside", path)
        os.replace(beside, path)  # noqa: PTH105  the most frequent call of all
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)  # noqa: PTH108
        raise
    if durable and named:
        fsync_dir(path.parent)
    reached("write.done", path)


def _made_anew(path: str, mode: int) -> int:
    """A new file, open to be written, also where a crash has left one of that name."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(path, flags, mode)
    except FileExistsError:
        os.unlink(path)  # noqa: PTH108
        return os.open(path, flags, mode)


def remove_temporary(folder: Path) -> None:
    """Remove what `write_atomic` left beside its files when its process was killed."""
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if _TEMPORARY.fullmatch(entry.name)]
    for path in left:
        remove_file(Path(path))


def append_lines(path: Path, *lines: str) -> None:
    """Add lines to a file that only we write, with one sync for all of them.

    What a disk error leaves of them is taken back, so that they can be added again. A line that was cut off by a crash
    is ended first; a link is never followed.
    """
    reached("append", path)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(handle, "r+b", buffering=0) as stream:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        whole = "\n" * torn + "".join(f"{line}\n" for line in lines)
        content = memoryview(whole.encode("utf-8", "surrogateescape"))
        try:
            while content:
                content = content[stream.write(content) :]
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, size)
            raise
    if size == 0:
        fsync_dir(path.parent)
    reached("append.done", path)


def sync_tree(folder: Path) -> None:
    """Make everything below a folder of our own durable: the content of its files, and their names.

    All files begin to be written before the first is waited for: then most of them need no commit of the file system's
    journal for themselves.
    """
    places = [(place, [f"{place}/{name}" for name in names]) for place, _, names in os.walk(folder)]
    for act in (_begin_writing(), os.fsync):
        for path in (path for _, paths in places for path in paths):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                act(handle)
            finally:
                os.close(handle)
    for place, _ in places:
        fsync_dir(Path(place))


@functools.cache
def _begin_writing() -> Callable[[int], object]:
    """Has the system begin to write an open file, without waiting and without any promise: nothing where it cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not sys.platform.startswith("linux") or not hasattr(libc, "sync_file_range"):
        return lambda _: None
    begin = libc.sync_file_range
    begin.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return lambda handle: begin(handle, 0, 0, _SYNC_FILE_RANGE_WRITE)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; nothing happens where it is."""
    if not path.is_dir():
        reached("make", path)
        path.mkdir(parents=True, exist_ok=True)
        reached("make.done", path)


def remove_file(path: Path) -> None:
    """Remove a file of our own; nothing happens where there is none."""
    if os.path.lexists(path):
        reached("remove", path)
        path.unlink(missing_ok=True)
        reached("remove.done", path)


def replace(source: Path, target: Path) -> None:
    """Rename a file of our own within one file system over another of our own."""
    reached("replace", target)
    source.replace(target)
    reached("replace.done", target)


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
    reached("rename", target)
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
    reached("rename.done", target)


def may_rename(source: Path, target: Path) -> bool:
    """Whether what lies in one folder can be renamed into the other: not from one file system, or mount, to another.

    Tried with a name that is not there, which changes nothing.
    """
    if source.stat().st_dev != target.stat().st_dev:
        return False
    exclusive = _exclusive_rename()
    name = f".{os.urandom(16).hex()}"
    tried = exclusive(os.fsencode(source / name), os.fsencode(target / name)) if exclusive else 0
    return tried == 0 or ctypes.get_errno() != errno.EXDEV


def copy_file(source: Path, target: Path) -> None:
    """Copy content and times to a file that must not exist yet, durably.

    Where the file system can share blocks between files (btrfs, XFS), a large file takes neither time nor room.
    """
    reached("copy", target)
    with open_file(source) as reader, target.open("xb") as writer:
        if not _shares_blocks(reader.fileno(), writer.fileno()):
            shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
        found = os.fstat(reader.fileno())
        os.utime(writer.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))
    reached("copy.done", target)


def _shares_blocks(source: int, target: int) -> bool:
    """Whether an open file could be made to share the blocks of another one until either is written to."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:  # not on this file system, or not between these two
        return False
    return True


def sha256_of(path: Path) -> str:
    """The sha256 of a file as hex."""
    with open_file(path) as stream:
        return sha256_in(stream)


def sha256_in(stream: BinaryIO) -> str:
    """The sha256 of the rest of an open file as hex. For small files `hashlib.file_digest` takes twice the time."""
    digest = hashlib.sha256()
    while block := stream.read(_HASHED_BYTES):
        digest.update(block)
    return digest.hexdigest()


def remove_tree(folder: Path) -> None:
    """Remove a folder of our own making, with all that is in it; nothing happens where there is none."""
    if folder.is_dir() and not folder.is_symlink():
        reached("clear", folder)
        shutil.rmtree(folder)
        reached("clear.done", folder)


def dump_yaml(value: Any) -> str:
    """YAML as this program writes it: keys in the order given, unicode as it is, long lines kept."""
    try:
        return _dump(value, _DUMPER)
    except UnicodeEncodeError:  # a name that is no UTF-8: only the slow one writes it, as an escape
        return _dump(value, yaml.SafeDumper)


def _dump(value: Any, dumper: type[yaml.SafeDumper]) -> str:
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=200)
    return text


def load_own_yaml(text: str | bytes) -> Any:
    """What `dump_yaml` has written. Where people may have written, `review/strict_yaml.py` is asked first."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe loader, the C one
