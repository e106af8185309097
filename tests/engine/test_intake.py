"""Drops at work: none is read early, none is taken while somebody still writes it, none is forgotten."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_batches import Inbox

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.inbox import building
from hotfolderd.pipeline import PROCESSING
from hotfolderd.work import Broken


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.fixture
def drop(inbox: Inbox) -> Path:
    """A folder in the inbox with one job's design, project and footage."""
    folder = inbox.root.inbox / "JOB1"
    make_small_batch(folder, 1)
    (folder / "tiny.csv").unlink()
    return folder


def turn_until_begun(inbox: Inbox, function: str) -> Any:
    """Turn until a task of this name waits for a worker; its argument."""
    for _ in range(10):
        for begun, argument in inbox.workers.tasks.values():
            if begun.endswith(function):
                return argument
        inbox.turn()
    raise AssertionError(f"{function} was never begun")


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def batches(inbox: Inbox) -> list[str]:
    found = sorted(inbox.root.batches.glob("BATCH*"))
    return [yaml.safe_load((folder / "batch.yaml").read_text())["status"] for folder in found]


def design_of(inbox: Inbox, job: str) -> bytes:
    return (inbox.root.path / PROCESSING / job / "assets" / "tiny0001.psd").read_bytes()


# taken while somebody writes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiny0001.psd", "footage/tiny_bg.png"])
def test_a_file_changed_between_its_examination_and_its_take_sends_the_drop_back(
    inbox: Inbox, drop: Path, name: str
) -> None:
    """Also with size and time as before. Nothing is lost; the drop is examined anew and taken as it is then."""
    turn_until_begun(inbox, "build")
    before, info = below(drop), (drop / name).stat()
    with (drop / name).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(last)
    os.utime(drop / name, ns=(info.st_atime_ns, info.st_mtime_ns))
    inbox.turn()
    assert inbox.in_line() == []
    assert below(drop) == before
    assert batches(inbox) == ["withdrawn"]
    assert list(inbox.root.intake.iterdir()) == []
    inbox.turn(6)
    assert inbox.in_line() == ["JOB1"]
    assert batches(inbox) == ["withdrawn", "processing"]


