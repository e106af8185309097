"""The service files: a unit for systemd, a property list for launchd, with the paths of this installation.

Gives texts, and the place of each; writes nothing and starts nothing. The templates lie in `texts/services`.
"""

from __future__ import annotations

import os
import plistlib
import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from hotfolderd.errors import ConfigError

System = Literal["systemd", "launchd"]
LABEL = "org.hotfolderd"
# What only the system's own manager can do: a user's manager has no right to it, and the unit would not start.
_ROOT_ONLY = (
    *("ProtectSystem", "ReadWritePaths", "ProtectHome", "PrivateTmp", "PrivateMounts", "CapabilityBoundingSet"),
    *("AmbientCapabilities",),
    *("PrivateDevices", "DevicePolicy", "ProtectProc", "ProcSubset", "ProtectClock", "ProtectHostname", "RemoveIPC"),
    *("ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups"),
)  # fmt: skip
_FORBIDDEN = set("\n\r\0\"'\\")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a service file names. `user` None: a service of the user who installs it, for as long as they are logged in.

    `also_writes`: folders besides the root that the daemon writes into. `urls_file` holds the addresses of messages.
    `grace_s`: how long running steps may go on when it ends.
    """

    program: Path
    root: Path
    config: Path
    user: str | None = None
    name: str = ""
    urls_file: Path | None = None
    also_writes: tuple[Path, ...] = ()
    grace_s: float = 20.0

    @property
    def service(self) -> str:
        """What the service is called."""
        return f"hotfolderd-{self.name}" if self.name else "hotfolderd"


def this_system() -> System:
    """Which service manager this system has."""
    return "launchd" if sys.platform == "darwin" else "systemd"


def unit(one: Installation) -> str:
    """The unit for systemd, closed in as far as possible. Raises ConfigError for paths that it cannot hold."""
    text = (files("hotfolderd.texts") / "services" / "hotfolderd.service").read_text("utf-8")
    root, program, config = (_escaped(path) for path in (one.root, one.program, one.config))
    lines = []
    if one.urls_file is not None:
        lines += [
            f"LoadCredential=urls:{_escaped(one.urls_file)}",
            "Environment=HOTFOLDERD_NOTIFY__URLS_FILE=%d/urls",
        ]
    writes = " ".join(f'"{_escaped(path)}"' for path in (one.root, *one.also_writes))
    filled = {
        "@PROGRAM@": program,
        "@CONFIG@": config,
        "@ROOT@": root,
        "@WRITES@": writes,
        "@NAME@": one.service,
        "@STOP_S@": f"{one.grace_s + 40:.0f}",
        "@WANTED_BY@": "multi-user.target" if one.user else "default.target",
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    text = text.replace("@CREDENTIALS@\n", "".join(f"{line}\n" for line in lines))
    text = text.replace("@USER@\n", f"User={one.user}\n" if one.user else "")
    if one.user is None:
        text = re.sub(rf"(?m)^(?:{'|'.join(_ROOT_ONLY)})=.*\n|^@HOME_PATHS@\n", "", text)
    home = _home_of(one)
    return text.replace("@HOME@", "tmpfs" if home else "yes").replace(
        "@HOME_PATHS@\n", f"BindPaths={writes}\nBindReadOnlyPaths={_read_only(one)}\n" if home else ""
    )


def _home_of(one: Installation) -> bool:
    """Whether something of it lies where other people's files do, which the service is not to see."""
    paths = (one.root, one.config, one.program)
    return any(path.is_relative_to(place) for path in paths for place in ("/home", "/root", "/run/user"))


def _read_only(one: Installation) -> str:
    places = dict.fromkeys((one.config.parent, one.program.parent.parent))
    return " ".join(f'"{_escaped(path)}"' for path in places)


def _escaped(path: Path) -> str:
    text = str(path)
    if not path.is_absolute() or _FORBIDDEN.intersection(text):
        raise ConfigError(
            f"{path}: cannot stand in a service file. Use an absolute path without quotes and line breaks."
        )
    return text.replace("%", "%%")


def agent(one: Installation) -> str:
    """The property list for launchd."""
    content = plistlib.loads((files("hotfolderd.texts") / "services" / "hotfolderd.plist").read_bytes())
    content["Label"] = f"{LABEL}.{one.name}" if one.name else LABEL
    content["ProgramArguments"] = [str(one.program), "--config", str(one.config), "run"]
    content["WorkingDirectory"] = str(one.config.parent)
    content["StandardErrorPath"] = str(one.config.parent / f"{one.service}.log")
    if one.user:
        content["UserName"] = one.user
    if one.urls_file is not None:
        content["EnvironmentVariables"] = {"HOTFOLDERD_NOTIFY__URLS_FILE": str(one.urls_file)}
    return plistlib.dumps(content, sort_keys=False).decode("utf-8")


def place_for(one: Installation, system: System, home: Path) -> Path:
    """Where the service manager looks for the file."""
    if system == "launchd":
        label = f"{LABEL}.{one.name}" if one.name else LABEL
        folder = Path("/Library/LaunchDaemons") if one.user else home / "Library" / "LaunchAgents"
        return folder / f"{label}.plist"
    folder = Path("/etc/systemd/system") if one.user else home / ".config" / "systemd" / "user"
    return folder / f"{one.service}.service"


def commands_to_start(one: Installation, system: System, place: Path) -> list[list[str]]:
    """What starts the service now and with the system."""
    if system == "launchd":
        return [["launchctl", "bootstrap", "system" if one.user else f"gui/{os.getuid()}", str(place)]]
    whose = [] if one.user else ["--user"]
    return [["systemctl", *whose, "daemon-reload"], ["systemctl", *whose, "enable", "--now", f"{one.service}.service"]]
