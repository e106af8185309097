"""The commands as people and programs call them: what they print and how they end."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.demo.batch import expected_matches, make_sample_batch, make_small_batch


def call(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hotfolderd", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=180, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with two jobs that wait for their review."""
    folder = tmp_path_factory.mktemp("reviewed")
    root = folder / "folders"
    assert call("init", str(root)).returncode == 0
    (folder / "config.yaml").write_text("settle_s: 0.2\npoll_s: 0.1\n")
    make_small_batch(root / "0-inbox", 2)
    done = call("--root", str(root), "run", "--until-idle")
    assert done.returncode == 0, done.stderr
    return root


def test_init_makes_the_folders_and_a_private_configuration_beside_them(tmp_path: Path) -> None:
    """Stage folders with a README.txt each; config.yaml is readable for its owner only, and never overwritten."""
    done = call("init", str(tmp_path / "line"))
    assert done.returncode == 0
    assert (tmp_path / "line" / "2-review" / "README.txt").exists()
    config = tmp_path / "config.yaml"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "\nroot: line " in config.read_text()
    config.write_text("settle_s: 3\n")
    assert call("init", str(tmp_path / "line")).returncode == 0
    assert config.read_text() == "settle_s: 3\n"
    assert call("--root", str(tmp_path / "line"), "status").returncode == 0


def test_status_as_json_has_the_keys_of_the_contract(reviewed: Path) -> None:
    """`stage` as in the folder name, `folder` relative to the root."""
    content = json.loads(call("--root", str(reviewed), "status", "--json").stdout)
    jobs = {job["job"]: job for job in content["jobs"]}
    assert set(jobs) == {"TINY0001", "TINY0002"}
    wanted = {"job", "kind", "stage", "folder", "status", "progress", "needs", "batch", "priority", "warnings"}
    assert wanted <= set(jobs["TINY0001"])
    assert jobs["TINY0001"]["stage"] == "2-review"
    assert jobs["TINY0001"]["folder"] == "2-review/TINY0001"
    assert jobs["TINY0001"]["status"] == "awaiting_review"
    assert jobs["TINY0001"]["progress"] == 30


def test_status_in_words_says_how_many_jobs_need_whom(reviewed: Path) -> None:
    """Plain lines where nobody looks at a terminal."""
    text = call("--root", str(reviewed), "status").stdout
    assert "2 jobs need review" in text
    assert "\x1b" not in text


def test_show_jobs_and_one_status_tell_of_a_job(reviewed: Path) -> None:
    """show has record, warnings, decisions and events; jobs can be filtered."""
    content = json.loads(call("--root", str(reviewed), "show", "TINY0001", "--json").stdout)
    assert content["events"][-1]["action"] == "stage_transition"
    assert {"warnings", "decisions", "stages", "assets"} <= set(content)
    assert "TINY0001" in call("--root", str(reviewed), "show", "TINY0001").stdout
    listed = json.loads(call("--root", str(reviewed), "jobs", "--stage", "2", "--search", "tiny0002", "--json").stdout)
    assert [job["job"] for job in listed["jobs"]] == ["TINY0002"]
    assert json.loads(call("--root", str(reviewed), "jobs", "--stage", "6-approval", "--json").stdout) == {"jobs": []}


