"""`status --watch` ends when the record says that the job is done, not when its folder has come to its last place."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfolderd.cli.status import _changes, _line
from hotfolderd.pipeline import APPROVAL, COMPLETED, FAILED, PROCESSING
from hotfolderd.records import Failure, Intent, Job
from hotfolderd.root import Root, make_root
from hotfolderd.stages.episode.line import LINE
from hotfolderd.store import Store

ORDER = {"job": "light", "kind": "episode", "batch": "B1", "client": "ACME"}


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


class Watching:
    """Somebody who watches one job; `lines` is what was printed."""

    def __init__(self, root: Root) -> None:
        self.lines: list[str] = []
        self.thread = threading.Thread(target=self._watch, args=(root,), daemon=True)
        self.thread.start()

    def _watch(self, root: Root) -> None:
        for one in _changes(root, "light", 0.05):
            self.lines.append(_line(one))

    def ended(self, within_s: float) -> bool:
        self.thread.join(within_s)
        return not self.thread.is_alive()


def came_to(root: Root, target: str, source: str, failure: Failure | None = None) -> tuple[Store, Path, Job]:
    """A job whose folder has come to its last place, of which its record does not know yet."""
    store = Store(root, {"episode": LINE}, lambda: datetime.now(UTC))
    built = root.intake / "light"
    built.mkdir(parents=True)
    place = root.path / PROCESSING / "light"
    job = store.create(built, ORDER)
    built.rename(place)
    job = store.arrive(place, job)
    if source != PROCESSING:
        place, job = store.move(place, job, Intent(PROCESSING, source, "test", "system"))
        job = store.arrive(place, job)
    if failure:
        job = store.save(place, dataclasses.replace(job, failure=failure))
    return store, *store.move(place, job, Intent(source, target, "test", "system"))


def test_the_last_line_says_that_the_video_is_ready(root: Root) -> None:
    store, place, job = came_to(root, COMPLETED, APPROVAL)
    watching = Watching(root)
    time.sleep(0.7)  # several looks, each of which asks a few times
    assert not watching.ended(0.1), watching.lines
    store.arrive(place, job)
    assert watching.ended(10)
    assert watching.lines[-1] == "light\t7-completed\tcompleted\t100 %\tVideo ready!\tACME"


def test_the_last_line_says_that_it_has_failed(root: Root) -> None:
    failure = Failure(PROCESSING, "scenes", "JobError", "no scene", "write one", "log", 1, "2026-11-20T10:00:00.000Z")
    store, place, job = came_to(root, FAILED, PROCESSING, failure)
    watching = Watching(root)
    time.sleep(0.7)
    assert not watching.ended(0.1), watching.lines
    store.arrive(place, job)
    assert watching.ended(10)
    assert watching.lines[-1] == "light\tfailed\tfailed\t0 %\tProcessing failed: no scene\tACME"


def test_a_job_that_is_gone_is_watched_no_more(root: Root) -> None:
    assert Watching(root).ended(5)
