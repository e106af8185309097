"""`batch`: how a batch stands. Reads the plan of each batch and the index; writes nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated, Any

import typer

from hotfolderd.cli.place import Json, app, root_of, say
from hotfolderd.cli.rows import say_rows
from hotfolderd.errors import UnknownJobError
from hotfolderd.inbox.batches import Batch, load_all
from hotfolderd.index import Row, list_jobs
from hotfolderd.root import Root


def batch_named(root: Root, name: str) -> Batch:
    """A batch by the name of its folder. Raises UnknownJobError."""
    found = [one for one in load_all(root.batches) if one.batch == name]
    if not found:
        raise UnknownJobError(f"Batch not found: {name}. `hotfolderd batch` lists them.")
    return found[0]


def summaries(root: Root) -> list[dict[str, Any]]:
    """All batches in a few words, newest first."""
    rows = list_jobs(root)
    return [_summary(one, [row for row in rows if row["batch"] == one.batch]) for one in load_all(root.batches)[::-1]]


def _summary(batch: Batch, rows: list[Row]) -> dict[str, Any]:
    return {
        "batch": batch.batch,
        "name": batch.name,
        "status": batch.status,
        "submitted_by": batch.submitted_by,
        "taken_at": batch.taken_at,
        "completed_at": batch.completed_at,
        "jobs": len(batch.jobs),
        "completed": sum(row["status"] == "completed" for row in rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "not_started": len(batch.waiting),
        "rejected_rows": batch.rejected_rows,
    }


@app.command()
def batch(
    context: typer.Context,
    batch: Annotated[str | None, typer.Argument(help="The batch, as in batches/; without it all are listed.")] = None,
    as_json: Json = False,
) -> None:
    """How a batch stands: its jobs by stage and status; without a name, all batches, newest first.

    Example: hotfolderd batch BATCH_20261120_100000
    """
    root = root_of(context)
    if batch is None:
        found = summaries(root)
        if as_json:
            say(json.dumps({"batches": found}, indent=1))
            return
        say_rows(
            ["BATCH", "STATUS", "NAME", "JOBS"],
            [[f["batch"], f["status"], f["name"], f"{f['completed']} of {f['jobs']} completed"] for f in found],
        )
        return
    one = batch_named(root, batch)
    rows = [row for row in list_jobs(root) if row["batch"] == batch]
    content = {
        **_summary(one, rows),
        "stage_counts": dict(Counter(str(row["stage"]) for row in rows)),
        "status_counts": dict(Counter(str(row["status"]) for row in rows)),
        "jobs_list": rows,
    }
    if as_json:
        say(json.dumps(content, indent=1))
        return
    for key in ("batch", "name", "status", "submitted_by", "taken_at", "completed_at", "jobs", "completed", "failed"):
        if content[key] not in (None, ""):
            say(f"{key:<13} {content[key]}")
    for key in ("not_started", "rejected_rows"):
        if content[key]:
            say(f"{key:<13} {content[key]}")
    keys = ("job", "stage", "status", "client", "project")
    say_rows([key.upper() for key in keys], [[row[key] for key in keys] for row in rows])
