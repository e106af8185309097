"""What a worker process gives up before it reads a stranger's file: limits, new privileges, and with Landlock the disk.

Changes only the process that calls `restrict`, and all that it starts: nothing can be taken back. With Landlock (Linux)
it reads the system, the program, fonts and the root, writes below the root and the temporary folder only, runs nothing
that it has written, and opens no TCP connection. Workers for steps that need a program or a server of the configuration
may run that program too, and connect to the port of that server (Landlock knows no hosts). Elsewhere the limits hold
alone. The umask stays that of the daemon, because people share what workers write.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import logging
import os
import resource
import signal
import struct
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.media.font_folders import installed_folders

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_MIB = 1024 * 1024

# linux/landlock.h; system calls have these numbers on every architecture that Python runs on.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_RULE_NET_PORT = 2
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FIRST_RIGHTS = (1 << 13) - 1
_SPECIAL_FILES = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11  # character devices, sockets, pipes, block devices
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_TCP = 1 << 0 | 1 << 1
_CONNECT_TCP = 1 << 1
_FIRST_ABI_WITH_TCP = 4
_SCOPES = 1 << 0 | 1 << 1  # abstract sockets and signals stay among the confined
# Version 1 forbids every rename from one folder to another.
_FIRST_ABI = 2

_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store", "/snap", "/etc",
    "/var/cache/fontconfig", "/var/lib/ca-certificates",
)  # fmt: skip
# Of other processes nothing: root may read their environment, which Landlock alone would not forbid.
_STATE = (
    "/proc/self", "/proc/sys", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/sys", "/dev/random", "/dev/urandom", "/dev/zero", "/dev/full", "/run/systemd/resolve", "/run/resolvconf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a worker may use. Sizes in MiB, 0: no limit; `writable` names the folders that it may write below.

    Where `writable` is empty the disk is left open. `programs` are run although they lie elsewhere than the system's;
    what lies beside them is read. `ports` are those that it may connect to.
    """

    memory_mib: int = 6144
    file_mib: int = 8192
    open_files: int = 1024
    writable: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """The rights (bits of Landlock) on a path and everything below it."""

    path: str
    rights: int


def restrict(allowance: Allowance) -> None:
    """Give up what a worker does not need. What the system cannot do is left out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _close_stdin()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, allowance.file_mib * _MIB)
    _limit(resource.RLIMIT_NOFILE, allowance.open_files)
    if not sys.platform.startswith("linux"):
        return
    if allowance.memory_mib:
        _limit(resource.RLIMIT_AS, allowance.memory_mib * _MIB)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if allowance.writable and landlock_abi() >= _FIRST_ABI:
        try:
            _confine(landlock_abi(), rules(allowance.writable, allowance.programs), allowance.ports)
        except OSError as error:
            log.warning("a worker is not confined by Landlock: %s", error.strerror or error)


def describe(allowance: Allowance = Allowance()) -> str:
    """What holds the workers on this machine, in one line for people."""
    names = ", ".join(Path(path).name for path in allowance.programs)
    held = "time and file size" if not allowance.memory_mib else "memory, time and file size"
    limits = f"Workers{f' for {names}' if names else ''} have limits of {held}"
    abi = landlock_abi()
    if abi < _FIRST_ABI:
        return f"{limits}, but may read and write what the daemon's user may: this system has no Landlock for them."
    tcp = f"connect to TCP port {allowance.ports[0]} only" if allowance.ports else "make no TCP connection"
    network = f", {tcp}" if abi >= _FIRST_ABI_WITH_TCP else ""
    return f"{limits}, write only below the root and the temporary folder{network} (Landlock, version {abi})."


@functools.cache
def landlock_abi() -> int:
    """The version of Landlock that the kernel offers; 0 where it offers none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _system_call(_CREATE_RULESET, None, 0, _ASK_VERSION))


def rights_known_to(abi: int) -> int:
    """All rights on files that a version of Landlock can take away."""
    return (
        _FIRST_RIGHTS | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0) | (_IOCTL_DEV if abi >= 5 else 0)
    )


def ruleset_of(abi: int) -> bytes:
    """The `landlock_ruleset_attr` that takes away all that a version knows: files, TCP (4), other processes (6)."""
    fields = [rights_known_to(abi)]
    if abi >= _FIRST_ABI_WITH_TCP:
        fields.append(_TCP)
    if abi >= 6:
        fields.append(_SCOPES)
    return struct.pack(f"={len(fields)}Q", *fields)


def rules(writable: Iterable[str], programs: Iterable[str] = ()) -> list[Rule]:
    """What a worker may do where: run and read the system and the program, read and write its folders, no more."""
    beside = (str(Path(path).parent) for program in programs for path in (program, Path(program).resolve()))
    run = {os.path.realpath(path): Rule(os.path.realpath(path), _READ | _EXECUTE) for path in (*_programs(), *beside)}
    read = [Rule(path, _READ) for path in (*_STATE, *map(str, installed_folders()))]
    everything = _FIRST_RIGHTS & ~_EXECUTE & ~_SPECIAL_FILES | _REFER | _TRUNCATE
    folders = [*writable, tempfile.gettempdir()]
    write = [Rule(os.path.realpath(path), everything) for path in dict.fromkeys(folders)]
    return [*run.values(), *read, Rule("/dev/null", _READ_FILE | _WRITE_FILE | _TRUNCATE), *write]


def _programs() -> Iterator[str]:
    """Where the system, Python, its packages, this program and the programs of PATH lie."""
    yield from _SYSTEM
    yield str(Path(__file__).parent)  # installed as editable it lies below none of the others
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    yield from (path for path in sys.path if path)
    yield from (path for path in os.get_exec_path() if Path(path).is_absolute())
    for name in ("HOTFOLDERD_FFMPEG", "IMAGEIO_FFMPEG_EXE"):
        given = os.environ.get(name)
        if given and Path(given).is_absolute():
            yield str(Path(given).resolve().parent)


def _confine(abi: int, allowed: Iterable[Rule], ports: Iterable[int] = ()) -> None:
    """Confine this thread, and all that it will start, to some rules for ever. Raises OSError."""
    known = rights_known_to(abi)
    attributes = ruleset_of(abi)
    ruleset = _checked(_system_call(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for rule in allowed:
            _add(ruleset, rule.path, rule.rights & known)
        for port in ports if abi >= _FIRST_ABI_WITH_TCP else ():
            to = struct.pack("=QQ", _CONNECT_TCP, port)
            _checked(_system_call(_ADD_RULE, ruleset, _RULE_NET_PORT, to, 0))
        _checked(_system_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _add(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # what is not there, or is out of reach, needs no rule
        return
    try:
        if not os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112  the folder behind a handle
            rights &= _OF_FILES
        beneath = struct.pack("=Qi", rights, handle)
        _checked(_system_call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, beneath, 0))
    finally:
        os.close(handle)


def _system_call(number: int, *arguments: object) -> int:
    """A system call; the negative errno where it fails."""
    given = [ctypes.c_size_t(one) if isinstance(one, int) else one for one in arguments]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    found: int = libc.syscall(ctypes.c_long(number), *given)
    return found if found >= 0 else -(ctypes.get_errno() or errno.ENOSYS)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


def _limit(what: int, number: int) -> None:
    """Lower a limit for good; it is never raised."""
    _, hard = resource.getrlimit(what)
    least = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(what, (least, least))


def _close_stdin() -> None:
    """Have whatever reads from the keyboard read nothing."""
    handle = os.open(os.devnull, os.O_RDONLY)
    os.dup2(handle, 0)
    if handle != 0:
        os.close(handle)
