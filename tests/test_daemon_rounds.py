"""One round of the daemon: what it costs, how long it waits, and what stops it."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfolderd.config import Config
from hotfolderd.daemon import Parts, put_together
from hotfolderd.disk import set_failpoint
from hotfolderd.engine.hints import EVERYTHING, Hint, Hints
from hotfolderd.engine.space import Space
from hotfolderd.pipeline import ARCHIVE
from hotfolderd.root import make_root


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    root = make_root(tmp_path / "folders")
    parts = put_together(Config(root=root.path, watch="polling"), root, Hints())
    yield parts
    parts.watcher.stop()
    parts.workers.stop(0)


def test_while_the_disk_is_nearly_full_the_daemon_does_not_spin(parts: Parts) -> None:
    parts.space = Space(parts.root, parts.space._notices, 256, free=lambda _: 1.0)
    parts.round(EVERYTHING)
    due_s = parts.round(Hint())
    assert due_s is not None
    assert due_s > 0.5
    parts.space = Space(parts.root, parts.space._notices, 256, free=lambda _: 1000.0)
    (parts.root.inbox / "one.psd").touch()
    parts.drops_due_at = time.monotonic()
    parts.round(Hint())
    assert "one.psd" in (parts.root.private / "drops.json").read_text()


def test_a_round_with_20000_hints_takes_no_longer_than_they_do(parts: Parts) -> None:
    """Each hint is looked at once; comparing each with all of them would take minutes."""
    parts.round(EVERYTHING)
    folders = frozenset(parts.root.path / ARCHIVE / f"J{number}" for number in range(20_000))
    began = time.process_time()
    parts.round(Hint(folders))
    assert time.process_time() - began < 10


def test_an_index_that_cannot_be_written_stops_nothing_and_is_written_later(parts: Parts) -> None:
    def fail(_: str, path: Path) -> None:
        if path.name == "index.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    parts.index.changed("J1")
    set_failpoint(fail)
    try:
        parts.round(EVERYTHING)
    finally:
        set_failpoint(None)
    due_s = parts.index.due_s()
    assert due_s is not None
    assert due_s > 0.5, "not in each round"
