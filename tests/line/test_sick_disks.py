"""Disks that are full, read-only, locked or of two parts, few handles, little shared memory, a clock that is set.

With the real daemon. What needs a mount or an immutable folder needs root, and is skipped elsewhere with its reason.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from house import House, is_root

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.pipeline import JOB_FOLDERS

JOBS = [f"TINY{number:04d}" for number in range(1, 4)]
PATIENT = {"retry": {"attempts": 3, "base_s": 0.3, "cap_s": 1.0}, "workers": {"processes": 2}}
WITHIN_S = 120.0
# A job that met an error is looked at again sooner than in real life.
SHORT_RESTS = "import hotfolderd.engine.reconciler as reconciler\nreconciler._REST_S = 0.5"


def system(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@contextlib.contextmanager
def mounted(place: Path, *words: str) -> Iterator[None]:
    """Something mounted at a folder, as long as the block lasts."""
    try:
        system("mount", *words, str(place))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here ({error}): needs root")
    try:
        yield
    finally:
        system("umount", "--lazy", str(place))


def assert_delivered_whole(house: House) -> None:
    """All jobs once, with all that was decided, and each of its messages once."""
    messages = house.messages()
    for job in JOBS:
        assert len(list(house.root.glob(f"*/{job}"))) == 1
        manifest = json.loads(next(house.root.glob(f"deployed/*/*/{job}/manifest.json")).read_text())
        assert [one["decision"] for one in manifest["decisions"]] == ["approve", "approve"]
        for receipt in ("0001-review", "0002-approval"):
            assert (house.folder(job) / "decisions" / f"{receipt}.receipt.yaml").stat().st_size
        moves = [target for _, target in house.moves(job)]
        assert moves == ["1-processing", "2-review", "3-validation", "5-generation", "6-approval", "7-completed"]
        assert messages.count(f"{job}: Stage 2 approved by") == 1
    left = [path for path in house.root.rglob(".*.tmp") if "cache" not in path.parts]
    assert left == []


def deliver_all(house: House, within_s: float = WITHIN_S) -> None:
    """Approve what is asked until all is delivered and told; what a target did not take at first comes later."""
    house.wait_until(lambda: house.approve_all(JOBS), "all deliveries", within_s)
    house.wait_until(lambda: "complete, 3 jobs" in house.messages(), "the end of the batch to be told", within_s)
    outbox = house.root / ".hotfolderd" / "outbox"
    house.wait_until(lambda: not list(outbox.glob("*.json")), "the last message", within_s)


def log_has(house: House, text: str) -> None:
    house.wait_until(lambda: text in house.log.read_text(), f"{text!r} in the log", WITHIN_S)


def fill(place: Path, leave_kib: int) -> None:
    """Fill a file system but for so much."""
    free = shutil.disk_usage(place).free - leave_kib * 1024
    with (place / "filler").open("ab") as filler, contextlib.suppress(OSError):
        while free > 0:
            free -= os.write(filler.fileno(), bytes(min(free, 1 << 16)))


def standing(house: House) -> list[str]:
    """Every job folder of the line, by its name."""
    return sorted(p.name for folder in JOB_FOLDERS for p in (house.root / folder).iterdir() if p.is_dir())


def test_a_disk_that_fills_up_and_is_freed_loses_nothing(tmp_path: Path) -> None:
    """Below the limit the inbox waits; with no room at all the jobs wait where they are; freed, all are delivered."""
    place = tmp_path / "small"
    place.mkdir()
    with mounted(place, "-t", "tmpfs", "-o", "size=160m", "none"):
        (place / "drop").mkdir()
        house = House(place, disk={"min_free_mib": 24}, cache={"max_mib": 0}, **PATIENT)
        house.log = tmp_path / "daemon.log"
        house.patch(SHORT_RESTS)
        make_small_batch(place / "drop", len(JOBS))
        with house:
            house.wait_for(".hotfolderd/health.json")
            fill(place, leave_kib=16 * 1024)
            house.wait_until(lambda: "disk.min_free_mib" in house.health()["disk_note"], "the note", WITHIN_S)
            house.told("The disk is nearly full")
            (place / "drop").rename(house.inbox / "drop")
            time.sleep(2.0)  # many rounds: it would have been taken long ago
            assert standing(house) == []
            assert (house.inbox / "drop" / "tiny.csv").exists()

            (place / "filler").unlink()
            house.told("There is room again")
            house.wait_until(lambda: len(standing(house)) == len(JOBS), "the intake", WITHIN_S)
            fill(place, leave_kib=0)
            log_has(house, "No space left on device")
            time.sleep(3.0)
            fill(place, leave_kib=0)
            assert standing(house) == JOBS
            assert not set(house.root.glob("failed/TINY*"))

            (place / "filler").unlink()
            deliver_all(house)
        assert_delivered_whole(house)


def test_a_root_that_turns_read_only_for_a_while_loses_nothing(tmp_path: Path) -> None:
    """As after an error of the disk: each write fails in the midst of the work, and works again later."""
    house = House(tmp_path, **PATIENT)
    house.patch(SHORT_RESTS)
    make_small_batch(house.inbox, len(JOBS))
    read_only = tmp_path / "read-only"
    read_only.mkdir()
    with mounted(read_only, "--bind", str(house.root)), house:
        system("mount", "-o", "remount,ro,bind", str(read_only))
        for stage in ("1-processing", "5-generation"):
            house.wait_until(
                lambda s=stage: house.approve_all(JOBS) or any(house.root.glob(f"{s}/TINY*")), stage, WITHIN_S
            )
            with mounted(house.root, "--bind", str(read_only)):
                log_has(house, "Read-only file system")
                time.sleep(2.0)
                entering = [path.name for path in house.root.glob(".hotfolderd/intake/*/TINY*")]
                assert sorted([*standing(house), *entering]) == JOBS
            house.log.write_text("")
        deliver_all(house)
    assert_delivered_whole(house)


def test_jobs_wait_before_a_stage_folder_that_cannot_be_written_and_people_are_told_once(tmp_path: Path) -> None:
    """They stay in the stage before it, and go on by themselves when the folder can be written again."""
    house = House(tmp_path, **PATIENT)
    house.patch(SHORT_RESTS)
    try:
        with house:
            house.wait_for(".hotfolderd/health.json")
            lock_or_skip(house.root / "2-review")
            make_small_batch(house.inbox, len(JOBS))
            house.wait_until(
                lambda: all(f"{job}: cannot go on" in house.messages() for job in JOBS),
                "what people are told",
                WITHIN_S,
            )
            assert [house.where(job) for job in JOBS] == ["1-processing"] * len(JOBS)
            assert [house.messages().count(f"{job}: cannot go on") for job in JOBS] == [1] * len(JOBS)
            assert "2-review" in house.messages()
            lock(house.root / "2-review", locked=False)
            deliver_all(house)
    finally:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            lock(house.root / "2-review", locked=False)
    assert_delivered_whole(house)


def lock(folder: Path, *, locked: bool) -> None:
    """Take the right to write away from everybody, root too where we are root."""
    if is_root():
        system("chattr", "+i" if locked else "-i", str(folder))
    else:
        folder.chmod(0o555 if locked else 0o755)


def lock_or_skip(folder: Path) -> None:
    try:
        lock(folder, locked=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"{folder} cannot be made immutable ({error})")


@pytest.mark.parametrize("kind", ["another file system", "the same file system, mounted a second time"])
def test_a_root_of_two_mounts_is_refused_with_words(kind: str, tmp_path: Path) -> None:
    """A job could not be moved by one rename, also where both mounts are of one disk (as a container's volumes are)."""
    house = House(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    words = ("-t", "tmpfs", "none") if kind == "another file system" else ("--bind", str(tmp_path / "elsewhere"))
    house.config.write_text("root: folders\n")
    with mounted(house.root / "5-generation", *words):
        refused = house.command("run", "--until-idle")
    assert refused.returncode == 2
    assert "so jobs cannot be moved by one rename" in refused.stderr
    assert "5-generation" in refused.stderr


def test_a_daemon_with_64_handles_does_all_its_work(tmp_path: Path) -> None:
    """More jobs and drops than handles."""
    house = House(tmp_path, **PATIENT)
    house.program = ["prlimit", "--nofile=64:64", *house.program]
    make_small_batch(house.inbox, len(JOBS))
    for number in range(100):
        (house.inbox / f"more{number}").mkdir()
        (house.inbox / f"more{number}" / "note.txt").write_text("no design")
    with house:
        deliver_all(house)
    assert_delivered_whole(house)
    assert "Too many open files" not in house.log.read_text()


def test_a_daemon_with_64_kib_of_shared_memory_does_all_its_work(tmp_path: Path) -> None:
    """As in a container: /dev/shm is nearly nothing."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace can be made here: needs root")
    house = House(tmp_path, **PATIENT)
    little = 'mount -t tmpfs -o size=64k none /dev/shm && exec "$@"'
    house.program = ["unshare", "-m", "sh", "-c", little, "sh", *house.program]
    make_small_batch(house.inbox, len(JOBS))
    with house:
        deliver_all(house)
    assert_delivered_whole(house)


# a clock that is set ------------------------------------------------------------------------------------------------

# The wall clock of the daemon is ahead by as many seconds as the file says.
ANOTHER_CLOCK = """
import time
from datetime import UTC, datetime
from pathlib import Path
right, ahead = time.time, Path({ahead!r})
time.time = lambda: right() + float(ahead.read_text())
import hotfolderd.parts
hotfolderd.parts._now = lambda: datetime.fromtimestamp(time.time(), UTC)
"""
DAY_S = 86_400


@pytest.fixture
def weak_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ffmpeg that fails as long as the file that is returned is there."""
    broken = tmp_path / "bin" / "broken"
    broken.parent.mkdir()
    program = broken.with_name("ffmpeg")
    program.write_text(f'#!/bin/sh\n[ -e "{broken}" ] && exit 1\nexec "{imageio_ffmpeg.get_ffmpeg_exe()}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(program))
    broken.touch()
    return broken


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_set_back_or_forward_by_a_day_delays_nothing(
    restarted: bool, tmp_path: Path, weak_ffmpeg: Path
) -> None:
    """A retry that was noted a day ahead is made all the same; decisions are taken on both sides of the jump."""
    ahead = tmp_path / "ahead"

    def set_clock(seconds: int) -> None:
        beside = ahead.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.rename(ahead)

    set_clock(DAY_S)
    house = House(tmp_path, retry={"attempts": 50, "base_s": 5.0, "cap_s": 5.0}, workers={"processes": 2}, rescan_s=5)
    house.patch(ANOTHER_CLOCK.format(ahead=str(ahead)))
    make_small_batch(house.inbox, len(JOBS))
    with house:
        house.wait_until(
            lambda: (
                not house.approve_all(JOBS)
                and len(list(house.root.glob("5-generation/TINY*"))) == len(JOBS)
                and "again" in text_of(house.root, "5-generation/*/status.yaml")
            ),
            "a retry",
            WITHIN_S,
        )
        if restarted:
            house.stop()
        set_clock(0)
        weak_ffmpeg.unlink()
        if restarted:
            house.start()
        for job in JOBS:
            house.wait_for(f"6-approval/{job}/approval.yaml", within_s=40)
        house.edit(house.folder(JOBS[0]) / "approval.yaml", decision="approve")
        house.wait_until(lambda: house.where(JOBS[0]) == "7-completed", "the first delivery", 40)
        set_clock(-DAY_S)
        house.edit(house.folder(JOBS[1]) / "approval.yaml", decision="approve")
        house.wait_until(lambda: house.where(JOBS[1]) == "7-completed", "the second delivery", 40)
        set_clock(2 * DAY_S)
        deliver_all(house, 40)
    assert_delivered_whole(house)


def text_of(root: Path, pattern: str) -> str:
    found = []
    for path in root.glob(pattern):
        with contextlib.suppress(FileNotFoundError):
            found.append(path.read_text())
    return "".join(found)
