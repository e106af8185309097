"""The configuration of a daemon: read in a process of its own, and read anew when its file has changed and is still.

Looks at the file; writes nothing. A file that is wrong, or that changes what cannot change at run time, leaves the
configuration as it is; `note` says so.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.errors import ConfigError
from hotfolderd.runtime import Runtime

log = logging.getLogger(__name__)
_LOOK_S = 1.0
_PATIENCE_S = 60.0
_Mark = tuple[int, int, int] | None


class Reading:
    """A configuration that another process has begun to read and check: it needs more memory than this one shall keep.

    `root` and `file` are as `load_config` takes them; `keep` is a root that is worked on whatever the file says. Raises
    ConfigError.
    """

    def __init__(self, root: Path | None, file: Path | None, *, keep: Path | None = None) -> None:
        places = json.dumps([None if one is None else os.fspath(one) for one in (root, file, keep)])
        argv = [sys.executable, "-P", "-m", "hotfolderd.config", places]
        # It finds the program where this process has found it, and nothing in the folder that both are started in.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise _unread(error.strerror or str(error)) from error

    def result(self) -> Runtime:
        """The settings. Raises ConfigError with every fault and its line."""
        with self._process as process:
            try:
                answer, _ = process.communicate(timeout=_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise _unread(f"that takes longer than {_PATIENCE_S:.0f} s") from None
        if process.returncode != 0:
            raise _unread(f"the process for that has ended with {process.returncode}")
        found: Runtime | str = pickle.loads(answer)  # noqa: S301  of our own process
        if isinstance(found, str):
            raise ConfigError(found)
        return found


def _unread(why: str) -> ConfigError:
    return ConfigError(f"the configuration cannot be read: {why}. Look at the system's log and its limits.")


class SettingsFile:
    """A configuration, and the file that it is read from by `load`. `clock` is monotonic, in seconds.

    `is_read_again`: the file has changed, and is read at the next look if it is still then.

    `load` is handed the root that is worked on: it is taken once, with its lock, and another `root` in the file needs
    another start.
    """

    def __init__(
        self,
        path: Path,
        load: Callable[[Path], Runtime],
        config: Runtime,
        clock: Callable[[], float] = time.monotonic,
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

    def changed(self) -> Runtime | None:
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

    def _read_anew(self) -> Runtime | None:
        try:
            found = self._load(self._config.root)
        except ConfigError as error:
            self._say(f"The changed configuration is not taken, the one before holds: {error}")
            return None
        if found.asked_root != found.root:
            self._say(
                f"`root` is now {found.asked_root}: that is taken when the daemon is started again. All else is as set."
            )
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
