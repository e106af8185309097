"""A decision that leads back to its own folder: the work is done there, and the question is put again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from studio import Killed, Studio

from hotfolderd.pipeline import APPROVAL, FAILED, ON_HOLD, PROCESSING, REVIEW
from hotfolderd.records import Job
from hotfolderd.review.editing import set_keys
from hotfolderd.work import Done


@pytest.fixture
def asked(studio: Studio) -> Studio:
    studio.order("J1")
    studio.work()
    assert studio.stage("J1") == REVIEW
    return studio


def again(studio: Studio, notes: str = "again") -> None:
    studio.decide("J1", "pending", by="anna", notes=notes)


def test_the_job_stays_and_is_asked_the_next_round(asked: Studio) -> None:
    before = (asked.place("J1") / "review.yaml").read_bytes()
    again(asked)
    asked.work()
    assert asked.stage("J1") == REVIEW
    assert asked.travelled("J1") == [PROCESSING, REVIEW], "no move was made"
    assert asked.runs("J1")[-2:] == ["redraw", "ask-review"]
    record = asked.record("J1")
    assert (record.answer, record.decisions, record.revisions) == (None, 1, {"review": 2})
    assert asked.answers("J1") == ["0001-review.receipt.yaml", "0001-review.yaml"]
    sidecar = (asked.place("J1") / "review.yaml").read_text()
    assert "revision: 2" in sidecar
    assert "decision: pending" in sidecar
    assert sidecar.encode() != before
    assert (asked.place("J1") / "previews" / "again-1.txt").exists()


def test_people_are_told_of_the_decision_and_of_the_next_round_once_each(asked: Studio) -> None:
    again(asked)
    asked.work()
    titles = [message["title"] for message in asked.messages()]
    assert titles.count("J1: Redrawing for anna") == 1
    assert [title for title in titles if "round 2 is ready" in title] == ["J1 (ACME): round 2 is ready"]
    assert len(asked.messages("no_more_reviews")) == 0, "the job itself comes back"
    receipt = asked.receipt("J1", "0001-review")
    assert (receipt["message"], receipt["result"]) == ("Redrawing for anna.", "round 2 is ready")
    assert {"redrawn", "asked_to_redraw", "asked_again"} <= set(asked.actions("J1"))


def test_the_status_says_what_is_being_done_and_then_what_is_asked(asked: Studio) -> None:
    again(asked)
    seen = []
    for _ in range(40):
        asked.turn()
        asked.clock.seconds += 0.7
        status = asked.status("J1")
        seen.append((status["stage"], status["status"], status["doing"]))
    assert (REVIEW, "processing", "Drawing again") in seen
    status = asked.status("J1")
    assert (status["status"], status["doing"], status["progress"]) == ("awaiting_review", "", 32)
    assert status["needs"].startswith("review.yaml: ")


def test_round_after_round_and_then_on(asked: Studio) -> None:
    for number in range(1, 4):
        again(asked, f"again {number}")
        asked.work()
        assert asked.record("J1").revisions == {"review": number + 1}
    asked.decide("J1", "approve", by="anna")
    asked.work()
    assert asked.stage("J1") == APPROVAL
    assert [row["decision"] for row in asked.decisions("J1")] == ["again", "again", "again", "approve"]
    assert asked.runs("J1").count("redraw") == 3


def test_a_file_of_the_last_round_never_answers_the_next(asked: Studio) -> None:
    old = (asked.place("J1") / "review.yaml").read_text()
    again(asked)
    asked.work()
    (asked.place("J1") / "review.yaml").write_text(set_keys(old, {"decision": "approve", "by": "anna"}))
    asked.work()
    assert asked.stage("J1") == REVIEW
    assert asked.record("J1").decisions == 1
    assert "answers round 1, asked was round 2" in asked.problems("J1", "review")


def test_what_is_written_at_once_into_the_new_sidecar_is_read(asked: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new sidecar lies there a moment before people are told: an answer in that moment is not lost."""
    finish = asked.store.finish_step

    def finish_and_be_answered(folder: Path, job: Job, done: Done, *, gate: str | None, **more: Any) -> Job:
        job = finish(folder, job, done, gate=gate, **more)
        if gate:
            sidecar = folder / "review.yaml"
            sidecar.write_text(set_keys(sidecar.read_text(), {"decision": "approve", "by": "berta"}))
        return job

    again(asked)
    with monkeypatch.context() as patch:
        patch.setattr(asked.store, "finish_step", finish_and_be_answered)
        while asked.record("J1").revisions != {"review": 2}:
            asked.turn()
            asked.clock.seconds += 0.7
    asked.work()
    assert asked.stage("J1") == APPROVAL
    assert [row["by"] for row in asked.decisions("J1")] == ["anna", "berta"]


def test_what_somebody_writes_while_the_work_is_done_is_kept_beside(asked: Studio) -> None:
    """A file that decides about a part is no untouched question, though the whole of it is pending."""
    again(asked)
    while not (asked.workers.tasks and asked.record("J1").doing == "Drawing again"):  # type: ignore[attr-defined]
        asked.turn()
        asked.clock.seconds += 0.7
    text = "decision: pending\nsegments:\n  - {segment: 1, decision: approve}\n"
    (asked.place("J1") / "review.yaml").write_text(text)
    asked.work()
    assert (asked.place("J1") / "decisions" / "early-01-review.yaml").read_text() == text
    assert "revision: 2" in (asked.place("J1") / "review.yaml").read_text()


def test_what_fails_on_the_way_is_retried_where_it_stood(studio: Studio) -> None:
    studio.order("J1", redraw="JobError 1")
    studio.work()
    again(studio)
    studio.work()
    assert studio.stage("J1") == FAILED
    studio.control("J1", action="retry")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert studio.record("J1").revisions == {"review": 2}
    assert studio.runs("J1").count("redraw") == 2


def test_a_hold_on_the_way_is_resumed_with_the_work_that_was_asked_for(studio: Studio) -> None:
    studio.order("J1", redraw="ToolError 1")
    studio.work()
    again(studio)
    studio.work(patience_s=3.0)
    assert studio.record("J1").answer is not None
    studio.control("J1", action="hold")
    studio.work(patience_s=3.0)
    assert studio.stage("J1") == ON_HOLD
    studio.control("J1", action="resume")
    studio.work(patience_s=300.0)
    assert studio.stage("J1") == REVIEW
    assert studio.record("J1").revisions == {"review": 2}


def test_killed_between_telling_and_noting_people_are_told_once(asked: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    again(asked)

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(asked.store, "ask_again", die)
    with pytest.raises(Killed):
        asked.work()
    asked.restart()
    asked.work()
    titles = [message["title"] for message in asked.messages() if "round 2 is ready" in message["title"]]
    assert titles == ["J1 (ACME): round 2 is ready"]
    assert asked.record("J1").answer is None
    assert asked.record("J1").decisions == 1


def test_what_is_made_anew_after_the_question_was_prepared_is_asked_about_anew(
    asked: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is lost between the asking and the telling: the question never shows what is not."""
    again(asked)

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(asked.store, "ask_again", die)
    with pytest.raises(Killed):
        asked.work()
    (asked.place("J1") / "previews" / "again-1.txt").unlink()
    asked.restart()
    asked.work()
    assert asked.runs("J1").count("redraw") == 2
    assert asked.record("J1").revisions == {"review": 3}
    assert "revision: 3" in (asked.place("J1") / "review.yaml").read_text()
