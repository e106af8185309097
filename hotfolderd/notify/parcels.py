"""Parcels: the messages that are told together, and the routes on which they go to targets. In memory only.

What lies in the outbox is put into parcels when it is found; a parcel is gone when all its messages are.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from hotfolderd.notify.manners import Manners, hears
from hotfolderd.notify.matrix import GRAVITY
from hotfolderd.notify.message import Message
from hotfolderd.notify.targets import Target

_MINUTE_S = 60.0
# Quiet hours and what is on its way are looked at again: clocks are set, machines sleep.
_LOOK_S = 60.0
_LEAST_S = 1.0


@dataclass(slots=True)
class Parcel:
    """Messages of one group, by key, oldest first. `age`: when the oldest was written, in ns.

    `first`, `last`: when the first and the last was found, by the postman's clock.
    """

    name: str
    age: int
    first: float
    last: float
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """What is graver goes first: a smaller number."""
        return -max(GRAVITY.index(one.severity) for one in self.messages.values())


@dataclass(slots=True)
class Errand:
    """One sending of some messages of a parcel. `began`: by the postman's clock."""

    parcel: str
    keys: tuple[str, ...]
    began: float


@dataclass(slots=True)
class Route:
    """A target, what is due there (time, rank, age, parcel), and how many sendings to it have never come back.

    `rests`: parcels that were refused, and until when they wait. `sent`: the times of the sendings of a minute.
    """

    target: Target
    due: list[tuple[float, int, int, str]] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    rests: dict[str, float] = field(default_factory=dict)
    sent: deque[float] = field(default_factory=deque)
    errand: Errand | None = None
    hanging: int = 0
    failing: bool = False

    def hears(self, message: Message) -> bool:
        """Whether the target is told of a message."""
        return any(hears(tags, message) for tags in self.target.rules)

    def call(self, parcel: Parcel, due: float) -> None:
        """Have a parcel looked at when it is due; one that is due already keeps its place."""
        if parcel.name not in self.called:
            self.called.add(parcel.name)
            due = max(due, self.rests.get(parcel.name, due))
            heapq.heappush(self.due, (due, parcel.rank, parcel.age, parcel.name))

    def hurry(self, now: float) -> None:
        """Have all parcels be due now, but those that were refused."""
        self.due = [(self.rests.get(name, now), rank, age, name) for _, rank, age, name in self.due]
        heapq.heapify(self.due)

    def next_due(self, now: float) -> str:
        """The parcel that is due, which is then called no more; "" where none is."""
        if not self.due or self.due[0][0] > now:
            return ""
        name = heapq.heappop(self.due)[-1]
        self.called.discard(name)
        return name


class Parcels:
    """All parcels of an outbox. `coming(batch, folders)`: whether jobs of a batch are on their way in these folders."""

    def __init__(
        self,
        manners: Manners,
        coming: Callable[[str, Collection[str]], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._manners = manners
        self._coming = coming
        self._now = now
        self._parcels: dict[str, Parcel] = {}

    def of(self, name: str) -> Parcel | None:
        """The parcel of a name, or None."""
        return self._parcels.get(name)

    def put(self, message: Message, age: int, now: float) -> Parcel:
        """Put a message where it belongs."""
        name = message.group or message.key
        parcel = self._parcels.setdefault(name, Parcel(name, age, now, now))
        parcel.messages[message.key] = message
        parcel.last = now
        return parcel

    def take_out(self, message: Message) -> str:
        """Take a message out; the name of its parcel if that is empty now."""
        name = message.group or message.key
        parcel = self._parcels.get(name)
        if parcel is None:
            return ""
        parcel.messages.pop(message.key, None)
        if parcel.messages:
            return ""
        del self._parcels[name]
        return name

    def later_s(self, parcel: Parcel, route: Route, now: float, *, ending: bool) -> float:
        """For how many seconds a parcel should not go out yet: it grows, it is night, or too many have gone."""
        if -parcel.rank < len(GRAVITY) - 1:
            quiet_s = self._manners.quiet_for_s(self._now())
            if quiet_s:
                return min(quiet_s, _LOOK_S)
        while route.sent and route.sent[0] <= now - _MINUTE_S:
            route.sent.popleft()
        if self._manners.max_per_minute and len(route.sent) >= self._manners.max_per_minute:
            return max(0.01, route.sent[0] + _MINUTE_S - now)
        return 0.0 if ending else self._grows_s(parcel, now)

    def _grows_s(self, parcel: Parcel, now: float) -> float:
        """For how long a parcel waits for more; never longer than it may."""
        one = next(iter(parcel.messages.values()))
        end = parcel.first + self._manners.gather_most_s
        if not (one.group or one.row.kind == "done"):
            return 0.0
        still_s = parcel.last + self._manners.gather_s - now
        if still_s <= 0 and one.row.awaits and self._coming(one.batch, one.row.awaits):
            still_s = max(_LEAST_S, self._manners.gather_s)
        return max(0.0, min(still_s, end - now))
