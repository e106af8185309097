"""What a look at all jobs finds that nothing has told, and what it costs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from studio import Studio

from hotfolderd.engine.hints import BY_TIME, Hint
from hotfolderd.pipeline import ON_HOLD, REVIEW, VALIDATION

LOOKS_UNTIL_A_WHOLE_ONE = 10


@pytest.fixture
def resting(waiting_in: Callable[..., Studio]) -> Studio:
    """`J1` waits for its review, nothing is due, and the next look by time is no whole one."""
    studio = waiting_in(REVIEW)
    studio.work()
    assert studio.reconciler.round(BY_TIME) is None
    return studio


def looks(studio: Studio, count: int) -> None:
    """So many looks by time, each with what comes of it as soon as it is due."""
    for _ in range(count):
        due = studio.reconciler.round(BY_TIME)
        while due is not None and due < 10:
            studio.clock.seconds += due + 0.001
            studio.reconciler.collect(studio.workers.finished())
            due = studio.reconciler.round(Hint())


def approve_in_place(folder: Path) -> None:
    """As some editors save: into the same file, without a change of its size or of the folder."""
    path = folder / "review.yaml"
    with path.open("r+") as file:
        text = file.read().replace("pending", "approve")
        file.seek(0)
        file.write(text)


def order_a_hold(folder: Path) -> None:
    (folder / "control.yaml").write_text("action: hold\nby: anna\n")


def order_a_hold_that_the_folder_does_not_show(folder: Path) -> None:
    """Its own time stays as it was."""
    before = folder.stat()
    order_a_hold(folder)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(("act", "stage"), [(approve_in_place, VALIDATION), (order_a_hold, ON_HOLD)])
def test_what_a_person_wrote_is_found_by_the_next_look(
    resting: Studio, act: Callable[[Path], None], stage: str
) -> None:
    act(resting.place("J1"))
    looks(resting, 1)
    assert resting.stage("J1") == stage or stage in resting.travelled("J1")


def test_a_refused_order_that_is_written_over_in_place_is_found_by_the_next_look(resting: Studio) -> None:
    order_a_hold(resting.place("J1"))
    path = resting.place("J1") / "control.yaml"
    path.write_text("action: hodl\nby: anna\n")
    looks(resting, 1)
    assert "hodl" in resting.problems("J1", "control")
    looks(resting, 1)
    with path.open("r+") as file:
        file.write("action: hold\n")
    looks(resting, 1)
    assert resting.stage("J1") == ON_HOLD


def test_an_order_is_found_where_the_folder_keeps_no_time_of_its_own(resting: Studio) -> None:
    """As on some shares; or the disk's clock has not ticked since the last look."""
    order_a_hold_that_the_folder_does_not_show(resting.place("J1"))
    looks(resting, LOOKS_UNTIL_A_WHOLE_ONE)
    assert resting.stage("J1") == ON_HOLD


def test_an_order_that_was_not_told_because_events_were_lost_is_found_at_once(resting: Studio) -> None:
    order_a_hold_that_the_folder_does_not_show(resting.place("J1"))
    resting.work()
    assert resting.stage("J1") == ON_HOLD


def test_a_job_that_waits_costs_two_looks_at_the_disk(resting: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    place = str(resting.place("J1"))

    def counted(ask: Callable[[str], os.stat_result]) -> Callable[[str], os.stat_result]:
        def found(path: str) -> os.stat_result:
            asked.append(str(path))
            return ask(path)

        return found

    monkeypatch.setattr(os, "stat", counted(os.stat))
    monkeypatch.setattr(os, "lstat", counted(os.lstat))
    resting.reconciler.round(BY_TIME)
    monkeypatch.undo()
    assert [path for path in asked if path.startswith(place)] == [place, f"{place}/review.yaml"]
