"""The daemon: puts the parts together, runs the loop, ends cleanly.

Start-up checks the root and takes its lock; the loop wakes by events, by finished work and by time; SIGTERM and SIGINT
let running steps end for a while, then stop them. What was half done is simply not done, and done again.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType

from hotfolderd.config import Config
from hotfolderd.dashboard import BatchSeen, Dashboard, JobSeen, Seen
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Policy
from hotfolderd.engine.hints import EVERYTHING, Hint, Hints
from hotfolderd.engine.intake import Intake, IntakePolicy
from hotfolderd.engine.reconciler import Reconciler
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.space import Space, free_mib
from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.guard import Allowance
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.batches import Batch
from hotfolderd.index import Index
from hotfolderd.lock import RootLock, note_health
from hotfolderd.notify import Notices, Postman
from hotfolderd.pipeline import PROCESSING, Gate, Line, function_named
from hotfolderd.review.schemas import write_schemas
from hotfolderd.root import Root, check_root, tidy_up
from hotfolderd.stages.template.line import LINE as TEMPLATE_LINE
from hotfolderd.store import Store
from hotfolderd.watcher import Watcher, is_network

log = logging.getLogger(__name__)
# Looking at everything takes at most a twentieth of the time, however many jobs there are; events come sooner.
_LOOKING_SHARE = 20
_AGAIN_S = 1.0
# With `--until-idle`: for how long a sick disk is waited for.
_FAILING_S = 60.0
# Also when nothing happens: the watcher, the root and the postman are looked after, and the heartbeat is written.
_LONGEST_WAIT_S = 5.0
LINES: dict[str, Line] = {TEMPLATE_LINE.kind: TEMPLATE_LINE}


class Daemon:
    """One root at work. `until_idle`: end when nothing is due; `patience_s`: how far ahead a retry may lie for that."""

    def __init__(self, config: Config, *, until_idle: bool = False, patience_s: float = 0.0) -> None:
        self._config = config
        self._until_idle = until_idle
        self._patience_s = patience_s
        self._hints = Hints()
        self._ending = ""

    def run(self) -> None:
        """Work until told to end. Raises ConfigError if the root cannot be used."""
        root = check_root(self._config.root)
        with RootLock(root) as lock:
            before = {name: signal.signal(name, self._on_signal) for name in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._work(root, lock)
            finally:
                for name, handler in before.items():
                    signal.signal(name, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._ending = signal.Signals(number).name
        self._hints.wake()

    def _work(self, root: Root, lock: RootLock) -> None:
        config = self._config
        tidy_up(root)
        _import_what_gates_call()
        write_schemas(root.private)
        parts = put_together(config, root, self._hints)
        parts.postman.start()
        log.info("hotfolderd works on %s (%s, %d workers)", root.path, parts.watcher.kind, config.processes)
        try:
            self._loop(root, lock, parts)
        finally:
            parts.watcher.stop()
            parts.reconciler.drain()
            parts.workers.stop(config.shutdown_grace_s if self._ending else 0.5)
            if not lock.still_there():
                parts.reconciler.collect(parts.workers.finished())
                parts.write_index()
                parts.dashboard.write(parts.look, running=False)
            parts.postman.stop()

    def _loop(self, root: Root, lock: RootLock, parts: Parts) -> None:
        wrong = ""
        full_at = 0.0
        first = True
        failing_since = 0.0
        while not self._ending:
            fault = lock.still_there()
            parts.postman.check(away=bool(fault))
            if fault:  # nothing is touched until the root is back
                if fault != wrong:
                    log.error("%s", fault)
                wrong = fault
                full_at = 0.0
                self._hints.wait(_AGAIN_S)
                self._hints.take()
                continue
            if wrong:
                log.info("%s: the root is back", root.path)
                wrong = ""
            began = time.monotonic()
            hint = self._hints.take()
            if began >= full_at or hint.everything:
                hint = EVERYTHING
            try:
                due_s = parts.round(hint)
                self._note_health(root, parts)
            except OSError as error:  # a full disk, a share that is away: the jobs stay where they are
                log.warning("%s; everything is looked at again", error)
                full_at = 0.0
                failing_since = failing_since or began
                if self._until_idle and time.monotonic() - failing_since > max(self._patience_s, _FAILING_S):
                    raise
                self._hints.wait(_AGAIN_S)
                continue
            failing_since = 0.0
            if hint.everything:
                every_s = self._config.rescan_s if parts.watcher.attends else self._config.poll_s
                full_at = began + max(
                    every_s * random.uniform(0.75, 1.0), _LOOKING_SHARE * parts.reconciler.look_cost_s
                )
            if self._until_idle and parts.idle(max(self._patience_s, self._config.settle_s * 3)):
                if hint.everything and not first:
                    log.info("nothing is due: ending")
                    return
                full_at = 0.0
            first = False
            waits = [_LONGEST_WAIT_S, full_at - time.monotonic(), *([] if due_s is None else [due_s])]
            self._hints.wait(max(0.02, min(waits)))
        log.info("%s: ending", self._ending)

    def _note_health(self, root: Root, parts: Parts) -> None:
        watcher = parts.watcher
        health = {
            "pid": os.getpid(),
            "round_at": time.time(),
            "watcher": watcher.kind,
            "watcher_note": watcher.note,
            "disk_note": parts.space.note,
        }
        note_health(root, json.dumps(health))


@dataclass(slots=True)
class Parts:
    """Everything that works on a root, put together. `due_s`: when jobs, and drops, are due by time alone.

    `house` is what the dashboard shows as long as the daemon runs.
    """

    root: Root
    workers: LocalWorkers
    store: Store
    reconciler: Reconciler
    intake: Intake
    watcher: Watcher
    postman: Postman
    index: Index
    space: Space
    notices: Notices
    dashboard: Dashboard
    house: Seen
    jobs_due_s: float | None = None
    drops_due_s: float | None = None
    drops_due_at: float = 0.0
    drops_first: bool = False

    def round(self, hint: Hint) -> float | None:
        """One round: take what workers made, look where something changed or is due. Seconds until it is due again."""
        finished = self.workers.finished()
        self.reconciler.collect(finished)
        self.intake.collect(finished)
        # Who comes first has the free workers: jobs and drops in turn, so that neither waits for the end of the other.
        self.drops_first ^= bool(finished)
        if self.drops_first:
            self._attend_to_drops(hint, finished=bool(finished))
        self.jobs_due_s = self.reconciler.round(hint)
        if not self.drops_first:
            self._attend_to_drops(hint, finished=bool(finished))
        self.watcher.check()
        if self.index.due_s() == 0.0:
            self.write_index()
        self.dashboard.notice(self.notices.told, self.intake.shown, self.space.note, self.watcher.note)
        if self.dashboard.due_s() == 0.0:
            self.dashboard.write(self.look)
        drops_due_s = self.drops_due_at - time.monotonic()
        dues = (self.jobs_due_s, drops_due_s, self.index.due_s(), self.dashboard.due_s())
        return min(due for due in dues if due is not None)

    def _attend_to_drops(self, hint: Hint, *, finished: bool) -> None:
        now = time.monotonic()
        ours = any(self.root.inbox == folder or self.root.batches == folder.parent for folder in hint.folders)
        if not self.space.allows_intake():
            self.drops_due_s = None
            self.drops_due_at = now + _AGAIN_S
        elif hint.everything or ours or finished or now >= self.drops_due_at:
            self.drops_due_s = self.intake.round()
            self.drops_due_at = now + (math.inf if self.drops_due_s is None else self.drops_due_s)

    def write_index(self) -> None:
        """Bring the index up to date; it is a cache, so a disk that refuses it stops nothing."""
        try:
            self.index.write((seat.folder, seat.job) for seat in self.reconciler.seats)
        except OSError as error:
            log.warning("%s; the list of jobs is written later", error)

    def look(self) -> Seen:
        """What the dashboard shows: what is in memory, and the room on the disk."""
        return dataclasses.replace(
            self.house,
            jobs=[_job_seen(seat) for seat in self.reconciler.seats],
            drops=json.loads(self.intake.shown or "[]"),
            notes=[self.space.note] if self.space.note else [],
            remark=self.watcher.note,
            busy=self.house.workers - self.workers.free(),
            free_mib=free_mib(self.root.path),
        )

    def idle(self, patience_s: float) -> bool:
        """Whether nothing is at work and nothing will be due within a time; what waits for people does not count."""
        intake = 0 if self.space.note else self.intake.busy()  # what waits for room waits for a person
        busy = self.reconciler.running() + self.reconciler.waiting_for_workers() + intake
        return not busy and self.drops_due_s is None and (self.jobs_due_s is None or self.jobs_due_s > patience_s)


def put_together(config: Config, root: Root, hints: Hints) -> Parts:
    """Everything that works on a root; nothing is begun yet but the watching."""
    notices = Notices(root, _now)
    settings = config.workers
    each = Allowance(settings.memory_mib, settings.max_file_mib, writable=(str(root.path),))
    workers = LocalWorkers(WorkerLimits(config.processes, each=each), hints.wake, preload=_step_modules())
    index = Index(root)
    dashboard = Dashboard(root, now=_now)

    def saved(job: str) -> None:
        index.changed(job)
        dashboard.changed()

    store = Store(root, LINES, _now, saved=saved)
    stillness = Stillness(time.monotonic)
    watcher = Watcher(root, hints.ring, config.watch)

    facts = config.facts()

    def desk(seats: Seats) -> Desk:
        return Desk(
            store,
            notices,
            stillness,
            settle_s=config.settle_s,
            reviewers=config.allowed(),
            seats=seats,
            facts=facts,
            now=_now,
        )

    retry = RetryPolicy(config.retry.attempts, config.retry.base_s, config.retry.cap_s)
    policy = Policy(settings.max_concurrent_jobs, retry, facts)
    reconciler = Reconciler(root, store, workers, notices, desk, policy, watch=watcher, clock=_steady_clock())
    batches = Batches(
        root,
        store,
        workers,
        notices,
        reconciler.status_of,
        lambda: reconciler.seats.endings,
        entered=lambda: hints.ring(root.path / PROCESSING),
        saved=lambda batch: dashboard.batch_changed(_batch_seen(batch)),
        watch=watcher,
        stillness=stillness,
        settle_s=config.settle_s,
        now=_now,
    )
    inbox = config.inbox
    network = is_network(root.inbox)
    settle_s = config.settle_network_s if network else config.settle_s
    drops = IntakePolicy(settle_s, inbox.incomplete_s, inbox.patience_s, drop_limits(config), network)
    return Parts(
        root,
        workers,
        store,
        reconciler,
        Intake(root, workers, notices, batches, drops, stillness=stillness, now=_now),
        watcher,
        Postman(root, notices, config.notify.urls),
        index,
        Space(root, notices, config.disk.min_free_mib),
        notices,
        dashboard,
        Seen(gates=gates(), reviewers=config.allowed(), workers=config.processes),
    )


def _job_seen(seat: Seat) -> JobSeen:
    """A job as the dashboard shows it."""
    stage = seat.stage
    sidecar = stage.gate.sidecar if stage and stage.gate and seat.in_place and seat.is_asked else ""
    return JobSeen(seat.folder, seat.job, seat.running is not None, sidecar, seat.rests_until > 0)


def _batch_seen(batch: Batch) -> BatchSeen:
    """A batch as the dashboard shows it."""
    return BatchSeen(
        batch.batch,
        batch.name,
        batch.status,
        batch.submitted_by,
        batch.taken_at,
        batch.completed_at,
        len(batch.jobs),
        tuple(plan.job for plan in batch.waiting),
        batch.rejected_rows,
        batch.start == "manual",
    )


def gates() -> dict[str, Gate]:
    """What is asked in which folder."""
    return {folder: stage.gate for line in LINES.values() for folder, stage in line.stages.items() if stage.gate}


def _now() -> datetime:
    """The wall clock that all parts are handed."""
    return datetime.now(UTC)


def _steady_clock() -> Callable[[], float]:
    """Seconds since 1970 that go on evenly when the wall clock is set: what waits then waits neither more nor less."""
    ahead = time.time() - time.monotonic()
    return lambda: time.monotonic() + ahead


def _import_what_gates_call() -> None:
    """Import the functions that gates name, so that no job waits for that amid a move."""
    for gate in (stage.gate for line in LINES.values() for stage in line.stages.values() if stage.gate):
        for name in (gate.read, gate.answered_by, *(outcome.after for outcome in gate.outcomes.values())):
            if name:
                function_named(name)


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
