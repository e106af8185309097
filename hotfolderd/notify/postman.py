"""The postman: a thread that gives every message of the outbox to every target, each for itself.

It alone knows what was tried and writes the marks. Each sending is a thread of its own, at most one for a target, and
is waited for only so long: so a target that hangs or raises stops nobody else, and its message no other.
"""

from __future__ import annotations

import heapq
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hotfolderd.notify.outbox import Message, Notices
from hotfolderd.notify.targets import MessagesFile, Target, targets_of
from hotfolderd.root import Root

log = logging.getLogger(__name__)
_BASE_S = 30.0
_CAP_S = 1800.0
_OLD_S = 24 * 3600.0
_LEAST_TRIES = 6  # of this process, before a message is given up: the machine may have slept for a day
_MOST_HANGING = 3
_LOOK_S = 60.0
_AGAIN_S = 5.0
_DAY_S = 24 * 3600.0
_KEPT_S = 90 * _DAY_S


@dataclass(slots=True)
class _Errand:
    """One sending. `age`: when its message was written, in ns; `began`: by the postman's clock."""

    key: str
    age: int
    began: float


@dataclass(slots=True)
class _Route:
    """A target, what is due there (time, age, key), and how many sendings to it have never come back."""

    target: Target
    due: list[tuple[float, int, str]] = field(default_factory=list)
    errand: _Errand | None = None
    hanging: int = 0
    failing: bool = False


@dataclass(slots=True)
class _Waiting:
    """What is known of a message, by the names of targets. `told`: people know that it was given up."""

    got: set[str]
    marked: set[str]
    given_up: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)
    told: bool = False


