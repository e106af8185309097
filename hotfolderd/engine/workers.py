"""Worker processes: a small pool with limits on time, memory and processor time, in which all foreign bytes are read.

Gives orders to processes and collects what they return. A worker that hangs is killed, one that crashes costs one
attempt of one job. What a worker may do besides is in `guard`.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import multiprocessing
import multiprocessing.forkserver
import os
import pickle
import resource
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Protocol

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool

from hotfolderd import guard
from hotfolderd.engine import heap
from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import function_named
from hotfolderd.work import STOPPED, Broken, broken_by

log = logging.getLogger(__name__)
_LARGEST_RESULT = 64 * 1024 * 1024
# How often pebble's threads look for time limits and dead workers: while tasks run, and after them.
_LOOK_S, _IDLE_LOOK_S = 0.1, 0.5
# Workers that are forked are there again at once; each that is not has to import all that it needs.
_REST_AFTER_S = {"forkserver": 60.0, "spawn": 900.0}
# Tasks that all end within this are handed out one ahead, so that no worker waits for the daemon between them.
_BRIEF_S = 1.0
_BRIEF_TASKS = 8


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How many `processes` work at once, and what each may do; one is renewed after `tasks_each` tasks."""

    processes: int = 2
    tasks_each: int = 200
    each: guard.Allowance = field(default_factory=guard.Allowance)


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that came to its end: what it returned, or `Broken`."""

    key: str
    value: Any


class Workers(Protocol):
    """Where steps are done. The engine does not know how many machines that is."""

    def free(self) -> int:
        """How many more tasks can be begun at once."""
        ...

    def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
        """Begin `package.module:function(argument)`; `key` names the task until `finished` returns it."""
        ...

    def finished(self) -> list[Finished]:
        """Collect the tasks that have come to an end."""
        ...

    def stop(self, grace_s: float) -> None:
        """Let running tasks end for `grace_s` seconds, then kill them."""
        ...


class _Pace:
    """How often pebble's threads look around: one constant for all pools. No task waits for that to begin or to end."""

    def __init__(self) -> None:
        self._busy: set[int] = set()

    def keep(self, workers: LocalWorkers, *, busy: bool) -> None:
        """Go by whether these workers, or others, have tasks."""
        (self._busy.add if busy else self._busy.discard)(id(workers))
        CONSTS.sleep_unit = _LOOK_S if self._busy else _IDLE_LOOK_S

    def end(self, workers: LocalWorkers) -> None:
        """Let the threads of workers that stop look soon."""
        self._busy.discard(id(workers))
        CONSTS.sleep_unit = _LOOK_S


_pace = _Pace()


@dataclass(slots=True)
class _Task:
    """A task in hand. `began` is when it was given; `runs_since` when it was first seen at work, which may be later."""

    future: ProcessFuture[Any]
    began: float
    timeout_s: float
    runs_since: float = 0.0

    def is_lost(self, patience_s: float, room_since: float) -> bool:
        """Whether no worker has taken it, or none has been ended at its time limit, for far too long.

        `room_since`: since when a worker has been free to take it.
        """
        if self.future.done():
            return False
        if self.runs_since:
            return time.monotonic() - self.runs_since > self.timeout_s + patience_s
        return time.monotonic() - max(self.began, room_since) > patience_s


