"""Telling people of a job: that it has come where they must decide, is delivered or has failed; what was decided.

Reads the warnings in the job's record; says what the matrix of messages says (`notify/matrix.py`). Changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hotfolderd.model import Notice
from hotfolderd.notify import NOTHING, About, Notices
from hotfolderd.pipeline import COMPLETED, FAILED, Gate
from hotfolderd.records import Answer, Intent, Job, Question, Record

_EVENTS = {"review": "review_ready", "override": "validation_issues", "approval": "preview_ready"}
_GRAVEST_FIRST = ("critical", "warning")
_MOST_WHY = 3


def arrived(
    notices: Notices,
    job: Job,
    intent: Intent,
    where: Path,
    gate: Gate | None,
    who: tuple[str, ...],
    *,
    once: str,
    question: Question | None = None,
    failures: Mapping[str, str],
) -> None:
    """Tell people that a job has come to the folder `where`. `who` may decide there; nobody named: everybody.

    `question`: as the step has prepared it that asks, perhaps with words of its own; None: in those of the matrix.
    `failures`: see `pipeline.Line`.
    """
    if gate:
        _ask(notices, job, intent, where, gate, who, once=once, question=question)
    elif intent.target == COMPLETED:
        receipt = f"\nWhen you have it: hotfolderd downloaded {job.job}, or control.yaml with action: downloaded"
        facts = {"deployed": f"It lies in {job.deployed}{receipt if job.awaits_download else ''}"}
        about = About(facts, where=where, stage=COMPLETED, note=job.deployed or "")
        notices.tell("deployed", job, once=once, about=about)
    elif intent.target == FAILED and job.failure:
        failure = job.failure
        facts = {"step": failure.step, "why": failure.message, "what_to_do": failure.what_to_do}
        first = failure.message.partition("\n")[0]
        event = failures.get(failure.step, "job_failed")
        notices.tell(event, job, once=once, about=About(facts, where=where, stage=failure.stage, note=first))
    elif intent.message and intent.action != "drop_accepted":
        event = "validation_passed" if intent.message.startswith("Validation passed") else "stage_transition"
        about = About({"said": intent.message}, stage=intent.target, note=intent.message)
        notices.tell(event, job, once=once, about=about)


def _ask(
    notices: Notices,
    job: Job,
    intent: Intent,
    where: Path,
    gate: Gate,
    who: tuple[str, ...],
    *,
    once: str,
    question: Question | None,
) -> None:
    event = _EVENTS.get(gate.name, "question")
    issues, led_here = _known(where, gate)
    count = Counter(issue["severity"] for issue in issues)
    if event == "preview_ready" and job.verdicts.get("check-output") == "invalid":
        event = "output_validation_failed"
    critical = count["critical"]
    found = f"{critical} critical issue{'' if critical == 1 else 's'}" if critical else f"{count['warning']} warnings"
    said_before = (
        "" if event == "validation_issues" else led_here,
        "" if intent.action in ("stage_transition", "asked_again") else intent.message,
    )
    about = About(
        {"issues": found, "gate": gate.name, "asks": gate.asks},
        why="\n".join(line for line in (*said_before, *_why(issues, count)) if line),
        who=who,
        deciders=True,
        until=notices.first_reminder(datetime.fromisoformat(job.since) if job.since else notices.now()),
        where=where / gate.sidecar,
        page=where / f"{gate.name}.html",
        stage=gate.name,
        note=_counted(count),
    )
    if question and question.notices:
        tell_all(notices, job, question.notices, once=once, about=about)
        return
    title = f"{job.job} ({job.client or 'no client'}): {question.says}" if question and question.says else ""
    notices.tell(event, job, title, once=once, about=about)


def tell_all(
    notices: Notices, job: Job, found: Iterable[Notice], *, once: str = "notice", about: About = NOTHING
) -> None:
    """Tell what a kind of job has to tell in words of its own; `once` names the occasion of all."""
    for one in found:
        known = dataclasses.replace(about, facts=one.facts, note=one.note, picture=one.picture)
        notices.tell(one.event, job, once=f"{once} {one.once}", about=known)


def decided(
    notices: Notices, job: Job, answer: Answer, said: str, text: str, then: str, following: Mapping[str, str] | None
) -> None:
    """Tell people that what they were asked is decided: by whom, when, what follows, and what is next for them."""
    at = notices.clock_of(answer.at)
    lines = [
        text if text not in (said, f"{said}.") else "",
        then,
        f"Decided at {at}",
        f"Next: {following['file']}" if following else "",
    ]
    about = About({"said": said}, stage=answer.gate, note=f"{said} {at}", who=())
    body = "\n".join(line for line in lines if line)
    if answer.notices:
        once = f"decision {answer.number}"
        tell_all(notices, job, answer.notices, once=once, about=dataclasses.replace(about, more=body))
        return
    notices.tell("decision_taken", job, f"{job.job}: {said}", body, once=f"decision {answer.number}", about=about)


def _known(folder: Path, gate: Gate) -> tuple[list[dict[str, Any]], str]:
    """What is open and more than information, the gravest first, and the reason of the decision that led here.

    Nothing where that cannot be read: people are asked all the same.
    """
    try:
        with Record(folder) as record:
            rows, decisions = record.warnings(), record.decisions()
    except (OSError, ValueError, LookupError):
        return [], ""
    found = [row for row in rows if not row["resolved"] and row["severity"] in _GRAVEST_FIRST]
    last = decisions[-1] if decisions else {}
    reason = last.get("reason", "") if last.get("gate") != gate.name else ""
    led_here = f"{last['decision']} by {last['by']}: {reason}" if reason else ""
    return sorted(found, key=lambda row: _GRAVEST_FIRST.index(row["severity"])), led_here


def _counted(count: Mapping[str, int]) -> str:
    parts = []
    if count.get("critical"):
        parts.append(f"{count['critical']} critical")
    if count.get("warning"):
        parts.append(f"{count['warning']} warning{'' if count['warning'] == 1 else 's'}")
    return ", ".join(parts)


def _why(issues: list[dict[str, Any]], count: Mapping[str, int]) -> Iterable[str]:
    """What led to a question, in a few lines."""
    if not issues:
        return
    yield f"{_counted(count)}:"
    yield from (f"- {row['message']}" for row in issues[:_MOST_WHY])
    if len(issues) > _MOST_WHY:
        yield f"- and {len(issues) - _MOST_WHY} more, on the page"
