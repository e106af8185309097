"""Faults of the machine while messages are sent: no message is forgotten, and nothing is made where no root is."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfolderd.notify import MESSAGES, Notices, Postman
from hotfolderd.notify.outbox import Message, Outbox
from hotfolderd.root import Root, make_root


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


@pytest.fixture
def notices(root: Root) -> Notices:
    return Notices(root, lambda: datetime.now(UTC))


def told(root: Root) -> str:
    path = root.path / MESSAGES
    return path.read_text() if path.exists() else ""


class FewHandles(Outbox):
    """An outbox in a process that for one moment may open no file."""

    refused = False

    def read(self, key: str) -> Message | None:
        if not self.refused:
            self.refused = True
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().read(key)


def test_a_message_that_could_not_be_read_for_a_moment_is_sent(root: Root, notices: Notices) -> None:
    notices.outbox = FewHandles(root)
    postman = Postman(root, notices, ())
    notices.tell("review_ready", None, "one")
    with pytest.raises(OSError, match="open files"):
        postman.send_waiting()
    assert postman.send_waiting()
    assert told(root).count("one") == 1


def test_a_message_for_which_no_thread_could_be_started_is_tried_again(
    root: Root, notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, refused = threading.Thread.start, []

    def no_room(thread: threading.Thread) -> None:
        if not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    clock = [1000.0]
    monkeypatch.setattr(threading.Thread, "start", no_room)
    postman = Postman(root, notices, (), clock=lambda: clock[0])
    notices.tell("review_ready", None, "one")
    assert not postman.send_waiting()
    clock[0] += 60
    assert postman.send_waiting()
    assert told(root).count("one") == 1


def test_what_a_file_refused_for_long_is_written_as_soon_as_it_takes_something(root: Root, notices: Notices) -> None:
    """As after a disk that was full or read-only: nobody waits for the next try of each message."""
    clock = [1000.0]
    postman = Postman(root, notices, (), clock=lambda: clock[0])
    (root.path / MESSAGES).mkdir()
    for text in ("one", "two"):
        notices.tell("review_ready", None, text)
    for _ in range(4):
        assert not postman.send_waiting()
        clock[0] += 20
    (root.path / MESSAGES).rmdir()
    notices.tell("review_ready", None, "three")
    clock[0] += 0.1
    assert postman.send_waiting()
    assert [told(root).count(text) for text in ("one", "two", "three")] == [1, 1, 1]


def test_a_postman_who_cannot_be_started_is_started_later(
    root: Root, notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    postman = Postman(root, notices, (), clock=lambda: clock[0])
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", lambda _: (_ for _ in ()).throw(RuntimeError("no thread")))
        postman.start()
    notices.tell("review_ready", None, "one")
    clock[0] += 10
    postman.check()
    postman.stop(30)
    assert told(root).count("one") == 1


def test_nothing_is_made_where_the_root_was_mounted(root: Root, notices: Notices, tmp_path: Path) -> None:
    """What is left of a share that went away is an empty folder: it stays empty."""
    postman = Postman(root, notices, ())
    shutil.move(root.path, tmp_path / "away")
    root.path.mkdir()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            postman.send_waiting()
    with pytest.raises(FileNotFoundError):
        notices.tell("review_ready", None, "one")
    assert list(root.path.iterdir()) == []


def test_no_message_of_another_root_in_its_place_is_sent(root: Root, notices: Notices, tmp_path: Path) -> None:
    postman = Postman(root, notices, ())
    shutil.move(root.path, tmp_path / "away")
    other = make_root(root.path)
    Notices(other, lambda: datetime.now(UTC)).tell("review_ready", None, "not ours")
    postman.check(away=True)
    postman.send_waiting()
    assert told(other) == ""