class Postman:
    """Sends what lies in the outbox through apprise to `urls`, or into `messages.txt` where there is none.

    Each target gets a message once; killed between a sending and its mark, once more. What fails is tried again after
    30 s, 1 min, … 30 min (less by chance, up to a fifth), and given up after 24 h. `clock`: monotonic, in seconds.
    """

    def __init__(
        self,
        root: Root,
        notices: Notices,
        urls: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        send_limit_s: float = 60.0,
    ) -> None:
        self._notices = notices
        self._outbox = notices.outbox
        self._file = MessagesFile(root)
        self._routes = [_Route(target) for target in targets_of(root, urls)]
        self._clock = clock
        self._send_limit_s = send_limit_s
        self._thread: threading.Thread | None = None
        self._end: float | None = None
        self._results: queue.SimpleQueue[tuple[_Route, _Errand, str]] = queue.SimpleQueue()
        self._waiting: dict[str, _Waiting] = {}
        self._unsaved: set[str] = set()
        self._save_at = self._look_at = self._forget_at = self._start_at = clock()
        self._told = -1
        self._away = False

    # seen from the daemon ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to send, in a thread of its own."""
        self._start_at = self._clock() + _AGAIN_S
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # the system has no room for one more thread: `check` tries again
            log.error("messages cannot be sent: %s", error)  # noqa: TRY400  the error says all

    def check(self, *, away: bool = False) -> None:
        """Start the thread again if it has died; to be called now and then. While the root is `away` all waits."""
        if self._away and not away:
            self._notices.posted.set()
        self._away = away
        if self._thread is not None and not self._thread.is_alive() and self._clock() >= self._start_at:
            log.error("the thread that sends messages has died; it is started again")
            self.start()

    def stop(self, wait_s: float = 5.0) -> None:
        """Send what is due and end; after `wait_s` at the latest, whatever a target does."""
        self._end = time.monotonic() + wait_s
        self._notices.posted.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(wait_s)

    def send_waiting(self) -> bool:
        """Send what is due, here and now, where the thread was not started; True if nothing is left."""
        while True:
            self._notices.posted.clear()
            wait_s = self._round()
            if not self._at_work():
                return not self._waiting
            self._notices.posted.wait(min(wait_s, _AGAIN_S))

    # the thread --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            self._notices.posted.clear()
            end = self._end  # as it was before this round, which then sees all that was told before the end
            try:
                wait_s = self._round()
            except OSError as error:  # a full disk, a share that is away: the messages stay where they are
                log.warning("%s; messages wait", error)
                wait_s = _AGAIN_S
            if end is not None:
                left_s = end - time.monotonic()
                if left_s <= 0 or not self._at_work():
                    return
                wait_s = min(wait_s, left_s)
            self._notices.posted.wait(wait_s)

    def _round(self) -> float:
        """Do what can be done at once; seconds until something is due by time alone."""
        if self._away:
            return _AGAIN_S
        self._collect()
        self._look()
        self._save()
        for route in self._routes:
            self._send_next(route)
        self._save()
        due = [route.due[0][0] for route in self._routes if route.due and not route.errand]
        times = [self._look_at, *(max(self._save_at, one) for one in due)]
        times += [route.errand.began + self._send_limit_s for route in self._routes if route.errand]
        times += [self._save_at] if self._unsaved else []
        return max(0.0, min(times) - self._clock())

    def _at_work(self) -> bool:
        """Whether something is being sent."""
        return any(route.errand for route in self._routes)

    def _look(self) -> None:
        """Take in what was put into the outbox, and once a day forget what was sent long ago."""
        now = self._clock()
        self._outbox.make()
        if now >= self._forget_at:
            self._outbox.forget(self._notices.now().timestamp() - _KEPT_S)
            self._forget_at = now + _DAY_S
        if self._told == self._notices.told and now < self._look_at:
            return
        self._told, self._look_at = self._notices.told, now + _LOOK_S
        found = self._outbox.keys()
        for key in self._waiting.keys() - found.keys():
            del self._waiting[key]
        for key in found.keys() - self._waiting.keys():
            got = {route.target.name for route in self._routes if self._outbox.has_got(key, route.target.name)}
            self._waiting[key] = _Waiting(got, set(got))
            self._unsaved.add(key)
            for route in self._routes:
                if route.target.name not in got:
                    heapq.heappush(route.due, (now, found[key], key))

    def _send_next(self, route: _Route) -> None:
        """Begin to send the next message that is due at a target, if it is free and the one before is noted."""
        now, name = self._clock(), route.target.name
        if now < self._save_at:
            return
        while route.errand is None and route.due and route.due[0][0] <= now:
            _, age, key = route.due[0]
            waiting = self._waiting.get(key)
            wanted = waiting is not None and name not in waiting.got | waiting.given_up
            message = self._outbox.read(key) if wanted else None  # what it raises leaves the message due
            heapq.heappop(route.due)
            if waiting is None or not wanted:
                continue
            if message is None:
                del self._waiting[key]
                continue
            tries, stuck = waiting.tries.get(name, 0), route.hanging >= _MOST_HANGING
            if message.age_s(self._notices.now()) >= _OLD_S and (stuck or tries >= _LEAST_TRIES):
                waiting.given_up.add(name)
                self._unsaved.add(key)
                continue
            if stuck:
                heapq.heappush(route.due, (now + _LOOK_S, age, key))
                continue
            waiting.tries[name] = tries + 1
            route.errand = _Errand(key, age, now)
            arguments = (route, route.errand, message)
            try:
                threading.Thread(target=self._carry, args=arguments, name="message", daemon=True).start()
            except RuntimeError as error:  # the system has no room for one more thread
                self._results.put((route, route.errand, str(error)))
                self._notices.posted.set()

    def _carry(self, route: _Route, errand: _Errand, message: Message) -> None:
        """Send a message; the only thing that is done outside the postman's own thread."""
        try:
            failure = route.target.send(message)
        except BaseException as error:  # noqa: BLE001  whatever a foreign plug-in raises, it may be tried again
            failure = type(error).__name__
        self._results.put((route, errand, failure))
        self._notices.posted.set()

    def _collect(self) -> None:
        """Take what came of the sendings, and give up waiting for those that take too long."""
        while not self._results.empty():
            route, errand, failure = self._results.get()
            in_time = route.errand is errand
            if in_time:
                route.errand = None
            else:
                route.hanging -= 1
            if not failure:
                self._sent(route, errand.key)
            elif in_time:
                self._failed(route, errand, failure)
        for route in self._routes:
            late = route.errand
            if late is not None and self._clock() - late.began >= self._send_limit_s:
                route.errand = None
                route.hanging += 1
                self._failed(route, late, f"no answer in {self._send_limit_s:.0f} s")

    def _failed(self, route: _Route, errand: _Errand, why: str) -> None:
        waiting = self._waiting.get(errand.key)
        if waiting is not None:
            due = self._clock() + _delay_s(waiting.tries[route.target.name])
            heapq.heappush(route.due, (due, errand.age, errand.key))
        if not route.failing:
            route.failing = True
            log.warning("%s: a message could not be sent (%s); it is tried again", route.target.label, why)

    def _sent(self, route: _Route, key: str) -> None:
        if route.failing:
            route.failing = False
            log.info("%s: takes messages again", route.target.label)
        if key in self._waiting:
            self._waiting[key].got.add(route.target.name)
            self._unsaved.add(key)

    # what is known is noted on the disk --------------------------------------------------------------------------

    def _save(self) -> None:
        """Note who has got what; where the disk refuses, nothing more is sent until it does not."""
        if self._clock() < self._save_at:
            return
        refused: OSError | None = None
        for key in sorted(self._unsaved):
            try:
                self._note(key)
                self._unsaved.discard(key)
            except OSError as error:
                refused = error
        if refused is not None:
            log.warning("%s; it is noted later which messages were sent", refused)
            self._save_at = self._clock() + _AGAIN_S

    def _note(self, key: str) -> None:
        waiting = self._waiting.get(key)
        if waiting is None:
            return
        names = {route.target.name for route in self._routes}
        if not names <= waiting.got | waiting.given_up:
            for name in sorted(waiting.got - waiting.marked):
                self._outbox.mark(key, name)
                waiting.marked.add(name)
            return
        if waiting.given_up:
            if not waiting.told:
                self._tell_of(key, len(waiting.given_up))
                waiting.told = True
            self._outbox.give_up(key, names)
        else:
            self._outbox.done(key, names)
        del self._waiting[key]

    def _tell_of(self, key: str, targets: int) -> None:
        """Tell people of a message that is given up, where they can still be told."""
        message = self._outbox.read(key)
        if message is None:
            return
        why = f"could not be sent to {targets} of {len(self._routes)} targets for 24 h"
        log.error("%s: %s; it now lies in .hotfolderd/dead/%s.json", message.title, why, key)
        try:
            self._file.write(message, f"{message.title} ({why})")
        except OSError as error:
            log.error("%s", error)  # noqa: TRY400  the error says all


def _delay_s(tries: int) -> float:
    """How long a message waits that has been tried so many times, in seconds."""
    return min(_CAP_S, _BASE_S * 2.0 ** min(tries - 1, 16)) * random.uniform(0.8, 1.0)
