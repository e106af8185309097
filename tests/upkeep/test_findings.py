"""`doctor`: what is well is said to be well, and each thing that is wrong is found and has a remedy."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.config import Config, NotifySettings
from hotfolderd.media.graph import ffmpeg_path
from hotfolderd.root import Root, make_root
from hotfolderd.upkeep.findings import (
    Finding,
    configuration,
    examine,
    ffmpeg,
    folders,
    fonts,
    messages,
    room,
    skew,
    watching,
)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


def one(found: object) -> Finding:
    (finding,) = list(found)  # type: ignore[call-overload]
    assert isinstance(finding, Finding)
    assert finding.state == "ok" or finding.remedy, "what is not well has a remedy"
    return finding


def test_a_good_installation_has_nothing_wrong(root: Root) -> None:
    """Every part is looked at, ffmpeg is asked, and nothing is left in the root."""
    before = sorted(root.private.iterdir())
    found = list(examine(Config(root=root.path), root.path.parent / "config.yaml"))
    assert [finding for finding in found if finding.state == "wrong"] == []
    parts = {finding.part for finding in found}
    assert {"root", "clock", "disk space", "watching", "ffmpeg", "fonts", "messages", "file system"} <= parts
    assert sorted(root.private.iterdir()) == before


def test_a_folder_that_is_no_root_or_lacks_a_stage_is_found(tmp_path: Path, root: Root) -> None:
    assert "hotfolderd init" in one(folders(Root(tmp_path))).remedy
    (root.path / "2-review/README.txt").unlink()
    (root.path / "2-review").rmdir()
    assert one(folders(root)).state == "wrong"


def test_a_part_that_cannot_be_examined_is_a_finding_and_hides_no_other(tmp_path: Path) -> None:
    """Without a root the clock and the space cannot be looked at; ffmpeg can."""
    found = list(examine(Config(root=tmp_path / "nowhere"), tmp_path / "config.yaml"))
    state = {finding.part: finding.state for finding in found}
    assert (state["root"], state["clock"], state["disk space"], state["ffmpeg"]) == ("wrong", "wrong", "wrong", "ok")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_secrets_that_others_may_read_are_found_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("notify:\n  urls: ['json://ann:CANARY@example.com']\n")
    file.chmod(0o644)
    config = Config(notify=NotifySettings(urls=("json://ann:CANARY@example.com", "CANARY://x")))
    finding = one(configuration(config, file))
    assert finding.state == "wrong"
    assert "CANARY" not in str(finding)
    file.chmod(0o600)
    assert one(configuration(config, file)).state == "ok"
    wrong = one(messages(config.notify.urls))
    assert (wrong.state, "address 2 of 2" in wrong.words, "CANARY" in str(wrong)) == ("wrong", True, False)


@pytest.mark.parametrize(
    ("at", "state"), [(100.0, "ok"), (101.0, "ok"), (90.0, "wrong"), (112.0, "wrong"), (98.5, "ok")]
)
def test_a_clock_of_the_file_system_that_runs_apart_is_found(at: float, state: str) -> None:
    """Written between 100 and 101; 2 s are borne."""
    moment = 1_795_000_000.0
    assert skew(moment + 100, moment + at, moment + 101).state == state


def test_a_clock_of_long_ago_is_found() -> None:
    assert skew(100.0, 100.5, 101.0).state == "wrong"


def test_too_few_watches_are_found_with_the_number_to_set(root: Root, tmp_path: Path) -> None:
    limits = tmp_path / "inotify"
    limits.mkdir()
    (limits / "max_user_instances").write_text("128\n")
    (limits / "max_user_watches").write_text("1000\n")
    finding = one(watching(root, limits))
    assert finding.state == "wrong"
    assert "fs.inotify.max_user_watches=524288" in finding.remedy
    (limits / "max_user_watches").write_text("65536\n")
    assert one(watching(root, limits)).state == "ok"


def test_a_full_disk_is_found(root: Root) -> None:
    assert one(room(root, 10.0**12)).state == "wrong"
    assert one(room(root, 0.0)).state == "ok"


def test_an_ffmpeg_without_a_filter_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one, which keeps its filter `overlay` to itself."""
    real = shlex.quote(ffmpeg_path())
    program = tmp_path / "ffmpeg_without_overlay"
    program.write_text(f'#!/bin/sh\n{real} "$@" | grep -v " overlay "\n')
    program.chmod(0o755)
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(program))
    finding = one(ffmpeg())
    assert finding.state == "wrong"
    assert "lacks overlay" in finding.words


def test_a_machine_without_fonts_is_remarked(tmp_path: Path) -> None:
    assert one(fonts((tmp_path,))).state == "remark"
    (tmp_path / "a.TTF").touch()
    assert one(fonts((tmp_path,))).state == "ok"


def test_doctor_ends_with_1_where_something_is_wrong(root: Root, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("root: folders\ndisk: {min_free_mib: 1e12}\n")
    line = [sys.executable, "-m", "hotfolderd", "--config", str(config), "doctor"]
    done = subprocess.run([*line, "--json"], capture_output=True, text=True, timeout=60, check=False)
    content = json.loads(done.stdout)
    assert (done.returncode, content["well"]) == (1, False)
    assert [row["part"] for row in content["findings"] if row["state"] == "wrong"] == ["disk space"]
    config.write_text("root: folders\n")
    assert subprocess.run(line, capture_output=True, text=True, timeout=60, check=False).returncode == 0
