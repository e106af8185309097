"""Folders watched on Linux, through one inotify reader of watchdog: one thread, however many folders.

watchdog's `Observer` is not used here: it starts a thread for each watched folder, does not tell its handlers of lost
events and of the system's limit, and holds back whatever follows a move out of a watched folder for half a second.
Reads the folders of the inbox, which is watched with all that is below it. Writes nothing.
"""

from __future__ import annotations

import errno
import itertools
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from hotfolderd.root import Root
from hotfolderd.watcher.native import OF_OURS, Tell, canary_folder, line_folders

_IN = InotifyConstants
_ENTRIES = _IN.IN_CREATE | _IN.IN_DELETE | _IN.IN_MOVED_FROM | _IN.IN_MOVED_TO
_ITSELF = _IN.IN_DELETE_SELF | _IN.IN_MOVE_SELF | _IN.IN_ONLYDIR | _IN.IN_MASK_ADD
_PLACE = _ENTRIES | _ITSELF
# Not IN_MODIFY: a large copy would ring thousands of times, and its end is told as a close.
_INBOX = _PLACE | _IN.IN_CLOSE_WRITE
_BELOW_INBOX = _ENTRIES | _IN.IN_CLOSE_WRITE | _IN.IN_ONLYDIR | _IN.IN_MASK_ADD | _IN.IN_DONT_FOLLOW
_JOB = _BELOW_INBOX | _IN.IN_MODIFY
_FOLDER_TURNED = _IN.IN_CREATE | _IN.IN_MOVED_FROM | _IN.IN_MOVED_TO
_OF_OURS = tuple(map(os.fsencode, OF_OURS))
_MOST_BELOW_INBOX = 2000
_MOST_SINGLY = 20
_NO_WATCH = WatchDescriptor(-1)
_NO_ID = CallbackId(0)
_GONE = (FileNotFoundError, NotADirectoryError)


