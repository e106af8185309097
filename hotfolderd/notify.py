"""Telling people: messages are files in an outbox, sent by a thread of their own, at least once.

Writes `.hotfolderd/outbox/`, and `messages.txt` in the root where no address is configured. The line never waits for
a message and never fails because of one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from hotfolderd.disk import append_line, write_atomic
from hotfolderd.records import Job
from hotfolderd.root import Root

log = logging.getLogger(__name__)
MESSAGES = "messages.txt"
_NAME_LENGTH = 200


class Notices:
    """Puts messages into the outbox. See `Postman` for sending them."""

    def __init__(self, root: Root, now: Callable[[], datetime]) -> None:
        self._outbox = root.private / "outbox"
        self._outbox.mkdir(parents=True, exist_ok=True)
        self._now = now
        self.posted = threading.Event()

    def tell(self, event: str, job: Job | None, title: str, body: str = "") -> None:
        """Queue one message. The same message about the same round of a job is queued once."""
        about = [event, title, body, job.uid if job else "", job.decisions if job else 0, job.since if job else ""]
        key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
        at = self._now().isoformat(timespec="seconds")
        line = harmless(title.replace("\n", " "))
        message = {"key": key, "at": at, "event": event, "title": line, "body": harmless(body, 4000)}
        write_atomic(self._outbox / f"{key}.json", json.dumps(message), durable=False)
        self.posted.set()


class Postman(threading.Thread):
    """Sends what lies in the outbox: through apprise to `urls`, or into `messages.txt` where there is none."""

    def __init__(self, root: Root, notices: Notices, urls: Sequence[str], *, retry_s: float = 30.0) -> None:
        super().__init__(name="postman", daemon=True)
        self._root = root
        self._outbox = root.private / "outbox"
        self._notices = notices
        self._urls = tuple(urls)
        self._retry_s = retry_s
        self._ending = threading.Event()

    def run(self) -> None:
        """Send until told to stop; what could not be sent waits for the next round."""
        while not self._ending.is_set():
            self._notices.posted.clear()
            sent_all = self.send_waiting()
            self._notices.posted.wait(timeout=None if sent_all else self._retry_s)

    def stop(self, wait_s: float = 5.0) -> None:
        """Send what is waiting, as far as that is quick, and end."""
        self._ending.set()
        self._notices.posted.set()
        self.join(wait_s)
        self.send_waiting()

    def send_waiting(self) -> bool:
        """Send every message in the outbox, oldest first; False if one could not be sent."""
        messages = sorted(self._outbox.glob("[!.]*.json"), key=_age)
        all_sent = True
        for path in messages:
            try:
                message = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
            if self._send(message):
                path.unlink(missing_ok=True)
            else:
                all_sent = False
        return all_sent

    def _send(self, message: dict[str, str]) -> bool:
        if not self._urls:
            return self._keep(message)
        try:
            import apprise  # noqa: PLC0415  it loads every plug-in, 45 MiB: only where there is somebody to tell

            logging.getLogger("apprise").setLevel(logging.WARNING)
            service = apprise.Apprise()
            understood = [service.add(url) for url in self._urls]
            if not all(understood):
                log.error("notify.urls: %d addresses are not understood", understood.count(False))
            return bool(service.notify(title=message["title"], body=message["body"] or message["title"]))
        except Exception as error:  # noqa: BLE001  whatever a foreign plug-in raises must not end the telling
            log.warning("a message could not be sent (%s); it is tried again", type(error).__name__)
            return False

    def _keep(self, message: dict[str, str]) -> bool:
        lines = message["body"].splitlines()
        try:
            append_line(self._root.path / MESSAGES, "\n    ".join([f"{message['at']}  {message['title']}", *lines]))
        except OSError as error:
            log.warning("%s: %s", MESSAGES, error)
            return False
        return True


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def harmless(text: str, length: int = _NAME_LENGTH) -> str:
    """A text that cannot call people or break a line in a chat: no mentions, no control characters, limited length."""
    clean = "".join(c if c == "\n" or c.isprintable() else " " for c in text).replace("@", "@\u200b")
    return clean if len(clean) <= length else clean[: length - 1] + "…"
