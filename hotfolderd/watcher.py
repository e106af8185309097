"""Watching the root: every event only rings a bell; what happened is found out by looking.

One non-recursive watch for each folder of the line (a recursive one stalls past some thousand folders), and one
recursive watch on the inbox, which people keep small. Writes nothing.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from hotfolderd.pipeline import JOB_FOLDERS
from hotfolderd.root import Root

log = logging.getLogger(__name__)
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afpfs", "webdav", "fuse", "fuseblk", "fuse.sshfs"}


class _Bell(FileSystemEventHandler):
    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def on_any_event(self, event: FileSystemEvent) -> None:  # noqa: ARG002  watchdog names it
        self._ring()


class Watcher:
    """Rings when something changes below a root. `mode` as in the configuration."""

    def __init__(self, root: Root, ring: Callable[[], None], mode: str) -> None:
        self._root = root
        self._ring = ring
        polling = mode == "polling" or (mode == "auto" and is_network(root.path))
        self._observer = self._start(polling=polling)

    @property
    def kind(self) -> str:
        """`native` or `polling`."""
        return "polling" if isinstance(self._observer, PollingObserver) else "native"

    def check(self) -> None:
        """Replace a watcher that has died by one that polls. A missed event costs one rescan at most."""
        emitters = self._observer.emitters
        if self._observer.is_alive() and all(emitter.is_alive() for emitter in emitters):
            return
        log.warning("the watcher has stopped; changes are now found by polling")
        self._stop()
        self._observer = self._start(polling=True)

    def stop(self) -> None:
        """End watching."""
        self._stop()

    def _stop(self) -> None:
        # watchdog 7.1 reports as an error that an emitter reads its last events while it is stopped.
        logging.getLogger("watchdog").setLevel(logging.CRITICAL)
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(5)

    def _start(self, *, polling: bool) -> BaseObserver:
        if not polling:
            try:
                return self._schedule(Observer())
            except OSError as error:
                log.warning("native watching is not possible (%s); changes are found by polling", error)
        return self._schedule(PollingObserver())

    def _schedule(self, observer: BaseObserver) -> BaseObserver:
        bell = _Bell(self._ring)
        observer.schedule(bell, str(self._root.inbox), recursive=True, event_filter=_EVENTS)
        for folder in JOB_FOLDERS:
            observer.schedule(bell, str(self._root.path / folder), recursive=False, event_filter=_EVENTS)
        observer.start()
        return observer


def is_network(path: Path) -> bool:
    """Whether a path lies on a file system whose changes elsewhere send no events here. False where that is unknown."""
    if not sys.platform.startswith("linux"):
        return False
    best, kind = "", ""
    real = os.path.realpath(path)
    with Path("/proc/mounts").open(encoding="utf-8", errors="surrogateescape") as mounts:
        for line in mounts:
            _, place, name, *_ = line.split(" ")
            inside = real == place or real.startswith(place.rstrip("/") + "/")
            if inside and len(place) >= len(best):
                best, kind = place, name
    return kind in _NETWORK or kind.startswith("fuse.")
