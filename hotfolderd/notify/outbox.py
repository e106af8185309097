"""The outbox: a file for each message, and what is known of where it has been sent.

    .hotfolderd/outbox/<key>.json     a message that somebody has yet to get
    .hotfolderd/sent/<key>            it was sent to everybody
    .hotfolderd/sent/<key>.<target>   it was sent to one of several
    .hotfolderd/dead/                 what nobody could be sent, and what is no message

Reads and writes these folders only, and sends nothing.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import logging
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from hotfolderd.disk import make_folder, remove_file, remove_temporary, rename_new, replace, write_atomic
from hotfolderd.notify.message import NOTHING, About, Message, message_of, read_message
from hotfolderd.records import Job
from hotfolderd.root import Root

log = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{16}\.json")
_MOST_BYTES = 1 << 20
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class Outbox:
    """The folders of the outbox. All methods raise OSError."""

    def __init__(self, root: Root) -> None:
        self._private = root.private
        self._waiting = root.private / "outbox"
        self._sent = root.private / "sent"
        self._dead = root.private / "dead"

    def make(self) -> None:
        """Make the folders that are missing; never the root, which may be a share that is away."""
        if not self._private.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._private))
        for folder in (self._waiting, self._sent, self._dead):
            make_folder(folder)

    def knows(self, key: str) -> bool:
        """Whether a message waits, was sent or was given up; looked for in the order in which it travels."""
        places = (self._path(key), self._sent / key, self._dead / f"{key}.json")
        return any(os.path.lexists(path) for path in places)

    def keep(self, message: Message) -> None:
        """Put a message into the outbox, durably."""
        self.make()
        write_atomic(self._path(message.key), json.dumps(dataclasses.asdict(message)))

    def keys(self) -> dict[str, int]:
        """The messages that wait, with the time (in ns) at which each was written; what is none goes to `dead`."""
        found: dict[str, int] = {}
        with os.scandir(self._waiting) as entries:
            names = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in names:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                found[entry.name.removesuffix(".json")] = entry.stat().st_mtime_ns
            else:
                self._set_aside(Path(entry.path), "it is no message of ours")
        return found

    def read(self, key: str) -> Message | None:
        """A message that waits; None where it is gone. One that cannot be read goes to `dead`."""
        path = self._path(key)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as stream:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise ValueError("it is not a plain file")
                return read_message(key, stream.read(_MOST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, RecursionError) as error:
            if isinstance(error, OSError) and error.errno in _PASSING:
                raise
            self._set_aside(path, str(error) or type(error).__name__)
            return None

    def waits(self, key: str) -> bool:
        """Whether a message still lies there: people may have taken it away."""
        return os.path.lexists(self._path(key))

    def has_got(self, key: str, target: str) -> bool:
        """Whether a target has got a message."""
        return os.path.lexists(self._sent / key) or os.path.lexists(self._sent / f"{key}.{target}")

    def mark(self, key: str, target: str) -> None:
        """Note durably that one of several targets has got a message."""
        write_atomic(self._sent / f"{key}.{target}", "")

    def done(self, key: str, targets: Iterable[str]) -> None:
        """Note durably that everybody has got a message, and take it out of the outbox."""
        write_atomic(self._sent / key, "")
        self._clear(key, targets)

    def give_up(self, key: str, targets: Iterable[str]) -> None:
        """Put a message away as one that could not be sent."""
        if os.path.lexists(self._path(key)):
            replace(self._path(key), self._dead / f"{key}.json")
        self._clear(key, targets)

    def tidy(self) -> None:
        """Remove what writing left when a process was killed; only while nobody writes."""
        for folder in (self._waiting, self._sent):
            remove_temporary(folder)

    def forget(self, before: float) -> None:
        """Remove the marks of what was sent before a time (seconds since 1970)."""
        with os.scandir(self._sent) as entries:
            old = [entry.path for entry in entries if entry.stat(follow_symlinks=False).st_mtime < before]
        for path in old:
            remove_file(Path(path))

    def _path(self, key: str) -> Path:
        return self._waiting / f"{key}.json"

    def _clear(self, key: str, targets: Iterable[str]) -> None:
        for path in (self._path(key), *(self._sent / f"{key}.{target}" for target in targets)):
            remove_file(path)

    def _set_aside(self, path: Path, why: str) -> None:
        names = (f"{path.name}.unreadable", *(f"{path.name}.{number}.unreadable" for number in range(2, 1000)))
        place = next(self._dead / name for name in names if not os.path.lexists(self._dead / name))
        log.error("%s: cannot be sent (%s); it now lies in %s", path, why, place)
        rename_new(path, place)


class Notices:
    """Puts messages into the outbox. See `Postman` for sending them. `now`: the wall clock, with its zone.

    One at a time on a root. `posted` rings when there is a message, `told` counts them. `remind_after_h`: when those
    who must decide are reminded; nothing means never. `zone`: of the times that people read, None is the machine's.
    """

    def __init__(
        self,
        root: Root,
        now: Callable[[], datetime],
        *,
        remind_after_h: Sequence[float] = (),
        zone: tzinfo | None = None,
    ) -> None:
        self.now = now
        self.remind_after_h = tuple(remind_after_h)
        self.zone = zone
        self.outbox = Outbox(root)
        self.posted = threading.Event()
        self.told = 0
        self.outbox.make()
        self.outbox.tidy()

    def tell(
        self, event: str, job: Job | None, title: str = "", body: str = "", *, once: str = "", about: About = NOTHING
    ) -> None:
        """Keep one message durably until it is sent. Raises OSError if that is not possible: then it was not told.

        What is not given as `title` and `body` is said in the words of the matrix (`notify/matrix.py`).

        A message that waits, was sent (in the last 90 days) or was given up is not told again, so that who was killed
        after telling may tell again. It is known by the event, the job and `once`, which names the occasion; without
        `once` by its text and the round of the job.
        """
        occasion = [once] if once else [title, body, job.decisions if job else 0, job.since if job else ""]
        known = json.dumps([event, job.uid if job else "", *occasion])
        key = hashlib.sha256(known.encode()).hexdigest()[:16]
        if self.outbox.knows(key):
            return
        at = self.now().isoformat(timespec="seconds")
        self.outbox.keep(message_of(key, at, event, job, title, body, about))
        self.told += 1
        self.posted.set()

    def first_reminder(self, since: datetime) -> datetime | None:
        """When somebody who is asked since then is reminded first; None for never."""
        return since + timedelta(hours=self.remind_after_h[0]) if self.remind_after_h else None

    def clock_of(self, at: str) -> str:
        """A time of a record as people read it: `14:02`."""
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%H:%M}"
