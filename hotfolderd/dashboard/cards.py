"""One job as a card: what it is, where it stands, and what somebody must do for it. Gives HTML; reads nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hotfolderd.dashboard.markup import address, brief, link, moment, name, text
from hotfolderd.dashboard.seen import JobSeen
from hotfolderd.pipeline import ARCHIVE, BATCHES, COMPLETED, DEPLOYED, FAILED, ON_HOLD
from hotfolderd.records import Job


def card(one: JobSeen, root: Path, batches: Mapping[str, str], *, following: bool = False) -> str:
    """A card. `batches`: the names of those that have a page. `following`: the next that a person should look at."""
    job = one.job
    place = (one.folder, job.job)
    page = f"{one.sidecar.removesuffix('.yaml')}.html" if one.sidecar else ""
    facts = [name(fact) for fact in (job.client, job.project) if fact]
    if job.batch:
        shown = name(batches.get(job.batch, job.batch))
        facts.append("batch " + (link(shown, BATCHES, job.batch, "batch.html") if job.batch in batches else shown))
    return (
        f'<li class="card{" next" if following else ""}" data-client="{text(job.client)}" '
        f'data-project="{text(job.project)}" data-batch="{text(job.batch)}" data-priority="{job.priority}" '
        f'data-status="{text(job.status)}"><p class="title"><a href="{address(*place, page)}">{name(job.job)}</a>'
        f"{badges(job, following=following)}</p>"
        f'<p class="dim">{" · ".join(facts)}</p>{_what(one, root, place, page)}'
        f'<p class="dim">{text(job.status.replace("_", " "))} · {moment(job.since)}</p></li>\n'
    )


def badges(job: Job, *, following: bool = False) -> str:
    """What sets a job apart: that it is next, its priority, its warnings."""
    shown = '<span class="badge go">next</span>' if following else ""
    if job.priority != "medium":
        shown += f'<span class="badge {job.priority}">{job.priority}</span>'
    if job.warnings:
        shown += f'<span class="badge warn">{job.warnings} warning{"" if job.warnings == 1 else "s"}</span>'
    return shown


def _what(one: JobSeen, root: Path, place: tuple[str, str], page: str) -> str:
    """What is being done, or what somebody must do."""
    job = one.job
    if one.stuck:
        return '<p class="bad">Cannot be attended to just now; it is tried again. Look at the daemon\'s log.</p>'
    if one.sidecar:
        return (
            f"<p>{link('Look at the page', *place, page)}, then edit {link(text(one.sidecar), *place, one.sidecar)}</p>"
        )
    if one.column == FAILED and job.failure:
        log = link("the whole story", *place, ".job", f"{job.failure.step}.failed.txt")
        said = (
            f'<p class="bad said">{brief(job.failure.message)}</p><p class="said">{brief(job.failure.what_to_do)}</p>'
        )
        return f"{said}<p>{link('status.yaml', *place, 'status.yaml')} · {log}</p>"
    if one.column in (FAILED, ON_HOLD):
        back = f" It goes back to {text(job.left_from)}." if job.left_from else ""
        return f"<p>To go on: {text(job.needs)}.{back}</p>"
    if one.column == COMPLETED:
        return _delivered(job, root)
    if one.column == ARCHIVE:
        return ""
    if job.answer and not one.at_work and not job.doing:
        return f"<p>Answered: {text(job.answer.decision)} by {name(job.answer.by)}</p>"
    doing = f"<p>{brief(job.doing, 200) or 'Waiting for a worker'}</p>"
    bar = f'<progress aria-label="done" max="100" value="{job.progress}">{job.progress} %</progress>'
    return f"{bar}{doing}" if one.at_work or job.doing else doing


def _delivered(job: Job, root: Path) -> str:
    """Where the result lies; linked if that is in this root."""
    if not job.deployed:
        return ""
    inner = Path(os.path.relpath(job.deployed, root)).parts
    shown = link(name("/".join(inner)), *inner, "") if inner[0] == DEPLOYED else name(job.deployed)
    return f"<p>Delivered: {shown}</p>{f'<p>To do: {text(job.needs)}</p>' if job.needs else ''}"
