"""The service files: taken by the system's own tools, closed in as far as promised, and right for every path."""

from __future__ import annotations

import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.errors import ConfigError
from hotfolderd.root import make_root
from hotfolderd.upkeep.units import Installation, agent, commands_to_start, place_for, unit

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = Installation(
    program=Path("/opt/hotfolderd/bin/hotfolderd"),
    root=Path("/srv/line/folders"),
    config=Path("/srv/line/config.yaml"),
    user="hotfolder",
)
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = ["systemd-analyze", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def installed(folder: Path, *, user: str | None = "hotfolder", name: str = "") -> Installation:
    """An installation whose program is there, as `systemd-analyze verify` wants it."""
    root = make_root(folder / "folders").path
    return Installation(Path(sys.executable), root, folder / "config.yaml", user, name)


@needs_systemd
def test_the_unit_is_right_for_systemd_and_closed_in(tmp_path: Path) -> None:
    """`verify` has nothing to say; the exposure is at most 1.5, where a bare unit has 9.2."""
    path = tmp_path / "hotfolderd.service"
    path.write_text(unit(installed(tmp_path)))
    verified = analyze("verify", path)
    assert (verified.returncode, verified.stderr) == (0, "")
    found = re.search(r"exposure level for \S+ ([0-9.]+)", analyze("security", "--offline=true", path).stdout)
    assert found
    assert float(found[1]) <= 1.5


@needs_systemd
def test_a_fault_in_the_unit_would_be_found(tmp_path: Path) -> None:
    """So that a silent `verify` proves something."""
    path = tmp_path / "hotfolderd.service"
    path.write_text(unit(installed(tmp_path)).replace("Type=notify", "Typ=notify"))
    assert "Typ" in analyze("verify", path).stderr


@needs_systemd
def test_the_unit_for_a_user_s_own_manager_is_right_too(tmp_path: Path) -> None:
    """It names nobody, and nothing that only the system's manager may do."""
    path = tmp_path / "hotfolderd.service"
    text = unit(installed(tmp_path, user=None))
    path.write_text(text)
    verified = analyze("--user", "verify", path)
    assert "hotfolderd.service" not in verified.stderr, verified.stderr
    keys = {line.partition("=")[0] for line in text.splitlines() if "=" in line and line[0] != "#"}
    assert "WantedBy=default.target" in text
    assert not keys & {"User", "ProtectSystem", "PrivateTmp", "CapabilityBoundingSet", "ReadWritePaths"}
    assert {"NoNewPrivileges", "SystemCallFilter", "WatchdogSec"} <= keys


def test_the_unit_lets_workers_limit_themselves_and_owners_be_seen() -> None:
    """Landlock and limits are what guards the workers; PrivateUsers would make every owner of a file `nobody`."""
    text = unit(EXAMPLE)
    allowed = " ".join(re.findall(r"(?m)^SystemCallFilter=([^~].*)$", text)).split()
    wanted = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "prlimit64", "setrlimit"}
    assert wanted <= set(allowed)
    assert "PrivateUsers=" not in text
    assert "@" not in re.sub(r"@(system-service|privileged|resources)", "", text)


def test_every_path_of_the_unit_is_of_this_installation() -> None:
    """Blanks are quoted, per cent signs doubled; addresses come as a credential; more folders may be written."""
    one = Installation(
        Path("/opt/hot folder/bin/hotfolderd"),
        Path("/srv/100%/folders"),
        Path("/srv/100%/config.yaml"),
        "hotfolder",
        "posters",
        Path("/etc/hotfolderd/urls"),
        (Path("/var/lib/node"),),
        90.0,
    )
    text = unit(one)
    assert 'ExecStart="/opt/hot folder/bin/hotfolderd" --config "/srv/100%%/config.yaml" run\n' in text
    assert 'ReadWritePaths="/srv/100%%/folders" "/var/lib/node"\n' in text
    assert "LoadCredential=urls:/etc/hotfolderd/urls\n" in text
    assert "Environment=HOTFOLDERD_NOTIFY__URLS_FILE=%d/urls\n" in text
    assert "TimeoutStopSec=130\n" in text
    assert one.service == "hotfolderd-posters"
    with pytest.raises(ConfigError, match="cannot stand in a service file"):
        unit(Installation(one.program, Path('/srv/a"b'), one.config))


