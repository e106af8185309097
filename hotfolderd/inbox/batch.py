"""The words of the inbox: the limits of a drop, the row of a table, and the report on a whole drop.

Reads and writes nothing. All are frozen values that can be pickled, because a report is made in a worker process.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hotfolderd.inbox.problem import Problem
from hotfolderd.model import Priority, Template
from hotfolderd.runtime import Inbox

Verdict = Literal["valid", "waiting", "invalid"]
Finding = tuple[str, str]  # what was found, what to do


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a drop may be. `…_mib` are mebibytes; below `…_warn_bytes` or `warn_below_rows` one is warned only."""

    csv_mib: int = 50
    rows: int = 1000
    warn_below_rows: int = 5
    columns: int = 200
    cell_characters: int = 65_536
    psd_mib: int = 500
    psd_warn_bytes: int = 1024
    project_mib: int = 50
    project_warn_bytes: int = 100
    least_px: int = 100
    most_px: int = 10_000
    least_ratio: float = 0.1
    most_ratio: float = 10.0
    comps: int = 50
    footage_mib: int = 4096
    drop_mib: int = 20_480
    files: int = 2000
    depth: int = 8
    hard_links: bool = False

    @classmethod
    def of(cls, inbox: Inbox) -> Limits:
        """What the settings say, and the defaults."""
        return cls(
            csv_mib=inbox.max_csv_mib,
            rows=inbox.max_rows,
            psd_mib=inbox.max_design_mib,
            project_mib=inbox.max_project_mib,
            least_px=inbox.min_side_px,
            most_px=inbox.max_side_px,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sender of a batch has settled, as `batch_settings.BatchSettings` describes it, or the defaults."""

    submitted_by: str | None = None
    start: Literal["auto", "manual"] = "auto"
    max_jobs: int | None = None
    on_invalid_rows: Literal["reject", "accept_valid"] = "reject"


@dataclass(frozen=True, slots=True)
class Content:
    """What was found in one file. `unfinished` are signs that its copy has not ended: a reason to wait."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    unfinished: tuple[Finding, ...] = ()
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One job as it was ordered. `number` counts as the spreadsheet does: the header is row 1; a folder drop has row 1.

    `psd_path` and `aepx_path` are as written; `psd` and `project` are the files found, relative to the drop's `home`,
    empty until they are. `texts` gives a placeholder's name its text. `footage` are the files of the drop that the
    template uses, by the same name; `footage_missing` the file names that the drop does not hold. `missing` says which
    files are not there yet: a reason to wait, not an error. An `episode` (what its `job.yaml` says besides what all
    jobs have) has `media` instead of a design and a project: files of the drop, each with its place below `assets/`.
    """

    number: int
    job_id: str
    psd_path: str = ""
    aepx_path: str = ""
    output_name: str = ""
    client_name: str | None = None
    project_name: str | None = None
    priority: Priority = "medium"
    notes: str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    psd: str = ""
    project: str = ""
    footage: tuple[str, ...] = ()
    footage_missing: tuple[str, ...] = ()
    fonts: tuple[str, ...] = ()
    episode: dict[str, Any] | None = None
    media: tuple[tuple[str, str], ...] = ()
    errors: tuple[Problem, ...] = ()
    missing: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """`invalid` with an error, `waiting` if only files are missing, else `valid`."""
        return "invalid" if self.errors else "waiting" if self.missing else "valid"

    @property
    def files(self) -> tuple[str, ...]:
        """The design, the project, the footage and the fonts, relative to the drop's home, each once."""
        named = (self.psd, self.project, *self.footage, *self.fonts, *(source for source, _ in self.media))
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a drop orders and what is wrong with it.

    `name` is what people call the drop (the CSV's stem or the folder's name), `source` the CSV or the folder, `home`
    the folder that all paths are relative to. `errors` and `warnings` are those of the drop as a whole; so are
    `awaited`, what its manifest lists and is not there, and `cut_off`: its table looks as if it were still being
    written, so that its faults are what is to come. `sha256` is that of the CSV, empty for a folder.
    """

    name: str
    source: Path
    home: Path
    rows: tuple[Row, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    awaited: tuple[Problem, ...] = ()
    cut_off: bool = False
    settings: Terms = Terms()
    sha256: str = ""

    @property
    def verdict(self) -> Verdict:
        """`invalid` if anything is wrong, `waiting` if files are still missing and nothing else, else `valid`.

        Where the drop as a whole is not all there yet, it is `waiting`: what seems wrong may be what is to come.
        """
        if self.awaited or self.cut_off:
            return "waiting"
        verdicts = {row.verdict for row in self.rows}
        if self.errors or "invalid" in verdicts or not self.rows:
            return "invalid"
        return "waiting" if "waiting" in verdicts else "valid"

    @property
    def valid(self) -> bool:
        """True if every row can become a job now."""
        return self.verdict == "valid"

    @property
    def valid_rows(self) -> tuple[Row, ...]:
        """The rows that can become jobs; none where the table as a whole cannot be trusted."""
        return (
            ()
            if self.errors or self.awaited or self.cut_off
            else tuple(row for row in self.rows if row.verdict == "valid")
        )

    @property
    def missing(self) -> tuple[Problem, ...]:
        """What is still to come: files that are named and not there yet, and the rest of those that end too early."""
        return (*self.awaited, *self._rest_of_table, *(problem for row in self.rows for problem in row.missing))

    @property
    def ending_early(self) -> tuple[Problem, ...]:
        """Of what is still to come, the rest of files that are there: they are still being written, or broken."""
        return (*self._rest_of_table, *(problem for row in self.rows for problem in unfinished(row)))

    @property
    def _rest_of_table(self) -> tuple[Problem, ...]:
        of_rows = (problem for row in self.rows for problem in row.errors)
        return (*self.errors, *of_rows) if self.cut_off else ()

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that the rows use, relative to `home`, sorted, each once."""
        return tuple(sorted({name for row in self.rows for name in row.files}))

    @property
    def all_warnings(self) -> tuple[Problem, ...]:
        """Those of the drop and those of its rows."""
        return (*self.warnings, *(problem for row in self.rows for problem in row.warnings))


def stop_waiting(report: BatchReport, *, for_absent: bool = True) -> BatchReport:
    """The same report with missing files counted as errors; for a drop that has been waited for long enough.

    With `for_absent` false only files that are there but end too early are counted, and absent ones still waited for.
    """
    awaited = report.awaited if for_absent else ()
    return dataclasses.replace(
        report,
        rows=tuple(_stop_waiting(row, for_absent=for_absent) for row in report.rows),
        errors=(*report.errors, *awaited),
        awaited=() if for_absent else report.awaited,
        cut_off=False,
    )


def unfinished(row: Row) -> tuple[Problem, ...]:
    """The problems with files that are there, and end too early: still being copied, or broken."""
    there = {"psd_path": row.psd, "aepx_path": row.project}
    return tuple(problem for problem in row.missing if there.get(problem.column or ""))


def _stop_waiting(row: Row, *, for_absent: bool) -> Row:
    over = row.missing if for_absent else unfinished(row)
    rest = tuple(problem for problem in row.missing if problem not in over)
    return dataclasses.replace(row, errors=(*row.errors, *over), missing=rest)
