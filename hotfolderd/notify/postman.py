"""The postman: a thread that gives every message of the outbox to everybody who hears it, each for itself.

It alone knows what was tried and writes the marks. Each sending is a thread of its own, at most one for a target, and
is waited for only so long: so a target that hangs or raises stops nobody else, and its message no other. What is told
together is gathered when it is sent: each message keeps its own file and its own marks, so a crash loses none.
"""

from __future__ import annotations

import itertools
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from hotfolderd.notify.letters import Desk, Letter
from hotfolderd.notify.manners import Manners
from hotfolderd.notify.message import Message
from hotfolderd.notify.outbox import Notices
from hotfolderd.notify.parcels import Errand, Parcel, Parcels, Route
from hotfolderd.notify.targets import MessagesFile, Recipient, targets_of
from hotfolderd.root import Root

log = logging.getLogger(__name__)
_BASE_S = 30.0
_CAP_S = 1800.0
_OLD_S = 24 * 3600.0
_LEAST_TRIES = 6  # of this process, before a message is given up: the machine may have slept for a day
_MOST_HANGING = 3
_LOOK_S = 60.0
_TELLING_S, _TELLING_MOST_S = 0.2, 2.0
_AGAIN_S = 5.0
_DAY_S = 24 * 3600.0
_KEPT_S = 90 * _DAY_S


@dataclass(slots=True)
class _Waiting:
    """What is known of a message, by the names of targets: those who hear it. `told`: people know it was given up."""

    message: Message
    hearers: set[str]
    got: set[str]
    marked: set[str]
    given_up: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)
    told: bool = False

    def lacks(self, target: str) -> bool:
        """Whether a target has yet to get it."""
        return target in self.hearers and target not in self.got | self.given_up


