"""Messages: queued as files, sent at least once, never in the way of the line."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hotfolderd.notify import MESSAGES, Notices, Postman, harmless
from hotfolderd.records import Job
from hotfolderd.root import Root, make_root

# A plug-in of apprise that nobody asked for imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
AT = "2026-11-20T10:00:00.000Z"
JOB = Job("J1", "template", "u1", "B1", "2-review", "awaiting_review", AT, AT, since=AT)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


@pytest.fixture
def notices(root: Root) -> Notices:
    return Notices(root, lambda: datetime(2026, 11, 20, 10, 0, tzinfo=UTC))


def waiting(root: Root) -> list[dict[str, str]]:
    return [json.loads(path.read_bytes()) for path in sorted((root.private / "outbox").glob("*.json"))]


class Chat(BaseHTTPRequestHandler):
    """A chat service that keeps what it is told and fails as often as it is told to."""

    heard: list[dict[str, str]]
    failures = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if type(self).failures > 0:
            type(self).failures -= 1
            self.send_response(500)
        else:
            type(self).heard.append(body)
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""


@pytest.fixture
def chat() -> Iterator[str]:
    """The address of a chat service of our own."""
    Chat.heard, Chat.failures = [], 0
    server = HTTPServer(("127.0.0.1", 0), Chat)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_waits_in_the_outbox_and_rings(root: Root, notices: Notices) -> None:
    notices.tell("review_ready", JOB, "J1: review needed", "look at it")
    assert notices.posted.is_set()
    (message,) = waiting(root)
    assert (message["event"], message["title"], message["body"]) == ("review_ready", "J1: review needed", "look at it")
    assert message["at"] == "2026-11-20T10:00:00+00:00"


def test_the_same_message_about_the_same_round_is_queued_once(root: Root, notices: Notices) -> None:
    for _ in range(3):
        notices.tell("review_ready", JOB, "J1: review needed")
    assert len(waiting(root)) == 1
    notices.tell("review_ready", dataclasses.replace(JOB, decisions=1), "J1: review needed")
    notices.tell("review_ready", dataclasses.replace(JOB, uid="u2"), "J1: review needed")
    notices.tell("review_ready", None, "J1: review needed")
    assert len(waiting(root)) == 4


def test_without_an_address_messages_are_kept_in_a_file(root: Root, notices: Notices) -> None:
    postman = Postman(root, notices, ())
    notices.tell("review_ready", JOB, "J1: review needed", "first\nsecond")
    assert postman.send_waiting()
    assert waiting(root) == []
    notices.tell("job_failed", JOB, "J1: failed")
    assert postman.send_waiting()
    assert (root.path / MESSAGES).read_text() == (
        "2026-11-20T10:00:00+00:00  J1: review needed\n    first\n    second\n2026-11-20T10:00:00+00:00  J1: failed\n"
    )


def test_a_message_that_cannot_be_kept_waits(root: Root, notices: Notices) -> None:
    (root.path / MESSAGES).mkdir()
    notices.tell("job_failed", JOB, "J1: failed")
    postman = Postman(root, notices, ())
    assert not postman.send_waiting()
    assert len(waiting(root)) == 1
    (root.path / MESSAGES).rmdir()
    assert postman.send_waiting()
    assert waiting(root) == []


def test_a_message_is_sent_to_the_address(root: Root, notices: Notices, chat: str) -> None:
    notices.tell("review_ready", JOB, "J1: review needed", "look at it")
    assert Postman(root, notices, (chat,)).send_waiting()
    assert [(one["title"], one["message"]) for one in Chat.heard] == [("J1: review needed", "look at it")]
    assert waiting(root) == []
    assert not (root.path / MESSAGES).exists()


def test_a_message_that_is_refused_is_sent_again(root: Root, notices: Notices, chat: str) -> None:
    Chat.failures = 1
    notices.tell("review_ready", JOB, "J1: review needed")
    postman = Postman(root, notices, (chat,))
    assert not postman.send_waiting()
    assert len(waiting(root)) == 1
    assert postman.send_waiting()
    assert [one["title"] for one in Chat.heard] == ["J1: review needed"]
    assert waiting(root) == []


def test_messages_survive_the_daemon(root: Root, notices: Notices, chat: str) -> None:
    notices.tell("review_ready", JOB, "J1: review needed")
    later = Notices(root, lambda: datetime(2026, 11, 21, tzinfo=UTC))
    assert Postman(root, later, (chat,)).send_waiting()
    assert len(Chat.heard) == 1


def test_the_postman_sends_by_himself_until_he_is_stopped(root: Root, notices: Notices, chat: str) -> None:
    postman = Postman(root, notices, (chat,), retry_s=0.05)
    Chat.failures = 1
    postman.start()
    notices.tell("review_ready", JOB, "one")
    for _ in range(200):
        if Chat.heard:
            break
        threading.Event().wait(0.02)
    assert [one["title"] for one in Chat.heard] == ["one"]
    postman.stop()
    assert not postman.is_alive()


def test_a_damaged_message_is_in_nobodys_way(root: Root, notices: Notices) -> None:
    (root.private / "outbox" / "0000.json").write_text("{")
    notices.tell("review_ready", JOB, "J1: review needed")
    Postman(root, notices, ()).send_waiting()
    assert "review needed" in (root.path / MESSAGES).read_text()


def test_a_message_calls_nobody_and_stays_short() -> None:
    assert "@everyone" not in harmless("@everyone come here")
    assert harmless("a\x1b[31mred\x07") == "a [31mred "
    assert harmless("a\u202eb\u2028c") == "a b c"
    assert len(harmless("x" * 10_000)) == 200
    assert harmless("x" * 10_000, 4000).endswith("…")
    assert harmless("Ünïcode ✓ 日本") == "Ünïcode ✓ 日本"
