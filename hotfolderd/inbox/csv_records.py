"""The lines of a CSV taken apart into records of cells; every fault in the quotes is reported with its row and column.

Reads and writes nothing. The standard library's reader stops at the first bad quote, or swallows the rows that follow a
quote nobody closed; a person wants to hear of all mistakes at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.problem import Problem, shown

_QUOTE_ADVICE = 'Put the whole cell in double quotes and double each quote inside it: "a 5"" disc".'


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number as a spreadsheet counts, its cells as written, its text, what is wrong with its quotes."""

    row: int
    cells: tuple[str, ...]
    raw: str
    fault: Problem | None = None


class _QuoteError(Exception):
    """A quote stands where none may; `column` counts from 0."""

    def __init__(self, column: int, what: str, advice: str) -> None:
        super().__init__(what)
        self.column, self.what, self.advice = column, what, advice


class Splitter:
    """Takes one record after the other off the lines; after a fault it goes on at the very next line.

    `line` is the next line to read, from 0. `header`, once it is set, gives faults their column's name and tells a
    quote that was never closed from a cell of several lines: the latter leaves the row as many cells as the header has.
    """

    def __init__(self, lines: list[str], separator: str, limits: Limits) -> None:
        self.lines, self.separator, self.limits = lines, separator, limits
        self.line = 0
        self.header: tuple[str, ...] = ()

    def take(self, row: int) -> Record:
        """The next record, which is row `row`."""
        first = self.line
        raw = self.lines[first]
        if '"' not in raw:
            self.line += 1
            return Record(row, tuple(raw.split(self.separator)), raw)
        try:
            cells = self._cells()
        except _QuoteError as error:
            self.line = first + 1
            name = self.header[error.column].strip() if error.column < len(self.header) else ""
            fault = Problem(f"{error.what}: {shown(raw)}", error.advice, row, name or str(error.column + 1))
            return Record(row, tuple(raw.split(self.separator)), raw, fault)
        return Record(row, tuple(cells), "\n".join(self.lines[first : self.line]))

    def _cells(self) -> list[str]:
        cells: list[str] = []
        first, position = self.line, 0
        opened_at = 0
        while True:
            text = self.lines[self.line]
            if text.startswith('"', position):
                across = self.line != first
                opened_at = opened_at if across else len(cells)
                cell, position = self._quoted(position + 1, len(cells), opened_at, across=across)
                cells.append(cell)
                text = self.lines[self.line]
            else:
                end = text.find(self.separator, position)
                end = len(text) if end < 0 else end
                cells.append(self._plain(text[position:end], len(cells), opened_at, across=self.line != first))
                position = end
            if position >= len(text):
                break
            position += 1
        if self.line != first and self.header and len(cells) != len(self.header):
            raise _unclosed(opened_at)
        self.line += 1
        return cells

    def _plain(self, cell: str, column: int, opened_at: int, *, across: bool) -> str:
        if '"' not in cell:
            return cell
        if across:
            raise _unclosed(opened_at)
        if cell.lstrip().startswith('"'):
            raise _QuoteError(column, "A space stands before the opening quote", "Delete the space before the quote.")
        raise _QuoteError(column, "A quote stands inside a cell that is not quoted", _QUOTE_ADVICE)

    def _quoted(self, position: int, column: int, opened_at: int, *, across: bool) -> tuple[str, int]:
        """The cell whose opening quote stands before `position`, and the position after its closing quote."""
        first, parts, size = self.line, [], 0
        while True:
            text = self.lines[self.line]
            end = text.find('"', position)
            if end < 0:
                parts += [text[position:], "\n"]
                size += len(text) - position + 1
                if self.line + 1 >= len(self.lines) or size > self.limits.cell_characters:
                    raise _unclosed(opened_at)
                self.line, position = self.line + 1, 0
            elif text.startswith('"', end + 1):
                parts.append(text[position : end + 1])
                position = end + 2
            else:
                parts.append(text[position:end])
                break
        rest = text[end + 1 :]
        if rest and not rest.startswith(self.separator):
            # A closing quote on a later line with text behind it is the opening quote of another cell.
            if across or self.line != first:
                raise _unclosed(opened_at)
            raise _QuoteError(column, "Text stands behind a closing quote", _QUOTE_ADVICE)
        return "".join(parts), end + 1


def _unclosed(column: int) -> _QuoteError:
    return _QuoteError(
        column,
        "A quote is opened and not closed",
        'Write a closing " at the end of the cell, or delete the opening one.',
    )
