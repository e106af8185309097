"""A job that has done a step goes on with the next one in the same writing, unless something must be asked first."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from studio import Studio, WorkersHere

from hotfolderd import store
from hotfolderd.disk import set_failpoint
from hotfolderd.engine.hints import EVERYTHING, Hint
from hotfolderd.pipeline import ON_HOLD, REVIEW


def writings(studio: Studio) -> list[str]:
    """Has each record that is written noted, by the name of its job."""
    found: list[str] = []
    saved = studio.store.saved
    studio.store.saved = lambda job: (found.append(job), saved(job))[1]
    return found


def test_the_end_of_a_step_and_the_beginning_of_the_next_are_one_writing_with_both_events(studio: Studio) -> None:
    """The attempt of the next step is counted with it, before a worker has it."""
    place = studio.order("J1")
    studio.turn()
    first = studio.reconciler.seats.of("J1").running.name  # type: ignore[union-attr]
    found = writings(studio)
    studio.turn()
    following = studio.reconciler.seats.of("J1").running.name  # type: ignore[union-attr]
    assert following != first
    assert found == ["J1"]
    assert studio.record("J1").attempts == 1
    assert list(studio.record("J1").finished) == [first]
    events = (place / ".job/events.jsonl").read_text().splitlines()[-2:]
    assert f"{first}: done" in events[0]
    assert "started" in events[1]
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_a_job_that_goes_on_waits_for_the_disk_as_seldom_as_it_can(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its history and its record, which one commit of the journal holds; not for the record's name."""
    place = studio.order("J1")
    studio.turn()
    synced: list[str] = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        synced.append(f"{Path(f'/proc/self/fd/{handle}').readlink()}".removeprefix(f"{place}/"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    ended = studio.workers.finished()
    synced.clear()
    studio.reconciler.collect(ended)
    assert studio.record("J1").attempts == 1, "it goes on"
    assert synced[0] == ".job/events.jsonl"
    assert [Path(one).parent.as_posix() for one in synced[1:]] == [".job"]


def test_an_order_that_lies_there_comes_before_the_next_step(studio: Studio) -> None:
    studio.order("J1")
    studio.turn()
    studio.control("J1", action="hold", by="anna")
    studio.work()
    assert studio.stage("J1") == ON_HOLD


@pytest.mark.parametrize("action", ["hold", "hodl"])
def test_an_order_of_which_nothing_has_told_comes_before_the_step_that_waits_for_a_worker(
    studio: Studio, action: str
) -> None:
    """Where folders are looked at each second only, a film would be made to its end first. A wrong one is no order."""
    workers = WorkersHere(places=0)
    studio.restart(workers=workers)
    studio.order("J1")
    studio.turn()
    studio.control("J1", action=action, by="anna")
    workers.places = 1
    studio.reconciler.round(Hint())
    assert not studio.reconciler.running()
    studio.work()
    assert studio.stage("J1") == (ON_HOLD if action == "hold" else REVIEW)


def test_a_job_of_higher_priority_gets_the_worker_that_is_free(studio: Studio) -> None:
    studio.order("J1", priority="low")
    studio.turn()
    studio.order("J2", priority="high")
    for _ in range(3):
        studio.turn()
        if len(studio.record("J2").finished):
            break
    assert studio.record("J2").finished


def going_on(studio: Studio) -> None:
    """Brings J1 to its second step, of which its status does not know."""
    studio.order("J1")
    studio.turn()
    first = studio.status("J1")["doing"]
    studio.turn()
    assert studio.record("J1").doing != studio.status("J1")["doing"] == first


def is_shown(studio: Studio) -> bool:
    return bool(studio.record("J1").doing == studio.status("J1")["doing"])


def test_a_status_is_written_late_while_a_job_goes_from_step_to_step(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most steps end sooner than anybody could read what they do; whoever waits for one sees it half a second later."""
    going_on(studio)
    due_s = studio.reconciler.round(Hint())
    assert due_s is not None
    assert due_s <= 0.5
    monkeypatch.setattr(store, "_SHOWN_AFTER_S", 0.0)
    studio.reconciler.round(Hint())
    assert is_shown(studio)
    assert studio.store.show_late() is None


def test_a_daemon_that_ends_leaves_no_old_status(studio: Studio) -> None:
    going_on(studio)
    studio.reconciler.drain()
    assert is_shown(studio)


def test_a_killed_daemon_leaves_an_old_status_until_the_next_one_comes(studio: Studio) -> None:
    going_on(studio)
    studio.restart()
    studio.reconciler.round(EVERYTHING)
    assert is_shown(studio)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.ENOENT])
def test_a_status_that_cannot_be_written_is_written_later_and_stops_nobody(studio: Studio, code: int) -> None:
    """Where the folder is not there any more, it is let go: it is shown where it is."""
    going_on(studio)

    def fail(name: str, path: Path) -> None:
        if name == "write" and path.name == "status.yaml":
            raise OSError(code, os.strerror(code), str(path))

    set_failpoint(fail)
    try:
        studio.store.show_late(all_of_them=True)
    finally:
        set_failpoint(None)
    studio.store.show_late(all_of_them=True)
    assert is_shown(studio) == (code != errno.ENOENT)


def test_a_job_that_is_gone_is_not_to_be_shown_for_ever(studio: Studio) -> None:
    """A file lies in the place of its folder: that is another error than a folder that is not there."""
    going_on(studio)
    place = studio.place("J1")
    place.rename(studio.root.path / "taken")
    place.touch()
    studio.work()
    assert studio.reconciler.seats.of("J1") is None
    assert studio.store.show_late() is None
