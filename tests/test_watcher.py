"""The watcher: what rings and what does not, and that it never goes on believing when nothing is told any more."""

from __future__ import annotations

import errno
import fcntl
import logging
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotfolderd.disk import write_atomic
from hotfolderd.pipeline import JOB_FOLDERS
from hotfolderd.root import Root, make_root
from hotfolderd.watcher import Watcher, is_network
from hotfolderd.watcher.native import Native, Tell
from hotfolderd.watcher.tree import Tree
from hotfolderd.watcher.watcher import native

PATIENCE_S = 20.0
BUILDS = pytest.mark.parametrize("build", [native, Tree], ids=["native", "tree"])
Build = Callable[[Root, Tell], Native]


class Bell:
    """What has rung, and waiting for it."""

    def __init__(self) -> None:
        self.rung: list[Path | None] = []
        self._changed = threading.Condition()

    def __call__(self, folder: Path | None) -> None:
        with self._changed:
            self.rung.append(folder)
            self._changed.notify_all()

    def wait_for(self, *folders: Path | None, within_s: float = PATIENCE_S) -> None:
        with self._changed:
            rang = self._changed.wait_for(lambda: set(folders) <= set(self.rung), within_s)
        assert rang, f"{folders} did not all ring, but {set(self.rung)}"

    def clear(self) -> None:
        with self._changed:
            self.rung.clear()


class Deaf:
    """A system that tells of nothing. `limit`: how many folders it attends before it refuses."""

    def __init__(self, _root: Root, _tell: Tell, limit: int | None = None) -> None:
        self.attended: set[Path] = set()
        self.limit = limit

    def alive(self) -> bool:
        return True

    def tend(self) -> None:
        pass

    def attend(self, folder: Path) -> None:
        if self.limit is not None and len(self.attended) >= self.limit:
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        self.attended.add(folder)

    def leave(self, folder: Path) -> None:
        self.attended.discard(folder)

    def lost(self) -> list[Path]:
        return []

    def limited(self) -> bool:
        return False

    def retry(self) -> None:
        pass

    def stop(self) -> None:
        pass


