"""The report on a drop in words: for the terminal, as YAML, and as a CSV of the rows to correct.

Reads and writes nothing; gives texts and bytes.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable, Iterable
from typing import Any

import yaml

from hotfolderd.inbox.batch import BatchReport, Limits, Row
from hotfolderd.inbox.columns import ERROR_COLUMN, FORMULA_STARTS, KNOWN
from hotfolderd.inbox.csv_text import UnreadableTableError, read_sheet
from hotfolderd.inbox.problem import Problem, shown

_RULE = "=" * 60
_MARKS = {"valid": "✅", "waiting": "⏳", "invalid": "❌"}


def as_text(report: BatchReport, address: Callable[[Problem], str] = lambda _: "") -> str:
    """The report for a terminal or a text file: one line for each row, its faults below it, then the sums.

    `address` gives what stands before a fault, such as `spring.csv:3:17: `.
    """
    lines = [f"BATCH VALIDATION: {shown(report.source.name)}", _RULE]
    lines += [f"❌ {address(problem)}{problem}" for problem in report.errors]
    lines += [f"⏳ {address(problem)}{problem}" for problem in report.awaited]
    lines += [f"⚠️ {address(problem)}{problem}" for problem in report.warnings]
    for row in report.rows:
        lines += _row_lines(row, address)
    valid = sum(row.verdict == "valid" for row in report.rows)
    waiting = sum(row.verdict == "waiting" for row in report.rows)
    lines += [
        _RULE,
        f"Total jobs: {len(report.rows)}",
        f"Valid: {valid}",
        f"Invalid: {len(report.rows) - valid - waiting}",
        *([f"Waiting for files: {waiting}"] if waiting else []),
        f"Warnings: {len(report.all_warnings)}",
        _last_word(report),
    ]
    return "\n".join(lines) + "\n"


def as_yaml(report: BatchReport) -> str:
    """The report for programs: keys as in the batch record, problems as whole sentences."""
    valid = sum(row.verdict == "valid" for row in report.rows)
    content = {
        "source": report.source.name,
        "valid": report.valid,
        "verdict": report.verdict,
        "total_jobs": len(report.rows),
        "valid_jobs": valid,
        "invalid_jobs": sum(row.verdict == "invalid" for row in report.rows),
        "errors": [
            *({"job_id": None, "row": problem.row, "errors": [str(problem)]} for problem in report.errors),
            *(
                {"job_id": row.job_id, "row": row.number, "errors": _texts(row.errors)}
                for row in report.rows
                if row.errors
            ),
        ],
        "missing": _texts(report.missing),
        "warnings": _texts(report.all_warnings),
        "settings": dataclasses.asdict(report.settings),
        "sha256": report.sha256,
        "jobs": [_job(row) for row in report.rows],
    }
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    return text


def rejected_csv(report: BatchReport, original: bytes) -> bytes:
    """The rows of `original`, the CSV's bytes, that are no jobs yet, with a column `error`: to correct and drop again.

    Written as UTF-8 with a byte order mark and with the separator of the original. A cell that a spreadsheet would take
    for a formula gets a `'` in front, which is taken off again when the file is dropped. Empty bytes where the original
    is no table.
    """
    try:
        sheet = read_sheet(original, Limits(rows=max(Limits().rows, len(report.rows))), KNOWN)
    except UnreadableTableError:
        return b""
    width = len(sheet.header)
    old = next((at for at, name in enumerate(sheet.header) if name.strip().casefold() == ERROR_COLUMN), None)
    faults = {row.number: "; ".join(_texts((*row.errors, *row.missing))) for row in report.rows}
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sheet.separator, lineterminator="\r\n")
    writer.writerow(_harmless([*_without(sheet.header, old), ERROR_COLUMN]))
    for record in sheet.records:
        if faults.get(record.row):
            cells = [*record.cells[:width], *[""] * (width - len(record.cells))]
            rest = (
                f" (too much: {shown(sheet.separator.join(record.cells[width:]))})" if len(record.cells) > width else ""
            )
            writer.writerow(_harmless([*_without(cells, old), faults[record.row] + rest]))
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _row_lines(row: Row, address: Callable[[Problem], str]) -> list[str]:
    mark = _MARKS[row.verdict]
    line = f"{mark} Row {row.number}: {shown(row.job_id) or '(no job_id)'}"
    if row.errors:
        line += f" - {len(row.errors)} error(s)"
    elif row.missing:
        line += f" - waiting for {len(row.missing)} file(s)"
    return [
        line,
        *(f"   • {address(problem)}{_in_row(problem)}" for problem in (*row.errors, *row.missing)),
        *(f"   ⚠️ {address(problem)}{_in_row(problem)}" for problem in row.warnings),
    ]


def _in_row(problem: Problem) -> str:
    return str(dataclasses.replace(problem, row=None))


def _last_word(report: BatchReport) -> str:
    if report.verdict == "valid":
        return "✅ BATCH READY FOR INGESTION"
    if report.verdict == "waiting":
        return f"⏳ WAITING FOR {len(report.missing)} FILE(S)"
    if report.valid_rows and report.settings.on_invalid_rows == "accept_valid":
        ready = f"{len(report.valid_rows)} OF {len(report.rows)} JOBS READY FOR INGESTION"
        return f"⚠️ {ready}\nFix errors and re-upload the others"
    return "❌ BATCH VALIDATION FAILED\nFix errors and re-upload CSV"


def _job(row: Row) -> dict[str, Any]:
    content = {"row": row.number, "job_id": row.job_id, "verdict": row.verdict}
    for name in ("psd", "project", "output_name", "client_name", "project_name", "priority", "notes", "texts"):
        content[name] = getattr(row, name)
    for name in ("footage", "footage_missing", "fonts"):
        content[name] = list(getattr(row, name))
    return content


def _texts(problems: Iterable[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def _without(cells: Iterable[str], at: int | None) -> list[str]:
    return [cell for number, cell in enumerate(cells) if number != at]


def _harmless(cells: list[str]) -> list[str]:
    """Cells that no spreadsheet runs: OWASP, CSV injection."""
    return [f"'{cell}" if cell.startswith((*FORMULA_STARTS, "'")) else cell for cell in cells]
