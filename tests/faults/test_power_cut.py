"""The power is cut: a file system in a file is shut down without a last write, and mounted again.

`FS_IOC_SHUTDOWN` with NOLOGFLUSH loses what was not synced, as a real cut does. Needs root and a loop device.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import os
import random
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trials
from stories import play
from tally import SOAK, count
from test_kills import report
from trials import Outcome, Stage, judge

from hotfolderd import disk

_SHUTDOWN = 0x8004587D
_WITHOUT_LOG = struct.pack("I", 2)
IMAGE_MIB = {"ext4": 48, "xfs": 320}
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F", "-E", "nodiscard"], "xfs": ["mkfs.xfs", "-q", "-f", "-K"]}
OPTIONS = {"ext4": "loop,noauto_da_alloc", "xfs": "loop,nouuid"}
CUTS = 100 if SOAK else 12
STORY = "approve the review"
LONGEST_S = 0.25


def run(*words: str | Path) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(errno.EIO, f"{' '.join(map(str, words))}: {done.stderr.strip()}")


@contextmanager
def mounted(image: Path, place: Path, kind: str) -> Iterator[None]:
    """A file system in a file; unmounted whatever happens, and its loop device with it."""
    run("mount", "-t", kind, "-o", OPTIONS[kind], image, place)
    try:
        yield
    finally:
        for _ in range(50):
            if subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.05)
        else:
            run("umount", "-l", place)


def make(folder: Path, kind: str) -> tuple[Path, Path]:
    image, place = folder / f"{kind}.image", folder / f"{kind}.mounted"
    with image.open("wb") as stream:
        stream.truncate(IMAGE_MIB[kind] << 20)
    run(*MAKE[kind], image)
    place.mkdir()
    return image, place


@functools.cache
def why_not(kind: str) -> str:
    """Why the power cannot be cut here; nothing where it can."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if shutil.which(MAKE[kind][0]) is None:
        return f"{MAKE[kind][0]} is not installed"
    folder = Path(f"/tmp/hotfolderd-power-{os.getpid()}-{kind}")
    folder.mkdir()
    try:
        image, place = make(folder, kind)
        with mounted(image, place, kind):
            cut(place)
    except OSError as error:
        return f"no {kind} can be mounted or shut down here ({error.strerror})"
    finally:
        shutil.rmtree(folder)
    return ""


def cut(place: Path) -> None:
    """Cut the power of a file system."""
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, _SHUTDOWN, _WITHOUT_LOG)
    finally:
        os.close(handle)


def syncing(place: Path) -> None:
    """Write and sync without end, so that parts of what others write are on the disk when the power is cut."""
    number = 0
    while True:
        number += 1
        handle = os.open(place / f"noise-{number % 7}", os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(handle, os.urandom(512))
        os.fsync(handle)
        os.close(handle)


def child(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def power_cut(stage: Stage, folder: Path, kind: str, seed: int, unsafe: Callable[[], None] | None = None) -> Outcome:
    """One cut at a random moment of a story; then the mount, the rest of the story, all invariants."""
    image, place = make(folder, kind)
    disk_after = image.with_suffix(".after")
    try:
        ground = place / "ground"
        with mounted(image, place, kind):
            shutil.copytree(stage.beginning, ground)
            os.sync()

            def work() -> None:
                if unsafe:
                    unsafe()
                play(ground, stage.story)

            children = [child(lambda: syncing(place)), child(work)]
            time.sleep(random.Random(seed).uniform(0.0, LONGEST_S))
            cut(place)
            for pid in children:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        # A copy, because the dead file system lives on where a process with mounts of its own was begun meanwhile.
        run("cp", image, disk_after)
        with mounted(disk_after, place, kind):
            return judge(stage, ground, f"{kind}, power cut, seed {seed}", quietly=False, kills=1)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        image.unlink()
        disk_after.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def stages(memory: Path) -> list[Stage]:
    folder = memory / "power"
    folder.mkdir()
    return trials.prepare(folder)


@pytest.mark.parametrize("kind", list(MAKE))
def test_what_was_synced_survives_a_power_cut(stages: list[Stage], field: Path, kind: str) -> None:
    if why_not(kind):
        pytest.skip(why_not(kind))
    outcomes = [power_cut(stages[seed % len(stages)], field, kind, seed) for seed in range(CUTS)]
    broken = sum(bool(one.broken) for one in outcomes)
    again = sum(one.told_again for one in outcomes)
    count(f"power cuts: {len(outcomes)} on {kind}, {broken} with a broken invariant, {again} messages told twice")
    assert report(outcomes) == ""


def test_without_syncing_a_power_cut_is_noticed(stages: list[Stage], field: Path) -> None:
    """The planted fault: nothing is synced. Otherwise the test above could not fail."""
    if why_not("ext4"):
        pytest.skip(why_not("ext4"))

    def unsafe() -> None:
        os.fsync = lambda _handle: None  # type: ignore[assignment]  # in the child only
        disk.fsync_dir.__globals__["os"].fsync = os.fsync

    stage = next(one for one in stages if one.story.name == STORY)
    for seed in range(40):
        outcome = power_cut(stage, field, "ext4", seed, unsafe)
        if outcome.broken:
            said = outcome.broken[0].strip().splitlines()[-1]
            count(f"power cuts: without syncing, caught after {seed + 1}: {said}"[:200])
            return
    raise AssertionError("nothing was lost in 40 cuts without syncing")
