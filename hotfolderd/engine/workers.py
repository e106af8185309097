"""Worker processes: a small pool with limits on time, memory and processor time, in which all foreign bytes are read.

Gives orders to processes and collects what they return. A worker that hangs is killed, one that crashes costs one
attempt of one job.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from hotfolderd.pipeline import function_named
from hotfolderd.work import Broken

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may use. `processes` at once; memory in MiB; a process is renewed after `tasks_each` tasks."""

    processes: int = 2
    memory_mib: int = 6144
    tasks_each: int = 200


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


class LocalWorkers:
    """Worker processes on this machine. See `Workers`.

    `wake` is called (from a thread) when a task has ended. `preload` names the modules that every worker needs: where
    workers are forked, one server process imports them once, and never the daemon.
    """

    def __init__(self, limits: WorkerLimits, wake: Callable[[], None], preload: Sequence[str] = ()) -> None:
        context = multiprocessing.get_context("forkserver" if sys.platform.startswith("linux") else "spawn")
        if sys.platform.startswith("linux"):
            context.set_forkserver_preload(list(preload))
        self._limits = limits
        self._wake = wake
        self._tasks: dict[str, ProcessFuture[Any]] = {}
        self._context = context
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._limits.processes,
            max_tasks=self._limits.tasks_each,
            initializer=_limit_worker,
            initargs=(self._limits.memory_mib,),
            context=self._context,
        )

    def free(self) -> int:
        """See `Workers`."""
        return max(0, self._limits.processes - len(self._tasks))

    def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
        """See `Workers`."""
        assert key not in self._tasks, f"{key} was begun twice"
        if not self._pool.active:  # the server that forks the workers has died, perhaps of too little memory
            self._pool = self._new_pool()
        future = self._pool.schedule(_call, args=(function, argument, timeout_s), timeout=timeout_s)
        self._tasks[key] = future
        future.add_done_callback(lambda _: self._wake())

    def finished(self) -> list[Finished]:
        """See `Workers`."""
        ended = [key for key, future in self._tasks.items() if future.done()]
        return [Finished(key, _value(key, self._tasks.pop(key))) for key in ended]

    def stop(self, grace_s: float) -> None:
        """See `Workers`."""
        self._pool.close()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
        with contextlib.suppress(FutureTimeout):
            self._pool.join(timeout=grace_s)
            return
        # What is ended here is no failure: it is simply not done, and done again.
        for key in [key for key, future in self._tasks.items() if not future.done()]:
            del self._tasks[key]
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
        self._pool.join()


def _value(key: str, future: ProcessFuture[Any]) -> Any:
    """What a task returned; a hang or a crash as something that may pass."""
    try:
        return future.result()
    except FutureTimeout:
        text = "it took longer than its time limit and was ended. Look for a hanging program or a damaged file."
        return Broken(key, "ToolError", text, "")
    except ProcessExpired as error:
        text = f"the worker died ({error.exitcode}), perhaps of too little memory. A file may be damaged or too large."
        return Broken(key, "ToolError", text, str(error))
    except (BrokenProcessPool, CancelledError) as error:
        text = "the worker processes were ended from outside, perhaps of too little memory. Look at the system's log."
        return Broken(key, "ToolError", text, str(error))
    except Exception as error:  # noqa: BLE001  whatever a worker could not send back must not end the daemon
        return Broken(key, type(error).__name__, f"{type(error).__name__}: {error}", getattr(error, "traceback", ""))


def _limit_worker(memory_mib: int) -> None:
    """Set up a fresh worker process: it dies with its parent, dumps no core, and may not use all the memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        size = memory_mib * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _call(function: str, argument: Any, timeout_s: float) -> Any:
    """Run one task under a limit of processor time that no honest task of that length reaches."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + int(timeout_s * 4) + 10, hard))
    return function_named(function)(argument)
