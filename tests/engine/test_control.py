"""Orders in a `control.yaml`: carried out with a receipt, or answered where they mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from studio import Killed, Studio

from hotfolderd.engine.desk import Control, Desk
from hotfolderd.pipeline import (
    APPROVAL,
    ARCHIVE,
    COMPLETED,
    FAILED,
    ON_HOLD,
    OVERRIDE,
    PROCESSING,
    REVIEW,
)
from hotfolderd.records import Job

Waiting = Callable[..., Studio]
# What each order does to a job that waits in each folder: the folder where it ends, None where it means nothing.
ORDERS = {
    "retry": {FAILED: REVIEW},
    "hold": {REVIEW: ON_HOLD, OVERRIDE: ON_HOLD, APPROVAL: ON_HOLD, FAILED: ON_HOLD},
    "resume": {ON_HOLD: REVIEW},
    "cancel": {
        REVIEW: ARCHIVE, OVERRIDE: ARCHIVE, APPROVAL: ARCHIVE, FAILED: ARCHIVE, ON_HOLD: ARCHIVE, COMPLETED: ARCHIVE,
    },
    "archive": {COMPLETED: ARCHIVE},
    "unarchive": {ARCHIVE: COMPLETED},
    "downloaded": {},  # where a delivery is to be taken, see below
}  # fmt: skip


@pytest.mark.parametrize("stage", [REVIEW, OVERRIDE, APPROVAL, COMPLETED, FAILED, ON_HOLD, ARCHIVE])
@pytest.mark.parametrize("action", ORDERS)
def test_every_order_in_every_folder_is_carried_out_or_answered(waiting_in: Waiting, action: str, stage: str) -> None:
    studio = waiting_in(stage)
    before = set(studio.answers("J1"))
    studio.control("J1", action=action, by="anna", reason="because")
    studio.work()
    wanted = ORDERS[action].get(stage)
    assert studio.stage("J1") == (wanted or stage)
    assert not (studio.place("J1") / "control.yaml").exists()
    new = sorted(set(studio.answers("J1")) - before)
    assert [name[4:] for name in new] == ["-control.receipt.yaml", "-control.yaml"]
    receipt = studio.receipt("J1", new[1].removesuffix(".yaml"))
    assert receipt["accepted"] is (wanted is not None)
    assert receipt["by"] == "anna"
    if wanted:
        assert receipt["message"] == f"{action} by anna: because"
    else:
        assert receipt["message"] == f"`{action}` means nothing for a job in {stage}"
        assert "sidecar_refused" in studio.actions("J1")


def test_a_held_job_is_not_worked_on_until_it_is_resumed(studio: Studio) -> None:
    studio.order("J1")
    studio.turn()
    studio.turn()
    studio.control("J1", action="hold")
    for _ in range(20):
        due = studio.turn()
        studio.clock.seconds += due or 0.0
    assert studio.stage("J1") in (ON_HOLD, REVIEW)
    if studio.stage("J1") == REVIEW:
        studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.record("J1").status == "on_hold"
    done = len(studio.runs("J1"))
    studio.clock.seconds += 10_000
    studio.work()
    assert len(studio.runs("J1")) == done
    studio.control("J1", action="resume")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert studio.runs("J1").count("read") == 1, "what was done is not done again"


def test_a_cancelled_job_is_cancelled_for_good(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.control("J1", action="cancel")
    studio.work()
    assert (studio.stage("J1"), studio.record("J1").status) == (ARCHIVE, "cancelled")
    studio.control("J1", action="unarchive")
    studio.work()
    assert studio.stage("J1") == ARCHIVE, "it was never completed"
    assert studio.record("J1").completed_at is None
    studio.drag("J1", COMPLETED)
    studio.work()
    assert studio.stage("J1") == ARCHIVE


def test_a_completed_job_comes_back_from_the_archive_as_it_was(waiting_in: Waiting) -> None:
    studio = waiting_in(COMPLETED)
    before = studio.record("J1")
    studio.control("J1", action="archive")
    studio.work()
    assert (studio.stage("J1"), studio.record("J1").status) == (ARCHIVE, "completed")
    studio.control("J1", action="unarchive")
    studio.work()
    after = studio.record("J1")
    assert (after.status, after.progress, after.deployed) == (before.status, before.progress, before.deployed)


def test_the_priority_is_changed_and_decides_who_is_next(studio: Studio) -> None:
    studio.order("A")
    studio.clock.seconds += 1
    studio.order("B")
    studio.work()
    assert studio.next_asked(REVIEW) == "A"
    studio.control("B", action="priority", priority="high")
    studio.work()
    assert studio.record("B").priority == "high"
    assert studio.next_asked(REVIEW) == "B"
    assert studio.receipt("B", "0001-control")["message"] == "Priority set to high"
    assert studio.stage("B") == REVIEW


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("action: explode\n", ["line 1", "'explode'"]),
        ("action: priority\n", ["`priority: high`"]),
        ("action: priority\npriority: urgent\n", ["line 2", "'urgent'"]),
        ("acton: hold\n", ["line 1", "Did you mean `action`?"]),
        ("hold\n", ["keys"]),
    ],
)
def test_an_order_that_cannot_be_read_stays_with_its_problems(waiting_in: Waiting, text: str, words: list[str]) -> None:
    studio = waiting_in(REVIEW)
    (studio.place("J1") / "control.yaml").write_text(text)
    studio.work()
    assert (studio.place("J1") / "control.yaml").read_text() == text
    for word in words:
        assert word in studio.problems("J1", "control")
    assert len(studio.messages("sidecar_refused")) == 1
    studio.control("J1", action="hold")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.problems("J1", "control") == ""


def test_only_the_named_people_may_order(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW, reviewers={"control": ("anna",)})
    studio.control("J1", action="cancel", by="eve")
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert "`eve` may not decide here" in studio.problems("J1", "control")


def test_a_failed_job_is_tried_again_from_the_step_that_is_named(studio: Studio) -> None:
    studio.order("J1", ask_review="JobError 1")
    studio.work()
    before = len(studio.runs("J1"))
    studio.control("J1", action="retry", **{"from": "read"})
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert studio.runs("J1")[before:] == ["read", "draw", "ask-review"]


def test_a_retry_from_an_unknown_step_is_refused_with_the_names(waiting_in: Waiting) -> None:
    studio = waiting_in(FAILED)
    studio.control("J1", action="retry", **{"from": "raed"})
    studio.work()
    assert studio.stage("J1") == FAILED
    receipt = studio.receipt("J1", "0001-control")
    assert receipt["accepted"] is False
    assert "auto, identify, read, draw" in receipt["message"]


def test_the_numbers_of_answers_go_on_whatever_people_delete(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    for priority in ("high", "low", "medium"):
        studio.control("J1", action="priority", priority=priority)
        studio.work()
        for path in (studio.place("J1") / "decisions").glob("*.receipt.yaml"):
            path.unlink()
    assert studio.answers("J1") == ["0001-control.yaml", "0002-control.yaml", "0003-control.yaml"]
    assert studio.record("J1").priority == "medium"


@pytest.mark.parametrize("at", range(1, 9))
def test_an_order_is_not_lost_when_the_daemon_is_killed(waiting_in: Waiting, at: int) -> None:
    """Killed at each moment at which the store asks for the time, the job is on hold in the end."""
    studio = waiting_in(REVIEW)
    count = 0

    def now() -> object:
        nonlocal count
        count += 1
        if count == at:
            raise Killed
        return studio.clock.now()

    studio.restart(now=now)
    studio.control("J1", action="hold", by="anna")
    try:
        studio.work()
    except Killed:
        studio.restart(now=studio.clock.now)
        studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.record("J1").status == "on_hold"
    assert not (studio.place("J1") / "control.yaml").exists()
    assert len(studio.answers("J1")) == 2


def test_an_order_killed_before_the_rename_is_carried_out_then(waiting_in: Waiting) -> None:
    class DyingRoot:
        @property
        def path(self) -> Path:
            raise Killed

    studio = waiting_in(FAILED)
    studio.restart(store_root=DyingRoot())
    studio.control("J1", action="retry")
    with pytest.raises(Killed):
        studio.work()
    assert studio.stage("J1") == FAILED
    studio.restart(store_root=studio.root)
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_an_order_to_a_job_at_work_is_read_between_its_steps(studio: Studio) -> None:
    studio.order("J1", read="ToolError 1")
    studio.work()
    assert studio.stage("J1") == PROCESSING
    studio.control("J1", action="hold")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    studio.control("J1", action="resume")
    studio.work()
    assert studio.stage("J1") == REVIEW


def is_held_after_its_first_step(studio: Studio) -> None:
    """A hold is ordered while the first step of J1 runs: the second one is not begun."""
    studio.order("J1")
    while studio.reconciler.running() == 0:
        studio.turn()
    studio.control("J1", action="hold")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.runs("J1") == ["identify"]


def test_an_order_written_while_a_step_runs_is_heard_before_the_next_one(studio: Studio) -> None:
    """Though the file has to lie still for a while before it is read."""
    is_held_after_its_first_step(studio)
    studio.control("J1", action="resume")
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_an_order_that_becomes_still_while_it_is_looked_at_comes_before_the_next_step(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at a job may take as long as the order has to lie still."""
    control = Desk.control

    def slowly(desk: Desk, folder: Path, job: Job) -> Control | None:
        found = control(desk, folder, job)
        studio.clock.seconds += 60.0 * (folder / "control.yaml").exists()
        return found

    monkeypatch.setattr(Desk, "control", slowly)
    is_held_after_its_first_step(studio)


