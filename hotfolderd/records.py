"""The record of a job as a value (`Job`), and its TinyDB file behind an atomic storage.

Reads and writes `.job/record.json` of one job folder: the tables `job` (one document), `warnings`, `assets` and
`decisions`. Only `store` writes; everybody else reads. It never decides anything.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage

from hotfolderd.disk import write_atomic
from hotfolderd.model import Issue, Notice, Priority
from hotfolderd.pipeline import Status
from hotfolderd.values import from_plain

SCHEMA_VERSION = 1
_SHARED_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Intent:
    """A move that was begun: written before the rename, cleared after people were told of the arrival.

    `order` is the mark of the `control.yaml` that ordered it.
    """

    source: str
    target: str
    action: str
    by: str
    message: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What was last asked of a person: the gate, the round, and how many decisions were taken before.

    `says` is what people are told of it besides what the gate asks, `progress` how far the job is while it is asked.
    With `notices` it is put in their words.
    """

    gate: str
    revision: int
    after_decisions: int
    at: str
    says: str = ""
    progress: int = 0
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision that was taken and not yet carried out.

    `number` is its place in `decisions/`, `sha256` that of the file that a person wrote. `shared`: it is meant for the
    other jobs of the batch too. `said` is what people are told of it, where that is not what the outcome says; with
    `notices` they are told in their words.
    """

    gate: str
    decision: str
    target: str
    by: str
    at: str
    number: int
    sha256: str
    reason: str = ""
    notes: str = ""
    rebuild: bool = False
    shared: bool = False
    said: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job stands in `failed/`, and what a person can do about it."""

    stage: str
    step: str
    error_class: str
    message: str
    what_to_do: str
    log: str
    attempts: int
    at: str
    progress: int = 0


