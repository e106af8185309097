"""What the pages and sidecars of all questions have in common, whatever the kind of job.

Reads the job's record; writes nothing.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from hotfolderd.model import Issue
from hotfolderd.records import Record
from hotfolderd.review.writing import SCHEMAS
from hotfolderd.work import Workbench

# The digests of what an approval has shown, in the results of the step that asks for it.
SHOWN = "shown.json"
_GRAVITY = {"critical": 0, "warning": 1, "info": 2}


def question(gate: str, job: str, revision: int) -> dict[str, Any]:
    """What the script of every page needs to write the sidecar."""
    schema, page = f"{SCHEMAS}/{gate}.json", f"{gate}.html"
    return {"job": job, "revision": revision, "file": f"{gate}.yaml", "page": page, "schema": schema}


def open_issues(bench: Workbench, *, resolved: bool = False) -> list[Issue]:
    """The warnings of the record that nobody has resolved, the gravest first; or those that somebody has."""
    return [issue for _, issue in numbered_issues(bench, resolved=resolved)]


def numbered_issues(bench: Workbench, *, resolved: bool = False) -> list[tuple[int, Issue]]:
    """The same with their numbers."""
    fields = {field.name for field in dataclasses.fields(Issue)}
    with Record(bench.job) as record:
        rows = [row for row in record.warnings() if row["resolved"] is resolved]
    issues = [(row["id"], Issue(**{key: value for key, value in row.items() if key in fields})) for row in rows]
    return sorted(issues, key=lambda one: _GRAVITY[one[1].severity])


def earlier_decisions(bench: Workbench) -> list[dict[str, Any]]:
    """What was decided of this job before, oldest first."""
    with Record(bench.job) as record:
        return record.decisions()


def by_hand(decision: str) -> str:
    """The lines that decide, for those who edit the sidecar by hand."""
    rows = [f"decision: {decision}   # {decision} | reject | regenerate | hold", "by: your name"]
    rows += ['reason: ""           # reject, force_approve: at least 10 characters']
    rows += ["return_to: 2-review  # reject: 2-review | 5-generation"]
    return "\n".join(rows)


def size_text(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1024:.0f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
