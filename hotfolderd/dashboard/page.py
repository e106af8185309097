"""The dashboard as HTML: who must do what, where every job stands, what is wrong. Pure; gives texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hotfolderd.dashboard.cards import card
from hotfolderd.dashboard.markup import address, brief, jobs, link, load, moment, name, text, whole_page
from hotfolderd.dashboard.seen import BatchSeen, JobSeen, Seen
from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.pipeline import ARCHIVE, BATCHES, COMPLETED, FAILED, INBOX, JOB_FOLDERS, ON_HOLD, STAGES, Gate

# Cards on the page: of each column at least so many, altogether about so many; of each column so many unfolded.
_EACH, _MOST, _UNFOLDED = 150, 2000, 10
_BATCHES, _DROPS, _AT_WORK = 60, 100, 8
_EMPTY = (
    "<p>No job is in the line. Drop a CSV with its files, or a folder with one design and one project, into "
    f"{link(INBOX, INBOX, '')}.</p>\n"
)
_STYLE, _SCRIPT = load("dashboard.css"), load("dashboard.js")
# What people are asked, as `hotfolderd status` calls it, where that is not the name of the gate.
_ASKED = {"override": "validation review"}
# How the engine begins what a job waits for through no fault of its own.
_HINDERED = ("Waiting for the machine: ", "Waiting: ")

Columns = dict[str, list[JobSeen]]


def whole(body: str, root: Path, state: str, written_at: str, seen: Seen) -> str:
    """The page around its body. `state` is a sentence about the daemon, in HTML."""
    room = "" if seen.free_mib is None else f"{seen.free_mib / 1024:.1f} GiB are free on the disk. "
    head = (
        f'<header><h1>hotfolderd</h1><p class="dim">{name(root)}</p>\n'
        f'<p>{state} <b>As of {moment(written_at)}.</b></p>\n<p class="dim">{room}{text(seen.remark)}</p></header>\n'
    )
    return whole_page("hotfolderd: dashboard", f"{head}<main>\n{body}</main>\n", _STYLE, _SCRIPT)


def body(seen: Seen, root: Path) -> str:
    """All that changes only when something happens."""
    columns = _columns(seen.jobs)
    asked = [folder for folder in JOB_FOLDERS if folder in seen.gates]
    machine = [folder for folder in STAGES[1:-1] if folder not in seen.gates]
    groups = {
        "Waiting for people": asked,
        "Stopped": [FAILED, ON_HOLD],
        "With the machine": machine,
        "At the end": [COMPLETED, ARCHIVE],
    }
    shown = _shares(columns, [folder for group in groups.values() for folder in group])
    known = {batch.batch: batch.name for batch in seen.batches}
    now = f'<div class="now">{_todo(columns, seen, asked)}{_at_work(seen)}</div>\n'
    parts = [_strip(columns, seen), _notes(seen), now, _filters(), "" if seen.jobs else _EMPTY]
    for title, folders in groups.items():
        there = [folder for folder in folders if columns[folder]]
        if there:
            inner = [_column(folder, columns[folder], shown[folder], seen, root, known) for folder in there]
            cards = f'<div class="columns">\n{"".join(inner)}</div>'
            parts.append(f'<section class="group"><h2>{title}</h2>\n{cards}</section>\n')
    parts += [_inbox(seen), _batches(seen)]
    return "".join(parts)


def _columns(seen: Iterable[JobSeen]) -> Columns:
    """The jobs by folder of the line: those that are next come first, of what is at its end the last ones."""
    columns: Columns = defaultdict(list)
    for one in seen:
        columns[one.column].append(one)
    for folder, column in columns.items():
        if folder in (COMPLETED, ARCHIVE):
            column.sort(key=lambda one: one.job.since, reverse=True)
        else:
            column.sort(key=lambda one: (not one.at_work, PRIORITY_ORDER[one.job.priority], one.job.created_at))
    return columns


def _shares(columns: Columns, order: Sequence[str]) -> dict[str, int]:
    """How many cards each column may show."""
    shares = {folder: min(len(columns[folder]), _EACH) for folder in order}
    left = _MOST - sum(shares.values())
    for folder in order:
        more = max(0, min(left, len(columns[folder]) - shares[folder]))
        shares[folder] += more
        left -= more
    return shares


def _strip(columns: Columns, seen: Seen) -> str:
    """All folders of the line with their counts."""
    counts = {folder: len(columns[folder]) for folder in JOB_FOLDERS}
    counts[INBOX] = sum(drop["kind"] != "batch" for drop in seen.drops)
    tiles = []
    for folder in (*STAGES, FAILED, ON_HOLD, ARCHIVE):
        kind = "people" if folder in (*seen.gates, FAILED, ON_HOLD) else "machine"
        inner = f"<b>{counts[folder]}</b> {folder}"
        tiles.append(
            f'<li class="{kind}"><a href="#{folder}">{inner}</a></li>' if counts[folder] else f"<li>{inner}</li>"
        )
    return f'<nav aria-label="stages"><ol class="strip">{"".join(tiles)}</ol></nav>\n'


def _notes(seen: Seen) -> str:
    """What is wrong with the machine."""
    hindered = Counter(one.job.doing for one in seen.jobs if one.job.doing.startswith(_HINDERED))
    notes = [*seen.notes, *(f"{jobs(count)}: {doing}" for doing, count in hindered.most_common(5))]
    rows = "".join(f'<li class="said">{brief(note, 1000)}</li>' for note in notes)
    return f'<ul class="notes" role="alert">{rows}</ul>\n' if rows else ""


def _todo(columns: Columns, seen: Seen, asked: Sequence[str]) -> str:
    """Who must do what, in a few lines."""
    rows = []
    for folder in asked:
        waiting = [one for one in columns[folder] if one.sidecar]
        if waiting:
            gate = seen.gates[folder]
            needs = f"{jobs(len(waiting))} need{'s' if len(waiting) == 1 else ''} {_ASKED.get(gate.name, gate.name)}"
            first = waiting[0]
            page = address(first.folder, first.job.job, f"{gate.name}.html")
            rows.append(
                f'<a href="#{folder}">{needs}</a>{_by(seen, gate.name)}; next: '
                f'<a href="{page}">{name(first.job.job)}</a>, asked {moment(first.job.since)}'
            )
    rows += [
        f'<a href="#{folder}">{jobs(len(columns[folder]))} {word}</a>'
        for folder, word in ((FAILED, "failed"), (ON_HOLD, "on hold"))
        if columns[folder]
    ]
    held = sum(drop["kind"] == "batch" for drop in seen.drops)
    bad = sum(drop["state"] in ("refused", "cannot be examined") for drop in seen.drops)
    for count, thing, state in ((bad, "drop", "not taken"), (held, "batch", "not begun")):
        many = "" if count == 1 else "es" if thing == "batch" else "s"
        rows += [f'<a href="#{INBOX}">{count} {thing}{many} {state}</a>'] if count else []
    inner = "".join(f"<li>{row}</li>" for row in rows) or "<li>Nobody is waited for.</li>"
    return f'<section class="todo" aria-label="to do"><ul>{inner}</ul></section>\n'


def _at_work(seen: Seen) -> str:
    """The steps that run."""
    working = [one for one in seen.jobs if one.at_work]
    rows = "".join(
        f"<li>{link(name(one.job.job), one.folder, one.job.job, '')} {brief(one.job.doing, 100)}"
        f'<progress aria-label="done" max="100" value="{one.job.progress}">{one.job.progress} %</progress></li>'
        for one in working[:_AT_WORK]
    )
    more = f"<li>and {len(working) - _AT_WORK} more</li>" if len(working) > _AT_WORK else ""
    return f'<section class="work" aria-label="at work"><ul>{rows}{more}</ul></section>\n' if rows else ""


def _by(seen: Seen, gate: str) -> str:
    people = seen.reviewers.get(gate)
    return f" by {', '.join(map(name, people))}" if people else ""


def _filters() -> str:
    """The filters; shown by the script, which also fills them."""
    names = ("client", "project", "batch", "priority", "status")
    selects = "".join(
        f'<label>{one} <select name="{one}"><option value="">all</option></select></label>' for one in names
    )
    return (
        '<form id="filters" hidden><label class="wide">search '
        '<input name="text" type="search" autocomplete="off"></label>'
        f'{selects}<label><input name="still" type="checkbox" value="1"> keep still</label>'
        '<button type="reset">clear</button><output></output></form>\n'
    )


def _asks(gate: Gate, column: list[JobSeen]) -> list[str]:
    """What is asked of the jobs of a stage, once each: the kinds of jobs ask differently."""
    asked = dict.fromkeys(one.job.needs.partition(": ")[2] for one in column if one.sidecar)
    return [one for one in asked if one] or [gate.asks]


def _column(folder: str, column: list[JobSeen], most: int, seen: Seen, root: Path, batches: Mapping[str, str]) -> str:
    """One stage: its cards, folded after the first ones, and how to see those that have no room here."""
    gate = seen.gates.get(folder)
    first = next((one for one in column if one.sidecar), None)
    cards = [card(one, root, batches, following=one is first) for one in column[:most]]
    asks = _asks(gate, column) if gate else []
    lead = "".join(f'<p class="dim">{text(one)}{_by(seen, gate.name)}</p>' for one in asks) if gate else ""
    inner = f'<ol class="cards">\n{"".join(cards[:_UNFOLDED])}</ol>\n'
    if len(cards) > _UNFOLDED:
        rest = f'<ol class="cards">\n{"".join(cards[_UNFOLDED:])}</ol>'
        inner += f"<details><summary>{len(cards) - _UNFOLDED} more</summary>\n{rest}</details>\n"
    if len(column) > most:
        command = f"hotfolderd jobs --stage {folder} --limit {len(column)}"
        inner += f'<p class="dim">and {len(column) - most} more, not on this page: <code>{command}</code></p>\n'
    return (
        f'<section class="column" id="{folder}"><h3>{folder} <span class="count" data-all="{len(column)}">'
        f"{len(column)}</span></h3>{lead}\n{inner}</section>\n"
    )


def _inbox(seen: Seen) -> str:
    """What waits in the inbox, and batches that have not begun."""
    if not seen.drops:
        return ""
    rows = "".join(
        f"<tr><td>{link(name(drop['name']), *_place_of(drop['name']))}</td><td>{text(drop['state'])}</td>"
        f'<td class="said">{brief(drop["detail"])}</td></tr>\n'
        for drop in seen.drops[:_DROPS]
    )
    more = f'<p class="dim">and {len(seen.drops) - _DROPS} more: <code>hotfolderd status</code></p>\n'
    return (
        f'<h2 id="{INBOX}">Not taken in yet</h2>\n<div class="wide"><table><thead><tr><th>What</th><th>State</th>'
        f"<th>Why</th></tr></thead><tbody>\n{rows}</tbody></table>\n{more if len(seen.drops) > _DROPS else ''}</div>\n"
    )


def _place_of(drop: str) -> tuple[str, ...]:
    """The folder of a drop: what was dropped may go at any moment."""
    folder = drop.partition("/")[0]
    return (BATCHES, drop.partition("/")[2], "") if folder == BATCHES else (folder, "")


def _batches(seen: Seen) -> str:
    """The batches, the last one first; those that are at work before those at their end."""
    if not seen.batches:
        return ""
    standing: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seen.jobs:
        standing[one.job.batch][one.job.status] += 1
    last = sorted(seen.batches, key=lambda batch: batch.taken_at, reverse=True)
    last.sort(key=lambda batch: batch.status == "complete")
    rows = "".join(_batch_row(batch, standing[batch.batch]) for batch in last[:_BATCHES])
    more = f'<p class="dim">and {len(last) - _BATCHES} more in {link(BATCHES, BATCHES, "")}</p>\n'
    return (
        '<h2 id="batches">Batches</h2>\n<div class="wide"><table><thead><tr><th>Batch</th><th>State</th><th>Jobs</th>'
        "<th>By</th></tr></thead><tbody>\n"
        f"{rows}</tbody></table>\n{more if len(last) > _BATCHES else ''}</div>\n"
    )


def _batch_row(batch: BatchSeen, standing: Counter[str]) -> str:
    done, failed = standing["completed"] + standing["awaiting_download"], standing["failed"]
    said = f"{done} of {jobs(batch.total)} delivered{f', {failed} failed' if failed else ''}"
    return (
        f'<tr><td>{link(name(batch.name), BATCHES, batch.batch, "batch.html")}<br><span class="dim">{text(batch.batch)}'
        f'</span></td><td>{text(batch.status.replace("_", " "))}</td><td><progress aria-label="delivered" '
        f'max="{batch.total}" value="{done}"></progress> {said}</td>'
        f"<td>{name(batch.submitted_by)}, {moment(batch.taken_at)}</td></tr>\n"
    )
