"""The record of a job: what is written is read again, one change is one write, damage is noticed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from hotfolderd.model import Issue
from hotfolderd.records import Answer, Failure, Intent, Job, Question, Record, StageTimes, read_job

AT = "2026-11-20T10:00:00.000Z"
FULL = Job(
    "J1", "template", "u1", "B1", "6-approval", "awaiting_approval", AT, AT,
    client="Ünïcode ✓", priority="high", progress=85, revisions={"review": 2}, builds=1,
    question=Question("approval", 1, 2, AT),
    answer=Answer("approval", "approve", "7-completed", "anna", AT, 3, "1" * 64, notes="line\nline"),
    decisions=3, intent=Intent("6-approval", "7-completed", "stage_transition", "anna"), attempts=2,
    retry_at=1_800_000_000.25, failure=Failure("5-generation", "s", "ToolError", "m", "w", "l", 3, AT),
    stages={"4-override": StageTimes(skipped=True)}, verdicts={"validate": "clear"}, finished={"validate": "f"},
    deployed="/somewhere", approved_with_warnings=1, completed_at=AT,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".job").mkdir()
    with Record(tmp_path) as record:
        record.job = FULL
    return tmp_path


def test_a_job_is_read_as_it_was_written(folder: Path) -> None:
    assert read_job(folder) == FULL


def test_a_job_is_replaced_not_added(folder: Path) -> None:
    for number in range(3):
        with Record(folder) as record:
            record.job = dataclasses.replace(record.job, progress=number)
    assert read_job(folder).progress == 2
    assert len(json.loads((folder / ".job" / "record.json").read_bytes())["job"]) == 1


def test_reading_writes_nothing(folder: Path) -> None:
    before = (folder / ".job" / "record.json").stat()
    with Record(folder) as record:
        assert record.warnings() == record.decisions() == record.assets() == []
    after = (folder / ".job" / "record.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [p.name for p in (folder / ".job").iterdir()] == ["record.json"]


def test_several_changes_are_one_write(folder: Path) -> None:
    path = folder / ".job" / "record.json"
    before = path.read_bytes()
    with Record(folder) as record:
        record.job = dataclasses.replace(FULL, progress=1)
        record.add_decision({"gate": "review"})
        record.replace_assets("draw", [{"path": "a"}])
        assert path.read_bytes() == before
    with Record(folder) as record:
        assert record.job.progress == 1
        assert record.decisions() == [{"gate": "review"}]
        assert record.assets() == [{"step": "draw", "path": "a"}]


def test_an_error_drops_the_whole_change(folder: Path) -> None:
    def change() -> None:
        with Record(folder) as record:
            record.job = dataclasses.replace(FULL, progress=1)
            raise KeyError

    with pytest.raises(KeyError):
        change()
    assert read_job(folder) == FULL


def test_warnings_keep_their_numbers_and_are_resolved_by_them(folder: Path) -> None:
    issues = [Issue("missing_font", "warning", f"font {n}") for n in range(3)]
    with Record(folder) as record:
        record.replace_warnings("read", issues[:2])
        record.replace_warnings("validate", issues[2:])
    with Record(folder) as record:
        assert [row["id"] for row in record.warnings()] == [1, 2, 3]
        record.resolve_warnings([2, 99], by="anna", at=AT)
    with Record(folder) as record:
        resolved = [row for row in record.warnings() if row["resolved"]]
        assert [(row["id"], row["resolved_by"], row["message"]) for row in resolved] == [(2, "anna", "font 1")]
        record.replace_warnings("read", issues[:1])
        assert [row["message"] for row in record.warnings()] == ["font 2", "font 0"]


def test_a_folder_without_a_record_holds_no_job(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        read_job(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "\x00" * 100,
        "[]",
        "5",
        '"x"',
        '{"job": 5}',
        '{"job": {"1": 5}}',
        '{"job": {"x": {}}}',
        '{"job": {"1": {}}}',
    ],
)
def test_a_damaged_record_is_noticed_in_one_way(folder: Path, damage: str) -> None:
    (folder / ".job" / "record.json").write_text(damage)
    with pytest.raises((ValueError, LookupError)):
        read_job(folder)


def test_a_record_cut_anywhere_is_noticed(folder: Path) -> None:
    path = folder / ".job" / "record.json"
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises((ValueError, LookupError)):
            read_job(folder)


def test_any_file_name_can_be_recorded(folder: Path) -> None:
    """A name that is no UTF-8 comes from the disk as a lone surrogate."""
    with Record(folder) as record:
        record.replace_assets("draw", [{"path": "bad\udcff.png"}])
    with Record(folder) as record:
        assert record.assets()[0]["path"] == "bad\udcff.png"


@pytest.mark.parametrize(
    ("job", "left_from"),
    [
        (dataclasses.replace(FULL, failure=None), None),
        (FULL, "5-generation"),
        (dataclasses.replace(FULL, failure=None, held_from="2-review"), "2-review"),
        (dataclasses.replace(FULL, held_from="failed"), "failed"),
    ],
)
def test_where_a_job_may_return_to_is_known(job: Job, left_from: str | None) -> None:
    assert job.left_from == left_from
