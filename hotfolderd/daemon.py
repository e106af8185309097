"""The daemon: puts the parts together, runs the loop, ends cleanly.

Start-up checks the root and takes its lock; the loop wakes by events, by finished work and by time; SIGTERM and SIGINT
let running steps end for a while, then stop them. What was half done is simply not done, and done again.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from hotfolderd.config import Config
from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Policy
from hotfolderd.engine.intake import Intake, IntakePolicy
from hotfolderd.engine.reconciler import Reconciler
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.inbox.batch import Limits
from hotfolderd.notify import Notices, Postman
from hotfolderd.pipeline import Line
from hotfolderd.review.writing import schemas
from hotfolderd.root import Root, RootLock, check_root, note_health
from hotfolderd.stages.template.line import LINE as TEMPLATE_LINE
from hotfolderd.store import Store
from hotfolderd.watcher import Watcher

log = logging.getLogger(__name__)
# Looking at everything takes at most a twentieth of the time, however many jobs there are; events come sooner.
_LOOKING_SHARE = 20
_AGAIN_S = 1.0
LINES: dict[str, Line] = {TEMPLATE_LINE.kind: TEMPLATE_LINE}


class Daemon:
    """One root at work. `until_idle`: end when nothing is due; `patience_s`: how far ahead a retry may lie for that."""

    def __init__(self, config: Config, *, until_idle: bool = False, patience_s: float = 0.0) -> None:
        self._config = config
        self._until_idle = until_idle
        self._patience_s = patience_s
        self._bell = threading.Event()
        self._ending = False

    def run(self) -> None:
        """Work until told to end. Raises ConfigError if the root cannot be used."""
        root = check_root(self._config.root)
        with RootLock(root):
            before = {name: signal.signal(name, self._on_signal) for name in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._work(root)
            finally:
                for name, handler in before.items():
                    signal.signal(name, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("%s: ending", signal.Signals(number).name)
        self._ending = True
        self._bell.set()

    def _work(self, root: Root) -> None:
        config = self._config
        for name, text in schemas().items():
            make_folder(root.private / "schemas")
            write_atomic(root.private / "schemas" / name, text, durable=False)
        notices = Notices(root, _now)
        postman = Postman(root, notices, config.notify.urls)
        limits = WorkerLimits(config.processes, config.workers.memory_mib)
        workers = LocalWorkers(limits, self._bell.set, preload=_step_modules())
        store = Store(root, LINES, _now)
        stillness = Stillness(time.monotonic)

        def desk(next_asked: Callable[[str, str], str | None]) -> Desk:
            allowed = config.allowed()
            return Desk(
                store,
                notices,
                stillness,
                settle_s=config.settle_s,
                reviewers=allowed,
                next_asked=next_asked,
                now=_now,
            )

        retry = RetryPolicy(config.retry.attempts, config.retry.base_s, config.retry.cap_s)
        policy = Policy(config.workers.max_concurrent_jobs, retry, config.facts())
        reconciler = Reconciler(root, store, workers, notices, desk, policy)
        batches = Batches(
            root,
            store,
            workers,
            notices,
            reconciler.statuses,
            stillness=stillness,
            settle_s=config.settle_s,
            now=_now,
        )
        inbox = config.inbox
        policy_of_drops = IntakePolicy(config.settle_s, inbox.incomplete_s, inbox.patience_s, drop_limits(config))
        intake = Intake(root, workers, notices, batches, policy_of_drops, stillness=stillness, now=_now)
        watcher = Watcher(root, self._bell.set, config.watch)
        postman.start()
        log.info("hotfolderd works on %s (%s, %d workers)", root.path, watcher.kind, config.processes)
        try:
            self._loop(root, workers, reconciler, intake, watcher)
        finally:
            watcher.stop()
            reconciler.drain()
            workers.stop(config.shutdown_grace_s if self._ending else 0.5)
            reconciler.collect(workers.finished())
            postman.stop()

    def _loop(
        self, root: Root, workers: LocalWorkers, reconciler: Reconciler, intake: Intake, watcher: Watcher
    ) -> None:
        first_round = True
        while not self._ending:
            self._bell.clear()
            began = time.monotonic()
            try:
                dues = self._look(root, workers, reconciler, intake, watcher)
            except OSError as error:  # a full disk, a share that is away: the jobs stay where they are
                log.warning("%s; everything is looked at again", error)
                self._bell.wait(_AGAIN_S)
                continue
            busy = reconciler.running() + reconciler.waiting_for_workers() + intake.busy()
            if self._until_idle and not first_round and not busy and self._nothing_soon(*dues):
                log.info("nothing is due: ending")
                return
            first_round = False
            waits = [due for due in dues if due is not None]
            idle_s = max(self._config.poll_s, _LOOKING_SHARE * (time.monotonic() - began))
            self._bell.wait(max(0.02, min([idle_s, *waits])))

    def _look(
        self, root: Root, workers: LocalWorkers, reconciler: Reconciler, intake: Intake, watcher: Watcher
    ) -> tuple[float | None, float | None]:
        """One round. Seconds until a job, and until a drop, is due by time alone."""
        finished = workers.finished()
        reconciler.collect(finished)
        intake.collect(finished)
        dues = reconciler.round(), intake.round()
        watcher.check()
        note_health(root, json.dumps({"pid": os.getpid(), "round_at": time.time(), "watcher": watcher.kind}))
        return dues

    def _nothing_soon(self, due_s: float | None, intake_due_s: float | None) -> bool:
        """Whether nothing is settling, and no retry lies within the patience of `--until-idle`."""
        settling_s = self._config.settle_s * 3
        return intake_due_s is None and (due_s is None or due_s > max(self._patience_s, settling_s))


def _now() -> datetime:
    """The wall clock that all parts are handed."""
    return datetime.now(UTC)


def _step_modules() -> list[str]:
    """The modules that workers import: those of all steps, and that which examines drops."""
    stages = [stage for line in LINES.values() for stage in line.stages.values()]
    steps = [step for stage in stages for step in stage.steps]
    for gate in (stage.gate for stage in stages if stage.gate):
        steps += [gate.ask, *(step for outcome in gate.outcomes.values() for step in outcome.steps)]
    return ["hotfolderd.inbox.contents", *dict.fromkeys(step.run.partition(":")[0] for step in steps)]


def drop_limits(config: Config) -> Limits:
    """How large a drop may be, as the configuration says."""
    inbox = config.inbox
    return Limits(
        csv_mib=inbox.max_csv_mib,
        rows=inbox.max_rows,
        psd_mib=inbox.max_design_mib,
        project_mib=inbox.max_project_mib,
        least_px=inbox.min_side_px,
        most_px=inbox.max_side_px,
    )