@dataclass(frozen=True, slots=True)
class StageTimes:
    """When a job was in a stage, and who ended it."""

    started_at: str | None = None
    completed_at: str | None = None
    completed_by: str | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that the engine knows of one job.

    `stage` is where it was last seen; the truth is where its folder lies. `finished` holds the fingerprints of the
    steps whose outputs, issues and verdicts were taken into account. `warnings` counts the open ones that are more than
    information, `segments` those of an episode by how they stand. `obeyed` is the mark of the last `control.yaml` that
    was carried out. `awaits_download`: its delivery is not the end of it, somebody must say that they have it.
    """

    job: str
    kind: str
    uid: str
    batch: str
    stage: str
    status: Status
    created_at: str
    updated_at: str
    client: str = ""
    project: str = ""
    priority: Priority = "medium"
    progress: int = 0
    doing: str = ""
    needs: str = ""
    since: str = ""
    revisions: dict[str, int] = field(default_factory=dict)
    builds: int = 0
    question: Question | None = None
    answer: Answer | None = None
    decisions: int = 0
    intent: Intent | None = None
    attempts: int = 0
    retry_at: float | None = None
    failure: Failure | None = None
    held_from: str | None = None
    stages: dict[str, StageTimes] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    finished: dict[str, str] = field(default_factory=dict)
    deployed: str | None = None
    approved_with_warnings: int = 0
    output_validation: dict[str, Any] | None = None
    segments: dict[str, int] | None = None
    warnings: int = 0
    obeyed: str = ""
    completed_at: str | None = None
    awaits_download: bool = False
    downloaded_at: str | None = None
    downloaded_by: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def left_from(self) -> str | None:
        """The stage that a failed or held job may return to."""
        return self.held_from or (self.failure.stage if self.failure else None)


class AtomicStorage(Storage):
    """A TinyDB storage that replaces its file as a whole: written beside, synced, renamed.

    TinyDB's own storage writes over the old bytes and loses all of them if it is killed between. Changes are gathered
    until `flush`, so that a change of several tables is one write. `empty`: what lies there does not count.
    """

    def __init__(self, path: Path, *, empty: bool = False) -> None:
        self._path = path
        self._data: dict[str, dict[str, Any]] | None = {} if empty else None
        self._dirty = False

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The whole content, or None for a file that does not exist yet."""
        if self._data is None and self._path.exists():
            data = json.loads(self._path.read_bytes())
            if not isinstance(data, dict) or not all(_is_table(table) for table in data.values()):
                raise ValueError(f"{self._path}: holds no tables. Put back a copy of it.")
            self._data = data
        return self._data

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Take a new content; it is on the disk after `flush`."""
        self._data = data
        self._dirty = True

    def flush(self, *, named: bool = True, first: Callable[[], None] | None = None) -> None:
        """Put the gathered changes, if there are any, on the disk, and `first` before them; see `write_atomic`."""
        if self._dirty:
            text = json.dumps(self._data, ensure_ascii=True, separators=(",", ":"))
            write_atomic(self._path, text, named=named, first=first)
            self._dirty = False

    def close(self) -> None:
        """End of use; what was not flushed is dropped."""


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(document, dict) for document in value.values())


class Record:
    """An open record of one job. Use it as a context manager: leaving it without an error writes the changes."""

    def __init__(self, job_folder: Path) -> None:
        self._path = job_folder / ".job" / "record.json"
        self._storage = AtomicStorage(self._path)
        self._tables = TinyDB(storage=lambda: self._storage)

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()
        self._tables.close()

    def flush(self, *, named: bool = True, first: Callable[[], None] | None = None) -> None:
        """Put the changes on the disk now; else that is done at the end. See `write_atomic`."""
        self._storage.flush(named=named, first=first)

    @property
    def job(self) -> Job:
        """The job; LookupError if the file holds none."""
        documents = self._tables.table("job").all()
        if not documents:
            raise LookupError("the record holds no job")
        return from_plain(Job, _shared(dict(documents[0])))

    @job.setter
    def job(self, job: Job) -> None:
        table = self._tables.table("job")
        table.truncate()
        table.insert(dataclasses.asdict(job))

    def demand(self, job: Job) -> None:
        """Raise OSError where the file holds another job than this one, or this one as somebody else has written it."""
        there = [(row["uid"], row["updated_at"]) for row in self._tables.table("job").all()]
        if there not in ([], [(job.uid, job.updated_at)]):
            raise OSError(errno.ESTALE, "another record was put here meanwhile", str(self._path))

    def replace_warnings(self, step: str, issues: Iterable[Issue], *, stage: str = "") -> None:
        """Put the issues that a step found (in a stage) in place of those that it found before."""
        table = self._tables.table("warnings")
        table.remove(lambda row: row["step"] == step)
        head = {"stage": stage, "step": step, "resolved": False}
        table.insert_multiple({**head, **dataclasses.asdict(issue)} for issue in issues)

    def warnings(self) -> list[dict[str, Any]]:
        """All warnings, each with its number as `id`."""
        return [{"id": row.doc_id, **row} for row in self._tables.table("warnings").all()]

    def resolve_warnings(self, numbers: Iterable[int], *, by: str, at: str) -> None:
        """Mark warnings as dealt with; numbers that do not exist are left out."""
        table = self._tables.table("warnings")
        known = [number for number in numbers if table.contains(doc_id=number)]
        if known:
            table.update({"resolved": True, "resolved_by": by, "resolved_at": at}, doc_ids=known)

    def add_decision(self, decision: Mapping[str, Any]) -> None:
        """Add one decision to the history."""
        self._tables.table("decisions").insert(dict(decision))

    def decisions(self) -> list[dict[str, Any]]:
        """All decisions, oldest first."""
        return [dict(row) for row in self._tables.table("decisions").all()]

    def replace_assets(self, step: str, assets: Iterable[Mapping[str, Any]]) -> None:
        """Put the files that a step made in place of those that it made before."""
        table = self._tables.table("assets")
        table.remove(lambda row: row["step"] == step)
        table.insert_multiple({"step": step, **asset} for asset in assets)

    def assets(self) -> list[dict[str, Any]]:
        """All files that steps made."""
        return [dict(row) for row in self._tables.table("assets").all()]


def _shared(value: Any) -> Any:
    """A value with each short text only once in memory, however many jobs say it: stages, times, clients, steps."""
    if isinstance(value, str):
        return sys.intern(value) if len(value) <= _SHARED_CHARACTERS else value
    if isinstance(value, dict):
        return {sys.intern(key): _shared(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shared(one) for one in value]
    return value


def read_job(job_folder: Path) -> Job:
    """The job of a folder. Raises OSError, ValueError or LookupError where there is no readable record."""
    with Record(job_folder) as record:
        return record.job


def stamp(at: datetime) -> str:
    """A time as it stands in every file: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
