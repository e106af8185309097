"""Hostile names: of files on the disk, in tables, of folders and of jobs. Each is refused in words, or does no harm."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from corpus import TALLY, Case, unreadable
from corpus_names import ALL, BAD, GOOD
from test_corpus import Through, run_all

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.batch import Limits, Row
from hotfolderd.inbox.batches import plan_jobs
from hotfolderd.inbox.drops import list_drops
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.inbox.names import check_job_id, check_output_name, job_id_from
from hotfolderd.inbox.paths import check_path
from hotfolderd.inbox.problem import printable
from hotfolderd.inbox.report import as_text, as_yaml, rejected_csv
from hotfolderd.review.pages import _link


def refusal(check: Callable[[str], object], text: str) -> str:
    try:
        check(text)
    except RefusedError as error:
        return str(error)
    return ""


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 60


@pytest.mark.parametrize("name", BAD)
def test_no_bad_name_is_a_path_or_a_job(name: str) -> None:
    """As a path it is refused, or means the plain file of its last part."""
    began = time.monotonic()
    said = [refusal(check_path, name), refusal(check_job_id, name), refusal(check_output_name, name + ".aep")]
    assert said[1]
    assert said[2]
    if not said[0]:
        plain = check_path(name)
        assert ".." not in plain.split("/")
        assert not plain.startswith("/")
    for sentence in filter(None, said):
        assert unreadable(sentence, "") == "", sentence
    TALLY.add("names", ascii(name), accepted=not said[0], seconds=time.monotonic() - began)


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_but_honest_name_is_a_files(name: str) -> None:
    assert check_path(name + ".psd") == name + ".psd"
    TALLY.add("names", ascii(name), accepted=True, seconds=0)


@pytest.mark.parametrize("name", ALL)
def test_what_is_made_of_a_name_is_a_jobs_name_or_nothing(name: str) -> None:
    made = job_id_from(name)
    if made:
        check_job_id(made)


def on_disk(folder: Path, name: str) -> bool:
    """Make a folder of that name, if the disk can."""
    try:
        os.mkdir(os.fsencode(folder) + b"/" + name.encode("utf-8", "surrogateescape"))  # noqa: PTH102
    except (OSError, ValueError, UnicodeEncodeError):
        return False
    return True


def test_every_name_that_the_disk_takes_goes_through_as_a_folder_and_as_files(
    tmp_path: Path, files: Path, through: Through
) -> None:
    """A folder of that name with a design and a project of that name, as it is listed, examined, reported, planned."""
    inbox = tmp_path / "0-inbox"
    inbox.mkdir()
    names = [name for name in ALL if name not in {".", ".."} and "/" not in name and on_disk(inbox, name)]
    assert len(names) >= 40
    for name in names:
        for file, suffix in (("design.psd", ".psd"), ("template.aepx", ".aepx")):
            target = os.fsencode(inbox / name) + b"/" + (name[:100] + suffix).encode("utf-8", "surrogateescape")
            shutil.copyfile(files / file, target)
    assert list_drops(inbox)
    faults = []
    for name in names:
        report = examine_folder(inbox / name, batch="B1")
        for text in (
            as_text(report),
            as_yaml(report),
            repr(plan_jobs(report.valid_rows, "B1", "anna", datetime.now(UTC))),
        ):
            bad = [c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"}]
            faults += [f"{name!a}: holds {bad[0]!a}"] if bad else []
            text.encode()
        said = [*report.errors, *(one for row in report.rows for one in (*row.errors, *row.missing))]
        faults += [f"{name!a}: {why}: {one}" for one in said if (why := unreadable(str(one), ""))]
        for row in report.rows:
            if row.verdict == "valid":
                check_job_id(row.job_id)
    assert not faults, "\n".join(faults)
    tasks = [inbox / name for name in names]
    run_all(through, "folders", [Case(ascii(name), b"", None) for name in names], "", {"drop": tasks})


@pytest.mark.parametrize("name", ["x\udcff", "\u202ex", "a\x1b[2Jb", "=cmd()"])
def test_a_table_with_a_hostile_name_is_reported(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.csv"
    data = f"job_id,psd_path,aepx_path,notes\n=1+1,{name}.psd,@SUM(A1),+cmd\n"
    path.write_bytes(data.encode("utf-8", "surrogateescape"))
    report = examine(path, frozenset(), Limits(), batch="B1")
    text, table = as_text(report), rejected_csv(report, path.read_bytes()).decode("utf-8-sig")
    text.encode()
    as_yaml(report).encode()
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\ufe0f"]
    for cell in table.splitlines()[1].split(","):
        assert cell.lstrip('"')[:1] not in {"=", "+", "-", "@", "\t", "\r"}, cell


def test_a_reports_cell_is_never_a_formula(tmp_path: Path) -> None:
    for start in ("=", "+", "-", "@", "\t", "\r"):
        path = tmp_path / "t.csv"
        path.write_bytes(f'job_id,psd_path,aepx_path\n"{start}cmd|x",a.psd,b.aepx\n'.encode())
        table = rejected_csv(examine(path, frozenset()), path.read_bytes()).decode("utf-8-sig")
        cell = table.split("\r\n", 1)[1]
        assert cell.lstrip('"').startswith("'"), (start, cell)


@pytest.mark.parametrize("name", [*ALL, "javascript:alert(1)", "//evil/x.png", "x?y#z", "a&b\"'<>"])
def test_a_name_in_an_address_is_only_ever_a_name(name: str) -> None:
    link = _link("previews/" + name.encode("utf-8", "replace").decode())
    assert link.isascii()
    assert not set(link) & set("\"'<>?#:\\ \n\r\t")
    assert link.startswith("previews/")
    assert quote("/", safe="") not in link


@pytest.mark.parametrize("name", ALL)
def test_a_terminal_shows_a_name_and_obeys_it_not(name: str) -> None:
    shown = printable(f"{name}: x\ny")
    shown.encode()
    assert not [c for c in shown if c not in "\n\t" and unicodedata.category(c)[0] == "C"]


def test_a_row_may_name_what_it_likes_and_its_files_stay_below_the_drop(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "secret.psd").write_bytes(b"8BPS")
    (tmp_path / "drop" / "link.psd").symlink_to(tmp_path / "secret.psd")
    (tmp_path / "drop" / "up").symlink_to(tmp_path)
    rows = [f'J{at},"{name}",link.psd\n' for at, name in enumerate(("../secret.psd", "up/secret.psd", "link.psd"))]
    (tmp_path / "drop" / "t.csv").write_text("job_id,psd_path,aepx_path\n" + "".join(rows))
    found: tuple[Row, ...] = examine(tmp_path / "drop" / "t.csv", frozenset()).rows
    assert [row.verdict for row in found] == ["invalid"] * 3
    assert [row.files for row in found] == [()] * 3
