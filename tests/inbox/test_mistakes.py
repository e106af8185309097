"""What people do wrong in a CSV, and that each is told its row, its column, what was found and what to write."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.problem import Problem
from hotfolderd.inbox.table import Table, read_table

HEADER = "job_id,psd_path,aepx_path,output_name,client_name,project_name,priority,notes"
GOOD = "T1,design.psd,template.aepx,t1.aep,Client,Project,high,first"
LIMITS = Limits(warn_below_rows=0)


def row(**cells: str) -> str:
    """A good row with some cells replaced, unquoted."""
    values = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | cells
    return ",".join(values.values())


def table(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def read(data: bytes, *existing: str) -> Table:
    return read_table(data, frozenset(existing), LIMITS, "spring")


def problems(read_in: Table) -> list[Problem]:
    found = [*read_in.errors, *read_in.warnings]
    return [*found, *(problem for line in read_in.rows for problem in (*line.errors, *line.warnings))]


@dataclass(frozen=True)
class Mistake:
    """`row` and `column` as reported, `found` and `advice` are parts of the sentence."""

    data: bytes
    row: int | None
    column: str | None
    found: str
    advice: str


def in_cell(column: str, cell: str, found: str, advice: str) -> Mistake:
    """A good row 2, and a row 3 in which one cell is wrong."""
    return Mistake(
        table(GOOD, row(**{"job_id": "T2", "output_name": "t2.aep"} | {column: cell})), 3, column, found, advice
    )


LONG = "x" * 201
IN_THE_ROWS = {
    "job_id left empty": in_cell("job_id", "", "Missing job_id", "Write a name such as TEST001"),
    "job_id of blanks": in_cell("job_id", "  \u00a0 ", "Missing job_id", "Write a name"),
    "job_id with a space": in_cell(
        "job_id",
        "TEST 001",
        "Invalid job_id format: TEST 001 (use alphanumeric, underscore, dash only)",
        "Write TEST_001",
    ),
    "job_id with an umlaut": in_cell("job_id", "Übung", "Invalid job_id format: Übung", "Write Ubung"),
    "job_id with a zero width space": in_cell("job_id", "T2\u200b", "format: T2\\u200b", "Write T2"),
    "job_id that climbs": in_cell("job_id", "../T2", "Invalid job_id format: ../T2", "Write T2"),
    "job_id like an option": in_cell("job_id", "-T2", "-T2 begins with a dash", "Write T2"),
    "job_id of a device": in_cell("job_id", "con", "con is a name that systems", "Write job_con"),
    "job_id of vim's probe file": in_cell("job_id", "4913", "4913 is a name that systems", "Write job_4913"),
    "job_id too long": in_cell("job_id", "x" * 101, "has 101 characters", "at most 100"),
    "job_id with a formula": in_cell("job_id", "=1+1", "Invalid job_id format: =1+1", "Write 1_1"),
    "psd_path left empty": in_cell("psd_path", "", "Missing psd_path", "such as design.psd"),
    "psd_path of a picture": in_cell("psd_path", "d.png", "File is not a PSD: d.png", "ending in .psd or .psb"),
    "psd_path is the project": in_cell("psd_path", "t.aepx", "File is not a PSD: t.aepx", "swapped?"),
    "psd_path absolute": in_cell("psd_path", "/srv/d.psd", "The path is absolute: /srv/d.psd", "such as d.psd"),
    "psd_path in the home": in_cell("psd_path", "~/d.psd", "The path is absolute: ~/d.psd", "such as d.psd"),
    "psd_path on a drive": in_cell("psd_path", r"C:\art\d.psd", r"begins with a drive: C:\art\d.psd", "such as d.psd"),
    "psd_path drive without slash": in_cell("psd_path", "C:d.psd", "begins with a drive: C:d.psd", "such as d.psd"),
    "psd_path on a share": in_cell("psd_path", r"\\nas\art\d.psd", "another machine: \\\\nas", "such as d.psd"),
    "psd_path of the web": in_cell("psd_path", "https://x.org/d.psd", "is an address: https:", "such as d.psd"),
    "psd_path file address": in_cell("psd_path", "file:///d.psd", "is an address: file:", "such as d.psd"),
    "psd_path climbs out": in_cell("psd_path", "../d.psd", "leads out of its folder by “..”", "such as d.psd"),
    "psd_path climbs in the middle": in_cell("psd_path", r"a\..\..\d.psd", "by “..”: a", "such as d.psd"),
    "psd_path of a folder": in_cell("psd_path", "art/", "names a folder: art/", "Write the file's name"),
    "psd_path of a stream": in_cell("psd_path", "a/d:x.psd", "holds the character :", "Rename the file"),
    "psd_path right to left": in_cell("psd_path", "d\u202efdp.psd", "character \\u202e", "Rename the file"),
    "psd_path too long": in_cell("psd_path", f"{LONG}.psd", "longer than 200 bytes", "Rename the file"),
    "psd_path of a device": in_cell("psd_path", "aux.psd", "aux.psd is a name that Windows", "Rename the file"),
    "psd_path hidden": in_cell("psd_path", "._d.psd", "temporary or hidden file: ._d.psd", "Rename the file"),
    "psd_path of a lock": in_cell("psd_path", "~$d.psd", "temporary or hidden file: ~$d.psd", "Rename the file"),
    "psd_path half-written": in_cell("psd_path", "d.psd.part", "temporary or hidden file: d.psd.part", "Rename the"),
    "psd_path with NUL": in_cell("psd_path", "d\0.psd", "holds a NUL: d\\x00.psd", "Copy it again"),
    "psd_path with a bell": in_cell(
        "psd_path", "d\a.psd", "control character \\x07: d\\x07.psd", "Delete the character"
    ),
    "aepx_path left empty": in_cell("aepx_path", "", "Missing aepx_path", "such as template.aepx"),
    "aepx_path of a template": in_cell("aepx_path", "t.aet", "File is not AEPX/AEP: t.aet", "ending in .aepx or .aep"),
    "aepx_path is the design": in_cell("aepx_path", "d.psd", "File is not AEPX/AEP: d.psd", "swapped?"),
    "output_name with a space": in_cell(
        "output_name", "my final.aep", "output_name: my final.aep", "such as my_final.aep"
    ),
    "output_name with two dots": in_cell("output_name", "v1.2.aep", "output_name: v1.2.aep", "such as v1_2.aep"),
    "output_name without suffix": in_cell("output_name", "final", "Invalid output_name: final", "then .aep or .aepx"),
    "output_name of a movie": in_cell("output_name", "final.mp4", "Invalid output_name: final.mp4", "then .aep"),
    "output_name with a folder": in_cell("output_name", "a/b.aep", "Invalid output_name: a/b.aep", "such as a_b.aep"),
    "output_name too long": in_cell("output_name", f"{LONG}.aep", "is too long", "at most 100"),
    "client_name that climbs": in_cell("client_name", "../../etc", "Invalid client_name: ../../etc", "without slashes"),
    "client_name with a slash": in_cell("client_name", "AC/DC", "Invalid client_name: AC/DC", "without slashes"),
    "client_name damaged before": in_cell("client_name", "Caf\ufffd", "U+FFFD", "Save the table as “CSV UTF-8”"),
    "priority unknown": in_cell(
        "priority", "urgent", "Invalid priority 'urgent', defaulting to 'medium'", "Write high, medium or low"
    ),
    "priority left empty": in_cell(
        "priority", "", "Priority not specified, defaulting to 'medium'", "Write high, medium or low"
    ),
    "notes without end": in_cell("notes", "x" * 65_537, "has 65537 characters", "closing quote missing"),
    "quote inside a cell": in_cell("notes", 'a 5" disc', "A quote stands inside a cell", "double each quote"),
    "quote after a space": in_cell("notes", ' "a"', "A space stands before the opening quote", "Delete the space"),
    "text behind a quote": in_cell("notes", '"a" b', "Text stands behind a closing quote", "double each quote"),
    "quote never closed": in_cell("client_name", '"Client', "opened and not closed", 'Write a closing "'),
    "a comma too many": Mistake(
        table(GOOD, row(job_id="T2", output_name="t2.aep", notes="first, best")),
        3,
        "9",
        "The row has 9 cell(s), the header has 8",
        "into double quotes",
    ),
    "a row cut off": Mistake(
        table(GOOD, "T2,design.psd"), 3, "aepx_path", "The row has 2 cell(s), the header has 8", "is the row cut off?"
    ),
    "the same job twice": Mistake(
        table(GOOD, row(output_name="b.aep")), 3, "job_id", "Duplicate job_id: T1 (rows 2, 3)", "Give each row its own"
    ),
    "the same job in other case": Mistake(
        table(GOOD, row(job_id="t1", output_name="b.aep")),
        3,
        "job_id",
        "Duplicate job_id: t1 (rows 2, 3)",
        "lower case",
    ),
    "the same output twice": Mistake(
        table(GOOD, row(job_id="T2", output_name="T1.aep")),
        3,
        "output_name",
        "Duplicate output_name: T1.aep (rows 2, 3)",
        "Give each row its own",
    ),
    "cells of Windows-1252": Mistake(
        table(GOOD) + row(job_id="T2", output_name="b.aep", client_name="Café").encode("cp1252") + b"\n",
        3,
        "client_name",
        "The cell is not UTF-8: byte 0xE9 (“é” in Windows-1252) in Café",
        "Save the table as “CSV UTF-8”",
    ),
}

AS_A_WHOLE = {
    "an empty file": Mistake(b"", None, None, "CSV file is empty or has no headers", "Write the column names in row 1"),
    "blank lines only": Mistake(b"\n\n \n", None, None, "CSV file is empty or has no headers", "column names in row 1"),
    "a blank line on top": Mistake(
        b"\n" + table(GOOD), 1, None, "is empty or has no headers", "without an empty row above"
    ),
    "a header only": Mistake(table(), None, None, "The table has no rows", "one row for each job"),
    "empty rows only": Mistake(table(",,,,,,,", ""), None, None, "The table has no rows", "one row for each job"),
    "columns missing": Mistake(
        b"job_id,notes\nT1,x\n",
        1,
        None,
        "Missing required columns: psd_path, aepx_path (found: job_id, notes)",
        "Row 1 must",
    ),
    "a column misspelt": Mistake(
        b"Job ID,psd_path,aepx_path\nT1,a.psd,b.aep\n",
        1,
        None,
        "Missing required columns: job_id",
        "Rename Job ID to job_id",
    ),
    "a column shortened": Mistake(
        b"job_id,psd,aepx_path\nT1,a.psd,b.aep\n",
        1,
        None,
        "Missing required columns: psd_path",
        "Rename psd to psd_path",
    ),
    "no header at all": Mistake(f"{GOOD}\n".encode(), 1, None, "Missing required columns: job_id", "Row 1 must hold"),
    "a column twice": Mistake(
        table(f"{GOOD},x", header=f"{HEADER},Job_ID"),
        1,
        "Job_ID",
        "Duplicate column: Job_ID (positions 1, 9)",
        "Keep one",
    ),
    "two texts for one placeholder": Mistake(
        table(f"{GOOD},x,y", header=f"{HEADER},text:Title,text:title"),
        1,
        "text:title",
        "Duplicate column: text:title (positions 9, 10)",
        "Keep one",
    ),
    "columns without a name": Mistake(
        table(f"{GOOD},,", header=f"{HEADER},,"), 1, None, "Empty column names at positions: 9, 10", "or delete them"
    ),
    "an unknown column": Mistake(
        table("T1,a.psd,b.aep,high", header="job_id,psd_path,aepx_path,prioriti"),
        1,
        "prioriti",
        "Unknown column: prioriti, it is ignored",
        "Did you mean priority?",
    ),
    "a text for nothing": Mistake(
        table(f"{GOOD},x", header=f"{HEADER},text:"), 1, "text:", "names no placeholder", "such as text:headline"
    ),
    "too many columns": Mistake(
        table(header=HEADER + "".join(f",text:{n}" for n in range(200))), 1, None, "has 208 columns", "at most 200"
    ),
    "too many rows": Mistake(
        table(*(row(job_id=f"T{n}", output_name="") for n in range(1001))),
        None,
        None,
        "has 1001 rows",
        "at most 1000 rows",
    ),
    "a million empty lines": Mistake(table(GOOD) + b"\n" * 1_000_000, None, None, "rows, at most 1000", "Split it"),
    "a header with bad quotes": Mistake(
        b'job_id,"psd_path,aepx_path\nT1,a,b\n', 1, "2", "opened and not closed", "closing"
    ),
    "a strange separator": Mistake(
        b"sep=|\njob_id|psd_path\n", None, None, "sep=| names a separator", "Write sep=, or"
    ),
    "a workbook": Mistake(b"PK\x03\x04xl/workbook", None, None, "is an Excel or Numbers workbook", "Save the table as"),
    "an old workbook": Mistake(b"\xd0\xcf\x11\xe0\xa1\xb1", None, None, "an old Excel workbook", "Save the table as"),
    "a saved web page": Mistake(b"<!doctype html><p>Sign in", None, None, "is a web page", "Save the table as"),
    "a design by that name": Mistake(b"8BPS\0\x01\0\0", None, None, "is a Photoshop design", "Save the table as"),
    "a copy not finished": Mistake(b"\0" * 4096, None, None, "only NUL bytes", "Copy it again"),
    "UTF-16 without a mark": Mistake(
        table(GOOD).decode().encode("utf-16-le"), None, None, "UTF-16 without a byte order mark", "Save the table as"
    ),
    "UTF-16 cut off": Mistake(
        table(GOOD).decode().encode("utf-16")[:-1],
        None,
        None,
        "UTF-16 and broken or cut off at byte",
        "Save the table as",
    ),
    "UTF-32": Mistake(table(GOOD).decode().encode("utf-32"), None, None, "is UTF-32", "Save the table as"),
    "a header of Windows-1252": Mistake(
        "job_id,psd_path,aepx_path,text:Überschrift\nT1,a.psd,b.aep,x\n".encode("cp1252"),
        1,
        "4",
        "is not UTF-8: byte 0xDC (“Ü” in Windows-1252)",
        "Save the table as",
    ),
    "the last line cut off": Mistake(
        table(GOOD)[:-1], 2, None, "The last row does not end in a line break", "Go on if it is complete"
    ),
}
MISTAKES = IN_THE_ROWS | AS_A_WHOLE


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place_what_was_found_and_what_to_write(name: str) -> None:
    """The sentence that people read holds all four."""
    mistake = MISTAKES[name]
    told = problems(read(mistake.data))
    found = [problem for problem in told if mistake.found in str(problem) and problem.row == mistake.row]
    assert len(found) == 1, list(map(str, told))
    sentence = str(found[0])
    assert found[0].column == mistake.column
    if mistake.row is not None:
        assert sentence.startswith(f"row {mistake.row}")
    if mistake.column is not None:
        assert f"column {mistake.column}: " in sentence
    assert mistake.advice in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize("name", IN_THE_ROWS)
def test_a_mistake_in_one_row_leaves_the_other_rows_alone(name: str) -> None:
    """Row 2 is good in all of them (a duplicate is a fault of both rows), and row 3 has that one fault and no other."""
    first, second = read(IN_THE_ROWS[name].data).rows
    assert first.job_id == "T1"
    assert not first.errors or name.startswith("the same")
    assert len((*second.errors, *second.warnings)) == 1


def test_all_mistakes_of_all_rows_are_told_at_once() -> None:
    """Nobody has to drop a table ten times to hear of ten mistakes."""
    data = table(
        row(job_id="a b", psd_path="x.png", aepx_path="/t.aepx", output_name="a b.aep", priority="?"),
        GOOD,
        row(job_id="T2", notes='5" disc'),
        row(job_id="T3", output_name='"t3'),
        "T4,d.psd",
        row(job_id="T5", output_name="", psd_path=""),
    )
    told = {line.number: {problem.column for problem in line.errors} for line in read(data).rows}
    assert told == {
        2: {"job_id", "psd_path", "aepx_path", "output_name"},
        3: set(),
        4: {"notes"},
        5: {"output_name"},
        6: {"aepx_path"},
        7: {"psd_path"},
    }


def test_there_are_at_least_forty_kinds_of_mistakes() -> None:
    assert len(MISTAKES) >= 40
