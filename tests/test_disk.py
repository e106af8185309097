"""Writing beside and renaming: a reader sees the old or the new, and no rename replaces anything."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
import yaml

from hotfolderd.disk import (
    append_lines,
    copy_file,
    dump_yaml,
    fsync_dir,
    remove_tree,
    rename_new,
    sha256_of,
    write_atomic,
)


def test_a_file_is_written_whole_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "für\n")
    assert path.read_bytes() == "für\n".encode()
    write_atomic(path, b"\x00\x01", durable=False)
    assert path.read_bytes() == b"\x00\x01"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\ud800")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").touch()
    with pytest.raises(OSError, match="folder"):
        write_atomic(tmp_path / "folder", "new")
    assert path.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "folder"]


def test_what_must_be_there_first_is_there_while_the_old_content_is_seen(tmp_path: Path) -> None:
    path, seen = tmp_path / "record", []
    path.write_text("old")
    write_atomic(path, "new", first=lambda: seen.append(path.read_text()))
    assert (seen, path.read_text()) == (["old"], "new")


def test_where_what_must_be_there_first_fails_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "record"
    path.write_text("old")

    def fail() -> None:
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(OSError, match="no room"):
        write_atomic(path, "new", first=fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_yaml_holds_every_name_that_a_disk_may_hold() -> None:
    names = ["ü – ✓", "x\udcff", "a: b", "\u202e", "no", "1.0"]
    assert yaml.safe_load(dump_yaml({"names": names})) == {"names": names}
    assert "ü – ✓" in dump_yaml(names[0]), "readable where that is possible"


def test_a_file_can_be_for_its_owners_eyes_only(tmp_path: Path) -> None:
    write_atomic(tmp_path / "secret", "x", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("durable", [True, False])
def test_a_killed_writer_leaves_the_old_content_or_the_new(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, b"a" * 300_000)
    for number in range(12):
        pid = os.fork()
        if pid == 0:
            while True:
                write_atomic(path, b"b" * 300_000, durable=durable)
                write_atomic(path, b"a" * 300_000, durable=durable)
        time.sleep(0.004 + 0.0017 * number)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        data = path.read_bytes()
        assert len(data) == 300_000
        assert len(set(data)) == 1


def test_lines_are_added_at_the_end(tmp_path: Path) -> None:
    append_lines(tmp_path / "log", "one")
    append_lines(tmp_path / "log", "zwölf", "three")
    assert (tmp_path / "log").read_text("utf-8") == "one\nzwölf\nthree\n"


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "dangling link"])
def test_a_rename_replaces_nothing(tmp_path: Path, kind: str) -> None:
    """`rename(2)` itself would replace the empty folder and the link."""
    source, target = tmp_path / "source", tmp_path / "target"
    if kind.endswith("folder"):
        source.mkdir()
        target.mkdir()
        if kind == "folder":
            (target / "x").touch()
    else:
        source.write_text("new")
        target.write_text("old") if kind == "file" else target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        rename_new(source, target)
    assert source.exists()
    if kind == "file":
        assert target.read_text() == "old"


def test_a_folder_is_renamed_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "job").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "job" / "ü.txt").write_text("x")
    rename_new(tmp_path / "a" / "job", tmp_path / "b" / "job")
    assert (tmp_path / "b" / "job" / "ü.txt").read_text() == "x"
    assert not (tmp_path / "a" / "job").exists()


def test_what_is_not_there_cannot_be_renamed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_new(tmp_path / "a", tmp_path / "b")


def test_a_rename_to_another_file_system_is_an_error_not_a_copy(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one file system here")
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="cross-device"):
        rename_new(tmp_path / "a", memory / f"hotfolderd-test-{os.getpid()}")
    assert (tmp_path / "a").is_dir()


def test_a_copy_has_content_and_times_and_replaces_nothing(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(os.urandom(3_000_000))
    os.utime(source, (1_000_000, 1_000_000))
    copy_file(source, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == source.read_bytes()
    assert (tmp_path / "b").stat().st_mtime == 1_000_000
    with pytest.raises(FileExistsError):
        copy_file(source, tmp_path / "b")


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1_000_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"abc" * 1_000_000).hexdigest()


def test_removing_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "x").touch()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "link")
    remove_tree(tmp_path / "gone")
    remove_tree(tmp_path / "never there")
    assert (tmp_path / "kept" / "x").exists()
    assert not (tmp_path / "gone").exists()


def test_syncing_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    fsync_dir(tmp_path)
    fsync_dir(tmp_path / "gone")


def test_a_line_that_could_not_be_added_leaves_nothing_and_is_there_once_when_it_is_added_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message whose write reached the file and whose sync failed would else be told twice."""
    path = tmp_path / "messages.txt"
    append_lines(path, "first")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as sick:
        sick.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            append_lines(path, "second")
    assert path.read_text() == "first\n"
    append_lines(path, "second")
    assert path.read_text() == "first\nsecond\n"
