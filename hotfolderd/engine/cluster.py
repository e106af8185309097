"""Workers on other machines: steps go to a `dask.distributed` cluster over a root that all of them have mounted.

Gives parcels (see `elsewhere`) to the scheduler and collects what comes back. The scheduler is looked after by a thread
of its own: the engine never waits for the network. What is lost with a scheduler is no attempt of a job: it is begun
again when there is one. What is lost with a worker is given to another by dask, three times.
"""

from __future__ import annotations

import logging
import pickle
import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from hotfolderd.engine import elsewhere
from hotfolderd.engine.workers import Finished
from hotfolderd.errors import ConfigError
from hotfolderd.guard import Allowance
from hotfolderd.root import Root, id_of
from hotfolderd.work import STOPPED, Broken, Order, broken_by

log = logging.getLogger(__name__)
_CONTACT_S = 2.0
_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class _Sent:
    """A step in the hands of the cluster, since a time of the monotonic clock."""

    future: Any
    step: str
    began: float
    timeout_s: float


class ClusterWorkers:
    """The workers of a cluster. See `Workers`.

    `most`: steps at once at most (0: as many as the cluster has threads). `limits` hold on each machine. `needs` names
    for a step the resource that its machine must have. A step that has not come back `patience_s` after its time limit
    is given up.
    """

    def __init__(
        self,
        address: str,
        root: Root,
        limits: Allowance,
        wake: Callable[[], None],
        *,
        most: int = 0,
        needs: Mapping[str, str] | None = None,
        patience_s: float = 600.0,
    ) -> None:
        try:
            from distributed import Client  # noqa: PLC0415  an extra, and heavy
        except ImportError as error:
            raise ConfigError(
                "workers.kind: cluster needs dask. Install it with: pip install 'hotfolderd[cluster]'"
            ) from error
        self._new_client: Callable[..., Any] = Client
        self._address = address
        self._root = str(root.path)
        self._root_id = id_of(root)
        self._version = version("hotfolderd")
        self._limits = limits
        self._wake = wake
        self._most = most
        self._needs = needs or {}
        self._patience_s = patience_s
        self._tasks: dict[str, _Sent] = {}
        self._ended: queue.SimpleQueue[tuple[str, Any, Any]] = queue.SimpleQueue()
        self._client: Any = None
        self._threads = 0
        self._stopping = threading.Event()
        self.note = f"{address}: no scheduler has answered yet"
        self._contact = threading.Thread(target=self._keep_contact, name="cluster", daemon=True)
        self._contact.start()

    # seen from the engine ----------------------------------------------------------------------------------------

    def free(self) -> int:
        """See `Workers`. None while no scheduler answers."""
        most = min(self._threads, self._most or self._threads)
        return max(0, most - len(self._tasks))

    def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
        """See `Workers`; `argument` is an `Order`. Raises OSError where there is no scheduler."""
        assert key not in self._tasks, f"{key} was begun twice"
        assert isinstance(argument, Order), "only steps are sent to other machines"
        client = self._client
        if client is None or client.status != "running":
            raise ConnectionError(f"{self._address}: no scheduler answers")
        parcel = elsewhere.Parcel(function, argument, timeout_s, self._root, self._root_id, self._limits, self._version)
        name = f"hotfolderd-{key}-{argument.step}-{uuid.uuid4().hex[:8]}"
        try:
            resource = self._needs.get(argument.step)
            resources = {resource: 1} if resource else None
            future = client.submit(elsewhere.do, parcel.sent(), key=name, pure=False, resources=resources)
        except Exception as error:
            raise ConnectionError(f"{self._address}: {error}") from error
        self._tasks[key] = _Sent(future, argument.step, time.monotonic(), timeout_s)
        future.add_done_callback(lambda done: self._take(key, done))

    def finished(self) -> list[Finished]:
        """See `Workers`."""
        found = []
        while not self._ended.empty():
            key, future, value = self._ended.get()
            sent = self._tasks.get(key)
            if sent is not None and sent.future is future:
                del self._tasks[key]
                found.append(Finished(key, value))
        for key, sent in list(self._tasks.items()):
            if time.monotonic() - sent.began > sent.timeout_s + self._patience_s:
                sent.future.cancel()
                text = "the cluster did not bring it back in time. Look at the log of its scheduler and workers."
                found.append(Finished(key, Broken(sent.step, "ToolError", text, "")))
                del self._tasks[key]
        return found

    def stop(self, grace_s: float) -> None:
        """See `Workers`. What does not end in time is cancelled, and its place is taken by a later attempt."""
        until = time.monotonic() + grace_s
        while any(not sent.future.done() for sent in self._tasks.values()) and time.monotonic() < until:
            time.sleep(0.05)
        self._stopping.set()
        self._contact.join(_ANSWER_S)
        for key, sent in self._tasks.items():
            if not sent.future.done():
                self._ended.put((key, sent.future, Broken(sent.step, STOPPED, "the daemon ended", "")))
        self._leave()

    # in other threads --------------------------------------------------------------------------------------------

    def _take(self, key: str, future: Any) -> None:
        """Fetch what a step returned; in a thread of dask's client."""
        self._ended.put((key, future, _value(key, future)))
        self._wake()

    def _keep_contact(self) -> None:
        """Find the scheduler, and know how many steps it can take, until the end."""
        while not self._stopping.is_set():
            try:
                if self._client is None or self._client.status != "running":
                    self._leave()
                    self._client = self._new_client(
                        self._address, timeout=_ANSWER_S, set_as_default=False, name="hotfolderd"
                    )
                known = self._client.nthreads(callback_timeout=_ANSWER_S)
                threads, note = sum(known.values()), "" if known else f"{self._address}: the cluster has no workers"
            except Exception as error:  # noqa: BLE001  whatever is wrong with a network, it is tried again
                threads, note = 0, f"{self._address}: no scheduler answers ({type(error).__name__}). Steps wait for it."
                self._leave()
            if (threads, note) != (self._threads, self.note):
                log.log(logging.WARNING if note else logging.INFO, "%s", note or f"the cluster has {threads} threads")
                self._threads, self.note = threads, note
                self._wake()
            self._stopping.wait(_CONTACT_S)

    def _leave(self) -> None:
        """Let go of a client; what it had in hand comes back as cancelled."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(timeout=1.0)
            except Exception as error:  # noqa: BLE001  it is not used any more, whatever it says
                log.debug("%s: %s", self._address, error)


def _value(step: str, future: Any) -> Any:
    """What a step returned; what was lost on the way as something that may pass."""
    if future.cancelled():
        text = "the scheduler ended, or was not reached any more, before it was done"
        return Broken(step, "MachineError", text, "")
    try:
        return pickle.loads(future.result(timeout=_ANSWER_S))  # noqa: S301  of our own workers
    except Exception as error:  # noqa: BLE001  of dask, or of what a worker has sent
        name = type(error).__name__
        if name in ("CancelledError", "FutureCancelledError", "CommClosedError", "TimeoutError"):
            return Broken(step, "MachineError", f"what it made was lost on the way ({name})", "")
        if name == "KilledWorker":
            text = "each worker that was given it died. Its files may use up a machine's memory; look at their logs."
            return Broken(step, "ToolError", text, str(error))
        return broken_by(step, error)
