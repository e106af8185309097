"""A CSV as orders: its columns, and each row with every mistake that can be seen without opening the files it names.

Reads the CSV's bytes; writes nothing. Which files exist and what they hold is `examine`'s part.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.batch import Limits, Row
from hotfolderd.inbox.columns import (
    ERROR_COLUMN,
    FORMULA_STARTS,
    KNOWN,
    PROJECT_SUFFIXES,
    PSD_SUFFIXES,
    TEXT_PREFIX,
    read_header,
)
from hotfolderd.inbox.csv_records import Record
from hotfolderd.inbox.csv_text import Sheet, UnreadableTableError, cell_fault, read_sheet, too_many_rows
from hotfolderd.inbox.names import check_job_id, check_output_name
from hotfolderd.inbox.paths import check_path
from hotfolderd.inbox.problem import Problem, did_you_mean, shown
from hotfolderd.media.same_names import fold
from hotfolderd.model import PRIORITY_ORDER, Priority

REJECTED_SUFFIX = ".rejected.csv"


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a CSV in order, and what is wrong with the table as a whole. `separator` is empty if unreadable.

    `cut_off` says that it looks like a table that is still being written: its faults are what is to come.
    """

    rows: tuple[Row, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    cut_off: bool = False
    separator: str = ""


def read_table(
    data: bytes, existing_jobs: frozenset[str], limits: Limits, batch: str, *, corrected: bool = False
) -> Table:
    """The orders in the bytes of a CSV, with all mistakes of all rows.

    `existing_jobs` are ids that are taken. `batch` is put into the default output name, `{batch}_{job_id}{suffix}`.
    `corrected` says that it is our own list of refused rows: the `'` before what looks like a formula is ours.
    """
    try:
        sheet = read_sheet(data, limits, KNOWN)
    except UnreadableTableError as error:
        return Table(errors=(error.problem,), cut_off=not data)
    columns, errors, warnings = read_header(sheet.header, limits)
    records = [record for record in sheet.records if record.fault or any(cell.strip() for cell in record.cells)]
    empty = not records
    if len(records) > limits.rows:
        errors.append(too_many_rows(len(records), limits))
        records = []
    elif empty:
        errors.append(Problem("The table has no rows, only column names", "Write one row for each job below row 1."))
    reader = _RowReader(columns, len(sheet.header), limits, batch, corrected=corrected)
    rows = _mark_duplicates([reader.read(record) for record in records], existing_jobs, batch)
    warnings += _doubts(sheet, rows, columns, limits)
    return Table(
        tuple(rows), tuple(errors), tuple(warnings), empty or _ends_in_a_row(sheet, rows, errors), sheet.separator
    )


def _ends_in_a_row(sheet: Sheet, rows: list[Row], errors: list[Problem]) -> bool:
    """Whether all is right but the last row, and that has no line break: nobody leaves a table like that."""
    return bool(rows and rows[-1].errors) and not sheet.ended and not errors


@dataclass(frozen=True, slots=True)
class Facts:
    """What is seen of a CSV at a glance: the `paths` it names, and whether a column `error` still holds any."""

    paths: frozenset[str] = frozenset()
    errors_left: bool = False


def look_into(data: bytes, limits: Limits) -> Facts:
    """The facts of a CSV as far as it can be read; none for anything that is no table. Never raises."""
    try:
        sheet = read_sheet(data, limits, KNOWN)
    except UnreadableTableError:
        return Facts()
    columns, _, _ = read_header(sheet.header, limits)
    cells = [
        (name, record.cells[at].strip())
        for record in sheet.records
        for name, at in columns.items()
        if at < len(record.cells)
    ]
    paths = {
        check_path(cell) for name, cell in cells if name in {"psd_path", "aepx_path"} and not _refusal(check_path, cell)
    }
    return Facts(frozenset(paths), any(cell for name, cell in cells if name == ERROR_COLUMN))


def _doubts(sheet: Sheet, rows: list[Row], columns: Mapping[str, int], limits: Limits) -> list[Problem]:
    doubts = []
    if 0 < len(rows) < limits.warn_below_rows:
        doubts.append(Problem(f"The table has only {len(rows)} row(s) and may be incomplete", "Go on if that is all."))
    if rows and not sheet.ended:
        advice = "Go on if it is complete; some programs leave the last line break out."
        doubts.append(Problem("The last row does not end in a line break and may be cut off", advice, rows[-1].number))
    if rows and "priority" not in columns:
        doubts.append(Problem("Priority not specified, defaulting to 'medium'", "Add a column priority to set it."))
    return doubts


class _RowReader:
    """Reads one record after the other by the same columns."""

    def __init__(self, columns: Mapping[str, int], width: int, limits: Limits, batch: str, *, corrected: bool) -> None:
        self.columns, self.width, self.limits, self.batch = columns, width, limits, batch
        self.unquote = corrected or ERROR_COLUMN in columns

    def read(self, record: Record) -> Row:
        """The order in a record. A record whose cells cannot be told apart has that one error only."""
        cells = {name: self._cell(record.cells[at]) for name, at in self.columns.items() if at < len(record.cells)}
        fault = record.fault or self._ragged(record)
        if fault:
            return Row(record.row, _printable(cells.get("job_id", "")), errors=(fault,))
        errors, warnings = [], []
        for name, cell in cells.items():
            meant = name != ERROR_COLUMN and (name in KNOWN or name.startswith(TEXT_PREFIX))
            wrong = cell_fault(cell, self.limits) if meant else None
            if wrong:
                errors.append(Problem(*wrong, record.row, name))
                continue
            text = _FAULTS[name](cell) if name in _FAULTS else ""
            if text:
                errors.append(Problem(text, "", record.row, name))
        cells = {name: _printable(cell) for name, cell in cells.items()}
        priority = cells.get("priority", "medium").casefold()
        if priority not in PRIORITY_ORDER:
            what = f"Invalid priority '{shown(cells['priority'])}'" if priority else "Priority not specified"
            advice = f"{did_you_mean(priority, PRIORITY_ORDER)} Write high, medium or low.".lstrip()
            warnings.append(Problem(f"{what}, defaulting to 'medium'", advice, record.row, "priority"))
            priority = "medium"
        return Row(
            record.row,
            cells.get("job_id", ""),
            psd_path=cells.get("psd_path", ""),
            aepx_path=cells.get("aepx_path", ""),
            output_name=cells.get("output_name") or self._default_output(cells),
            client_name=cells.get("client_name") or None,
            project_name=cells.get("project_name") or None,
            priority=cast("Priority", priority),
            notes=cells.get("notes") or None,
            texts={n[len(TEXT_PREFIX) :]: cell for n, cell in cells.items() if n.startswith(TEXT_PREFIX) and cell},
            errors=tuple(errors),
            warnings=tuple(warnings),
        )

    def _cell(self, cell: str) -> str:
        text = cell.strip()
        # Only our own list of rejected rows puts a quote before what a spreadsheet would take for a formula.
        return text[1:] if self.unquote and text[:1] == "'" and text[1:2] in {*FORMULA_STARTS, "'"} else text

    def _default_output(self, cells: Mapping[str, str]) -> str:
        suffix = next(
            (s for s in PROJECT_SUFFIXES if cells.get("aepx_path", "").lower().endswith(s)), PROJECT_SUFFIXES[0]
        )
        return f"{self.batch}_{cells.get('job_id', '')}{suffix}"

    def _ragged(self, record: Record) -> Problem | None:
        found = len(record.cells)
        if found == self.width:
            return None
        what = f"The row has {found} cell(s), the header has {self.width}: {shown(record.raw)}"
        if found < self.width:
            by_place = {at: name for name, at in self.columns.items()}
            return Problem(
                what,
                "Write the separators of empty cells too; is the row cut off?",
                record.row,
                by_place.get(found, str(found + 1)),
            )
        advice = "Put a cell that holds the separator into double quotes, or delete the cells too many."
        return Problem(what, advice, record.row, str(self.width + 1))


def _mark_duplicates(rows: list[Row], existing_jobs: frozenset[str], batch: str) -> list[Row]:
    taken = {fold(job): job for job in existing_jobs}
    by_id, by_output = defaultdict(list), defaultdict(list)
    for row in rows:
        by_id[fold(row.job_id)].append(row.number)
        by_output[fold(row.output_name)].append(row.number)
    marked = []
    for row in rows:
        found = []
        ids, outputs = by_id[fold(row.job_id)], by_output[fold(row.output_name)]
        if row.job_id and len(ids) > 1:
            what = f"Duplicate job_id: {shown(row.job_id)} (rows {', '.join(map(str, ids))})"
            found.append(
                Problem(what, "Give each row its own; upper and lower case count as the same.", row.number, "job_id")
            )
        if fold(row.job_id) in taken:
            what = f"Duplicate job_id: {shown(row.job_id)} (the job {taken[fold(row.job_id)]} exists already)"
            found.append(Problem(what, "Write another job_id; was this table dropped twice?", row.number, "job_id"))
        by_default = row.output_name.startswith(f"{batch}_{row.job_id}.")  # the same again only if the job_id is
        if row.output_name and len(outputs) > 1 and not by_default:
            what = f"Duplicate output_name: {shown(row.output_name)} (rows {', '.join(map(str, outputs))})"
            found.append(Problem(what, "Give each row its own, or leave the cells empty.", row.number, "output_name"))
        marked.append(dataclasses.replace(row, errors=(*row.errors, *found)))
    return marked


def _printable(cell: str) -> str:
    """Without the lone surrogates that stand for bytes of another encoding; an error has been reported for them."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _refusal(check: Callable[[str], object], text: str) -> str:
    try:
        check(text)
    except RefusedError as error:
        return str(error)
    return ""


def _path_fault(column: str, kind: str, example: str, suffixes: tuple[str, ...]) -> Callable[[str], str]:
    def fault(text: str) -> str:
        if not text:
            return f"Missing {column}, the cell is empty. Write the file's name, such as {example}."
        refusal = _refusal(check_path, text)
        if refusal or text.lower().endswith(suffixes):
            return refusal
        other = PROJECT_SUFFIXES if suffixes is PSD_SUFFIXES else PSD_SUFFIXES
        swapped = text.lower().endswith(other)
        advice = (
            "Are psd_path and aepx_path swapped?" if swapped else f"Write a file ending in {' or '.join(suffixes)}."
        )
        return f"File is not {kind}: {shown(text)}. {advice}"

    return fault


def _client_fault(text: str) -> str:
    # Delivered files lie in a folder of the client's name.
    if not text.startswith(".") and "/" not in text and "\\" not in text:
        return ""
    return f"Invalid client_name: {shown(text)}. It becomes a folder's name: write it without slashes or a leading dot."


_FAULTS: Mapping[str, Callable[[str], str]] = {
    "job_id": lambda text: _refusal(check_job_id, text),
    "psd_path": _path_fault("psd_path", "a PSD", "design.psd", PSD_SUFFIXES),
    "aepx_path": _path_fault("aepx_path", "AEPX/AEP", "template.aepx", PROJECT_SUFFIXES),
    "output_name": lambda text: _refusal(check_output_name, text) if text else "",
    "client_name": _client_fault,
}
