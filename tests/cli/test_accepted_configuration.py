"""A configuration that the daemon has taken is not checked anew by each command; any other is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_MAIN = """
import sys
from hotfolderd.cli.app import main
try:
    main()
finally:
    print("checked" if "hotfolderd.config" in sys.modules else "known", file=sys.stderr)
"""


def command(*words: str, **environment: str) -> tuple[int, str]:
    """The exit code of a command, and what it says on stderr: last, whether it has checked the configuration."""
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    return done.returncode, done.stderr.strip()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that a daemon has taken."""
    path = tmp_path / "config.yaml"
    path.write_text("settle_s: 0.1\nroot: the folders  # of the studio\n")
    assert subprocess.run(_hotfolderd("init", str(tmp_path / "the folders")), check=False).returncode == 0
    daemon = subprocess.run(_hotfolderd("--config", str(path), "run", "--until-idle"), check=False, timeout=120)
    assert daemon.returncode == 0
    return path


def _hotfolderd(*words: str) -> list[str]:
    return [sys.executable, "-m", "hotfolderd", *words]


def test_what_the_daemon_has_taken_is_known(config: Path) -> None:
    assert command("--config", str(config), "jobs") == (0, "known")
    assert command("--root", str(config.parent / "the folders"), "jobs") == (0, "known")


def test_a_change_that_no_daemon_has_taken_is_checked(config: Path) -> None:
    config.write_text(config.read_text() + "poll_s: 2\n")
    assert command("--config", str(config), "jobs") == (0, "checked")
    config.write_text(config.read_text() + "pol_s: 2\n")
    code, said = command("--config", str(config), "jobs")
    assert code == 2
    assert "config.yaml, line 4" in said
    assert "Did you mean `poll_s`?" in said


def test_what_the_environment_says_otherwise_is_heard(config: Path) -> None:
    other = config.parent / "others"
    assert subprocess.run(_hotfolderd("init", str(other)), check=False).returncode == 0
    assert command("--config", str(config), "jobs", HOTFOLDERD_ROOT=str(other)) == (0, "checked")
    code, said = command("--config", str(config), "jobs", HOTFOLDERD_WORKERS__PROCESSES="many")
    assert code == 2
    assert "HOTFOLDERD_WORKERS__PROCESSES" in said


def test_the_same_configuration_beside_another_root_is_checked(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "config.yaml"
    other.parent.mkdir()
    other.write_bytes(config.read_bytes())
    assert subprocess.run(_hotfolderd("init", str(other.parent / "the folders")), check=False).returncode == 0
    assert command("--config", str(other), "jobs") == (0, "checked")