class House:
    """A root that is watched, with a clock that is set by hand."""

    def __init__(self, place: Path) -> None:
        self.root = make_root(place / "folders")
        self.bell = Bell()
        self.clock_s = 0.0
        self.built: list[Native] = []
        self.watcher: Watcher

    def watch(self, build: Build = native, ring: Tell | None = None) -> Watcher:
        def building(root: Root, tell: Tell) -> Native:
            self.built.append(build(root, tell))
            return self.built[-1]

        self.watcher = Watcher(self.root, ring or self.bell, "native", now=lambda: self.clock_s, build=building)
        return self.watcher

    def job(self, folder: str = "2-review", name: str = "J1") -> Path:
        job = self.root.path / folder / name
        job.mkdir()
        (job / "review.yaml").write_text("decision: pending\n")
        return job

    def let_it_settle(self) -> None:
        """Wait until all that was done until now has been told, then forget it."""
        self.stir()
        self.watcher.check()
        self.stir()
        self.bell.clear()

    def stir(self) -> None:
        """Make a change in a folder of the line, and wait until it is told: then all before it has been told."""
        place = self.root.path / JOB_FOLDERS[-1]
        with self.bell._changed:
            self.bell.rung[:] = [folder for folder in self.bell.rung if folder != place]
        mark = place / "mark"
        mark.unlink() if mark.exists() else mark.touch()
        self.bell.wait_for(place)

    def sing(self) -> None:
        """Have the canary sing."""
        self.clock_s += 31
        self.watcher.check()

    def check_until(self, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < until
            self.watcher.check()
            time.sleep(0.01)

    def heard(self) -> None:
        """Wait until the canary was heard: the next one is due later only."""
        self.check_until(lambda: self.watcher._sang_at is None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.watcher.stop()


def cut_off(house: House) -> None:
    """The thread that reads events lives on, but reads none."""
    house.built[-1]._reader.read_events = lambda: time.sleep(0.01) or []  # type: ignore[attr-defined]
    (house.root.inbox / "the one it is reading").write_text("")


def kill(house: House) -> None:
    """The thread that reads events ends."""
    reader = house.built[-1]._reader  # type: ignore[attr-defined]
    reader.read_events = sys.exit
    (house.root.inbox / "the one it is reading").write_text("")
    reader.join(PATIENCE_S)
    assert not reader.is_alive()


# What rings


def write_in_place(path: Path) -> None:
    path.write_text("decision: approve\n")


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("end: true\n")


def write_in_place_and_keep_open(path: Path) -> None:
    os.write(os.open(path, os.O_WRONLY), b"decision: approve\n")


def rename_over(path: Path) -> None:
    beside = path.with_name(".review.yaml.swp")
    beside.write_text("decision: approve\n")
    beside.replace(path)


def rename_aside_and_write(path: Path) -> None:
    path.rename(path.with_name("review.yaml~"))
    path.write_text("decision: approve\n")


def remove_and_write(path: Path) -> None:
    path.unlink()
    path.write_text("decision: approve\n")


def rename_in_from_elsewhere(path: Path) -> None:
    elsewhere = path.parent.parent.parent.parent / "elsewhere"
    elsewhere.write_text("decision: approve\n")
    elsewhere.replace(path)


def link_in(path: Path) -> None:
    path.with_name("control.yaml").hardlink_to(path)


def map_and_write(path: Path) -> None:
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as content:
        content[:8] = b"DECISION"


def cut_short(path: Path) -> None:
    os.truncate(path, 3)


def stream_edit(path: Path) -> None:
    subprocess.run(["sed", "-i", "-e", "s/pending/approve/", path], check=True)


SAVES = [
    write_in_place,
    append,
    write_in_place_and_keep_open,
    rename_over,
    rename_aside_and_write,
    remove_and_write,
    rename_in_from_elsewhere,
    link_in,
    map_and_write,
    cut_short,
    stream_edit,
    Path.unlink,
]


@BUILDS
@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_every_way_to_save_a_sidecar_rings_with_its_job(
    house: House, build: Build, save: Callable[[Path], None]
) -> None:
    job = house.job()
    house.watch(build).attend(job)
    house.let_it_settle()
    save(job / "review.yaml")
    house.bell.wait_for(job)


@BUILDS
def test_reading_and_changed_rights_do_not_ring(house: House, build: Build) -> None:
    job = house.job()
    house.watch(build).attend(job)
    house.let_it_settle()
    sidecar = job / "review.yaml"
    assert sidecar.read_text()
    assert list(job.iterdir())
    sidecar.chmod(0o600)
    os.utime(sidecar, (1, 1))
    job.chmod(0o700)
    with sidecar.open() as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
    house.stir()
    assert set(house.bell.rung) == {house.root.path / JOB_FOLDERS[-1]}


@BUILDS
def test_what_this_program_says_in_a_job_folder_does_not_ring(house: House, build: Build) -> None:
    """Else each step that ends would have its job looked at once more for nothing."""
    job = house.job()
    house.watch(build).attend(job)
    house.let_it_settle()
    write_atomic(job / "status.yaml", "status: pending")
    beside = job / ".control.yaml.tmp"
    beside.touch()
    house.stir()
    assert job not in house.bell.rung
    beside.rename(job / "control.yaml")
    house.bell.wait_for(job)


@BUILDS
def test_a_job_rings_with_the_folders_that_it_leaves_and_enters(house: House, build: Build) -> None:
    job = house.job("1-processing")
    house.watch(build)
    house.let_it_settle()
    job.rename(house.root.path / "2-review" / job.name)
    house.bell.wait_for(job.parent, house.root.path / "2-review")


def test_moves_between_stages_are_told_at_once(house: House) -> None:
    """Through an `Observer` each would take half a second, and all after it would wait."""
    house.watch()
    house.let_it_settle()
    took = []
    for number in range(20):
        job = house.job("1-processing", f"J{number}")
        house.stir()
        house.bell.clear()
        began = time.monotonic()
        job.rename(house.root.path / "2-review" / job.name)
        house.bell.wait_for(job.parent, house.root.path / "2-review")
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.1


@BUILDS
def test_what_is_in_a_job_that_nobody_attends_does_not_ring(house: House, build: Build) -> None:
    attended, left, never = house.job(name="J1"), house.job(name="J2"), house.job(name="J3")
    watcher = house.watch(build)
    watcher.attend(attended)
    watcher.attend(left)
    watcher.leave(left)
    house.let_it_settle()
    for job in (left, never, attended):
        append(job / "review.yaml")
    (attended / "previews").mkdir()
    house.bell.wait_for(attended)
    house.stir()
    house.bell.clear()
    (attended / "previews" / "deep.png").touch()
    house.stir()
    assert attended not in house.bell.rung
    assert not {left, never} & set(house.bell.rung)


# With one watch for each folder below the root, as on Linux, watchdog 7.1 may watch a new one twice, and says so.
@pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")
@BUILDS
def test_anything_in_the_inbox_rings_however_deep(house: House, build: Build) -> None:
    source = house.root.path.parent / "drop"
    (source / "a" / "b" / "c").mkdir(parents=True)
    house.watch(build)
    house.let_it_settle()
    shutil.copytree(source, house.root.inbox / "drop")
    house.bell.wait_for(house.root.inbox)
    house.let_it_settle()
    (house.root.inbox / "drop/a/b/c/design.psd").write_bytes(b"8BPS")
    house.bell.wait_for(house.root.inbox)


def test_a_folder_that_left_the_inbox_no_longer_rings_as_the_inbox(house: House) -> None:
    drop = house.root.inbox / "drop"
    (drop / "a").mkdir(parents=True)
    house.watch()
    house.let_it_settle()
    away = drop.rename(house.root.path.parent / "away")
    house.bell.wait_for(house.root.inbox)
    house.let_it_settle()
    (away / "file").touch()
    (away / "a" / "file").touch()
    house.stir()
    assert house.root.inbox not in house.bell.rung


@BUILDS
def test_a_job_that_was_renamed_rings_under_its_new_place(house: House, build: Build) -> None:
    job = house.job()
    watcher = house.watch(build)
    watcher.attend(job)
    moved = job.rename(house.root.path / "6-approval" / "J1")
    watcher.attend(moved)  # before it is left at its old place: it is one folder to the system
    watcher.leave(job)
    house.let_it_settle()
    append(moved / "review.yaml")
    house.bell.wait_for(moved)
    assert job not in house.bell.rung


@BUILDS
def test_attending_a_folder_that_is_gone_or_no_folder_is_no_error(house: House, build: Build) -> None:
    watcher = house.watch(build)
    watcher.attend(house.root.path / "2-review" / "J9")
    watcher.attend(house.root.path / "2-review" / "README.txt")
    watcher.leave(house.root.path / "2-review" / "J9")
    watcher.leave(house.root.path / "2-review" / "never")
    watcher.check()
    assert (watcher.kind, watcher.note, watcher.attends) == ("native", "", True)


@BUILDS
def test_a_folder_that_was_attended_twice_is_left_once(house: House, build: Build) -> None:
    job = house.job()
    watcher = house.watch(build)
    watcher.attend(job)
    watcher.attend(job)
    watcher.leave(job)
    house.let_it_settle()
    append(job / "review.yaml")
    house.stir()
    assert job not in house.bell.rung


def test_an_attended_folder_that_was_removed_and_made_again_rings(house: House) -> None:
    job = house.job()
    watcher = house.watch()
    watcher.attend(job)
    house.let_it_settle()
    shutil.rmtree(job)
    house.job()
    house.stir()
    house.let_it_settle()
    append(job / "review.yaml")
    house.bell.wait_for(job)


def test_thousands_of_jobs_are_attended_by_one_thread_and_an_edit_of_any_rings(house: House) -> None:
    jobs = [house.job(name=f"J{number}") for number in range(2000)]
    threads = threading.active_count()
    watcher = house.watch()
    for job in jobs:
        watcher.attend(job)
    assert threading.active_count() == threads + 1
    assert watcher.attends
    house.let_it_settle()
    took = []
    for job in jobs[::40]:
        began = time.monotonic()
        append(job / "review.yaml")
        house.bell.wait_for(job)
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < 1.0
    assert set(house.bell.rung) == set(jobs[::40])


def test_a_check_of_thousands_of_attended_jobs_is_cheap(house: House) -> None:
    watcher = house.watch()
    for number in range(2000):
        watcher.attend(house.job(name=f"J{number}"))
    house.let_it_settle()
    took = []
    for _ in range(50):
        began = time.thread_time()
        watcher.check()
        took.append(time.thread_time() - began)
    assert sorted(took)[25] < 0.002


# What goes wrong


@BUILDS
def test_a_bell_that_fails_ends_nothing(house: House, build: Build, caplog: pytest.LogCaptureFixture) -> None:
    def ring(folder: Path | None) -> None:
        house.bell(folder)
        raise RuntimeError("poison")

    house.watch(build, ring)
    (house.root.path / "2-review" / "J1").mkdir()
    house.bell.wait_for(house.root.path / "2-review")
    house.let_it_settle()
    (house.root.path / "2-review" / "J2").mkdir()
    house.bell.wait_for(house.root.path / "2-review")
    house.watcher.check()
    assert house.watcher.note == ""
    assert "poison" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_that_ended_is_replaced_and_all_is_looked_at(house: House, caplog: pytest.LogCaptureFixture) -> None:
    job = house.job()
    watcher = house.watch()
    watcher.attend(job)
    house.let_it_settle()
    kill(house)
    watcher.check()
    assert None in house.bell.rung
    assert watcher.kind == "native"
    assert "its thread has ended" in watcher.note
    house.let_it_settle()
    append(job / "review.yaml")
    house.bell.wait_for(job)
    house.heard()
    assert watcher.note == ""


def test_an_observer_whose_emitter_ended_is_replaced(house: House) -> None:
    house.watch(Tree)
    for emitter in house.built[0]._observer.emitters:  # type: ignore[attr-defined]
        emitter.stop()
        emitter.join(PATIENCE_S)
    house.watcher.check()
    assert len(house.built) == 2
    house.bell.wait_for(None)
    house.let_it_settle()
    house.job("1-processing")
    house.bell.wait_for(house.root.path / "1-processing")
    house.built[0].stop()


@BUILDS
def test_a_canary_that_is_heard_changes_nothing(house: House, build: Build) -> None:
    house.watch(build)
    house.let_it_settle()
    for _ in range(5):
        house.sing()
        house.heard()
    assert len(house.built) == 1
    assert (house.watcher.kind, house.watcher.note) == ("native", "")
    house.stir()
    assert set(house.bell.rung) == {house.root.path / JOB_FOLDERS[-1]}


def test_a_reader_that_reads_nothing_is_found_out_by_the_canary(house: House) -> None:
    job = house.job()
    house.watch().attend(job)
    house.let_it_settle()
    cut_off(house)
    house.sing()
    house.clock_s += 4
    house.watcher.check()
    assert len(house.built) == 1
    house.clock_s += 2
    house.watcher.check()
    assert len(house.built) == 2
    assert None in house.bell.rung
    house.let_it_settle()
    append(job / "review.yaml")
    house.bell.wait_for(job)


def test_after_three_vain_beginnings_the_daemon_is_left_to_look(house: House, caplog: pytest.LogCaptureFixture) -> None:
    watcher = house.watch(Deaf)
    house.sing()
    for beginnings in (2, 3, 4):
        house.bell.clear()
        house.clock_s += 6
        watcher.check()
        assert len(house.built) == beginnings
        assert house.bell.rung == [None]
        watcher.check()
    assert watcher.kind == "native"
    house.clock_s += 6
    watcher.check()
    assert (watcher.kind, watcher.attends, len(house.built)) == ("polling", False, 4)
    assert "not told of a change" in watcher.note
    house.clock_s += 1000
    watcher.check()
    watcher.attend(house.root.path)
    watcher.leave(house.root.path)
    assert len(house.built) == 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_failures_far_apart_do_not_end_native_watching(house: House) -> None:
    house.watch()
    for beginnings in range(2, 8):
        kill(house)
        house.watcher.check()
        house.heard()
        house.sing()
        house.heard()
        assert (house.watcher.kind, len(house.built)) == ("native", beginnings)


def test_a_canary_that_cannot_be_written_says_nothing_about_the_watcher(house: House) -> None:
    house.watch()
    canary = house.root.private / "canary"
    canary.rmdir()
    canary.touch()
    for _ in range(10):
        house.sing()
        house.clock_s += 6
        house.watcher.check()
    assert len(house.built) == 1


def test_a_canary_folder_that_was_removed_is_made_and_watched_again(house: House) -> None:
    house.watch()
    (house.root.private / "canary").rmdir()
    house.let_it_settle()
    house.sing()
    assert (house.root.private / "canary").is_dir()
    house.watcher.check()
    house.heard()
    assert len(house.built) == 1


@BUILDS
def test_a_stage_folder_that_was_removed_and_made_again_rings(house: House, build: Build) -> None:
    """On ext4 the new folder has the number of the old one."""
    house.watch(build)
    house.let_it_settle()
    stage = house.root.path / "3-validation"
    shutil.rmtree(stage)
    stage.mkdir()
    house.bell.wait_for(stage)
    house.stir()
    house.let_it_settle()
    (stage / "J1").mkdir()
    house.bell.wait_for(stage)
    assert len(house.built) == 1


def test_a_stage_folder_that_was_renamed_away_and_back_rings(house: House) -> None:
    house.watch()
    house.let_it_settle()
    stage = house.root.path / "3-validation"
    away = stage.rename(house.root.path.parent / "away")
    house.bell.wait_for(stage)
    house.let_it_settle()
    (away / "J1").mkdir()
    house.stir()
    assert stage not in house.bell.rung
    away.rename(stage)
    house.let_it_settle()
    (stage / "J2").mkdir()
    house.bell.wait_for(stage)


def test_a_stage_folder_that_another_took_the_place_of_rings(house: House) -> None:
    house.watch()
    house.let_it_settle()
    stage = house.root.path / "3-validation"
    ghost = stage.rename(house.root.path.parent / "ghost")
    stage.mkdir()
    house.let_it_settle()
    (ghost / "J1").mkdir()
    house.stir()
    assert stage not in house.bell.rung
    (stage / "J1").mkdir()
    house.bell.wait_for(stage)


def test_a_root_that_was_removed_and_made_again_is_watched(house: House) -> None:
    house.watch()
    house.let_it_settle()
    shutil.rmtree(house.root.path)
    house.watcher.check()
    make_root(house.root.path)
    house.check_until(lambda: (house.root.private / "canary").is_dir() or house.sing() or False)
    house.let_it_settle()
    (house.root.inbox / "drop").mkdir()
    house.job()
    house.bell.wait_for(house.root.inbox, house.root.path / "2-review")
    assert house.watcher.kind == "native"


def test_lost_events_make_everything_be_looked_at(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The system keeps so many events for a reader that does not come to read them."""
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    go_on, held = threading.Event(), threading.Event()
    lost = house.root.inbox / "lost"

    def ring(folder: Path | None) -> None:
        held.set()
        go_on.wait(PATIENCE_S * 5)
        house.bell(folder)

    go_on.set()
    watcher = house.watch(ring=ring)
    for number in range(500):
        watcher.attend(house.job(name=f"J{number}"))
    house.let_it_settle()
    go_on.clear()
    held.clear()
    scrap = house.root.inbox / "scrap"
    scrap.touch()
    assert held.wait(PATIENCE_S), "the reader has taken what came so far, and takes no more"
    for _ in range(kept // 3 + 100):
        scrap.touch()
        scrap.unlink()
    lost.mkdir()
    go_on.set()
    house.bell.wait_for(None, within_s=PATIENCE_S * 5)
    assert house.bell.rung.count(None) < 500
    assert "overflowed" in caplog.text
    house.let_it_settle()
    (lost / "file").touch()
    house.bell.wait_for(house.root.inbox)


def test_the_limit_of_the_system_is_told_and_what_it_refused_is_tried_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = house.watch(lambda root, tell: Singing(root, tell, limit=3))
    jobs = [house.job(name=f"J{number}") for number in range(5)]
    for job in jobs:
        watcher.attend(job)
    assert (watcher.kind, watcher.attends) == ("native", False)
    assert "fs.inotify.max_user_watches" in watcher.note
    assert caplog.text.count("max_user_watches") == 1
    for job in jobs[:2]:
        watcher.leave(job)
    watcher.check()
    assert not watcher.attends
    house.clock_s += 31
    watcher.check()
    assert (watcher.attends, watcher.note) == (True, "")
    assert house.built[0].attended == set(jobs[2:])  # type: ignore[attr-defined]


class Singing(Deaf):
    """One that tells at once of whatever is looked at, so that its canary is heard."""

    def __init__(self, root: Root, tell: Tell, limit: int | None = None) -> None:
        super().__init__(root, tell, limit)
        self._root, self._tell = root, tell

    def tend(self) -> None:
        self._tell(self._root.private / "canary")


LIMITED = """
import sys
from pathlib import Path
from hotfolderd.root import Root
from hotfolderd.watcher import Watcher

limit = Path("/proc/sys/user/max_inotify_watches")
limit.write_text(sys.argv[2])
root = Root(Path(sys.argv[1]))
clock = [0.0]
watcher = Watcher(root, lambda folder: None, "native", now=lambda: clock[0])
for job in (root.path / "2-review").iterdir():
    watcher.attend(job)
watcher.check()
print(watcher.kind, watcher.attends, watcher.note)
limit.write_text("1000")
clock[0] = 31
watcher.check()
print(watcher.kind, watcher.attends, watcher.note)
watcher.stop()
"""


@pytest.mark.parametrize(
    ("limit", "said", "said_later"),
    [
        ("5", "polling False Native watching is not possible (inotify watch limit", "polling False"),
        ("25", "native False Not all folders can be watched (inotify watch limit", "native True"),
        ("99", "native True", "native True"),
    ],
)
@pytest.mark.parametrize("crowded", ["2-review", "0-inbox"])
def test_the_real_limit_is_noticed_and_also_that_it_was_raised(
    house: House, limit: str, said: str, said_later: str, crowded: str
) -> None:
    """In a user namespace of its own, whose limit can be lowered; watchdog's `Observer` would be silent."""
    house.watch(Deaf)
    if subprocess.run(["unshare", "-Ur", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("user namespaces are not allowed here")
    for number in range(40):
        house.job(crowded, f"J{number}")
    command = ["unshare", "-Ur", sys.executable, "-c", LIMITED, str(house.root.path), limit]
    first, later = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert first.startswith(said)
    assert later.startswith(said_later)


def test_a_folder_that_may_not_be_read_is_told(house: House) -> None:
    """watchdog takes it without a word. Asked as a plain user, for root may read everything."""
    house.watch(Deaf)
    with tempfile.TemporaryDirectory() as place:
        root = make_root(Path(place) / "folders")
        job = root.path / "2-review" / "J1"
        job.mkdir()
        for folder in (Path(place), *(path for path in Path(place).rglob("*") if path.is_dir())):
            folder.chmod(0o777)
        job.chmod(0)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            watcher = Watcher(root, house.bell, "native")
            watcher.attend(job)
            os.write(writer, f"{watcher.kind} {watcher.attends} {watcher.note}".encode())
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as said:
            assert said.read().decode().startswith("native False Not all folders can be watched (Permission denied)")
        job.chmod(0o700)


def test_a_system_without_native_watching_leaves_the_daemon_to_look(house: House) -> None:
    def refused(root: Root, tell: Tell) -> Native:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    watcher = house.watch(refused)
    watcher.attend(house.job())
    watcher.check()
    assert (watcher.kind, watcher.attends) == ("polling", False)
    assert "inotify instance limit reached" in watcher.note


def test_polling_that_is_ordered_starts_nothing(house: House) -> None:
    threads = threading.active_count()
    house.watcher = Watcher(house.root, house.bell, "polling")
    house.watcher.check()
    assert threading.active_count() == threads
    assert (house.watcher.kind, house.watcher.attends) == ("polling", False)
    assert "watch: polling" in house.watcher.note


def test_a_stopped_watcher_leaves_no_thread_and_no_open_file(house: House) -> None:
    house.watch()  # what is opened once for the process
    house.watcher.stop()
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        house.watch().attend(house.root.path)
        house.watcher.stop()
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) == files


def test_an_idle_watcher_logs_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        house.watch()
        house.sing()
        house.heard()
        house.watcher.stop()
    assert caplog.text == ""


MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
overlay /srv/image overlay rw 0 0
host:/a /srv/share nfs4 rw 0 0
/dev/sdb1 /srv/share/disk ext4 rw 0 0
//host/a /srv/two\040words\011\134 cifs rw 0 0
systemd-1 /srv/auto autofs rw 0 0
host:/b /srv/auto nfs rw 0 0
s3 /srv/bucket fuse.s3fs rw 0 0
https://host/dav /srv/dav fuse rw 0 0
tag /srv/vm virtiofs rw 0 0
/dev/sdc1 /srv/stick fuseblk rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/srv/root", False),
        ("/srv/image/root", False),
        ("/srv/share", True),
        ("/srv/share/root", True),
        ("/srv/shared", False),
        ("/srv/share/disk/root", False),
        ("/srv/two words\t\\/root", True),
        ("/srv/two", False),
        ("/srv/auto/root", True),
        ("/srv/bucket/root", True),
        ("/srv/dav/root", True),
        ("/srv/vm/root", True),
        ("/srv/stick/root", False),
    ],
)
def test_a_network_file_system_is_known_by_its_mount(tmp_path: Path, path: str, network: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert is_network(Path(path), mounts) is network


def test_the_mounts_of_this_machine_are_understood(tmp_path: Path) -> None:
    assert is_network(tmp_path) in (True, False)
    assert not is_network(Path("/proc"))
