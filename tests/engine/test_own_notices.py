"""What a kind of job tells in words of its own: when a step is done, with a question, of a decision, of a failure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from studio import Killed, Studio

from hotfolderd.disk import set_failpoint
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.model import Notice
from hotfolderd.pipeline import APPROVAL, FAILED, REVIEW
from hotfolderd.records import read_job
from hotfolderd.work import Workbench

OWN = ["The words are drawn", "Redrawing for anna", "J1 for ACME: page 1", "J1 for ACME: page 2"]


def own(studio: Studio) -> Counter[str]:
    """What was told in words of the toy line, without the job's name."""
    events = ("stage_transition", "question")
    return Counter(one["title"].partition(": ")[2] for event in events for one in studio.messages(event))


def test_a_step_tells_when_it_is_done(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    assert own(studio) == {"The words are drawn": 1}


def test_a_decision_is_told_in_its_own_words_with_the_time_and_what_is_next(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    studio.decide("J1", "pending", by="anna", notes="again")
    studio.work()
    (told,) = [one for one in studio.messages("stage_transition") if "Redrawing" in one["title"]]
    assert told["title"] == "J1: Redrawing for anna"
    assert "Decided at " in told["body"]
    assert studio.messages("decision_taken") == [], "it is not told twice"
    assert "notices" not in studio.decisions("J1")[0] or not studio.decisions("J1")[0]["notices"]


def test_a_question_in_its_own_words_says_who_where_and_until_when(studio: Studio) -> None:
    studio.restart(reviewers={"approval": ("anna",)})
    studio.order("J1")
    studio.work()
    studio.decide("J1", "approve", by="anna")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    asked = studio.messages("question")
    assert sorted(one["note"] for one in asked) == ["page 1", "page 2"]
    assert {(one["who"], one["where"]) for one in asked} == {("anna", str(studio.place("J1") / "approval.yaml"))}
    assert studio.messages("preview_ready") == []


def test_a_failure_of_a_step_is_told_by_the_event_that_the_line_names(studio: Studio) -> None:
    studio.order("J1", build="JobError")
    studio.work()
    studio.decide("J1", "approve", by="anna")
    studio.work()
    assert studio.stage("J1") == FAILED
    (told,) = studio.messages("compile_failed")
    assert "letter.txt: is unreadable" in told["body"]
    assert studio.messages("job_failed") == []


def test_killed_at_any_change_of_the_disk_all_is_told_and_nothing_twice(studio: Studio) -> None:
    """Each attempt gets one change further; what was told is told again under the same key, which is one message."""
    studio.restart(retry=RetryPolicy(attempts=100, base_s=1.0, cap_s=1.0))
    studio.order("J1")
    deaths = 0
    try:
        while deaths < 400:
            set_failpoint(Dying(deaths // 2))
            try:
                drive(studio)
            except Killed:
                deaths += 1
                studio.restart()
            else:
                break
    finally:
        set_failpoint(None)
    assert deaths > 40
    assert studio.stage("J1") == APPROVAL
    assert own(studio) == dict.fromkeys(OWN, 1)


class Dying:
    """A failpoint at which everything ends, after so many others."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, _name: str, _path: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


def drive(studio: Studio) -> None:
    """From the drop to the approval, by way of one redrawing; each decision is written where it is still asked for."""
    studio.work()
    if studio.stage("J1") == REVIEW and read_job(studio.place("J1")).decisions == 0:
        studio.decide("J1", "pending", by="anna", notes="again")
        studio.work()
    if studio.stage("J1") == REVIEW and read_job(studio.place("J1")).answer is None:
        studio.decide("J1", "approve", by="anna")
        studio.work()


def test_what_a_running_step_tells_is_told_while_it_runs(studio: Studio) -> None:
    studio.order("J1")
    while not (studio.workers.tasks and studio.record("J1").doing == "Drawing"):  # type: ignore[attr-defined]
        studio.turn()
        studio.clock.seconds += 0.7
    place = studio.place("J1")
    bench = Workbench(place, place, {}, step="draw")
    bench.tell(21, "Drawing the first", [Notice("stage_transition", "first", {"said": "The first"})])
    seat = studio.reconciler.seats.of("J1")
    assert seat is not None
    assert seat.running is not None
    studio.reconciler._mover.show_progress(seat, seat.running)  # no step of the toy line takes so long
    assert own(studio)["The first"] == 1
    assert studio.status("J1")["doing"] == "Drawing the first"
