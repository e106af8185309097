"""The index: it says what the records say, whatever has happened to it."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfolderd import index
from hotfolderd.index import Index, list_jobs, rebuild
from hotfolderd.lines import LINES
from hotfolderd.records import Job
from hotfolderd.root import Root, make_root
from hotfolderd.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


def put(root: Root, name: str, *, folder: str = "1-processing", priority: str = "medium") -> Job:
    place = root.path / folder / name
    place.mkdir()
    order = {"job": name, "kind": "template", "batch": "B1", "priority": priority, "client": "Müller"}
    return Store(root, LINES, lambda: datetime.now(UTC)).create(place, order)


def changed(root: Root, job: Job, folder: str = "1-processing", **changes: object) -> Job:
    store = Store(root, LINES, lambda: datetime.now(UTC))
    return store.save(root.path / folder / job.job, dataclasses.replace(job, **changes))  # type: ignore[arg-type]


def test_the_live_index_and_one_that_is_made_anew_are_equal(root: Root) -> None:
    jobs = [put(root, f"J{number}") for number in range(5)]
    live = Index(root)
    for job in jobs:
        live.changed(job.job)
    live.write([("1-processing", job) for job in jobs])
    kept = index.read(root)
    assert rebuild(root) == 5
    assert index.read(root) == kept
    assert set(kept) == {"J0", "J1", "J2", "J3", "J4"}


def test_a_row_that_is_older_than_its_record_is_not_believed(root: Root) -> None:
    job = put(root, "J1")
    rebuild(root)
    changed(root, job, status="processing", progress=17)
    assert [(one["status"], one["progress"]) for one in list_jobs(root)] == [("processing", 17)]


def test_a_job_that_was_moved_made_or_taken_away_since_is_listed_where_it_stands(root: Root) -> None:
    put(root, "J1")
    put(root, "J2")
    rebuild(root)
    (root.path / "1-processing/J1").rename(root.path / "2-review/J1")
    put(root, "J3", priority="high")
    (root.path / "1-processing/J2").rename(root.path.parent / "J2")
    assert [(one["job"], one["stage"], one["folder"]) for one in list_jobs(root)] == [
        ("J3", "1-processing", "1-processing/J3"),
        ("J1", "2-review", "2-review/J1"),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\x00" * 30, b'{"meta": {"1": {"schema": 99}}, "jobs": {}}', b"{}"]
)
def test_an_index_that_cannot_be_read_costs_only_time(root: Root, content: bytes) -> None:
    put(root, "J1")
    (root.private / "index.json").write_bytes(content)
    assert [one["job"] for one in list_jobs(root)] == ["J1"]
    (root.private / "index.json").unlink()
    assert [one["job"] for one in list_jobs(root)] == ["J1"]


def test_listing_reads_no_record_that_the_index_knows(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "J1")
    rebuild(root)
    monkeypatch.setattr(index, "read_job", None)
    assert [one["client"] for one in list_jobs(root)] == ["Müller"]


def test_it_is_written_once_a_second_at_most_and_more_seldom_where_that_is_dear(root: Root) -> None:
    job = put(root, "J1")
    now = [100.0]
    live = Index(root, clock=lambda: now[0])
    assert live.due_s() is None
    live.changed("J1")
    assert live.due_s() == 0.0

    def slowly() -> list[tuple[str, Job]]:
        now[0] += 0.2
        return [("1-processing", job)]

    live.write(slowly())
    assert live.due_s() is None
    live.changed("J1")
    assert live.due_s() == pytest.approx(1.0)
    live.write(entry for entry in slowly())
    live.changed("J1")
    assert live.due_s() == pytest.approx(1.0)
    now[0] += 1.0
    assert live.due_s() == pytest.approx(0.0)


def test_folders_that_are_no_jobs_are_not_listed(root: Root) -> None:
    put(root, "J1")
    (root.path / "2-review" / "holiday").mkdir()
    copy = root.path / "2-review" / "J1 copy" / ".job"
    copy.mkdir(parents=True)
    (copy / "record.json").write_bytes((root.path / "1-processing/J1/.job/record.json").read_bytes())
    assert rebuild(root) == 1
    assert [one["job"] for one in list_jobs(root)] == ["J1"]
    assert json.loads((root.private / "index.json").read_bytes())["meta"]
