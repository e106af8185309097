"""Histories added up: how many, how long, how often, how sure. Pure: reads and writes nothing.

Percentiles are by nearest rank: the p95 of 20 values is the 19th. Times are seconds, rates are ratios from 0 to 1.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotfolderd.pipeline import ARCHIVE, COMPLETED, JOB_FOLDERS, OVERRIDE, STAGES, VALIDATION
from hotfolderd.records import stamp
from hotfolderd.report.history import History, Stay

Figures = dict[str, Any]
_TOP = 10
# So many stays in a stage are enough of a history to say when a job will have left it.
_LEAST_STAYS = 3
_BOUNDS = (0.0, 0.5, 0.7, 0.9, 1.0)


def report_on(of: str, jobs: Sequence[History], all_jobs: Sequence[History], now: datetime) -> Figures:
    """The report on some jobs; when the open ones will be done is said from the history of all."""
    return {
        "of": of,
        "at": stamp(now),
        "jobs": _counts(jobs),
        "throughput": _throughput(jobs),
        "stages": _stages(jobs),
        "override": _override(jobs),
        "first_time": _first_time(jobs),
        "warnings": _top_warnings(jobs),
        "confidence": _confidence(jobs),
        "eta": _etas(jobs, all_jobs, now),
        "timing": timing(jobs),
        "each": [_each(job) for job in jobs],
    }


def stats_of(jobs: Sequence[History], batches: Sequence[Figures], now: datetime) -> Figures:
    """The root in a few figures. `batches`: the newest, newest first."""
    counts = _counts(jobs)
    done = [job for job in jobs if job.completed]
    return {
        "at": stamp(now),
        "summary": {**counts, "avg_completion_time": _mean(_took(job) for job in done)},
        "stage_counts": {stage: sum(job.row["stage"] == stage for job in jobs) for stage in JOB_FOLDERS},
        "status_counts": dict(sorted(Counter(str(job.row["status"]) for job in jobs).items())),
        "stages": _stages(jobs),
        "eta": _etas(jobs, jobs, now),
        "recent_batches": list(batches[:10]),
    }


def timing(jobs: Iterable[History]) -> list[Figures]:
    """How long each step took, over all its runs, in milliseconds; the slowest first."""
    found: dict[str, list[float]] = defaultdict(list)
    for job in jobs:
        for event in job.events:
            if event.action == "preprocessing_step" and isinstance(event.data.get("duration_ms"), (int, float)):
                found[str(event.data.get("step"))].append(float(event.data["duration_ms"]))
    rows = [
        {"step": step, "runs": len(ms), **{f"p{share}_ms": percentile(ms, share) for share in (50, 95, 99)}}
        for step, ms in found.items()
    ]
    return sorted(rows, key=lambda row: (-float(row["p50_ms"] or 0), row["step"]))


def percentile(values: Sequence[float], share: int) -> float | None:
    """The value that so many in a hundred do not exceed, by nearest rank; None of none."""
    return sorted(values)[max(1, math.ceil(len(values) * share / 100)) - 1] if values else None


def _counts(jobs: Sequence[History]) -> Figures:
    status = Counter(str(job.row["status"]) for job in jobs)
    ended = {name: status[name] for name in ("completed", "failed", "cancelled")}
    return {"total": len(jobs), **ended, "in_progress": len(jobs) - sum(ended.values())}


def _throughput(jobs: Sequence[History]) -> Figures:
    """Completed jobs from the first one taken in to the last one completed."""
    ends = [job.completed for job in jobs if job.completed]
    begins = [job.taken_in for job in jobs if job.taken_in]
    took = [_took(job) for job in jobs if job.completed]
    span_s = (max(ends) - min(begins)).total_seconds() if ends and begins else 0.0
    return {
        "completed": len(ends),
        "span_s": span_s,
        "per_hour": len(ends) * 3600 / span_s if span_s > 0 else None,
        "mean_s": _mean(took),
        "p50_s": percentile(took, 50),
        "p95_s": percentile(took, 95),
    }


def _took(job: History) -> float:
    assert job.completed
    assert job.taken_in
    return (job.completed - job.taken_in).total_seconds()


def _stages(jobs: Iterable[History]) -> list[Figures]:
    """Each folder's stays that have ended: how many, and how long the machine and people took for one."""
    found: dict[str, list[Stay]] = defaultdict(list)
    for job in jobs:
        for stay in job.stays:
            if stay.ended and stay.stage not in (COMPLETED, ARCHIVE):
                found[stay.stage].append(stay)
    return [
        {
            "stage": stage,
            "stays": len(found[stage]),
            "machine_s": _mean(stay.machine_s for stay in found[stage]),
            "human_s": _mean(stay.human_s for stay in found[stage]),
            "p50_s": percentile([stay.seconds for stay in found[stage]], 50),
            "p95_s": percentile([stay.seconds for stay in found[stage]], 95),
        }
        for stage in dict.fromkeys((*STAGES, *JOB_FOLDERS))
        if stage in found
    ]


