"""Where a mistake in a CSV stands, as an editor counts lines and columns."""

from __future__ import annotations

import pytest

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.csv_places import places
from hotfolderd.inbox.problem import Problem

TABLE = 'job_id,psd_path,notes,text:Title\nA,a.psd,,x\n"B","b, c.psd","two\nlines",y\nC,c.psd,,z\n'


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (1, None, (1, 1)),
        (1, "notes", (1, 17)),
        (2, "job_id", (2, 1)),
        (2, "text:Title", (2, 10)),
        (2, "TEXT:title", (2, 10)),
        (3, "psd_path", (3, 5)),
        (3, "notes", (3, 16)),
        (3, "text:Title", (4, 8)),
        (4, "psd_path", (5, 3)),
        (4, "2", (5, 3)),
        (4, "9", (5, 1)),
        (4, "not there", (5, 1)),
        (4, None, (5, 1)),
        (None, None, None),
        (77, None, None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_row_and_a_column_have_a_place(
    row: int | None, column: str | None, place: tuple[int, int] | None, encoding: str, newline: str
) -> None:
    data = TABLE.replace("\n", newline).encode(encoding)
    assert places(data, Limits())(Problem("x", "", row, column)) == place


def test_a_line_that_names_the_separator_is_a_line() -> None:
    place = places(b"sep=;\njob_id;psd_path\nA;a.psd\n", Limits())
    assert place(Problem("x", "", 1, "psd_path")) == (2, 8)
    assert place(Problem("x", "", 2, "psd_path")) == (3, 3)


def test_a_row_whose_quotes_are_wrong_takes_one_line() -> None:
    place = places(b'job_id,psd_path\nA,a 5" disc.psd\nB,b.psd\n', Limits())
    assert place(Problem("x", "", 2, "psd_path")) == (2, 3)
    assert place(Problem("x", "", 3, "psd_path")) == (3, 3)


@pytest.mark.parametrize("data", [b"", b"\n", b"PK\x03\x04", b"\xff\xfe\0\0", b'"unclosed'])
def test_what_is_no_table_has_rows_at_most(data: bytes) -> None:
    assert places(data, Limits())(Problem("x", "")) is None
