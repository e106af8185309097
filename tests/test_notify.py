"""Messages: kept as files, sent to every target at least once, never in the way of the line."""

from __future__ import annotations

import dataclasses
import errno
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hotfolderd.disk import set_failpoint
from hotfolderd.notify import MESSAGES, Notices, Postman, harmless
from hotfolderd.notify.postman import _delay_s
from hotfolderd.records import Job
from hotfolderd.root import Root, make_root

# A plug-in of apprise that nobody asked for imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
AT = "2026-11-20T10:00:00.000Z"
JOB = Job("J1", "template", "u1", "B1", "2-review", "awaiting_review", AT, AT, since=AT)


class Clock:
    """A clock that goes only when it is told to: seconds, and the time of day."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 10, 0, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000.0)


class Chat:
    """A chat service: it keeps what it is told, refuses as long as it is `dead`, and hangs while it `hangs`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.asked = 0
        self.dead = False
        self.hangs = False
        self.ending = threading.Event()
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                chat.asked += 1
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if chat.hangs:  # a byte now and then: no time limit of a socket ever ends this
                    with suppress(OSError):
                        while not chat.ending.wait(0.2):
                            self.wfile.write(b"HTTP/1.1 200 OK"[:1])
                            self.wfile.flush()
                    return
                if not chat.dead:
                    chat.heard.append(body)
                self.send_response(500 if chat.dead else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}"

    def titles(self) -> list[str]:
        return [one["title"] for one in self.heard]

    def close(self) -> None:
        self.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices(root: Root, clock: Clock) -> Notices:
    return Notices(root, clock.now)


@pytest.fixture
def chat() -> Iterator[Chat]:
    service = Chat()
    yield service
    service.close()


@pytest.fixture
def other() -> Iterator[Chat]:
    service = Chat()
    yield service
    service.close()


def waiting(root: Root) -> list[dict[str, str]]:
    return [json.loads(path.read_bytes()) for path in sorted((root.private / "outbox").glob("*.json"))]


def names(root: Root, folder: str) -> list[str]:
    return sorted(path.name for path in (root.private / folder).iterdir())


