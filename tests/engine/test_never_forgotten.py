"""No fault leaves a job or a drop behind that nobody looks at again, nor a message untold."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from studio import Studio, WorkersHere
from test_batches import Inbox

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import set_failpoint
from hotfolderd.engine.hints import Hint
from hotfolderd.engine.workers import Finished
from hotfolderd.pipeline import ON_HOLD, OVERRIDE, REVIEW, VALIDATION
from hotfolderd.work import Broken

NOTHING = Hint()


@contextmanager
def full_disk(*places: str, once: bool = False) -> Iterator[list[str]]:
    """Every change of a path that holds one of these texts fails; with `once` only the first. What failed."""
    failed: list[str] = []

    def fail(_: str, path: Path) -> None:
        if any(place in str(path) for place in places) and not (once and failed):
            failed.append(str(path))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    set_failpoint(fail)
    try:
        yield failed
    finally:
        set_failpoint(None)


def by_hints_alone(studio: Studio, patience_s: float = 300.0) -> None:
    """The rounds of a daemon that is told of nothing more: only what is due by time is looked at."""
    for _ in range(100):
        studio.reconciler.collect(studio.workers.finished())
        due = studio.reconciler.round(NOTHING)
        if studio.reconciler.running() or studio.reconciler.waiting_for_workers():
            continue
        if due is None or due > patience_s:
            return
        studio.clock.seconds += due + 0.001
    raise AssertionError("it does not come to rest")


# jobs ---------------------------------------------------------------------------------------------------------------


def test_a_job_whose_result_could_not_be_noted_is_due_again(studio: Studio) -> None:
    """The disk was full for one moment, and nothing has changed in the job's folder since it was last looked at."""
    place = studio.order("J1")
    studio.turn()
    studio.reconciler.round(Hint(frozenset({place})))  # the watcher has told of what the daemon itself wrote
    with full_disk("J1/.job/"):
        finished = [Finished(key, Broken("identify", "ToolError", "jammed", "")) for key in studio.workers.tasks]
        studio.workers.finished()
        studio.reconciler.collect(finished)
    by_hints_alone(studio)
    assert studio.stage("J1") == REVIEW


def test_a_job_for_which_no_worker_could_be_started_is_due_again(studio: Studio) -> None:
    class NoRoom(WorkersHere):
        refused = 0

        def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
            if not self.refused:
                self.refused += 1
                raise OSError(errno.ENOMEM, "no memory")
            super().submit(key, function, argument, timeout_s)

    studio.restart(workers=NoRoom())
    studio.order("J1")
    studio.turn()
    by_hints_alone(studio)
    assert studio.stage("J1") == REVIEW


def test_a_job_whose_step_is_due_no_more_when_a_worker_is_free_goes_on(studio: Studio) -> None:
    """A preview is deleted, so that its step is due; before a worker is free it is put back."""
    studio.order("J1")
    while "draw" not in studio.runs("J1"):
        studio.turn()
    studio.reconciler.collect(studio.workers.finished())
    preview = studio.place("J1") / "previews" / "dear.txt"
    preview.rename(studio.root.path / "aside")
    assert isinstance(studio.workers, WorkersHere)
    studio.workers.places = 0
    for _ in range(3):
        studio.turn()
        studio.clock.seconds += 5
    (studio.root.path / "aside").rename(preview)
    studio.workers.places = 4
    studio.reconciler.round(NOTHING)
    by_hints_alone(studio)
    assert studio.stage("J1") == REVIEW


def test_a_job_that_is_dragged_away_while_its_question_waits_for_a_worker_is_held(studio: Studio) -> None:
    studio.order("J1")
    assert isinstance(studio.workers, WorkersHere)
    while not any(order.step == "draw" for _, order in studio.workers.tasks.values()):
        studio.turn()
    studio.workers.places = 0
    studio.turn()
    assert studio.reconciler.waiting_for_workers() == 1
    studio.drag("J1", ON_HOLD)
    studio.workers.places = 4
    studio.work()
    assert studio.stage("J1") == ON_HOLD
    assert studio.messages("job_stuck") == []
    assert studio.reconciler.waiting_for_workers() == 0


