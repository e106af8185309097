"""When people are told: together, not at night, not too often; and who hears what. Pure: the time is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from hotfolderd.notify.matrix import GRAVITY
from hotfolderd.notify.message import EVERYBODY, Message


@dataclass(frozen=True, slots=True)
class Manners:
    """When messages go out; a file of messages has none of these.

    `gather_s`: how long a message waits for others of its kind about the same batch, each anew; `gather_most_s`: how
    long at most, and as long as jobs of the batch are on their way. Between `quiet_from` and `quiet_until`, by the
    clock of `zone` (None: the machine's), only what is critical goes out. 0 messages a minute: as many as there are.
    """

    gather_s: float = 0.0
    gather_most_s: float = 300.0
    quiet_from: time | None = None
    quiet_until: time | None = None
    max_per_minute: int = 0
    zone: tzinfo | None = None

    def quiet_for_s(self, now: datetime) -> float:
        """Seconds until the quiet hours end; 0 outside of them."""
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return 0.0
        here = now.astimezone(self.zone)
        at = here.time()
        over_night = self.quiet_from > self.quiet_until
        inside = (
            at >= self.quiet_from or at < self.quiet_until if over_night else self.quiet_from <= at < self.quiet_until
        )
        if not inside:
            return 0.0
        end = datetime.combine(here.date(), self.quiet_until, here.tzinfo)
        if end <= here:
            end += timedelta(days=1)
        return max(1.0, (end - here).total_seconds())


def hears(tags: Sequence[str], message: Message) -> bool:
    """Whether a target with these tags is told of a message. Without tags it hears all but progress.

    Tags of one kind are alternatives (`client:ACME`, `client:Other`), kinds must all fit: `severity:warning` means so
    grave or graver, `person:anna` what anna may decide or has handed in, `reminder:2` only reminders from the second
    on. Progress is heard by who names its event.
    """
    kinds: dict[str, list[str]] = {}
    for tag in tags:
        kind, _, value = tag.partition(":")
        kinds.setdefault(kind, []).append(value)
    if message.row.kind == "progress" and message.event not in kinds.get("event", ()):
        return False
    fits = {
        "client": message.client in kinds.get("client", ()),
        "stage": message.stage in kinds.get("stage", ()),
        "event": message.event in kinds.get("event", ()),
        "person": bool({EVERYBODY, *kinds.get("person", ())} & set(message.people)),
        "severity": GRAVITY.index(message.severity) >= min(map(_gravity, kinds.get("severity", ["critical"]))),
        "reminder": message.event == "reminder" and message.level >= min(map(int, kinds.get("reminder", ["1"]))),
    }
    return all(fits[kind] for kind in kinds)


def _gravity(name: str) -> int:
    return next(number for number, one in enumerate(GRAVITY) if one == name)
