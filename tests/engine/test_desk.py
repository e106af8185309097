"""Sidecars: what is taken, what is refused and how, and that a crash neither loses an answer nor applies it twice."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from studio import SETTLE_S, Killed, Studio
from toy_line import LINE

from hotfolderd.engine import desk, readers
from hotfolderd.pipeline import APPROVAL, COMPLETED, ON_HOLD, OVERRIDE, PROCESSING, REVIEW, VALIDATION
from hotfolderd.root import Root

Waiting = Callable[..., Studio]
CHECKING = "hotfolderd.review.checking:check"


def refused(studio: Studio, *words: str, sidecar: str = "review", stage: str = REVIEW) -> None:
    """The job stands where it stood, nothing was decided, and `words` are told in the file beside the sidecar."""
    studio.work()
    assert studio.stage("J1") == stage
    problems = studio.problems("J1", sidecar)
    for word in words:
        assert word in problems
    assert f"{sidecar}.yaml was not taken" in problems
    told = [m for m in studio.messages("sidecar_refused") if m["title"].endswith(f"{sidecar}.yaml was not taken")]
    assert len(told) == 1
    assert words[0].replace("`", "'") in told[0]["body"]


# taken ------------------------------------------------------------------------------------------------------------


def test_an_untouched_sidecar_is_pending_and_decides_nothing(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    before = (studio.place("J1") / "review.yaml").read_bytes()
    studio.work()
    studio.clock.seconds += 100_000
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert (studio.place("J1") / "review.yaml").read_bytes() == before
    assert b"decision: pending" in before
    assert studio.problems("J1", "review") == ""
    assert studio.answers("J1") == []


def test_a_sidecar_is_read_when_it_has_been_still_for_long_enough(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "approve")
    assert studio.turn() == pytest.approx(SETTLE_S)
    studio.clock.seconds += SETTLE_S - 0.1
    studio.decide("J1", "approve", notes="one more thing")
    assert studio.turn() == pytest.approx(SETTLE_S), "it was saved again: the waiting begins anew"
    assert studio.decisions("J1") == []
    studio.clock.seconds += SETTLE_S
    studio.turn()
    assert studio.decisions("J1")[0]["notes"] == "one more thing"


def test_what_reads_an_answer_is_loaded_while_it_settles(waiting_in: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commonest answer, `approve` for `pending`, leaves the file as long as it was."""
    studio = waiting_in(REVIEW)
    loaded: list[str] = []
    named = readers.function_named

    def load(name: str) -> Any:
        if name == CHECKING:
            loaded.append(name)
            studio.clock.seconds += 0.5
        return named(name)

    def loads_while_it_settles() -> None:
        """Not at once, since those that are saved together are all to be seen before."""
        monkeypatch.delitem(sys.modules, CHECKING.partition(":")[0])
        assert studio.turn() == pytest.approx(0.25)
        assert loaded == []
        studio.clock.seconds += 0.25
        assert studio.turn() == pytest.approx(SETTLE_S - 0.75), "loading is a part of the waiting"
        assert loaded == [CHECKING]
        loaded.clear()

    monkeypatch.setattr(readers, "function_named", load)
    studio.work()
    assert loaded == [], "nobody has answered"
    sidecar = studio.place("J1") / "review.yaml"
    sidecar.write_text(sidecar.read_text().replace("decision: pending", "decision: approve"))
    loads_while_it_settles()
    sidecar.unlink()
    studio.control("J1", action="hold")
    loads_while_it_settles()


