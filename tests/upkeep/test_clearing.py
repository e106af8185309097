"""`gc`: it removes what is left over or too old, by a rename first, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfolderd.config import RetentionSettings
from hotfolderd.lock import RootLock
from hotfolderd.model import to_json
from hotfolderd.records import Job, Record
from hotfolderd.root import Root, make_root
from hotfolderd.stages.episode.board import BOARD, Board, Made, Params, Segment, Version, clip_of
from hotfolderd.upkeep.clearing import clear, look

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400
KEEP = RetentionSettings(archive_days=30, messages_days=90, batches_days=60)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


def put_job(root: Root, name: str, folder: str, since: str) -> Path:
    path = root.path / folder / name
    (path / ".job").mkdir(parents=True)
    (path / "big.psd").write_bytes(b"x" * 1000)
    at = f"{since}T10:00:00.000Z"
    with Record(path) as record:
        record.job = Job(name, "template", name, "B1", folder, "completed", at, at, since=at)
    return path


def put_batch(root: Root, name: str, ended: str | None, jobs: tuple[str, ...]) -> Path:
    path = root.batches / name
    path.mkdir()
    head = {
        "batch": name,
        "name": name,
        "status": "complete",
        "submitted_by": "a",
        "taken_at": ended or "2026-01-01T00:00:00+00:00",
    }
    more = {"source": "", "home": "", "start": "auto", "max_jobs": None, "jobs": jobs, "waiting": ()}
    (path / "plan.json").write_text(json.dumps({**head, **more, "completed_at": ended}))
    return path


def made(path: Path, days_ago: float, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (NOW - days_ago * DAY_S, NOW - days_ago * DAY_S))
    return path


def names(root: Root, keep: RetentionSettings = KEEP, cache_mib: int = 100) -> set[str]:
    return {str(one.path.relative_to(root.path)) for one in look(root, keep, cache_mib, NOW)}


def test_a_job_goes_from_the_archive_when_it_is_old_enough_and_from_nowhere_else(root: Root) -> None:
    """31 days in the archive, where 30 are set; 29 are not enough; a completed job stays however old it is."""
    put_job(root, "OLD", "archive", "2026-10-20")
    put_job(root, "NEW", "archive", "2026-10-22")
    put_job(root, "DONE", "7-completed", "2020-01-01")
    (root.path / "archive/no job").mkdir()
    assert names(root) == {"archive/OLD"}
    assert names(root, RetentionSettings()) == set()
    gone = clear(root, look(root, KEEP, 100, NOW))
    assert [one.size > 1000 for one in gone] == [True]
    left = {path.name for path in (root.path / "archive").iterdir() if path.is_dir()}
    assert left == {"NEW", "no job"}
    assert (root.path / "7-completed/DONE").is_dir()
    assert list((root.private / "trash").iterdir()) == []


def test_looking_changes_nothing(root: Root) -> None:
    put_job(root, "OLD", "archive", "2026-01-01")
    before = sorted((path, path.lstat().st_mtime_ns) for path in root.path.rglob("*"))
    assert look(root, KEEP, 100, NOW)
    assert sorted((path, path.lstat().st_mtime_ns) for path in root.path.rglob("*")) == before


def test_a_job_that_left_the_archive_meanwhile_is_not_removed(root: Root) -> None:
    path = put_job(root, "OLD", "archive", "2026-01-01")
    found = look(root, KEEP, 100, NOW)
    path.rename(root.path / "7-completed/OLD")
    assert clear(root, found) == []
    assert (root.path / "7-completed/OLD/big.psd").exists()


def test_a_job_whose_record_says_that_it_stands_elsewhere_stays(root: Root) -> None:
    """Dragged there a moment ago: the daemon has yet to say what that means."""
    path = put_job(root, "MOVED", "archive", "2026-01-01")
    with Record(path) as record:
        record.job = dataclasses.replace(record.job, stage="7-completed")
    assert names(root) == set()


def test_a_batch_goes_when_no_job_of_it_is_left(root: Root) -> None:
    put_batch(root, "B_OLD", "2026-01-01T10:00:00+00:00", ("GONE",))
    put_batch(root, "B_USED", "2026-01-01T10:00:00+00:00", ("DONE",))
    put_batch(root, "B_OPEN", None, ("GONE",))
    put_job(root, "DONE", "7-completed", "2026-01-01")
    assert names(root) == {"batches/B_OLD"}


def test_old_messages_go_and_those_that_wait_stay(root: Root) -> None:
    made(root.private / "sent/a.messages", 91)
    made(root.private / "dead/b.json", 91)
    made(root.private / "sent/c.messages", 89)
    made(root.private / "outbox/d.json", 500)
    assert names(root) == {".hotfolderd/sent/a.messages", ".hotfolderd/dead/b.json"}


def test_of_the_cache_goes_what_was_not_used_for_longest(root: Root) -> None:
    """Three results of 400 KiB, where 1 MiB is set: the oldest goes, and one that was never finished."""
    for number in (1, 2, 3):
        folder = made(root.private / f"cache/read-design/{number}/out", 0, b"x" * 400 * 1024).parent
        os.utime(folder, (NOW - number * DAY_S, NOW - number * DAY_S))
    beside = made(root.private / "cache/read-design/.4.77.new/out", 2).parent
    os.utime(beside, (NOW - 2 * DAY_S, NOW - 2 * DAY_S))
    assert names(root, cache_mib=1) == {".hotfolderd/cache/read-design/3", ".hotfolderd/cache/read-design/.4.77.new"}


def test_what_the_daemon_tidies_up_itself_is_left_to_it(root: Root) -> None:
    """Jobs that were being built for a batch that is gone; a batch that is there may still build them."""
    (root.intake / "B_GONE").mkdir()
    (root.intake / "B_THERE").mkdir()
    put_batch(root, "B_THERE", None, ("X",))
    with RootLock(root):
        assert names(root) == set()
    assert names(root) == {".hotfolderd/intake/B_GONE"}


def test_what_a_killed_sweep_left_is_removed_by_the_next(root: Root) -> None:
    (root.private / "trash/abc").mkdir(parents=True)
    assert names(root) == {".hotfolderd/trash/abc"}
    clear(root, look(root, KEEP, 100, NOW))
    assert names(root) == set()


def put_film(root: Root, versions: int) -> Path:
    """An episode that waits for its review, with so many versions of its one segment."""
    path = put_job(root, "FILM", "2-review", "2026-11-19")
    clip = Made("0" * 64, 4, 1.0, 10.0, 160, 90, 0.1, "2026-11-19T10:00:00.000Z", "storyboard", {})
    made_ones = tuple(Version(n, Params(n), state="made", made=clip) for n in range(1, versions + 1))
    for one in made_ones:
        (path / clip_of(1, one.version)).parent.mkdir(parents=True)
        (path / clip_of(1, one.version)).write_bytes(b"clip")
    work = path / ".job/work/make-segments"
    work.mkdir(parents=True)
    (work / BOARD).write_text(to_json(Board((Segment(1, made_ones, versions, None),))))
    return path


def test_of_a_film_the_clips_that_are_no_longer_needed_go_and_that_is_noted(root: Root) -> None:
    path = put_film(root, 5)
    found = look(root, KEEP, 100, NOW)
    assert [str(one.path.relative_to(path)) for one in found] == [clip_of(1, 1), clip_of(1, 2)]
    assert clear(root, found) == found
    assert [n for n in range(1, 6) if (path / clip_of(1, n)).exists()] == [3, 4, 5]
    assert (path / "segments/001/v1/media_deleted.json").exists()
    assert look(root, KEEP, 100, NOW) == []


def test_clips_of_a_job_that_somebody_is_at_stay(root: Root) -> None:
    path = put_film(root, 5)
    found = look(root, KEEP, 100, NOW)
    with Record(path) as record:
        record.job = dataclasses.replace(record.job, doing="Generating segments…")
    assert clear(root, found) == []
    assert (path / clip_of(1, 1)).exists()
    assert look(root, KEEP, 100, NOW) == []
