"""The table at the top of the rules, row by row."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from toy_line import APPROVAL_GATE, LINE, OVERRIDE_GATE, REVIEW_GATE

from hotfolderd.engine import rules
from hotfolderd.engine.rules import Arrive, AskAgain, Decide, Follow, Go, PutBack, RetryPolicy, Run, Seen, Wait
from hotfolderd.pipeline import (
    APPROVAL,
    ARCHIVE,
    COMPLETED,
    FAILED,
    GENERATION,
    JOB_FOLDERS,
    ON_HOLD,
    OVERRIDE,
    PROCESSING,
    REVIEW,
    VALIDATION,
    Gate,
)
from hotfolderd.records import Answer, Failure, Intent, Job, Question
from hotfolderd.work import Broken

NOW = 1000.0
AT = "2026-11-20T10:00:00.000Z"
ANSWER = Answer("approval", "approve", COMPLETED, "anna", AT, 1, "0" * 64)
PEOPLE = (REVIEW, OVERRIDE, APPROVAL)
MACHINES = (PROCESSING, VALIDATION, GENERATION)
AT_REST = (COMPLETED, FAILED, ON_HOLD, ARCHIVE)
GATES = {REVIEW: REVIEW_GATE, OVERRIDE: OVERRIDE_GATE, APPROVAL: APPROVAL_GATE}


def job(stage: str, **known: object) -> Job:
    return Job("J1", "toy", "u", "B1", stage, "processing", AT, AT, **known)  # type: ignore[arg-type]  # fields by name


def failed_in(stage: str) -> Job:
    return job(FAILED, failure=Failure(stage, "read", "JobError", "m", "w", "l", 1, AT))


def seen(
    folder: str,
    *,
    running: bool = False,
    step_due: bool = False,
    target: str | None = None,
    target_gate: Gate | None = None,
    left_gate: Gate | None = None,
) -> Seen:
    return Seen(folder, running, step_due, target, target_gate, left_gate)


def decide(one: Job, what: Seen) -> rules.Move:
    return rules.next_move(one, LINE.stages.get(what.folder), what, NOW)


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("target", JOB_FOLDERS)
def test_a_begun_move_is_finished_wherever_it_leads(target: str, running: bool) -> None:
    intent = Intent("0-inbox", target, "a", "system")
    assert decide(job("0-inbox", intent=intent), seen(target, running=running)) == Arrive()


@pytest.mark.parametrize("folder", sorted(set(JOB_FOLDERS) - {PROCESSING}))
def test_a_begun_move_is_finished_first_where_somebody_has_moved_the_folder_on(folder: str) -> None:
    intent = Intent(PROCESSING, REVIEW, "a", "system")
    assert decide(job(PROCESSING, intent=intent), seen(folder)) == Arrive()


def test_a_begun_move_of_another_time_finishes_nothing() -> None:
    intent = Intent(PROCESSING, REVIEW, "a", "system")
    assert decide(job(VALIDATION, intent=intent), seen(REVIEW)) == PutBack()


@pytest.mark.parametrize(
    ("one", "folder", "action"),
    [
        (failed_in(GENERATION), GENERATION, "retry"),
        (failed_in(PROCESSING), ON_HOLD, "hold"),
        (failed_in(PROCESSING), ARCHIVE, "cancel"),
        (job(ON_HOLD, held_from=REVIEW), REVIEW, "resume"),
        (job(ON_HOLD, held_from=FAILED), FAILED, "resume"),
        (job(ON_HOLD, held_from=REVIEW), ARCHIVE, "cancel"),
        (job(REVIEW), ON_HOLD, "hold"),
        (job(PROCESSING), ON_HOLD, "hold"),
        (job(APPROVAL), ARCHIVE, "cancel"),
        (job(COMPLETED), ARCHIVE, "archive"),
        (job(ARCHIVE, held_from=COMPLETED), COMPLETED, "unarchive"),
    ],
)
def test_a_lawful_drag_is_followed(one: Job, folder: str, action: str) -> None:
    assert decide(one, seen(folder)) == Follow(action)


def test_a_failed_job_dragged_to_another_stage_than_its_own_is_put_back() -> None:
    for folder in set(JOB_FOLDERS) - {FAILED, GENERATION, ON_HOLD, ARCHIVE}:
        assert decide(failed_in(GENERATION), seen(folder)) == PutBack(), folder


@pytest.mark.parametrize("left", [PROCESSING, REVIEW, FAILED, ON_HOLD])
def test_a_cancelled_job_never_becomes_a_completed_one(left: str) -> None:
    for folder in set(JOB_FOLDERS) - {ARCHIVE}:
        assert decide(job(ARCHIVE, held_from=left), seen(folder)) == PutBack(), folder


@pytest.mark.parametrize(
    ("stage", "folder", "decision"),
    [
        (REVIEW, VALIDATION, "approve"),
        (OVERRIDE, REVIEW, "return"),
        (APPROVAL, COMPLETED, "approve"),
        (APPROVAL, GENERATION, "regenerate"),
    ],
)
def test_a_drag_that_a_decision_would_lead_to_is_that_decision(stage: str, folder: str, decision: str) -> None:
    assert decide(job(stage), seen(folder, left_gate=GATES[stage])) == Decide(decision)
    answered = job(stage, answer=ANSWER)
    assert decide(answered, seen(folder, left_gate=GATES[stage])) == PutBack(), "it was decided already"


@pytest.mark.parametrize(("stage", "folder"), [(OVERRIDE, GENERATION), (APPROVAL, REVIEW)])
def test_what_needs_a_reason_cannot_be_decided_by_dragging(stage: str, folder: str) -> None:
    assert decide(job(stage), seen(folder, left_gate=GATES[stage])) == PutBack()


def test_every_other_place_is_put_back() -> None:
    """All pairs of stages against the drags that mean something."""
    lawful = {
        *((stage, ON_HOLD) for stage in (*PEOPLE, *MACHINES)),
        *((stage, ARCHIVE) for stage in (*PEOPLE, *MACHINES, COMPLETED)),
        (REVIEW, VALIDATION),
        (OVERRIDE, REVIEW),
        (APPROVAL, COMPLETED),
        (APPROVAL, GENERATION),
    }
    for stage, folder in itertools.permutations((*PEOPLE, *MACHINES, COMPLETED, FAILED, ON_HOLD, ARCHIVE), 2):
        if stage in (FAILED, ON_HOLD, ARCHIVE):
            continue
        move = decide(job(stage), seen(folder, left_gate=GATES.get(stage)))
        assert (move != PutBack()) == ((stage, folder) in lawful), (stage, folder, move)


@pytest.mark.parametrize("folder", JOB_FOLDERS)
def test_a_job_with_a_worker_on_it_waits(folder: str) -> None:
    what = seen(folder, running=True, step_due=True, target=REVIEW)
    assert decide(job(folder, answer=ANSWER), what) == Wait()


@pytest.mark.parametrize("folder", AT_REST)
def test_a_job_in_a_folder_of_rest_waits(folder: str) -> None:
    assert decide(job(folder, answer=ANSWER), seen(folder, step_due=True, target=REVIEW)) == Wait()


@pytest.mark.parametrize("folder", PEOPLE)
def test_a_job_waits_for_its_answer(folder: str) -> None:
    assert decide(job(folder), seen(folder, step_due=True, target=GENERATION)) == Wait()


@pytest.mark.parametrize(("folder", "answer"), [(f, None) for f in MACHINES] + [(f, ANSWER) for f in PEOPLE])
def test_machines_and_answered_jobs_go_row_by_row(folder: str, answer: Answer | None) -> None:
    one = job(folder, answer=answer)
    later = job(folder, answer=answer, retry_at=NOW + 1)
    due = job(folder, answer=answer, retry_at=NOW)
    everything = seen(folder, step_due=True, target=REVIEW, target_gate=REVIEW_GATE)
    assert decide(later, everything) == Wait(NOW + 1)
    assert decide(due, everything) == Run()
    assert decide(one, everything) == Run()
    assert decide(one, seen(folder, target=REVIEW, target_gate=REVIEW_GATE)) == Run(asking=True)
    assert decide(one, seen(folder, target=VALIDATION)) == Go(VALIDATION)
    assert decide(one, seen(folder)) == Wait()


def test_an_answer_that_stays_is_worked_on_asked_again_and_never_moved() -> None:
    one = job(REVIEW, answer=Answer("review", "again", REVIEW, "anna", AT, 1, "0" * 64), decisions=1)
    here = {"target": REVIEW, "target_gate": REVIEW_GATE}
    assert decide(one, seen(REVIEW, step_due=True, **here)) == Run()
    assert decide(one, seen(REVIEW, **here)) == Run(asking=True)
    asked = dataclasses.replace(one, question=Question("review", 2, after_decisions=1, at=AT))
    assert decide(asked, seen(REVIEW, **here)) == AskAgain()


def test_a_question_counts_only_if_it_was_prepared_after_the_last_decision() -> None:
    what = seen(PROCESSING, target=REVIEW, target_gate=REVIEW_GATE)
    asked = Question("review", 1, after_decisions=2, at=AT)
    assert decide(job(PROCESSING, question=asked, decisions=2), what) == Go(REVIEW)
    assert decide(job(PROCESSING, question=asked, decisions=3), what) == Run(asking=True)
    other = Question("approval", 1, after_decisions=2, at=AT)
    assert decide(job(PROCESSING, question=other, decisions=2), what) == Run(asking=True)


# retries ----------------------------------------------------------------------------------------------------------


def test_the_delay_doubles_up_to_its_cap() -> None:
    policy = RetryPolicy(attempts=9, base_s=2.0, cap_s=60.0)
    assert [policy.delay_s(n, 1.0) for n in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]


def test_the_delay_is_spread_so_that_jobs_do_not_come_back_together() -> None:
    delays = {RetryPolicy().delay_s(1) for _ in range(200)}
    assert 1.0 <= min(delays) < max(delays) <= 3.0
    assert len(delays) > 100


def test_only_what_may_pass_is_tried_again_and_not_for_ever() -> None:
    policy = RetryPolicy(attempts=3)
    tool = Broken("read", "ToolError", "m", "")
    assert rules.retry_after(job(PROCESSING, attempts=1), tool, policy) is not None
    assert rules.retry_after(job(PROCESSING, attempts=2), tool, policy) is not None
    assert rules.retry_after(job(PROCESSING, attempts=3), tool, policy) is None
    for name in ("JobError", "ValueError"):
        assert rules.retry_after(job(PROCESSING, attempts=1), Broken("read", name, "m", ""), policy) is None
