"""Where messages go: an address of apprise, or `messages.txt` in the root where there is none.

Writes `messages.txt` and `messages.1.txt`, and talks to the network; called from threads of the postman only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hotfolderd.disk import append_lines, replace
from hotfolderd.notify.letters import Letter
from hotfolderd.root import Root

MESSAGES = "messages.txt"
_OLDER = "messages.1.txt"
_MESSAGES_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address of `notify.urls` and its tags (see `manners.hears`). The address is never shown."""

    url: str = field(repr=False)
    tags: tuple[str, ...] = ()


class Target(Protocol):
    """Somebody who gets messages.

    `name` is part of a file's name and holds nothing secret; `label` is what people call it. It hears what fits one of
    its `rules`, each the tags of one entry. `is_file`: it calls nobody, so it gets all at once and one by one.
    """

    name: str
    label: str
    rules: tuple[tuple[str, ...], ...]
    is_file: bool

    def send(self, letter: Letter) -> str:
        """Send a letter; why that failed, or nothing. May raise anything and may take for ever."""


class MessagesFile:
    """`messages.txt` in the root; what is longer than 5 MiB becomes `messages.1.txt`. See `Target`."""

    def __init__(self, root: Root) -> None:
        self.name = "messages"
        self.label = MESSAGES
        self.rules: tuple[tuple[str, ...], ...] = ((),)
        self.is_file = True
        self._path = root.path / MESSAGES
        self._older = root.path / _OLDER

    def send(self, letter: Letter) -> str:
        """See `Target`. It lies on the disk when this returns."""
        self.write(letter, letter.title)
        return ""

    def write(self, letter: Letter, title: str) -> None:
        """Add a letter under a title, durably. Raises OSError."""
        if os.path.lexists(self._path) and self._path.lstat().st_size >= _MESSAGES_BYTES:
            replace(self._path, self._older)
        append_lines(self._path, "\n    ".join([f"{letter.at}  {title}", *letter.body.splitlines()]))
        handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Address:
    """One address of `notify.urls`, of which it has the `number` (from 1). See `Target`."""

    def __init__(self, recipient: Recipient, number: int) -> None:
        # Slow on purpose: the name lies where others can read it, and a password must not be guessed from it.
        self.name = hashlib.pbkdf2_hmac("sha256", recipient.url.encode(), b"hotfolderd", 100_000).hex()[:16]
        self.label = f"notify.urls, address {number}"
        self.rules: tuple[tuple[str, ...], ...] = (recipient.tags,)
        self.is_file = False
        self._url = recipient.url
        self._service: Any = None
        self._plugin: Any = None

    def send(self, letter: Letter) -> str:
        """See `Target`. Pictures that are not taken must not lose the letter: then it goes without."""
        import apprise  # noqa: PLC0415  it loads every plug-in, 45 MiB: only where there is somebody to tell

        if self._service is None:
            # Without a time limit of its own apprise works in this thread: its pool would keep the process from ending.
            asset = apprise.AppriseAsset(service_timeout=0, result_log_disk_size=0)
            plugin = apprise.Apprise.instantiate(self._url, asset=asset)
            if plugin is None:
                return "apprise does not understand it"
            if hasattr(plugin, "inline"):  # mail
                plugin.inline = True
                plugin.request_rate_per_sec = 0  # `max_per_minute` is enough, and it counts across sendings
                if "format=" not in self._url:
                    plugin.notify_format = apprise.NotifyFormat.HTML  # only there a picture is seen at once
            self._plugin = plugin
            self._service = apprise.Apprise(asset=asset)
            self._service.add(plugin)
        if letter.pictures and self._plugin.attachment_support and self._tell(letter, with_pictures=True):
            return ""
        return "" if self._tell(letter, with_pictures=False) else "it is not reached or refuses"

    def _tell(self, letter: Letter, *, with_pictures: bool) -> bool:
        """Whether it has taken a letter. A picture may be gone by now: apprise says no then, and sends nothing."""
        attached = {}
        if with_pictures:
            from apprise.attachment.file import AttachFile  # noqa: PLC0415  as above; a path is no address to be read

            files = [AttachFile(str(path)) for path in letter.pictures]  # type: ignore[no-untyped-call]
            attached["attach"] = files
        body = letter.body or letter.title
        return bool(self._service.notify(title=letter.title, body=body, body_format="text", **attached))


def targets_of(root: Root, recipients: Sequence[Recipient | str]) -> list[Target]:
    """Everybody who gets messages: each address once, or the file."""
    targets: dict[str, Address] = {}
    for number, one in enumerate(recipients, 1):
        address = Address(Recipient(one) if isinstance(one, str) else one, number)
        known = targets.get(address.name)
        if known is None:
            targets[address.name] = address
        else:
            known.rules += address.rules
    return [*targets.values()] or [MessagesFile(root)]