def test_a_folder_that_was_overlooked_for_a_moment_is_attended_to(studio: Studio) -> None:
    """It is away during one look, with a hint that nobody can follow, and back at the next."""
    place = studio.order("J1")
    studio.work()
    place = studio.place("J1")
    aside = studio.root.private / "aside"
    studio.decide("J1", "approve")
    place.rename(aside)
    studio.reconciler.round(Hint(frozenset({place.parent, place})))
    aside.rename(place)
    studio.clock.seconds += 5
    studio.reconciler.round(Hint(frozenset({place.parent})))
    by_hints_alone(studio)
    assert studio.stage("J1") != REVIEW


def test_a_job_that_is_gone_when_its_work_ends_makes_no_busy_loop(studio: Studio) -> None:
    place = studio.order("J1")
    studio.turn()
    shutil.move(place, studio.root.private / "aside")
    for _ in range(3):
        studio.reconciler.round()
        studio.clock.seconds += 2
    studio.reconciler.collect([Finished("J1", Broken("identify", "ToolError", "it is gone", ""))])
    by_hints_alone(studio)
    assert studio.reconciler.seats.of("J1") is None
    assert len(studio.messages("job_gone")) == 1


def test_a_job_that_is_gone_while_it_is_worked_on_makes_no_busy_loop(studio: Studio) -> None:
    """Of a long step it is shown each second how far it is."""
    place = studio.order("J1")
    studio.turn()
    seat = studio.reconciler.seats.of("J1")
    assert seat is not None
    assert seat.running is not None
    seat.running = dataclasses.replace(seat.running, tells=True)
    studio.reconciler.round(Hint(frozenset({place})))
    studio.store.show_late(all_of_them=True)  # else its status would be due sooner
    place = studio.place("J1")
    shutil.move(place, studio.root.private / "aside")
    dues = []
    for _ in range(10):
        dues.append(studio.reconciler.round(Hint(frozenset({place.parent}))) or 0.0)
        studio.clock.seconds += dues[-1] + 0.001
    assert sum(dues) > 3
    shutil.move(studio.root.private / "aside", place)
    studio.reconciler.round(Hint(frozenset({place.parent})))
    by_hints_alone(studio)
    assert studio.stage("J1") == REVIEW


def test_a_copy_of_another_job_in_a_jobs_place_harms_neither(studio: Studio) -> None:
    studio.order("J1")
    studio.order("J2")
    studio.work()
    shutil.rmtree(studio.place("J1"))
    shutil.copytree(studio.root.path / REVIEW / "J2", studio.root.path / REVIEW / "J1")
    studio.work()
    assert sorted(seat.job.job for seat in studio.reconciler.seats) == ["J1", "J2"]
    studio.decide("J2", "approve")
    studio.work()
    assert studio.record("J2").stage == studio.stage("J2") != REVIEW
    assert any("J2" in one["body"] and "J1" in one["title"] for one in studio.messages())


def test_a_stranger_of_whom_nobody_can_be_told_stops_no_job(studio: Studio) -> None:
    (studio.root.path / REVIEW / "notes").mkdir()
    studio.turn()
    studio.clock.seconds += 10
    studio.order("J1")
    with full_disk("outbox"):
        for _ in range(4):
            studio.turn()
            studio.clock.seconds += 2
        assert "draw" in studio.runs("J1")
    studio.work()
    assert len(studio.messages("illegal_move")) == 1


def test_of_a_job_that_was_taken_away_people_are_told_when_that_is_possible_again(studio: Studio) -> None:
    studio.order("J1")
    studio.work()
    shutil.move(studio.place("J1"), studio.root.private / "aside")
    studio.turn()
    studio.clock.seconds += 2
    with full_disk("outbox", once=True), contextlib.suppress(OSError):
        studio.turn()
    studio.clock.seconds += 2
    studio.work()
    assert len(studio.messages("job_gone")) == 1


def test_people_are_told_of_each_folder_that_is_no_job_also_of_a_second_one_of_that_name(studio: Studio) -> None:
    for number in (1, 2):
        (studio.root.path / REVIEW / "notes").mkdir()
        for _ in range(4):
            studio.turn()
            studio.clock.seconds += 2
        assert len(studio.messages("illegal_move")) == number
        (studio.root.path / REVIEW / "notes").rmdir()
        studio.turn()


