"""How a job stands: what a move makes of its record, and what people are told of it. Pure: reads and writes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, ON_HOLD, OVERRIDE, STAGES, Line, Status
from hotfolderd.records import Intent, Job, StageTimes, stamp

_AWAITED = 95  # of 100, for a delivery that nobody has taken yet


def arrived(job: Job, line: Line, at: str) -> Job:
    """The job as it is when its intent is carried out, at a time (as `records.stamp` writes it)."""
    intent = job.intent
    assert intent is not None
    stages = dict(job.stages)
    left = stages.get(intent.source, StageTimes())
    if intent.target not in (FAILED, ON_HOLD):
        stages[intent.source] = dataclasses.replace(left, completed_at=at, completed_by=intent.by)
        stages[intent.target] = StageTimes(started_at=at)
    if intent.source == STAGES[3] and intent.target == STAGES[5]:
        stages[OVERRIDE] = StageTimes(skipped=True)
    job = dataclasses.replace(
        job,
        stage=intent.target,
        intent=None,
        stages=stages,
        since=at,
        doing="",
        needs="",
        attempts=0,
        retry_at=None,
        obeyed=intent.order or job.obeyed,
    )
    return _standing(job, line, intent.target, intent)


def _standing(job: Job, line: Line, target: str, intent: Intent) -> Job:
    """The job as it is in its new place."""
    if target == FAILED:
        needs = "control.yaml with action: retry"
        return dataclasses.replace(job, status="failed", progress=0, needs=needs, held_from=None)
    if target == ON_HOLD:
        answer = None if job.answer and job.answer.target == ON_HOLD else job.answer
        needs = "control.yaml with action: resume"
        return dataclasses.replace(job, status="on_hold", held_from=intent.source, needs=needs, answer=answer)
    if target == ARCHIVE:
        gone: Status = "cancelled" if intent.action == "cancel" else "completed"
        return dataclasses.replace(job, status=gone, held_from=intent.source, failure=None, answer=None)
    stage = line.stages.get(target)
    assert stage is not None, f"{job.kind} has no stage {target}"
    back = intent.source in (FAILED, ON_HOLD)
    gate = stage.gate
    # An answer is kept where it was given; where a job is mended elsewhere, it is made anew and asked for again.
    kept = job.answer if back and gate and job.answer and job.answer.gate == gate.name else None
    rebuild = job.answer is not None and kept is None and (job.answer.rebuild or back)
    job = dataclasses.replace(
        job,
        status=stage.status,
        progress=stage.progress,
        failure=None,
        held_from=None,
        answer=kept,
        builds=job.builds + rebuild,
        needs=f"{gate.sidecar}: {gate.asks}" if gate else "",
    )
    if target == COMPLETED:
        job = _delivered(job, intent)
    if gate and gate.name == "approval" and job.verdicts.get("check-output") == "invalid":
        job = dataclasses.replace(job, status="validation_failed", progress=90)
    return job


def _delivered(job: Job, intent: Intent) -> Job:
    """The job in its last stage: completed, unless somebody shall say that they have the delivery."""
    if not job.awaits_download:
        return downloaded(job, job.downloaded_at or job.since, job.downloaded_by or intent.by)
    if job.downloaded_at is not None:  # it comes back from the archive
        return job
    needs = "control.yaml with action: downloaded, when somebody has taken the delivery"
    return dataclasses.replace(job, status="awaiting_download", progress=_AWAITED, needs=needs)


def downloaded(job: Job, at: str, by: str) -> Job:
    """The job when its delivery was taken: that is its end."""
    ended = dataclasses.replace(job, status="completed", progress=100, needs="", downloaded_at=at, downloaded_by=by)
    return dataclasses.replace(ended, completed_at=job.completed_at or at)


def status_of(job: Job, warnings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What `status.yaml` tells people of a job; `warnings` are the rows of its record."""
    unresolved = [row for row in warnings if not row["resolved"]]
    status: dict[str, Any] = {
        "job": job.job,
        "kind": job.kind,
        "batch": job.batch,
        "client": job.client,
        "project": job.project,
        "priority": job.priority,
        "stage": job.stage,
        "status": job.status,
        "progress": job.progress,
        "doing": job.doing,
        "needs": job.needs,
        "since": job.since,
        "updated_at": job.updated_at,
        "stages": {name: _without_none(times) for name, times in job.stages.items()},
        "warnings": [{key: row[key] for key in ("id", "severity", "type", "message", "fix")} for row in unresolved],
    }
    if job.retry_at is not None:
        status["retry_at"] = stamp(datetime.fromtimestamp(job.retry_at, UTC))
    if job.failure:
        status["failure"] = dataclasses.asdict(job.failure)
    if job.output_validation:
        status["output_validation"] = job.output_validation
    if job.deployed:
        status["deployed"] = job.deployed
    if job.downloaded_at:
        status |= {"downloaded_at": job.downloaded_at, "downloaded_by": job.downloaded_by}
    return status


def summary_of(job: Job, folder: str) -> dict[str, Any]:
    """One job in the words of `status --json`. `folder` is the folder of the line that it stands in."""
    return {
        "job": job.job,
        "kind": job.kind,
        "stage": folder,
        "folder": f"{folder}/{job.job}",
        "status": job.status,
        "progress": job.progress,
        "doing": job.doing,
        "needs": job.needs,
        "batch": job.batch,
        "client": job.client,
        "project": job.project,
        "priority": job.priority,
        "warnings": job.warnings,
        "created_at": job.created_at,
        "since": job.since,
        "failure": job.failure.message if job.failure else None,
        "deployed": job.deployed,
    }


def _without_none(times: StageTimes) -> dict[str, Any]:
    return {key: value for key, value in dataclasses.asdict(times).items() if value is not None and value is not False}
