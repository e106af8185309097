"""The configuration while the daemon runs: its file looked at for changes, and read anew when it is still.

Reads the file; writes nothing. A file that is wrong, or that changes what cannot change at run time, leaves the
configuration as it is; `note` says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.config import Config
from hotfolderd.errors import ConfigError

log = logging.getLogger(__name__)
_LOOK_S = 1.0
_Mark = tuple[int, int, int] | None


class SettingsFile:
    """A configuration, and the file that it is read from by `load`. `clock` is monotonic, in seconds.

    `is_read_again`: the file has changed, and is read at the next look if it is still then.

    A root is taken once, with its lock: another `root` in the file needs another start.
    """

    def __init__(
        self, path: Path, load: Callable[[], Config], config: Config, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path.resolve()
        self._load = load
        self._config = config
        self._clock = clock
        self._look_at = 0.0
        self._read = self._marks()
        self._last = self._read
        self.note = ""
        self.is_read_again = False

    def changed(self) -> Config | None:
        """The configuration if it is another than before; to be asked each round, it looks once a second.

        A file is read when it was the same at two looks: one that is just being written is not read half.
        """
        now = self._clock()
        if now < self._look_at:
            return None
        self._look_at = now + _LOOK_S
        marks = self._marks()
        still, self._last = marks == self._last, marks
        self.is_read_again = not still
        if not still or marks == self._read:
            return None
        self._read = marks
        return self._read_anew()

    def _read_anew(self) -> Config | None:
        try:
            found = self._load()
        except ConfigError as error:
            self._say(f"The changed configuration is not taken, the one before holds: {error}")
            return None
        if found.root != self._config.root:
            self._say(
                f"`root` is now {found.root}: that is taken when the daemon is started again. All else is as set."
            )
            found = found.model_copy(update={"root": self._config.root})
        else:
            self.note = ""
        if found == self._config:
            return None
        self._config = found
        return found

    def _say(self, note: str) -> None:
        self.note = note
        log.warning("%s", note)

    def _marks(self) -> list[_Mark]:
        addresses = self._config.notify.urls_file
        return [_mark(self._path), _mark(self._path.parent / addresses) if addresses else None]


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
