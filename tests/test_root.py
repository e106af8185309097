"""The root: made completely, checked before use, held by one daemon."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfolderd.errors import ConfigError
from hotfolderd.lock import HEARTBEAT_S, RootLock, is_held, note_health
from hotfolderd.pipeline import ALL_FOLDERS
from hotfolderd.root import Root, check_root, make_root

NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


def add_job(root: Root, folder: str, name: str, *, record: bool = True) -> Path:
    path = root.path / folder / name
    (path / ".job").mkdir(parents=True)
    if record:
        (path / ".job" / "record.json").write_text("{}")
    return path


def test_a_new_root_has_every_folder_and_says_what_it_is_for(root: Root) -> None:
    assert root.exists()
    assert {path.name for path in root.path.iterdir()} == {*ALL_FOLDERS, ".hotfolderd"}
    for folder in ALL_FOLDERS:
        assert len((root.path / folder / "README.txt").read_text("utf-8")) > 40
    assert check_root(root.path) == root


def test_making_a_root_again_leaves_everything_as_it_is(root: Root) -> None:
    (root.inbox / "README.txt").write_text("ours")
    job = add_job(root, "2-review", "J1")
    make_root(root.path)
    assert (root.inbox / "README.txt").read_text() == "ours"
    assert job.is_dir()


@pytest.mark.parametrize("folder", ALL_FOLDERS)
def test_a_root_that_lacks_a_folder_is_no_root(root: Root, folder: str) -> None:
    (root.path / folder / "README.txt").unlink()
    (root.path / folder).rmdir()
    with pytest.raises(ConfigError, match="hotfolderd init"):
        check_root(root.path)


@pytest.mark.parametrize("name", ["archive", ".hotfolderd"])
def test_a_root_on_two_file_systems_is_refused(root: Root, name: str) -> None:
    """Also where only the daemon's own folder lies elsewhere: new jobs are renamed out of it."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == root.path.stat().st_dev:
        pytest.skip("there is only one file system here")
    elsewhere = memory / f"hotfolderd-test-{os.getpid()}"
    elsewhere.mkdir()
    try:
        (root.path / name).rename(root.path.parent / "aside")
        (root.path / name).symlink_to(elsewhere)
        with pytest.raises(ConfigError, match="another file system"):
            check_root(root.path)
    finally:
        make_empty(elsewhere)


def make_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir()
    folder.rmdir()


def test_a_root_that_cannot_be_written_is_refused() -> None:
    with tempfile.TemporaryDirectory() as place:
        root = make_root(Path(place) / "folders")
        for folder in (Path(place), root.path, *root.path.iterdir()):
            folder.chmod(0o777)
        (root.path / "failed").chmod(0o555)
        assert "failed: cannot be written" in refusal_for_a_plain_user(root)
        (root.path / "failed").chmod(0o777)
        assert refusal_for_a_plain_user(root) == ""


