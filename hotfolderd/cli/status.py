"""`status`: where every job stands and whom it waits for; once, as long as somebody watches, or as a monitor asks.

Reads the index, records, `drops.json` and `health.json`; writes nothing.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hotfolderd.cli.place import Json, app, find_job, root_of, say
from hotfolderd.cli.tables import COLOURS, console
from hotfolderd.inbox.problem import printable
from hotfolderd.index import list_jobs
from hotfolderd.lock import is_held
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED
from hotfolderd.records import read_job
from hotfolderd.root import Root
from hotfolderd.stages.episode.circuits import open_circuits, said_of
from hotfolderd.standing import summary_of

_SILENT_S = 60.0
_LOOK_S = 0.02  # how often one job that is watched is asked for its record: some stages last no tenth of a second
_NEEDS = (("2-review", "review"), ("4-override", "validation review"), ("6-approval", "approval"))


@app.command()
def status(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="One job.")] = None,
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until the job is done (or for ever).")] = False,
    interval: Annotated[float, typer.Option(help="Seconds between two looks at all jobs.")] = 2.0,
    health: Annotated[
        bool, typer.Option("--health", help="Is the daemon at work? One line; exit code 0: it is, 1: it is not.")
    ] = False,
) -> None:
    """Where every job stands, and whom it waits for.

    With --watch each change is a line (with --json one object on a line), until the job is done; then the exit code is
    0, or 1 where it failed.

    Example: hotfolderd status TEST001 --watch
    """
    root = root_of(context)
    if health:
        _tell_health(root, as_json=as_json)
    if job is not None:
        find_job(root, job)
    if not watch:
        _print_status(root, job, as_json=as_json)
        return
    if sys.stdout.isatty() and not as_json:
        with Live(_table(root, job), console=console, refresh_per_second=4) as live:
            for _ in _changes(root, job, interval):
                live.update(_table(root, job))
    else:
        said = ""
        for one in _changes(root, job, interval):
            line = json.dumps(one) if as_json else _line(one)
            if line != said:  # a line tells less than a row
                say(line)
            said = line
    found = root.find_job(job or "")
    if found is not None and found[0] == FAILED:
        raise typer.Exit(1)


def _changes(root: Root, job: str | None, interval: float) -> Iterator[dict[str, Any]]:
    """Each job as it is now, then again whenever it has changed; ends when the one that is watched is done.

    A folder stands in its last place a moment before its record says so: what the record says then is the last line.
    """
    shown: dict[str, dict[str, Any]] = {}
    while True:
        rows, stands = (list_jobs(root), True) if job is None else _one(root, job)
        for row in rows:
            if shown.get(row["job"]) != row:
                shown[row["job"]] = row
                yield row
        if job is not None and (not rows or (stands and rows[0]["stage"] in (COMPLETED, FAILED, ARCHIVE))):
            return
        time.sleep(interval if job is None else min(interval, _LOOK_S))


def _one(root: Root, job: str) -> tuple[list[dict[str, Any]], bool]:
    """The row of a job, none where it is gone, and whether it stands where its record says.

    A job that moves at this moment is asked again, a few times.
    """
    rows: list[dict[str, Any]] = []
    for _ in range(5):
        found = root.find_job(job)
        with contextlib.suppress(OSError, ValueError, LookupError):
            there = read_job(found[1]) if found else None
            if found and there:
                rows = [summary_of(there, found[0])]
                if there.stage == found[0] and there.intent is None:
                    return rows, True
        time.sleep(0.02)
    return rows, False


def _selected(root: Root, job: str | None) -> list[dict[str, Any]]:
    return list_jobs(root) if job is None else _one(root, job)[0]


def _line(one: dict[str, Any]) -> str:
    """A job as a line, its parts separated by tabs."""
    business = " / ".join(name for name in (one["client"], one["project"]) if name)
    return f"{one['job']}\t{one['stage']}\t{one['status']}\t{one['progress']} %\t{_says(one)}\t{business}".rstrip()


def _print_status(root: Root, job: str | None, *, as_json: bool) -> None:
    jobs = _selected(root, job)
    if as_json:
        content = {"jobs": jobs, "drops": waiting_drops(root), "running": is_held(root), "health": _health(root)}
        content["generators_left_alone"] = generators_left_alone(root)
        say(json.dumps(content, indent=1))
        return
    if sys.stdout.isatty():
        console.print(_table(root, job))
    else:
        for one in jobs:
            say(_line(one))
    for drop in waiting_drops(root) if job is None else []:
        say(f"{drop['name']}: {drop['state']}" + (f" ({drop['detail']})" if drop["detail"] else ""))
    for stage, word in _NEEDS:
        count = sum(one["stage"] == stage for one in jobs)
        if count:
            say(f"{count} job{'' if count == 1 else 's'} need{'s' if count == 1 else ''} {word}")
    _print_health(root)


def waiting_drops(root: Root) -> list[dict[str, Any]]:
    """What lies in the inbox and is not taken yet, as the daemon last saw it."""
    try:
        drops: list[dict[str, Any]] = json.loads((root.private / "drops.json").read_bytes())
    except (OSError, ValueError):
        return []
    return drops


def _health(root: Root) -> dict[str, Any]:
    """What the daemon last said of itself; empty where none has run."""
    try:
        health: dict[str, Any] = json.loads((root.private / "health.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return health


def _notes(health: dict[str, Any]) -> list[str]:
    names = ("watcher_note", "disk_note", "workers_note", "config_note")
    return [str(health[name]) for name in names if health.get(name)]


def health_of(root: Root) -> tuple[str, str]:
    """`ok`, `remark` (it works, and something is to be said) or `wrong`; and a sentence."""
    if not is_held(root):
        return "wrong", "No daemon is running here. Start it with `hotfolderd run`."
    health = _health(root)
    silent_s = time.time() - health.get("round_at", 0.0)
    if silent_s > _SILENT_S:
        since = f"for {silent_s:.0f} s" if health else "since it began"
        return "wrong", f"The daemon has not ended a round {since}. Look at its log."
    if health.get("disk_note"):
        return "wrong", str(health["disk_note"])
    notes = [*_notes(health), *generators_left_alone(root)]
    return ("remark", " ".join(notes)) if notes else ("ok", f"The daemon is at work (process {health['pid']}).")


def generators_left_alone(root: Root) -> list[str]:
    """What is to be said of each generator that fails for every scene."""
    now = time.time()
    return [said_of(name, circuit, now) for name, circuit in open_circuits(root.private / "generators").items()]


def _tell_health(root: Root, *, as_json: bool) -> None:
    state, words = health_of(root)
    say(json.dumps({"state": state, "message": words, **_health(root)}) if as_json else f"{state}: {words}")
    raise typer.Exit(int(state == "wrong"))


def _print_health(root: Root) -> None:
    state, words = health_of(root)
    if state != "ok":
        say(words)


def _says(job: dict[str, Any]) -> str:
    if job["failure"]:
        return f"{job['doing']}: {job['failure']}" if job["doing"] else str(job["failure"])
    return job["needs"] or job["doing"] or ""


def _table(root: Root, job: str | None) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("JOB", "CLIENT", "PROJECT", "STAGE", "STATUS", "", "%", "WARNINGS", "WHAT"):
        table.add_column(title, overflow="fold")
    for one in _selected(root, job):
        table.add_row(
            one["job"],
            printable(one["client"]),
            printable(one["project"]),
            one["stage"],
            Text(one["status"], COLOURS.get(one["status"], "bold" if one["needs"] else "")),
            ProgressBar(total=100, completed=one["progress"], width=12),
            str(one["progress"]),
            Text(str(one["warnings"] or ""), "yellow"),
            printable(_says(one)),
        )
    return table
