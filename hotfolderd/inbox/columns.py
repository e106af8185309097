"""The columns of a CSV: which there are, which the header holds, and what is wrong with the header.

Reads and writes nothing.
"""

from __future__ import annotations

import re

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.csv_text import cell_fault
from hotfolderd.inbox.problem import Problem, did_you_mean, listed, shown
from hotfolderd.media.same_names import fold
from hotfolderd.review.nearest import nearest

REQUIRED = ("job_id", "psd_path", "aepx_path")
OPTIONAL = ("output_name", "client_name", "project_name", "priority", "notes")
TEXT_PREFIX = "text:"
ERROR_COLUMN = "error"  # of our own list of rejected rows; ignored when that list is dropped again
PSD_SUFFIXES = (".psd", ".psb")
PROJECT_SUFFIXES = (".aepx", ".aep")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

KNOWN = frozenset((*REQUIRED, *OPTIONAL, ERROR_COLUMN))


def read_header(header: tuple[str, ...], limits: Limits) -> tuple[dict[str, int], list[Problem], list[Problem]]:
    """The position of each column by its name, and the errors and warnings about the header."""
    errors, warnings = [], []
    names = [cell.strip() for cell in header]
    if len(names) > limits.columns:
        errors.append(Problem(f"The table has {len(names)} columns", f"Write at most {limits.columns}.", 1))
    empty = [str(number) for number, name in enumerate(names, start=1) if not name]
    if empty:
        errors.append(
            Problem(
                f"Empty column names at positions: {', '.join(empty)}",
                "Name these columns in row 1, or delete them.",
                1,
            )
        )
    columns: dict[str, int] = {}
    first: dict[str, int] = {}  # by what is meant: the texts of `text:Title` and `text:title` are for one placeholder
    for at, name in enumerate(names):
        fault = cell_fault(name, limits)
        key = _column_key(name)
        if fault:
            errors.append(Problem(*fault, 1, str(at + 1)))
        elif fold(key) in first:
            text = f"Duplicate column: {shown(name)} (positions {first[fold(key)] + 1}, {at + 1})"
            errors.append(Problem(text, "Keep one of the two.", 1, name))
        elif key == TEXT_PREFIX:
            errors.append(
                Problem(
                    "A text: column names no placeholder", "Write text:PLACEHOLDER, such as text:headline.", 1, name
                )
            )
        elif name:
            columns[key] = first[fold(key)] = at
            if key not in KNOWN and not key.startswith(TEXT_PREFIX):
                open_names = [known for known in (*REQUIRED, *OPTIONAL) if known not in map(_column_key, names)]
                advice = did_you_mean(name, open_names) or "Delete it, or write text:PLACEHOLDER to set a text."
                warnings.append(Problem(f"Unknown column: {shown(name)}, it is ignored", advice, 1, name))
    absent = [name for name in REQUIRED if name not in columns]
    if absent:
        found = [name for name in names if name]
        hints = [f"Rename {shown(name)} to {wanted}." for wanted in absent for name in _likely(wanted, found)]
        advice = (
            " ".join(hints) or f"Row 1 must hold the column names {', '.join(REQUIRED)}, separated by , or ; or tab."
        )
        errors.append(
            Problem(f"Missing required columns: {', '.join(absent)} (found: {listed(found) or 'none'})", advice, 1)
        )
    return columns, errors, warnings


def _column_key(name: str) -> str:
    """Known names without case; a placeholder keeps its own."""
    if name.casefold().startswith(TEXT_PREFIX):
        return TEXT_PREFIX + name[len(TEXT_PREFIX) :].strip()
    return name.casefold()


def _likely(wanted: str, found: list[str]) -> list[str]:
    """The name in the header that was probably meant to be `wanted`: `Job ID`, `psd`, `aepx-path`; at most one."""
    strange = [name for name in found if _column_key(name) not in KNOWN]
    squeezed = {name: re.sub(r"[\s_-]", "", fold(name)) for name in strange}
    same = [name for name, text in squeezed.items() if len(text) > 2 and wanted.replace("_", "").startswith(text)]
    close = nearest(wanted, strange)
    return same[:1] or ([close] if close else [])
