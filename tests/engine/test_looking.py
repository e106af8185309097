"""What a look at all jobs finds that nothing has told, and what it costs."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from studio import Studio

from hotfolderd.engine.hints import Hint
from hotfolderd.engine.patrol import Patrol
from hotfolderd.pipeline import ALL_FOLDERS, ARCHIVE, ON_HOLD, REVIEW, VALIDATION
from hotfolderd.root import Root

BY_TIME = Hint(everything=True, by_time_s=math.inf)
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


def rest(studio: Studio) -> None:
    """The folders of the line have not changed for a while, and have been listed since."""
    for folder in ALL_FOLDERS:
        os.utime(studio.root.path / folder, (1_700_000_000, 1_700_000_000))
    studio.reconciler.round(BY_TIME)


def listed(studio: Studio, monkeypatch: pytest.MonkeyPatch, times: int, hint: Hint = BY_TIME) -> int:
    """How often the line is listed in so many looks by time."""
    count = 0
    names = Root.job_names

    def counted(root: Root) -> Iterator[tuple[str, str]]:
        nonlocal count
        count += 1
        return names(root)

    with monkeypatch.context() as patch:
        patch.setattr(Root, "job_names", counted)
        for _ in range(times):
            studio.reconciler.round(hint)
    return count


def test_folders_that_rest_are_listed_in_each_tenth_look_only(resting: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    rest(resting)
    assert listed(resting, monkeypatch, 20) == 2


def test_folders_that_may_change_unseen_are_listed_in_each_look(
    resting: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice within a tick of the disk's clock; or in a folder that is not a job yet."""
    os.utime(resting.root.path / REVIEW)
    assert listed(resting, monkeypatch, 3) == 3
    rest(resting)
    (resting.root.path / REVIEW / "STRANGER").mkdir()
    looks(resting, 1)
    resting.clock.seconds += 10
    looks(resting, 1)
    assert resting.messages("illegal_move")
    rest(resting)
    assert listed(resting, monkeypatch, 3) == 3


@pytest.mark.parametrize("target", [ON_HOLD, ARCHIVE])
def test_a_job_that_was_moved_by_hand_is_found_by_the_next_look(resting: Studio, target: str) -> None:
    rest(resting)
    resting.place("J1").rename(resting.root.path / target / "J1")
    looks(resting, 1)
    assert resting.stage("J1") == target


def test_a_folder_of_the_line_that_is_told_of_is_listed_though_it_seems_to_rest(
    resting: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest(resting)
    told = dataclasses.replace(BY_TIME, folders=frozenset({resting.root.path / REVIEW}))
    assert listed(resting, monkeypatch, 1, told) == 1


def test_a_folder_of_the_line_that_is_gone_is_not_taken_for_one_that_rests(resting: Studio) -> None:
    rest(resting)
    (resting.root.path / ARCHIVE).rename(resting.root.path / "away")
    with pytest.raises(FileNotFoundError):
        resting.reconciler.round(BY_TIME)


@dataclass
class Looked:
    """A seat that notes how it was looked at, and always looks different."""

    job: SimpleNamespace
    whole: list[bool] = field(default_factory=list)

    def differs(self, *, whole: bool) -> bool:
        self.whole.append(whole)
        return True


def waiting(count: int) -> Any:
    return [Looked(SimpleNamespace(job=f"J{number:04d}")) for number in range(count)]


def test_of_many_jobs_some_are_looked_at_each_time_and_each_in_its_turn() -> None:
    seats = waiting(240)
    patrol = Patrol(seats)
    found = [patrol.go_on(0.0) for _ in range(3)]
    assert [len(names) for names in found] == [100, 100, 40]
    assert set.union(*found) == {seat.job.job for seat in seats}
    seats += waiting(241)[240:]
    patrol.go_on(0.0)
    patrol.go_on(0.0)
    assert "J0240" in patrol.go_on(0.0), "one that came meanwhile is looked at on the next way"


def test_where_there_is_time_all_are_looked_at_and_none_twice() -> None:
    seats = waiting(240)
    patrol = Patrol(seats)
    patrol.go_on(0.0)
    assert len(patrol.go_on(math.inf)) == 240
    assert sorted(len(seat.whole) for seat in seats) == [1] * 140 + [2] * 100


def test_each_tenth_way_round_all_jobs_relies_on_nothing() -> None:
    seats = waiting(200)
    patrol = Patrol(seats)
    for _ in range(2 * LOOKS_UNTIL_A_WHOLE_ONE * 2):
        patrol.go_on(0.0)
    assert {tuple(seat.whole) for seat in seats} == {(*[False] * 9, True) * 2}


def test_without_jobs_a_look_comes_to_an_end() -> None:
    assert Patrol(waiting(0)).go_on(math.inf) == set()


def test_a_job_moved_by_hand_whose_record_could_not_be_read_is_found_when_it_can(resting: Studio) -> None:
    rest(resting)
    place = resting.root.path / ON_HOLD / "J1"
    resting.place("J1").rename(place)
    (place / ".job").rename(place / "away")
    looks(resting, 1)
    rest(resting)
    (place / "away").rename(place / ".job")
    resting.clock.seconds += 100.0
    looks(resting, 1)
    assert resting.stage("J1") == ON_HOLD
    assert resting.record("J1").status == "on_hold"


def test_a_job_that_was_moved_by_hand_on_a_share_without_folder_times_is_found_by_the_next_look(
    resting: Studio,
) -> None:
    """The folders of the line seem to rest, and the job is not where it was."""
    rest(resting)
    resting.place("J1").rename(resting.root.path / ON_HOLD / "J1")
    for folder in ALL_FOLDERS:
        os.utime(resting.root.path / folder, (1_700_000_000, 1_700_000_000))
    looks(resting, 1)
    assert resting.record("J1").status == "on_hold"


def test_reading_newcomers_is_not_what_a_look_costs(waiting_in: Callable[..., Studio]) -> None:
    """Looks by time rest by what they cost: after a start with thousands of jobs the next one must not be minutes away.

    A stranger is read in each look, so it does count.
    """
    studio = waiting_in(REVIEW)
    studio.restart()
    right, slow_s = studio.store.load, 0.3

    def load(path: Path) -> Any:
        time.sleep(slow_s)
        return right(path)

    studio.store.load = load  # type: ignore[method-assign]
    studio.reconciler.round()
    assert studio.reconciler.status_of("J1") == "awaiting_review"
    assert studio.reconciler.look_cost_s < slow_s
    shutil.copytree(studio.place("J1"), studio.place("J1").with_name("J1 - copy"))
    for _ in range(2):
        studio.reconciler.round()
        assert studio.reconciler.look_cost_s >= slow_s
