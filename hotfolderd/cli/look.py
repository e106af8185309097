"""`show`, `jobs`, `next`, `rebuild-index`: what is where, for people and for programs. Reads records and the index."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from hotfolderd.cli.place import Json, app, find_job, root_of, say
from hotfolderd.cli.rows import say_rows
from hotfolderd.errors import RefusedError
from hotfolderd.index import list_jobs, rebuild
from hotfolderd.lines import gates
from hotfolderd.records import Record, read_job
from hotfolderd.standing import summary_of

EVENTS_SHOWN = 20


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
    status: Annotated[str | None, typer.Option(help="Only this status, such as awaiting_review.")] = None,
    client: Annotated[str | None, typer.Option(help="Only jobs whose client holds this.")] = None,
    project: Annotated[str | None, typer.Option(help="Only jobs whose project holds this.")] = None,
    priority: Annotated[str | None, typer.Option(help="high, medium or low.")] = None,
    search: Annotated[str | None, typer.Option(help="Only jobs whose name, client or project holds this.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0: all.")] = 100,
    as_json: Json = False,
) -> None:
    """List jobs.

    Example: hotfolderd jobs --stage 2 --client Kestrel
    """
    found = [
        job
        for job in list_jobs(root_of(context))
        if (stage is None or job["stage"] == stage or job["stage"].startswith(f"{stage}-"))
        and (batch is None or job["batch"] == batch)
        and (status is None or job["status"] == status)
        and (client is None or client.lower() in job["client"].lower())
        and (project is None or project.lower() in job["project"].lower())
        and (priority is None or job["priority"] == priority)
        and (search is None or search.lower() in f"{job['job']} {job['client']} {job['project']}".lower())
    ]
    shown = found[:limit] if limit else found
    left_out = len(found) - len(shown)
    if as_json:
        say(json.dumps({"jobs": shown, **({"left_out": left_out} if left_out else {})}, indent=1))
        return
    keys = ("job", "stage", "status", "priority", "client", "project")
    say_rows([key.upper() for key in keys], [[job[key] for key in keys] for job in shown])
    if left_out:  # beside the rows, which programs read, too
        typer.echo(f"{left_out} more jobs are left out; `--limit 0` lists all.", err=True)


@app.command("next")
def next_(
    context: typer.Context,
    stage: Annotated[str | None, typer.Option(help="Only this stage (its folder or its number).")] = None,
    as_json: Json = False,
) -> None:
    """The file to edit next, in each stage in which somebody is asked: priority first, then age.

    Example: hotfolderd next --stage 2
    """
    root = root_of(context)
    asked = gates()
    found: dict[str, dict[str, Any]] = {}
    for job in list_jobs(root):
        folder = job["stage"]
        if folder in asked and (stage is None or folder == stage or folder.startswith(f"{stage}-")):
            file = root.path / job["folder"] / asked[folder].sidecar
            if file.exists():  # else it is answered already, and about to move
                found.setdefault(folder, {**job, "file": str(file)})
    if as_json:
        say(json.dumps({"next": list(found.values())}, indent=1))
        return
    say_rows(["FILE", "CLIENT", "PROJECT"], [[job["file"], job["client"], job["project"]] for job in found.values()])
    if not found:
        say("Nobody is asked for anything.")


@app.command()
def show(context: typer.Context, job: Annotated[str, typer.Argument(help="The job.")], as_json: Json = False) -> None:
    """Everything that is known of one job: record, warnings, decisions, the last events.

    Example: hotfolderd show TEST001 --json
    """
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