def refusal_for_a_plain_user(root: Root) -> str:
    """What `check_root` says to a user without rights; root may write everywhere, so it becomes one in a child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            check_root(root.path)
        except ConfigError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as said:
        return said.read().decode()


def test_a_private_folder_that_cannot_be_made_is_told(root: Root) -> None:
    shutil.rmtree(root.private)
    root.private.write_text("a file")
    with pytest.raises(ConfigError, match="cannot be made"):
        check_root(root.path)


def test_jobs_are_the_folders_in_the_stages_and_nothing_else(root: Root) -> None:
    for folder, name in (("failed", "B"), ("2-review", "A"), ("2-review", "C"), ("archive", "D")):
        add_job(root, folder, name)
    (root.path / "2-review" / ".hidden").mkdir()
    (root.path / "2-review" / "a file.txt").touch()
    (root.path / "2-review" / "link").symlink_to(root.path / "failed" / "B")
    (root.inbox / "a drop").mkdir()
    (root.batches / "BATCH_1").mkdir()
    (root.deployed / "ACME").mkdir()
    found = [(folder, path.name) for folder, path in root.job_folders()]
    assert found == [("2-review", "A"), ("2-review", "C"), ("failed", "B"), ("archive", "D")]


@pytest.mark.parametrize("folder", ["0-inbox", "batches", "deployed"])
def test_a_job_that_was_moved_out_of_the_line_is_found_by_its_record(root: Root, folder: str) -> None:
    add_job(root, folder, "J1")
    add_job(root, folder, "a drop", record=False)
    assert [(place, path.name) for place, path in root.job_folders()] == [(folder, "J1")]
    assert root.find_job("J1") == (folder, root.path / folder / "J1")
    assert root.find_job("a drop") is None


def test_a_job_is_found_by_its_name_and_only_by_a_name(root: Root) -> None:
    path = add_job(root, "6-approval", "J1")
    assert root.find_job("J1") == ("6-approval", path)
    for name in ("", "J2", "../6-approval/J1", "J1/.job", ".", "..", "/", ".job"):
        assert root.find_job(name) is None, name


def test_one_daemon_holds_a_root_and_a_second_is_refused(root: Root) -> None:
    assert not is_held(root)
    with RootLock(root):
        assert is_held(root)
        with pytest.raises(ConfigError, match=rf"another daemon works on this root .*{os.getpid()}"), RootLock(root):
            pass
        assert is_held(root)
    assert not is_held(root)
    with RootLock(root):
        pass


def test_a_killed_daemon_holds_nothing(root: Root) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with RootLock(root):
            os.write(writer, b"x")
            time.sleep(60)
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    assert is_held(root)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not is_held(root)
    with RootLock(root):
        assert is_held(root)


# Held against a second daemon


def test_somebody_who_only_asks_does_not_keep_a_daemon_from_starting(root: Root) -> None:
    """To ask takes the lock for a moment, as this reader does."""
    with RootLock(root):
        pass
    asking = os.open(root.private / "lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    letting_go = threading.Timer(0.2, os.close, [asking])
    letting_go.start()
    with RootLock(root):
        assert is_held(root)
    letting_go.join()


def test_daemons_start_while_others_keep_asking(root: Root) -> None:
    with RootLock(root):
        pass
    ask = (
        "import sys; from pathlib import Path; from hotfolderd.lock import is_held; from hotfolderd.root import Root\n"
    )
    ask += "root = Root(Path(sys.argv[1])); print('asking', flush=True)\nwhile True: is_held(root)"
    asking = [
        subprocess.Popen([sys.executable, "-c", ask, str(root.path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for process in asking:
            assert process.stdout is not None
            assert process.stdout.readline() == "asking\n"
        for _ in range(20):
            with RootLock(root):
                pass
    finally:
        for process in asking:
            process.kill()
            process.communicate()


def test_a_held_root_says_by_whom(root: Root) -> None:
    with RootLock(root):
        record = json.loads((root.private / "lock").read_text())
        assert set(record) == {"pid", "host", "boot_id", "started"}
        said = rf"process {os.getpid()} on {record['host']}, since {record['started'][:10]}"
        with pytest.raises(ConfigError, match=said), RootLock(root):
            pass
    assert (root.private / "lock").read_text() == ""


def elsewhere(root: Root, silent_s: float, **values: str) -> None:
    """Leave what a daemon on another host leaves while it lives, where its lock of the system does not reach here."""
    owner = {"pid": 7, "host": "studio-2", "boot_id": "another", "started": "2026-01-01T00:00:00+00:00", **values}
    (root.private / "lock").write_text(json.dumps(owner))
    note_health(root, "{}")
    beat = time.time() - silent_s
    os.utime(root.private / "health.json", (beat, beat))


def test_a_root_that_a_daemon_on_another_host_works_on_is_refused(root: Root) -> None:
    elsewhere(root, silent_s=HEARTBEAT_S)
    with pytest.raises(ConfigError, match=r"process 7 on studio-2.* silent for 60 s"), RootLock(root):
        pass
    assert json.loads((root.private / "lock").read_text())["host"] == "studio-2"
    assert not is_held(root)


def test_a_host_that_fell_silent_is_succeeded(root: Root) -> None:
    elsewhere(root, silent_s=3 * HEARTBEAT_S + 5)
    with RootLock(root):
        assert json.loads((root.private / "lock").read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("same", ["host", "boot_id"])
def test_after_a_crash_the_same_host_starts_at_once(root: Root, same: str) -> None:
    """Also after it has started anew, and in another container on the same system."""
    with RootLock(root):
        ours = json.loads((root.private / "lock").read_text())
    elsewhere(root, silent_s=1, **{same: ours[same]})
    with RootLock(root):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "\x00\x00", '{"host": "studio-2"}'])
def test_a_damaged_lock_record_keeps_nobody_out(root: Root, content: str) -> None:
    (root.private / "lock").write_text(content)
    with RootLock(root):
        assert is_held(root)


def test_a_host_that_took_the_root_over_is_noticed(root: Root) -> None:
    """As when this one slept for so long that it was thought dead."""
    with RootLock(root) as lock:
        elsewhere(root, silent_s=0)
        assert "process 7 on studio-2" in lock.still_there()
    assert json.loads((root.private / "lock").read_text())["host"] == "studio-2"


# Still the same root


@pytest.fixture
def lock(root: Root) -> Iterator[RootLock]:
    with RootLock(root) as lock:
        yield lock


def test_a_root_is_given_its_identity_once(root: Root) -> None:
    first = (root.private / "root.id").read_text()
    assert len(first.strip()) == 32
    make_root(root.path)
    with RootLock(root):
        assert (root.private / "root.id").read_text() == first
    (root.private / "root.id").unlink()
    with RootLock(root) as lock:
        assert (root.private / "root.id").read_text() not in ("", first)
        assert lock.still_there() == ""


def test_a_whole_root_is_still_there(root: Root, lock: RootLock) -> None:
    assert lock.still_there() == ""
    add_job(root, "2-review", "J1")
    (root.path / "2-review" / "J1").rename(root.path / "failed" / "J1")
    assert lock.still_there() == ""


def test_looking_whether_it_is_there_is_cheap(lock: RootLock) -> None:
    took = []
    for _ in range(50):
        began = time.thread_time()
        lock.still_there()
        took.append(time.thread_time() - began)
    assert sorted(took)[25] < 0.002


def test_a_root_that_was_moved_away_is_told_until_it_is_back(root: Root, lock: RootLock) -> None:
    away = root.path.rename(root.path.parent / "away")
    assert "the root is not there" in lock.still_there()
    away.rename(root.path)
    assert lock.still_there() == ""


def test_an_empty_folder_in_place_of_a_root_is_not_the_root(root: Root, lock: RootLock) -> None:
    """What one sees where a share was mounted."""
    away = root.path.rename(root.path.parent / "away")
    root.path.mkdir()
    assert "root.id: is missing" in lock.still_there()
    assert list(root.path.iterdir()) == []
    root.path.rmdir()
    away.rename(root.path)
    assert lock.still_there() == ""


def test_an_unmounted_root_is_told_and_one_that_is_mounted_again_goes_on(tmp_path: Path) -> None:
    """With a real file system of its own, in a mount namespace of its own."""
    if subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("mount namespaces are not allowed here")
    script = """