def test_a_list_of_jobs_says_how_many_it_leaves_out(reviewed: Path) -> None:
    """Else whoever counts its lines takes the first hundred for all."""
    one = call("--root", str(reviewed), "jobs", "--limit", "1")
    assert len(one.stdout.splitlines()) == 1
    assert one.stderr == "1 more jobs are left out; `--limit 0` lists all.\n"
    content = json.loads(call("--root", str(reviewed), "jobs", "--limit", "1", "--json").stdout)
    assert (len(content["jobs"]), content["left_out"]) == (1, 1)
    everything = call("--root", str(reviewed), "jobs", "--limit", "0")
    assert (len(everything.stdout.splitlines()), everything.stderr) == (2, "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "NOBODY"), 3, "Job not found: NOBODY"),
        (("status", "NOBODY"), 3, "Job not found: NOBODY"),
        (("approve", "NOBODY"), 3, "Job not found: NOBODY"),
        (("override", "TINY0001", "--reason", "long enough reason"), 4, "stands in 2-review"),
        (("reject", "TINY0001", "--reason", "long enough reason"), 4, "stands in 2-review"),
        (("approve",), 2, "Missing argument"),
        (("fly", "TINY0001"), 2, "No such command"),
    ],
)
def test_exit_codes_say_what_went_wrong(reviewed: Path, words: tuple[str, ...], code: int, said: str) -> None:
    """2 wrong usage, 3 no such job, 4 refused; one line on stderr and no traceback."""
    done = call("--root", str(reviewed), *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_root_is_a_configuration_error(tmp_path: Path) -> None:
    """It says how to make one."""
    done = call("--root", str(tmp_path / "nothing"), "status")
    assert done.returncode == 2
    assert "hotfolderd init" in done.stderr


def test_a_wrong_configuration_is_told_with_its_line(tmp_path: Path) -> None:
    """An unknown key, and a value of the wrong kind."""
    call("init", str(tmp_path / "line"))
    (tmp_path / "config.yaml").write_text("settle_s: 2\nworkers:\n  proceses: 3\n")
    done = call("--root", str(tmp_path / "line"), "run", "--until-idle")
    assert done.returncode == 2
    assert "line 3" in done.stderr
    assert "processes" in done.stderr
    (tmp_path / "config.yaml").write_text("settle_s: soon\n")
    assert "line 1" in call("--root", str(tmp_path / "line"), "status").stderr


def test_approve_writes_the_sidecar_that_a_person_would_write(tmp_path: Path) -> None:
    """The daemon takes it when it runs; a second approval is refused, because the file is gone."""
    root = tmp_path / "folders"
    call("init", str(root))
    (tmp_path / "config.yaml").write_text("settle_s: 0.2\npoll_s: 0.1\n")
    make_small_batch(root / "0-inbox", 1)
    assert call("--root", str(root), "run", "--until-idle").returncode == 0
    done = call("--root", str(root), "approve", "TINY0001", "--by", "anna", "--notes", "fine: yes")
    assert done.returncode == 0, done.stderr
    sidecar = (root / "2-review/TINY0001/review.yaml").read_text()
    assert "\ndecision: approve\n" in sidecar
    assert "\nby: anna\n" in sidecar
    assert "\nnotes: 'fine: yes'\n" in sidecar
    assert sidecar.endswith("end: true\n")
    assert call("--root", str(root), "run", "--until-idle").returncode == 0
    short = call("--root", str(root), "reject", "TINY0001", "--reason", "no")
    assert short.returncode == 4
    assert "at least 10 characters" in short.stderr
    assert call("--root", str(root), "approve", "TINY0001", "--by", "bert").returncode == 0
    assert call("--root", str(root), "run", "--until-idle").returncode == 0
    content = json.loads(call("--root", str(root), "status", "TINY0001", "--json").stdout)
    assert content["jobs"][0]["status"] == "completed"
    assert call("--root", str(root), "archive", "TINY0001").returncode == 0
    assert call("--root", str(root), "run", "--until-idle").returncode == 0
    assert (root / "archive/TINY0001").is_dir()


def test_a_decision_is_checked_before_it_is_written_as_the_daemon_would(reviewed: Path) -> None:
    """Who may decide is in the configuration; a refused command leaves the sidecar as it was."""
    config = reviewed.parent / "reviewers.yaml"
    config.write_text("root: folders\nreviewers:\n  review: [anna]\n")
    sidecar = reviewed / "2-review/TINY0002/review.yaml"
    before = sidecar.read_text()
    done = call("--config", str(config), "approve", "TINY0002", "--by", "nobody")
    assert done.returncode == 4
    assert "`nobody` may not decide here. Allowed: anna" in done.stderr
    assert sidecar.read_text() == before


def test_status_tells_of_a_job_that_lies_astray(tmp_path: Path) -> None:
    """A job folder dragged into the inbox is still a job."""
    root = tmp_path / "folders"
    call("init", str(root))
    (tmp_path / "config.yaml").write_text("settle_s: 0.2\npoll_s: 0.1\n")
    make_small_batch(root / "0-inbox", 1)
    assert call("--root", str(root), "run", "--until-idle").returncode == 0
    (root / "2-review/TINY0001").rename(root / "0-inbox/TINY0001")
    jobs = json.loads(call("--root", str(root), "status", "--json").stdout)["jobs"]
    assert [(job["job"], job["stage"]) for job in jobs] == [("TINY0001", "0-inbox")]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make_sample_batch(folder)
    return folder


def test_match_prints_the_pairs_without_a_job(samples: Path) -> None:
    """The keys of the contract, and the right answers for the sample files."""
    done = call("match", str(samples / "match001.psd"), str(samples / "match_poster.aepx"), "--json")
    content = json.loads(done.stdout)
    assert {pair["placeholder"]: pair["layer"] for pair in content["pairs"]} == expected_matches("MATCH001")
    assert set(content["pairs"][0]) == {"placeholder", "comp", "kind", "layer", "value", "confidence", "why"}
    assert "Background" in content["unused_layers"]
    words = call("match", str(samples / "match001.psd"), str(samples / "match_poster.aepx")).stdout
    assert "featured_player ← cutout" in words


def test_inspect_tells_what_a_design_and_a_project_hold(samples: Path) -> None:
    """In words and as JSON; a file that is neither is refused."""
    design = json.loads(call("inspect", str(samples / "match001.psd"), "--json").stdout)
    assert (design["width"], design["height"]) == (1080, 1350)
    assert "Line-up/Captain" in [layer["path"] for layer in design["layers"]]
    template = json.loads(call("inspect", str(samples / "half_time_card.aep"), "--json").stdout)
    assert [comp["frame_rate"] for comp in template["comps"]] == [30.0]
    assert "Captain" in call("inspect", str(samples / "match001.psd")).stdout
    assert "txt_score" in call("inspect", str(samples / "half_time_card.aep")).stdout
    done = call("inspect", str(samples / "matchday.csv"))
    assert done.returncode == 2
    assert "neither a PSD nor" in done.stderr


def test_check_says_what_a_drop_would_say_and_changes_nothing(samples: Path, tmp_path: Path) -> None:
    """A good table 0, a bad one 1 with the rows; sidecars and configurations by their name."""
    before = {path: path.stat().st_mtime_ns for path in samples.rglob("*")}
    done = call("check", str(samples / "matchday.csv"))
    assert done.returncode == 0
    assert "✅ Row 2: MATCH001" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in samples.rglob("*")} == before
    bad = tmp_path / "bad.csv"
    bad.write_text("job_id,psd_path,aepx_path\nA 1,no.psd,no.aep\n")
    done = call("check", str(bad))
    assert done.returncode == 1
    assert "Invalid job_id" in done.stdout
    sidecar = tmp_path / "override.yaml"
    sidecar.write_text("for: {job: A, revision: 1}\ndecision: override\nreason: short\nend: true\n")
    done = call("check", str(sidecar))
    assert done.returncode == 1
    assert "at least 10 characters" in done.stdout
    config = tmp_path / "config.yaml"
    config.write_text("settle_s: 1.5\n")
    assert call("check", str(config)).returncode == 0


def test_the_command_works_without_a_terminal_and_says_its_version() -> None:
    """No colours in a pipe."""
    done = call("--version")
    assert done.returncode == 0
    assert done.stdout.strip().count(".") == 2
    environment = {key: value for key, value in os.environ.items() if key not in ("TERM", "COLUMNS")}
    line = [sys.executable, "-m", "hotfolderd", "--help"]
    text = subprocess.run(line, capture_output=True, text=True, check=True, env=environment).stdout
    for command in (
        "init",
        "run",
        "status",
        "show",
        "jobs",
        "check",
        "match",
        "inspect",
        "approve",
        "override",
        "demo",
    ):
        assert command in text
