"""The whole root watched at once, through watchdog's `Observer`: for macOS, whose FSEvents tell of a tree by nature.

Keeps nothing but the names of the attended folders; of the thousands of changes below a root it tells those in watched
folders. Reads and writes nothing. Not for Linux, where an `Observer` adds a watch for each folder below the root.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from watchdog import events
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from hotfolderd.root import Root
from hotfolderd.watcher.native import OF_OURS, Tell, canary_folder, line_folders

# Not those of opening and of closing unwritten: they are as many as reads, and tell nothing.
_EVENTS: list[type[FileSystemEvent]] = [
    events.DirCreatedEvent,
    events.DirDeletedEvent,
    events.DirMovedEvent,
    events.FileClosedEvent,
    events.FileCreatedEvent,
    events.FileDeletedEvent,
    events.FileModifiedEvent,
    events.FileMovedEvent,
]


class Tree(FileSystemEventHandler):
    """See `Native`. Every folder is attended for nothing, so no limit is ever reached."""

    def __init__(self, root: Root, tell: Tell) -> None:
        self._root = root.path
        self._real = os.path.realpath(root.path)
        self._tell = tell
        self._inbox = root.inbox
        self._inbox_name = self._name_of(root.inbox)
        places = [root.inbox, canary_folder(root), *line_folders(root)]
        self._watched = {self._name_of(path): path for path in places}
        self._attended: dict[str, Path] = {}
        self._observer = Observer()
        self._observer.schedule(self, self._real, recursive=True, event_filter=_EVENTS)
        self._observer.start()

    def alive(self) -> bool:
        """See `Native`."""
        emitters = self._observer.emitters
        return self._observer.is_alive() and bool(emitters) and all(emitter.is_alive() for emitter in emitters)

    def tend(self) -> None:
        """See `Native`. A folder that comes anew is told of under its name."""

    def attend(self, folder: Path) -> None:
        """See `Native`."""
        self._attended[self._name_of(folder)] = folder

    def leave(self, folder: Path) -> None:
        """See `Native`."""
        self._attended.pop(self._name_of(folder), None)

    def lost(self) -> list[Path]:
        """See `Native`. A watched name cannot be lost."""
        return []

    def limited(self) -> bool:
        """See `Native`."""
        return False

    def retry(self) -> None:
        """See `Native`."""

    def stop(self) -> None:
        """See `Native`."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(5)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell the watched folders in which something came, went or changed."""
        for place in (event.src_path, event.dest_path):
            path = os.fsdecode(place)
            if not path.startswith(self._real + os.sep):
                continue
            name = _normal(path[len(self._real) + 1 :])
            folder, _, entry = name.rpartition(os.sep)
            told = self._watched.get(name) or self._watched.get(folder)
            if told is None and not entry.startswith(OF_OURS):
                told = self._attended.get(folder)
            if told is None and name.startswith(self._inbox_name + os.sep):
                told = self._inbox
            if told is not None:
                self._tell(told)

    def _name_of(self, folder: Path) -> str:
        return _normal(str(folder.relative_to(self._root)))


def _normal(name: str) -> str:
    """One spelling for a name, however its accents are stored."""
    return unicodedata.normalize("NFC", name)