def test_what_cannot_be_loaded_costs_its_job_a_rest_and_not_the_line(
    waiting_in: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the program is replaced by another version."""
    studio = waiting_in(REVIEW)
    named = desk.function_named

    def load(name: str) -> Any:
        if name in (CHECKING, gate.read):
            raise ImportError(name)
        return named(name)

    gate = LINE.gate_of(REVIEW)
    assert gate
    with monkeypatch.context() as patch:
        for module in (readers, desk):
            patch.setattr(module, "function_named", load)
        patch.delitem(sys.modules, CHECKING.partition(":")[0])
        studio.decide("J1", "approve")
        studio.work()
        assert studio.messages("job_stuck")
        assert studio.stage("J1") == REVIEW
    studio.work(patience_s=100.0)
    assert studio.stage("J1") != REVIEW


def test_all_who_answered_have_their_receipts_before_the_first_job_goes_on(studio: Studio) -> None:
    jobs = [f"J{number}" for number in range(5)]
    for job in jobs:
        studio.order(job)
    studio.work()
    for job in jobs:
        studio.decide(job, "approve")
    studio.turn()
    studio.clock.seconds += SETTLE_S
    assert studio.turn() == 0.0
    assert [studio.stage(job) for job in jobs] == [REVIEW] * 5
    assert all(studio.receipt(job, "0001-review")["accepted"] for job in jobs)
    studio.work()
    assert REVIEW not in {studio.stage(job) for job in jobs}


def test_the_answer_is_kept_as_it_was_written_with_a_receipt(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "approve", by="anna")
    written = (studio.place("J1") / "review.yaml").read_bytes()
    studio.work()
    assert (studio.place("J1") / "decisions" / "0001-review.yaml").read_bytes() == written
    assert not (studio.place("J1") / "review.yaml").exists()
    receipt = studio.receipt("J1", "0001-review")
    assert list(receipt)[:7] == ["accepted", "at", "by", "message", "status", "stage", "next"]
    assert receipt["accepted"] is True
    assert receipt["by"] == "anna"
    assert receipt["message"] == "Validation passed"
    assert (receipt["status"], receipt["stage"]) == ("generating_extendscript", "5-generation")
    assert receipt["next"] is None
    assert receipt["at"].endswith("Z")
    assert len(receipt["at"]) == len("2026-11-20T10:00:02.114Z")


def test_who_saved_the_file_decides_where_nobody_is_named(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "approve")
    studio.work()
    assert studio.decisions("J1")[0]["by"] == getpass.getuser()


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no newline at the end"),
        pytest.param(lambda text: ("\n\n" + text + "\n\n").encode(), id="empty lines around"),
    ],
)
def test_a_sidecar_is_read_in_the_forms_that_editors_save(waiting_in: Waiting, form: Callable[[str], bytes]) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "approve", notes="für Ådel")
    path = studio.place("J1") / "review.yaml"
    path.write_bytes(form(path.read_text()))
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.decisions("J1")[0]["notes"] == "für Ådel"


def test_a_sidecar_written_by_hand_is_taken_after_a_longer_wait(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    (studio.place("J1") / "review.yaml").write_text("decision: approve\n")
    studio.turn()
    studio.clock.seconds += SETTLE_S
    assert studio.turn() == pytest.approx(2 * SETTLE_S)
    assert studio.decisions("J1") == []
    studio.clock.seconds += 2 * SETTLE_S
    studio.work()
    assert studio.stage("J1") == APPROVAL


def test_an_editor_that_saves_by_renaming_is_noticed(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    beside = path.with_name("review.yaml.new")
    beside.write_text(path.read_text().replace("decision: pending ", "decision: approve "))
    os.utime(beside, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    beside.replace(path)
    studio.work()
    assert studio.stage("J1") == APPROVAL


def test_a_resolved_warning_is_no_warning_any_more(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    assert [w["id"] for w in studio.status("J1")["warnings"]] == [1]
    path = studio.place("J1") / "review.yaml"
    text = path.read_text().replace("decision: pending", "decision: approve")
    path.write_text(text.replace("resolve_warnings: []", "resolve_warnings: [{id: 1, notes: installed}]"))
    studio.work()
    assert studio.status("J1")["warnings"] == []
    studio.decide("J1", "approve")
    studio.work()
    assert studio.record("J1").approved_with_warnings == 0


def test_a_deleted_sidecar_is_written_again(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    before = path.read_bytes()
    path.write_text("decision: nonsense\n")
    path.unlink()
    studio.work()
    assert path.read_bytes() == before
    studio.decide("J1", "approve")
    studio.work()
    assert studio.stage("J1") == APPROVAL


def test_a_held_job_waits_with_its_reason_and_is_asked_again(waiting_in: Waiting) -> None:
    studio = waiting_in(OVERRIDE)
    studio.decide("J1", "hold", by="anna")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.record("J1").held_from == OVERRIDE
    assert studio.answers("J1")[-1] == "0002-override.yaml"


# refused ----------------------------------------------------------------------------------------------------------


def test_a_half_written_sidecar_is_refused_until_its_last_line_is_there(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "approve")
    path = studio.place("J1") / "review.yaml"
    whole = path.read_text()
    path.write_text(whole[: whole.index("notes:")])
    refused(studio, "end: true")
    path.write_text(whole)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.problems("J1", "review") == ""


@pytest.mark.parametrize(
    ("was", "instead", "words"),
    [
        ("decision: pending", "decison: approve", ["line 4", "`decison`", "Did you mean `decision`?"]),
        ("decision: pending", "decision: aprove", ["line 4", "'aprove'", "'approve'"]),
        ("apply_to: job", "apply_to: all", ["line 6", "'job' or 'batch'"]),
        ("notes: ''", "notes: [a, b", ["line 10", "bracket"]),
        ("notes: ''", "notes:\n\tx: 1", ["line 11", "tab"]),
        ("resolve_warnings: []", "resolve_warnings: [{notes: x}]", ["line 9", "missing"]),
        ("notes: ''", "notes: !!python/object:os.system x", ["line 10", "tag"]),
        ("notes: ''", "decision: hold", ["line 10", "written twice"]),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line_and_advice(
    waiting_in: Waiting, was: str, instead: str, words: list[str]
) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, instead))
    written = path.read_bytes()
    refused(studio, *words)
    assert path.read_bytes() == written, "it stays as the person wrote it"


def test_a_refusal_is_told_once_for_each_content(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.decide("J1", "nonsense")
    refused(studio, "nonsense")
    for path in (studio.root.private / "outbox").glob("*.json"):
        path.unlink()
    studio.clock.seconds += 1000
    studio.work()
    studio.restart()
    studio.work()
    assert studio.messages("sidecar_refused") == []
    studio.decide("J1", "other_nonsense")
    refused(studio, "other_nonsense")
    assert studio.actions("J1").count("sidecar_refused") == 2


def test_an_answer_to_an_earlier_round_is_refused(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    old = (studio.place("J1") / "review.yaml").read_text().replace("decision: pending", "decision: approve")
    (studio.place("J1") / "assets" / "letter.txt").write_text("a bad letter")
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "return")
    studio.work()
    (studio.place("J1") / "review.yaml").write_text(old)
    refused(studio, "answers round 1, asked was round 2", "`revision: 2`")


def test_the_sidecar_of_another_job_is_refused(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    text = path.read_text().replace("decision: pending", "decision: approve")
    path.write_text(text.replace("job: J1", "job: J2"))
    refused(studio, "is for the job `J2`, this is `J1`")


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Override reason is required"), ("too short", "at least 10 characters")]
)
def test_an_override_without_a_real_reason_is_refused(waiting_in: Waiting, reason: str, words: str) -> None:
    studio = waiting_in(OVERRIDE)
    studio.decide("J1", "override", reason=reason)
    refused(studio, words, sidecar="override", stage=OVERRIDE)


def test_ten_characters_are_a_reason(waiting_in: Waiting) -> None:
    studio = waiting_in(OVERRIDE)
    studio.decide("J1", "override", reason="ten chars!")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.decisions("J1")[-1]["reason"] == "ten chars!"


@pytest.mark.parametrize("decision", ["reject", "force_approve"])
def test_a_rejection_and_a_forced_approval_need_a_reason(waiting_in: Waiting, decision: str) -> None:
    studio = waiting_in(APPROVAL)
    studio.decide("J1", decision)
    refused(studio, f"A reason is required for {decision}", sidecar="approval", stage=APPROVAL)


def test_an_invalid_output_cannot_simply_be_approved(studio: Studio) -> None:
    studio.order("J1", "a broken letter")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    assert studio.status("J1")["status"] == "validation_failed"
    studio.decide("J1", "approve")
    refused(studio, "force_approve", sidecar="approval", stage=APPROVAL)
    studio.decide("J1", "force_approve", reason="the client saw it and agrees")
    studio.work()
    assert studio.stage("J1") == COMPLETED


def test_only_the_named_reviewers_may_decide(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW, reviewers={"review": ("anna", "ben")})
    studio.decide("J1", "approve", by="eve")
    refused(studio, "`eve` may not decide here", "anna, ben")
    studio.decide("J1", "approve", by="ben")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    studio.decide("J1", "approve", by="eve")
    studio.work()
    assert studio.stage("J1") == COMPLETED, "nobody is named for the approval"


def test_a_reviewer_who_is_not_named_may_still_leave_it_pending(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW, reviewers={"review": ("anna",)})
    studio.decide("J1", "pending", by="eve")
    studio.work()
    assert studio.problems("J1", "review") == ""


def test_a_decision_before_the_question_is_refused_and_decides_nothing(studio: Studio) -> None:
    studio.order("J1", draw="ToolError 1")
    (studio.place("J1") / "review.yaml").write_text("decision: approve\n")
    studio.work()
    assert studio.stage("J1") == PROCESSING, "it waits for its second attempt"
    assert "nothing is asked here, the job is in 1-processing" in studio.problems("J1", "review")
    assert "Wait until it stands in 2-review" in studio.problems("J1", "review")
    assert len(studio.messages("sidecar_refused")) == 1
    studio.work(patience_s=100)
    assert studio.stage("J1") == REVIEW
    assert "decision: pending" in (studio.place("J1") / "review.yaml").read_text()
    assert studio.problems("J1", "review") == ""
    assert studio.decisions("J1") == []


def test_a_link_is_refused_not_followed(waiting_in: Waiting, tmp_path: Path) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    elsewhere = tmp_path / "review.yaml"
    elsewhere.write_text("decision: approve\n")
    path.unlink()
    path.symlink_to(elsewhere)
    refused(studio, "Write a plain file")


def test_a_pipe_is_refused_without_hanging(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    path.unlink()
    os.mkfifo(path)
    refused(studio, "not a plain file")


def test_a_folder_of_that_name_is_refused(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    path.unlink()
    path.mkdir()
    refused(studio, "not a plain file")


def test_a_huge_sidecar_is_refused_unread(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    path = studio.place("J1") / "review.yaml"
    with path.open("wb") as stream:
        stream.truncate(4 << 30)
    refused(studio, "larger than 256 KiB")


def test_an_unreadable_work_file_of_one_job_does_not_stop_the_others(studio: Studio) -> None:
    """A bug or a damaged file behind the reading of a sidecar costs that job a rest, not the line."""
    studio.order("J1")
    studio.work()
    (studio.place("J1") / "assets" / "letter.txt").write_bytes(b"\xff\xfe broken")
    studio.decide("J1", "approve")
    studio.order("J2")
    for _ in range(40):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 3.0)
    assert studio.stage("J2") == REVIEW
    assert studio.stage("J1") == REVIEW
    assert [m["title"] for m in studio.messages("job_stuck")] == ["J1: cannot go on"]
    (studio.place("J1") / "assets" / "letter.txt").write_text("fine")
    studio.work(patience_s=100)
    assert studio.stage("J1") == APPROVAL


# killed between ---------------------------------------------------------------------------------------------------


class DyingRoot:
    """A root whose path is asked for once too often: stands for a kill before the rename."""

    def __init__(self, root: Root) -> None:
        self._root = root

    @property
    def path(self) -> Path:
        raise Killed


def killed(studio: Studio) -> None:
    with pytest.raises(Killed):
        studio.work()


def test_killed_between_taking_and_moving_the_answer_is_neither_lost_nor_asked_again(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    studio.restart(store_root=DyingRoot(studio.root))
    studio.decide("J1", "approve", by="anna")
    killed(studio)
    assert studio.stage("J1") == REVIEW
    assert len(studio.decisions("J1")) == 1
    assert studio.record("J1").intent is not None
    studio.restart(store_root=studio.root)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert len(studio.decisions("J1")) == 1
    assert studio.answers("J1") == ["0001-review.receipt.yaml", "0001-review.yaml"]


def crash_after_record(studio: Studio) -> None:
    """Kill the daemon when the answer is in the record and its sidecar still in place."""

    def now() -> object:
        if studio.decisions("J1"):
            raise Killed
        return studio.clock.now()

    studio.restart(now=now)
    studio.decide("J1", "approve", by="anna")
    killed(studio)
    assert len(studio.decisions("J1")) == 1
    assert (studio.place("J1") / "review.yaml").exists()
    assert studio.answers("J1") == []


def test_killed_before_the_sidecar_was_put_away_it_is_put_away_then(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    crash_after_record(studio)
    studio.restart(now=studio.clock.now)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert len(studio.decisions("J1")) == 1
    assert studio.receipt("J1", "0001-review")["by"] == "anna"
    assert studio.answers("J1") == ["0001-review.receipt.yaml", "0001-review.yaml"]


def test_killed_between_the_sidecar_and_its_receipt_the_receipt_is_written_then(waiting_in: Waiting) -> None:
    studio = waiting_in(REVIEW)
    crash_after_record(studio)
    (studio.place("J1") / "decisions").mkdir()
    (studio.place("J1") / "review.yaml").rename(studio.place("J1") / "decisions" / "0001-review.yaml")
    studio.restart(now=studio.clock.now)
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert studio.receipt("J1", "0001-review")["accepted"] is True


def test_an_answer_that_was_changed_while_the_daemon_was_dead_is_not_put_away_as_the_first(
    waiting_in: Waiting,
) -> None:
    studio = waiting_in(REVIEW)
    crash_after_record(studio)
    path = studio.place("J1") / "review.yaml"
    path.write_text(path.read_text().replace("decision: approve", "decision: hold"))
    studio.restart(now=studio.clock.now)
    studio.work()
    assert studio.stage("J1") == APPROVAL, "what was recorded holds"
    assert len(studio.decisions("J1")) == 1
    assert studio.answers("J1") == ["0001-review.receipt.yaml"]
    assert "decision: hold" in (studio.place("J1") / "review.yaml").read_text(), "it stays, for nobody read it"


def test_an_old_answer_never_answers_a_later_question(waiting_in: Waiting) -> None:
    """The job comes back to its review; the first approval lies in decisions/ and the new file is pending."""
    studio = waiting_in(APPROVAL)
    studio.decide("J1", "reject", reason="the colours are wrong")
    studio.work()
    for _ in range(3):
        studio.restart()
        studio.work()
    assert studio.stage("J1") == REVIEW
    assert [d["gate"] for d in studio.decisions("J1")] == ["review", "approval"]


def test_a_pipe_beside_an_answered_job_does_not_hang_the_line(studio: Studio) -> None:
    studio.order("J1", deliver="ToolError 1")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    studio.decide("J1", "approve")
    studio.work()
    assert studio.record("J1").retry_at is not None
    os.mkfifo(studio.place("J1") / "approval.yaml")
    studio.work(patience_s=100)
    assert studio.stage("J1") == COMPLETED


def test_the_receipts_are_yaml_that_anybody_can_read(waiting_in: Waiting) -> None:
    studio = waiting_in(COMPLETED)
    for path in (studio.place("J1") / "decisions").glob("*.receipt.yaml"):
        assert yaml.safe_load(path.read_text())["accepted"] is True
    assert VALIDATION not in {studio.receipt("J1", n)["stage"] for n in ("0001-review", "0002-approval")}


# files that are no answer -------------------------------------------------------------------------------------------


def test_an_answer_to_a_question_that_is_put_elsewhere_is_told(waiting_in: Waiting) -> None:
    """Ben saves `review.yaml` after Anna has approved and the job has gone on: he must not believe that he held it."""
    studio = waiting_in(APPROVAL)
    (studio.place("J1") / "review.yaml").write_text("decision: hold\nby: ben\n")
    studio.work()
    assert studio.stage("J1") == APPROVAL
    assert "nothing is asked here, the job is in 6-approval" in studio.problems("J1", "review")
    assert len(studio.messages("sidecar_refused")) == 1


@pytest.mark.parametrize(
    "name", ["review (anna's conflicted copy).yaml", "review-1.yaml", "review.yml", "Review.YAML.txt", "control.yml"]
)
def test_a_file_that_looks_like_an_answer_is_told_of_once(waiting_in: Waiting, name: str) -> None:
    studio = waiting_in(REVIEW)
    (studio.place("J1") / name).write_text("decision: approve\n")
    studio.work()
    studio.restart()
    studio.work()
    told = [message["title"] for message in studio.messages("sidecar_refused")]
    assert len(told) == 1
    assert "is not read" in told[0]
    assert studio.stage("J1") == REVIEW


@pytest.mark.parametrize("name", ["review.yaml~", ".review.yaml.swp", "review.yaml.bak", "reviewers.yaml"])
def test_what_editors_leave_beside_an_answer_is_not_told_of(waiting_in: Waiting, name: str) -> None:
    studio = waiting_in(REVIEW)
    (studio.place("J1") / name).write_text("decision: approve\n")
    studio.work()
    assert studio.messages("sidecar_refused") == []


def test_a_folder_that_is_being_deleted_gets_no_sidecar_back(waiting_in: Waiting) -> None:
    """People delete file by file: a sidecar that is written again in between would leave the folder there."""
    studio = waiting_in(REVIEW)
    studio.work()
    (studio.place("J1") / "review.yaml").unlink()
    studio.turn()
    studio.clock.seconds += SETTLE_S / 2
    studio.turn()
    assert not (studio.place("J1") / "review.yaml").exists()
    shutil.rmtree(studio.place("J1") / ".job")
    studio.work()
    assert not (studio.place("J1") / "review.yaml").exists()
    for _ in range(4):
        studio.turn()
        studio.clock.seconds += 61
    assert [message["title"] for message in studio.messages("job_stuck")] == ["J1: cannot go on"]
