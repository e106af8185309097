"""Tables that are right, in all the forms that spreadsheets write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.columns import KNOWN
from hotfolderd.inbox.csv_text import UnreadableTableError, read_sheet
from hotfolderd.inbox.table import look_into, read_table

LIMITS = Limits(warn_below_rows=0)
NONE: frozenset[str] = frozenset()
TEXT = "job_id,psd_path,aepx_path,notes\nT1,a.psd,b.aepx,Größe\nT2,sub/a.psb,b.AEP,x\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("told", [False, True])
def test_every_form_of_a_table_is_read_alike(encoding: str, line_end: str, separator: str, told: bool) -> None:
    text = (f"sep={separator}\n" if told else "") + TEXT.replace(",", separator)
    table = read_table(text.replace("\n", line_end).encode(encoding), NONE, LIMITS, "B")
    assert [(row.number, row.job_id, row.psd_path, row.aepx_path, row.notes) for row in table.rows] == [
        (2, "T1", "a.psd", "b.aepx", "Größe"),
        (3, "T2", "sub/a.psb", "b.AEP", "x"),
    ]
    assert not table.errors
    assert not [row for row in table.rows if row.errors]


def test_cells_are_trimmed_and_empty_ones_have_their_defaults() -> None:
    text = (
        "Job_ID , PSD_PATH,aepx_path,output_name,client_name,project_name,priority,notes,text:Head,TEXT: sub line \n"
        ' T1 , a.psd,b.aep,, ACME Inc. ,,HIGH,"two\nlines, ""quoted""", Hello ,\n'
    )
    (row,) = read_table(text.encode(), NONE, LIMITS, "B1").rows
    assert not row.errors
    assert not row.warnings
    assert (row.job_id, row.output_name, row.client_name, row.project_name) == ("T1", "B1_T1.aep", "ACME Inc.", None)
    assert (row.priority, row.notes, row.texts) == ("high", 'two\nlines, "quoted"', {"Head": "Hello"})


def test_rows_are_counted_as_the_spreadsheet_counts_them() -> None:
    """The header is row 1; empty rows count, the lines of one cell do not, and `sep=` is hidden."""
    text = 'sep=,\njob_id,psd_path,aepx_path\n"T1",a.psd,b.aep\n,,\n\n"T4",a.psd,"b.aep"\nT 5,a.psd,b.aep\n'
    rows = read_table(text.encode(), NONE, LIMITS, "B").rows
    assert [row.number for row in rows] == [2, 5, 6]
    assert str(rows[2].errors[0]).startswith("row 6, column job_id: ")


def test_priority_of_a_table_without_that_column_is_said_once() -> None:
    table = read_table(TEXT.encode(), NONE, LIMITS, "B")
    assert [str(problem) for problem in table.warnings if "Priority" in problem.what] == [
        "Priority not specified, defaulting to 'medium'. Add a column priority to set it."
    ]
    assert {row.priority for row in table.rows} == {"medium"}


def test_a_short_table_is_doubted_but_taken() -> None:
    table = read_table(TEXT.encode(), NONE, Limits(), "B")
    assert "only 2 row(s) and may be incomplete" in str(table.warnings[0])
    assert not table.errors


def test_a_job_that_exists_cannot_be_ordered_again_in_any_case() -> None:
    table = read_table(TEXT.encode(), frozenset({"t2", "other"}), LIMITS, "B")
    assert not table.rows[0].errors
    assert [str(problem) for problem in table.rows[1].errors] == [
        (
            "row 3, column job_id: Duplicate job_id: T2 (the job t2 exists already). "
            "Write another job_id; was this table dropped twice?"
        ),
    ]


def test_a_thousand_rows_are_taken_and_one_more_is_not() -> None:
    head = "job_id,psd_path,aepx_path\n"
    rows = [f"T{number},a.psd,b.aep\n" for number in range(1001)]
    assert len(read_table((head + "".join(rows[:1000])).encode(), NONE, LIMITS, "B").rows) == 1000
    too_many = read_table((head + "".join(rows)).encode(), NONE, LIMITS, "B")
    assert too_many.errors
    assert too_many.rows == ()