def _override(jobs: Iterable[History]) -> Figures:
    """Of the jobs that were validated: how many had critical issues, and how many went on in spite of them."""
    validated = [job for job in jobs if any(stay.stage == VALIDATION and stay.ended for stay in job.stays)]
    critical = sum(any(stay.stage == OVERRIDE for stay in job.stays) for job in validated)
    overridden = sum(job.was_overridden for job in validated)
    return {
        "validated": len(validated),
        "critical": critical,
        "overridden": overridden,
        "rate": _rate(overridden, len(validated)),
    }


def _first_time(jobs: Iterable[History]) -> Figures:
    """Of the completed jobs: how many nobody had sent back or had made again."""
    done = [job for job in jobs if job.completed]
    good = sum(not job.went_back for job in done)
    return {"completed": len(done), "at_first": good, "rate": _rate(good, len(done))}


def _top_warnings(jobs: Iterable[History]) -> list[Figures]:
    counts = Counter(kind for job in jobs for kind in job.warnings)
    affected = Counter(kind for job in jobs for kind in set(job.warnings))
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"type": kind, "count": count, "jobs": affected[kind]} for kind, count in ordered[:_TOP]]


def _confidence(jobs: Iterable[History]) -> list[Figures]:
    """What came of the proposed pairs, by how sure they claimed to be."""
    pairs = [pair for job in jobs for pair in job.pairs]
    rows = []
    for low, high in itertools.pairwise(_BOUNDS):
        kept = [good for sure, good in pairs if low <= sure < high or (high == 1.0 and sure >= high)]
        rows.append(
            {"from": low, "to": high, "pairs": len(kept), "kept": sum(kept), "rate": _rate(sum(kept), len(kept))}
        )
    return rows


def _etas(jobs: Iterable[History], all_jobs: Iterable[History], now: datetime) -> list[Figures]:
    """When each open job will be done if it takes in every stage what is usual (p50) there.

    Nothing is said of jobs that failed or are on hold, nor before three jobs have passed every stage that is left.
    """
    usual = {row["stage"]: row for row in _stages(all_jobs) if row["stays"] >= _LEAST_STAYS}
    rows = []
    for job in jobs:
        stage = str(job.row["stage"])
        if stage not in STAGES[:-1] or not job.stays:
            continue
        ahead = [one for one in STAGES[STAGES.index(stage) + 1 : -1] if one != OVERRIDE]
        if any(one not in usual for one in (stage, *ahead)):
            continue
        here_s = max(0.0, usual[stage]["p50_s"] - job.stays[-1].seconds)
        left_s = here_s + sum(usual[one]["p50_s"] for one in ahead)
        rows.append(
            {"job": job.row["job"], "stage": stage, "left_s": left_s, "at": stamp(now + timedelta(seconds=left_s))}
        )
    return rows


def _each(job: History) -> Figures:
    """One job as a row."""
    return {
        **{key: job.row[key] for key in ("job", "kind", "batch", "client", "project", "stage", "status", "priority")},
        "taken_in": stamp(job.taken_in) if job.taken_in else None,
        "completed": stamp(job.completed) if job.completed else None,
        "machine_s": round(sum(stay.machine_s for stay in job.stays), 3),
        "human_s": round(sum(stay.human_s for stay in job.stays), 3),
        "overridden": job.was_overridden,
        "went_back": job.went_back,
        "warnings": len(job.warnings),
    }


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