def test_a_table_that_was_corrected_after_its_examination_counts_as_corrected(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    turn_until_begun(inbox, "build")
    table = inbox.root.inbox / "tiny.csv"
    table.write_text(table.read_text().replace("TINY0001", "OTHER001"))
    inbox.turn(6)
    assert inbox.in_line() == ["OTHER001"]


def test_a_program_that_has_a_file_open_keeps_its_job_from_being_made(inbox: Inbox, drop: Path) -> None:
    """A rename does not stop it: what it writes later would get into the job unseen."""
    turn_until_begun(inbox, "build")
    with (drop / "tiny0001.psd").open("r+b") as file:
        inbox.turn(6)
        assert inbox.in_line() == []
        assert (drop / "tiny0001.psd").exists()
        file.seek(0, os.SEEK_END)
        file.write(b"the rest")
    inbox.turn(6)
    assert inbox.in_line() == ["JOB1"]
    assert design_of(inbox, "JOB1").endswith(b"the rest")


def test_killed_while_everything_goes_back_it_goes_back_all_the_same(inbox: Inbox, drop: Path) -> None:
    before = below(drop)
    plan = turn_until_begun(inbox, "build")
    with (drop / "tiny0001.psd").open("r+b"):
        takes = building._Takes(plan)
        for piece in plan.jobs[0].pieces:
            takes.take(plan.jobs[0], piece)
        assert below(drop) == set()
        takes._put_back("tiny.aep", Path(plan.intake) / "JOB1" / "assets" / "tiny.aep")
        inbox.restart()
        inbox.turn(3)
        assert below(drop) == before
    inbox.turn(8)
    assert inbox.in_line() == ["JOB1"]


def test_a_newer_file_that_came_meanwhile_is_left_in_its_place(inbox: Inbox, drop: Path) -> None:
    """The one that was taken before lies in the batch's folder."""
    plan = turn_until_begun(inbox, "build")
    takes = building._Takes(plan)
    for piece in plan.jobs[0].pieces:
        takes.take(plan.jobs[0], piece)
    old = (Path(plan.intake) / "JOB1" / "assets" / "tiny0001.psd").read_bytes()
    newer = old + b"newer"
    (drop / "tiny0001.psd").write_bytes(newer)
    takes.give_back()
    assert (drop / "tiny0001.psd").read_bytes() == newer
    assert (inbox.batch() / "replaced" / "tiny0001.psd").read_bytes() == old
    inbox.restart()
    inbox.turn(8)
    assert design_of(inbox, "JOB1") == newer


def test_the_rest_of_a_batch_waits_until_its_changed_file_is_still(inbox: Inbox) -> None:
    """Jobs of it have begun, so the table is not examined again."""
    make_small_batch(inbox.root.inbox, 2)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("max_jobs: 1\n")
    inbox.turn(8)
    assert inbox.in_line() == ["TINY0001"]
    design = inbox.root.inbox / "tiny0002.psd"
    design.write_bytes(design.read_bytes() + b"more")
    (inbox.batch() / "control.yaml").write_text("action: start\n")
    inbox.turn(5)
    assert inbox.in_line() == ["TINY0001"]
    assert "tiny0002.psd was changed" in inbox.told()
    inbox.turn(20)
    assert inbox.in_line() == ["TINY0001", "TINY0002"]
    assert batches(inbox) == ["processing"]


# signals of the producer --------------------------------------------------------------------------------------------


def test_a_mark_that_was_written_last_is_believed_at_once_and_an_older_one_is_not(inbox: Inbox, drop: Path) -> None:
    (drop / "_READY").touch()
    inbox.intake.round()
    assert len(inbox.workers.tasks) == 1
    inbox.workers.stop(0)
    inbox.restart()
    wait_for_a_later_time(drop / "_READY")
    (drop / "footage" / "late.png").write_bytes(b"late")
    inbox.intake.round()
    assert inbox.workers.tasks == {}
    inbox.turn(8)
    assert inbox.in_line() == ["JOB1"]


def wait_for_a_later_time(path: Path) -> None:
    """The clock of a file system may stand for some milliseconds."""
    probe = path.parent.parent / ".probe"
    while True:
        probe.write_bytes(b"")
        if probe.stat().st_ctime_ns > path.stat().st_ctime_ns:
            probe.unlink()
            return
        time.sleep(0.001)


def test_the_mark_of_a_table_goes_away_with_it(inbox: Inbox) -> None:
    """Left there it would say of the next table of this name that it is complete."""
    make_small_batch(inbox.root.inbox, 1)
    (inbox.root.inbox / "tiny.ready").touch()
    inbox.turn(6)
    assert inbox.in_line() == ["TINY0001"]
    assert not (inbox.root.inbox / "tiny.ready").exists()
    assert (inbox.batch() / "tiny.ready").exists()


def write_manifest(drop: Path, **changed: Any) -> None:
    entries = [
        {"path": name, "size": (drop / name).stat().st_size, "sha256": sha256((drop / name).read_bytes())}
        for name in sorted(below(drop) - {"manifest.json"})
    ]
    (drop / "manifest.json").write_text(json.dumps([entry | changed.get(entry["path"], {}) for entry in entries]))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_drop_with_a_manifest_is_taken_at_once_when_all_is_there(inbox: Inbox, drop: Path) -> None:
    write_manifest(drop)
    inbox.intake.round()
    assert len(inbox.workers.tasks) == 1
    inbox.turn(5)
    assert inbox.in_line() == ["JOB1"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda drop: (drop / "footage" / "tiny_bg.png").unlink(), "footage/tiny_bg.png, which is not there"),
        (lambda drop: (drop / "tiny0001.psd").unlink(), "tiny0001.psd, which is not there"),
        (lambda drop: write_manifest(drop, **{"tiny.aep": {"size": 5}}), "of its 5 bytes"),
        (lambda drop: write_manifest(drop, **{"tiny.aep": {"sha256": "0" * 64}}), "whose content is another"),
        (lambda drop: (drop / "manifest.json").write_text('[{"path": "tiny.a'), "manifest.json cannot be read"),
    ],
)
def test_a_drop_waits_until_all_is_there_that_its_manifest_lists(
    inbox: Inbox, drop: Path, change: Callable[[Path], object], said: str
) -> None:
    write_manifest(drop)
    kept = {name: (drop / name).read_bytes() for name in below(drop)}
    change(drop)
    inbox.turn(20)
    assert inbox.in_line() == []
    assert said in (inbox.root.inbox / "JOB1.report.txt").read_text()
    assert "refused" not in inbox.told()
    for name, data in kept.items():
        (drop / name).write_bytes(data)
    inbox.turn(6)
    assert inbox.in_line() == ["JOB1"]
    assert not (inbox.root.inbox / "JOB1.report.txt").exists()


# never forgotten ----------------------------------------------------------------------------------------------------


