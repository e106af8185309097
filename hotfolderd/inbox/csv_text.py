"""The bytes of a CSV as a sheet: its encoding, its separator, its records, and what is wrong with the characters in it.

Reads and writes nothing; knows no columns but the ones it is told to look for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.csv_records import Record, Splitter
from hotfolderd.inbox.problem import Problem, shown

_SAVE_AS_UTF8 = "Save the table as “CSV UTF-8” and drop it again."
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_LINES_A_ROW = 50

# What people drop under the name .csv although it is something else.
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel or Numbers workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text document"),
    (b"8BPS", "a Photoshop design"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)


class UnreadableTableError(Exception):
    """The file as a whole is no table; `problem` says why. Never leaves the inbox room."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table before its columns mean anything. `ended` is false if the last line has no line break (cut off?)."""

    separator: str
    header: tuple[str, ...]
    records: tuple[Record, ...]
    ended: bool


def read_sheet(data: bytes, limits: Limits, expected: Iterable[str]) -> Sheet:
    """The records of a CSV; `expected` column names help to tell the separator. Raises UnreadableTableError."""
    text = decode(data)
    lines = re.split(r"\r\n|\n|\r", text)
    ended = not lines[-1]
    if ended:
        lines.pop()
    if len(lines) > _LINES_A_ROW * max(limits.rows, 20):
        raise UnreadableTableError(too_many_rows(len(lines) - 1, limits))
    told, lines = _told_separator(lines)
    if not lines or not lines[0].strip():
        raise UnreadableTableError(
            Problem(
                "CSV file is empty or has no headers", "Write the column names in row 1, without an empty row above.", 1
            )
        )
    separator = told or _guessed_separator(lines[0], frozenset(expected))
    splitter = Splitter(lines, separator, limits)
    header = splitter.take(1)
    if header.fault:
        raise UnreadableTableError(header.fault)
    splitter.header = header.cells
    records: list[Record] = []
    while splitter.line < len(lines) and len(records) <= limits.rows:
        records.append(splitter.take(len(records) + 2))
    if splitter.line < len(lines) and any(line.strip() for line in lines[splitter.line :]):
        raise UnreadableTableError(too_many_rows(len(records) + len(lines) - splitter.line, limits))
    return Sheet(separator, header.cells, tuple(records), ended)


def too_many_rows(found: int, limits: Limits) -> Problem:
    """The problem of a table with more rows than allowed."""
    return Problem(
        f"The table has {found} rows, at most {limits.rows} are allowed",
        f"Split it into tables of at most {limits.rows} rows, and delete empty rows below the last job.",
    )


def decode(data: bytes) -> str:
    """The text of a table. Bytes that are not UTF-8 become lone surrogates, which `cell_fault` names."""
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise UnreadableTableError(
            Problem(
                "CSV file is empty or has no headers",
                f"The file has {len(data)} bytes. Write the column names in row 1.",
            )
        )
    for signature, kind in _SIGNATURES:
        if data.removeprefix(b"\xef\xbb\xbf")[:9].lower().startswith(signature.lower()):
            raise UnreadableTableError(Problem(f"The file is {kind}, not a CSV", _SAVE_AS_UTF8))
    if data[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        raise UnreadableTableError(Problem("The file is UTF-32", _SAVE_AS_UTF8))
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnreadableTableError(
                Problem(f"The file is UTF-16 and broken or cut off at byte {error.start}", _SAVE_AS_UTF8)
            ) from error
    head = data[:200]
    if head.count(0) * 3 > len(head):
        found = (
            "only NUL bytes: its copy was not finished" if not head.strip(b"\0") else "UTF-16 without a byte order mark"
        )
        raise UnreadableTableError(Problem(f"The file is {found}", f"Copy it again. {_SAVE_AS_UTF8}"))
    return data.decode("utf-8-sig", errors="surrogateescape")


def cell_fault(cell: str, limits: Limits) -> tuple[str, str] | None:
    """What is wrong with the characters of a cell, and what to do; None if nothing is."""
    if len(cell) > limits.cell_characters:
        return (
            f"The cell has {len(cell)} characters, beginning with {shown(cell[:40])}",
            f"Write at most {limits.cell_characters}; is a closing quote missing?",
        )
    # Line breaks are allowed in a quoted cell, tabs where they do not separate.
    bad = next((c for c in cell if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"), None)
    if bad is None:
        return (
            ("The cell holds U+FFFD, the mark of a lost character: " + shown(cell), _SAVE_AS_UTF8)
            if "\ufffd" in cell
            else None
        )
    if bad == "\0":
        return (
            f"The cell holds a NUL: {shown(cell)}",
            "The copy was not finished, or the file is no text. Copy it again.",
        )
    if "\udc80" <= bad <= "\udcff":
        byte = ord(bad) - 0xDC00
        letter = bytes([byte]).decode("cp1252", errors="replace")
        meant = cell.encode("utf-8", "surrogateescape").decode("cp1252", errors="replace")
        return (
            f"The cell is not UTF-8: byte 0x{byte:02X} (“{shown(letter)}” in Windows-1252) in {shown(meant)}",
            _SAVE_AS_UTF8,
        )
    return (
        f"The cell holds the control character {shown(bad)}: {shown(cell)}",
        "Delete the character, or type the cell anew.",
    )


def _told_separator(lines: list[str]) -> tuple[str, list[str]]:
    """The separator of a `sep=` line, which Excel reads and hides, and the lines without it."""
    found = re.fullmatch(r'"?sep=(.?)"?[,;\t]*', lines[0], re.IGNORECASE) if lines else None
    if not found:
        return "", lines
    if found.group(1) not in _SEPARATORS:
        raise UnreadableTableError(
            Problem(
                f"The line {shown(lines[0])} names a separator that is not understood",
                "Write sep=, or sep=; or delete the line.",
            )
        )
    return found.group(1), lines[1:]


def _guessed_separator(header: str, expected: frozenset[str]) -> str:
    def worth(separator: str) -> tuple[int, int]:
        names = [name.strip().strip('"').strip().casefold() for name in header.split(separator)]
        return len(expected & set(names)), len(names)

    return max(_SEPARATORS, key=worth)
