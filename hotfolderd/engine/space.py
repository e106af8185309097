"""Room on the disk: below a limit no drop is taken in, until there is room again. Jobs under way go on.

Asks the file system; tells people when intake stops and when it goes on. Writes nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from hotfolderd.notify import Notices
from hotfolderd.root import Root

log = logging.getLogger(__name__)
# Intake goes on only when there is a tenth more than the limit, so that it does not stop and go with each file.
_MORE = 1.1


def free_mib(path: Path) -> float:
    """Free space of the file system of a path, in MiB."""
    return shutil.disk_usage(path).free / 2**20


class Space:
    """Watches the free space of a root. `least_mib` 0: never stops. `note` says for people why intake stands still."""

    def __init__(
        self, root: Root, notices: Notices, least_mib: float, *, free: Callable[[Path], float] = free_mib
    ) -> None:
        self._root = root
        self._notices = notices
        self._least_mib = least_mib
        self._free = free
        self.note = ""
        self._untold: tuple[str, str, str] | None = None

    def allows_intake(self) -> bool:
        """Whether there is room to take something in."""
        free = self._free(self._root.path)
        low = free < self._least_mib * (_MORE if self.note else 1.0)
        if low != bool(self.note):
            self._turn(free, low=low)
        self._tell()
        return not low

    def _turn(self, free: float, *, low: bool) -> None:
        note = (
            f"{self._root.path}: {free:.0f} MiB are free, less than the {self._least_mib:.0f} MiB of "
            "disk.min_free_mib. Nothing is taken in from 0-inbox until there is room. "
            "Free space, for example by deleting old deliveries."
        )
        self.note = note if low else ""
        log.warning("%s", note if low else "there is room on the disk again")
        title = "The disk is nearly full: the inbox waits" if low else "There is room again: the inbox goes on"
        self._untold = ("disk_low" if low else "disk_has_room", title, f"{free}")

    def _tell(self) -> None:
        if self._untold is None:
            return
        event, title, once = self._untold
        with contextlib.suppress(OSError):  # not even a message may find room: tried again, and `status` shows it
            self._notices.tell(event, None, title, self.note, once=once)
            self._untold = None
