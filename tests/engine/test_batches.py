"""Drops and batches at work: built once whatever happens between, and never in the way of others."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from studio import Clock, WorkersHere

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import rename_new, set_failpoint
from hotfolderd.engine.batches import Batches
from hotfolderd.engine.entering import Entering
from hotfolderd.engine.intake import Intake, IntakePolicy
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.workers import Finished
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.building import build
from hotfolderd.notify import Notices, Postman
from hotfolderd.pipeline import PROCESSING
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.line import LINE
from hotfolderd.store import Store

SETTLE_S = 2.0


class Inbox:
    """The inbox of one root at work, with a clock that jumps. `restart` forgets all that a daemon holds in memory."""

    def __init__(self, folder: Path) -> None:
        self.root: Root = make_root(folder / "folders")
        self.clock = Clock()
        self.statuses: dict[str, str] = {}
        self.restart()

    def restart(self, places: int = 4, *, workers: WorkersHere | None = None) -> None:
        self.workers = workers or WorkersHere(places)
        self.notices = Notices(self.root, self.clock.now)
        self.store = Store(self.root, {LINE.kind: LINE}, self.clock.now)
        stillness = Stillness(self.clock)
        self.batches = Batches(
            self.root,
            self.store,
            self.workers,
            self.notices,
            lambda job: self.statuses.get(job, ""),
            lambda: hash(str(self.statuses)),
            stillness=stillness,
            settle_s=SETTLE_S,
            now=self.clock.now,
        )
        policy = IntakePolicy(SETTLE_S, 10.0, 3600.0, Limits())
        self.intake = Intake(
            self.root, self.workers, self.notices, self.batches, policy, stillness=stillness, now=self.clock.now
        )

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.intake.collect(self.workers.finished())
            self.intake.round()
            self.clock.seconds += SETTLE_S + 0.1

    def in_line(self) -> list[str]:
        return sorted(path.name for path in (self.root.path / PROCESSING).iterdir() if path.is_dir())

    def told(self) -> str:
        Postman(self.root, self.notices, ()).send_waiting()
        path = self.root.path / "messages.txt"
        return path.read_text() if path.exists() else ""

    def batch(self) -> Path:
        return next(self.root.batches.glob("BATCH*"))


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_a_drop_becomes_a_batch_and_its_jobs_enter_the_line(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 2)
    inbox.turn(6)
    assert inbox.in_line() == ["TINY0001", "TINY0002"]
    assert not list(inbox.root.inbox.glob("*.csv"))
    assert (inbox.batch() / "tiny.csv").exists()
    assert list(inbox.root.intake.iterdir()) == []


def entering(inbox: Inbox, look: Callable[[int], None]) -> list[int]:
    """How many jobs stand in the line, turn by turn; `look` is called with each new number."""
    seen = [0]
    for _ in range(16):
        inbox.turn()
        if len(inbox.in_line()) != seen[-1]:
            seen.append(len(inbox.in_line()))
            look(seen[-1])
    return seen


def test_the_first_jobs_of_a_long_batch_do_not_wait_for_the_last_to_be_built(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on by itself, also after a restart, and nobody is told of it twice."""
    monkeypatch.setattr("hotfolderd.inbox.portions._JOBS_AT_FIRST", 2)
    make_small_batch(inbox.root.inbox, 9)
    assert entering(inbox, lambda _: inbox.restart()) == [0, 2, 4, 8, 9]
    assert yaml.safe_load((inbox.batch() / "batch.yaml").read_text())["not_started"] == []
    assert list(inbox.root.intake.iterdir()) == []
    assert not list(inbox.root.inbox.glob("*.psd"))
    assert inbox.told().count("9 jobs") == 1


