"""Processes that die: forks that are killed at a failpoint, and many cases run on all processors.

Everything is imported before the fork, so a death costs some milliseconds.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from hotfolderd import disk

T = TypeVar("T")
R = TypeVar("R")
PROCESSES = 2

# What varies in a path and says nothing of its part in the play.
_SUBSTITUTES = (
    (re.compile(r"\b(J|TINY000)\d\b"), "JOB"),
    (re.compile(r"[0-9a-f]{16}\.json"), "KEY.json"),
    (re.compile(r"sent/[0-9a-f]{16}"), "sent/KEY"),
    (re.compile(r"\b\d{4}-(\w+)\."), r"N-\1."),
    (re.compile(r"\.\d+\.new"), ".PID.new"),
    (re.compile(r"BATCH_\d+_\d+"), "BATCH"),
    (re.compile(r"\d{8}_\d{6}(_\d+)?"), "TIME"),
)


def role(name: str, path: Path, root: Path) -> str:
    """A failpoint by what it does to which kind of path: `write.beside JOB/.job/record.json`."""
    try:
        text = path.relative_to(root).as_posix()
    except ValueError:
        text = path.name
    for pattern, substitute in _SUBSTITUTES:
        text = pattern.sub(substitute, text)
    return f"{name} {text}"


def die() -> NoReturn:
    """End this process by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def at(number: int, act: Callable[[], object], *, before_only: bool = False) -> disk.Failpoint:
    """A failpoint that acts at its occurrence of that number, counted from 0."""
    count = 0

    def failpoint(name: str, path: Path) -> None:
        nonlocal count
        if before_only and name.endswith(".done"):
            return
        count += 1
        if count == number + 1:
            act()

    return failpoint


def in_child(work: Callable[[], object], failpoint: disk.Failpoint | None = None, note: Path | None = None) -> int:
    """Do something in a forked process; its exit code (-9: killed). A traceback is written to `note`."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            disk.set_failpoint(failpoint)
            work()
            code = 0
        except BaseException:  # noqa: BLE001  the child ends here, whatever it was
            if note:
                note.write_text(traceback.format_exc())
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def spread(cases: Sequence[T], run: Callable[[T], R], folder: Path, processes: int = PROCESSES) -> list[R]:
    """Run all cases in some processes at once; the results in the order of the cases."""
    children = []
    for number in range(processes):
        note = folder / f"results.{number}"
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                note.write_bytes(pickle.dumps([run(case) for case in cases[number::processes]]))
                code = 0
            except BaseException:  # noqa: BLE001  as above
                note.write_bytes(traceback.format_exc().encode())
            finally:
                os._exit(code)
        children.append((pid, note))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in children]
    for code, (_, note) in zip(codes, children, strict=True):
        if code != 0:
            raise AssertionError(f"a process of the harness ended with {code}:\n{note.read_text()}")
    results: list[R | None] = [None] * len(cases)
    for number, (_, note) in enumerate(children):
        results[number::processes] = pickle.loads(note.read_bytes())  # noqa: S301  our own file
    return results  # type: ignore[return-value]  # all are filled
