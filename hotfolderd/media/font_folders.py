"""Where this system keeps its fonts, and whether some were installed or taken away since. Reads folders, no font."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def installed_folders() -> tuple[Path, ...]:
    """Where this system keeps its fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        places = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home))
        places = [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"), Path(local, "Microsoft/Windows/Fonts")]
    else:
        shared = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
        places = [home / ".fonts", home / ".local/share/fonts", *shared]
    return tuple(places)


@dataclass(slots=True)
class InstalledFonts:
    """Called, it gives a text that differs once a font file is put into one of those folders, or taken out.

    It looks again when `rest_s` have passed on the `clock` (monotonic, in seconds). A file that is written over in its
    place is not noticed. All that look as often are equal.
    """

    rest_s: float = 0.25
    clock: Callable[[], float] = time.monotonic
    _until: float = field(default=float("-inf"), compare=False, repr=False)
    _known: str = field(default="", compare=False, repr=False)

    def __call__(self) -> str:
        """The state of the folders as it was at most `rest_s` ago."""
        if self.clock() >= self._until:
            self._known = _state_of(installed_folders())
            self._until = self.clock() + self.rest_s
        return self._known


def _state_of(folders: tuple[Path, ...]) -> str:
    """A digest of the times of all folders that are there."""
    places = [place for folder in folders for place, _, _ in os.walk(folder)]
    times = [(place, _time_of(place)) for place in sorted(places)]
    return hashlib.sha256(repr(times).encode("utf-8", "surrogateescape")).hexdigest()


def _time_of(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:  # taken away at this moment
        return 0