def wait_until(holds: Callable[[], object], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def told(root: Root) -> str:
    path = root.path / MESSAGES
    return path.read_text() if path.exists() else ""


# telling --------------------------------------------------------------------------------------------------------------


def test_a_message_waits_in_the_outbox_and_rings(root: Root, notices: Notices) -> None:
    notices.tell("review_ready", JOB, "J1: review needed", "look at it")
    assert notices.posted.is_set()
    (message,) = waiting(root)
    assert (message["event"], message["title"], message["body"]) == ("review_ready", "J1: review needed", "look at it")
    assert message["at"] == "2026-11-20T10:00:00+00:00"
    assert names(root, "outbox") == [f"{message['key']}.json"]


def test_the_same_message_about_the_same_round_is_kept_once(root: Root, notices: Notices) -> None:
    for _ in range(3):
        notices.tell("review_ready", JOB, "J1: review needed")
    assert len(waiting(root)) == 1
    notices.tell("review_ready", dataclasses.replace(JOB, decisions=1), "J1: review needed")
    notices.tell("review_ready", dataclasses.replace(JOB, since="later"), "J1: review needed")
    notices.tell("review_ready", dataclasses.replace(JOB, uid="u2"), "J1: review needed")
    notices.tell("review_ready", None, "J1: review needed")
    assert len(waiting(root)) == 5


def test_an_occasion_is_told_once_in_whatever_words(root: Root, notices: Notices) -> None:
    notices.tell("job_failed", JOB, "J1: failed", once="3")
    notices.tell("job_failed", dataclasses.replace(JOB, decisions=7, since="later"), "J1: failed again", once="3")
    assert len(waiting(root)) == 1
    notices.tell("job_failed", JOB, "J1: failed", once="4")
    assert len(waiting(root)) == 2


def test_what_was_sent_is_not_told_again_by_who_was_killed_after_telling(root: Root, notices: Notices) -> None:
    notices.tell("review_ready", JOB, "J1: review needed", once="round 1")
    assert Postman(root, notices, ()).send_waiting()
    later = Notices(root, Clock().now)
    later.tell("review_ready", JOB, "J1: review needed", once="round 1")
    assert not later.posted.is_set()
    assert waiting(root) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_who_tells_learns_that_a_message_could_not_be_kept_and_tells_again(
    root: Root, notices: Notices, code: int
) -> None:
    def refuse(name: str, path: Path) -> None:
        if name == "write.beside" and path.parent.name == "outbox":
            raise OSError(code, os.strerror(code), str(path))

    set_failpoint(refuse)
    try:
        with pytest.raises(OSError, match=os.strerror(code)):
            notices.tell("job_failed", JOB, "J1: failed", once="1")
    finally:
        set_failpoint(None)
    assert not notices.posted.is_set()
    assert names(root, "outbox") == []
    notices.tell("job_failed", JOB, "J1: failed", once="1")
    assert len(waiting(root)) == 1


# messages.txt ---------------------------------------------------------------------------------------------------------


def test_without_an_address_messages_are_kept_in_a_file(root: Root, notices: Notices) -> None:
    postman = Postman(root, notices, ())
    notices.tell("review_ready", JOB, "J1: review needed", "first\nsecond")
    assert postman.send_waiting()
    assert waiting(root) == []
    notices.tell("job_failed", JOB, "J1: failed")
    assert postman.send_waiting()
    assert told(root) == (
        "2026-11-20T10:00:00+00:00  J1: review needed\n    first\n    second\n2026-11-20T10:00:00+00:00  J1: failed\n"
    )
    assert len(names(root, "sent")) == 2


def test_a_message_that_cannot_be_kept_waits(root: Root, notices: Notices, clock: Clock) -> None:
    (root.path / MESSAGES).mkdir()
    notices.tell("job_failed", JOB, "J1: failed")
    postman = Postman(root, notices, (), clock=clock)
    assert not postman.send_waiting()
    assert len(waiting(root)) == 1
    (root.path / MESSAGES).rmdir()
    assert not postman.send_waiting(), "it is not yet due again"
    clock.seconds += 31
    assert postman.send_waiting()
    assert waiting(root) == []


def test_a_long_file_of_messages_begins_anew(root: Root, notices: Notices) -> None:
    (root.path / MESSAGES).write_text("x" * (5 * 1024 * 1024 - 1) + "\n")
    notices.tell("job_failed", JOB, "J1: failed")
    assert Postman(root, notices, ()).send_waiting()
    assert told(root) == "2026-11-20T10:00:00+00:00  J1: failed\n"
    assert (root.path / "messages.1.txt").stat().st_size == 5 * 1024 * 1024


# sending --------------------------------------------------------------------------------------------------------------


def test_a_message_is_sent_to_the_address(root: Root, notices: Notices, chat: Chat) -> None:
    notices.tell("review_ready", JOB, "J1: review needed", "look at it")
    assert Postman(root, notices, (chat.url, chat.url)).send_waiting()
    assert [(one["title"], one["message"]) for one in chat.heard] == [("J1: review needed", "look at it")]
    assert waiting(root) == []
    assert not (root.path / MESSAGES).exists()


def test_a_dead_target_never_makes_the_good_one_get_a_message_twice(
    root: Root, notices: Notices, clock: Clock, chat: Chat, other: Chat
) -> None:
    """Not while the daemon runs, and not after its restart; when it lives again it gets everything, once."""
    other.dead = True
    for number in range(5):
        notices.tell("review_ready", None, f"J{number}")
    postman = Postman(root, notices, (chat.url, other.url), clock=clock)
    for _ in range(4):
        assert not postman.send_waiting()
        clock.seconds += 200
    again = Postman(root, notices, (chat.url, other.url), clock=clock)
    assert not again.send_waiting()
    assert len(waiting(root)) == 5
    assert other.asked >= 20
    other.dead = False
    clock.seconds += 2000
    assert again.send_waiting()
    wanted = [f"J{number}" for number in range(5)]
    assert sorted(chat.titles()) == sorted(other.titles()) == wanted
    assert waiting(root) == []
    assert all(len(name) == 16 for name in names(root, "sent")), "marks of single targets are left"


def test_messages_survive_the_daemon_and_are_sent_in_their_order(root: Root, notices: Notices, chat: Chat) -> None:
    for number in range(20):
        notices.tell("review_ready", None, f"J{number:02}")
        place = max((root.private / "outbox").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(place, ns=(number, number))
    assert Postman(root, Notices(root, Clock().now), (chat.url,)).send_waiting()
    assert chat.titles() == [f"J{number:02}" for number in range(20)]


def test_the_wait_grows_from_half_a_minute_to_half_an_hour() -> None:
    for tries, longest in ((1, 30), (2, 60), (3, 120), (7, 1800), (50, 1800), (5000, 1800)):
        waits = [_delay_s(tries) for _ in range(200)]
        assert all(0.8 * longest <= wait <= longest for wait in waits)
        assert len(set(waits)) > 100, "all would come back at once"


def test_what_cannot_be_sent_for_a_day_is_put_away_and_told(
    root: Root, notices: Notices, clock: Clock, chat: Chat, other: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    other.dead = True
    notices.tell("job_failed", JOB, "J1: failed", "its font is missing", once="1")
    (message,) = waiting(root)
    postman = Postman(root, notices, (chat.url, other.url), clock=clock)
    while clock.seconds < 1000 + 24 * 3600:
        assert not postman.send_waiting(), "given up too early"
        clock.seconds += 900
    clock.seconds += 1800
    assert postman.send_waiting()
    assert chat.titles() == ["J1: failed"]
    assert names(root, "dead") == [f"{message['key']}.json"]
    assert names(root, "outbox") == names(root, "sent") == []
    why = "could not be sent to 1 of 2 targets for 24 h"
    assert told(root) == f"{message['at']}  J1: failed ({why})\n    its font is missing\n"
    assert why in caplog.text
    notices.tell("job_failed", JOB, "J1: failed", once="1")
    assert waiting(root) == []


def test_a_machine_that_slept_for_a_day_tries_before_it_gives_up(
    root: Root, notices: Notices, clock: Clock, chat: Chat
) -> None:
    chat.dead = True
    notices.tell("job_failed", JOB, "J1: failed")
    clock.seconds += 3 * 24 * 3600
    postman = Postman(root, notices, (chat.url,), clock=clock)
    assert not postman.send_waiting()
    chat.dead = False
    clock.seconds += 31
    assert postman.send_waiting()
    assert chat.titles() == ["J1: failed"]


@pytest.mark.parametrize("url", ["nothing://CANARY@host", "mailto://user:CANARY@", "::", "CANARY", "json://"])
def test_an_address_that_is_not_understood_stops_nobody_else(
    root: Root, notices: Notices, chat: Chat, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    notices.tell("job_failed", JOB, "J1: failed")
    assert not Postman(root, notices, (url, chat.url)).send_waiting()
    assert chat.titles() == ["J1: failed"]
    assert "notify.urls, address 1: a message could not be sent (apprise does not understand it)" in caplog.text


def test_a_plug_in_that_raises_stops_nobody_else(
    root: Root, notices: Notices, clock: Clock, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    from apprise.decorators import notify  # noqa: PLC0415  heavy

    tried = []

    @notify(on="raises")
    def raising(body: str, title: str, *_: object, **__: object) -> None:
        tried.append(title)
        raise SystemExit(title)

    notices.tell("job_failed", None, "one")
    notices.tell("job_failed", None, "two")
    postman = Postman(root, notices, ("raises://here", chat.url), clock=clock)
    assert not postman.send_waiting()
    assert sorted(chat.titles()) == sorted(tried) == ["one", "two"]
    clock.seconds += 31
    assert not postman.send_waiting()
    assert Counter(tried) == {"one": 2, "two": 2}
    assert sorted(chat.titles()) == ["one", "two"]
    assert caplog.text.count("could not be sent") == 1, "a target that fails is told once"


def test_a_target_that_hangs_stops_neither_the_others_nor_its_next_message_nor_the_end(
    root: Root, notices: Notices, chat: Chat, other: Chat
) -> None:
    other.hangs = True
    for number in range(10):
        notices.tell("review_ready", None, f"J{number}")
    postman = Postman(root, notices, (other.url, chat.url), send_limit_s=0.5)
    postman.start()
    wait_until(lambda: len(chat.heard) == 10)
    wait_until(lambda: other.asked == 3)
    time.sleep(1.2)
    assert other.asked == 3, "no more than three sendings may hang at one target"
    began = time.monotonic()
    postman.stop(1.0)
    assert time.monotonic() - began < 3
    assert len(waiting(root)) == 10
    assert len(chat.heard) == 10


def test_a_target_that_hangs_for_a_day_is_given_up(root: Root, notices: Notices, clock: Clock, other: Chat) -> None:
    other.hangs = True
    for number in range(5):
        notices.tell("review_ready", None, f"J{number}")
    postman = Postman(root, notices, (other.url,), clock=clock)
    for asked in (1, 2, 3):
        postman._round()
        wait_until(lambda asked=asked: other.asked == asked)
        clock.seconds += 61
    postman._round()
    assert len(waiting(root)) == 5
    clock.seconds += 24 * 3600
    assert postman.send_waiting()
    assert len(names(root, "dead")) == 5
    assert told(root).count("could not be sent to 1 of 1 targets for 24 h") == 5


def test_a_thousand_messages_go_to_two_targets_once_each(root: Root, notices: Notices, chat: Chat, other: Chat) -> None:
    postman = Postman(root, notices, (chat.url, other.url))
    postman.start()
    for number in range(1000):
        notices.tell("review_ready", None, f"J{number:04}")
    wait_until(lambda: not names(root, "outbox"), 300)
    postman.stop()
    wanted = [f"J{number:04}" for number in range(1000)]
    assert sorted(chat.titles()) == sorted(other.titles()) == wanted
    assert len(names(root, "sent")) == 1000


def test_a_disk_that_takes_no_mark_does_not_make_anybody_get_a_message_twice(
    root: Root, notices: Notices, clock: Clock, chat: Chat
) -> None:
    def refuse(name: str, path: Path) -> None:
        if path.parent.name == "sent":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    notices.tell("job_failed", None, "one")
    notices.tell("job_failed", None, "two")
    postman = Postman(root, notices, (chat.url,), clock=clock)
    set_failpoint(refuse)
    try:
        for _ in range(3):
            assert not postman.send_waiting()
            assert len(chat.heard) == 1, "more is sent than can be noted"
            clock.seconds += 100
    finally:
        set_failpoint(None)
    assert postman.send_waiting()
    assert sorted(chat.titles()) == ["one", "two"]
    assert waiting(root) == []


def test_a_target_gets_no_message_before_the_one_before_is_noted(root: Root, notices: Notices, chat: Chat) -> None:
    """So a crash costs a target one message twice, not two."""
    asked = []

    def look(name: str, path: Path) -> None:
        if name == "write" and path.parent.name == "sent":
            time.sleep(0.1)  # in which another sending, if there is one, arrives
            asked.append(chat.asked)

    for number in range(5):
        notices.tell("review_ready", None, f"J{number}")
    set_failpoint(look)
    try:
        assert Postman(root, notices, (chat.url,)).send_waiting()
    finally:
        set_failpoint(None)
    assert asked == [1, 2, 3, 4, 5]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from hotfolderd.disk import set_failpoint
from hotfolderd.notify import Notices, Postman
from hotfolderd.root import Root

place, name, folder, *urls = sys.argv[1:]

def die(reached, path):
    if reached == name and path.parent.name == folder:
        os.kill(os.getpid(), signal.SIGKILL)

set_failpoint(die)
root = Root(Path(place))
Postman(root, Notices(root, lambda: datetime.now(UTC)), urls).send_waiting()
"""


@pytest.mark.parametrize(
    ("failpoint", "folder", "twice"),
    [
        ("write", "sent", 1),
        ("write.beside", "sent", 1),
        ("write.done", "sent", 0),
        ("remove", "outbox", 0),
        ("remove.done", "outbox", 0),
    ],
)
def test_killed_between_a_sending_and_its_mark_one_target_gets_one_message_twice(
    root: Root, notices: Notices, chat: Chat, other: Chat, failpoint: str, folder: str, twice: int
) -> None:
    """kill -9 of a real process; nothing is lost, and nobody gets anything a third time."""
    for number in range(3):
        notices.tell("review_ready", None, f"J{number}")
    urls = (chat.url, other.url)
    words = [sys.executable, "-W", "ignore", "-c", KILLED, str(root.path), failpoint, folder, *urls]
    assert subprocess.run(words, timeout=120, check=False).returncode == -signal.SIGKILL
    assert waiting(root) or failpoint == "remove.done"
    assert Postman(root, Notices(root, Clock().now), urls).send_waiting()
    assert waiting(root) == []
    for service in (chat, other):
        heard = Counter(service.titles())
        assert set(heard) == {"J0", "J1", "J2"}
        assert sum(heard.values()) - 3 <= 1
    doubles = len(chat.heard) + len(other.heard) - 6
    # Each target may have a sending under way when the process is killed.
    assert twice <= doubles <= 2
    assert not [name for name in names(root, "sent") if name.startswith(".")], "half-written marks are left"


# what is found --------------------------------------------------------------------------------------------------------


def test_what_is_no_message_is_put_away_and_in_nobodys_way(
    root: Root, notices: Notices, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = root.private / "outbox"
    good = {"at": AT, "event": "e", "title": "t", "body": ""}
    (outbox / "note.txt").write_text("of a stranger")
    (outbox / "0000000000000001.json").write_text("{")
    (outbox / "0000000000000002.json").write_text("[" * 100_000)
    (outbox / "0000000000000003.json").write_text(json.dumps({**good, "key": "another"}))
    (outbox / "0000000000000004.json").write_text(json.dumps({**good, "key": "0000000000000004", "at": "today"}))
    (outbox / "0000000000000005.json").mkdir()
    os.mkfifo(outbox / "0000000000000006.json")
    (outbox / "0000000000000007.json").symlink_to("/etc/passwd")
    (outbox / "0000000000000008.json").write_bytes(b"")
    notices.tell("review_ready", JOB, "J1: review needed")
    assert Postman(root, notices, ()).send_waiting()
    assert told(root) == "2026-11-20T10:00:00+00:00  J1: review needed\n"
    assert names(root, "outbox") == []
    assert len(names(root, "dead")) == 9
    assert caplog.text.count("cannot be sent") == 9


def test_marks_are_forgotten_after_ninety_days(root: Root, notices: Notices, clock: Clock) -> None:
    postman = Postman(root, notices, (), clock=clock)
    for number in range(2):
        notices.tell("review_ready", None, f"J{number}")
    assert postman.send_waiting()
    now = clock.now().timestamp()
    for name, days in zip(names(root, "sent"), (88.9, 89.1), strict=True):
        os.utime(root.private / "sent" / name, (now - days * 86400,) * 2)
    postman.send_waiting()
    Postman(root, notices, (), clock=clock).send_waiting()
    assert len(names(root, "sent")) == 2
    clock.seconds += 86400
    postman.send_waiting()
    assert len(names(root, "sent")) == 1


def test_nothing_on_the_disk_names_the_address(root: Root, notices: Notices, clock: Clock, chat: Chat) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"json://canaryuser:CANARYSECRET@127.0.0.1:{free.getsockname()[1]}/CANARYPATH"
        notices.tell("job_failed", JOB, "J1: failed")
        assert not Postman(root, notices, (chat.url, dead), clock=clock).send_waiting()
    assert len(names(root, "sent")) == 1, "the good target is marked"
    for path in root.path.rglob("*"):
        assert "canary" not in path.name.lower()
        assert not path.is_file() or b"canary" not in path.read_bytes().lower()


# the thread -----------------------------------------------------------------------------------------------------------


def test_the_postman_sends_by_himself_until_he_is_stopped(root: Root, notices: Notices, chat: Chat) -> None:
    postman = Postman(root, notices, (chat.url,))
    postman.start()
    notices.tell("review_ready", JOB, "one")
    wait_until(lambda: chat.titles() == ["one"])
    notices.tell("review_ready", JOB, "two")
    postman.stop(30)
    assert chat.titles() == ["one", "two"], "what was told before the end is sent"
    assert waiting(root) == []
    postman.check()
    notices.tell("review_ready", JOB, "three")
    time.sleep(0.3)
    assert len(waiting(root)) == 1


def test_the_postman_lets_those_who_tell_much_come_to_an_end(
    root: Root, notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while: who tells without end is not waited for."""
    postman = Postman(root, notices, ())
    told = [*range(5)]

    def meanwhile(seconds: float) -> None:
        clock.seconds += seconds
        if told:
            notices.tell("job_stuck", None, f"message {told.pop()}")

    clock = Clock()
    monkeypatch.setattr(postman, "_clock", clock)
    monkeypatch.setattr("hotfolderd.notify.postman.time.sleep", meanwhile)
    postman._let_tell()
    assert told == []
    postman.send_waiting()
    before = clock.seconds
    postman._let_tell()
    assert clock.seconds == before, "a message was sent, and none was told"
    told += range(1000)
    notices.tell("job_stuck", None, "one more")
    postman._let_tell()
    assert len(told) > 980


def test_a_postman_who_died_is_replaced(
    root: Root, notices: Notices, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: died.set())

    def bug(name: str, path: Path) -> None:
        if path.parent.name == "sent":
            raise RuntimeError("a bug")

    postman = Postman(root, notices, (), clock=clock)
    set_failpoint(bug)
    try:
        postman.start()
        notices.tell("review_ready", JOB, "one")
        assert died.wait(30)
    finally:
        set_failpoint(None)
    assert len(waiting(root)) == 1
    clock.seconds += 10
    wait_until(lambda: (postman.check(), not names(root, "outbox"))[1])
    postman.stop(30)
    assert caplog.text.count("has died") == 1
    assert told(root).count("one") == 1


def test_a_full_disk_does_not_end_the_thread(root: Root, notices: Notices, chat: Chat) -> None:
    refused = threading.Event()

    def refuse(name: str, path: Path) -> None:
        if name == "make" and path.name == "sent":
            refused.set()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    (root.private / "sent").rmdir()
    postman = Postman(root, notices, (chat.url,))
    set_failpoint(refuse)
    try:
        postman.start()
        assert refused.wait(30)
    finally:
        set_failpoint(None)
    notices.tell("review_ready", JOB, "one")
    wait_until(lambda: chat.titles() == ["one"] and not names(root, "outbox"))
    postman.stop(30)


def test_sending_is_loaded_only_where_there_is_somebody_to_tell(tmp_path: Path) -> None:
    words = (
        "import sys; from hotfolderd.notify import *; from hotfolderd.root import make_root; from pathlib import Path\n"
    )
    words += "from datetime import UTC, datetime\n"
    words += f"root = make_root(Path({str(tmp_path / 'r')!r})); notices = Notices(root, lambda: datetime.now(UTC))\n"
    words += "notices.tell('e', None, 't'); assert Postman(root, notices, ()).send_waiting()\n"
    words += "Postman(root, notices, ('json://127.0.0.1',)).send_waiting(); sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], timeout=60, check=False).returncode == 0


# wording --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone, ben@example.com", "@\u200beveryone, ben@\u200bexample.com"),
        ("<!channel> <@U123> <b>", "‹!channel› ‹@\u200bU123› ‹b›"),
        ("[click](https://bad.example)", "[click] (https:\u200b//bad.example)"),
        ("[click][1] [1]: here", "[click] [1] [1] : here"),
        ("```code```", "'''code'''"),
        ("a\x1b[31mred\x07\t.", "a [31mred  ."),
        ("a\u202egnp.exe\u2066\u200b\u200d\ufeff\u00ad", "agnp.exe"),
        ("a\u2028b\x85c", "a b c"),
        ("bad\udcff name", "bad\ufffd name"),
        ("Ünïcode ✓ 日本 → “x” 5 %", "Ünïcode ✓ 日本 → “x” 5 %"),
        (
            "/srv/folders/2-review/Poster (final) [v2]/review.yaml",
            "/srv/folders/2-review/Poster (final) [v2]/review.yaml",
        ),
    ],
)
def test_a_text_calls_nobody_and_formats_nothing_and_can_be_read(text: str, shown: str) -> None:
    assert harmless(text) == shown
    assert harmless(harmless(text)) == shown


def test_a_long_name_loses_its_middle_so_that_what_we_say_of_it_is_read(root: Root, notices: Notices) -> None:
    assert len(harmless("x" * 10_000)) == 200
    assert len(harmless("x" * 10_000, 400)) == 400
    notices.tell("review_ready", JOB, f"{'x' * 5000}: review needed", f"{'y' * 5000}.psd\nsecond\n" + "z\n" * 5000)
    (message,) = waiting(root)
    assert message["title"].endswith("x: review needed")
    assert message["title"].startswith("xxx")
    assert len(message["title"]) == 200
    first, second, *_ = message["body"].split("\n")
    assert (len(first), second) == (500, "second")
    assert len(message["body"]) == 4000


def test_whatever_is_told_goes_out_harmless(root: Root, notices: Notices, chat: Chat) -> None:
    notices.tell("e", JOB, "@everyone\n\u202efdp.exe <b>", "[a](http://b)\n@here \udc80")
    assert Postman(root, notices, (chat.url,)).send_waiting()
    (heard,) = chat.heard
    assert heard["title"] == "@\u200beveryone fdp.exe ‹b›"
    assert heard["message"] == "[a] (http:\u200b//b)\n@\u200bhere \ufffd"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("apprise").setLevel(logging.NOTSET)