class LocalWorkers:
    """Worker processes on this machine. See `Workers`.

    `wake` is called (from a thread) when a task has ended. `preload` names the modules that every worker needs: where
    workers are forked, one server process imports them once, and never the daemon. Workers that have had nothing to do
    for a minute are ended, and forked anew for the next task, which takes some 70 ms; those that cannot be forked stay
    longer. A task that nobody takes for `patience_s` (a process was killed while it held the lock of the pool) ends
    with the pool. As long as tasks are brief, one more than there are processes is taken, so that a worker which has
    ended one finds the next.
    """

    def __init__(
        self,
        limits: WorkerLimits,
        wake: Callable[[], None],
        preload: Sequence[str] = (),
        *,
        patience_s: float = 120.0,
    ) -> None:
        context = multiprocessing.get_context("forkserver" if sys.platform.startswith("linux") else "spawn")
        if sys.platform.startswith("linux"):
            context.set_forkserver_preload(list(preload))
        self._limits = limits
        self._wake = wake
        self._patience_s = patience_s
        self._tasks: dict[str, _Task] = {}
        self._took_s: deque[float] = deque(maxlen=_BRIEF_TASKS)
        self._room_since = 0.0
        self._worked_at = time.monotonic()
        self._context = context
        self._stopping = False
        try:
            self._pool: ProcessPool | None = self._started_pool()
        except OSError as error:
            raise ConfigError(f"the worker processes cannot be started: {error.strerror}. {_remedy(error)}") from error
        log.info(guard.describe(self._limits.each))

    def _started_pool(self) -> ProcessPool:
        """A pool at work. Raises OSError where the system has no room for it."""
        pool = ProcessPool(
            max_workers=self._limits.processes,
            max_tasks=self._limits.tasks_each,
            initializer=_prepare,
            initargs=(self._limits.each,),
            context=self._context,
        )
        try:
            assert pool.active, "it has just been started"
        except BrokenProcessPool as error:
            raise error.__cause__ if isinstance(error.__cause__, OSError) else _no_process() from error
        return pool

    def free(self) -> int:
        """See `Workers`."""
        return max(0, self._limits.processes + self._is_brief() - len(self._tasks))

    def busy(self) -> int:
        """How many processes are at work."""
        return min(self._limits.processes, len(self._tasks))

    def _is_brief(self) -> bool:
        """Whether the last tasks, and those in hand, are so short that the next one may wait for one of them."""
        soon = time.monotonic() - _BRIEF_S
        return (
            len(self._took_s) == _BRIEF_TASKS
            and max(self._took_s) < _BRIEF_S
            and all(task.began > soon for task in self._tasks.values())
        )

    def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
        """See `Workers`. Raises OSError where no worker can be started."""
        assert key not in self._tasks, f"{key} was begun twice"
        pool = self._pool
        if pool is None or not pool.active:
            self._end_pool()
            pool = self._pool = self._started_pool()
        try:
            future = pool.schedule(_call, args=(function, argument, timeout_s), timeout=timeout_s)
        except RuntimeError as error:  # it has died at this moment
            raise _no_process() from error
        self._tasks[key] = _Task(future, time.monotonic(), timeout_s)
        _pace.keep(self, busy=True)
        future.add_done_callback(lambda _: self._wake())

    def finished(self) -> list[Finished]:
        """See `Workers`."""
        self._give_up_lost_tasks()
        ended = [key for key, task in self._tasks.items() if task.future.done()]
        self._took_s.extend(time.monotonic() - self._tasks[key].began for key in ended)
        finished = [Finished(key, self._value(key, self._tasks.pop(key).future)) for key in ended]
        _pace.keep(self, busy=bool(self._tasks))
        if ended or self._tasks:
            self._worked_at = time.monotonic()
        elif time.monotonic() - self._worked_at > _REST_AFTER_S[self._context.get_start_method()]:
            self._end_pool()
        return finished

    def _give_up_lost_tasks(self) -> None:
        """End a pool that is broken, so that no task of it is waited for: it does not end all of them by itself.

        It breaks when the server that forks the workers dies, perhaps of too little memory.
        """
        if self._stopping or not self._tasks:
            return
        tasks = self._tasks.values()
        running = [task for task in tasks if task.future.running()]
        for task in running:
            task.runs_since = task.runs_since or time.monotonic()
        if len(running) >= self._limits.processes:
            self._room_since = time.monotonic()
        pool_is_broken = self._pool is None or not self._pool.active
        if pool_is_broken or any(task.is_lost(self._patience_s, self._room_since) for task in tasks):
            log.warning("the worker processes are started anew")
            self._end_pool()

    def _cancel_tasks(self) -> None:
        for task in self._tasks.values():
            if not task.future.done():
                task.future.cancel()  # type: ignore[no-untyped-call]  # pebble leaves it untyped

    def stop(self, grace_s: float) -> None:
        """See `Workers`. A task that is ended here comes back as `Broken` by `STOPPED`, which is no failure."""
        self._stopping = True
        _pace.end(self)
        if self._pool is not None:
            self._pool.close()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
            with contextlib.suppress(FutureTimeout):
                self._pool.join(timeout=grace_s)
        self._end_pool()

    def _end_pool(self) -> None:
        """End the pool, where there is one, and whatever it has in hand."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
            self._pool.join()
            self._pool = None
        self._cancel_tasks()

    def _value(self, key: str, future: ProcessFuture[Any]) -> Any:
        """What a task returned; a hang or a crash as something that may pass."""
        try:
            return pickle.loads(future.result())  # noqa: S301  of our own worker; pebble has unpickled it too
        except FutureTimeout:
            text = "it took longer than its time limit and was ended. Look for a hanging program or a damaged file."
            return Broken(key, "ToolError", text, "")
        except ProcessExpired as error:
            text = f"the worker process died ({_ending(error.exitcode)}). A file may be damaged or too large."
            return Broken(key, STOPPED if self._stopping else "ToolError", text, str(error))
        except (BrokenProcessPool, CancelledError) as error:
            text = (
                "the worker processes were ended from outside, perhaps of too little memory. Look at the system's log."
            )
            return Broken(key, STOPPED if self._stopping else "ToolError", text, str(error))
        except Exception as error:  # noqa: BLE001  whatever a worker has sent must not end the daemon
            return broken_by(key, error)


def _prepare(allowance: guard.Allowance) -> None:
    """Set up a fresh worker process.

    The server that has forked it ends once nobody holds its pipe, and every worker is handed an end of that: it lets go
    of it, so that the server, and then the kernel all workers, end with a daemon that is killed.
    """
    if sys.platform.startswith("linux"):
        server: Any = multiprocessing.forkserver._forkserver  # noqa: SLF001  there is no other way
        if server._forkserver_alive_fd is not None:  # noqa: SLF001
            os.close(server._forkserver_alive_fd)  # noqa: SLF001
            server._forkserver_alive_fd = None  # noqa: SLF001
    guard.restrict(allowance)
    heap.hold()


def _call(function: str, argument: Any, timeout_s: float) -> bytes:
    """Run one task, in a worker, under a limit of processor time that no honest task of that length reaches.

    Its result is pickled here, where a failure costs the worker and not the daemon.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + int(timeout_s * 4) + 10, hard))
    try:
        result = pickle.dumps(function_named(function)(argument))
    except BaseException as error:  # noqa: BLE001  sys.exit too; a class that the daemon does not know must not reach it
        result = pickle.dumps(broken_by(function, error))
    heap.let_go()
    if len(result) > _LARGEST_RESULT:
        text = f"the result has {len(result) >> 20} MiB, more than the daemon takes"
        result = pickle.dumps(Broken(function, "OverflowError", text, ""))
    return result


def _ending(code: int | None) -> str:
    """How a process has ended, in words for people."""
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else f"signal {-code}"
    hints = {
        "SIGKILL": ", often of too little memory",
        "SIGXCPU": ", of too much processor time",
        "SIGXFSZ": ", of too large a file",
    }
    return name + hints.get(name, "")


def _no_process() -> OSError:
    return OSError(errno.ENFILE, "no worker process could be started", "workers")


def _remedy(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Free space in /dev/shm, where the locks between processes lie."
    return "Look at the limits of processes, open files and memory for the daemon's user."
