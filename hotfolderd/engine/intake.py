"""The inbox at work: drops that are complete become batches, batches become job folders in `1-processing`.

Looks at the drops every round; has them examined and built by workers; tells people in `<name>.report.txt` beside a
drop what it waits for or what is wrong. A drop that cannot be taken stays where it is, and is looked at again when
anything about it changes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hotfolderd.disk import remove_file, write_atomic
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.inbox import batches, report
from hotfolderd.inbox.batch import BatchReport, Limits, stop_waiting, unfinished
from hotfolderd.inbox.batch_settings import settings_files
from hotfolderd.inbox.batches import Batch
from hotfolderd.inbox.drops import Drop, fingerprint, has_writer, list_drops
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.notify import Notices
from hotfolderd.root import Root
from hotfolderd.work import Broken

log = logging.getLogger(__name__)
_EXAMINE_S = 1800.0


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """When a drop is read, when it is called broken, when people are told that it still waits, how large it may be.

    All times are of stillness: nothing about the drop has changed for so long.
    """

    settle_s: float
    incomplete_s: float
    patience_s: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class Examination:
    """A drop to be examined by a worker."""

    drop: Drop
    batch: str
    existing: frozenset[str]
    limits: Limits


@dataclass(slots=True)
class Look:
    """What is known of one drop. `state` is told by `status`."""

    drop: Drop
    mark: Hashable
    state: str
    detail: str = ""
    examined: Hashable = None
    batch: str = ""
    report: BatchReport | None = None
    told: bool = False


def examine_drop(order: Examination) -> BatchReport:
    """Examine a drop; in a worker, because the files of strangers are parsed."""
    if order.drop.kind == "folder":
        return examine_folder(order.drop.path, order.existing, order.limits, batch=order.batch)
    return examine(order.drop.path, order.existing, order.limits, batch=order.batch)


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
        self._notices = notices
        self._policy = policy
        self._stillness = stillness
        self._now = now
        self._looks: dict[str, Look] = {}
        self._batches = batches_at_work
        self._examining: dict[str, Look] = {}
        self._shown = ""

    def busy(self) -> int:
        """How many drops and batches are in the hands of workers, or will be in the next round."""
        return len(self._examining) + self._batches.busy()

    def round(self) -> float | None:
        """Look at the inbox once. Seconds until a drop will have been still long enough; None if all are settled."""
        dues = [self._batches.round()]
        taken = self._batches.sources()
        drops = {str(drop.path): drop for drop in list_drops(self._root.inbox, self._policy.limits)}
        drops = {key: drop for key, drop in drops.items() if key not in taken}
        for key in set(self._looks) - set(drops):
            remove_file(self._report_file(self._looks.pop(key)))
            self._stillness.forget(key)
        for key, drop in drops.items():
            try:
                dues.append(self._look(key, drop))
            except (OSError, ValueError) as error:  # one drop that cannot be read must not stop the others
                log.warning("%s: %s; it is looked at again", key, error)
        self._show()
        soon = [due for due in dues if due is not None]
        return min(soon) if soon else None

    def collect(self, finished: list[Finished]) -> None:
        """Take what the workers have examined and built."""
        for task in finished:
            if task.key in self._examining:
                look = self._examining.pop(task.key)
                try:
                    self._examined(task.key, look, task.value)
                except (OSError, ValueError) as error:
                    log.warning("%s: %s; it is examined again", task.key, error)
                    look.examined = None
            else:
                self._batches.collect(task)

    # drops ---------------------------------------------------------------------------------------------------------

    def _look(self, key: str, drop: Drop) -> float | None:
        mark = (drop.unfinished, fingerprint(drop.files, self._root.inbox))
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = Look(drop, mark, "new")
        look.drop, look.mark = drop, mark
        if drop.kind in ("stray", "episode"):
            why = drop.why or "Episodes are not made by this version; it stays as it is."
            look.state, look.detail = "left alone", why
            return None
        if key in self._examining:
            return None
        if look.examined == mark:
            return self._wait_on(key, look)
        still_for = self._stillness.still_for(key, mark)
        if drop.unfinished or any(has_writer(path) for path in drop.files):
            look.state, look.detail = "settling", "somebody is still writing"
            return self._policy.settle_s
        if still_for < self._policy.settle_s and not drop.ready:
            look.state, look.detail = "settling", ""
            return self._policy.settle_s - still_for
        if self._workers.free() > 0:
            look.state, look.detail, look.examined = "being examined", "", mark
            given = {other.batch for other in self._looks.values()}
            look.batch = batches.new_id(self._root.batches, self._now(), given)
            order = Examination(drop, look.batch, self._batches.names(), self._policy.limits)
            self._examining[key] = look
            self._workers.submit(key, "hotfolderd.engine.intake:examine_drop", order, _EXAMINE_S)
        return 0.1

    def _wait_on(self, key: str, look: Look) -> float | None:
        """A drop that was examined and not taken.

        A file that ends too early is broken, not on its way, when it has been so for a while and nobody writes it.
        People are told once that something has waited for long.
        """
        if look.report is None or not look.report.missing:
            return None
        still_for = self._stillness.still_for(key, look.mark)
        if any(unfinished(row) for row in look.report.rows):
            over_s = self._policy.settle_s + self._policy.incomplete_s - still_for
            if over_s > 0:
                return over_s
            self._judge(key, look, stop_waiting(look.report, for_absent=False))
        elif not look.told and still_for >= self._policy.patience_s:
            look.told = True
            lines = [str(problem) for problem in look.report.missing]
            title = f"0-inbox/{look.drop.path.name} has waited for its files for {still_for / 60:.0f} minutes"
            self._notices.tell("drop_waiting", None, title, "\n".join(lines))
        return None

    def _examined(self, key: str, look: Look, value: Any) -> None:
        if isinstance(value, Broken):
            look.state, look.detail = "cannot be examined", value.message
            self._write_report(look, f"{look.drop.path.name}: {value.message}\n")
            title = f"0-inbox/{look.drop.path.name} cannot be examined"
            self._notices.tell("drop_rejected", None, title, value.message)
        elif (look.drop.unfinished, fingerprint(look.drop.files, self._root.inbox)) != look.mark:
            look.examined = None
        else:
            self._judge(key, look, value)

    def _judge(self, key: str, look: Look, found: BatchReport) -> None:
        """Take a drop in, or say why not and leave it where it is."""
        look.report = found
        verdicts = {row.verdict for row in found.rows}
        tolerant = found.settings.on_invalid_rows == "accept_valid" and not found.errors
        waiting = "waiting" in verdicts and (tolerant or found.verdict == "waiting")
        if not waiting and (found.valid or (tolerant and found.valid_rows)):
            self._take_in(key, look, found)
            return
        look.state = "waiting for files" if waiting else "refused"
        problems = found.missing if waiting else (*found.errors, *(p for row in found.rows for p in row.errors))
        look.detail = "; ".join(str(problem) for problem in problems[:3])
        self._write_report(look, report.as_text(found))
        if not waiting:
            count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
            title = f"0-inbox/{look.drop.path.name} was refused: {count}"
            self._notices.tell("batch_rejected", None, title, report.as_text(found))

    def _take_in(self, key: str, look: Look, found: BatchReport) -> None:
        """Make the batch: from here on its jobs will be built whatever happens."""
        if {row.job_id for row in found.valid_rows} & self._batches.names():
            look.examined = None  # another drop has taken a name meanwhile: examined again, it is told
            return
        now = self._now()
        name, drop = look.batch, look.drop
        by = found.settings.submitted_by or _owner(drop.path)
        jobs = batches.plan_jobs(found.valid_rows, name, by, now)
        rejected = len(found.rows) - len(jobs)
        alone = (
            not drop.shared
            and not rejected
            and sum(other.drop.home == drop.home for other in self._looks.values()) == 1
        )
        batch = Batch(
            batch=name,
            name=found.name,
            status="validated",
            submitted_by=by,
            taken_at=now.isoformat(timespec="seconds"),
            source=str(drop.path),
            home=str(found.home),
            start=found.settings.start,
            max_jobs=found.settings.max_jobs,
            jobs=tuple(plan.job for plan in jobs),
            waiting=jobs,
            rejected_rows=rejected,
            keep=self._needed_by_others(look, found),
            leftovers=() if drop.kind == "folder" else _leftovers(drop),
            whole=alone,
        )
        texts = {"report.txt": report.as_text(found), "report.yaml": report.as_yaml(found)}
        if rejected:
            bad = report.rejected_csv(found, drop.path.read_bytes())
            write_atomic(drop.home / f"{found.name}.rejected.csv", bad)
        batches.create(self._root.batches, batch, texts)
        remove_file(self._report_file(look))
        self._batches.add(batch)
        del self._looks[key]
        log.info("%s: batch %s with %d jobs", drop.path.name, name, len(jobs))
        refused = f", {rejected} rows refused" if rejected else ""
        title = f"{found.name}: batch {name} taken in, {len(jobs)} jobs{refused}"
        self._notices.tell("batch_validated", None, title, "\n".join(str(one) for one in found.all_warnings))

    def _needed_by_others(self, look: Look, found: BatchReport) -> tuple[str, ...]:
        """Files of a drop that refused rows, or other drops, will need: they are copied and stay in the inbox."""
        refused = {name for row in found.rows if row not in found.valid_rows for name in row.files}
        others = {path for other in self._looks.values() if other is not look for path in other.drop.files}
        return tuple(refused | {name for name in found.files if found.home / name in others})

    # what people see -----------------------------------------------------------------------------------------------

    def _report_file(self, look: Look) -> Path:
        place = look.drop.path.relative_to(self._root.inbox)
        stem = ".".join((*place.parts[:-1], place.stem if look.drop.kind == "csv" else place.name))
        name = stem.encode("utf-8", "replace")[:200].decode("utf-8", "ignore")
        return self._root.inbox / f"{name}.report.txt"

    def _write_report(self, look: Look, text: str) -> None:
        path = self._report_file(look)
        if not path.is_file() or path.read_bytes() != text.encode():
            write_atomic(path, text)

    def _show(self) -> None:
        """Write what waits in the inbox where `status` reads it."""
        drops = [
            {
                "name": f"0-inbox/{look.drop.path.relative_to(self._root.inbox)}",
                "kind": look.drop.kind,
                "state": look.state,
                "detail": look.detail,
            }
            for look in self._looks.values()
        ]
        drops += self._batches.waiting()
        text = json.dumps(drops)
        if text != self._shown:
            write_atomic(self._root.private / "drops.json", text, durable=False)
            self._shown = text


def _leftovers(drop: Drop) -> tuple[str, ...]:
    home = drop.home
    names = [drop.path.name, *(name for name in settings_files(drop.path.name) if (home / name).exists())]
    return tuple(names)


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return "anonymous"
