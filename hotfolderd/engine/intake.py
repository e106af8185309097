"""The inbox at work: drops that are complete become batches, batches become job folders in `1-processing`.

Lists the inbox, waits until nothing about a drop changes and nobody writes it, has it examined by a worker and takes
it in. A drop that cannot be taken stays where it is, and is looked at again when anything about it changes; one whose
examination broke is examined again after a growing delay. What people are told stands in `drop_reports`.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotfolderd.disk import write_atomic
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.drop_reports import DropReports
from hotfolderd.engine.examiners import Examiners
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.inbox import batches, report
from hotfolderd.inbox.batch import BatchReport, Limits, stop_waiting
from hotfolderd.inbox.drops import Drop, Examination, list_drops
from hotfolderd.inbox.stillness import Fingerprint, fingerprint, has_writer, hindrance, is_marked
from hotfolderd.notify import Notices
from hotfolderd.root import Root
from hotfolderd.work import Broken

log = logging.getLogger(__name__)
# The wait after a broken examination; it doubles.
_AGAIN_S, _AGAIN_MOST_S = 30.0, 3600.0
# An inbox that takes longer to look through than this is looked through for a fifth of the time at most.
_QUICK_S, _LOOKING_SHARE = 0.25, 5
# A list of drops that takes longer to write than this is written for a twentieth of the time at most.
_QUICKLY_SHOWN_S, _SHOWING_SHARE = 0.01, 20

Mark = tuple[Fingerprint, Fingerprint]


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """When a drop is read, when it is called broken, when people are told that it still waits, how large it may be.

    All times are of stillness: nothing about the drop has changed for so long. `network` says that the inbox lies on a
    network file system, where a look at a file may need it opened.
    """

    settle_s: float
    incomplete_s: float
    patience_s: float
    limits: Limits
    network: bool = False


@dataclass(slots=True)
class Look:
    """What is known of one drop. `mark` is how it looks (its files, its half-written ones), `examined` how it did then.

    `broken` counts the examinations that broke, and `again_at` is when the next may begin (wall clock, seconds).
    """

    drop: Drop
    mark: Mark
    state: str
    detail: str = ""
    examined: Mark | None = None
    batch: str = ""
    report: BatchReport | None = None
    told: bool = False
    broken: int = 0
    again_at: float = 0.0


class Intake:
    """Takes in what people drop."""

    def __init__(
        self,
        root: Root,
        workers: Workers,
        notices: Notices,
        batches_at_work: Batches,
        policy: IntakePolicy,
        *,
        stillness: Stillness,
        now: Callable[[], datetime],
    ) -> None:
        self._root = root
        self._workers = workers
        self._examiners = Examiners(workers)
        self._reports = DropReports(root, notices)
        self._policy = policy
        self._stillness = stillness
        self._now = now
        self._looks: dict[str, Look] = {}
        self._batches = batches_at_work
        self._examining: dict[str, Look] = {}
        self._complete: list[str] = []
        self._next_look_at = 0.0
        self._next_show_at = 0.0
        self._due_at: float | None = None

    @property
    def shown(self) -> str:
        """What waits in the inbox, as it was last written for `status`: JSON."""
        return self._reports.shown

    def busy(self) -> int:
        """How many drops and batches are in the hands of workers, or will be in the next round."""
        return len(self._examining) + len(self._complete) + self._batches.busy()

    def wants_worker(self) -> bool:
        """Whether a drop or a batch waits for a worker."""
        return bool(self._complete) or self._examiners.wants_worker() or self._batches.wants_worker()

    def round(self) -> float | None:
        """Look at the inbox once. Seconds until a drop will have been still long enough; None if all are settled."""
        batches_due = self._batches.round()
        began = time.monotonic()
        if began >= self._next_look_at:
            due = self._look_through()
            took = time.monotonic() - began
            self._next_look_at = began + took * _LOOKING_SHARE if took > _QUICK_S else 0.0
            self._due_at = None if due is None else began + due
        self._begin()
        show_due = self._show()
        inbox_due = None if self._due_at is None else max(0.0, max(self._due_at, self._next_look_at) - time.monotonic())
        return min((due for due in (batches_due, inbox_due, show_due) if due is not None), default=None)

    def collect(self, finished: list[Finished]) -> None:
        """Take what the workers have examined and built."""
        for task in finished:
            if not self._examiners.has(task):
                self._batches.collect(task)
                continue
            ended = self._examiners.collect(task)
            if ended is not None:
                look = self._examining.pop(ended[0])
                try:
                    self._examined(look, ended[1])
                except Exception as error:  # noqa: BLE001  the results after this one must not be lost
                    self._went_wrong(look, error)

    def _show(self) -> float | None:
        """Write what waits where `status` reads it. Seconds until that may be done, where it is put off."""
        began = time.monotonic()
        if began < self._next_show_at:
            return self._next_show_at - began
        drops = ((look.drop, look.state, look.detail) for look in self._looks.values())
        self._reports.show(drops, self._batches.waiting())
        took = time.monotonic() - began
        self._next_show_at = began + took * _SHOWING_SHARE if took > _QUICKLY_SHOWN_S else 0.0
        return None

    # looking -------------------------------------------------------------------------------------------------------

    def _look_through(self) -> float | None:
        """Look at every drop. Seconds until one of them is due by time alone."""
        taken = self._batches.sources()
        drops = {str(drop.path): drop for drop in list_drops(self._root.inbox, self._policy.limits)}
        drops = {key: drop for key, drop in drops.items() if key not in taken}
        for key in self._looks.keys() - drops.keys():
            self._gone(key)
        self._complete = []
        dues = []
        for key, drop in drops.items():
            look = self._looks.setdefault(key, Look(drop, ((), ()), "new"))
            try:
                dues.append(self._look(key, look, drop))
            except Exception as error:  # noqa: BLE001  one drop that cannot be read must not stop others
                self._went_wrong(look, error)
        return min((due for due in dues if due is not None), default=None)

    def _gone(self, key: str) -> None:
        self._stillness.forget(key)
        try:
            self._reports.forget(self._looks.pop(key).drop)
        except OSError as error:
            log.warning("%s: its report cannot be removed: %s", key, error)

    def _look(self, key: str, look: Look, drop: Drop) -> float | None:
        """Look at one drop: note what is known of it, and put it to the complete ones when it is."""
        mark = self._mark(drop)
        if look.mark != mark:
            look.broken, look.again_at, look.told = 0, 0.0, False
        look.drop, look.mark = drop, mark
        if drop.kind == "stray":
            look.state, look.detail = "left alone", drop.why
            return None
        if key in self._examining:
            return None
        still_s = self._stillness.still_for(key, mark)
        if look.examined == mark:
            return self._wait_on(look, still_s)
        if 0 < look.again_at - self._now().timestamp() <= _AGAIN_MOST_S:  # further ahead: the clock was set back
            return None
        return self._settle(key, look, still_s)

    def _settle(self, key: str, look: Look, still_s: float) -> float | None:
        """Wait until a drop is complete. Seconds until that may be; None where time alone does not change it."""
        if still_s < self._policy.settle_s and not is_marked(look.mark[0], {path.name for path in look.drop.marks}):
            look.state, look.detail = "settling", ""
            return self._policy.settle_s - still_s
        why_not = hindrance(look.drop.files, look.drop.unfinished)
        if why_not:
            look.state, look.detail = "settling", why_not
            self._tell_if_long(look, still_s, [why_not])
            return self._policy.settle_s if still_s < self._policy.settle_s + self._policy.incomplete_s else None
        look.state, look.detail = "waiting for a worker", ""
        self._complete.append(key)
        return None

    def _mark(self, drop: Drop) -> Mark:
        if drop.kind == "stray":
            return (), ()
        network = self._policy.network
        files = fingerprint((*drop.files, *drop.marks), drop.home, over_network=network)
        return files, fingerprint(drop.unfinished, drop.home, over_network=network)

    def _wait_on(self, look: Look, still_s: float) -> float | None:
        """A drop that was examined and not taken.

        A file that ends too early is broken, not on its way, when it has been so for a while and nobody writes it.
        """
        if look.report is None or not look.report.missing:
            return None
        if look.report.ending_early:
            over_s = self._policy.settle_s + self._policy.incomplete_s - still_s
            if over_s > 0:
                return over_s
            if not hindrance(look.drop.files, look.drop.unfinished):
                self._judge(look, stop_waiting(look.report, for_absent=False))
        self._tell_if_long(look, still_s, [str(problem) for problem in look.report.missing])
        return None

    def _tell_if_long(self, look: Look, still_s: float, lines: list[str]) -> None:
        if lines and not look.told and still_s >= self._policy.patience_s:
            self._reports.waits_long(look.drop, still_s, lines)
            look.told = True

    # examining -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Have complete drops examined as long as there are free workers."""
        for key, error in self._examiners.go_on():
            self._went_wrong(self._examining.pop(key), error)
        if not self._complete or self._workers.free() <= 0:
            return
        names = self._batches.names()
        given = {other.batch for other in self._looks.values()}
        while self._complete and self._workers.free() > 0:
            key = self._complete.pop(0)
            look = self._looks[key]
            batch = batches.new_id(self._root.batches, self._now(), given)
            order = Examination(look.drop, batch, names, self._policy.limits)
            try:
                self._examiners.begin(key, order)
            except OSError as error:
                self._went_wrong(look, error)
                return
            given.add(batch)
            look.state, look.detail, look.examined, look.batch = "being examined", "", look.mark, batch
            self._examining[key] = look

    def _examined(self, look: Look, value: Any) -> None:
        if isinstance(value, Broken):
            self._later(look, value.message)
            self._reports.broken(look.drop, value.message)
        elif self._mark(look.drop) != look.examined or any(has_writer(path) for path in look.drop.files):
            look.examined = None
        else:
            look.broken = 0
            self._judge(look, value)

    def _went_wrong(self, look: Look, error: Exception) -> None:
        if not isinstance(error, (OSError, ValueError)):
            log.error("%s: a fault of hotfolderd", look.drop.path.name, exc_info=error)
        self._later(look, f"{error or type(error).__name__}.")

    def _later(self, look: Look, why: str) -> None:
        """Examine a drop again after a while, because the last time came to no end."""
        wait_s = min(_AGAIN_S * 2**look.broken, _AGAIN_MOST_S)
        look.broken += 1
        look.again_at = self._now().timestamp() + wait_s
        look.state, look.detail, look.examined, look.report = "cannot be examined", why, None, None
        log.warning("%s: %s It is examined again in %.0f s", look.drop.path.name, why, wait_s)

    def _judge(self, look: Look, found: BatchReport) -> None:
        """Take a drop in, or say why not and leave it where it is."""
        look.report = found
        tolerant = found.settings.on_invalid_rows == "accept_valid" and not found.errors
        waiting = found.verdict == "waiting" or (tolerant and any(row.verdict == "waiting" for row in found.rows))
        if not waiting and (found.valid or (tolerant and found.valid_rows)):
            self._take_in(look, found)
            return
        look.state = "waiting for files" if waiting else "refused"
        problems = found.missing if waiting else (*found.errors, *(p for row in found.rows for p in row.errors))
        look.detail = "; ".join(str(problem) for problem in problems[:3])
        if waiting:
            self._reports.waiting(look.drop, found)
        else:
            self._reports.refused(look.drop, found, problems)

    # taking in -----------------------------------------------------------------------------------------------------

    def _take_in(self, look: Look, found: BatchReport) -> None:
        """Make the batch: from here on its jobs will be built whatever happens."""
        if {row.job_id for row in found.valid_rows} & self._batches.names():
            look.examined = None  # another drop has taken a name meanwhile: examined again, it is told
            return
        drop = look.drop
        users = Counter(path for other in self._looks.values() for path in other.drop.files)
        batch = batches.of_drop(drop, found, look.mark[0], look.batch, users, self._now())
        texts = {"report.txt": report.as_text(found), "report.yaml": report.as_yaml(found)}
        if batch.rejected_rows:
            bad = report.rejected_csv(found, drop.path.read_bytes())
            write_atomic(drop.home / f"{found.name}.rejected.csv", bad)
        batches.create(self._root.batches, batch, texts)
        self._batches.add(batch, "\n".join(str(one) for one in found.all_warnings))
        del self._looks[str(drop.path)]
        self._stillness.forget(str(drop.path))
        log.info("%s: batch %s with %d jobs", drop.path.name, batch.batch, len(batch.jobs))
        self._reports.forget(drop)
