"""The tray: the files that people write into job folders, each read when it is still, and once for each content.

Reads them; writes nothing. A file is known by the names of its job and its own, so that it stays known when its folder
moves. What is kept in memory is small, since it is kept for each of many thousand jobs.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from hotfolderd.engine.settle import Stillness, packed
from hotfolderd.review.reading import Written, fingerprint, read_written


class Tray:
    """What is known of people's files. `settle_s`: how long one must be still before it is read.

    `soonest_s` is how soon one of those that were asked for since it was last set to None may be read.
    """

    def __init__(self, stillness: Stillness, settle_s: float) -> None:
        self._stillness = stillness
        self._settle_s = settle_s
        self._read: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self.soonest_s: float | None = None

    def due_s(self, path: Path, *, patience: float = 1.0) -> float | None:
        """Seconds until a file may be read; 0 when it may be now, None where there is nothing new to read."""
        mark = fingerprint(path)
        if mark is None:
            self._stillness.forget(_key(path))
            self.unread(path)
            return None
        if self._read[path.name].get(path.parent.name) == packed(mark):
            self._stillness.forget(_key(path))
            return None
        return self._wait(_key(path), mark, patience)

    def absent_s(self, path: Path) -> float | None:
        """Seconds until a file has been gone for long enough to be missed; None where it is there."""
        absence = f"{_key(path)} is gone"
        if os.path.lexists(path):
            self._stillness.forget(absence)
            return None
        return self._wait(absence, None)

    def _wait(self, key: str, mark: tuple[int, ...] | None, patience: float = 1.0) -> float:
        wait = max(0.0, self._settle_s * patience - self._stillness.still_for(key, mark))
        if wait:
            self.soonest_s = wait if self.soonest_s is None else min(wait, self.soonest_s)
        return wait

    def read(self, path: Path) -> Written:
        """A file as it is now. Raises SidecarRefusedError, once, for one that cannot be read."""
        mark = fingerprint(path)
        if mark is not None:  # also of what cannot be read: that is refused once, not each round
            self._note(path, mark)
        written = read_written(path)
        self._note(path, written.fingerprint)
        return written

    def is_whole(self, path: Path, written: Written, *, patience: float) -> bool:
        """Whether a file that was read has been still for `patience` times as long as others; else it is read again."""
        self.unread(path)
        if self.due_s(path, patience=patience) != 0.0:
            return False
        self._note(path, written.fingerprint)
        return True

    def _note(self, path: Path, mark: Iterable[int]) -> None:
        self._read[path.name][path.parent.name] = packed(mark)

    def unread(self, path: Path) -> None:
        """A file is to be read again."""
        self._read[path.name].pop(path.parent.name, None)

    def unread_all(self, folder: Path) -> None:
        """What lies in a job folder is to be read again though it has not changed: the first reading came to no end."""
        for marks in self._read.values():
            marks.pop(folder.name, None)

    def dealt_with(self, path: Path) -> None:
        """A file was read, or put away: how long it has been still matters no more."""
        self._stillness.forget(_key(path))

    def forget(self, job: str) -> None:
        """A job is gone: so is what is known of its files."""
        self.unread_all(Path(job))
        self._stillness.forget_all(f"{job}/")


def _key(path: Path) -> str:
    """A name for a job's file that stays when the folder moves."""
    return f"{path.parent.name}/{path.name}"
