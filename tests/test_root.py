"""The root: made completely, checked before use, held by one daemon."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import ALL_FOLDERS
from hotfolderd.root import Root, RootLock, check_root, is_held, make_root

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
        with pytest.raises(ConfigError, match="2 file systems"):
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
    root.intake.rmdir()
    root.private.rmdir()
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
