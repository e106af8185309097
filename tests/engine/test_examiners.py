"""A large drop in the hands of several workers: what they say of its designs is used, and no fault of theirs is."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_batches import Inbox

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.engine.workers import Finished
from hotfolderd.inbox import contents
from hotfolderd.work import Broken

LOOK, EXAMINE = "look_into_designs", "examine_drop"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def begun(inbox: Inbox, function: str) -> list[str]:
    """Turn until tasks of this name wait for workers; their keys."""
    for _ in range(10):
        found = [key for key, (name, _) in inbox.workers.tasks.items() if name.endswith(function)]
        if found:
            return found
        inbox.turn()
    raise AssertionError(f"{function} was never begun")


def test_each_design_of_a_large_drop_is_looked_into_once_by_one_of_several_workers(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    read = contents._read_design

    def noted(path: Path, name: str, limits: contents.Limits) -> contents.Content:
        looked.append(name)
        return read(path, name, limits)

    monkeypatch.setattr(contents, "_read_design", noted)
    make_small_batch(inbox.root.inbox, 12)
    assert len(begun(inbox, LOOK)) == 4, "as many as there are workers"
    inbox.turn(8)
    assert len(inbox.in_line()) == 12
    assert sorted(looked) == [f"tiny{number:04d}.psd" for number in range(1, 13)]


def test_of_a_small_drop_one_worker_does_all(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 3)
    begun(inbox, EXAMINE)
    assert [name.rpartition(":")[2] for name, _ in inbox.workers.tasks.values()] == [EXAMINE]


def test_where_one_worker_is_free_it_does_all(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.restart(1)
    make_small_batch(inbox.root.inbox, 12)
    assert len(begun(inbox, EXAMINE)) == 1


def test_a_broken_design_among_many_is_told_with_its_row(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 12)
    path = inbox.root.inbox / "tiny0007.psd"
    path.write_bytes(b"8BPX" + path.read_bytes()[4:])
    inbox.turn(8)
    assert inbox.in_line() == []
    report = (inbox.root.inbox / "tiny.report.txt").read_text()
    assert "❌ Row 8: TINY0007" in report
    assert report.count("❌ Row") == 1


def test_a_worker_that_dies_over_designs_costs_only_time(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 12)
    first, *_ = begun(inbox, LOOK)
    del inbox.workers.tasks[first]
    inbox.intake.collect([Finished(first, Broken("look", "ToolError", "the worker died", ""))])
    inbox.turn(8)
    assert len(inbox.in_line()) == 12
    assert inbox.told().count("cannot be examined") == 0


def test_a_design_changed_after_it_was_looked_into_is_looked_into_again(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 12)
    begun(inbox, LOOK)
    inbox.turn()
    begun(inbox, EXAMINE)
    path = inbox.root.inbox / "tiny0007.psd"
    path.write_bytes(b"8BPX" + path.read_bytes()[4:])
    inbox.turn(10)
    assert inbox.in_line() == []
    assert "❌ Row 8: TINY0007" in (inbox.root.inbox / "tiny.report.txt").read_text()


def test_a_drop_that_no_worker_takes_any_more_is_examined_again_later(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_small_batch(inbox.root.inbox, 12)
    begun(inbox, LOOK)
    submit = inbox.workers.submit

    def refused(key: str, function: str, argument: object, timeout_s: float) -> None:
        if function.endswith(EXAMINE):
            raise OSError(11, "Resource temporarily unavailable")
        submit(key, function, argument, timeout_s)

    monkeypatch.setattr(inbox.workers, "submit", refused)
    inbox.turn(2)
    assert inbox.intake.busy() == 0
    monkeypatch.undo()
    inbox.turn(30)
    assert len(inbox.in_line()) == 12
