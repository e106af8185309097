"""What was ordered: `job.yaml` as a value. Reads that one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.review.strict_yaml import SidecarError
from hotfolderd.stages.order_file import JOB_FILE, read_order_file


@dataclass(frozen=True, slots=True)
class Ordered:
    """One row of a CSV, or one dropped folder. `design` and `template` are paths relative to the job folder."""

    job: str
    batch: str
    design: str
    template: str
    output_name: str
    kind: str = "template"
    client: str = ""
    project: str = ""
    priority: str = "medium"
    notes: str = ""
    submitted_by: str = ""
    submitted_at: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)


def read_ordered(job_folder: Path) -> Ordered:
    """The order of a job folder. Raises JobError where `job.yaml` is not what the daemon wrote."""
    try:
        return _checked(Ordered(**read_order_file(job_folder)))
    except (FileNotFoundError, TypeError, ValueError, AttributeError, SidecarError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise JobError(
            f"{JOB_FILE}: is not as the daemon wrote it ({text}). Put it back, or drop the job anew."
        ) from error


def _checked(ordered: Ordered) -> Ordered:
    """The order itself. Raises ValueError if a file that it names may lie elsewhere than in `assets/`."""
    for name in (ordered.design, ordered.template):
        if not name.startswith("assets/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} does not lie in assets")
    return ordered