def test_a_root_in_a_home_is_all_that_is_seen_of_the_homes() -> None:
    text = unit(
        Installation(
            Path("/home/ann/env/bin/hotfolderd"), Path("/home/ann/line/f"), Path("/home/ann/line/c.yaml"), "ann"
        )
    )
    assert "ProtectHome=tmpfs\n" in text
    assert 'BindPaths="/home/ann/line/f"\n' in text
    assert 'BindReadOnlyPaths="/home/ann/line" "/home/ann/env"\n' in text
    assert "ProtectHome=yes\n" in unit(EXAMPLE)


def test_the_property_list_is_one_and_starts_this_installation() -> None:
    """launchd keeps it alive, waits for the end of running steps, and lets the group work in its folders."""
    content = plistlib.loads(agent(EXAMPLE).encode())
    assert content["ProgramArguments"] == [str(EXAMPLE.program), "--config", str(EXAMPLE.config), "run"]
    assert (content["UserName"], content["KeepAlive"], content["ExitTimeOut"]) == ("hotfolder", True, 60)
    assert content["StandardErrorPath"] == "/srv/line/hotfolderd.log"
    own = plistlib.loads(agent(Installation(EXAMPLE.program, EXAMPLE.root, EXAMPLE.config, None, "b")).encode())
    assert "UserName" not in own
    assert own["Label"] == "org.hotfolderd.b"


def test_the_files_of_the_repository_are_those_that_are_made() -> None:
    """`systemd/` and `launchd/` show what `install-service` writes for a usual place."""
    assert (REPOSITORY / "systemd/hotfolderd.service").read_text("utf-8") == unit(EXAMPLE)
    assert (REPOSITORY / "launchd/org.hotfolderd.plist").read_text("utf-8") == agent(EXAMPLE)


def test_each_manager_looks_in_its_own_place() -> None:
    home = Path("/home/ann")
    own = Installation(EXAMPLE.program, EXAMPLE.root, EXAMPLE.config)
    assert place_for(EXAMPLE, "systemd", home) == Path("/etc/systemd/system/hotfolderd.service")
    assert place_for(own, "systemd", home) == home / ".config/systemd/user/hotfolderd.service"
    assert place_for(EXAMPLE, "launchd", home) == Path("/Library/LaunchDaemons/org.hotfolderd.plist")
    assert place_for(own, "launchd", home) == home / "Library/LaunchAgents/org.hotfolderd.plist"
    assert commands_to_start(own, "systemd", Path("x"))[-1][:3] == ["systemctl", "--user", "enable"]


def test_install_service_writes_the_file_keeps_the_old_one_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a home of its own; `--print` writes nothing at all."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = make_root(tmp_path / "folders").path
    line = [sys.executable, "-m", "hotfolderd", "--root", str(root), "install-service", "--system", "systemd"]

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*line, *words], capture_output=True, text=True, timeout=60, check=False)

    missing = call("--print")
    assert missing.returncode == 2
    assert "hotfolderd init" in missing.stderr
    (tmp_path / "config.yaml").write_text("settle_s: 2\n")
    printed = call("--print")
    assert printed.returncode == 0, printed.stderr
    assert f'--config "{tmp_path}/config.yaml" run' in printed.stdout
    assert not (tmp_path / "home").exists()
    done = call()
    place = tmp_path / "home/.config/systemd/user/hotfolderd.service"
    assert place.read_text() == printed.stdout
    assert "Nothing was started" in done.stdout
    place.write_text("changed\n")
    assert call().returncode == 0
    assert place.with_name("hotfolderd.service.before").read_text() == "changed\n"
    assert call("--system", "upstart").returncode == 2
