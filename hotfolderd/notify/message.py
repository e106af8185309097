"""A message as a value: what people are told of one occasion, whom it concerns, what is to be shown with it. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hotfolderd.notify.matrix import Row, row_of
from hotfolderd.notify.wording import harmless_body, harmless_title
from hotfolderd.records import Job

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an occasion, for the words of its row in the matrix, and for what stands below them.

    `facts` fill in the row's texts. `why`: what led to it. `who` may decide; `deciders` is set where somebody must, and
    then nobody named means everybody. `until`: when the first reminder is due. `where`: the file to write, or the
    folder to look into; `page`: what to look at first. `stage`: the gate's name, else the folder. `note` stands behind
    the job's name in a list. `picture`: below the job's folder, in place of the row's. `more` stands below the body.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    who: tuple[str, ...] = ()
    deciders: bool = False
    until: datetime | None = None
    where: Path | None = None
    page: Path | None = None
    stage: str = ""
    note: str = ""
    picture: str = ""
    more: str = ""
    client: str = ""
    batch: str = ""
    level: int = 0


NOTHING = About()


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told, harmless wherever it is shown. `at`: when it was queued, ISO 8601 with its zone.

    `until` is ISO 8601 too, or empty. `people` are those whom it concerns, `*` for everybody who may decide; `level`
    counts reminders. The fields from `why` on may be missing in a file.
    """

    key: str
    at: str
    event: str
    title: str
    body: str
    why: str = ""
    who: str = ""
    until: str = ""
    where: str = ""
    page: str = ""
    picture: str = ""
    job: str = ""
    note: str = ""
    client: str = ""
    batch: str = ""
    stage: str = ""
    people: tuple[str, ...] = ()
    level: int = 0

    def age_s(self, now: datetime) -> float:
        """Seconds since it was queued."""
        return (now - datetime.fromisoformat(self.at)).total_seconds()

    @property
    def row(self) -> Row:
        """Its row of the matrix."""
        return row_of(self.event)

    @property
    def severity(self) -> str:
        """How grave it is. A reminder that has been repeated is a warning."""
        return "warning" if self.level > 1 else self.row.severity

    @property
    def group(self) -> str:
        """What it may be told together with; empty for a message that stands alone."""
        return json.dumps([self.event, self.batch]) if self.row.many and self.batch and self.job else ""


def message_of(key: str, at: str, event: str, job: Job | None, title: str, body: str, about: About) -> Message:
    """The message on an occasion: the words of its row, or those that were given, and what is known besides."""
    row = row_of(event)
    client = job.client if job else about.client
    known = {
        "job": job.job if job else "",
        "for_client": f" for {client}" if client else "",
        "project": job.project if job else "",
        **about.facts,
    }
    everybody = (EVERYBODY,) if about.deciders else ()
    body = body if title or body else row.body.format_map(known)
    return Message(
        key,
        at,
        event,
        harmless_title(title or row.title.format_map(known)),
        harmless_body("\n".join(text for text in (body, about.more) if text)),
        why=harmless_body(about.why),
        who=harmless_title(_names(about)),
        until=about.until.isoformat(timespec="seconds") if about.until else "",
        where=str(about.where or ""),
        page=str(about.page or ""),
        picture=about.picture or row.picture,
        job=job.job if job else "",
        note=harmless_title(about.note),
        client=client,
        batch=job.batch if job else about.batch,
        stage=about.stage,
        people=about.who or everybody,
        level=about.level,
    )


def _names(about: About) -> str:
    if not about.deciders:
        return ""
    return ", ".join(about.who) or "everybody who can write the file"


def read_message(key: str, data: bytes) -> Message:
    """The message that a file holds. Raises ValueError."""
    content = json.loads(data)
    if not isinstance(content, dict):
        raise TypeError("it is no message of ours")
    found: dict[str, Any] = {}
    for one in dataclasses.fields(Message):
        value = content.get(one.name, one.default)
        if one.name == "people" and isinstance(value, list) and all(isinstance(name, str) for name in value):
            value = tuple(value)
        wanted = {"people": tuple, "level": int}.get(one.name, str)
        if type(value) is not wanted:
            raise ValueError("it is no message of ours")
        found[one.name] = value
    message = Message(**found)
    if message.key != key or datetime.fromisoformat(message.at).tzinfo is None:
        raise ValueError("it is no message of ours")
    if message.until and datetime.fromisoformat(message.until).tzinfo is None:
        raise ValueError("it is no message of ours")
    return message
