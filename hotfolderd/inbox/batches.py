"""The folder of a batch: `batches/<id>/` with the CSV, its report, its plan and its state.

Writes these; never a job. The folder's appearance is the moment at which a drop is taken.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from hotfolderd.disk import dump_yaml, fsync_dir, make_folder, rename_new, write_atomic
from hotfolderd.inbox.batch import BatchReport, Row
from hotfolderd.inbox.building import JobPlan, Piece, assign
from hotfolderd.inbox.drops import Drop, is_table, ready_marks
from hotfolderd.inbox.names import settings_files
from hotfolderd.inbox.stillness import Fingerprint, fingerprint
from hotfolderd.model import from_json
from hotfolderd.records import stamp

PLAN = "plan.json"
STATE = "batch.yaml"
BatchStatus = Literal["validating", "validated", "processing", "partially_complete", "complete", "failed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What was taken in: `waiting` jobs are not built yet, `jobs` are all of them.

    `keep` are files that refused rows need too, so that they stay in the inbox. `leftovers` are files of the drop that
    go to the batch's folder in the end; with `whole` the dropped folder itself does. `seen` is what the files looked
    like when they were examined. `begun_before` is how many jobs had begun when somebody last said start. A batch is
    `withdrawn` when its files were no longer as examined before any of its jobs had begun: its drop lies in the inbox
    again.
    """

    batch: str
    name: str
    status: BatchStatus
    submitted_by: str
    taken_at: str
    source: str
    home: str
    start: Literal["auto", "manual"]
    max_jobs: int | None
    jobs: tuple[str, ...]
    waiting: tuple[JobPlan, ...]
    rejected_rows: int = 0
    keep: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    whole: bool = False
    seen: Fingerprint = ()
    completed_at: str | None = None
    begun_before: int = 0


def new_id(batches: Path, at: datetime, given: Container[str] = ()) -> str:
    """`BATCH_20261120_100000`, numbered where several come in one second; never one of those that are `given`."""
    base = at.strftime("BATCH_%Y%m%d_%H%M%S")
    name, number = base, 2
    while name in given or (batches / name).exists():
        name, number = f"{base}_{number}", number + 1
    return name


def of_drop(drop: Drop, found: BatchReport, mark: Fingerprint, name: str, users: Counter[Path], at: datetime) -> Batch:
    """The batch called `name` that a drop becomes, by the report on it.

    `mark` is how the drop's files looked when they were examined; `users` counts the drops that need each file.
    """
    by = found.settings.submitted_by or _owner(drop.path)
    jobs = plan_jobs(found.valid_rows, name, by, at)
    rejected = len(found.rows) - len(jobs)
    leftovers = _leftovers(drop) if drop.kind == "csv" else ()
    return Batch(
        batch=name,
        name=found.name,
        status="validated",
        submitted_by=by,
        taken_at=at.isoformat(timespec="seconds"),
        source=str(drop.path),
        home=str(found.home),
        start=found.settings.start,
        max_jobs=found.settings.max_jobs,
        jobs=tuple(plan.job for plan in jobs),
        waiting=jobs,
        rejected_rows=rejected,
        keep=_needed_by_others(found, users),
        leftovers=leftovers,
        whole=not drop.shared and not rejected and all(users[path] == 1 for path in drop.files),
        seen=_seen(found.home, mark, {*leftovers, *(piece.source for plan in jobs for piece in plan.pieces)}),
    )


def _seen(home: Path, mark: Fingerprint, names: set[str]) -> Fingerprint:
    """Of how a drop looked, what concerns these files; one beyond those that were watched counts as it is now."""
    known = {one[0]: one for one in mark}
    others = fingerprint((home / name for name in names - known.keys()), home)
    return tuple(sorted((*(known[name] for name in names & known.keys()), *others)))


def _needed_by_others(found: BatchReport, users: Counter[Path]) -> tuple[str, ...]:
    """Files of a drop that refused rows, or other drops, will need: they are copied and stay in the inbox."""
    refused = {name for row in found.rows if row not in found.valid_rows for name in row.files}
    return tuple(refused | {name for name in found.files if users[found.home / name] > 1})


