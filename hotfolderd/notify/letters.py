"""Letters: what a target is sent, made of one message, or of several that are told together.

Looks at the disk for what is shown: whether the file to write is still there, and the picture. Writes nothing.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from urllib.parse import quote

from hotfolderd.notify.message import Message
from hotfolderd.notify.wording import harmless, harmless_title
from hotfolderd.root import Root

_MOST_LISTED = 40
_PATH_LENGTH = 500
_PICTURE = re.compile(r".*\.(png|jpe?g|gif)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. `at`: when it was queued. `pictures`: files that were there a moment ago."""

    at: str
    title: str
    body: str
    pictures: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What letters are written with: `base_url` is where a browser finds the root, "" for nowhere.

    `zone`: of the times that people read; None is that of the machine.
    """

    root: Root
    base_url: str = ""
    picture_max_mib: float = 5.0
    zone: tzinfo | None = None

    def letter(self, messages: Sequence[Message]) -> Letter:
        """The letter for messages of one group."""
        messages = sorted(messages, key=lambda message: message.job)
        if len(messages) == 1:
            one = messages[0]
            gone = one.row.kind == "ask" and one.where and not os.path.lexists(one.where)
            title = f"{one.title} (answered already)" if gone else one.title
            return Letter(one.at, title, self._body(one), self._pictures(messages))
        first = messages[0]
        clients = {message.client for message in messages}
        known = {
            "count": str(len(messages)),
            "for_client": f" for {first.client}" if len(clients) == 1 and first.client else "",
            "said": first.note,
        }
        if len({message.note for message in messages}) > 1:
            known["said"] = "see below"
        title = harmless_title(first.row.many.format_map(known))
        return Letter(first.at, title, self._list(messages), self._pictures(messages))

    def _body(self, message: Message) -> str:
        lines = [
            message.body,
            _line("Why", message.why),
            _line("Who", message.who),
            _line("Until", self._time(message.until, " (then a reminder comes)")),
            *self._places(message),
        ]
        return "\n".join(line for line in lines if line)

    def _places(self, message: Message) -> list[str]:
        """Where to look and what to write: paths, and links where the root can be opened in a browser."""
        lines = [_line("Open", self._link(message.page or message.where))]
        if message.page:
            lines.append(_line("Look at", harmless(message.page, _PATH_LENGTH)))
        if message.where:
            known = "Write in" if message.row.kind == "ask" else "Folder"
            lines.append(_line(known, harmless(message.where, _PATH_LENGTH)))
        return lines

    def _list(self, messages: Sequence[Message]) -> str:
        first = messages[0]
        soonest = min((message.until for message in messages if message.until), default="")
        lines = [
            first.body if first.row.kind == "ask" else "",
            _line("Who", first.who),
            _line("Until", self._time(soonest, " (then a reminder comes)")),
        ]
        for message in messages[:_MOST_LISTED]:
            gone = first.row.kind == "ask" and message.where and not os.path.lexists(message.where)
            note = "answered already" if gone else message.note
            lines.append(f"- {harmless_title(message.job)}{f': {note}' if note else ''}")
            link = self._link(message.page)
            lines += [f"  {link}"] if link else []
        if len(messages) > _MOST_LISTED:
            lines.append(f"- and {len(messages) - _MOST_LISTED} more")
        lines.append(_line("Batch", harmless_title(first.batch)))
        if first.row.kind == "ask" and first.where:
            lines.append(_line("Folder", harmless(str(Path(first.where).parent.parent), _PATH_LENGTH)))
        elif first.where:
            lines.append(_line("Folder", harmless(str(Path(first.where).parent), _PATH_LENGTH)))
        dashboard = self.root.path / "dashboard.html"
        lines += [_line("All of it", harmless(str(dashboard), _PATH_LENGTH)), _line("Open", self._link(str(dashboard)))]
        return "\n".join(line for line in lines if line)

    def _link(self, path: str) -> str:
        """The address of a path below the root; nothing where there is none. It holds no sign that could do harm."""
        try:
            inside = Path(path).relative_to(self.root.path) if self.base_url and path else None
        except ValueError:
            return ""
        if inside is None:
            return ""
        return f"{self.base_url.rstrip('/')}/{quote(os.fsencode(inside), safe='/')}"

    def _time(self, at: str, then: str) -> str:
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%a %d %b %H:%M}{then}" if at else ""

    def _pictures(self, messages: Sequence[Message]) -> tuple[Path, ...]:
        """As many of the pictures of these messages as their row allows."""
        found = (picture for message in messages if (picture := self._picture(message)))
        return tuple(itertools.islice(found, messages[0].row.pictures))

    def _picture(self, message: Message) -> Path | None:
        """The picture of a message, wherever its job stands by now; None where it is gone, too large, or none of ours.

        A link is not followed: what it leads to may be nobody's business.
        """
        if not message.picture or not message.job or not _PICTURE.fullmatch(message.picture):
            return None
        found = self.root.find_job(message.job)
        path = found[1] / message.picture if found else None
        if path is None or ".." in path.parts:
            return None
        try:
            seen = path.lstat()
            inside = path.parent.resolve().is_relative_to(self.root.path.resolve())
        except OSError:
            return None
        good = stat.S_ISREG(seen.st_mode) and 0 < seen.st_size <= self.picture_max_mib * 2**20
        return path if good and inside else None


def _line(name: str, text: str) -> str:
    return f"{name}: {text}" if text else ""
