"""One round of the daemon: what it costs, how long it waits, and what stops it."""

from __future__ import annotations

import errno
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotfolderd.config import Config, WorkerSettings
from hotfolderd.daemon import Daemon
from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import set_failpoint
from hotfolderd.engine.hints import EVERYTHING, Hint, Hints
from hotfolderd.engine.space import Space
from hotfolderd.lock import RootLock
from hotfolderd.parts import Parts, put_together
from hotfolderd.pipeline import ARCHIVE, PROCESSING, REVIEW
from hotfolderd.root import make_root


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    root = make_root(tmp_path / "folders")
    parts = put_together(Config(root=root.path, watch="polling").runtime(), root, Hints())
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


@pytest.mark.parametrize(("told", "at_most_s"), [(True, 0.005), (False, math.inf)])
def test_a_look_by_time_forgets_nothing_that_was_told(tmp_path: Path, told: bool, at_most_s: float) -> None:
    """Where changes are told it looks at waiting jobs for a six-thousandth of the 30 s, otherwise at all."""
    daemon = Daemon(Config(root=tmp_path, rescan_s=30.0).runtime())
    daemon._hints.ring(tmp_path / "J1")
    hint = daemon._where_to_look(time.monotonic() - 1.0, told=told)
    assert hint == Hint(frozenset({tmp_path / "J1"}), everything=True, by_time_s=at_most_s)
    daemon._hints.ring(None)
    assert daemon._where_to_look(time.monotonic() - 1.0, told=told).by_time_s is None, "events were lost: look at all"


def test_the_daemon_ends_after_a_look_at_everything_only(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look by time leaves jobs and folders to the next one: what nothing has told may lie there."""
    hints: list[Hint] = []
    monkeypatch.setattr(Parts, "round", lambda _, hint: hints.append(hint))
    monkeypatch.setattr(Parts, "idle", lambda *_: any(hint.by_time_s is not None for hint in hints))
    daemon = Daemon(Config(root=parts.root.path, poll_s=0.05).runtime(), until_idle=True)
    with RootLock(parts.root) as lock:
        daemon._loop(parts.root, lock, parts)
    assert [hint.by_time_s for hint in hints[-2:]] == [math.inf, None]


def test_lists_and_pages_come_after_what_is_due_but_not_much(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred answers saved at once have their receipts before ten thousand jobs are listed anew."""
    index = parts.root.private / "index.json"
    due: list[float | None] = [0.0, 0.05, None, 0.0, 0.0]
    monkeypatch.setattr(parts.reconciler, "round", lambda _: due.pop(0))

    def round_with_news() -> bool:
        index.unlink(missing_ok=True)
        parts.index.changed("J1")
        parts.index._not_before = 0.0
        parts.round(Hint())
        return index.exists()

    assert [round_with_news() for _ in range(3)] == [False, False, True]
    assert not round_with_news()
    later = time.monotonic() + 2.5
    monkeypatch.setattr("hotfolderd.parts.time.monotonic", lambda: later)
    assert round_with_news(), "they have waited for long enough"


def test_a_drop_is_taken_in_while_jobs_wait_for_the_only_worker(tmp_path: Path) -> None:
    """Neither the line nor the inbox has the workers for itself."""
    root = make_root(tmp_path / "folders")
    settings = Config(root=root.path, watch="polling", settle_s=0.0)
    parts = put_together(settings.model_copy(update={"workers": WorkerSettings(processes=1)}).runtime(), root, Hints())
    processing, review = root.path / PROCESSING, root.path / REVIEW
    try:
        make_small_batch(root.inbox, 8)
        _rounds(parts, lambda: any(review.glob("TINY*")))
        make_small_batch(tmp_path / "urgent", 1)
        (tmp_path / "urgent" / "tiny.csv").unlink()
        (tmp_path / "urgent").rename(root.inbox / "urgent")
        _rounds(parts, lambda: root.find_job("urgent") is not None)
        assert any(processing.glob("TINY*")), "the line was full all the time"
        reviewed = len(list(review.glob("TINY*")))
        _rounds(parts, lambda: len(list(review.glob("TINY*"))) > reviewed)
    finally:
        parts.watcher.stop()
        parts.workers.stop(0)


def _rounds(parts: Parts, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        parts.round(EVERYTHING)
        time.sleep(0.01)


def test_the_daemon_loads_nothing_heavy_not_even_to_take_a_decision() -> None:
    """Reading designs, drawing and matching is the workers' business; the daemon stays small for months."""
    heavy = ("PIL", "apprise", "jinja2", "lxml", "numpy", "psd_tools", "py_aep", "scipy", "hotfolderd.matching.matcher")
    code = f"""
import sys
import hotfolderd.daemon
from hotfolderd.lines import LINES
from hotfolderd.pipeline import function_named
for line in LINES.values():
    for stage in line.stages.values():
        if stage.gate:
            names = [stage.gate.read, stage.gate.answered_by, *(one.after for one in stage.gate.outcomes.values())]
            assert [function_named(name) for name in names if name]
print([name for name in {heavy!r} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "[]\n"


def test_a_daemon_that_ends_while_another_root_stands_there_writes_no_status_into_it(tmp_path: Path) -> None:
    """Such as a copy, or an older state of a share, with the same job."""
    root = make_root(tmp_path / "folders")
    make_small_batch(root.inbox, 1)
    daemon = Daemon(Config(root=root.path, settle_s=0.2, watch="polling").runtime())
    job = root.path / PROCESSING / "TINY0001"
    before: list[bytes] = []

    def put_another_root_there(name: str, path: Path) -> None:
        """While the end of a first step is noted, of which the status says nothing yet."""
        noted = name == "write" and path == job / ".job/record.json"
        if noted and not before and ": done in" in (job / ".job/events.jsonl").read_text():
            root.path.rename(tmp_path / "away")
            shutil.copytree(tmp_path / "away", root.path)
            (root.private / "root.id").write_text("another\n")
            before.append((job / "status.yaml").read_bytes())
            daemon._ending = "SIGTERM"

    set_failpoint(put_another_root_there)
    try:
        daemon.run()
    finally:
        set_failpoint(None)
    assert before == [(job / "status.yaml").read_bytes()]