def _leftovers(drop: Drop) -> tuple[str, ...]:
    table = drop.path.name
    beside = (*settings_files(table), *ready_marks(table))
    return (table, *(name for name in beside if (drop.home / name).exists()))


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return "anonymous"


def plan_jobs(rows: Iterable[Row], batch: str, by: str, at: datetime) -> tuple[JobPlan, ...]:
    """What to build for each row."""
    return tuple(_plan(row, batch, by, at) for row in rows)


def _plan(row: Row, batch: str, by: str, at: datetime) -> JobPlan:
    pieces, own = _episode(row) if row.episode is not None else _template(row)
    order: dict[str, Any] = {
        "job": row.job_id,
        "kind": own.pop("kind"),
        "batch": batch,
        "client": row.client_name or "",
        "project": row.project_name or "",
        "priority": row.priority,
        "notes": row.notes or "",
        **own,
        "submitted_by": by,
        "submitted_at": stamp(at),
        "originals": {piece.target: piece.source for piece in pieces},
    }
    return JobPlan(row.job_id, pieces, dump_yaml(order))


def _template(row: Row) -> tuple[tuple[Piece, ...], dict[str, Any]]:
    pieces = tuple(assign(row.psd, row.project, row.footage, row.fonts))
    own = {
        "kind": "template",
        "design": pieces[0].target,
        "template": pieces[1].target,
        "output_name": row.output_name,
        "texts": row.texts,
    }
    return pieces, own


def _episode(row: Row) -> tuple[tuple[Piece, ...], dict[str, Any]]:
    pieces = tuple(Piece(source, f"assets/{target}") for source, target in row.media)
    return pieces, {"kind": "episode", **(row.episode or {})}


def create(batches: Path, batch: Batch, texts: dict[str, str]) -> None:
    """Make the folder of a batch at once: its plan, its state and the given files (reports)."""
    beside = batches / f".{batch.batch}.new"
    make_folder(beside)
    for name, text in texts.items():
        write_atomic(beside / name, text)
    save(beside, batch)
    rename_new(beside, batches / batch.batch)


def save(folder: Path, batch: Batch) -> None:
    """Write the plan, for the daemon, and the state, for people."""
    write_atomic(folder / PLAN, json.dumps(asdict(batch)))
    show(folder, batch)


def show(folder: Path, batch: Batch) -> None:
    """Write the state of a batch for people, where it is not there yet."""
    shown = {
        "batch": batch.batch,
        "name": batch.name,
        "status": batch.status,
        "submitted_by": batch.submitted_by,
        "taken_at": batch.taken_at,
        "completed_at": batch.completed_at,
        "jobs": list(batch.jobs),
        "not_started": [plan.job for plan in batch.waiting],
        "rejected_rows": batch.rejected_rows,
        "start": batch.start,
    }
    text = dump_yaml(shown)
    if not (folder / STATE).is_file() or (folder / STATE).read_bytes() != text.encode():
        write_atomic(folder / STATE, text)


def load_all(batches: Path) -> list[Batch]:
    """All batches whose plan can be read, oldest first."""
    found = []
    for path in sorted(batches.glob(f"[!.]*/{PLAN}")):
        try:
            found.append(from_json(Batch, path.read_bytes()))
        except (OSError, ValueError):
            continue
    return found


def tidy(folder: Path, batch: Batch) -> Batch:
    """Bring what is left of the drop (its CSV, settings, unused files) to the batch's folder. Safe to do again.

    The folder of a table into which somebody has put another one meanwhile stays, with what that may need.
    """
    home = Path(batch.home)
    for name in batch.leftovers:
        if (home / name).exists() and not (folder / name).exists():
            rename_new(home / name, folder / name)
    if batch.whole and home.exists() and not (folder / "dropped").exists() and not _holds_a_table_more(home, batch):
        rename_new(home, folder / "dropped")
    fsync_dir(folder)
    return replace(batch, leftovers=(), whole=False)


def _holds_a_table_more(home: Path, batch: Batch) -> bool:
    return bool(batch.leftovers) and any(is_table(path.name) for path in home.iterdir())
