"""What a failed step means for the person who must mend it: the class of the fault, and what to do."""

from __future__ import annotations

from datetime import datetime

from hotfolderd.pipeline import Step
from hotfolderd.records import Failure, Job, stamp
from hotfolderd.work import Broken

_RETRY = (
    "then write `action: retry` into control.yaml here, run `hotfolderd retry {job}`, "
    "or drag the folder back to {stage}"
)
_ADVICE = {
    "JobError": "Mend or replace the file named above (in assets/), " + _RETRY + ".",
    "ToolError": "Mend what is named above on this machine, " + _RETRY + ".",
}
_BUG = "This is a fault of hotfolderd, not of your files: keep {log} for a report, " + _RETRY + "."


def describe(job: Job, stage: str, step: Step, broken: Broken, attempts: int, at: datetime) -> Failure:
    """The failure of a job as its record keeps it. `stage` is where a retry leads."""
    log = f".job/{step.name}.failed.txt"
    advice = _ADVICE.get(broken.error_class, _BUG)
    return Failure(
        stage=stage,
        step=step.name,
        error_class=broken.error_class,
        message=broken.message,
        what_to_do=advice.format(job=job.job, stage=stage, log=log),
        log=log,
        attempts=attempts,
        at=stamp(at),
        progress=job.progress,
    )
