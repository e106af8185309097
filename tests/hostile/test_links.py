"""Links, pipes, devices, hard links, files of holes: nothing outside a drop or a job is read, nothing waited for."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import hostile_doors
import pytest
from corpus import unreadable

from hotfolderd.errors import JobError
from hotfolderd.foreign import below, is_plain, open_file
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.inbox.paths import read_small_file

OPENS = int(os.environ.get("HOSTILE_OPENS", "20000"))
SECRET = b"the secret of another folder"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def exchange(one: Path, other: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        pytest.skip(f"this file system cannot exchange names (errno {ctypes.get_errno()})")


@pytest.mark.parametrize("what", ["the file", "its folder", "a folder above"])
def test_a_link_that_is_swapped_in_while_files_are_opened_leads_nowhere(tmp_path: Path, what: str) -> None:
    """A drop's file, and in its place, again and again, a link to a file outside."""
    for place, data in (("drop/a/b/f", b"honest"), ("outside/a/b/f", SECRET)):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_bytes(data)
    swapped = {"the file": "a/b/f", "its folder": "a/b", "a folder above": "a"}[what]
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path / "outside" / swapped)
    home, path = tmp_path / "drop", tmp_path / "drop/a/b/f"
    exchange(home / swapped, trap)
    exchange(home / swapped, trap)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            exchange(home / swapped, trap)

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = {b"honest": 0, SECRET: 0, b"refused": 0}
    try:
        with below(home):
            for _ in range(OPENS // 3 + 1):
                try:
                    with open_file(path) as stream:
                        seen[stream.read()] += 1
                except (JobError, FileNotFoundError):
                    seen[b"refused"] += 1
    finally:
        over.set()
        swapper.join()
    assert seen[SECRET] == 0
    assert seen[b"honest"] > 0
    assert seen[b"refused"] > 0


def special(path: Path, kind: str, outside: Path) -> None:
    """Something at `path` that is no plain file of its own."""
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        server = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(path.parent)  # the address of a socket may have some hundred bytes only
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)
            server.close()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


KINDS = ["link", "pipe", "socket", "device", "folder"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_refused_in_words_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(SECRET)
    (tmp_path / "drop").mkdir()
    special(tmp_path / "drop" / "f", kind, outside)
    began = time.monotonic()
    with below(tmp_path / "drop"), pytest.raises(JobError) as caught:
        open_file(tmp_path / "drop" / "f")
    assert time.monotonic() - began < 5
    assert unreadable(str(caught.value), "f: ") == ""
    assert not is_plain(tmp_path / "drop" / "f")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["design.psd", "template.aepx", "footage/tiny_bg.png", "fonts/a.ttf", "orders.csv"])
def test_in_a_drop_nothing_is_read_through_it(
    tmp_path: Path, drop_with: Callable[..., Path], files: Path, kind: str, place: str
) -> None:
    """The drop is refused, or goes on without the file; never is what lies outside among the files to take."""
    folder = drop_with("drop", {} if place == "orders.csv" else {place: b""})
    outside = tmp_path / "outside"
    shutil.copyfile(files / "design.psd", outside)
    (folder / place).unlink(missing_ok=True)
    special(folder / place, kind, outside)
    if place == "orders.csv":
        report = examine(folder / place, frozenset(), Limits())
        assert report.verdict == "invalid"
    else:
        report = examine_folder(folder)
        assert place not in report.files
        if place in {"design.psd", "template.aepx"}:
            assert report.verdict == "invalid"
    for problem in report.errors:
        assert unreadable(str(problem), "") == ""


@pytest.mark.parametrize("place", ["design.psd", "template.aepx", "footage/tiny_bg.png", "fonts/a.ttf"])
def test_a_hard_link_to_a_file_outside_is_refused(tmp_path: Path, drop_with: Callable[..., Path], place: str) -> None:
    folder = drop_with("drop", {place: b""} if "fonts" in place else {})
    (folder / place).parent.mkdir(exist_ok=True)
    os.link(folder / place, tmp_path / "other name")
    if "fonts" in place:
        (folder / place).write_bytes(b"x" * 100)
    (row,) = examine_folder(folder).rows
    assert row.verdict == "invalid"
    (problem,) = [str(error) for error in row.errors]
    assert "has 2 names (hard links)" in problem
    assert unreadable(problem, Path(place).name) == ""