class Postman:
    """Sends what lies in the outbox through apprise to `urls`, or into `messages.txt` where there is none.

    Each target gets a message once; killed between a sending and its mark, once more. What fails is tried again after
    30 s, 1 min, … 30 min (less by chance, up to a fifth), and given up after 24 h. What nobody hears goes to
    `messages.txt`. `clock`: monotonic, in seconds. `coming(batch, folders)`: whether jobs of a batch stand in one of
    these folders, or will. `desk` writes the letters.
    """

    def __init__(
        self,
        root: Root,
        notices: Notices,
        urls: Sequence[Recipient | str],
        *,
        manners: Manners = Manners(),  # noqa: B008  it is frozen
        desk: Desk | None = None,
        coming: Callable[[str, Collection[str]], bool] = lambda _batch, _folders: False,
        clock: Callable[[], float] = time.monotonic,
        send_limit_s: float = 60.0,
    ) -> None:
        self._notices = notices
        self._outbox = notices.outbox
        self._file = MessagesFile(root)
        self._routes = [Route(target) for target in targets_of(root, urls)]
        self._fallback = Route(self._file)
        if not self._routes[0].target.is_file:
            self._routes.append(self._fallback)
        self._parcels = Parcels(manners, coming, notices.now)
        self._desk = desk or Desk(root)
        self._clock = clock
        self._send_limit_s = send_limit_s
        self._thread: threading.Thread | None = None
        self._end: float | None = None
        self._hurried = False
        self._results: queue.SimpleQueue[tuple[Route, Errand, str]] = queue.SimpleQueue()
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
            self._let_tell()

    def _let_tell(self) -> None:
        """Where something was told, wait for more of it, for a while: many decisions at once come before messages."""
        until, told = self._clock() + _TELLING_MOST_S, self._told
        while told != self._notices.told and self._end is None and self._clock() < until:
            told = self._notices.told
            time.sleep(_TELLING_S)

    def _round(self) -> float:
        """Do what can be done at once; seconds until something is due by time alone."""
        if self._away:
            return _AGAIN_S
        self._collect()
        self._look()
        self._save()
        if self._end is not None and not self._hurried:
            self._hurried = True  # what waits for others goes out now
            for route in self._routes:
                route.hurry(self._clock())
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
        told = self._notices.told
        found = self._outbox.keys()
        for key in self._waiting.keys() - found.keys():
            self._forget(key)
        for key in sorted(found.keys() - self._waiting.keys(), key=lambda one: (found[one], one)):
            message = self._outbox.read(key)
            if message is not None:
                self._take_in(message, found[key])
        self._told, self._look_at = told, now + _LOOK_S

    def _take_in(self, message: Message, age: int) -> None:
        """Have a message go to those who hear it and have not got it yet."""
        key, now = message.key, self._clock()
        hearers = [route for route in self._routes if route is not self._fallback and route.hears(message)]
        if not hearers and message.row.kind == "progress":
            log.info("%s", message.title)
        elif not hearers:
            hearers = [self._fallback]
        got = {route.target.name for route in hearers if self._outbox.has_got(key, route.target.name)}
        self._waiting[key] = _Waiting(message, {route.target.name for route in hearers}, got, set(got))
        self._unsaved.add(key)
        parcel = self._parcels.put(message, age, now)
        for route in hearers:
            if route.target.name not in got:
                route.call(parcel, now)

    def _forget(self, key: str) -> None:
        waiting = self._waiting.pop(key, None)
        empty = self._parcels.take_out(waiting.message) if waiting is not None else ""
        for route in self._routes if empty else ():
            route.rests.pop(empty, None)

    def _send_next(self, route: Route) -> None:
        """Begin to send the next parcel that is due at a target, if it is free and the one before is noted."""
        now = self._clock()
        if now < self._save_at:
            return
        while route.errand is None and (name := route.next_due(now)):
            parcel = self._parcels.of(name)
            messages = self._lacking(route, parcel)
            if parcel is None or not messages:
                continue
            ending = self._end is not None
            later_s = max(0.0, route.rests.get(name, now) - now)
            if not route.target.is_file:
                later_s = later_s or self._parcels.later_s(parcel, route, now, ending=ending)
            if later_s:
                route.call(parcel, now + later_s)
                continue
            stuck = route.hanging >= _MOST_HANGING
            messages = [one for one in messages if not self._is_too_old(route, one, stuck=stuck)]
            if messages and stuck:
                route.call(parcel, now + _LOOK_S)
            elif messages:
                self._send(route, parcel, messages, now)

    def _lacking(self, route: Route, parcel: Parcel | None) -> list[Message]:
        """The messages of a parcel that a target has yet to get; a file gets them one by one.

        What people have taken away is forgotten.
        """
        lacking = (key for key in (parcel.messages if parcel else ()) if self._waiting[key].lacks(route.target.name))
        keys = list(itertools.islice(lacking, 1 if route.target.is_file else None))
        gone = [key for key in keys if not self._outbox.waits(key)]
        messages = [self._waiting[key].message for key in keys if key not in gone]
        for key in gone:
            self._forget(key)
        return messages

    def _is_too_old(self, route: Route, message: Message, *, stuck: bool) -> bool:
        """Whether a message is given up at a target."""
        waiting, name = self._waiting[message.key], route.target.name
        old = message.age_s(self._notices.now()) >= _OLD_S
        if not old or not (stuck or waiting.tries.get(name, 0) >= _LEAST_TRIES):
            return False
        waiting.given_up.add(name)
        self._unsaved.add(message.key)
        return True

    def _send(self, route: Route, parcel: Parcel, messages: Sequence[Message], now: float) -> None:
        for message in messages:
            tries = self._waiting[message.key].tries
            tries[route.target.name] = tries.get(route.target.name, 0) + 1
        route.errand = Errand(parcel.name, tuple(message.key for message in messages), now)
        route.sent.append(now)
        arguments = (route, route.errand, self._desk.letter(messages))
        try:
            threading.Thread(target=self._carry, args=arguments, name="message", daemon=True).start()
        except RuntimeError as error:  # the system has no room for one more thread
            self._results.put((route, route.errand, str(error)))
            self._notices.posted.set()

    def _carry(self, route: Route, errand: Errand, letter: Letter) -> None:
        """Send a letter; the only thing that is done outside the postman's own thread."""
        try:
            failure = route.target.send(letter)
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
                self._sent(route, errand)
            elif in_time:
                self._failed(route, errand, failure)
        for route in self._routes:
            late = route.errand
            if late is not None and self._clock() - late.began >= self._send_limit_s:
                route.errand = None
                route.hanging += 1
                self._failed(route, late, f"no answer in {self._send_limit_s:.0f} s")

    def _failed(self, route: Route, errand: Errand, why: str) -> None:
        parcel = self._parcels.of(errand.parcel)
        tries = [self._waiting[key].tries.get(route.target.name, 1) for key in errand.keys if key in self._waiting]
        if parcel is not None and tries:
            route.rests[parcel.name] = self._clock() + _delay_s(max(tries))
            route.call(parcel, route.rests[parcel.name])
        if not route.failing:
            route.failing = True
            log.warning("%s: a message could not be sent (%s); it is tried again", route.target.label, why)

    def _sent(self, route: Route, errand: Errand) -> None:
        route.rests.pop(errand.parcel, None)
        if route.failing:
            route.failing = False
            log.info("%s: takes messages again", route.target.label)
            if route.target.is_file:  # it takes all or none: those that it refused need not wait for their next try
                route.rests.clear()
                route.hurry(self._clock())
        for key in errand.keys:
            if key in self._waiting:
                self._waiting[key].got.add(route.target.name)
                self._unsaved.add(key)
        parcel = self._parcels.of(errand.parcel)
        if parcel is not None and len(parcel.messages) > len(errand.keys):
            route.call(parcel, self._clock())

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
        if not waiting.hearers <= waiting.got | waiting.given_up:
            for name in sorted(waiting.got - waiting.marked):
                self._outbox.mark(key, name)
                waiting.marked.add(name)
            return
        if waiting.given_up:
            if not waiting.told:
                self._tell_of(waiting)
                waiting.told = True
            self._outbox.give_up(key, waiting.hearers)
        else:
            self._outbox.done(key, waiting.hearers)
        self._forget(key)

    def _tell_of(self, waiting: _Waiting) -> None:
        """Tell people of a message that is given up, where they can still be told."""
        message = waiting.message
        if not self._outbox.waits(message.key):
            return
        why = f"could not be sent to {len(waiting.given_up)} of {len(waiting.hearers)} targets for 24 h"
        log.error("%s: %s; it now lies in .hotfolderd/dead/%s.json", message.title, why, message.key)
        letter = self._desk.letter([message])
        try:
            self._file.write(letter, f"{letter.title} ({why})")
        except OSError as error:
            log.error("%s", error)  # noqa: TRY400  the error says all


def _delay_s(tries: int) -> float:
    """How long a message waits that has been tried so many times, in seconds."""
    return min(_CAP_S, _BASE_S * 2.0 ** min(tries - 1, 16)) * random.uniform(0.8, 1.0)
