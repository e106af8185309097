"""Batches at work: what was taken in is built by workers and put into the line; the end of a batch is noticed.

A batch whose folder stands in `batches/` will be built whatever happens: a crash between is gone on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from hotfolderd.disk import remove_tree, rename_new, write_atomic
from hotfolderd.engine.entering import Entering
from hotfolderd.engine.seats import Watch
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.errors import RefusedError
from hotfolderd.inbox import batches
from hotfolderd.inbox.batches import Batch
from hotfolderd.inbox.building import Changed, JobPlan
from hotfolderd.inbox.portions import may_begin, next_portion
from hotfolderd.notify import About, Notices
from hotfolderd.review.reading import fingerprint, parse, read_written
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import Broken

log = logging.getLogger(__name__)
_BUILD_S = 7200.0
_AGAIN_S = 30.0
_MOST_NAMED = 40
CONTROL = "control.yaml"


class Batches:
    """The batches that are not at their end.

    `status_of` gives the status of a job by its name ("" for one that is not there); `endings` grows whenever a job has
    come to its end. `entered` is called when jobs have entered the line, `saved` with each batch that is found, taken
    in or changed.
    """

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        notices: Notices,
        status_of: Callable[[str], str],
        endings: Callable[[], int],
        *,
        watch: Watch | None = None,
        entered: Callable[[], None] = lambda: None,
        saved: Callable[[Batch], None] = lambda _: None,
        stillness: Stillness,
        settle_s: float,
        now: Callable[[], datetime],
    ) -> None:
        self._root = root
        self._store = store
        self._workers = workers
        self._notices = notices
        self._status_of = status_of
        self._endings = endings
        self._looked_at: dict[str, int] = {}
        self._watch = watch
        self._entered = entered
        self._saved = saved
        self._stillness = stillness
        self._settle_s = settle_s
        self._now = now
        self._building: dict[str, Batch] = {}
        self._entering = Entering(root, store)
        self._again_at: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self._refused: dict[Path, tuple[int, int, int, int]] = {}
        found = batches.load_all(root.batches)
        ended = ("complete", "withdrawn")
        self._batches = {batch.batch: batch for batch in found if batch.status not in ended or _unfinished(batch)}
        # One that has not begun may not have been told of before a crash; the outbox knows what it has told.
        self._untold = {name: "" for name, batch in self._batches.items() if batch.status == "validated"}
        for batch in found:
            saved(batch)
        for batch in self._batches.values():
            with contextlib.suppress(OSError):  # only what people see; the next change writes it too
                batches.show(root.batches / batch.batch, batch)

    def add(self, batch: Batch, warnings: str) -> None:
        """Take over a batch whose folder was just made; people are told of it with the warnings."""
        self._batches[batch.batch] = batch
        self._untold[batch.batch] = warnings
        self._saved(batch)

    def busy(self) -> int:
        """How many batches are in the hands of workers, enter the line, or will be built in the next round."""
        return sum(self._is_at_work(batch) or self._has_work(batch) for batch in self._batches.values())

    def wants_worker(self) -> bool:
        """Whether jobs of a batch are to be built, and no worker does."""
        waiting = (batch for batch in self._batches.values() if batch.waiting and not self._is_at_work(batch))
        return any(self._has_work(batch) for batch in waiting)

    def _is_at_work(self, batch: Batch) -> bool:
        """Whether jobs of a batch are being built, or enter the line."""
        return batch.batch in self._building or batch.batch in self._entering

    def sources(self) -> set[str]:
        """The paths of drops that were taken in and still lie in the inbox, wholly or in part."""
        return {batch.source for batch in self._batches.values() if _unfinished(batch)}

    def round(self) -> float | None:
        """Go on with every batch. Seconds until that should be done again; None where nothing presses."""
        endings = self._endings()
        dues = []
        for batch in list(self._batches.values()):
            try:
                self._tell_of(batch)
                dues.append(self._advance(batch, endings))
            except Exception as error:  # noqa: BLE001  one batch that cannot go on must not stop the others
                self._went_wrong(batch, error)
        return min((due for due in dues if due is not None), default=None)

    def _tell_of(self, batch: Batch) -> None:
        """Tell people that a drop has become a batch."""
        warnings = self._untold.get(batch.batch)
        if warnings is None:
            return
        refused = f", {batch.rejected_rows} rows refused" if batch.rejected_rows else ""
        self._tell("batch_validated", batch, once=batch.batch, refused=refused, warnings=warnings)
        del self._untold[batch.batch]

    def _tell(self, event: str, batch: Batch, *, once: str, **facts: str) -> None:
        """Tell people, and who has dropped it, of a batch."""
        jobs = f"{len(batch.jobs)} job{'' if len(batch.jobs) == 1 else 's'}"
        known = {"name": batch.name, "batch": batch.batch, "jobs": jobs, **facts}
        folder = self._root.batches / batch.batch
        about = About(known, who=(batch.submitted_by,), where=folder, page=folder / "batch.html", batch=batch.batch)
        self._notices.tell(event, None, once=once, about=about)

    def collect(self, task: Finished) -> None:
        """Take what a worker has built; tasks of others are left alone."""
        if task.key in self._building:
            batch = self._building.pop(task.key)
            try:
                self._built(batch, task.value)
            except Exception as error:  # noqa: BLE001  nor must the results after this one be lost
                self._went_wrong(batch, error)

    def _has_work(self, batch: Batch) -> bool:
        """Whether something of a batch can be done now; not while it waits for a person, or to be tried again."""
        if self._again_s(batch):
            return False
        if batch.waiting and _is_held(batch):
            return self._start_due_s(self._root.batches / batch.batch) is not None
        return _unfinished(batch)

    def _again_s(self, batch: Batch) -> float:
        """Seconds until a batch that could not be built is tried again; 0 where nothing went wrong."""
        left_s = self._again_at.get(batch.batch, 0.0) - self._now().timestamp()
        return left_s if 0.0 < left_s <= _AGAIN_S else 0.0  # further ahead: the clock was set back

    def _advance(self, batch: Batch, endings: int) -> float | None:
        """Build what is waiting, bring the rest of the drop away, notice when all jobs are done."""
        if batch.batch in self._entering:
            return self._let_in(batch)
        if batch.batch in self._building or self._again_s(batch):
            return None
        folder = self._root.batches / batch.batch
        if not folder.is_dir():
            log.warning("%s: was taken away; nothing more is done for it", folder)
            self._forget(batch)
        elif batch.waiting:
            return self._build(batch, folder)
        elif batch.leftovers or batch.whole:
            self._save(batches.tidy(folder, batch))
        elif self._looked_at.get(batch.batch) != endings and self._all_known(batch):
            self._finish(batch)
            if batch.batch in self._batches:
                self._looked_at[batch.batch] = endings  # only now: an error, or a wait, must not hide the last ending
        return None

    def _all_known(self, batch: Batch) -> bool:
        """Whether no job of a batch stands in the line unseen, as one does that has only just entered it."""
        return not any(self._root.find_job(name) for name in batch.jobs if not self._status_of(name))

    def _build(self, batch: Batch, folder: Path) -> float | None:
        if _is_held(batch):
            if self._watch is not None:
                self._watch.attend(folder)
            due_s = self._start_due_s(folder)
            if due_s != 0.0:
                return due_s
            if self._watch is not None:
                self._watch.leave(folder)
            # First noted, then put away: a start is not lost between.
            batch = dataclasses.replace(batch, start="auto", begun_before=len(batch.jobs) - len(batch.waiting))
            self._save(batch)
            rename_new(folder / CONTROL, folder / f"control.{self._now():%Y%m%d_%H%M%S_%f}.yaml")
        if self._workers.free() <= 0:
            return 0.1
        batch = self._without_those_in_line(batch)
        if batch.waiting and _is_held(batch):
            return None
        shared = self._shared_files(batch)
        if shared is None:
            return None
        keeping = dataclasses.replace(batch, keep=(*batch.keep, *shared))
        plan = next_portion(keeping, self._root.intake, folder)
        self._workers.submit(batch.batch, "hotfolderd.inbox.building:build", plan, _BUILD_S)
        self._building[batch.batch] = batch
        return None

    def _shared_files(self, batch: Batch) -> list[str] | None:
        """The files of a batch that others need too, so that they stay; None while one of those is at work with them.

        A file that is not in its place was taken by a build of this batch that was cut off, which goes on with it.
        """
        mine, shared = _needed(batch), set[str]()
        for other in self._batches.values():
            both = mine.keys() & _needed(other).keys() if other.batch != batch.batch else set[str]()
            if both and self._is_at_work(other):
                return None
            shared |= both
        return [mine[path] for path in sorted(shared) if os.path.lexists(path)]

    def _start_due_s(self, folder: Path) -> float | None:
        """Seconds until a start that a person has ordered may be carried out; None where none was ordered."""
        path = folder / CONTROL
        mark = fingerprint(path)
        if mark is None or self._refused.get(path) == mark:
            return None
        due_s = max(0.0, self._settle_s - self._stillness.still_for(str(path), mark))
        if due_s:
            return due_s
        from hotfolderd.inbox.batch_settings import BatchControl  # noqa: PLC0415  pydantic: only for such a file

        try:
            parse(read_written(path).data, BatchControl, CONTROL)
        except RefusedError as error:
            problems = str(error)
        else:
            return 0.0
        self._refused[path] = mark
        text = f"{problems}\nWrite `action: start` to begin the jobs of this batch.\n"
        write_atomic(folder / "control.problems.txt", text)
        self._notices.tell("sidecar_refused", None, f"{folder.name}: control.yaml was not taken", text, once=str(mark))
        return None

    def _without_those_in_line(self, batch: Batch) -> Batch:
        """The batch without jobs that a crash let enter the line unnoted."""
        waiting = tuple(plan for plan in batch.waiting if not self._is_in_line(batch, plan))
        if len(waiting) == len(batch.waiting):
            return batch
        return self._note_begun(batch, waiting)

    def _note_begun(self, batch: Batch, waiting: tuple[JobPlan, ...]) -> Batch:
        """The batch of which these jobs are left. What is left after `max_jobs` waits until somebody orders more."""
        status: batches.BatchStatus = "validated" if waiting else "processing"
        batch = dataclasses.replace(batch, waiting=waiting, status=status)
        if waiting and not may_begin(batch):
            batch = dataclasses.replace(batch, start="manual")
        self._save(batch)
        return batch

    def _is_in_line(self, batch: Batch, plan: JobPlan) -> bool:
        found = self._root.find_job(plan.job)
        try:
            return found is not None and self._store.load(found[1]).batch == batch.batch
        except (OSError, ValueError, LookupError):
            return False

    def _built(self, batch: Batch, value: Any) -> None:
        if isinstance(value, Broken):
            self._again_later(batch, value.message)
            return
        if isinstance(value, Changed):
            self._changed(batch, value)
            return
        built = set(value)
        self._entering.begin(batch.batch, (plan for plan in batch.waiting if plan.job in built))

    def _let_in(self, batch: Batch) -> float:
        """Let built jobs enter the line. Seconds until the next ones may, or until more can be built: none."""
        entries = self._entering.go_on(batch.batch)
        self._entered()
        if not entries.coming:
            self._have_entered(batch, entries.entered, entries.taken)
        return 0.0

    def _have_entered(self, batch: Batch, entered: set[str], taken: set[str]) -> None:
        """Note which jobs stand in the line."""
        waiting = tuple(plan for plan in batch.waiting if plan.job not in entered)
        if not taken:
            remove_tree(self._root.intake / batch.batch)
        self._note_begun(batch, waiting)
        if taken:
            names = ", ".join(sorted(taken))
            self._again_later(batch, f"{names}: another folder of this name stands in the line. Move or rename it")

    def _changed(self, batch: Batch, changed: Changed) -> None:
        """Give up a batch whose files are no longer what was examined: its drop is examined anew.

        Where jobs of it have begun, the rest is built when its files are as they are now for long enough.
        """
        remove_tree(self._root.intake / batch.batch)
        why = f"{changed.name} was changed after it had been examined"
        if len(batch.waiting) < len(batch.jobs):
            self._save(dataclasses.replace(batch, seen=changed.seen))
            self._again_later(batch, why)
            return
        log.info("%s: %s; the drop is examined anew", batch.batch, why)
        at = self._now().isoformat(timespec="seconds")
        self._save(
            dataclasses.replace(batch, status="withdrawn", waiting=(), leftovers=(), whole=False, completed_at=at)
        )
        self._forget(batch)

    def _went_wrong(self, batch: Batch, error: Exception) -> None:
        if not isinstance(error, (OSError, ValueError)):
            log.error("%s: a fault of hotfolderd", batch.batch, exc_info=error)
        self._again_later(batch, str(error) or type(error).__name__)

    def _again_later(self, batch: Batch, why: str) -> None:
        self._again_at[batch.batch] = self._now().timestamp() + _AGAIN_S
        self._why[batch.batch] = why
        log.warning("%s: %s; tried again in %.0f s", batch.batch, why, _AGAIN_S)
        with contextlib.suppress(OSError):  # where not even a message can be kept, it is tried with the batch
            self._notices.tell("drop_waiting", None, f"{batch.batch} could not be taken in", why)

    def _finish(self, batch: Batch) -> None:
        """Note the end of a batch: all its jobs delivered, or none of them under way any more."""
        found = [self._status_of(name) for name in batch.jobs]
        if not set(found) <= {"completed", "failed", "cancelled", ""}:
            return
        good = found.count("completed")
        status: batches.BatchStatus = "complete" if good == len(found) else "partially_complete" if good else "failed"
        if status == batch.status:
            return
        at = self._now().isoformat(timespec="seconds")
        rest = [f"{name} ({one or 'gone'})" for name, one in zip(batch.jobs, found, strict=True) if one != "completed"]
        once = batch.batch if status == "complete" else f"{batch.batch} {status}"
        self._tell(f"batch_{status}", batch, once=once, good=f"{good}", rest=", ".join(rest[:_MOST_NAMED]))
        self._save(dataclasses.replace(batch, status=status, completed_at=at))
        if status == "complete":
            self._forget(batch)

    def _forget(self, batch: Batch) -> None:
        """A batch is at its end: so is what is known of it."""
        del self._batches[batch.batch]
        self._refused.pop(self._root.batches / batch.batch / CONTROL, None)
        for known in (self._looked_at, self._again_at, self._why, self._untold):
            known.pop(batch.batch, None)

    def _save(self, batch: Batch) -> None:
        self._why.pop(batch.batch, None)
        batches.save(self._root.batches / batch.batch, batch)
        self._batches[batch.batch] = batch
        self._saved(batch)

    def waiting(self) -> list[dict[str, str]]:
        """The batches that wait for a person, or could not be built, as `status` shows them."""
        shown = []
        for batch in (one for one in self._batches.values() if one.waiting):
            why = self._why.get(batch.batch, "")
            detail = why or f"`hotfolderd start {batch.batch}` begins {len(batch.waiting)} jobs"
            if why or _is_held(batch):
                state = "could not be taken in" if why else "waits to be started"
                shown.append({"name": f"batches/{batch.batch}", "kind": "batch", "state": state, "detail": detail})
        return shown

    def is_coming(self, batch: str) -> bool:
        """Whether jobs of a batch are yet to enter the line without anybody's word."""
        known = self._batches.get(batch)
        return known is not None and bool(known.waiting) and not _is_held(known)

    def names(self) -> frozenset[str]:
        """The names that a new job may not bear: of every folder in the line, and of jobs that will be built."""
        planned = {plan.job for batch in self._batches.values() for plan in batch.waiting}
        return frozenset(name for _, name in self._root.job_names()) | planned


def _needed(batch: Batch) -> dict[str, str]:
    """The files that the waiting jobs of a batch need: by path, as they are named in its plan."""
    return {f"{batch.home}/{piece.source}": piece.source for plan in batch.waiting for piece in plan.pieces}


def _is_held(batch: Batch) -> bool:
    """Whether a batch waits for a person to start it, or to start more of it."""
    return batch.start == "manual"


def _unfinished(batch: Batch) -> bool:
    return bool(batch.leftovers or batch.whole or batch.waiting)
