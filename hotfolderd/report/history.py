"""The history of each job: its events, the stays in each folder, and what came of the matches that were proposed.

Reads `.job/events.jsonl`, `.job/record.json`, `.job/approved.json` and `previews/matching_data.json` of job folders;
their lines say who is asked where. Writes nothing. What cannot be read is left out, never an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotfolderd.errors import ConfigError
from hotfolderd.index import Row, list_jobs
from hotfolderd.lines import LINES
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, INBOX, ON_HOLD
from hotfolderd.records import Record
from hotfolderd.root import Root

Moment = datetime
_AGO = re.compile(r"(\d+) ?(s|min|h|d|w)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ENDS = (COMPLETED, ARCHIVE)
_OVERRIDDEN = "validation_overridden"
# Decisions that send a job back: it was not right the first time.
_AGAIN = ("returned_to_matching", "preview_rejected", "extendscript_regenerated")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a job's history."""

    at: datetime
    job: str
    batch: str
    stage: str
    action: str
    by: str
    message: str
    data: dict[str, Any]
    line: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stay:
    """A job's stay in one folder. `human_s`: until somebody decided, where somebody was asked; the rest is `machine_s`.

    `ended` is None where it has not ended.
    """

    stage: str
    began: datetime
    ended: datetime | None
    human_s: float
    machine_s: float

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.human_s + self.machine_s


@dataclass(frozen=True, slots=True)
class History:
    """What a report wants to know of one job. `pairs`: how sure each proposal was, and whether it was kept."""

    row: Row
    events: tuple[Event, ...]
    stays: tuple[Stay, ...]
    warnings: tuple[str, ...] = ()
    pairs: tuple[tuple[float, bool], ...] = ()

    @property
    def taken_in(self) -> datetime | None:
        """When the job came into being."""
        return self.events[0].at if self.events else None

    @property
    def completed(self) -> datetime | None:
        """When it was completed at last; None where it never was."""
        ends = [stay.began for stay in self.stays if stay.stage == COMPLETED]
        return ends[-1] if ends else None

    def did(self, *actions: str) -> bool:
        """Whether any of these stands in the history."""
        return any(event.action in actions for event in self.events)

    @property
    def was_overridden(self) -> bool:
        """Whether somebody went on in spite of critical issues."""
        return self.did(_OVERRIDDEN)

    @property
    def went_back(self) -> bool:
        """Whether a person sent it back, or had it made again."""
        return self.did(*_AGAIN)


def moment(text: str, now: datetime) -> datetime:
    """A time as people give it: `2026-11-20`, `2026-11-20T14:30`, or so long ago: `90min`, `2h`, `3d`, `1w`.

    Without a zone it is this machine's. Raises ConfigError.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{text}: is no time. Write 2026-11-20, 2026-11-20T14:30, or how long ago: 90min, 2h, 3d."
        ) from error


def histories(root: Root, now: datetime, *, batch: str | None = None) -> list[History]:
    """The history of every job of the root, or of one batch, oldest first."""
    rows = [row for row in list_jobs(root) if batch is None or row["batch"] == batch]
    return [
        _history(root.path / row["folder"], row, now) for row in sorted(rows, key=lambda row: str(row["created_at"]))
    ]


def _history(folder: Path, row: Row, now: datetime) -> History:
    events = tuple(events_of(folder))
    return History(row, events, tuple(stays_of(events, now)), tuple(_warnings(folder)), tuple(_pairs(folder)))


def events_of(folder: Path) -> Iterator[Event]:
    """The events of a job folder, oldest first. A line that a crash cut off, or that somebody spoilt, is left out."""
    try:
        lines = (folder / ".job" / "events.jsonl").read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            one = json.loads(line)
            at = datetime.fromisoformat(one["ts"])
            yield Event(
                at if at.tzinfo else at.replace(tzinfo=UTC),
                str(one["job_id"]),
                str(one["batch_id"]),
                str(one["stage"]),
                str(one["action"]),
                str(one["user_id"]),
                str(one["message"]),
                dict(one.get("data") or {}),
                one,
            )
        except (ValueError, LookupError, TypeError):
            continue


def stays_of(events: Iterable[Event], now: datetime) -> Iterator[Stay]:
    """The stays that the events tell of, in order; the last one goes on until `now`, unless it is an end."""
    stage, began, decided = "", None, None
    for event in events:
        source, target = event.data.get("source"), event.data.get("target")
        if event.action == "job_created":
            stage, began = INBOX, event.at
        elif event.action == "stage_transition" and target and target != stage:
            if began is not None:
                yield _stay(stage, began, decided, event.at, now)
            stage, began, decided = str(target), event.at, None
        elif source is None and event.action in _decisions():
            decided = event.at
    if began is not None:
        yield _stay(stage, began, decided, None, now)


def _stay(stage: str, began: datetime, decided: datetime | None, ended: datetime | None, now: datetime) -> Stay:
    until = began if stage in _ENDS else ended or now
    if stage in (FAILED, ON_HOLD):
        turned = until
    elif stage in _asked_in():
        turned = decided or until
    else:
        turned = began
    return Stay(stage, began, ended, _between(began, turned), _between(turned, until))


def _between(first: datetime, last: datetime) -> float:
    return max(0.0, (last - first).total_seconds())


def _asked_in() -> set[str]:
    """The folders in which people are asked, whatever the kind of job."""
    return {folder for line in LINES.values() for folder, stage in line.stages.items() if stage.gate}


def _decisions() -> set[str]:
    """The actions that are a person's decision."""
    gates = (stage.gate for line in LINES.values() for stage in line.stages.values() if stage.gate)
    return {outcome.action for gate in gates for outcome in gate.outcomes.values() if outcome.action}


def _warnings(folder: Path) -> Iterator[str]:
    """The types of all warnings of a job that are more than information."""
    try:
        with Record(folder) as record:
            rows = record.warnings()
    except (OSError, ValueError):
        return
    yield from (str(row["type"]) for row in rows if row["severity"] != "info")


def _pairs(folder: Path) -> Iterator[tuple[float, bool]]:
    """How sure each proposed pair was, and whether it was approved so; nothing before the first approval."""
    try:
        proposed = json.loads((folder / "previews" / "matching_data.json").read_bytes())["auto_matches"]
        approved = json.loads((folder / ".job" / "approved.json").read_bytes())["matches"]
        layers = {(one["comp"], one["placeholder"]): one["layer"] for one in approved}
        for one in proposed:
            if one["layer"] is not None:
                yield float(one["confidence"]), layers.get((one["comp"], one["placeholder"])) == one["layer"]
    except (OSError, ValueError, LookupError, TypeError):
        return