def test_our_own_list_of_refused_rows_can_be_dropped_again() -> None:
    """Its column `error` is ignored, and the quote before what looks like a formula is taken off; only there."""
    text = "job_id,psd_path,aepx_path,notes,text:phone{}\nT1,a.psd,b.aep,'- first,'+49 30{}\n"
    ours = read_table(text.format(",error", ",row 2: x").encode(), NONE, LIMITS, "B").rows[0]
    assert (ours.notes, ours.texts["phone"], ours.errors) == ("- first", "+49 30", ())
    corrected = read_table(text.format("", "").encode(), NONE, LIMITS, "B", corrected=True).rows[0]
    assert corrected.texts["phone"] == "+49 30"
    foreign = read_table(text.format("", "").encode(), NONE, LIMITS, "B").rows[0]
    assert (foreign.notes, foreign.texts["phone"]) == ("'- first", "'+49 30")


def test_the_paths_of_a_half_written_table_are_seen_at_a_glance() -> None:
    data = b'job_id,psd_path,aepx_path\nT1,a.psd,../b.aep\nT2,sub\\c.psd,b.aep\nT3,"d.ps'
    assert look_into(data, LIMITS).paths == {"a.psd", "sub/c.psd", "b.aep", '"d.ps'} - {'"d.ps'}
    assert look_into(b"\0\0", LIMITS).paths == set()
    assert not look_into(data, LIMITS).errors_left
    assert look_into(b"job_id,error\nT1,bad\n", LIMITS).errors_left


@pytest.mark.parametrize("third", ["T3,c.psd,b.aep", 'T3,"c.psd",b.aep', 'T3,c.psd,b.aep"'])
def test_a_quote_that_nobody_closed_does_not_swallow_the_rows_below_it(third: str) -> None:
    """Whatever quotes stand further down: each row is read for itself, and the fault stands where it was opened."""
    data = f'job_id,psd_path,aepx_path\nT1,"a.psd,b.aep\nT2,a.psd,b.aep\n{third}\n'.encode()
    rows = read_table(data, NONE, LIMITS, "B").rows
    assert [row.number for row in rows] == [2, 3, 4]
    assert [row.job_id for row in rows] == ["T1", "T2", "T3"]
    assert rows[0].errors[0].column == "psd_path"
    assert "opened and not closed" in rows[0].errors[0].what
    assert not rows[1].errors


cells = st.lists(st.lists(st.text(max_size=8), min_size=4, max_size=4), max_size=6)


@given(cells, st.sampled_from(",;\t"), st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_pythons_own_writer_writes_is_read_back(rows: list[list[str]], separator: str, quoted: bool) -> None:
    """Quoting, line breaks and separators inside cells: the standard writer is the independent witness."""
    rows = [
        [cell.replace("\r", "").replace("\0", "").encode("utf-8", "replace").decode() for cell in row] for row in rows
    ]
    out = io.StringIO()
    header = ["job_id", "psd_path", "aepx_path", "notes"]
    how = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator="\n", quoting=how).writerows([header, *rows])
    sheet = read_sheet(out.getvalue().encode(), LIMITS, KNOWN)
    assert sheet.separator == separator
    assert [list(record.cells) for record in sheet.records] == rows
    assert not [record.fault for record in sheet.records if record.fault]


@given(st.binary(max_size=300) | st.text(alphabet='job_id,psd_path\n"; \t\0é', max_size=200).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_no_bytes_whatever_raise_anything(data: bytes) -> None:
    table = read_table(data, NONE, LIMITS, "B")
    assert table.errors or table.rows
    assert all(str(problem) for row in table.rows for problem in row.errors)
    look_into(data, LIMITS)


def test_a_large_hostile_table_is_read_in_reasonable_time(tmp_path: Path) -> None:
    """A quote opened in each of a thousand rows makes a naive reader read the rest of the file a thousand times."""
    head = b"job_id,psd_path,aepx_path,notes\n"
    data = head + b'"' + b"T1,a.psd,b.aep,x\n" * 999
    assert read_table(data.replace(b"T1", b'"T1'), NONE, LIMITS, "B").rows
    with pytest.raises(UnreadableTableError):
        read_sheet(head + b"\n" * 5_000_000, LIMITS, KNOWN)
    long = head + b'T1,a.psd,b.aep,"' + b"x" * 2_000_000 + b'"\n'
    assert "characters" in str(read_table(long * 3, NONE, LIMITS, "B").rows[0].errors[0])