mkdir -p "$1/disk" "$1/place"
mount -t tmpfs none "$1/disk" && mkdir "$1/disk/root" && mount --bind "$1/disk/root" "$1/place"
exec "$2" -c "$3" "$1"
"""
    program = """
import subprocess, sys
from pathlib import Path
from hotfolderd.lock import RootLock
from hotfolderd.root import make_root
place, disk = Path(sys.argv[1], "place"), Path(sys.argv[1], "disk", "root")
with RootLock(make_root(place)) as lock:
    print("whole:", lock.still_there())
    subprocess.run(["umount", "-l", place], check=True)
    print("unmounted:", lock.still_there(), list(place.iterdir()))
    subprocess.run(["mount", "--bind", disk, place], check=True)
    print("again:", lock.still_there())
"""
    command = ["unshare", "-Urm", "sh", "-c", script, "sh", str(tmp_path), sys.executable, program]
    whole, unmounted, again = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert (whole, again) == ("whole: ", "again: ")
    assert "Mount its disk or share" in unmounted
    assert unmounted.endswith(" []")


def test_another_root_in_its_place_is_told(root: Root, lock: RootLock) -> None:
    away = root.path.rename(root.path.parent / "away")
    make_root(root.path)
    assert "another root stands here" in lock.still_there()
    shutil.rmtree(root.path)
    away.rename(root.path)
    assert lock.still_there() == ""


@pytest.mark.parametrize("folder", ALL_FOLDERS)
def test_a_folder_that_was_taken_away_is_named(root: Root, lock: RootLock, folder: str) -> None:
    away = (root.path / folder).rename(root.path.parent / "away")
    assert f"{folder} is missing" in lock.still_there()
    (root.path / folder).touch()
    assert f"{folder} is missing" in lock.still_there()
    (root.path / folder).unlink()
    away.rename(root.path / folder)
    assert lock.still_there() == ""


def test_a_root_that_was_restored_from_a_copy_is_locked_anew(root: Root, lock: RootLock) -> None:
    """Its lock is another file, which nobody holds."""
    away = root.path.rename(root.path.parent / "away")
    shutil.copytree(away, root.path)
    assert not is_held(root)
    assert lock.still_there() == ""
    assert is_held(root)


@pytest.mark.parametrize("taken", [False, True])
def test_a_lock_that_somebody_removed_is_taken_again_unless_another_has_it(
    root: Root, lock: RootLock, taken: bool
) -> None:
    (root.private / "lock").unlink()
    if not taken:
        assert lock.still_there() == ""
        assert is_held(root)
        return
    with RootLock(root):
        for _ in range(2):
            assert "another daemon works on this root" in lock.still_there()
    assert lock.still_there() == ""


def test_a_root_that_cannot_be_read_is_told(root: Root, lock: RootLock) -> None:
    (root.private / "root.id").unlink()
    (root.private / "root.id").symlink_to("root.id")
    assert "cannot be read" in lock.still_there()
