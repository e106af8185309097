"""Reminders and the daily digest: what is told by time alone.

Reads and writes `.hotfolderd/reminders.json` and `.hotfolderd/digest.json`. Each is noted with its words before it is
told, and told again under the same key after a crash: none is lost, and none is told twice.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from hotfolderd.disk import write_atomic
from hotfolderd.model import from_json
from hotfolderd.notify.message import About
from hotfolderd.notify.outbox import Notices
from hotfolderd.root import Root

log = logging.getLogger(__name__)
_LOOK_S = 30.0
# Looking who waits takes at most a ten-thousandth of the time, but is not put off for longer than this: what people are
# reminded of has waited for hours.
_LOOKING_SHARE, _PUT_OFF_MOST_S = 10_000, 600.0
_HOUR_S = 3600.0
_YOUNG = timedelta(days=7)
# Of a batch whose jobs arrive one after the other, what will be due within this part of the first wait is told too.
_TOGETHER = 0.25
_MOST_LISTED = 40
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Reminded:
    """`reminders.json`: which reminder of each waiting was the last, and what was told at `at`."""

    reminded: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    at: str = ""


@dataclass(frozen=True, slots=True)
class _Digested:
    """`digest.json`: of which day the last digest was, and its words."""

    day: str = ""
    told: dict[str, Any] | None = None
    at: str = ""


_Noted = TypeVar("_Noted", _Reminded, _Digested)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job that waits for a person. `since`: ISO 8601; `who` may decide, nobody named: everybody."""

    job: str
    uid: str
    client: str
    batch: str
    gate: str
    since: str
    sidecar: str
    who: tuple[str, ...] = ()

    @property
    def round(self) -> str:
        """What tells this waiting from every other."""
        return f"{self.uid} {self.gate} {self.since}"


class Reminders:
    """Reminds people of what waits for them, again and again until they decide. One message a gate and batch.

    The first after `Notices.remind_after_h[0]` hours, and so on; the last time is repeated. What was missed while
    nothing ran is told once, as the last that was due.
    """

    def __init__(self, root: Root, notices: Notices) -> None:
        self._notices = notices
        self._path = root.private / "reminders.json"
        self._root = root
        noted = _read(self._path, _Reminded, notices.now()) or _Reminded()
        self._reminded: dict[str, int] = noted.reminded
        self._untold = list(noted.told)
        self._look_at = 0.0

    def round(self, clock: float, asked: Callable[[], Iterable[Asked]]) -> None:
        """Remind of what is due. `clock`: monotonic, in seconds. Raises OSError: it stays due."""
        self._tell()
        if clock < self._look_at or not self._notices.remind_after_h:
            return
        now = self._notices.now()
        began = perf_counter()
        waiting = list(asked())
        due = self._due(waiting, now)
        if due:
            rounds = {one.round for one in waiting}
            reminded = {name: level for name, level in self._reminded.items() if name in rounds}
            reminded |= {one.round: level for found in due for one, level in found}
            told = [self._said([one for one, _ in found], max(level for _, level in found)) for found in due]
            noted = _Reminded(reminded, told, now.isoformat())
            write_atomic(self._path, json.dumps(dataclasses.asdict(noted)))
            self._reminded, self._untold = reminded, list(told)
        rest_s = _LOOKING_SHARE * (perf_counter() - began)
        self._look_at = clock + min(max(_LOOK_S, rest_s), _PUT_OFF_MOST_S)
        self._tell()

    def _due(self, waiting: Iterable[Asked], now: datetime) -> list[list[tuple[Asked, int]]]:
        """Of whom to be reminded, with the number of the reminder: together what came together."""
        after_h = self._notices.remind_after_h
        groups: dict[tuple[str, str, str], list[Asked]] = {}
        for one in waiting:
            groups.setdefault((one.gate, one.batch, one.client), []).append(one)
        due = []
        for group in groups.values():
            waited_h = {one.round: _waited_h(one.since, now) for one in group}
            if any(_level(after_h, waited_h[one.round]) > self._reminded.get(one.round, 0) for one in group):
                levels = [(one, _level(after_h, waited_h[one.round] + _TOGETHER * after_h[0])) for one in group]
                due.append([(one, level) for one, level in levels if level > self._reminded.get(one.round, 0)])
        return due

    def _said(self, asked: Sequence[Asked], level: int) -> dict[str, Any]:
        """A reminder as it is noted."""
        asked = sorted(asked, key=lambda one: (one.since, one.job))
        first = asked[0]
        lines = [f"- {one.job}: {one.sidecar}" for one in asked[:_MOST_LISTED]]
        if len(asked) > _MOST_LISTED:
            lines.append(f"- and {len(asked) - _MOST_LISTED} more")
        one = len(asked) == 1
        return {
            "once": f"{level} {' '.join(one.round for one in asked)}",
            "level": level,
            "gate": first.gate,
            "count": first.job if one else f"{len(asked)} jobs",
            "for_client": f" for {first.client}" if first.client else "",
            "client": first.client,
            "batch": first.batch,
            "since": f"{datetime.fromisoformat(first.since).astimezone(self._notices.zone):%a %d %b %H:%M}",
            "list": "\n".join(lines),
            "who": sorted({name for one in asked for name in one.who}),
            "page": str(
                Path(first.sidecar).with_name(f"{first.gate}.html") if one else self._root.path / "dashboard.html"
            ),
        }

    def _tell(self) -> None:
        while self._untold:
            said = self._untold[0]
            facts = {name: str(said[name]) for name in ("level", "gate", "count", "for_client", "since", "list")}
            about = About(
                facts,
                who=tuple(said["who"]),
                deciders=True,
                page=Path(said["page"]),
                stage=said["gate"],
                client=said["client"],
                batch=said["batch"],
                level=said["level"],
            )
            self._notices.tell("reminder", None, once=said["once"], about=about)
            self._untold.pop(0)


