"""Where in the text of a CSV a mistake stands, as editors count. Reads bytes; knows nothing of what is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.columns import KNOWN
from hotfolderd.inbox.csv_text import UnreadableTableError, decode, read_sheet
from hotfolderd.inbox.problem import Problem


def places(data: bytes, limits: Limits) -> Callable[[Problem], tuple[int, int] | None]:
    """What gives the line and column (from 1) of a problem with the table in `data`; None for one without a row.

    A row may take several lines. A column that the row does not have is placed at the row's beginning.
    """
    try:
        sheet = read_sheet(data, limits, KNOWN)
    except UnreadableTableError:
        return lambda problem: (problem.row, 1) if problem.row else None
    lines = decode(data).splitlines()
    top = 2 if lines[0].strip('"').lower().startswith("sep=") else 1
    header = "\n".join(lines[top - 1 : top + sum(cell.count("\n") for cell in sheet.header)])
    rows = {1: (top, header)}
    line = top + header.count("\n") + 1
    for record in sheet.records:
        rows[record.row] = (line, record.raw)
        line += record.raw.count("\n") + 1
    starts_of = functools.cache(lambda row: _cell_starts(rows[row][1], sheet.separator))
    columns = {name.strip().casefold(): at for at, name in reversed(list(enumerate(sheet.header)))}

    def place(problem: Problem) -> tuple[int, int] | None:
        if problem.row not in rows:
            return None
        line, starts = rows[problem.row][0], starts_of(problem.row)
        name = (problem.column or "").strip().casefold()
        at = columns.get(name, int(name) - 1 if name.isdecimal() else 0)
        down, column = starts[at] if 0 <= at < len(starts) else starts[0]
        return line + down, column

    return place


def _cell_starts(raw: str, separator: str) -> list[tuple[int, int]]:
    """For each cell of a row: the line (from 0) and the column (from 1) at which it begins."""
    starts, quoted, line, column = [(0, 1)], False, 0, 1
    for character in raw:
        column += 1
        if character == "\n":
            line, column = line + 1, 1
        elif character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            starts.append((line, column))
    return starts
