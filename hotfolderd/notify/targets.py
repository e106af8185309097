"""Where messages go: an address of apprise, or `messages.txt` in the root where there is none.

Writes `messages.txt` and `messages.1.txt`, and talks to the network; called from threads of the postman only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any, Protocol

from hotfolderd.disk import append_line, replace
from hotfolderd.notify.outbox import Message
from hotfolderd.root import Root

MESSAGES = "messages.txt"
_OLDER = "messages.1.txt"
_MESSAGES_BYTES = 5 * 1024 * 1024


class Target(Protocol):
    """Somebody who gets every message.

    `name` is part of a file's name and holds nothing secret; `label` is what people call it.
    """

    name: str
    label: str

    def send(self, message: Message) -> str:
        """Send a message; why that failed, or nothing. May raise anything and may take for ever."""


class MessagesFile:
    """`messages.txt` in the root; what is longer than 5 MiB becomes `messages.1.txt`. See `Target`."""

    def __init__(self, root: Root) -> None:
        self.name = "messages"
        self.label = MESSAGES
        self._path = root.path / MESSAGES
        self._older = root.path / _OLDER

    def send(self, message: Message) -> str:
        """See `Target`. It lies on the disk when this returns."""
        self.write(message, message.title)
        return ""

    def write(self, message: Message, title: str) -> None:
        """Add a message under a title, durably. Raises OSError."""
        if os.path.lexists(self._path) and self._path.lstat().st_size >= _MESSAGES_BYTES:
            replace(self._path, self._older)
        append_line(self._path, "\n    ".join([f"{message.at}  {title}", *message.body.splitlines()]))
        handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Address:
    """One address of `notify.urls`, of which it has the `number` (from 1). See `Target`."""

    def __init__(self, url: str, number: int) -> None:
        # Slow on purpose: the name lies where others can read it, and a password must not be guessed from it.
        self.name = hashlib.pbkdf2_hmac("sha256", url.encode(), b"hotfolderd", 100_000).hex()[:16]
        self.label = f"notify.urls, address {number}"
        self._url = url
        self._service: Any = None

    def send(self, message: Message) -> str:
        """See `Target`."""
        if self._service is None:
            import apprise  # noqa: PLC0415  it loads every plug-in, 45 MiB: only where there is somebody to tell

            # Without a time limit of its own apprise works in this thread: its pool would keep the process from ending.
            asset = apprise.AppriseAsset(service_timeout=0, result_log_disk_size=0)
            plugin = apprise.Apprise.instantiate(self._url, asset=asset)
            if plugin is None:
                return "apprise does not understand it"
            self._service = apprise.Apprise(asset=asset)
            self._service.add(plugin)
        sent = self._service.notify(title=message.title, body=message.body or message.title, body_format="text")
        return "" if sent else "it is not reached or refuses"


def targets_of(root: Root, urls: Sequence[str]) -> list[Target]:
    """Everybody who gets every message: each address once, or the file."""
    targets: dict[str, Target] = {}
    for number, url in enumerate(urls, 1):
        address = Address(url, number)
        targets.setdefault(address.name, address)
    return list(targets.values()) or [MessagesFile(root)]
