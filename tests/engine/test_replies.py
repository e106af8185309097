"""Questions that need nobody: answered for the whole batch, or by a rule of the configuration."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_line
from studio import Killed, Studio

from hotfolderd import disk
from hotfolderd.pipeline import APPROVAL, ON_HOLD, OVERRIDE, REVIEW

JOBS = ("J1", "J2", "J3", "J4")


@pytest.fixture
def asked(studio: Studio) -> Studio:
    """Four jobs of one batch with equal letters wait for their review."""
    for job in JOBS:
        studio.order(job)
    studio.work()
    assert {studio.stage(job) for job in JOBS} == {REVIEW}
    return studio


def for_all(studio: Studio, job: str = "J1") -> None:
    studio.decide(job, "approve", by="anna", apply_to="batch")


def answered(studio: Studio, job: str) -> list[str]:
    """What the history says of answers that nobody wrote there."""
    return [event["message"] for event in studio.events(job) if event["action"] == "review_answered"]


def test_one_file_answers_for_all_jobs_of_the_batch(asked: Studio) -> None:
    for_all(asked)
    asked.work()
    assert {asked.stage(job) for job in JOBS} == {APPROVAL}
    assert asked.receipt("J1", "0001-review")["serves"] == 3
    assert asked.receipt("J1", "0001-review")["next"] is None
    assert len(asked.messages("no_more_reviews")) == 1
    for job in JOBS[1:]:
        assert [(one["decision"], one["by"], one["notes"]) for one in asked.decisions(job)] == [
            ("approve", "anna", "as in J1")
        ]
        assert answered(asked, job) == ["review.yaml answered for anna: as in J1"]
        assert asked.answers(job) == ["0001-review.receipt.yaml", "0001-review.yaml"]
        receipt = asked.receipt(job, "0001-review")
        assert (receipt["by"], receipt["notes"]) == ("anna", "as in J1")
        assert "serves" not in receipt
    assert answered(asked, "J1") == []


def test_an_answer_for_one_job_serves_no_other(asked: Studio) -> None:
    asked.decide("J1", "approve", by="anna")
    asked.work()
    assert [asked.stage(job) for job in JOBS] == [APPROVAL, REVIEW, REVIEW, REVIEW]
    assert "serves" not in asked.receipt("J1", "0001-review")


def test_a_job_that_comes_later_is_answered_on_its_arrival_and_nobody_is_told_to_look(asked: Studio) -> None:
    for_all(asked)
    asked.work()
    asked.order("J5")
    asked.work()
    assert asked.stage("J5") == APPROVAL
    assert asked.decisions("J5")[0]["by"] == "anna"
    assert not [one for one in asked.messages("review_ready") if "J5" in one["title"]]
    assert [one for one in asked.messages("decision_taken") if "J5" in one["title"]]


def test_what_a_person_has_touched_is_not_overwritten(asked: Studio) -> None:
    path = asked.place("J2") / "review.yaml"
    mine = path.read_text().replace("notes: ''", "notes: let me think")
    path.write_text(mine)
    (asked.place("J3") / "review.yaml").unlink()
    for_all(asked)
    asked.work()
    assert [asked.stage(job) for job in JOBS] == [APPROVAL, REVIEW, REVIEW, APPROVAL]
    assert path.read_text() == mine
    assert asked.receipt("J1", "0001-review")["serves"] == 1
    asked.restart()
    asked.work()
    assert asked.stage("J2") == REVIEW
    assert path.read_text() == mine


def test_other_letters_and_other_batches_are_not_served(asked: Studio) -> None:
    asked.order("OTHER", "dear writer")
    asked.order("ELSEWHERE", batch="B2")
    asked.work()
    for_all(asked)
    asked.work()
    assert asked.stage("J4") == APPROVAL
    assert (asked.stage("OTHER"), asked.stage("ELSEWHERE")) == (REVIEW, REVIEW)
    assert asked.receipt("J1", "0001-review")["serves"] == 3


def test_a_job_that_was_returned_waits_for_a_person(studio: Studio) -> None:
    for job in ("J1", "J2"):
        studio.order(job, "a bad letter")
    studio.work()
    for_all(studio)
    studio.work()
    assert (studio.stage("J1"), studio.stage("J2")) == (OVERRIDE, OVERRIDE)
    studio.decide("J2", "return", by="ben")
    studio.work()
    assert studio.stage("J2") == REVIEW
    studio.restart()
    studio.work()
    assert studio.stage("J2") == REVIEW
    assert len(answered(studio, "J2")) == 1


def test_a_job_that_a_person_has_put_on_hold_waits_for_a_person(asked: Studio) -> None:
    asked.decide("J2", "hold", by="ben")
    asked.work()
    for_all(asked)
    asked.work()
    assert asked.stage("J2") == ON_HOLD
    asked.control("J2", action="resume")
    asked.work()
    assert asked.stage("J2") == REVIEW
    assert answered(asked, "J2") == []


def test_answers_are_looked_for_once_not_at_each_look(asked: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def counting(*given: object) -> None:
        looked.append(str(given[1]))

    monkeypatch.setattr(toy_line, "answer_review", counting)
    asked.order("J5", "another")
    asked.work()
    for _ in range(5):
        asked.clock.seconds += 100
        asked.turn()
    assert len(looked) == 1
    asked.restart()
    for _ in range(5):
        asked.work()
        asked.clock.seconds += 100
    assert len(looked) == 1 + len(JOBS) + 1


def test_an_answer_that_lies_there_at_the_start_is_found(asked: Studio) -> None:
    (asked.root.batches / "B1" / "answers").mkdir(parents=True)
    content = '{"job": "J0", "letter": "dear reader", "by": "anna"}'
    (asked.root.batches / "B1" / "answers" / "review-J0.json").write_text(content)
    asked.work()
    assert {asked.stage(job) for job in JOBS} == {REVIEW}
    asked.restart()
    asked.work()
    assert {asked.stage(job) for job in JOBS} == {APPROVAL}


def test_where_an_answer_cannot_be_read_a_person_is_asked(asked: Studio) -> None:
    (asked.root.batches / "B1" / "answers").mkdir(parents=True)
    (asked.root.batches / "B1" / "answers" / "review-J0.json").write_text("[")
    asked.order("J5")
    asked.work()
    assert asked.stage("J5") == REVIEW
    assert [one for one in asked.messages("review_ready") if "J5" in one["title"]]


# by a rule --------------------------------------------------------------------------------------------------------


def test_a_rule_answers_and_is_named_as_who_decided(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(rule="reader")
    studio.order("J1")
    studio.order("J2", "dear writer")
    studio.work()
    assert (studio.stage("J1"), studio.stage("J2")) == (APPROVAL, REVIEW)
    assert studio.decisions("J1")[0]["by"] == "hotfolderd"
    assert studio.receipt("J1", "0001-review")["by"] == "hotfolderd"
    assert studio.receipt("J1", "0001-review")["notes"] == "it says reader"
    assert answered(studio, "J1") == ["review.yaml answered for hotfolderd: it says reader"]
    approved = [event for event in studio.events("J1") if event["action"] == "stage_approved"]
    assert [(event["user_id"], event["message"]) for event in approved] == [
        ("hotfolderd", "Stage 2 approved by hotfolderd")
    ]


def test_the_rule_needs_to_be_on_no_list_of_reviewers(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(rule="reader", reviewers={"review": ("anna",)})
    studio.order("J1")
    studio.work()
    assert studio.stage("J1") == APPROVAL


def test_nobody_decides_in_the_name_of_the_rule(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(rule="writer", reviewers={"review": ("anna",)})
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve", by="hotfolderd")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert "`hotfolderd` may not decide here" in studio.problems("J1", "review")


def test_an_answer_for_the_batch_is_held_against_the_reviewers(asked: Studio) -> None:
    for_all(asked)
    asked.turn()
    asked.clock.seconds += 3
    asked.turn()  # decided, and written into the files of the others
    asked.turn()
    assert "by: anna" in (asked.place("J2") / "review.yaml").read_text()
    asked.restart(reviewers={"review": ("ben",)})
    asked.work()
    assert asked.stage("J2") == REVIEW
    assert "`anna` may not decide here" in asked.problems("J2", "review")


# crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["make", "write", "write.beside", "write.done"])
def test_a_daemon_killed_at_the_answer_for_the_batch_loses_neither_it_nor_the_decision(
    asked: Studio, point: str
) -> None:
    def kill(name: str, path: Path) -> None:
        if name == point and "answers" in str(path):
            raise Killed

    for_all(asked)
    disk.set_failpoint(kill)
    try:
        with pytest.raises(Killed):
            asked.work()
    finally:
        disk.set_failpoint(None)
    asked.restart()
    asked.work()
    assert {asked.stage(job) for job in JOBS} == {APPROVAL}
    assert [len(asked.decisions(job)) for job in JOBS] == [1, 1, 1, 1]
    assert asked.receipt("J1", "0001-review")["serves"] == 3


def test_a_disk_that_refuses_the_answer_is_waited_for(asked: Studio) -> None:
    sick = True

    def refuse(name: str, path: Path) -> None:
        if sick and name == "write" and "answers" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    for_all(asked)
    disk.set_failpoint(refuse)
    try:
        asked.work()
        assert asked.stage("J1") == REVIEW
        assert len(asked.decisions("J1")) == 1
        sick = False
        asked.clock.seconds += 600
        asked.work()
    finally:
        disk.set_failpoint(None)
    assert {asked.stage(job) for job in JOBS} == {APPROVAL}
    assert len(asked.decisions("J1")) == 1
