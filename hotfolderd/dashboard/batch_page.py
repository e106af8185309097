"""The page of one batch as HTML: its state, its jobs, the rows that were refused and why. Pure; gives texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from hotfolderd.dashboard.cards import badges
from hotfolderd.dashboard.markup import brief, jobs, link, load, moment, name, text, whole_page
from hotfolderd.dashboard.seen import BatchSeen, JobSeen
from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.pipeline import JOB_FOLDERS

_STYLE = load("dashboard.css")
_MOST = 2000


def batch_page(batch: BatchSeen, seen: Iterable[JobSeen], refused: Sequence[str], written_at: str) -> str:
    """The page. `refused`: for each refused row its number, its job and what is wrong with it, as lines of a text."""
    order = {folder: number for number, folder in enumerate(JOB_FOLDERS)}
    standing = sorted(seen, key=lambda one: (order.get(one.column, 0), PRIORITY_ORDER[one.job.priority], one.job.job))
    head = (
        f"<header><p>{link('← dashboard', '..', '..', 'dashboard.html')}</p><h1>{name(batch.name)}</h1>"
        f'<p class="dim">{text(batch.batch)} · by {name(batch.submitted_by)} · taken in {moment(batch.taken_at)}'
        f"{f' · ended {moment(batch.completed_at)}' if batch.completed_at else ''}</p>"
        f"<p>{text(batch.status.replace('_', ' '))}. <b>As of {moment(written_at)}.</b></p></header>\n"
    )
    parts = [_totals(batch, standing), _table(standing), _not_started(batch), _refused(batch, refused)]
    files = " · ".join(link(file, file) for file in ("batch.yaml", "report.txt"))
    body = f"{head}<main>\n{''.join(parts)}<footer>{files}</footer></main>\n"
    return whole_page(f"batch {text(batch.name)}", body, _STYLE)


def _totals(batch: BatchSeen, standing: Sequence[JobSeen]) -> str:
    """How many jobs stand where."""
    counts = Counter(one.column for one in standing)
    tiles = [(str(batch.total), "jobs"), *((str(counts[folder]), folder) for folder in JOB_FOLDERS if counts[folder])]
    away = batch.total - len(standing) - len(batch.not_started)
    tiles += [(str(len(batch.not_started)), "not started")] if batch.not_started else []
    tiles += [(str(away), "not in the line")] if away > 0 else []
    tiles += [(str(batch.rejected_rows), "rows refused")] if batch.rejected_rows else []
    return f'<ol class="strip">{"".join(f"<li><b>{count}</b> {what}</li>" for count, what in tiles)}</ol>\n'


def _table(standing: Sequence[JobSeen]) -> str:
    if not standing:
        return '<p class="dim">None of its jobs stands in the line.</p>\n'
    rows = "".join(_row(one) for one in standing[:_MOST])
    left = len(standing) - _MOST
    more = f'<p class="dim">and {left} more: <code>hotfolderd jobs --batch …</code></p>\n' if left > 0 else ""
    return (
        '<div class="wide"><table><thead><tr><th>Job</th><th>Stage</th><th>State</th><th>Progress</th>'
        f"<th>Since</th></tr></thead><tbody>\n{rows}</tbody></table>\n{more}</div>\n"
    )


def _row(one: JobSeen) -> str:
    job = one.job
    place = ("..", "..", one.folder, job.job)
    page = f"{one.sidecar.removesuffix('.yaml')}.html" if one.sidecar else ""
    what = job.failure.message if job.failure else job.needs or job.doing
    return (
        f'<tr><td>{link(name(job.job), *place, page)}{badges(job)}</td><td class="line">{text(one.column)}</td>'
        f'<td>{text(job.status.replace("_", " "))}<br><span class="dim said">{brief(what, 200)}</span></td>'
        f'<td class="line"><progress aria-label="done" max="100" value="{job.progress}"></progress> '
        f"{job.progress} %</td>"
        f'<td class="dim">{moment(job.since)}</td></tr>\n'
    )


def _not_started(batch: BatchSeen) -> str:
    if not batch.not_started:
        return ""
    how = f"Begin them with <code>hotfolderd start {text(batch.batch)}</code>." if batch.manual else ""
    names = ", ".join(name(job) for job in batch.not_started[:_MOST])
    return f"<h2>Not started</h2>\n<p>{jobs(len(batch.not_started))}. {how}</p><p>{names}</p>\n"


def _refused(batch: BatchSeen, refused: Sequence[str]) -> str:
    if not batch.rejected_rows:
        return ""
    rows = "".join(f'<li class="said">{brief(row, 2000)}</li>\n' for row in refused)
    left = batch.rejected_rows - len(refused)
    more = f'<p class="dim">and {left} more in {link("report.txt", "report.txt")}</p>\n' if left > 0 else ""
    return f'<h2>Refused rows</h2>\n<ul class="refused">\n{rows}</ul>\n{more}'
