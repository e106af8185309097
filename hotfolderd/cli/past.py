"""`events`, `stats`, `report`: what happened, read from the histories of all jobs. Changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from hotfolderd.cli.batches import batch_named, summaries
from hotfolderd.cli.place import Json, app, find_job, root_of, say
from hotfolderd.cli.rows import say_rows
from hotfolderd.errors import ConfigError

Since = Annotated[str | None, typer.Option(help="From then on: 2026-11-20, 2026-11-20T14:30, or 2h, 3d ago.")]
Until = Annotated[str | None, typer.Option(help="Up to then; written as for --since.")]
Batch = Annotated[str | None, typer.Option(help="Only jobs of this batch.")]


@app.command()
def events(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="One job.")] = None,
    since: Since = None,
    until: Until = None,
    user: Annotated[str | None, typer.Option(help="Only what this person did; `system` for the program.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this, such as stage_transition or preview_approved.")] = None,
    batch: Batch = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest; 0: all.")] = 0,
    as_json: Json = False,
) -> None:
    """What happened, oldest first: who did what, when.

    Example: hotfolderd events --since 3d --user anna
    """
    from hotfolderd.report import events_of, moment  # noqa: PLC0415  only here

    root = root_of(context)
    now = datetime.now(UTC)
    first = moment(since, now) if since else None
    last = moment(until, now) if until else None
    folders = [find_job(root, job)[1]] if job is not None else [path for _, path in root.job_folders()]
    found = [
        event
        for folder in folders
        for event in events_of(folder)
        if (first is None or event.at >= first)
        and (last is None or event.at <= last)
        and (user is None or event.by == user)
        and (action is None or event.action == action)
        and (batch is None or event.batch == batch)
    ]
    found.sort(key=lambda event: event.at)
    found = found[-limit:] if limit else found
    if as_json:
        say(json.dumps({"events": [event.line for event in found]}, indent=1))
        return
    say_rows(
        ["WHEN", "JOB", "WHAT", "WHO", "MESSAGE"],
        [[str(event.line["ts"]), event.job, event.action, event.by, event.message] for event in found],
    )


@app.command()
def stats(
    context: typer.Context,
    since: Since = None,
    timing: Annotated[bool, typer.Option("--timing", help="How long each step takes: p50, p95, p99.")] = False,
    as_json: Json = False,
) -> None:
    """How many jobs stand where, how long they take, and how the newest batches are.

    Example: hotfolderd stats --timing --since 7d
    """
    from hotfolderd.report import histories, moment, stats_of  # noqa: PLC0415  only here
    from hotfolderd.report.figures import timing as timing_of  # noqa: PLC0415
    from hotfolderd.report.showing import as_lines, stats_lines, tables, timing_table  # noqa: PLC0415

    root = root_of(context)
    now = datetime.now(UTC)
    first = moment(since, now) if since else None
    found = [one for one in histories(root, now) if first is None or (one.taken_in and one.taken_in >= first)]
    content = stats_of(found, summaries(root), now)
    if timing:
        content["timing"] = timing_of(found)
    if as_json:
        say(json.dumps(content, indent=1))
        return
    shown = [timing_table(content["timing"])] if timing else tables(content)
    for line in [*([] if timing else stats_lines(content)), *as_lines(shown)]:
        say(line)


@app.command()
def report(
    context: typer.Context,
    batch: Batch = None,
    since: Annotated[str | None, typer.Option(help="Only jobs taken in from then on, written as for `events`.")] = None,
    form: Annotated[
        Literal["text", "html", "csv", "json"], typer.Option("--format", help="csv has one row for each job.")
    ] = "text",
    out: Annotated[Path | None, typer.Option(help="Write it into this file instead of printing it.")] = None,
) -> None:
    """How a batch, or the time since a date, went: throughput, times, overrides, warnings, how sure was right.

    Example: hotfolderd report --since 2026-11-01 --format html --out november.html
    """
    from hotfolderd.report import histories, moment, report_on  # noqa: PLC0415  only here
    from hotfolderd.report.showing import as_csv, as_html, as_text  # noqa: PLC0415

    root = root_of(context)
    now = datetime.now(UTC)
    if (batch is None) == (since is None):
        raise ConfigError("report: give --batch BATCH or --since DATE, one of the two.")
    everything = histories(root, now)
    if batch is not None:
        of = f"batch {batch_named(root, batch).name} ({batch})"
        chosen = [one for one in everything if one.row["batch"] == batch]
    else:
        first = moment(since or "", now)
        of = f"jobs since {first.astimezone():%Y-%m-%d %H:%M}"
        chosen = [one for one in everything if one.taken_in and one.taken_in >= first]
    content = report_on(of, chosen, everything, now)
    text = {"text": as_text, "html": as_html, "csv": as_csv, "json": _as_json}[form](content)
    if out is None:
        say(text.rstrip("\n"))
        return
    out.write_text(text, encoding="utf-8")
    say(f"{out}: written.")


def _as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
