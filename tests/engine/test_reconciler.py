"""A job's way through the line, and whatever people and machines do to it on the way."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from studio import Killed, Studio

from hotfolderd.engine.hints import Hint
from hotfolderd.pipeline import (
    APPROVAL,
    ARCHIVE,
    BATCHES,
    COMPLETED,
    DEPLOYED,
    FAILED,
    GENERATION,
    INBOX,
    ON_HOLD,
    OVERRIDE,
    PROCESSING,
    REVIEW,
    VALIDATION,
)
from hotfolderd.records import Intent, Record
from hotfolderd.root import Root

# the way of a job -------------------------------------------------------------------------------------------------


def test_a_good_job_skips_the_override_and_is_delivered_after_two_approvals(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    assert studio.stage("J1") == REVIEW
    studio.decide("J1", "approve", by="anna")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    studio.decide("J1", "approve", by="ben")
    studio.work()
    assert studio.stage("J1") == COMPLETED
    assert studio.travelled("J1") == [PROCESSING, REVIEW, VALIDATION, GENERATION, APPROVAL, COMPLETED]
    assert (studio.root.deployed / "ACME" / "J1" / "result.txt").read_text() == "DEAR READER"
    job = studio.record("J1")
    assert (job.status, job.progress, job.approved_with_warnings) == ("completed", 100, 1)
    assert job.stages[OVERRIDE].skipped
    assert job.stages[REVIEW].completed_by == "anna"
    assert job.stages[APPROVAL].completed_by == "ben"
    assert job.completed_at is not None
    assert studio.runs("J1") == [
        "identify", "read", "draw", "ask-review", "validate", "build", "check-output", "ask-approval", "deliver",
    ]  # fmt: skip
    assert "approved_with_warnings" in studio.actions("J1")


def test_a_bad_job_stops_at_the_override_and_goes_on_with_a_reason(studio: Studio) -> None:
    studio.order("J1", "a bad letter")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == OVERRIDE
    assert not studio.record("J1").stages.get(OVERRIDE, None).skipped  # type: ignore[union-attr]  # it was entered
    receipt = studio.receipt("J1", "0001-review")
    assert receipt["message"] == "Critical validation issues found. Review required."
    assert (receipt["stage"], receipt["status"]) == (OVERRIDE, "awaiting_validation_review")
    studio.decide("J1", "override", reason="the client wants it so")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.decisions("J1")[-1]["reason"] == "the client wants it so"


def test_a_returned_job_is_asked_again_in_a_new_round(studio: Studio) -> None:
    studio.order("J1", "a bad letter")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "return")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert "revision: 2" in (studio.place("J1") / "review.yaml").read_text()
    (studio.place("J1") / "assets" / "letter.txt").write_text("a good letter")
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.travelled("J1")[-2:] == [GENERATION, APPROVAL]


def test_a_question_is_never_seen_before_everything_for_it_is_there(studio: Studio) -> None:
    """Zero wait: the folder comes into a person's folder with its sidecar, its page and its pictures."""
    studio.order("J1", "dear reader bad")
    asked: set[str] = set()
    for _ in range(60):
        due = studio.turn()
        studio.clock.seconds += due or 0.0
        stage = studio.stage("J1")
        if stage in (REVIEW, OVERRIDE, APPROVAL) and stage not in asked:
            asked.add(stage)
            gate = {REVIEW: "review", OVERRIDE: "override", APPROVAL: "approval"}[stage]
            assert (studio.place("J1") / f"{gate}.yaml").exists()
            assert (studio.place("J1") / f"{gate}.html").exists()
            assert (studio.place("J1") / "previews" / "dear.txt").exists()
            keys = {"reason": "it is meant to be so"} if stage == OVERRIDE else {}
            studio.decide("J1", "override" if stage == OVERRIDE else "approve", **keys)
    assert asked == {REVIEW, OVERRIDE, APPROVAL}
    assert studio.stage("J1") == COMPLETED


def test_a_rejected_job_returns_to_the_review_and_is_built_again(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "reject", reason="the colours are wrong")
    studio.work()
    assert studio.stage("J1") == REVIEW
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.runs("J1").count("build") == 2
    assert "revision: 2" in (studio.place("J1") / "approval.yaml").read_text()