@pytest.mark.parametrize("place", ["design.psd", "template.aepx", "footage/tiny_bg.png", "fonts/a.ttf"])
def test_four_tebibytes_of_holes_are_refused_at_once(
    tmp_path: Path, drop_with: Callable[..., Path], place: str
) -> None:
    folder = drop_with("drop", {})
    (folder / place).parent.mkdir(exist_ok=True)
    with (folder / place).open("ab") as file:
        file.truncate(4 << 40)
    assert (folder / place).stat().st_blocks < 10_000
    began = time.monotonic()
    (row,) = examine_folder(folder).rows
    assert time.monotonic() - began < 10
    assert row.verdict == "invalid"
    problem = next(str(error) for error in row.errors if Path(place).name in str(error))
    assert "4194304.0 MiB (most of it holes), at most" in problem
    assert unreadable(problem, "") == ""


def test_a_table_of_holes_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.truncate(4 << 40)
    began = time.monotonic()
    report = examine(tmp_path / "t.csv", frozenset())
    assert time.monotonic() - began < 5
    assert "at most 50 MiB are allowed" in str(report.errors[0])


def test_a_drop_of_too_many_files_too_deep_or_too_large_is_refused(
    tmp_path: Path, drop_with: Callable[..., Path]
) -> None:
    folder = drop_with("many", {})
    for number in range(30):
        (folder / f"{number}.txt").touch()
    assert "more than 20 files" in str(examine_folder(folder, limits=Limits(files=20)).errors[0])
    folder = drop_with("deep", {})
    (folder / "/".join("abcdefghi")).mkdir(parents=True)
    assert "nested deeper than 8" in str(examine_folder(folder).errors[0])
    folder = drop_with("large", {})
    found = examine_folder(folder, limits=Limits(drop_mib=0)).errors
    assert "at most 0 MiB are allowed" in str(found[0])


@pytest.mark.parametrize("kind", [*KINDS[:-1], "linked folder"])
@pytest.mark.parametrize("place", ["assets/footage/x.png", "assets/x.ttf", "assets/design.psd", "assets"])
def test_in_a_job_nothing_is_read_through_it(
    tmp_path: Path, job_with: Callable[..., Path], kind: str, place: str
) -> None:
    """People may write into a job folder; taking stock refuses what leads out of it."""
    job = job_with("J1", {})
    outside = tmp_path / "outside"
    outside.write_bytes(SECRET)
    (job / "assets" / "footage").mkdir()
    target = job / place
    if place == "assets":
        shutil.move(target, tmp_path / "moved")
        target.symlink_to(tmp_path / "moved")
    else:
        target.unlink(missing_ok=True)
        if kind == "linked folder":
            target.symlink_to(tmp_path)
        else:
            special(target, kind, outside)
    found = hostile_doors.identify(str(job))
    assert not found.accepted
    assert not found.wrong
    assert unreadable(found.sentences[0], place) == ""
    for door in (hostile_doors.read_design, hostile_doors.read_template):
        if place == "assets":
            found = door(str(job))
            assert not found.accepted
            assert "a link" in found.sentences[0]


@pytest.mark.parametrize("path", ["../outside.psd", "assets/../../outside.psd", "/etc/passwd", "assets", "", "a\0b"])
def test_an_order_that_names_a_file_elsewhere_is_refused(
    tmp_path: Path, job_with: Callable[..., Path], path: str
) -> None:
    """`job.yaml` lies where people can write."""
    job = job_with("J1", {})
    (tmp_path / "outside.psd").write_bytes(SECRET)
    order = (job / "job.yaml").read_text().replace("assets/design.psd", '"' + path.replace("\0", "\\0") + '"')
    (job / "job.yaml").write_text(order)
    found = hostile_doors.identify(str(job))
    assert not found.accepted
    assert not found.wrong
    assert SECRET.decode() not in found.sentences[0]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: &b [*a, *a]\n",
        "!!python/object/apply:os.system [id]\n",
        "[" * 20_000,
        "job: J1\njob: J2\n",
        "- a\n",
        "",
        "job: J1\n",
        "job: J1\nbatch: B\ndesign: 7\ntemplate: 8\noutput_name: x\n",
    ],
)
def test_an_order_that_somebody_has_written_anew_is_refused_in_words(job_with: Callable[..., Path], text: str) -> None:
    job = job_with("J1", {})
    (job / "job.yaml").write_text(text)
    found = hostile_doors.identify(str(job))
    assert not found.accepted
    assert not found.wrong
    assert unreadable(found.sentences[0], "job.yaml") == ""


def test_a_small_file_is_not_read_through_a_link_and_not_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(SECRET)
    (tmp_path / "link").symlink_to(tmp_path / "f")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(Exception, match=f"{name}: is not a plain file"):
            read_small_file(tmp_path / name, 100)
    assert read_small_file(tmp_path / "f", 100) == SECRET
