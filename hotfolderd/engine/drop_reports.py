"""What people are told of drops: `<name>.report.txt` beside each, messages, and the list that `status` shows.

Writes these files and queues messages; reads nothing but its own reports, and never touches a drop.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from hotfolderd.disk import remove_file, write_atomic
from hotfolderd.inbox import report
from hotfolderd.inbox.batch import BatchReport
from hotfolderd.inbox.drops import Drop
from hotfolderd.inbox.problem import Problem
from hotfolderd.notify import About, Notices
from hotfolderd.root import Root


class DropReports:
    """Tells of the drops of one root. `shown` is the list that `status` reads, as JSON."""

    def __init__(self, root: Root, notices: Notices) -> None:
        self._root = root
        self._notices = notices
        self.shown = ""

    def refused(self, drop: Drop, found: BatchReport, problems: Iterable[Problem]) -> None:
        """Say what is wrong with a drop: once for each report, so that who drops the same again is told again."""
        text = report.as_text(found)
        written = self._write(drop, text)
        count = len(tuple(problems))
        title = f"0-inbox/{drop.path.name} was refused: {count} problem{'' if count == 1 else 's'}"
        by = found.settings.submitted_by
        about = About(who=(by,) if by else ())
        self._notices.tell("batch_rejected", None, title, text, once=f"{title} {written}", about=about)

    def waiting(self, drop: Drop, found: BatchReport) -> None:
        """Say beside a drop which files it waits for.

        A file that merely ends early is on its way, most likely, and nothing is said of it yet.
        """
        ending_early = set(found.ending_early)
        if set(found.missing) - ending_early or self.file_of(drop).exists():
            self._write(drop, report.as_text(found))

    def waits_long(self, drop: Drop, still_s: float, lines: Iterable[str]) -> None:
        """Tell people that nothing about a drop has changed for long, and what it waits for."""
        title = f"0-inbox/{drop.path.name} has waited for {still_s / 60:.0f} minutes"
        self._notices.tell("drop_waiting", None, title, "\n".join(lines))

    def broken(self, drop: Drop, why: str) -> None:
        """Say that a drop could not be examined; people are told once for each reason."""
        self._notices.tell("drop_rejected", None, f"0-inbox/{drop.path.name} cannot be examined", why)
        self._write(drop, f"{drop.path.name}: {why}\n")

    def forget(self, drop: Drop) -> None:
        """Take away the report on a drop."""
        remove_file(self.file_of(drop))

    def file_of(self, drop: Drop) -> Path:
        """Where the report on a drop lies."""
        place = drop.path.relative_to(self._root.inbox)
        stem = ".".join((*place.parts[:-1], place.stem if drop.kind == "csv" else place.name))
        name = stem.encode("utf-8", "replace")[:200].decode("utf-8", "ignore")
        return self._root.inbox / f"{name}.report.txt"

    def show(self, drops: Iterable[tuple[Drop, str, str]], batches: list[dict[str, str]]) -> None:
        """Write what waits in the inbox where `status` reads it: each drop with its state and the detail of it."""
        inbox = len(str(self._root.inbox)) + 1
        shown = [
            {
                "name": f"0-inbox/{str(drop.path)[inbox:]}",
                "kind": drop.kind,
                "state": state,
                "detail": detail,
            }
            for drop, state, detail in drops
        ]
        text = json.dumps([*shown, *batches])
        if text != self.shown:
            write_atomic(self._root.private / "drops.json", text, durable=False)
            self.shown = text

    def _write(self, drop: Drop, text: str) -> int:
        """Write the report on a drop, if it is not there as it is; when it was written, in ns."""
        path, data = self.file_of(drop), text.encode("utf-8", "backslashreplace")
        if not path.is_file() or path.read_bytes() != data:
            write_atomic(path, data)
        return path.stat().st_mtime_ns