@dataclass(eq=False, slots=True)
class _Watch:
    """One watched folder, as the reader calls it. `ring`: the folder that is told of when something changes in it.

    Paths are kept as texts: there is a watch for each job, and a `Path` takes five times as much memory.
    """

    place: Inotify
    book: dict[str, _Watch]
    path: str
    ring: str
    identity: tuple[int, int] | None = None
    id_: CallbackId = _NO_ID
    wd: WatchDescriptor = _NO_WATCH

    def on_event(self, event: InotifyEvent) -> None:
        """See `WatchCallback`."""
        self.place.changed(self, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:  # noqa: ARG002  watchdog names it
        """See `WatchCallback`."""
        self.place.ended(self)

    def on_queue_overflow(self) -> None:
        """See `WatchCallback`."""
        self.place.overflowed(self)


class Inotify:
    """See `Native`. Of the folders below the inbox at most 2,000 are watched."""

    def __init__(self, root: Root, tell: Tell) -> None:
        self._inbox = str(root.inbox)
        self._tell_of = tell
        self._places = {str(folder): _PLACE for folder in line_folders(root)}
        self._places |= {self._inbox: _INBOX, str(canary_folder(root)): _INBOX}
        self._lock = threading.Lock()  # the books: changed by the daemon, and by the reader when a folder is gone
        self._watched: dict[str, _Watch] = {}
        self._below_inbox: dict[str, _Watch] = {}
        self._attended: dict[str, _Watch] = {}
        self._turned: deque[str] = deque()
        self._lost: deque[str] = deque()
        self._limited = False
        self._stopping = False
        self._ids = itertools.count(1)
        self._reader = InotifyFD()
        self._reader.start()
        try:
            self.tend()
        except OSError:
            self.stop()
            raise

    def alive(self) -> bool:
        """See `Native`."""
        return self._reader.is_alive()

    def tend(self) -> None:
        """See `Native`."""
        for path, mask in self._places.items():
            identity = _identity(path)
            watch = self._watched.get(path)
            if identity == (watch.identity if watch else None):
                continue
            self._drop(self._watched, path)
            if identity is not None:
                with suppress(*_GONE):
                    self._add(_Watch(self, self._watched, path, path, identity), mask)
            if path == self._inbox:
                self._turned.append(path)
            self._tell(path)
        if self._turned:
            self._follow_inbox()

    def attend(self, folder: Path) -> None:
        """See `Native`."""
        path = sys.intern(str(folder))  # the one that the watcher and the seat of the job have
        try:
            self._add(_Watch(self, self._attended, path, path), _JOB)
        except _GONE:
            self._drop(self._attended, path)

    def leave(self, folder: Path) -> None:
        """See `Native`."""
        self._drop(self._attended, str(folder))

    def lost(self) -> list[Path]:
        """See `Native`."""
        return [Path(path) for path in _taken(self._lost)]

    def limited(self) -> bool:
        """See `Native`."""
        return self._limited

    def retry(self) -> None:
        """See `Native`."""
        if self._limited:
            self._turned.append(self._inbox)
            self.tend()

    def stop(self) -> None:
        """See `Native`."""
        self._stopping = True
        self._reader.stop()  # also if its thread has ended: the system still counts its watches
        self._reader.join(5)

    # Called by the reader's thread: nothing here may wait, or look at the disk.

    def changed(self, watch: _Watch, event: InotifyEvent) -> None:
        """Something happened in a folder, or to it."""
        if watch.book is self._attended and event.name.startswith(_OF_OURS):
            return
        if watch.ring == self._inbox and event.mask & _IN.IN_ISDIR and event.mask & _FOLDER_TURNED:
            self._turned.append(f"{watch.path}/{os.fsdecode(event.name)}")
        self._tell(watch.ring)

    def ended(self, watch: _Watch) -> None:
        """A folder is gone, or its file system; of the watch nothing is left."""
        with self._lock:
            if self._stopping or watch.book.get(watch.path) is not watch:
                return
            del watch.book[watch.path]
        if watch.book is self._attended:
            self._lost.append(watch.path)
        self._tell(watch.ring)

    def overflowed(self, watch: _Watch) -> None:
        """Events were lost. Every watch is told; those of the line pass it on."""
        if watch.book is self._watched:
            self._turned.append(self._inbox)
            self._tell_of(None)

    def _tell(self, path: str) -> None:
        self._tell_of(Path(path))

    def _add(self, watch: _Watch, mask: int) -> None:
        """Watch a folder, in place of what was watched under its path. Raises OSError."""
        watch.id_ = CallbackId(next(self._ids))
        with self._lock:
            watch.wd = self._reader.add_callback(os.fsencode(watch.path), Mask(mask), watch, watch.id_)
            before = watch.book.get(watch.path)
            watch.book[watch.path] = watch
        if before is not None:
            self._reader.remove_callbacks([(before.wd, before.id_)])
        if watch.wd == _NO_WATCH:  # watchdog 7.1 is silent about a folder that may not be read
            self._drop(watch.book, watch.path)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), watch.path)

    def _drop(self, book: dict[str, _Watch], path: str) -> None:
        with self._lock:
            watch = book.pop(path, None)
        if watch is not None:
            self._reader.remove_callbacks([(watch.wd, watch.id_)])

    def _follow_inbox(self) -> None:
        """Watch the folders that came into the inbox, and no longer those that went."""
        turned = set(_taken(self._turned))
        if len(turned) > _MOST_SINGLY or self._inbox in turned:
            turned = {self._inbox}
        for path in turned:
            for known in [known for known in self._below_inbox if f"{known}/".startswith(f"{path}/")]:
                self._drop(self._below_inbox, known)
        self._limited = False
        for path in turned:
            self._watch_below(path)
        self._tell(self._inbox)

    def _watch_below(self, top: str) -> None:
        """Each folder is watched before it is listed, so that none slips in between."""
        waiting = [top]
        while waiting and len(self._below_inbox) < _MOST_BELOW_INBOX:
            path = waiting.pop()
            try:
                if path != self._inbox:
                    self._add(_Watch(self, self._below_inbox, path, self._inbox), _BELOW_INBOX)
                with os.scandir(path) as entries:
                    waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            except (*_GONE, PermissionError):
                continue
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                self._limited = True
                return


def _identity(path: str) -> tuple[int, int] | None:
    """What a folder is known by; None for one that is not there."""
    with suppress(*_GONE):
        seen = os.stat(path)  # noqa: PTH116  see `_Watch`
        return seen.st_dev, seen.st_ino
    return None


def _taken(things: deque[str]) -> Iterator[str]:
    """What another thread has put there, taken out."""
    while things:
        yield things.popleft()