def test_a_regenerated_job_is_built_again_though_nothing_changed(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "regenerate")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.runs("J1").count("build") == 2
    assert studio.runs("J1").count("validate") == 1
    assert studio.record("J1").revisions["approval"] == 2


def test_a_rejected_job_may_go_straight_to_the_generation(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "reject", reason="the script is wrong", return_to=GENERATION)
    studio.work()
    assert studio.travelled("J1")[-2:] == [GENERATION, APPROVAL]
    assert studio.runs("J1").count("build") == 2


# order of work ----------------------------------------------------------------------------------------------------


def test_urgent_jobs_are_worked_on_first_then_the_older_ones(studio: Studio) -> None:
    for name, priority in (("A", "low"), ("B", "medium"), ("C", "high"), ("D", "medium")):
        studio.order(name, priority=priority)
        studio.clock.seconds += 1
    studio.workers.places = 1  # type: ignore[attr-defined]  # these workers are ours
    studio.work()
    begun = studio.workers.begun  # type: ignore[attr-defined]  # these workers are ours
    assert list(dict.fromkeys(begun)) == ["C", "B", "D", "A"]


def test_no_more_jobs_are_at_work_at_once_than_allowed(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(max_jobs=2)
    for number in range(5):
        studio.order(f"J{number}")
    studio.turn()
    assert studio.reconciler.running() == 2
    assert studio.reconciler.waiting_for_workers() == 3
    studio.work()
    assert [studio.stage(f"J{n}") for n in range(5)] == [REVIEW] * 5


def test_a_draining_daemon_begins_nothing(studio: Studio) -> None:
    studio.order("J1")
    studio.reconciler.drain()
    studio.turn()
    assert studio.reconciler.running() == 0
    assert studio.stage("J1") == PROCESSING


def test_the_pointer_and_the_receipt_name_the_next_review(studio: Studio) -> None:
    studio.order("A", priority="low")
    studio.clock.seconds += 1
    studio.order("B")
    studio.work()
    pointer = studio.root.path / REVIEW / "NEXT.txt"
    assert pointer.read_text() == "B\n"
    studio.decide("B", "approve")
    studio.work()
    assert pointer.read_text() == "A\n"
    assert studio.receipt("B", "0001-review")["next"] == {"job": "A", "file": "2-review/A/review.yaml"}
    studio.decide("A", "approve")
    studio.work()
    assert pointer.read_text() == "\n"
    assert studio.receipt("A", "0001-review")["next"] is None
    assert [m["title"] for m in studio.messages("no_more_reviews")] == ["No more Stage 2 jobs. Excellent work!"]


# what changes, and what is done again -----------------------------------------------------------------------------


def retried(studio: Studio, job: str) -> list[str]:
    """What is run when a job that failed at its last step is tried again."""
    assert studio.stage(job) == FAILED
    before = len(studio.runs(job))
    studio.control(job, action="retry")
    studio.work()
    return studio.runs(job)[before:]


def test_a_job_that_is_tried_again_does_only_what_was_not_done(studio: Studio) -> None:
    studio.order("J1", draw="JobError 1")
    studio.work()
    assert retried(studio, "J1") == ["draw", "ask-review"]


def test_a_changed_asset_is_done_again_with_what_depends_on_it(studio: Studio) -> None:
    studio.order("J1", "one two", ask_review="JobError 1")
    studio.work()
    assert (studio.place("J1") / "previews" / "two.txt").exists()
    (studio.place("J1") / "assets" / "letter.txt").write_text("one three")
    assert retried(studio, "J1") == ["identify", "read", "draw", "ask-review"]
    assert sorted(p.name for p in (studio.place("J1") / "previews").iterdir()) == ["one.txt", "three.txt"]


def test_a_touched_asset_costs_one_look_at_it(studio: Studio) -> None:
    studio.order("J1", ask_review="JobError 1")
    studio.work()
    os.utime(studio.place("J1") / "assets" / "letter.txt", (1, 1))
    assert retried(studio, "J1") == ["identify", "ask-review"]


def test_another_setting_redoes_the_steps_that_use_it(studio: Studio) -> None:
    studio.order("J1", ask_review="JobError 1")
    studio.work()
    studio.restart(colour="blue")
    assert retried(studio, "J1") == ["draw", "ask-review"]
    assert (studio.place("J1") / "previews" / "dear.txt").read_text() == "dear in blue"


def test_a_deleted_preview_is_drawn_again(studio: Studio) -> None:
    studio.order("J1", ask_review="JobError 1")
    studio.work()
    (studio.place("J1") / "previews" / "dear.txt").unlink()
    assert retried(studio, "J1") == ["draw", "ask-review"]


# failures ---------------------------------------------------------------------------------------------------------


def test_a_fault_of_the_jobs_files_fails_it_at_once_and_says_what_to_do(studio: Studio) -> None:
    studio.order("J1", read="JobError")
    studio.order("J2")
    studio.work()
    assert studio.stage("J2") == REVIEW
    assert studio.stage("J1") == FAILED
    assert studio.runs("J1").count("read") == 1
    failure = studio.record("J1").failure
    assert failure is not None
    assert (failure.stage, failure.step, failure.error_class, failure.attempts) == (PROCESSING, "read", "JobError", 1)
    assert failure.message == "letter.txt: is unreadable. Write it again."
    assert "control.yaml" in failure.what_to_do
    assert "hotfolderd retry J1" in failure.what_to_do
    assert studio.status("J1")["failure"]["what_to_do"] == failure.what_to_do
    assert (studio.status("J1")["status"], studio.status("J1")["progress"]) == ("failed", 0)
    assert "unreadable" in studio.messages("job_failed")[0]["body"]


def test_a_fault_of_the_machine_is_tried_again_with_growing_delay_then_fails(studio: Studio) -> None:
    studio.order("J1", read="ToolError")
    waits: list[float] = []
    for _ in range(20):
        studio.turn()
        at = studio.record("J1").retry_at
        if at is not None and at > studio.clock():
            waits.append(at - studio.clock())
            assert studio.status("J1")["retry_at"]
            assert studio.turn() == pytest.approx(at - studio.clock())
            assert studio.reconciler.running() == 0, "it is not tried before its time"
            studio.clock.seconds = at
    first, second = waits
    assert 20 <= first <= 60
    assert 40 <= second <= 120
    assert studio.stage("J1") == FAILED
    assert studio.runs("J1").count("read") == 3
    failure = studio.record("J1").failure
    assert failure is not None
    assert (failure.attempts, failure.error_class) == (3, "ToolError")
    assert "on this machine" in failure.what_to_do


def test_a_retry_that_is_due_later_is_kept_over_a_restart(studio: Studio) -> None:
    studio.order("J1", read="ToolError 1")
    studio.turn()
    studio.turn()
    studio.turn()
    at = studio.record("J1").retry_at
    assert at is not None
    studio.restart()
    studio.clock.seconds = at - 1
    studio.turn()
    assert studio.reconciler.running() == 0
    studio.clock.seconds = at + 0.01
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert studio.record("J1").attempts == 0
    assert "retry_scheduled" in studio.actions("J1")


def test_a_bug_fails_the_job_with_its_traceback_in_a_log(studio: Studio) -> None:
    studio.order("J1", read="bug")
    studio.work()
    failure = studio.record("J1").failure
    assert failure is not None
    assert failure.error_class == "ValueError"
    assert "fault of hotfolderd" in failure.what_to_do
    log = (studio.place("J1") / failure.log).read_text()
    assert "Traceback" in log
    assert "nobody thought of this" in log
    assert "in read" in log


def test_a_failed_delivery_is_tried_again_without_asking_again(studio: Studio) -> None:
    studio.order("J1", deliver="JobError 1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "approve", by="anna")
    studio.work()
    assert studio.stage("J1") == FAILED
    assert retried(studio, "J1") == ["deliver"]
    assert studio.stage("J1") == COMPLETED
    assert len(studio.decisions("J1")) == 2


# killed at any moment ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(1, 12))
def test_a_daemon_that_is_killed_again_and_again_goes_on_where_it_was(studio: Studio, first: int) -> None:
    """The clock that is handed to the store is where the killing happens: it is read at every change."""
    count = 0

    def now() -> datetime:
        nonlocal count
        count += 1
        if count % 11 == first % 11:
            raise Killed
        return studio.clock.now()

    studio.order("J1", "dear bad reader")
    studio.restart(now=now)
    answered: list[tuple[str, int]] = []
    kills = 0
    while studio.stage("J1") != COMPLETED or studio.record("J1").stage != COMPLETED:
        try:
            studio.work()
        except Killed:
            kills += 1
            studio.restart()
            continue
        stage, job = studio.stage("J1"), studio.record("J1")
        if stage == COMPLETED:
            break
        assert stage in (REVIEW, OVERRIDE, APPROVAL)
        assert (stage, job.decisions) not in answered, f"the answer in {stage} was lost"
        answered.append((stage, job.decisions))
        keys = {"reason": "it is meant to be so"} if stage == OVERRIDE else {}
        studio.decide("J1", "override" if stage == OVERRIDE else "approve", **keys)
    assert kills > 4
    assert answered == [(REVIEW, 0), (OVERRIDE, 1), (APPROVAL, 2)]
    assert [decision["gate"] for decision in studio.decisions("J1")] == ["review", "override", "approval"]
    assert studio.answers("J1") == [
        "0001-review.receipt.yaml",
        "0001-review.yaml",
        "0002-override.receipt.yaml",
        "0002-override.yaml",
        "0003-approval.receipt.yaml",
        "0003-approval.yaml",
    ]
    assert (studio.root.deployed / "ACME" / "J1" / "result.txt").exists()


def test_a_step_that_ended_while_nobody_looked_is_taken_into_account(studio: Studio) -> None:
    """The worker had finished, the daemon was killed before it noted the verdict."""
    studio.order("J1", "a bad letter")
    studio.work()
    studio.decide("J1", "approve")
    while not (studio.stage("J1") == VALIDATION and studio.reconciler.running()):
        due = studio.turn()
        studio.clock.seconds += due or 0.0
    studio.workers.finished()
    studio.restart()
    studio.work()
    assert studio.stage("J1") == OVERRIDE


def test_pictures_of_a_step_that_ended_while_nobody_looked_are_published(studio: Studio) -> None:
    studio.order("J1")
    while "draw" not in studio.runs("J1"):
        studio.reconciler.round()
        if studio.runs("J1") == ["identify", "read"]:
            studio.workers.finished()
            studio.restart()
        else:
            studio.reconciler.collect(studio.workers.finished())
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert (studio.place("J1") / "previews" / "dear.txt").exists()


# folders moved by hand --------------------------------------------------------------------------------------------


EVERYWHERE = (
    INBOX, PROCESSING, REVIEW, VALIDATION, OVERRIDE, GENERATION, APPROVAL, COMPLETED, FAILED, ON_HOLD, ARCHIVE,
    BATCHES, DEPLOYED,
)  # fmt: skip
# What a person may do with a folder that waits: the target, and where the job stands when all is done.
LAWFUL = {
    REVIEW: {VALIDATION: APPROVAL, ON_HOLD: ON_HOLD, ARCHIVE: ARCHIVE},
    OVERRIDE: {REVIEW: REVIEW, ON_HOLD: ON_HOLD, ARCHIVE: ARCHIVE},
    APPROVAL: {COMPLETED: COMPLETED, GENERATION: APPROVAL, ON_HOLD: ON_HOLD, ARCHIVE: ARCHIVE},
    COMPLETED: {ARCHIVE: ARCHIVE},
    ARCHIVE: {COMPLETED: COMPLETED},
    FAILED: {PROCESSING: REVIEW, ON_HOLD: ON_HOLD, ARCHIVE: ARCHIVE},
    ON_HOLD: {REVIEW: REVIEW, ARCHIVE: ARCHIVE},
}


@pytest.mark.parametrize("stage", LAWFUL)
@pytest.mark.parametrize("target", EVERYWHERE)
def test_a_folder_dragged_anywhere_is_followed_or_put_back(
    waiting_in: Callable[..., Studio], stage: str, target: str
) -> None:
    studio = waiting_in(stage)
    if target == stage:
        return
    studio.drag("J1", target)
    studio.work()
    assert studio.stage("J1") == LAWFUL[stage].get(target, stage)
    told = list(studio.messages("illegal_move"))
    if target in LAWFUL[stage]:
        assert told == []
        assert "illegal_move" not in studio.actions("J1")
    else:
        assert [m["title"] for m in told] == [f"J1: put back to {stage}"]
        assert "illegal_move" in studio.actions("J1")
        assert not (studio.root.path / target / "J1").exists()


def test_a_folder_dragged_while_the_daemon_slept_is_treated_alike(waiting_in: Callable[..., Studio]) -> None:
    studio = waiting_in(REVIEW)
    studio.drag("J1", GENERATION)
    studio.restart()
    studio.work()
    assert studio.stage("J1") == REVIEW


@pytest.mark.parametrize("stage", [REVIEW, OVERRIDE, APPROVAL])
@pytest.mark.parametrize("target", EVERYWHERE)
def test_a_folder_dragged_before_its_arrival_was_noted_is_treated_alike(
    waiting_in: Callable[..., Studio], stage: str, target: str
) -> None:
    """Killed between the rename and the note of the arrival; the people are quicker than the next daemon."""
    source = {REVIEW: PROCESSING, OVERRIDE: VALIDATION, APPROVAL: GENERATION}[stage]
    studio = waiting_in(stage)
    with Record(studio.place("J1")) as record:
        record.job = dataclasses.replace(record.job, stage=source, intent=Intent(source, stage, "", "system"))
    if target not in (stage, source):
        studio.drag("J1", target)
    studio.restart()
    studio.work()
    assert studio.stage("J1") == (stage if target == source else LAWFUL[stage].get(target, stage))
    assert studio.record("J1").intent is None
    assert [m["title"] for m in studio.messages("illegal_move")] == (
        [] if target in (stage, source, *LAWFUL[stage]) else [f"J1: put back to {stage}"]
    )


def test_a_folder_dragged_onwards_is_an_approval_with_what_the_sidecar_says(waiting_in: Callable[..., Studio]) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    path.write_text(path.read_text().replace("notes: ''", "notes: looks fine"))
    studio.drag("J1", VALIDATION)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    decision = studio.decisions("J1")[0]
    assert (decision["gate"], decision["decision"], decision["notes"]) == ("review", "approve", "looks fine")
    assert studio.answers("J1") == ["0001-review.receipt.yaml", "0001-review.yaml"]


def test_dragging_is_no_way_round_the_sign_off_of_an_invalid_output(studio: Studio) -> None:
    studio.order("J1", "a broken letter")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    assert studio.status("J1")["status"] == "validation_failed"
    studio.drag("J1", COMPLETED)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert "force_approve" in studio.problems("J1", "approval")
    assert len(studio.decisions("J1")) == 1


def test_dragging_is_no_way_round_the_list_of_reviewers(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(reviewers={"review": ("anna",)})
    studio.order("J1")
    studio.work()
    studio.drag("J1", VALIDATION)
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert "may not decide here" in studio.problems("J1", "review")


@pytest.mark.parametrize("noticed", [False, True])
def test_a_folder_dragged_from_under_a_worker_does_not_fail(studio: Studio, noticed: bool) -> None:
    """What the worker makes of the missing files is not the job's fault."""
    studio.order("J1", read="JobError 9")
    studio.turn()
    while "identify" not in studio.runs("J1"):
        studio.turn()
    assert studio.reconciler.running() == 1
    studio.drag("J1", ON_HOLD)
    if noticed:  # before the worker comes back
        studio.reconciler.round()
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    job = studio.record("J1")
    assert (job.status, job.failure, job.attempts) == ("on_hold", None, 0)
    assert [place for place, path in studio.root.job_folders() if path.name == "J1"] == [ON_HOLD]


def test_an_answered_job_that_is_dragged_to_another_question_is_put_back(studio: Studio) -> None:
    studio.order("J1", deliver="ToolError 1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "approve")
    while studio.record("J1").retry_at is None:
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 3.0)
    studio.drag("J1", OVERRIDE)
    studio.turn()
    assert studio.stage("J1") == APPROVAL
    studio.work(patience_s=100)
    assert studio.stage("J1") == COMPLETED


def test_the_page_of_the_question_is_still_there_after_a_hold(waiting_in: Callable[..., Studio]) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "hold")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.receipt("J1", "0001-review")["status"] == "on_hold"
    studio.control("J1", action="resume")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert (studio.place("J1") / "review.html").exists()
    assert "decision: pending" in (studio.place("J1") / "review.yaml").read_text()
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert not (studio.place("J1") / "review.html").exists()


def test_a_failed_job_on_hold_comes_back_as_a_failed_job(waiting_in: Callable[..., Studio]) -> None:
    studio = waiting_in(FAILED)
    studio.control("J1", action="hold")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    studio.control("J1", action="resume")
    studio.work()
    assert studio.stage("J1") == FAILED
    assert studio.record("J1").failure is not None
    studio.control("J1", action="retry")
    studio.work()
    assert studio.stage("J1") == REVIEW


# folders that are not what they seem ------------------------------------------------------------------------------


def test_a_copy_under_another_name_is_left_alone_and_told_once(waiting_in: Callable[..., Studio]) -> None:
    studio = waiting_in(REVIEW)
    shutil.copytree(studio.place("J1"), studio.root.path / REVIEW / "J1 copy")
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert (studio.root.path / REVIEW / "J1 copy" / "review.yaml").exists()
    assert [m["title"] for m in studio.messages("illegal_move")] == ["2-review/J1 copy is left alone"]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("place", [PROCESSING, ON_HOLD])
def test_of_two_folders_with_one_job_the_one_in_its_place_goes_on(
    waiting_in: Callable[..., Studio], place: str, restarted: bool
) -> None:
    studio = waiting_in(REVIEW)
    shutil.copytree(studio.place("J1"), studio.root.path / place / "J1")
    if restarted:
        studio.restart()
    (studio.root.path / REVIEW / "J1" / "review.yaml").write_text("decision: approve\n")
    studio.work()
    assert (studio.root.path / APPROVAL / "J1").is_dir()
    assert (studio.root.path / place / "J1" / "review.yaml").exists()
    assert [m["title"] for m in studio.messages("illegal_move")] == [f"{place}/J1 is left alone"]


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"job": 5}', '{"job": {"1": {"job": "J1"}}}', "\x00" * 40])
def test_a_job_whose_record_is_damaged_is_left_alone_and_others_go_on(studio: Studio, damage: str) -> None:
    studio.order("J1")
    studio.order("J2")
    (studio.place("J1") / ".job" / "record.json").write_text(damage)
    studio.work()
    assert studio.stage("J2") == REVIEW
    assert studio.stage("J1") == PROCESSING
    assert len(studio.messages("illegal_move")) == 1


def test_a_record_that_is_damaged_under_way_stops_only_its_own_job(studio: Studio) -> None:
    studio.order("J1")
    studio.turn()
    (studio.place("J1") / ".job" / "record.json").write_text("{")
    studio.order("J2")
    for _ in range(30):
        studio.turn()
    assert studio.stage("J2") == REVIEW
    assert studio.stage("J1") == PROCESSING


def test_a_job_of_an_unknown_kind_stops_only_itself(studio: Studio) -> None:
    studio.order("J1")
    record = studio.place("J1") / ".job" / "record.json"
    record.write_text(record.read_text().replace('"kind":"toy"', '"kind":"opera"'))
    studio.order("J2")
    for _ in range(30):
        studio.turn()
    assert studio.stage("J2") == REVIEW
    assert studio.stage("J1") == PROCESSING


def test_a_folder_without_a_record_is_left_alone(studio: Studio) -> None:
    (studio.root.path / REVIEW / "holiday pictures").mkdir()
    studio.order("J1")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert (studio.root.path / REVIEW / "holiday pictures").is_dir()
    assert len(studio.messages("illegal_move")) == 1


def test_a_job_that_vanishes_is_forgotten_and_one_that_returns_is_known_again(
    waiting_in: Callable[..., Studio],
) -> None:
    studio = waiting_in(REVIEW)
    studio.work()
    aside = studio.root.path.parent / "J1"
    studio.place("J1").rename(aside)
    studio.work()
    assert studio.reconciler.status_of("J1") == ""
    assert [m["title"] for m in studio.messages("job_gone")] == ["J1: its folder was taken away from 2-review"]
    aside.rename(studio.root.path / REVIEW / "J1")
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL


def test_a_job_folder_copied_to_another_root_goes_on_there(waiting_in: Callable[..., Studio], tmp_path: Path) -> None:
    studio = waiting_in(REVIEW)
    other = Studio(tmp_path / "other")
    shutil.copytree(studio.place("J1"), other.root.path / REVIEW / "J1")
    other.decide("J1", "approve")
    other.work()
    assert other.stage("J1") == APPROVAL


# between two looks ------------------------------------------------------------------------------------------------


def test_another_job_put_in_the_place_of_one_is_never_written_over(studio: Studio) -> None:
    """A deleted folder and a new job of its name: what lies there counts, not what was remembered."""
    studio.order("J1")
    studio.turn()
    shutil.rmtree(studio.place("J1"))
    studio.order("J1", "another letter")
    uid = studio.record("J1").uid
    studio.work()
    studio.clock.seconds += 100
    studio.work()
    assert studio.record("J1").uid == uid
    assert studio.stage("J1") == REVIEW


def test_a_backup_of_a_folder_that_is_put_back_goes_on_from_what_it_holds(
    waiting_in: Callable[..., Studio], tmp_path: Path
) -> None:
    studio = waiting_in(REVIEW)
    studio.work()
    shutil.copytree(studio.place("J1"), tmp_path / "backup")
    studio.control("J1", action="priority", priority="high", by="anna")
    studio.work()
    assert studio.record("J1").priority == "high"
    shutil.rmtree(studio.place("J1"))
    shutil.copytree(tmp_path / "backup", studio.root.path / REVIEW / "J1")
    studio.decide("J1", "approve")
    studio.work()
    studio.clock.seconds += 100
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.record("J1").priority == "medium"


def test_a_job_that_is_dragged_into_the_inbox_on_its_way_into_the_line_enters_it(studio: Studio) -> None:
    studio.order("J1")
    studio.drag("J1", INBOX)
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_an_order_that_was_carried_out_is_not_refused_after_a_crash(waiting_in: Callable[..., Studio]) -> None:
    """Killed between the move and the receipt: the order is answered, not judged a second time."""
    studio = waiting_in(REVIEW)
    studio.control("J1", action="hold", by="anna", reason="waiting for the client")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    studio.store.put_away = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert (studio.place("J1") / "control.yaml").exists()
    studio.restart()
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    receipts = [
        yaml.safe_load(path.read_bytes()) for path in (studio.place("J1") / "decisions").glob("*control.receipt.yaml")
    ]
    assert [(one["accepted"], one["message"]) for one in receipts] == [(True, "hold by anna: waiting for the client")]
    assert not (studio.place("J1") / "control.yaml").exists()


def test_a_round_looks_only_at_the_jobs_that_are_hinted_at(waiting_in: Callable[..., Studio]) -> None:
    """A decision without a hint waits for the next look at everything; one with a hint is taken at once."""
    studio = waiting_in(REVIEW)
    studio.work()
    studio.decide("J1", "approve")
    for _ in range(5):
        studio.clock.seconds += 10
        studio.reconciler.collect(studio.workers.finished())
        assert studio.reconciler.round(Hint()) is None
    assert studio.stage("J1") == REVIEW
    hint = Hint(frozenset({studio.place("J1")}))
    assert studio.reconciler.round(hint) == pytest.approx(2.0), "it must be still first"
    studio.clock.seconds += 2.5
    while studio.reconciler.round(Hint()) == 0.0:
        pass
    assert studio.stage("J1") == VALIDATION


def test_entries_of_the_line_are_not_listed_for_every_move(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line's own moves are told by the watcher too; listing is put off, so that it takes a share of the time."""
    listed = []
    original = Root.job_names

    def slow(root: Root) -> Iterator[tuple[str, str]]:
        listed.append(1)
        time.sleep(0.02)
        return original(root)

    monkeypatch.setattr(Root, "job_names", slow)
    studio.order("J1")
    hint = Hint(frozenset({studio.root.path / PROCESSING}))
    studio.reconciler.round(hint)
    studio.store.show_late(all_of_them=True)  # else its status would be due sooner
    for _ in range(20):
        due = studio.reconciler.round(hint)
    assert len(listed) == 1
    assert due is not None
    assert due >= 20 * 0.02 * 0.5
    studio.clock.seconds += due + 0.01
    studio.reconciler.round(Hint())
    assert len(listed) == 2, "put off, not forgotten"


def test_a_job_that_comes_back_to_its_question_has_its_sidecar_at_once(waiting_in: Callable[..., Studio]) -> None:
    """Not only after the time for which a sidecar that somebody has deleted is left alone."""
    studio = waiting_in(REVIEW)
    studio.decide("J1", "hold")
    studio.work()
    studio.control("J1", action="resume")
    while studio.stage("J1") != REVIEW:
        studio.turn()
        studio.clock.seconds += 0.5
    assert "decision: pending" in (studio.place("J1") / "review.yaml").read_text()
