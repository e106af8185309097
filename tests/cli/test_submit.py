"""`submit`: files copied into the inbox in one piece."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.root import make_root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_root(tmp_path / "folders").path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A table of one job and its files, with something else beside them."""
    make_small_batch(tmp_path / "files", 1)
    (tmp_path / "files" / "private.txt").write_text("nobody's business")
    return tmp_path / "files"


def submit(root: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hotfolderd", "--root", str(root), "submit", *map(str, paths)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_arrives_with_its_mark_and_without_litter(root: Path, files: Path) -> None:
    (files / ".DS_Store").touch()
    (files / "_READY").touch()
    before = below(files)
    done = submit(root, files)
    assert done.returncode == 0, done.stderr
    assert "0-inbox/files" in done.stdout
    wanted = ["_READY", "footage/tiny_bg.png", "private.txt", "tiny.aep", "tiny.csv", "tiny0001.psd"]
    assert below(root / "0-inbox/files") == wanted
    assert below(files) == before
    assert below(root / ".hotfolderd/submit") == []
    mark = (root / "0-inbox/files/_READY").stat().st_ctime_ns
    assert all(path.stat().st_ctime_ns <= mark for path in (root / "0-inbox/files").rglob("*") if path.is_file())


def test_a_table_arrives_as_a_folder_with_the_files_that_it_uses(root: Path, files: Path) -> None:
    (files / "tiny.batch.yaml").write_text("submitted_by: anna\n")
    done = submit(root, files / "tiny.csv")
    assert done.returncode == 0, done.stderr
    wanted = ["_READY", "footage/tiny_bg.png", "tiny.aep", "tiny.batch.yaml", "tiny.csv", "tiny0001.psd"]
    assert below(root / "0-inbox/tiny") == wanted


def test_a_table_that_could_not_be_taken_in_is_not_submitted(root: Path, files: Path) -> None:
    (files / "tiny0001.psd").unlink()
    done = submit(root, files / "tiny.csv")
    assert done.returncode == 4
    assert "tiny0001.psd" in done.stderr
    assert below(root / "0-inbox") == ["README.txt"]


def test_a_single_file_arrives_under_its_name(root: Path, files: Path) -> None:
    assert submit(root, files / "tiny0001.psd", files / "tiny.aep").returncode == 0
    assert below(root / "0-inbox") == ["README.txt", "tiny.aep", "tiny0001.psd"]


def test_what_lies_in_the_inbox_is_never_replaced(root: Path, files: Path) -> None:
    (root / "0-inbox/files").mkdir()
    (root / "0-inbox/tiny.aep").write_text("another")
    for path in (files, files / "tiny.aep"):
        done = submit(root, path)
        assert done.returncode == 4
        assert "lies in the inbox already" in done.stderr
    assert list((root / "0-inbox/files").iterdir()) == []
    assert (root / "0-inbox/tiny.aep").read_text() == "another"


def test_what_is_still_being_written_is_not_submitted(root: Path, files: Path) -> None:
    with (files / "tiny.aep").open("ab"):
        done = submit(root, files)
    assert done.returncode == 4
    assert "tiny.aep" in done.stderr
    (files / "more.psd.part").touch()
    done = submit(root, files)
    assert done.returncode == 4
    assert "more.psd.part" in done.stderr
    assert below(root / "0-inbox") == ["README.txt"]
    assert list((root / ".hotfolderd/submit").iterdir()) == []


def test_a_path_that_is_not_there_and_a_root_that_is_none_are_wrong_usage(root: Path, files: Path) -> None:
    assert submit(root, files / "gone").returncode == 2
    assert submit(root.parent / "gone", files).returncode == 2


def test_a_submitted_drop_is_taken_without_a_wait(root: Path, files: Path) -> None:
    """With a settling time that the test could not outlast."""
    (root.parent / "config.yaml").write_text("root: folders\nsettle_s: 600\nsettle_network_s: 600\n")
    assert submit(root, files / "tiny.csv").returncode == 0
    shutil.rmtree(files)
    line = [sys.executable, "-m", "hotfolderd", "--root", str(root), "run"]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as daemon:
        end = time.monotonic() + 90
        while not (root / "2-review/TINY0001/review.yaml").exists():
            assert daemon.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        daemon.terminate()
