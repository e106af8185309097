"""Records and moves: killed at any point, the next look finishes what was begun; nothing is ever replaced."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from studio import LINES, Studio, die, killed_child

from hotfolderd.model import Issue
from hotfolderd.pipeline import (
    APPROVAL,
    ARCHIVE,
    COMPLETED,
    FAILED,
    GENERATION,
    OVERRIDE,
    PROCESSING,
    REVIEW,
    VALIDATION,
)
from hotfolderd.publishing import publish, restore_sidecar
from hotfolderd.records import Failure, Intent, Job, Record, StageTimes, read_job, stamp
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import WORK, Done, Output, Result


def moved(
    store: Store,
    place: Path,
    job: Job,
    target: str,
    action: str = "stage_transition",
    by: str = "system",
    message: str = "",
) -> Path:
    """A whole move, as the mover makes it; the new place."""
    there, begun = store.move(place, job, Intent(job.stage, target, action, by, message))
    store.arrive(there, begun)
    return there


class KillingRoot:
    """A root that kills the process when its path is asked for: after the intent was noted, before the rename."""

    def __init__(self, root: Root) -> None:
        self._root = root

    @property
    def path(self) -> Path:
        die()


def killing_clock(studio: Studio, after: int) -> Any:
    """A clock that kills the process the `after`th time it is read (from 0)."""
    count = iter(range(1000))

    def now() -> object:
        if next(count) == after:
            die()
        return studio.clock.now()

    return now


def arrived(studio: Studio, job: str = "J1") -> tuple[str, str]:
    """Where the folder stands and where its record says, after the next look."""
    return studio.stage(job), studio.record(job).stage


# moves ------------------------------------------------------------------------------------------------------------


def test_a_move_notes_renames_and_arrives(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    studio.clock.seconds += 60
    target = moved(studio.store, place, studio.record("J1"), REVIEW, by="anna", message="All done")
    assert target == studio.root.path / REVIEW / "J1"
    assert not place.exists()
    job = read_job(target)
    assert (job.stage, job.status, job.intent, job.progress) == (REVIEW, "awaiting_review", None, 30)
    assert job.stages[PROCESSING].completed_by == "anna"
    assert job.stages[REVIEW] == StageTimes(started_at=stamp(studio.clock.now()))
    status = studio.status("J1")
    assert (status["stage"], status["status"], status["needs"]) == (
        REVIEW,
        "awaiting_review",
        "review.yaml: confirm the letter",
    )
    assert "Job J1: Transitioned from Stage 1-processing to 2-review" in [e["message"] for e in studio.events("J1")]


def test_killed_between_the_intent_and_the_rename_the_job_stays_and_goes_again(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    store = Store(KillingRoot(studio.root), LINES, studio.clock.now)  # type: ignore[arg-type]  # it is one that kills
    assert killed_child(lambda: moved(store, place, read_job(place), REVIEW)) == 9
    assert studio.stage("J1") == PROCESSING
    intent = studio.record("J1").intent
    assert intent is not None
    assert intent.target == REVIEW
    studio.restart()
    studio.work()
    assert arrived(studio) == (REVIEW, REVIEW)
    assert studio.record("J1").intent is None


@pytest.mark.parametrize("after", range(1, 5))
def test_killed_between_the_rename_and_the_arrival_the_arrival_is_noted_then(studio: Studio, after: int) -> None:
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    place = studio.place("J1")
    store = Store(studio.root, LINES, killing_clock(studio, after))
    code = killed_child(lambda: moved(store, place, read_job(place), ARCHIVE, "cancel", by="anna"))
    assert code == 9
    assert studio.stage("J1") == ARCHIVE
    studio.restart()
    studio.turn()
    job = studio.record("J1")
    assert (job.stage, job.intent, job.status, job.held_from) == (ARCHIVE, None, "cancelled", APPROVAL)
    assert job.stages[APPROVAL].completed_by == "anna"
    studio.work()
    assert studio.messages("illegal_move") == []


def test_a_new_job_that_was_killed_on_its_way_in_arrives(studio: Studio) -> None:
    studio.order("J1")
    assert studio.record("J1").stage == "0-inbox"
    studio.restart()
    studio.turn()
    assert arrived(studio) == (PROCESSING, PROCESSING)
    assert "drop_accepted" in studio.actions("J1")


def test_a_move_never_replaces_anything(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    (studio.root.path / REVIEW / "J1").mkdir()
    with pytest.raises(FileExistsError):
        moved(studio.store, place, studio.record("J1"), REVIEW)
    assert place.is_dir(), "not even an empty folder"
    with pytest.raises(FileExistsError):
        studio.store.return_folder(place, studio.root.path / REVIEW / "J1")


def test_a_taken_name_costs_a_wait_and_the_job_goes_on_when_it_is_free(studio: Studio) -> None:
    studio.order("J1")
    blocker = studio.root.path / REVIEW / "J1"
    blocker.mkdir()
    for _ in range(20):
        due = studio.turn()
        studio.clock.seconds += due or 0.0
    assert (studio.root.path / PROCESSING / "J1" / ".job").exists()
    blocker.rmdir()
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_a_skipped_override_is_noted(studio: Studio) -> None:
    place = studio.order("J1")
    job = dataclasses.replace(studio.record("J1"), stage=VALIDATION, intent=None)
    there = moved(studio.store, place, job, GENERATION)
    assert read_job(there).stages[OVERRIDE].skipped


def test_a_failure_is_kept_with_the_progress_that_was_reached(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    job = dataclasses.replace(studio.record("J1"), progress=20)
    failure = Failure(PROCESSING, "read", "JobError", "bad", "mend", "log", 1, "t", progress=20)
    place = moved(studio.store, place, dataclasses.replace(job, failure=failure), FAILED, "preprocessing_failed")
    failed = read_job(place)
    assert (failed.stage, failed.status, failed.progress, failed.left_from) == (FAILED, "failed", 0, PROCESSING)
    assert failed.failure is not None
    assert failed.failure.progress == 20
    assert failed.stages[PROCESSING].completed_at is None, "the stage was not completed"


# the record -------------------------------------------------------------------------------------------------------


def test_a_killed_writer_leaves_a_readable_record_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """A child writes and acknowledges through a pipe until it is killed, forty times at different moments."""
    studio = Studio(tmp_path / "folders")
    place = studio.order("J1")
    for number in range(40):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            count = read_job(place).decisions
            while True:
                count += 1
                studio.store.save(place, dataclasses.replace(read_job(place), decisions=count), ("a", "b"))
                os.write(writer, b"%d\n" % count)
        os.close(writer)
        said = os.read(reader, 1)
        time.sleep(0.0007 * number)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while piece := os.read(reader, 65536):
            said += piece
        os.close(reader)
        numbers = [int(word) for word in said.split()]
        found = read_job(place).decisions
        if numbers:
            assert found in (numbers[-1], numbers[-1] + 1)
    assert read_job(place).decisions > 40


def test_a_change_that_fails_half_way_changes_nothing(studio: Studio) -> None:
    place = studio.order("J1")
    before = (place / ".job" / "record.json").read_bytes()

    def change() -> None:
        with Record(place) as record:
            record.job = dataclasses.replace(record.job, priority="high")
            record.add_decision({"x": 1})
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  it is the one that was just raised
        change()
    assert (place / ".job" / "record.json").read_bytes() == before


def test_a_stamp_is_in_universal_time_with_milliseconds(studio: Studio) -> None:
    there = datetime(2026, 11, 20, 12, 0, 2, 114_900, timezone(timedelta(hours=2)))
    assert stamp(there) == "2026-11-20T10:00:02.114Z"


def test_warnings_of_a_step_are_replaced_not_gathered(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    job = studio.record("J1")
    done = Done("read", "f", (), "d", Result(issues=(Issue("missing_font", "warning", "one"),)), 0.1)
    job = studio.store.finish_step(place, job, done, gate=None)
    two = Result(issues=(Issue("missing_font", "warning", "two"),), verdict="clear")
    job = studio.store.finish_step(place, job, dataclasses.replace(done, result=two), gate=None)
    assert [w["message"] for w in studio.status("J1")["warnings"]] == ["two"]
    assert job.verdicts == {"read": "clear"}
    assert job.finished == {"read": "f"}


# publishing -------------------------------------------------------------------------------------------------------


def done_with(folder: Path, step: str, files: dict[str, str]) -> Done:
    """A finished step as a worker leaves it."""
    work = folder / WORK / step
    outputs = []
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
        outputs.append(Output(name, len(text), "sha"))
    return Done(step, "f", tuple(outputs), "d", Result(), 0.1)


def published(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".job" not in path.parts
    }


def test_public_outputs_come_into_the_job_folder_private_ones_stay(tmp_path: Path) -> None:
    done = done_with(tmp_path, "draw", {"previews/a.png": "A", "output/b.aep": "B", "c.json": "C", "review.yaml": "D"})
    publish(tmp_path, done)
    assert published(tmp_path) == {"previews/a.png": "A", "output/b.aep": "B", "review.yaml": "D"}
    assert (tmp_path / WORK / "draw" / "c.json").read_text() == "C"
    assert (tmp_path / WORK / "draw" / "review.yaml").read_text() == "D", "to write it again if it is deleted"


def test_publishing_twice_is_harmless(tmp_path: Path) -> None:
    done = done_with(tmp_path, "draw", {"previews/a.png": "A", "previews/b.png": "B"})
    publish(tmp_path, done)
    publish(tmp_path, done)
    assert published(tmp_path) == {"previews/a.png": "A", "previews/b.png": "B"}


def test_what_an_earlier_run_made_and_this_one_did_not_is_taken_away(tmp_path: Path) -> None:
    publish(tmp_path, done_with(tmp_path, "draw", {"previews/a.png": "A", "previews/b.png": "B"}))
    publish(tmp_path, done_with(tmp_path, "other", {"previews/c.png": "C"}))
    publish(tmp_path, done_with(tmp_path, "draw", {"previews/a.png": "A2"}))
    assert published(tmp_path) == {"previews/a.png": "A2", "previews/c.png": "C"}
    publish(tmp_path, done_with(tmp_path, "draw", {"private.json": "P"}))
    assert published(tmp_path) == {"previews/c.png": "C"}


def test_killed_while_publishing_the_next_time_finishes_it(tmp_path: Path) -> None:
    publish(tmp_path, done_with(tmp_path, "draw", {"previews/a.png": "A", "previews/old.png": "O"}))
    done = done_with(tmp_path, "draw", {"previews/a.png": "A2", "previews/b.png": "B2"})
    (tmp_path / WORK / "draw" / "previews" / "a.png").replace(tmp_path / "previews" / "a.png")
    publish(tmp_path, done)
    assert published(tmp_path) == {"previews/a.png": "A2", "previews/b.png": "B2"}


def test_a_sidecar_is_restored_as_it_was_asked_or_not_at_all(tmp_path: Path) -> None:
    assert not restore_sidecar(tmp_path, "review.yaml", "ask-review")
    assert list(tmp_path.iterdir()) == []
    publish(tmp_path, done_with(tmp_path, "ask-review", {"review.yaml": "decision: pending\n"}))
    (tmp_path / "review.yaml").unlink()
    assert restore_sidecar(tmp_path, "review.yaml", "ask-review")
    assert (tmp_path / "review.yaml").read_text() == "decision: pending\n"


def test_the_assets_of_a_step_are_listed_with_size_and_digest(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    with Record(studio.place("J1")) as record:
        drawn = [asset for asset in record.assets() if asset["step"] == "draw"]
    assert [asset["path"] for asset in drawn] == ["previews/dear.txt", "previews/reader.txt"]
    assert drawn[0]["file_size"] == len("dear in red")
    assert drawn[0]["mime_type"] == "text/plain"
    assert len(drawn[0]["sha256"]) == 64


def test_putting_away_twice_is_harmless(studio: Studio) -> None:
    place = studio.order("J1")
    (place / "review.yaml").write_text("decision: approve\n")
    (place / "review.problems.txt").write_text("old")
    for _ in range(2):
        studio.store.put_away(place, "review.yaml", 1, {"accepted": True})
    assert studio.answers("J1") == ["0001-review.receipt.yaml", "0001-review.yaml"]
    assert not (place / "review.problems.txt").exists()
    (place / "review.yaml").write_text("a new question")
    studio.store.put_away(place, "review.yaml", 1, {"accepted": True})
    assert (place / "decisions" / "0001-review.yaml").read_text() == "decision: approve\n", "never replaced"


def test_the_history_is_one_json_object_a_line(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    lines = (studio.place("J1") / ".job" / "events.jsonl").read_text().splitlines()
    for line in lines:
        event = json.loads(line)
        assert event["job_id"] == "J1"
        assert event["batch_id"] == "B1"
        assert event["ts"].endswith("Z")
    assert json.loads(lines[0])["action"] == "job_created"


def test_a_completed_job_knows_when_it_was_completed(studio: Studio) -> None:
    place = studio.order("J1")
    job = dataclasses.replace(studio.record("J1"), stage=APPROVAL, intent=None)
    done = read_job(moved(studio.store, place, job, COMPLETED, by="anna"))
    assert (done.status, done.progress, done.completed_at) == ("completed", 100, stamp(studio.clock.now()))
