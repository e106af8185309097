"""Where the programs of After Effects are: as the configuration says, or in the folders that Adobe installs to.

Looks at the disk; starts nothing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from hotfolderd.errors import ConfigError

Program = Literal["afterfx", "aerender"]

# macOS, then Windows; the folder of an After Effects bears its version: "Adobe After Effects 2025", "… CC 2019".
_INSTALLED: dict[Program, tuple[tuple[str, str], ...]] = {
    "aerender": (
        ("/Applications", "Adobe After Effects*/aerender"),
        ("C:/Program Files/Adobe", "Adobe After Effects*/Support Files/aerender.exe"),
    ),
    "afterfx": (
        ("/Applications", "Adobe After Effects*/Adobe After Effects*.app"),
        ("C:/Program Files/Adobe", "Adobe After Effects*/Support Files/AfterFX.com"),
    ),
}


def find(program: Program, given: str = "", places: Iterable[tuple[str, str]] | None = None) -> str:
    """The absolute path of a program: `given`, or the newest one installed. Raises ConfigError where there is none.

    `places` are (folder, pattern) to look in instead of Adobe's.
    """
    where = f"render.{program}"
    if given:
        name = os.path.expanduser(given)  # noqa: PTH111  a name without a slash is looked up in PATH
        if is_application(name) and program == "afterfx":
            return str(Path(name).absolute())
        found = shutil.which(name)
        if found is None:
            state = "is not executable" if Path(name).is_file() else "is not there"
            raise ConfigError(f"{where}: {given} {state}. Write the full path of the program, or leave it empty.")
        return str(Path(found).absolute())
    found = max(_installed(_INSTALLED[program] if places is None else places), key=_version, default=None)
    found = found or shutil.which(program)
    if found is None:
        raise ConfigError(
            f"{where}: no After Effects was found on this machine. Write the full path of {program}, or set the "
            "settings in `render` that need it back to headless and none."
        )
    return found


def is_application(path: str) -> bool:
    """Whether a path is an application of macOS, which is asked by `osascript` and not started by its file."""
    return path.rstrip("/").endswith(".app") and Path(path).is_dir()


def _installed(places: Iterable[tuple[str, str]]) -> Iterator[str]:
    for folder, pattern in places:
        yield from (str(path) for path in Path(folder).glob(pattern) if "Render Engine" not in path.name)


def _version(path: str) -> tuple[int, str]:
    numbers = [int(number) for number in re.findall(r"\b(20\d\d)\b", path)]
    return max(numbers, default=0), path
