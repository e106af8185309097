"""Batches at work: what was taken in is built by workers and put into the line; the end of a batch is noticed.

A batch whose folder stands in `batches/` will be built whatever happens: a crash between is gone on from there.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from hotfolderd.disk import remove_tree, rename_new
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.errors import RefusedError
from hotfolderd.inbox import batches
from hotfolderd.inbox.batches import Batch
from hotfolderd.inbox.building import BatchPlan, JobPlan
from hotfolderd.notify import Notices
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, PROCESSING
from hotfolderd.review.reading import read_written
from hotfolderd.review.strict_yaml import load
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken

log = logging.getLogger(__name__)
_BUILD_S = 7200.0
_AGAIN_S = 30.0


class Batches:
    """The batches that are not at their end. `stages` gives the stage of every job of the root, by name."""

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        notices: Notices,
        stages: Callable[[], Mapping[str, str]],
        *,
        stillness: Stillness,
        settle_s: float,
        now: Callable[[], datetime],
    ) -> None:
        self._root = root
        self._store = store
        self._workers = workers
        self._notices = notices
        self._stages = stages
        self._stillness = stillness
        self._settle_s = settle_s
        self._now = now
        self._building: dict[str, Batch] = {}
        self._again_at: dict[str, float] = {}
        found = batches.load_all(root.batches)
        self._batches = {batch.batch: batch for batch in found if batch.status != "complete" or _unfinished(batch)}

    def add(self, batch: Batch) -> None:
        """Take over a batch whose folder was just made."""
        self._batches[batch.batch] = batch

    def busy(self) -> int:
        """How many batches are in the hands of workers, or will be in the next round."""
        waiting = [batch for batch in self._batches.values() if batch.batch not in self._building]
        return len(self._building) + sum(self._has_work(batch) for batch in waiting)

    def sources(self) -> set[str]:
        """The paths of drops that were taken in and still lie in the inbox, wholly or in part."""
        return {batch.source for batch in self._batches.values() if _unfinished(batch)}

    def round(self) -> float | None:
        """Go on with every batch. Seconds until that should be done again; None where nothing presses."""
        dues = [due for batch in list(self._batches.values()) if (due := self._advance(batch)) is not None]
        return min(dues) if dues else None

    def collect(self, task: Finished) -> None:
        """Take what a worker has built; tasks of others are left alone."""
        if task.key in self._building:
            self._built(self._building.pop(task.key), task.value)

    def _has_work(self, batch: Batch) -> bool:
        """Whether something of a batch can be done now; not while it waits for a person, or to be tried again."""
        if self._again_s(batch):
            return False
        if batch.waiting:
            return not (batch.status == "validated" and batch.start == "manual")
        return bool(batch.leftovers or batch.whole)

    def _again_s(self, batch: Batch) -> float:
        """Seconds until a batch that could not be built is tried again; 0 where nothing went wrong."""
        return max(0.0, self._again_at.get(batch.batch, 0.0) - self._now().timestamp())

    def _advance(self, batch: Batch) -> float | None:
        """Build what is waiting, bring the rest of the drop away, notice when all jobs are done."""
        if batch.batch in self._building:
            return None
        folder = self._root.batches / batch.batch
        if self._again_s(batch):
            return None
        if batch.waiting:
            if batch.status == "validated" and batch.start == "manual" and not self._ordered(folder):
                return None
            if self._workers.free() <= 0:
                return 0.1
            chosen = batch.waiting[: batch.max_jobs or None]
            later = batch.waiting[len(chosen) :]
            keep = tuple({piece.source for plan in later for piece in plan.pieces} | set(batch.keep))
            intake = self._root.intake / batch.batch
            plan = BatchPlan(batch.batch, batch.home, str(intake), chosen, keep)
            self._building[batch.batch] = batch
            self._workers.submit(batch.batch, "hotfolderd.inbox.building:build", plan, _BUILD_S)
            return None
        if batch.leftovers or batch.whole:
            self._save(batches.tidy(folder, batch))
        else:
            self._finish(batch)
        return None

    def _ordered(self, folder: Path) -> bool:
        """Whether a person has written `action: start` into the batch's control.yaml; the file is put away then."""
        path = folder / "control.yaml"
        if not path.exists() or self._stillness.still_for(str(path), path.stat().st_mtime_ns) < self._settle_s:
            return False
        try:
            wanted = load(read_written(path).data).get("action")
        except RefusedError as error:
            log.warning("%s: %s", path, error)
            wanted = None
        if wanted != "start":
            return False
        path.rename(folder / f"control.{self._now():%Y%m%d_%H%M%S}.yaml")
        return True

    def _built(self, batch: Batch, value: Any) -> None:
        if isinstance(value, Broken):
            self._again_at[batch.batch] = self._now().timestamp() + _AGAIN_S
            log.warning("%s: %s; tried again in %.0f s", batch.batch, value.message, _AGAIN_S)
            self._notices.tell("drop_waiting", None, f"{batch.batch} could not be taken in", value.message)
            return
        built = set(value)
        intake = self._root.intake / batch.batch
        for plan in (plan for plan in batch.waiting if plan.job in built):
            self._enter(intake / plan.job, plan)
        remove_tree(intake)
        waiting = tuple(plan for plan in batch.waiting if plan.job not in built)
        # What is left after `max_jobs` waits until somebody orders more.
        start = "manual" if waiting else batch.start
        status: batches.BatchStatus = "validated" if waiting else "processing"
        self._save(dataclasses.replace(batch, waiting=waiting, status=status, start=start))

    def _enter(self, built: Path, plan: JobPlan) -> None:
        """Put a built job folder into the line, where the rules find its intent. It may stand there already."""
        place = self._root.path / PROCESSING / plan.job
        if not built.exists():
            return
        self._store.create(built, yaml.safe_load(plan.order))
        rename_new(built, place)

    def _finish(self, batch: Batch) -> None:
        """Note the end of a batch: all its jobs delivered, or none of them under way any more."""
        now = self._stages()
        stages = [now.get(name, "") for name in batch.jobs]
        if not set(stages) <= {COMPLETED, ARCHIVE, FAILED, ""}:
            return
        good = sum(stage in (COMPLETED, ARCHIVE) for stage in stages)
        status: batches.BatchStatus = "complete" if good == len(stages) else "partially_complete" if good else "failed"
        if status == batch.status:
            return
        at = self._now().isoformat(timespec="seconds")
        self._save(dataclasses.replace(batch, status=status, completed_at=at))
        if status == "complete":
            del self._batches[batch.batch]
            self._notices.tell("batch_complete", None, f"{batch.name}: batch {batch.batch} complete, {good} jobs")

    def _save(self, batch: Batch) -> None:
        batches.save(self._root.batches / batch.batch, batch)
        self._batches[batch.batch] = batch

    def names(self) -> frozenset[str]:
        """The names of all jobs, built or not."""
        planned = {plan.job for batch in self._batches.values() for plan in batch.waiting}
        return frozenset(self._stages()) | planned


def _unfinished(batch: Batch) -> bool:
    return bool(batch.leftovers or batch.whole or batch.waiting)
