"""Whether a file is still being written: the fingerprint, and the kernel's answer."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hotfolderd.inbox.stillness import fingerprint, has_writer

linux = pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")


def test_the_fingerprint_is_sorted_and_says_path_inode_size_and_times(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.psd", "sub/a.psd"):
        (tmp_path / name).write_bytes(b"12345")
    paths = [tmp_path / "sub/a.psd", tmp_path / "b.psd", tmp_path / "b.psd", tmp_path / "gone"]
    mark = fingerprint(paths, tmp_path)
    info = (tmp_path / "b.psd").stat()
    assert mark[0] == ("b.psd", info.st_ino, 5, info.st_mtime_ns, info.st_ctime_ns)
    assert [entry[0] for entry in mark] == ["b.psd", "gone", "sub/a.psd"]
    assert mark[1][2] == -1
    assert mark == fingerprint(reversed(paths), tmp_path) == fingerprint(paths, tmp_path, over_network=True)


def test_every_change_of_a_file_changes_the_fingerprint(tmp_path: Path) -> None:
    """A writer that keeps size and modification time is betrayed by the change time, a replacement by the inode."""
    path = tmp_path / "a.psd"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1, 1))
    marks = {fingerprint([path], tmp_path)}
    path.write_bytes(b"54321")
    os.utime(path, ns=(1, 1))
    marks.add(fingerprint([path], tmp_path))
    (tmp_path / "new").write_bytes(b"54321")
    (tmp_path / "new").rename(path)
    marks.add(fingerprint([path], tmp_path))
    path.unlink()
    marks.add(fingerprint([path], tmp_path))
    assert len(marks) == 4


def test_the_fingerprint_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345678")
    (tmp_path / "b").symlink_to("a")
    assert fingerprint([tmp_path / "b"], tmp_path)[0][2] != 8
    assert fingerprint([tmp_path / "b"], tmp_path, over_network=True)[0][2] != 8


@linux
def test_an_open_writer_is_seen_and_its_end_too(tmp_path: Path) -> None:
    path = tmp_path / "a.psd"
    with path.open("wb"):
        assert has_writer(path) is True
    assert has_writer(path) is False
    with path.open("rb"):
        assert has_writer(path) is False


@linux
def test_a_writer_in_another_process_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.psd"
    path.touch()
    code = f"import sys; f = open({str(path)!r}, 'ab'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert has_writer(path) is True
        writer.communicate()
    assert has_writer(path) is False


def test_what_is_no_plain_file_cannot_be_told(tmp_path: Path) -> None:
    """Opening a pipe must not wait for its other end."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "file").touch()
    for name in ("pipe", "link", "gone", "."):
        assert has_writer(tmp_path / name) is None


@linux
def test_a_writer_that_comes_during_the_probe_does_not_end_the_daemon(tmp_path: Path) -> None:
    """The kernel sends a signal when it breaks a lease; the usual one would end the process."""
    writer = """
        import sys, time
        while True:
            open(sys.argv[1], "ab").close()
            time.sleep(0.00002)
    """
    daemon = """
        import sys, time
        from pathlib import Path
        from hotfolderd.inbox.stillness import has_writer
        answers, until = set(), time.monotonic() + 1
        while time.monotonic() < until:
            answers.add(has_writer(Path(sys.argv[1])))
        print(sorted(map(str, answers)))
    """
    path = tmp_path / "a.psd"
    path.touch()
    python = [sys.executable, "-c"]
    with subprocess.Popen([*python, textwrap.dedent(writer), str(path)]) as writing:
        done = subprocess.run(
            [*python, textwrap.dedent(daemon), str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        writing.kill()
    assert done.returncode == 0, done
    assert "False" in done.stdout
