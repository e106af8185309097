"""A root with a recorded history, written by hand: four jobs on one day, whose figures can be worked out on paper."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotfolderd.model import Issue
from hotfolderd.pipeline import Status
from hotfolderd.records import Job, Record
from hotfolderd.root import Root, make_root

NOW = datetime(2026, 11, 20, 12, 11, 40, tzinfo=UTC)
# When, what: a folder is an arrival there, anything else an action by somebody.
A = (
    ("10:00:00", "job_created"),
    ("10:00:10", "1-processing"),
    ("10:01:10", "2-review"),
    ("10:11:10", "stage_approved", "anna"),
    ("10:11:20", "3-validation"),
    ("10:11:30", "5-generation"),
    ("10:13:30", "6-approval"),
    ("10:23:30", "preview_approved", "ben"),
    ("10:23:40", "7-completed"),
)
B = (
    ("10:00:00", "job_created"),
    ("10:00:20", "1-processing"),
    ("10:02:00", "2-review"),
    ("10:04:00", "stage_approved", "anna"),
    ("10:04:00", "3-validation"),
    ("10:04:30", "4-override"),
    ("10:09:30", "validation_overridden", "cleo"),
    ("10:09:40", "5-generation"),
    ("10:11:40", "6-approval"),
    ("10:12:40", "preview_rejected", "ben"),
    ("10:12:45", "2-review"),
    ("10:13:45", "stage_approved", "anna"),
    ("10:13:45", "3-validation"),
    ("10:13:55", "5-generation"),
    ("10:15:55", "6-approval"),
    ("10:16:55", "preview_approved", "ben"),
    ("10:17:00", "7-completed"),
)
C = (("11:00:00", "job_created"), ("11:00:10", "1-processing"), ("11:00:40", "failed"))
D = (("12:00:00", "job_created"), ("12:00:10", "1-processing"), ("12:01:40", "2-review"))


def recorded_root(folder: Path) -> Root:
    """A and B are completed, C has failed, all of batch B1; D of batch B2 waits for its review."""
    root = make_root(folder / "folders")
    a = _write(root, "A", "B1", "7-completed", "completed", A, client="=Kestrel")
    _write(root, "B", "B1", "7-completed", "completed", B)
    _write(root, "C", "B1", "failed", "failed", C)
    _write(root, "D", "B2", "2-review", "awaiting_review", D)
    with (a / ".job/events.jsonl").open("a") as events:
        # Twenty runs of a step, 10 to 200 ms; one that only began; one line that a crash cut off.
        for number in range(20, 0, -1):
            row = event("A", "B1", "10:00:30", "5-generation", "preprocessing_step", step="read-design")
            row["data"]["duration_ms"] = 10 * number
            events.write(json.dumps(row) + "\n")
        events.write(json.dumps(event("A", "B1", "10:00:30", "1", "preprocessing_step", step="match")) + "\n")
        events.write('{"ts": "2026-11-20T10:0')
    _write_matches(a)
    _warn("A", a, Issue("text_overflow", "warning", "…"), Issue("font_size", "info", "…"))
    issues = ["text_overflow", "text_overflow", "low_confidence_match"]
    _warn("B", root.path / "7-completed/B", *(Issue(kind, "warning", "…") for kind in issues))
    for name, batch, jobs in (("spring", "B1", "ABC"), ("autumn", "B2", "D")):
        _write_batch(root, batch, name, jobs)
    return root


def event(job: str, batch: str, at: str, stage: str, action: str, by: str = "system", **data: Any) -> dict[str, Any]:
    return {
        "ts": f"2026-11-20T{at}.000Z",
        "job_id": job,
        "batch_id": batch,
        "stage": stage,
        "action": action,
        "user_id": by,
        "message": f"{action} by {by}",
        "data": data,
    }


def _write(
    root: Root,
    name: str,
    batch: str,
    stage: str,
    status: Status,
    story: tuple[tuple[str, ...], ...],
    client: str = "Rovers",
) -> Path:
    folder = root.path / stage / name
    (folder / ".job").mkdir(parents=True)
    rows, here = [], "0-inbox"
    for at, what, *by in story:
        if "-" in what or what == "failed":
            row = event(name, batch, at, what, "stage_transition", source=here, target=what)
            # A crash between may tell of an arrival twice; an arrival may bear a second message.
            rows += [row, {**row, "message": "told again"}]
            here = what
        else:
            rows.append(event(name, batch, at, here, what, *by))
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / ".job/events.jsonl").write_text(text)
    first = f"2026-11-20T{story[0][0]}.000Z"
    with Record(folder) as record:
        record.job = Job(
            job=name,
            kind="template",
            uid=name,
            batch=batch,
            stage=stage,
            status=status,
            created_at=first,
            updated_at=first,
            since=first,
            client=client,
            project="Cup",
        )
    return folder


def _warn(name: str, folder: Path, *issues: Issue) -> None:
    with Record(folder) as record:
        record.replace_warnings("validate", issues)


def _write_matches(folder: Path) -> None:
    """Six proposals with a layer: four kept, one corrected, one taken out; a seventh proposed nothing."""
    sure = {"one": 0.95, "two": 0.9, "three": 0.8, "four": 0.3, "five": 0.6, "six": 1.0}
    proposed = [{"comp": "c", "placeholder": name, "layer": f"L{name}", "confidence": at} for name, at in sure.items()]
    proposed.append({"comp": "c", "placeholder": "none", "layer": None, "confidence": 0.0})
    approved = [{**one, "layer": "other" if one["placeholder"] == "three" else one["layer"]} for one in proposed]
    approved = [one for one in approved if one["placeholder"] != "five"]
    (folder / "previews").mkdir()
    (folder / "previews/matching_data.json").write_text(json.dumps({"auto_matches": proposed}))
    (folder / ".job/approved.json").write_text(json.dumps({"matches": approved}))


def _write_batch(root: Root, batch: str, name: str, jobs: str) -> None:
    folder = root.batches / batch
    folder.mkdir()
    plan = {
        "batch": batch,
        "name": name,
        "status": "processing",
        "submitted_by": "anna",
        "taken_at": "2026-11-20T10:00:00+00:00",
        "source": "x.csv",
        "home": "x",
        "start": "auto",
        "max_jobs": None,
        "jobs": list(jobs),
        "waiting": [],
    }
    (folder / "plan.json").write_text(json.dumps(plan))