@pytest.fixture
def awaiting(studio: Studio) -> Studio:
    """`J1` is delivered, and its line wants to hear that somebody has the delivery."""
    studio.order("J1", "dear reader, download it")
    studio.work()
    for _ in range(2):
        studio.decide("J1", "approve", by="anna")
        studio.work()
    assert studio.stage("J1") == COMPLETED
    return studio


def test_a_delivery_that_is_to_be_downloaded_completes_the_job_when_somebody_says_so(awaiting: Studio) -> None:
    job = awaiting.record("J1")
    assert (job.status, job.progress, job.completed_at, job.downloaded_at) == ("awaiting_download", 95, None, None)
    assert "action: downloaded" in job.needs
    assert "action: downloaded" in awaiting.messages("deployed")[0]["body"]
    awaiting.control("J1", action="downloaded", by="bert")
    awaiting.work()
    job = awaiting.record("J1")
    assert (awaiting.stage("J1"), job.status, job.progress, job.needs) == (COMPLETED, "completed", 100, "")
    assert (job.downloaded_by, job.completed_at) == ("bert", job.downloaded_at)
    assert awaiting.status("J1")["downloaded_by"] == "bert"
    assert awaiting.receipt("J1", "0003-control")["message"] == "downloaded by bert"
    assert "downloaded" in awaiting.actions("J1")


def test_a_second_receipt_for_one_download_means_nothing(awaiting: Studio) -> None:
    for number, by in ((3, "bert"), (4, "carl")):
        awaiting.control("J1", action="downloaded", by=by)
        awaiting.work()
        assert awaiting.receipt("J1", f"{number:04d}-control")["accepted"] is (by == "bert")
    assert awaiting.record("J1").downloaded_by == "bert"
    assert awaiting.actions("J1").count("downloaded") == 1


def test_a_delivery_that_nobody_has_taken_is_still_awaited_after_the_archive(awaiting: Studio) -> None:
    for action in ("archive", "unarchive"):
        awaiting.control("J1", action=action)
        awaiting.work()
    assert (awaiting.stage("J1"), awaiting.record("J1").status) == (COMPLETED, "awaiting_download")


def test_a_delivery_counts_as_taken_at_once_where_nothing_else_is_set(waiting_in: Waiting) -> None:
    """By whoever approved it, at the time of the delivery."""
    job = waiting_in(COMPLETED).record("J1")
    assert (job.status, job.downloaded_by, job.downloaded_at) == ("completed", "anna", job.completed_at)