def test_an_examination_that_broke_is_done_again_after_growing_waits(
    inbox: Inbox, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing about the drop has changed; people are told the first time only."""
    begun_at = []
    killed = Broken("JOB1", "ToolError", "the worker died.", "")
    submit = inbox.workers.submit

    def note(*order: Any) -> None:
        begun_at.append(inbox.clock())
        submit(*order)

    monkeypatch.setattr(inbox.workers, "submit", note)
    for _ in range(120):
        inbox.turn()
        if len(begun_at) == 4:
            break
        for look in list(inbox.intake._examining.values()):
            inbox.intake._examining.clear()
            inbox.workers.stop(0)
            inbox.intake._examined(look, killed)
    waits = [later - earlier for earlier, later in itertools.pairwise(begun_at)]
    assert [round(wait / 30) for wait in waits] == [1, 2, 4]
    assert inbox.told().count("cannot be examined") == 1
    inbox.turn(5)
    assert inbox.in_line() == ["JOB1"]


def test_a_half_copied_file_holds_its_drop_and_is_told_once(inbox: Inbox, drop: Path) -> None:
    part = drop / "footage" / "more.png.part"
    part.write_bytes(b"half")
    inbox.turn(10)
    written_by = time.monotonic() + 20  # what is shown is put off on a busy machine
    while (due := inbox.intake.round()) is not None and time.monotonic() < written_by:
        time.sleep(min(due, 1.0))
    assert due is None, "nothing here is due by time alone"
    assert inbox.told() == ""
    inbox.clock.seconds += 3600
    inbox.turn(3)
    assert inbox.told().count("has waited for 60 minutes") == 1
    assert "more.png.part" in inbox.told()
    part.rename(drop / "footage" / "more.png")
    inbox.turn(6)
    assert inbox.in_line() == ["JOB1"]


def test_a_file_that_grows_beside_its_drop_is_no_long_wait(inbox: Inbox, drop: Path) -> None:
    for number in range(30):
        (drop / "more.png.part").write_bytes(b"x" * number)
        inbox.clock.seconds += 600
        inbox.turn()
    assert inbox.told() == ""


def test_a_design_that_ends_too_early_is_only_told_of_when_it_is_broken(inbox: Inbox, drop: Path) -> None:
    """And not while a program has it open, though it writes nothing."""
    whole = (drop / "tiny0001.psd").read_bytes()
    (drop / "tiny0001.psd").write_bytes(whole[:5000])
    report = inbox.root.inbox / "JOB1.report.txt"
    inbox.turn(3)
    assert not report.exists()
    with (drop / "tiny0001.psd").open("ab"):
        inbox.turn(20)
        assert not report.exists()
    inbox.turn(3)
    assert "ends at byte 5000" in report.read_text()
    assert "was refused" in inbox.told()
    (drop / "tiny0001.psd").write_bytes(whole)
    inbox.turn(6)
    assert inbox.in_line() == ["JOB1"]
    assert not report.exists()


def test_who_drops_the_same_mistake_again_is_told_again(inbox: Inbox) -> None:
    """Within 90 days the same words were taken for a message that had been sent: the second drop lay there unseen."""
    table = inbox.root.inbox / "spring.csv"
    for times in (1, 2):
        table.write_text("job_id,psd_path\nA,a.psd\n")
        inbox.turn(6)
        assert inbox.told().count("0-inbox/spring.csv was refused") == times
        inbox.restart()
        inbox.turn(30)
        assert inbox.told().count("0-inbox/spring.csv was refused") == times
        table.unlink()
        inbox.turn(6)
        assert list(inbox.root.inbox.glob("*.report.txt")) == []


def test_a_drop_that_cannot_be_looked_at_stops_nobody(inbox: Inbox, drop: Path) -> None:
    """A name that is no text, a loop of links, a name of the greatest length, a report that cannot be removed."""
    strange = inbox.root.inbox / os.fsdecode(b"\xff\xfe")
    strange.mkdir()
    (strange / os.fsdecode(b"\xff.psd")).write_bytes(b"x")
    (inbox.root.inbox / "loop").symlink_to("loop")
    (inbox.root.inbox / ("l" * 255)).mkdir()
    (inbox.root.inbox / ("l" * 255) / "a.psd").touch()
    (inbox.root.inbox / "bad.csv").write_text("job_id,psd_path,aepx_path\nA 1,x.psd,x.aep\n")
    (inbox.root.inbox / "bad.report.txt").mkdir()
    inbox.turn(6)
    (inbox.root.inbox / "bad.csv").unlink()
    begun = len(inbox.workers.begun)
    inbox.turn(8)
    assert inbox.in_line() == ["JOB1"]
    assert len(inbox.workers.begun) == begun, "a drop that did not change is not examined again and again"


_opened: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open":
        _opened.append(str(arguments[0]))


def test_nothing_of_a_refused_drop_is_opened_again(inbox: Inbox, drop: Path) -> None:
    """A look at it costs the listing of its folder and a stat of each file."""
    global _opened  # noqa: PLW0603  an audit hook stays for ever
    (drop / "tiny.aep").unlink()
    inbox.turn(6)
    begun = len(inbox.workers.begun)
    sys.addaudithook(_note)
    _opened = opened = []
    inbox.turn(10)
    _opened = None
    assert len(inbox.workers.begun) == begun
    assert any(path.endswith("0-inbox") for path in opened)
    assert [path for path in opened if path.endswith((".psd", ".png"))] == []
