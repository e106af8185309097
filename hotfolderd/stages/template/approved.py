"""The approved matches as the following steps read them: `.job/approved.json`. Reads that one file."""

from __future__ import annotations

from pathlib import Path

from hotfolderd.model import Matching, from_json
from hotfolderd.stages.template.line import APPROVED


def read_approved(job_folder: Path) -> Matching | None:
    """The approved matches, or None where nobody has approved any yet."""
    path = job_folder / APPROVED
    return from_json(Matching, path.read_bytes()) if path.exists() else None


def demand_approved(job_folder: Path) -> Matching:
    """The approved matches of a job that has passed its review. Raises FileNotFoundError otherwise."""
    return from_json(Matching, (job_folder / APPROVED).read_bytes())
