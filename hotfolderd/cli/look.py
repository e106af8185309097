"""`status`, `show`, `jobs`: what is where, for people and for programs. Reads records; writes nothing."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from hotfolderd.cli.place import app, console, find_job, root_of, say
from hotfolderd.errors import RefusedError
from hotfolderd.inbox.problem import printable
from hotfolderd.index import list_jobs, rebuild
from hotfolderd.lock import is_held
from hotfolderd.records import Record, read_job
from hotfolderd.root import Root
from hotfolderd.standing import summary_of

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EVENTS_SHOWN = 20
_SILENT_S = 60.0


def waiting_drops(root: Root) -> list[dict[str, Any]]:
    """What lies in the inbox and is not taken yet, as the daemon last saw it."""
    try:
        drops: list[dict[str, Any]] = json.loads((root.private / "drops.json").read_bytes())
    except (OSError, ValueError):
        return []
    return drops


@app.command()
def status(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="One job.")] = None,
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until the job is done (or for ever).")] = False,
    interval: Annotated[float, typer.Option(help="Seconds between two looks.")] = 3.0,
) -> None:
    """Where every job stands, and whom it waits for."""
    root = root_of(context)
    if job is not None:
        find_job(root, job)
    if watch and sys.stdout.isatty() and not as_json:
        with Live(_table(root, job), console=console, refresh_per_second=4) as live:
            while not _ended(root, job):
                time.sleep(interval)
                live.update(_table(root, job))
        return
    while True:
        _print_status(root, job, as_json=as_json)
        if not watch or _ended(root, job):
            return
        time.sleep(interval)


def _ended(root: Root, job: str | None) -> bool:
    if job is None:
        return False
    found = root.find_job(job)
    return found is None or found[0] in ("7-completed", "failed", "archive")


def _selected(root: Root, job: str | None) -> list[dict[str, Any]]:
    return [one for one in list_jobs(root) if job is None or one["job"] == job]


def _print_status(root: Root, job: str | None, *, as_json: bool) -> None:
    jobs = _selected(root, job)
    if as_json:
        content = {"jobs": jobs, "drops": waiting_drops(root), "running": is_held(root), "health": _health(root)}
        say(json.dumps(content, indent=1))
        return
    if sys.stdout.isatty():
        console.print(_table(root, job))
    else:
        for one in jobs:
            say(f"{one['job']}\t{one['stage']}\t{one['status']}\t{one['progress']} %\t{_says(one)}")
    for drop in waiting_drops(root) if job is None else []:
        say(f"{drop['name']}: {drop['state']}" + (f" ({drop['detail']})" if drop["detail"] else ""))
    _print_needs(jobs)
    _print_health(root)


def _health(root: Root) -> dict[str, Any]:
    """What the daemon last said of itself; empty where none has run."""
    try:
        health: dict[str, Any] = json.loads((root.private / "health.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return health


def _print_health(root: Root) -> None:
    if not is_held(root):
        say("No daemon is running here. Start it with `hotfolderd run`.")
        return
    health = _health(root)
    silent_s = time.time() - health.get("round_at", 0.0)
    if silent_s > _SILENT_S:
        say(f"The daemon has not ended a round for {silent_s:.0f} s. Look at its log.")
    for note in map(health.get, ("watcher_note", "disk_note", "workers_note")):
        if note:
            say(note)


def _print_needs(jobs: list[dict[str, Any]]) -> None:
    for stage, word in (("2-review", "review"), ("4-override", "validation review"), ("6-approval", "approval")):
        count = sum(job["stage"] == stage for job in jobs)
        if count:
            say(f"{count} job{'' if count == 1 else 's'} need{'s' if count == 1 else ''} {word}")


def _says(job: dict[str, Any]) -> str:
    return job["failure"] or job["needs"] or job["doing"] or ""


def _table(root: Root, job: str | None) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("JOB", "STAGE", "STATUS", "", "%", "WARNINGS", "WHAT"):
        table.add_column(title, overflow="fold")
    for one in _selected(root, job):
        bar = ProgressBar(total=100, completed=one["progress"], width=12)
        warnings = str(one["warnings"] or "")
        table.add_row(
            one["job"], one["stage"], one["status"], bar, str(one["progress"]), warnings, printable(_says(one))
        )
    return table


@app.command("rebuild-index")
def rebuild_index(context: typer.Context) -> None:
    """Make the index of jobs anew from the job folders; the daemon does so by itself when it starts."""
    root = root_of(context)
    say(f"{root.private / 'index.json'}: {rebuild(root)} jobs.")


@app.command()
def jobs(
    context: typer.Context,
    stage: Annotated[str | None, typer.Option(help="Only this stage (its folder or its number).")] = None,
    batch: Annotated[str | None, typer.Option(help="Only this batch.")] = None,
    search: Annotated[str | None, typer.Option(help="Only jobs whose name, client or project holds this.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List jobs."""
    found = [
        job
        for job in list_jobs(root_of(context))
        if (stage is None or job["stage"] == stage or job["stage"].startswith(f"{stage}-"))
        and (batch is None or job["batch"] == batch)
        and (search is None or search.lower() in f"{job['job']} {job['client']} {job['project']}".lower())
    ][:limit]
    if as_json:
        say(json.dumps({"jobs": found}, indent=1))
        return
    for job in found:
        say(f"{job['job']}\t{job['stage']}\t{job['status']}\t{job['priority']}\t{job['client']}\t{job['project']}")


@app.command()
def show(context: typer.Context, job: Annotated[str, typer.Argument(help="The job.")], as_json: Json = False) -> None:
    """Everything that is known of one job: record, warnings, decisions, the last events."""
    root = root_of(context)
    folder, path = find_job(root, job)
    try:
        job_there = read_job(path)
    except (OSError, ValueError, LookupError) as error:
        raise RefusedError(f"{path}: its record cannot be read ({error}). Put back a copy of it.") from error
    head = summary_of(job_there, folder)
    with Record(path) as record:
        stages = {name: _times(times) for name, times in record.job.stages.items()}
        warnings, decisions, assets = record.warnings(), record.decisions(), record.assets()
    events_file = path / ".job" / "events.jsonl"
    lines = events_file.read_text("utf-8").splitlines() if events_file.exists() else []
    events = [json.loads(line) for line in lines[-EVENTS_SHOWN:] if line.endswith("}")]
    content = {
        **head,
        "stages": stages,
        "warnings": warnings,
        "decisions": decisions,
        "assets": assets,
        "events": events,
    }
    if as_json:
        say(json.dumps(content, indent=1))
        return
    for key, value in head.items():
        if value not in (None, ""):
            say(f"{key:<11} {value}")
    for row in warnings:
        say(f"{row['severity']:<9} {row['message']}")
    for row in decisions:
        say(f"decided     {row['at']} {row['by']}: {row['decision']} {row['reason']}".rstrip())
    for event in events:
        say(f"{event['ts']} {event['user_id']}: {event['message']}")


def _times(times: Any) -> dict[str, Any]:
    names = ("started_at", "completed_at", "completed_by", "skipped")
    return {name: getattr(times, name) for name in names}
