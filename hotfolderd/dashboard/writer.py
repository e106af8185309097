"""Writes the dashboard and the pages of batches: when something changed, seldom enough, and never at anybody's expense.

Writes `dashboard.html` in the root and `batches/<id>/batch.html`; reads the reports of batches, for their refused rows.
What goes wrong here is logged once and stops nothing.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hotfolderd.dashboard import page
from hotfolderd.dashboard.batch_page import batch_page
from hotfolderd.dashboard.seen import BatchSeen, JobSeen, Seen
from hotfolderd.disk import write_atomic
from hotfolderd.errors import JobError
from hotfolderd.foreign import below, open_file
from hotfolderd.records import stamp
from hotfolderd.root import Root

log = logging.getLogger(__name__)
DASHBOARD = "dashboard.html"
BATCH_PAGE = "batch.html"
# At most once a second, and for a twentieth of the time at most, however many jobs there are.
_LEAST_PAUSE_S, _SHARE = 1.0, 20
_AGAIN_S = 10.0
# So long are pages of batches written at a time; the others follow.
_BATCHES_S = 0.1
_MOST_REPORT_BYTES = 4 << 20
_MOST_REFUSED = 1000

_RUNNING = (
    '<span class="on">hotfolderd is running</span>, {busy} of {workers} workers busy. This page follows what changes.'
)
_STOPPED = '<span class="off">hotfolderd is not running.</span> Start it with <code>hotfolderd run</code>.'
_NEVER_RUN = '<span class="off">hotfolderd has not run here yet.</span> Start it with <code>hotfolderd run</code>.'


class Dashboard:
    """The pages of one root. `clock` is monotonic, in seconds; `now` the wall clock, with its zone."""

    def __init__(
        self,
        root: Root,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._root = root
        self._clock = clock
        self._now = now
        self._changed = True
        self._noticed: tuple[object, ...] = ()
        self._not_before = 0.0
        self._shown = 0
        self._batches: dict[str, BatchSeen] = {}
        self._marks: dict[str, int] = {}
        self._failed = False

    def changed(self) -> None:
        """Something about a job has changed."""
        self._changed = True

    def batch_changed(self, batch: BatchSeen) -> None:
        """This is how a batch is now."""
        self._changed = True
        self._batches[batch.batch] = batch

    def notice(self, *facts: object) -> None:
        """Compare these facts with those of the last time: others are a change."""
        if facts != self._noticed:
            self._noticed = facts
            self._changed = True

    def due_s(self) -> float | None:
        """Seconds until the pages should be written; None where nothing has changed."""
        return max(0.0, self._not_before - self._clock()) if self._changed else None

    def write(self, look: Callable[[], Seen], *, running: bool = True) -> None:
        """Bring the pages up to date. `running` False: this is how the daemon leaves the root."""
        began = self._clock()
        least_s = _LEAST_PAUSE_S
        try:
            self._changed = not self._write(look(), running=running)
            self._failed = False
        except Exception as error:  # noqa: BLE001  a page to look at must not cost anybody anything
            self._complain(error)
            self._changed, least_s = True, _AGAIN_S
        finally:
            now = self._clock()
            self._not_before = now + max(least_s, _SHARE * (now - began))

    def _complain(self, error: Exception) -> None:
        if not self._failed:
            log.warning("%s; the dashboard is written later", error, exc_info=not isinstance(error, OSError))
        self._failed = True

    def _write(self, seen: Seen, *, running: bool) -> bool:
        """Write what differs; whether all is written."""
        with os.scandir(self._root.batches) as entries:
            there = {one.name for one in entries if one.name[0] != "." and one.is_dir(follow_symlinks=False)}
        self._batches = {name: batch for name, batch in self._batches.items() if name in there}
        batches = [batch for batch in self._batches.values() if batch.status != "withdrawn"]
        seen = dataclasses.replace(seen, batches=batches)
        all_written = self._write_batches(seen, hurried=running)
        body = page.body(seen, self._root.path)
        mark = hash((body, running, seen.busy, seen.remark))
        if mark != self._shown:
            state = _RUNNING.format(busy=seen.busy, workers=seen.workers) if running else _STOPPED
            _write_page(self._root, body, state, self._stamp(), seen)
            self._shown = mark
        return all_written

    def _write_batches(self, seen: Seen, *, hurried: bool) -> bool:
        """Write the pages of the batches that have changed; whether none is left for the next time."""
        until = self._clock() + _BATCHES_S
        jobs: dict[str, list[JobSeen]] = defaultdict(list)
        for one in seen.jobs:
            jobs[one.job.batch].append(one)
        for batch in seen.batches:
            mark = hash((batch, *((one.folder, one.job.job, one.job.updated_at) for one in jobs[batch.batch])))
            if self._marks.get(batch.batch) == mark:
                continue
            folder = self._root.batches / batch.batch
            if batch.batch in self._marks or not _is_current(folder, jobs[batch.batch]):
                if hurried and self._clock() > until:
                    return False
                text = batch_page(batch, jobs[batch.batch], _refused_rows(folder, batch), self._stamp())
                write_atomic(folder / BATCH_PAGE, text, durable=False)
            self._marks[batch.batch] = mark
        return True

    def _stamp(self) -> str:
        return stamp(self._now())


def write_first(root: Root) -> None:
    """A dashboard for a root on which no daemon has run; nothing happens where there is one. Raises OSError."""
    if not (root.path / DASHBOARD).exists():
        _write_page(root, page.body(Seen(), root.path), _NEVER_RUN, stamp(datetime.now(UTC)), Seen())


def _write_page(root: Root, body: str, state: str, at: str, seen: Seen) -> None:
    write_atomic(root.path / DASHBOARD, page.whole(body, root.path, state, at, seen), durable=False)


def _is_current(folder: Path, jobs: Sequence[JobSeen]) -> bool:
    """Whether the page that an earlier daemon has left shows a batch as it is: nothing was written since."""
    try:
        written = (folder / BATCH_PAGE).stat().st_mtime
        changed = (folder / "plan.json").stat().st_mtime
        newest = max((one.job.updated_at for one in jobs), default="")
        return written > changed and (not newest or written > datetime.fromisoformat(newest).timestamp())
    except (OSError, ValueError):
        return False


def _refused_rows(folder: Path, batch: BatchSeen) -> list[str]:
    """What the report says of each refused row."""
    if not batch.rejected_rows:
        return []
    try:
        with below(folder), open_file(folder / "report.txt") as stream:
            lines = stream.read(_MOST_REPORT_BYTES).decode("utf-8", "replace").splitlines()
    except (OSError, JobError):
        return []
    rows: list[str] = []
    refused = False
    for line in lines:
        if line.startswith(("✅ Row ", "❌ Row ", "⏳ Row ")):
            refused = not line.startswith("✅")
            rows += [line[2:]] if refused else []
        elif refused and line.startswith("   "):
            rows[-1] += f"\n{line.strip()}"
        else:
            refused = False
    return rows[:_MOST_REFUSED]
