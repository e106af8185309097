"""The index: one row for each job in `.hotfolderd/index.json` (TinyDB), so that listing jobs reads one file.

A cache and nothing more: each row carries the mark of the record that it was made from, and a reader takes it only
while the record still has that mark. It may be deleted at any time. No decision ever reads it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.pipeline import JOB_FOLDERS
from hotfolderd.records import AtomicStorage, Job, read_job
from hotfolderd.root import Root
from hotfolderd.standing import summary_of

log = logging.getLogger(__name__)
SCHEMA_VERSION = 1
# Writing it takes at most a twentieth of the time, however many jobs there are.
_LEAST_PAUSE_S = 1.0
_SHARE = 20
Row = dict[str, Any]


class Index:
    """Writes the index of a root. `clock` is monotonic, in seconds."""

    def __init__(self, root: Root, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._marks: dict[str, str] = {}  # numbers with blanks between: in lists they take twice as much
        self._changed: set[str] = set()
        self._not_before = 0.0

    def changed(self, name: str) -> None:
        """The record of a job was written, or the job is gone."""
        self._changed.add(name)

    def due_s(self) -> float | None:
        """Seconds until the index should be written; None where nothing has changed."""
        return max(0.0, self._not_before - self._clock()) if self._changed else None

    def write(self, jobs: Iterable[tuple[str, Job]]) -> None:
        """Write the rows of all jobs, each given with the folder of the line that it stands in. Raises OSError."""
        began = self._clock()
        known = list(jobs)
        names = {job.job for _, job in known}
        self._marks = {name: mark for name, mark in self._marks.items() if name in names and name not in self._changed}
        # First what is kept, then what is thrown away: mixed in memory, the first would keep the room of the second.
        for folder, job in known:
            if job.job not in self._marks:
                self._marks[job.job] = " ".join(map(str, _mark(f"{self._root.path}/{folder}/{job.job}")))
        try:
            _write(self._root, (self._row(folder, job) for folder, job in known))
            self._changed.clear()
        finally:
            cost = self._clock() - began
            self._not_before = self._clock() + max(_LEAST_PAUSE_S, _SHARE * cost)

    def _row(self, folder: str, job: Job) -> Row:
        return {**summary_of(job, folder), "mark": [int(number) for number in self._marks[job.job].split()]}


def rebuild(root: Root) -> int:
    """Write the index from the folders alone; the number of jobs."""
    rows = []
    for folder, name in root.job_names():
        path = root.path / folder / name
        mark, row = _mark(path), _read(folder, path)
        if row is not None:
            rows.append({**row, "mark": mark})
    _write(root, rows)
    return len(rows)


def list_jobs(root: Root) -> list[Row]:
    """All jobs as `status --json` shows them, as they are now: by stage, then priority, then age."""
    known = read(root)
    found = []
    for folder, name in root.job_names():
        path = root.path / folder / name
        row = known.get(name)
        if row is None or row["mark"] != _mark(path):
            row = _read(folder, path)
        if row is not None:
            found.append({key: value for key, value in row.items() if key != "mark"} | _place(folder, name))
    stages = {folder: number for number, folder in enumerate(JOB_FOLDERS)}
    return sorted(
        found, key=lambda row: (stages.get(row["stage"], 0), PRIORITY_ORDER[row["priority"]], row["created_at"])
    )


def read(root: Root) -> dict[str, Row]:
    """The rows of the index as it lies there, by job; empty where there is none that can be read."""
    storage = AtomicStorage(_path(root))
    try:
        tables = TinyDB(storage=lambda: storage)
        if [meta.get("schema") for meta in tables.table("meta").all()] != [SCHEMA_VERSION]:
            return {}
        return {row["job"]: dict(row) for row in tables.table("jobs").all()}
    except (OSError, ValueError, LookupError, AttributeError):
        log.info("%s: cannot be read; the records are", _path(root))
        return {}


def _write(root: Root, rows: Iterable[Row]) -> None:
    storage = AtomicStorage(_path(root), empty=True)
    tables = TinyDB(storage=lambda: storage)
    tables.table("meta").insert({"schema": SCHEMA_VERSION})
    tables.table("jobs").insert_multiple(rows)
    storage.flush()


def _read(folder: str, path: Path) -> Row | None:
    """The row of one job from its record; None for a folder that is no job of its own."""
    try:
        job = read_job(path)
    except (OSError, ValueError, LookupError):
        return None
    return summary_of(job, folder) if job.job == path.name else None


def _mark(path: Path | str) -> list[int]:
    """What changes whenever a record is written."""
    try:
        found = os.stat(f"{path}/.job/record.json")  # noqa: PTH116  asked of every job
    except OSError:
        return []
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def _place(folder: str, name: str) -> Row:
    return {"stage": folder, "folder": f"{folder}/{name}"}


def _path(root: Root) -> Path:
    return root.private / "index.json"