def test_the_next_jobs_of_a_long_batch_do_not_wait_for_a_step_of_the_first_to_end(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else may call for the next round for long: a step takes minutes, and other workers are free."""
    monkeypatch.setattr("hotfolderd.inbox.portions._JOBS_AT_FIRST", 2)
    make_small_batch(inbox.root.inbox, 4)
    inbox.turn(3)
    dues: list[float | None] = [0.0]
    while (dues[-1] is not None or inbox.workers.tasks) and len(dues) < 1000:
        inbox.intake.collect(inbox.workers.finished())
        dues.append(inbox.intake.round())
    assert dues[-1] is None, "nor is it called for ever"
    assert len(inbox.in_line()) == 4


def test_the_first_jobs_of_a_batch_do_not_wait_for_large_files_to_be_copied_for_the_last(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that several rows name is copied for each but the last, which takes the file itself."""
    make_small_batch(inbox.root.inbox, 5, share_design=True)
    shared = ("tiny.psd", "tiny.aep", "footage/tiny_bg.png")
    one_job = sum((inbox.root.inbox / name).stat().st_size for name in shared)
    monkeypatch.setattr("hotfolderd.inbox.portions._COPIED_BYTES", 2 * one_job)
    assert entering(inbox, lambda _: inbox.restart()) == [0, 2, 5]
    jobs = [path.parent for path in inbox.root.path.glob("1-processing/*/job.yaml")]
    assert {sum(file.stat().st_size for file in job.glob("assets/**/*.*")) for job in jobs} == {one_job}
    assert not [name for name in shared if (inbox.root.inbox / name).exists()]


@pytest.mark.parametrize("case", ["large files", "restart", "taken"])
def test_as_many_jobs_begin_as_max_jobs_says(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Also in several portions, and where the note of those that have entered was lost."""
    monkeypatch.setattr("hotfolderd.inbox.portions._COPIED_BYTES", 1 if case == "large files" else 1 << 30)
    monkeypatch.setattr("hotfolderd.engine.entering._AT_ONCE_S", 0.0)
    make_small_batch(inbox.root.inbox, 7, share_design=True)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("max_jobs: 3\n")
    stranger = inbox.root.path / PROCESSING / "TINY0001"
    if case == "taken":
        inbox.turn(3)
        stranger.mkdir()
    entering(inbox, lambda count: inbox.restart() if count == 2 else None)
    assert inbox.in_line() == ["TINY0001", "TINY0002", "TINY0003"]
    if case == "taken":
        stranger.rmdir()
        inbox.turn(16)
    for ordered in (6, 7):
        assert inbox.intake.busy() == 0, "it waits for somebody"
        (inbox.batch() / "control.yaml").write_text("action: start\n")
        inbox.turn(16)
        assert len(inbox.in_line()) == ordered


def test_built_jobs_enter_a_few_at_a_time_and_go_on_after_a_restart(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of them must not keep an answer waiting. In between the batch is neither built again nor done."""
    monkeypatch.setattr("hotfolderd.engine.entering._AT_ONCE_S", 0.0)
    make_small_batch(inbox.root.inbox, 5)

    def look(count: int) -> None:
        assert inbox.batches.busy() == 1
        if count == 3:
            inbox.restart()

    assert entering(inbox, look) == [0, 1, 2, 3, 4, 5]
    assert inbox.batches.busy() == 0
    assert yaml.safe_load((inbox.batch() / "batch.yaml").read_text())["not_started"] == []
    assert list(inbox.root.intake.iterdir()) == []


@pytest.mark.parametrize("moved_on", [False, True])
def test_killed_between_the_entry_of_a_job_and_its_note_the_batch_goes_on(inbox: Inbox, *, moved_on: bool) -> None:
    """The job that entered is not built again, wherever it stands by now; the others are."""
    make_small_batch(inbox.root.inbox, 3)
    inbox.turn(3)
    ((_, plan),) = inbox.workers.tasks.values()
    assert build(plan) == ("TINY0001", "TINY0002", "TINY0003")
    (waiting,) = list(inbox.batches._batches.values())
    entries = Entering(inbox.root, inbox.store)
    entries.begin(waiting.batch, waiting.waiting[:1])
    assert entries.go_on(waiting.batch).entered == {"TINY0001"}
    if moved_on:
        rename_new(inbox.root.path / PROCESSING / "TINY0001", inbox.root.path / "2-review" / "TINY0001")
    inbox.restart()
    inbox.turn(6)
    wanted = ["TINY0002", "TINY0003"] if moved_on else ["TINY0001", "TINY0002", "TINY0003"]
    assert inbox.in_line() == wanted
    assert len(list(inbox.root.path.glob("*/TINY0001"))) == 1
    assert yaml.safe_load((inbox.batch() / "batch.yaml").read_text())["not_started"] == []


def test_what_a_larger_portion_had_built_when_it_was_cut_off_is_not_lost(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as all jobs at once, by the version before: their files have left the inbox already."""
    make_small_batch(inbox.root.inbox, 6)
    inbox.turn(5)
    ((_, plan),) = inbox.workers.tasks.values()
    build(plan)
    monkeypatch.setattr("hotfolderd.inbox.portions._JOBS_AT_FIRST", 2)
    inbox.restart()
    inbox.turn(16)
    assert len(inbox.in_line()) == 6
    for job in inbox.in_line():
        assert (inbox.root.path / PROCESSING / job / f"assets/{job.lower()}.psd").exists()


def test_a_folder_of_a_jobs_name_stops_only_that_job_and_is_told(inbox: Inbox) -> None:
    """A person has put it there after the drop was examined; when it is gone the job enters."""
    make_small_batch(inbox.root.inbox, 2)
    inbox.turn(3)
    stranger = inbox.root.path / PROCESSING / "TINY0001"
    stranger.mkdir()
    inbox.turn(4)
    assert inbox.in_line() == ["TINY0001", "TINY0002"]
    assert list(stranger.iterdir()) == []
    assert "another folder of this name stands in the line" in inbox.told()
    stranger.rmdir()
    inbox.turn(20)
    assert (stranger / "job.yaml").exists()


def test_a_folder_of_a_jobs_name_stops_only_that_job_where_each_portion_is_one_job(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfolderd.inbox.portions._COPIED_BYTES", 1)
    make_small_batch(inbox.root.inbox, 4, share_design=True)
    inbox.turn(3)
    stranger = inbox.root.path / PROCESSING / "TINY0001"
    stranger.mkdir()
    inbox.turn(60)
    assert inbox.in_line() == ["TINY0001", "TINY0002", "TINY0003", "TINY0004"]
    stranger.rmdir()
    inbox.turn(20)
    assert (stranger / "job.yaml").exists()
    assert not list(inbox.root.inbox.glob("*.psd"))


def test_two_drops_with_one_job_id_at_once_are_not_both_taken(inbox: Inbox) -> None:
    """The second is told of the duplicate, and its files stay."""
    make_small_batch(inbox.root.inbox / "first", 1)
    make_small_batch(inbox.root.inbox / "second", 1)
    inbox.turn(8)
    assert inbox.in_line() == ["TINY0001"]
    assert len(list(inbox.root.batches.glob("BATCH*"))) == 1
    reports = [path.read_text() for path in inbox.root.inbox.glob("*.report.txt")]
    assert ["Duplicate job_id: TINY0001" in text for text in reports] == [True]
    assert len(list(inbox.root.inbox.glob("*/tiny0001.psd"))) == 1


def test_a_start_that_was_ordered_while_all_workers_were_busy_is_not_lost(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("start: manual\n")
    inbox.turn(6)
    assert inbox.in_line() == []
    assert inbox.intake.busy() == 0
    (inbox.batch() / "control.yaml").write_text("action: start\n")
    assert inbox.intake.busy() == 1
    inbox.workers.places = 0
    inbox.turn(3)
    inbox.restart()
    inbox.turn(4)
    assert inbox.in_line() == ["TINY0001"]


def test_a_start_that_cannot_be_read_is_told_once(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("start: manual\n")
    inbox.turn(6)
    (inbox.batch() / "control.yaml").write_text("action: strat\n")
    inbox.turn(6)
    assert "strat" in (inbox.batch() / "control.problems.txt").read_text()
    assert inbox.told().count("control.yaml was not taken") == 1
    assert inbox.intake.busy() == 0


def test_a_batch_that_was_taken_away_stops_nobody(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    inbox.turn(6)
    inbox.batch().rename(inbox.root.path.parent / "taken away")
    drop = inbox.root.inbox / "next"
    make_small_batch(drop, 2)
    (drop / "tiny.csv").write_text((drop / "tiny.csv").read_text().replace("TINY", "NEXT"))
    inbox.turn(6)
    assert inbox.in_line() == ["NEXT0001", "NEXT0002", "TINY0001"]


def test_a_drop_whose_report_cannot_be_written_stops_nobody(inbox: Inbox) -> None:
    """A folder stands where the report would go."""
    bad = inbox.root.inbox / "bad.csv"
    bad.write_text("job_id,psd_path,aepx_path\nA 1,x.psd,x.aep\n")
    (inbox.root.inbox / "bad.report.txt").mkdir()
    make_small_batch(inbox.root.inbox / "good", 1)
    inbox.turn(8)
    assert inbox.in_line() == ["TINY0001"]
    assert bad.exists()


def test_a_job_that_has_entered_the_line_and_was_not_met_yet_is_not_at_its_end(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    inbox.turn(8)
    assert inbox.in_line() == ["TINY0001"]
    assert "status: processing" in (inbox.batch() / "batch.yaml").read_text()
    (inbox.root.path / PROCESSING / "TINY0001").rename(inbox.root.path / "taken away")
    inbox.turn(1)
    assert "status: failed" in (inbox.batch() / "batch.yaml").read_text(), "no job of it is left"


def test_the_end_of_a_batch_is_noticed_when_its_last_job_ended_while_the_disk_failed(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    inbox.turn(8)

    def full(_: str, path: Path) -> None:
        if path.is_relative_to(inbox.root.batches):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    set_failpoint(full)
    try:
        inbox.statuses = {"TINY0001": "completed"}
        inbox.turn(3)
    finally:
        set_failpoint(None)
    assert "status: processing" in (inbox.batch() / "batch.yaml").read_text()
    inbox.turn(20)
    assert "status: complete" in (inbox.batch() / "batch.yaml").read_text()


def test_a_batch_is_complete_when_its_jobs_were_delivered_and_not_when_they_were_cancelled(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 2)
    inbox.turn(6)
    inbox.statuses = {"TINY0001": "completed", "TINY0002": "cancelled"}
    inbox.turn()
    assert "status: partially_complete" in (inbox.batch() / "batch.yaml").read_text()
    inbox.turn(3)
    assert (
        inbox.told().count("partially complete, 1 of 2 jobs delivered\n    Not delivered: TINY0002 (cancelled)\n") == 1
    )
    inbox.statuses = {"TINY0001": "completed", "TINY0002": "completed"}
    inbox.turn()
    assert "status: complete" in (inbox.batch() / "batch.yaml").read_text()
    assert inbox.told().count("complete, 2 jobs\n") == 1


def test_people_are_told_of_a_batch_of_which_nothing_was_delivered(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    inbox.turn(6)
    inbox.statuses = {"TINY0001": "failed"}
    inbox.turn(3)
    assert "status: failed" in (inbox.batch() / "batch.yaml").read_text()
    assert inbox.told().count("came to nothing, none of 1 job delivered") == 1


def test_files_that_a_refused_row_needs_too_stay_in_the_inbox(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 2)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("on_invalid_rows: accept_valid\n")
    table = inbox.root.inbox / "tiny.csv"
    table.write_text(table.read_text().replace("tiny0002_final.aep", "no good.aep"))
    inbox.turn(6)
    assert inbox.in_line() == ["TINY0001"]
    assert (inbox.root.inbox / "tiny.aep").exists()
    assert (inbox.root.inbox / "tiny0002.psd").exists()
    assert not (inbox.root.inbox / "tiny0001.psd").exists()


def test_a_file_that_two_tables_name_is_copied_for_the_first_and_given_to_the_second(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 2)
    table = inbox.root.inbox / "tiny.csv"
    header, first, second = table.read_text().splitlines()
    table.unlink()
    (inbox.root.inbox / "one.csv").write_text(f"{header}\n{first}\n")
    (inbox.root.inbox / "two.csv").write_text(f"{header}\n{second}\n")
    inbox.turn(10)
    assert inbox.in_line() == ["TINY0001", "TINY0002"]
    for job in inbox.in_line():
        assert (inbox.root.path / PROCESSING / job / "assets/tiny.aep").exists()


class LastFirst(WorkersHere):
    """Workers of which the one that was given its task last is the quickest."""

    def finished(self) -> list[Finished]:
        self.tasks = dict(reversed(self.tasks.items()))
        return super().finished()


def two_tables(folder: Path, count: int) -> str:
    """Jobs of one template: all but the last in `tiny.csv`; the other table, with the last."""
    make_small_batch(folder, count)
    header, *rows = (folder / "tiny.csv").read_text().splitlines()
    (folder / "tiny.csv").write_text("\n".join([header, *rows[:-1], ""]))
    return f"{header}\n{rows[-1]}\n"


def test_of_two_tables_that_are_built_at_once_none_takes_a_file_from_the_other(inbox: Inbox) -> None:
    inbox.restart(workers=LastFirst())
    (inbox.root.inbox / "two.csv").write_text(two_tables(inbox.root.inbox, 3))
    inbox.turn(16)
    assert inbox.in_line() == ["TINY0001", "TINY0002", "TINY0003"]
    assert not (inbox.root.inbox / "tiny.aep").exists(), "the last one takes it"


def test_a_table_that_comes_between_two_portions_takes_no_file_that_is_still_needed(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfolderd.inbox.portions._JOBS_AT_FIRST", 1)
    late = two_tables(inbox.root.inbox, 12)
    while not inbox.in_line():
        inbox.turn()
    (inbox.root.inbox / "two.csv").write_text(late)
    inbox.turn(30)
    assert len(inbox.in_line()) == 12
    assert not (inbox.root.inbox / "tiny.aep").exists(), "the last one takes it"


def test_a_table_that_comes_into_a_folder_at_work_is_not_put_away_with_it(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dropped it would never hear of it again."""
    monkeypatch.setattr("hotfolderd.inbox.portions._JOBS_AT_FIRST", 1)
    folder = inbox.root.inbox / "poster"
    late = two_tables(folder, 5)
    while not inbox.in_line():
        inbox.turn()
    (folder / "two.csv").write_text(late)
    inbox.turn(30)
    assert len(inbox.in_line()) == 4
    assert (folder / "two.csv").exists()
    assert "tiny.aep" in (inbox.root.inbox / "poster.two.report.txt").read_text(), "the first table has used it up"
    make_small_batch(inbox.root.path.parent / "more", 1)
    rename_new(inbox.root.path.parent / "more/tiny.aep", folder / "tiny.aep")
    inbox.turn(10)
    assert len(inbox.in_line()) == 5
    assert not folder.exists()


def test_a_folder_whose_file_has_a_name_that_no_system_takes_is_told_and_stays(inbox: Inbox) -> None:
    drop = inbox.root.inbox / "q"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").unlink()
    (drop / "tiny0001.psd").rename(drop / "What?.psd")
    inbox.turn(6)
    assert inbox.in_line() == []
    assert list(inbox.root.batches.glob("BATCH*")) == []
    assert "Rename the file" in (inbox.root.inbox / "q.report.txt").read_text()


def test_the_report_goes_when_its_drop_goes_and_two_drops_of_one_name_have_two(inbox: Inbox) -> None:
    for folder in ("a", "b"):
        (inbox.root.inbox / folder).mkdir()
        (inbox.root.inbox / folder / "spring.csv").write_text("job_id,psd_path,aepx_path\nA 1,x.psd,x.aep\n")
    inbox.turn(6)
    reports = sorted(path.name for path in inbox.root.inbox.glob("*.report.txt"))
    assert reports == ["a.spring.report.txt", "b.spring.report.txt"]
    (inbox.root.inbox / "a" / "spring.csv").unlink()
    inbox.turn()
    assert [path.name for path in inbox.root.inbox.glob("*.report.txt")] == ["b.spring.report.txt"]


def test_footage_that_the_drop_does_not_hold_is_said_when_it_is_taken_in(inbox: Inbox) -> None:
    make_small_batch(inbox.root.inbox, 1)
    (inbox.root.inbox / "footage" / "tiny_bg.png").unlink()
    inbox.turn(6)
    assert inbox.in_line() == ["TINY0001"]
    assert "footage that the drop does not hold: tiny_bg.png" in inbox.told()


def test_status_shows_batches_that_wait_for_somebody(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotfolderd.engine.intake._QUICKLY_SHOWN_S", 60.0)  # however busy the machine is
    make_small_batch(inbox.root.inbox, 1)
    (inbox.root.inbox / "tiny.batch.yaml").write_text("start: manual\n")
    inbox.turn(6)
    (shown,) = json.loads((inbox.root.private / "drops.json").read_text())
    assert shown["name"] == f"batches/{inbox.batch().name}"
    assert shown["state"] == "waits to be started"
