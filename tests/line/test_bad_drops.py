"""Bad input: every mistake is told where it was made, nothing dropped is lost, and other jobs are unharmed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from house import House

from hotfolderd.demo.batch import make_small_batch

PROJECTS = Path(__file__).parents[2] / "../shared/samples/projects"
HEADER = "job_id,psd_path,aepx_path,output_name,client_name,project_name,priority,notes"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def files_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("row", "found", "advice"),
    [
        ("bad id!,tiny.psd,tiny.aep,x.aep,,,,", "Invalid job_id", "job_id"),
        (",tiny.psd,tiny.aep,x.aep,,,,", "Missing job_id", "job_id"),
        ("A1,,tiny.aep,x.aep,,,,", "Missing psd_path", "psd_path"),
        ("A1,tiny.psd,tiny.aep,my file.aep,,,,", "Invalid output_name", "output_name"),
        ("A1,tiny.aep,tiny.aep,x.aep,,,,", "not a PSD", "psd_path"),
        ("A1,../tiny.psd,tiny.aep,x.aep,,,,", "..", "psd_path"),
        ("A1,/etc/passwd,tiny.aep,x.aep,,,,", "/etc/passwd", "psd_path"),
    ],
)
def test_one_wrong_row_refuses_the_whole_batch_and_says_where(house: House, row: str, found: str, advice: str) -> None:
    """The report names row, column and what was found; no job is made and every file is still there."""
    make_small_batch(house.inbox, 1, share_design=True)
    good = "GOOD,tiny.psd,tiny.aep,good.aep,,,high,"
    (house.inbox / "tiny.csv").write_text(f"{HEADER}\n{good}\n{row}\n")
    before = files_below(house.inbox)
    house.run_until_idle()
    report = (house.inbox / "tiny.report.txt").read_text()
    assert "Row 3" in report
    assert found in report
    assert advice in report
    assert house.where("GOOD") is None
    assert files_below(house.inbox) == before | {"tiny.report.txt"}


def test_a_refused_table_is_taken_when_it_was_corrected(house: House) -> None:
    """The report goes away with the mistake."""
    make_small_batch(house.inbox, 1)
    table = house.inbox / "tiny.csv"
    good = table.read_text()
    table.write_text(good.replace("TINY0001", "TINY 0001"))
    with house:
        report = house.wait_for("0-inbox/tiny.report.txt")
        assert "Invalid job_id" in report.read_text()
        table.write_text(good)
        house.wait_for("2-review/TINY0001/review.yaml")
        assert not report.exists()


def test_accept_valid_takes_the_good_rows_and_gives_the_bad_ones_back(house: House) -> None:
    """The bad rows come back as a CSV with the reason in a column."""
    make_small_batch(house.inbox, 2)
    (house.inbox / "tiny.batch.yaml").write_text("on_invalid_rows: accept_valid\nsubmitted_by: anna\n")
    table = house.inbox / "tiny.csv"
    table.write_text(table.read_text().replace("tiny0002_final.aep", "tiny 2.aep"))
    house.run_until_idle()
    assert house.where("TINY0001") == "2-review"
    assert house.where("TINY0002") is None
    rejected = (house.inbox / "tiny.rejected.csv").read_text("utf-8-sig")
    assert rejected.splitlines()[0].endswith(",error")
    assert "TINY0002" in rejected
    assert "Invalid output_name: tiny 2.aep" in rejected
    assert (house.inbox / "tiny0002.psd").exists()
    assert (house.inbox / "tiny.aep").exists(), "the refused row needs the template too"


def test_a_table_waits_visibly_for_the_files_that_it_names(house: House) -> None:
    """The report and `status` name the missing file; when it comes the job begins."""
    store = house.root.parent / "store"
    make_small_batch(store, 1)
    shutil.copytree(store / "footage", house.inbox / "footage")
    for name in ("tiny.csv", "tiny0001.psd"):
        shutil.copy(store / name, house.inbox)
    with house:
        report = house.wait_for("0-inbox/tiny.report.txt")
        assert "tiny.aep" in report.read_text()
        shown = house.command("status").stdout
        assert "waiting for files" in shown
        assert "tiny.aep" in shown
        shutil.copy(store / "tiny.aep", house.inbox)
        house.wait_for("2-review/TINY0001/review.yaml")


def test_a_table_that_is_still_being_written_is_not_read_early(house: House) -> None:
    """Rows that come one after the other, each before the table was still, all become jobs."""
    make_small_batch(house.inbox, 3)
    table = house.inbox / "tiny.csv"
    lines = table.read_text().splitlines(keepends=True)
    table.unlink()
    house.settings["settle_s"] = 1.0
    with house:
        with table.open("w") as stream:
            for line in lines:
                stream.write(line)
                stream.flush()
                time.sleep(0.5)
        for job in ("TINY0001", "TINY0002", "TINY0003"):
            house.wait_for(f"2-review/{job}/review.yaml")
    assert len(list(house.root.glob("batches/BATCH*"))) == 1


def test_the_same_table_dropped_twice_is_told_and_not_done_twice(house: House) -> None:
    """The ids exist already: refused with the name of the job."""
    make_small_batch(house.inbox, 1)
    again = (house.inbox / "tiny.csv").read_text()
    house.run_until_idle()
    for path in (house.folder("TINY0001") / "assets").glob("*.*"):
        shutil.copy(path, house.inbox)
    (house.inbox / "tiny.csv").write_text(again)
    house.run_until_idle()
    assert "Duplicate job_id: TINY0001" in (house.inbox / "tiny.report.txt").read_text()
    assert len(list(house.root.glob("*/TINY0001"))) == 1


def broken_project(house: House, kind: str) -> tuple[str, str]:
    """Put a broken design or project in place of the good one; the name of the file and a word of the reason."""
    if kind == "truncated design":
        path = house.inbox / "tiny0002.psd"
        path.write_bytes(path.read_bytes()[:-5000])
        return path.name, "tiny0002.psd"
    if kind == "doctype":
        path = house.inbox / "evil.aepx"
        path.write_bytes(
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><AfterEffectsProject/>'
        )
        return path.name, "DOCTYPE"
    path = house.inbox / "helperProject.aep"
    shutil.copy(PROJECTS / "helperProject.aep", path)
    return path.name, "After Effects"


@pytest.mark.parametrize("kind", ["truncated design", "doctype", "old project"])
def test_a_broken_file_is_told_by_name_and_the_other_job_goes_on(house: House, kind: str) -> None:
    """accept_valid: the good row becomes a job, the other is reported with its file, which stays where it is."""
    if kind == "old project" and not PROJECTS.is_dir():
        pytest.skip("the sample files are not here")
    make_small_batch(house.inbox, 2)
    (house.inbox / "tiny.batch.yaml").write_text("on_invalid_rows: accept_valid\n")
    name, word = broken_project(house, kind)
    if name.endswith((".aep", ".aepx")):
        table = house.inbox / "tiny.csv"
        lines = table.read_text().splitlines()
        lines[2] = lines[2].replace("tiny.aep", name)
        table.write_text("\n".join(lines) + "\n")
    house.run_until_idle()
    assert house.where("TINY0001") == "2-review"
    assert house.where("TINY0002") is None
    assert word in (house.inbox / "tiny.rejected.csv").read_text("utf-8-sig")
    assert (house.inbox / name).exists()


def test_a_file_that_breaks_after_the_intake_fails_its_job_alone_and_a_retry_goes_on(house: House) -> None:
    """failed/ says what is wrong and what to do; with the file mended, control.yaml leads the job on."""
    make_small_batch(house.inbox, 2)
    house.run_until_idle()
    for job in ("TINY0001", "TINY0002"):
        house.edit(house.root / f"2-review/{job}/review.yaml", decision="approve")
    damaged = house.folder("TINY0001") / "previews/psd/tiny_bg.png"
    damaged.write_bytes(b"this is no picture")
    design = house.folder("TINY0002") / "assets/tiny0002.psd"
    good = design.read_bytes()
    design.write_bytes(b"this is no design")
    house.run_until_idle()
    assert house.where("TINY0001") == "6-approval", "a damaged export is made again"
    assert house.where("TINY0002") == "failed"
    failure = house.status("TINY0002")["failure"]
    assert failure["stage"] == "3-validation"
    assert "tiny0002.psd" in failure["message"]
    assert "retry" in failure["what_to_do"]
    (house.folder("TINY0002") / "assets/tiny0002.psd").write_bytes(good)
    (house.folder("TINY0002") / "control.yaml").write_text("action: retry\nby: anna\n")
    house.run_until_idle()
    assert house.where("TINY0002") == "6-approval"
    assert house.status("TINY0002")["status"] == "awaiting_approval"
