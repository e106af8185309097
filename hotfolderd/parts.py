"""Everything that works on a root, put together, and one round of it.

Makes the parts from the configuration, hands each what it needs, and says how long all of them can wait.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotfolderd.dashboard import BatchSeen, Dashboard, JobSeen, Seen
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Policy
from hotfolderd.engine.hints import Hint, Hints
from hotfolderd.engine.intake import Intake, IntakePolicy
from hotfolderd.engine.reconciler import Reconciler
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.space import Space, free_mib
from hotfolderd.engine.tray import Tray
from hotfolderd.engine.workers import Finished, LocalWorkers, WorkerLimits
from hotfolderd.guard import Allowance
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.batches import Batch
from hotfolderd.index import Index
from hotfolderd.lines import LINES, gates, step_modules
from hotfolderd.notify import Notices, Postman
from hotfolderd.pipeline import PROCESSING
from hotfolderd.posting import Timely, postman_of
from hotfolderd.root import Root
from hotfolderd.runtime import Runtime, Workers
from hotfolderd.store import Store
from hotfolderd.watcher import Watcher, is_network

if TYPE_CHECKING:
    from hotfolderd.engine.cluster import ClusterWorkers

log = logging.getLogger(__name__)
_AGAIN_S = 1.0
# Where jobs are due so soon, they come before what all jobs are shown in; for so long at most.
_SOON_S, _SHOWN_LATE_S = 0.1, 2.0


@dataclass(slots=True)
class Parts:
    """Everything that works on a root, put together. `due_s`: when jobs, and drops, are due by time alone.

    `show_by` is when the list of jobs and the dashboard are written though jobs are due.
    `house` is what the dashboard shows as long as the daemon runs. Steps are done by `far_workers` where there is a
    cluster; drops are always read on this machine.
    """

    root: Root
    workers: LocalWorkers
    outside: LocalWorkers | None
    far_workers: ClusterWorkers | None
    store: Store
    reconciler: Reconciler
    intake: Intake
    watcher: Watcher
    postman: Postman
    index: Index
    space: Space
    notices: Notices
    timely: Timely
    dashboard: Dashboard
    house: Seen
    jobs_due_s: float | None = None
    drops_due_s: float | None = None
    drops_due_at: float = 0.0
    drops_first: bool = False
    endings: int = 0
    show_by: float = math.inf

    def round(self, hint: Hint) -> float | None:
        """One round: take what workers made, look where something changed or is due. Seconds until it is due again."""
        finished = self.finished()
        # Who comes first has the free workers: jobs and drops in turn, so that neither waits for the end of the other.
        self.drops_first ^= bool(finished)
        self.reconciler.collect(finished, may_go_on=not (self.drops_first and self.intake.wants_worker()))
        self.intake.collect(finished)
        if self.drops_first:
            self._attend_to_drops(hint, finished=bool(finished))
        self.jobs_due_s = self.reconciler.round(hint)
        if not self.drops_first:
            self._attend_to_drops(hint, finished=bool(finished))
        if self.endings != self.reconciler.seats.endings:  # perhaps the last of a batch
            self.endings, self.drops_due_at = self.reconciler.seats.endings, 0.0
        self.timely.round()
        self.watcher.check()
        self.dashboard.notice(self.notices.told, self.intake.shown, self.space.note, self.watcher.note, self.far_note)
        self._show()
        drops_due_s = self.drops_due_at - time.monotonic()
        dues = (self.jobs_due_s, drops_due_s, self.index.due_s(), self.dashboard.due_s())
        return min(due for due in dues if due is not None)

    def finished(self) -> list[Finished]:
        """What all workers have brought to an end."""
        pools = (self.workers, self.outside, self.far_workers)
        return [one for pool in pools if pool is not None for one in pool.finished()]

    @property
    def far_note(self) -> str:
        """What is wrong with the cluster; empty where nothing is, and where there is none."""
        return self.far_workers.note if self.far_workers else ""

    def stop_workers(self, grace_s: float) -> None:
        """Let running tasks end for a while, then stop all workers."""
        for pool in (self.far_workers, self.outside, self.workers):
            if pool is not None:
                pool.stop(grace_s)

    def _attend_to_drops(self, hint: Hint, *, finished: bool) -> None:
        now = time.monotonic()
        ours = any(self.root.inbox == folder or self.root.batches == folder.parent for folder in hint.folders)
        if not self.space.allows_intake():
            self.drops_due_s = None
            self.drops_due_at = now + _AGAIN_S
        elif hint.everything or ours or finished or now >= self.drops_due_at:
            self.drops_due_s = self.intake.round()
            self.drops_due_at = now + (math.inf if self.drops_due_s is None else self.drops_due_s)

    def _show(self) -> None:
        """Write the list of jobs and the dashboard where they are due: after what people wait for, but not much."""
        if 0.0 not in (self.index.due_s(), self.dashboard.due_s()):
            self.show_by = math.inf
            return
        now = time.monotonic()
        self.show_by = min(self.show_by, now + _SHOWN_LATE_S)
        if self.jobs_due_s is not None and self.jobs_due_s < _SOON_S and now < self.show_by:
            return
        if self.index.due_s() == 0.0:
            self.write_index()
        if self.dashboard.due_s() == 0.0:
            self.dashboard.write(self.look)

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
            notes=[note for note in (self.space.note, self.far_note) if note],
            remark=self.watcher.note,
            busy=self.reconciler.running() if self.far_workers else self.workers.busy(),
            free_mib=free_mib(self.root.path),
        )

    def figures(self) -> tuple[list[str], int, float]:
        """What `metrics` counts: the folder of each job, busy workers, free MiB."""
        folders = [seat.folder for seat in self.reconciler.seats]
        return folders, self.workers.busy(), free_mib(self.root.path)

    def idle(self, patience_s: float) -> bool:
        """Whether nothing is at work and nothing will be due within a time; what waits for people does not count."""
        intake = 0 if self.space.note else self.intake.busy()  # what waits for room waits for a person
        busy: int | bool = self.reconciler.running() + self.reconciler.waiting_for_workers() + intake
        busy = busy or self.drops_due_at == 0.0  # a job has ended, and its batch has not been looked at
        return not busy and self.drops_due_s is None and (self.jobs_due_s is None or self.jobs_due_s > patience_s)


def put_together(config: Runtime, root: Root, hints: Hints) -> Parts:
    """Everything that works on a root; nothing is begun yet but the watching."""
    notices = Notices(root, _now, remind_after_h=config.notify.remind_after_h)
    settings = config.workers
    each = Allowance(settings.memory_mib, settings.max_file_mib, writable=(str(root.path),))
    workers = LocalWorkers(WorkerLimits(settings.processes, each=each), hints.wake, preload=step_modules())
    outside = _workers_outside(settings, each, hints)
    cluster = config.cluster
    far_workers = None
    if cluster is not None:
        from hotfolderd.engine.cluster import ClusterWorkers  # noqa: PLC0415  only where there is one

        far_workers = ClusterWorkers(cluster.address, root, each, hints.wake, most=cluster.most, needs=cluster.needs)
    index = Index(root)
    dashboard = Dashboard(root, now=_now)

    def saved(job: str) -> None:
        index.changed(job)
        dashboard.changed()

    store = Store(root, LINES, _now, saved=saved)
    stillness = Stillness(time.monotonic)
    watcher = Watcher(root, hints.ring, config.watch)

    facts = config.facts

    def desk(seats: Seats) -> Desk:
        return Desk(
            store,
            notices,
            Tray(stillness, config.settle_s),
            reviewers=config.allowed,
            seats=seats,
            facts=facts,
            now=_now,
        )

    retry = RetryPolicy(config.retry.attempts, config.retry.base_s, config.retry.cap_s)
    policy = Policy(settings.max_concurrent_jobs, retry, facts)
    reconciler = Reconciler(
        root,
        store,
        far_workers or workers,
        notices,
        desk,
        policy,
        watch=watcher,
        clock=_steady_clock(),
        outside=outside,
    )
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
    space = Space(root, notices, config.min_free_mib)
    inbox = config.inbox
    network = is_network(root.inbox)
    settle_s = config.settle_network_s if network else config.settle_s
    drops = IntakePolicy(settle_s, inbox.incomplete_s, inbox.patience_s, Limits.of(inbox), network)
    return Parts(
        root,
        workers,
        outside,
        far_workers,
        store,
        reconciler,
        Intake(root, workers, notices, batches, drops, stillness=stillness, now=_now),
        watcher,
        postman_of(config, root, notices, reconciler.seats, batches.is_coming),
        index,
        space,
        notices,
        Timely(config, root, notices, reconciler.seats, lambda: [space.note] if space.note else []),
        dashboard,
        Seen(gates=gates(), reviewers=config.allowed, workers=settings.processes),
    )


def _workers_outside(settings: Workers, each: Allowance, hints: Hints) -> LocalWorkers | None:
    """Workers that may use the programs and servers of the configuration; None where it names none."""
    if not settings.programs and not settings.ports:
        return None
    # After Effects needs more than one worker may use, and files and threads without number.
    wide = dataclasses.replace(each, memory_mib=0, open_files=65536) if settings.wide_outside else each
    each = dataclasses.replace(wide, programs=settings.programs, ports=settings.ports)
    limits = WorkerLimits(settings.at_once_outside, each=each)
    return LocalWorkers(limits, hints.wake, preload=step_modules())


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


def _now() -> datetime:
    """The wall clock that all parts are handed."""
    return datetime.now(UTC)


def _steady_clock() -> Callable[[], float]:
    """Seconds since 1970 that go on evenly when the wall clock is set: what waits then waits neither more nor less."""
    ahead = time.time() - time.monotonic()
    return lambda: time.monotonic() + ahead
