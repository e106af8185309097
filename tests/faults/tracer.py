"""strace on a forked process: counts its changes of the disk, kills it or makes the system fail at one of them."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "mkdir", "unlink", "unlinkat",
    "rmdir", "ftruncate", "openat",
)  # fmt: skip
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)")
_PATIENCE_S = 20.0


@functools.cache
def why_not() -> str:
    """Why strace cannot be used here; nothing where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    with tempfile.TemporaryDirectory() as name:
        try:
            traced((Path(name) / "x").mkdir, Path(name), ["-e", "trace=mkdir", "-o", f"{name}/log"])
        except OSError as error:
            return f"strace may not trace here ({error})"
        return "" if "mkdir" in Path(f"{name}/log").read_text() else "strace sees nothing here"


def traced(work: Callable[[], object], folder: Path, options: list[str]) -> int:
    """Do something in a forked process that is traced from its first step; its exit code (1: see `child.txt`)."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(writer)
            os.read(reader, 1)
            work()
            code = 0
        except BaseException:  # noqa: BLE001  the child ends here, whatever it was
            handle = os.open(folder / "child.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(handle, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(reader)
    (folder / "child.txt").unlink(missing_ok=True)
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-p", str(pid), *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait_until_traced(pid, tracer)
        os.write(writer, b"x")
    finally:
        os.close(writer)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    tracer.communicate(timeout=_PATIENCE_S)
    return code


def _wait_until_traced(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while "TracerPid:\t0" in (status := Path(f"/proc/{pid}/status").read_text()):
        if tracer.poll() is not None:
            raise OSError(tracer.stderr.read().decode().strip() if tracer.stderr else "strace ended")
        if time.monotonic() > end:
            raise OSError("strace did not attach")
        time.sleep(0.001)
    assert "State" in status
    time.sleep(0.003)  # it is interrupted in its read before it gets its byte


def changes(work: Callable[[], object], folder: Path) -> list[tuple[str, int]]:
    """Every system call by which the first thread of a process changes the disk: its name, and its number from 1.

    Of `openat` only those that make a file.
    """
    log = folder / "strace.log"
    code = traced(work, folder, ["-e", f"trace={','.join(CALLS)}", "-s", "0", "-o", str(log)])
    said = (folder / "child.txt").read_text() if (folder / "child.txt").exists() else ""
    assert code == 0, f"{code}\n{said}"
    seen: Counter[str] = Counter()
    found: list[tuple[str, int]] = []
    first = None
    for line in log.read_text(errors="replace").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        pid, name, arguments = match.groups()
        first = first or pid
        if pid == first and name in CALLS:
            seen[name] += 1
            if name != "openat" or "O_CREAT" in arguments:
                found.append((name, seen[name]))
    return found


def inject(work: Callable[[], object], folder: Path, call: str, number: int, what: str) -> int:
    """Do something with a fault (`signal=SIGKILL`, `error=EIO`) at one system call; the exit code."""
    options = ["-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}", "-o", os.devnull]
    return traced(work, folder, options)
