"""What a machine of a cluster does with a step that it is sent: find the root, and do it in a process with limits.

Runs in the workers of a `dask.distributed` cluster, never in the daemon. Each thread of a worker keeps one process for
its steps, so that a step which hangs, crashes or uses too much is ended here exactly as on the daemon's own machine.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import pickle
import platform
import threading
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.guard import Allowance
from hotfolderd.root import Root, id_of
from hotfolderd.work import Broken, Order, broken_by

HERE = "HOTFOLDERD_ROOT"
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One step on its way to another machine.

    `root` is the daemon's path of the root, `root_id` what tells it apart; `version` that of the daemon.
    """

    function: str
    order: Order
    timeout_s: float
    root: str
    root_id: str
    limits: Allowance
    version: str

    def sent(self) -> bytes:
        """The parcel as bytes, so that only who does the step unpacks it: the scheduler knows nothing of us."""
        return pickle.dumps(self)


def do(parcel: bytes) -> bytes:
    """Do the step of a parcel: a pickled `Done` or `Broken`. Never raises."""
    sent: Parcel = pickle.loads(parcel)  # noqa: S301  of our own daemon, as all that the cluster runs
    root = Path(os.environ.get(HERE) or sent.root)
    try:
        wrong = _why_not_here(sent, root)
        text = f"{platform.node()}: {wrong}"
        value = Broken(sent.order.step, "MachineError", text, "") if wrong else _done(sent, root)
    except Exception as error:  # noqa: BLE001  what this machine cannot do must come back as a failure of the step
        value = broken_by(sent.order.step, error)
    return pickle.dumps(value)


def _why_not_here(sent: Parcel, root: Path) -> str:
    """Why no step of this daemon may be done on this machine; empty where it may."""
    here = version("hotfolderd")
    if here != sent.version:
        return f"hotfolderd {here} is installed, the daemon is {sent.version}. Install the same version."
    if id_of(Root(root)) != sent.root_id:
        return f"{root}: is not the daemon's root. Mount it here, or say with {HERE} where it is."
    return ""


def at_home(order: Order, root: str, here: str) -> Order:
    """The order as it reads on a machine that has the root elsewhere."""
    if here == root:
        return order
    share = order.share
    if share is not None:
        cache = dataclasses.replace(share.cache, folder=_moved(share.cache.folder, root, here))
        share = dataclasses.replace(share, cache=cache)
    folder = _moved(order.job_folder, root, here)
    return dataclasses.replace(order, job_folder=folder, share=share, roots=(root, here))


def _moved(path: str, root: str, here: str) -> str:
    return str(Path(here) / Path(path).relative_to(root))


class _Process(threading.local):
    """The process in which a thread has its steps done."""

    def __init__(self) -> None:
        self.workers: LocalWorkers | None = None
        self.allowance: Allowance | None = None
        self.ended = threading.Event()

    def at_work(self, limits: Allowance) -> LocalWorkers:
        if self.workers is None or self.allowance != limits:
            if self.workers is not None:
                self.workers.stop(0.0)
            _may_have_children()
            self.workers = LocalWorkers(WorkerLimits(1, each=limits), self.ended.set, preload=())
            self.allowance = limits
        return self.workers


_process = _Process()


def _done(sent: Parcel, root: Path) -> Any:
    allowance = dataclasses.replace(sent.limits, writable=(str(root),))
    workers = _process.at_work(allowance)
    order = at_home(sent.order, sent.root, str(root))
    _process.ended.clear()
    workers.submit(order.step, sent.function, order, sent.timeout_s)
    while True:
        _process.ended.wait(_LOOK_S)
        for finished in workers.finished():
            return finished.value


def _may_have_children() -> None:
    """Let this process start others, though dask's nanny has marked it as one that may not.

    dask 2026.8 starts its workers as daemonic processes (`distributed.worker.daemon`), which multiprocessing forbids to
    have children, because they would outlive it. Ours do not: they end with the pipe that they were started by.
    """
    config: Any = multiprocessing.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    config["daemon"] = False