def test_a_receipt_that_people_have_spoilt_stops_no_job(studio: Studio) -> None:
    studio.order("J1", "a bad letter")
    studio.work()
    assert isinstance(studio.workers, WorkersHere)
    studio.decide("J1", "approve")
    while studio.stage("J1") != VALIDATION:
        studio.clock.seconds += studio.turn() or 0.0
    (studio.place("J1") / "decisions" / "0001-review.receipt.yaml").write_text("at: 2026-13-45\n")
    studio.work()
    assert studio.stage("J1") == OVERRIDE


# drops and batches --------------------------------------------------------------------------------------------------


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.mark.parametrize("refused", ["examine_drop", "build"])
def test_a_drop_for_which_no_worker_could_be_started_is_taken_in_later(inbox: Inbox, refused: str) -> None:
    class NoRoom(WorkersHere):
        refusals = 0

        def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:
            if function.endswith(refused) and not self.refusals:
                self.refusals += 1
                raise OSError(errno.ENOMEM, "no memory")
            super().submit(key, function, argument, timeout_s)

    inbox.restart(workers=NoRoom())
    make_small_batch(inbox.root.inbox, 1)
    with contextlib.suppress(OSError):
        inbox.turn(4)
    inbox.turn(30)
    assert inbox.in_line() == ["TINY0001"]
    assert inbox.intake.busy() == 0


def test_what_workers_have_made_is_not_lost_where_one_result_cannot_be_noted_nor_told(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox / "a", 1)
    drop = inbox.root.inbox / "b"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").write_text((drop / "tiny.csv").read_text().replace("TINY", "NEXT"))
    while sum(function.endswith("build") for function, _ in inbox.workers.tasks.values()) < 2:
        inbox.turn()
    finished = inbox.workers.finished()
    with full_disk("outbox", "plan.json", "record.json"), contextlib.suppress(OSError):
        inbox.intake.collect(finished)
    inbox.turn(30)
    assert inbox.in_line() == ["NEXT0001", "TINY0001"]
    assert inbox.intake.busy() == 0


def test_a_design_that_ends_too_early_is_refused_although_the_disk_was_full(inbox: Inbox) -> None:
    drop = inbox.root.inbox / "JOB1"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").unlink()
    design = drop / "tiny0001.psd"
    design.write_bytes(design.read_bytes()[:-7])
    inbox.turn(4)
    assert "refused" not in inbox.told()
    with full_disk("report.txt", once=True) as failed:
        while not failed:
            inbox.turn()
    inbox.turn(60)
    assert inbox.told().count("0-inbox/JOB1 was refused") == 1


def test_people_are_told_of_a_long_wait_although_the_disk_was_full(inbox: Inbox) -> None:
    drop = inbox.root.inbox / "JOB1"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").unlink()
    (drop / "tiny_bg.png.part").touch()
    inbox.turn(3)
    inbox.clock.seconds += 3700
    with full_disk("outbox", once=True) as failed:
        inbox.turn()
    assert failed
    inbox.turn(30)
    assert "0-inbox/JOB1 has waited for" in inbox.told()


def test_people_are_told_of_a_drop_that_cannot_be_examined_although_the_disk_was_full(inbox: Inbox) -> None:
    drop = inbox.root.inbox / "JOB1"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").unlink()
    while not inbox.workers.tasks:
        inbox.turn()
    died = [Finished(key, Broken("examine", "ToolError", "the worker died", "")) for key in inbox.workers.tasks]
    inbox.workers.tasks.clear()
    with full_disk("outbox", "report.txt"):
        inbox.intake.collect(died)
    while not inbox.workers.tasks:
        inbox.turn()
    inbox.workers.tasks.clear()
    inbox.intake.collect(died)
    assert "0-inbox/JOB1 cannot be examined" in inbox.told()


def test_a_fault_of_ours_with_one_drop_stops_no_other(inbox: Inbox) -> None:
    """A worker returns what nobody expects."""
    bad = inbox.root.inbox / "bad"
    make_small_batch(bad, 1)
    while not inbox.workers.tasks:
        inbox.turn()
    nonsense = [Finished(key, None) for key in inbox.workers.tasks]
    inbox.workers.tasks.clear()
    inbox.intake.collect(nonsense)
    inbox.turn(30)
    assert inbox.in_line() == ["TINY0001"]