@dataclass(frozen=True, slots=True)
class Digest:
    """What the digest tells of a moment: names of jobs, and when each came to its end (ISO 8601)."""

    asked: Sequence[Asked] = ()
    at_work: int = 0
    failed: Sequence[str] = ()
    delivered: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


class DailyDigest:
    """Tells once a day how everything stands, at a time of the day; not where there is nothing to tell.

    A day that was missed is made up for when the daemon runs again, once. None: never.
    """

    def __init__(self, root: Root, notices: Notices, at: time | None) -> None:
        self._root = root
        self._notices = notices
        self._at = at
        self._path = root.private / "digest.json"
        noted = _read(self._path, _Digested, notices.now()) or _Digested()
        self._last = noted.day
        self._untold = noted.told
        self._look_at = 0.0

    def round(self, clock: float, seen: Callable[[], Digest]) -> None:
        """Tell what is due. `clock`: monotonic, in seconds. Raises OSError: it stays due."""
        self._tell()
        if self._at is None or clock < self._look_at:
            return
        here = self._notices.now().astimezone(self._notices.zone)
        day = here.date() if here.time() >= self._at else here.date() - timedelta(days=1)
        if not self._last:  # the first time that this root is seen: what was before is nobody's news
            self._note(day, None)
        elif day.isoformat() > self._last:
            self._note(day, self._said(seen(), here))
        self._look_at = clock + _LOOK_S
        self._tell()

    def _note(self, day: date, told: dict[str, Any] | None) -> None:
        noted = _Digested(day.isoformat(), told, self._notices.now().isoformat())
        write_atomic(self._path, json.dumps(dataclasses.asdict(noted)))
        self._last, self._untold = day.isoformat(), told

    def _said(self, seen: Digest, here: datetime) -> dict[str, Any] | None:
        after = here - timedelta(days=1)
        delivered = [job for job, at in seen.delivered if at and datetime.fromisoformat(at) >= after]
        if not (seen.asked or seen.failed or delivered or seen.notes):
            return None
        numbers = (
            (len(seen.asked), "waiting for people"),
            (len(seen.failed), "failed"),
            (seen.at_work, "at work"),
            (len(delivered), "delivered since yesterday"),
        )
        gates: dict[str, list[Asked]] = {}
        for one in sorted(seen.asked, key=lambda one: (one.since, one.job)):
            gates.setdefault(one.gate, []).append(one)
        lines = [
            f"{gate}: {_some([one.job for one in asked])}, the oldest since "
            f"{datetime.fromisoformat(asked[0].since).astimezone(self._notices.zone):%a %d %b %H:%M}"
            for gate, asked in sorted(gates.items())
        ]
        lines += [f"failed: {_some(sorted(seen.failed))}"] if seen.failed else []
        lines += [f"delivered: {_some(sorted(delivered))}"] if delivered else []
        summary = ", ".join(f"{number} {what}" for number, what in numbers if number) or "something is wrong"
        return {"summary": summary, "list": "\n".join([*lines, *seen.notes])}

    def _tell(self) -> None:
        if self._untold is not None:
            facts = {"summary": str(self._untold["summary"]), "list": str(self._untold["list"])}
            about = About(facts, page=self._root.path / "dashboard.html")
            self._notices.tell("digest", None, once=self._last, about=about)
            self._untold = None


def _level(after_h: Sequence[float], waited_h: float) -> int:
    """The number of the reminder that is due after so many hours; 0 where none is."""
    passed = sum(waited_h >= hours for hours in after_h)
    if passed < len(after_h):
        return passed
    return passed + int((waited_h - after_h[-1]) / after_h[-1])


def _waited_h(since: str, now: datetime) -> float:
    try:
        return (now - datetime.fromisoformat(since)).total_seconds() / _HOUR_S
    except (TypeError, ValueError):  # a record of somebody else's making
        return 0.0


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown


def _read(path: Path, kind: type[_Noted], now: datetime) -> _Noted | None:
    """What was noted. What cannot be read counts as nothing: then some things are told once more, none is lost.

    What was noted to be told is told again after a crash only if it is young: after 90 days nobody knows that it was.
    """
    try:
        with path.open("rb") as stream:
            noted = from_json(kind, stream.read(_MOST_BYTES))
        young = now - datetime.fromisoformat(noted.at) < _YOUNG
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s: cannot be read (%s); it is begun anew", path, type(error).__name__)
        return None
    return noted if young else dataclasses.replace(noted, told=kind().told)
