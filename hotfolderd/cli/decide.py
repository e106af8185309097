"""Decisions from the command line: they edit the same sidecar that a person would edit in an editor."""

from __future__ import annotations

import dataclasses
import getpass
from pathlib import Path
from typing import Annotated

import typer

from hotfolderd.cli.place import app, configuration, find_job, root_of, say
from hotfolderd.disk import write_atomic
from hotfolderd.engine.control import means_something
from hotfolderd.errors import ConfigError, HotfolderError, RefusedError, UnknownJobError
from hotfolderd.inbox.batches import load_all
from hotfolderd.lines import LINES
from hotfolderd.lock import is_held
from hotfolderd.pipeline import FAILED, function_named
from hotfolderd.records import Job as JobRecord
from hotfolderd.records import read_job
from hotfolderd.review.decision import check_reviewer
from hotfolderd.review.editing import set_keys
from hotfolderd.review.models import ControlSidecar
from hotfolderd.review.nearest import one_of
from hotfolderd.review.reading import parse, read_written
from hotfolderd.review.strict_yaml import decode
from hotfolderd.review.writing import scalar
from hotfolderd.root import Root

Job = Annotated[str, typer.Argument(help="The job.")]
By = Annotated[str, typer.Option("--by", help="Who decides (default: the file's owner).")]
Reason = Annotated[str, typer.Option("--reason", help="Why; override, reject and force-approve need 10 characters.")]
Notes = Annotated[str, typer.Option("--notes", help="For the record.")]


def _decide(context: typer.Context, job: str, decision: str, **values: str) -> None:
    """Write a decision into the sidecar that the job waits for, after the checks that the daemon makes."""
    root = root_of(context)
    folder, path = find_job(root, job)
    record = read_job(path)
    line = LINES[record.kind]
    gate = line.gate_of(folder)
    if gate is None or decision not in gate.outcomes:
        asking = [place for place in line.stages if (one := line.gate_of(place)) and decision in one.outcomes]
        places = " or ".join(asking)
        raise RefusedError(f"{job}: stands in {folder}; `{decision}` is decided in {places}. Nothing was changed.")
    sidecar = path / gate.sidecar
    if not sidecar.exists():
        raise RefusedError(f"{sidecar}: is not there (already answered?). See `hotfolderd status {job}`.")
    given = {key: value for key, value in values.items() if value}
    before = read_written(sidecar)
    text = set_keys(decode(before.data), {"decision": decision, **given})
    found = function_named(gate.read)(path, record, dataclasses.replace(before, data=text.encode()))
    check_reviewer(found.by, configuration(context).allowed(), gate.name, gate.sidecar)
    write_atomic(sidecar, text)
    _say_what_follows(root, sidecar)


def _order(context: typer.Context, job: str, action: str, **values: str) -> None:
    """Write a control.yaml."""
    root = root_of(context)
    folder, path = find_job(root, job)
    record = read_job(path)
    if not means_something(action, folder, record):
        raise RefusedError(f"{job}: `{action}` means nothing for a job in {folder}. Nothing was changed.")
    check_reviewer(values.get("by") or getpass.getuser(), configuration(context).allowed(), "control", "control.yaml")
    if action == "retry":
        _check_step(record, values.get("from", ""))
    given = {"action": action, **{key: value for key, value in values.items() if value}}
    text = "".join(f"{key}: {scalar(value)}\n" for key, value in given.items()) + "end: true\n"
    parse(text.encode(), ControlSidecar, "control.yaml")
    write_atomic(path / "control.yaml", text)
    _say_what_follows(root, path / "control.yaml")


def _check_step(job: JobRecord, name: str) -> None:
    """Raises RefusedError for a step that the stage in which the job failed does not have."""
    stage = LINES[job.kind].stages.get(job.left_from or "")
    steps = ["auto", *(step.name for step in stage.steps)] if stage else ["auto"]
    if name and name not in steps:
        raise RefusedError(f"{job.job}: `{name}` names no step of {job.left_from}. {one_of(name, steps)}")


def _say_what_follows(root: Root, sidecar: Path) -> None:
    say(f"{sidecar}: written.")
    if not is_held(root):
        say("No daemon is running here; it is taken when `hotfolderd run` starts.")


@app.command()
def start(context: typer.Context, batch: Annotated[str, typer.Argument(help="The batch, as in batches/.")]) -> None:
    """Build the jobs of a batch that waits to be started."""
    root = root_of(context)
    folder = root.batches / batch
    if not batch or "/" in batch or batch.startswith(".") or not folder.is_dir():
        raise UnknownJobError(f"Batch not found: {batch}")
    if not any(one.batch == batch and one.waiting for one in load_all(root.batches)):
        raise RefusedError(f"{batch}: all its jobs have been started. Nothing was changed.")
    write_atomic(folder / "control.yaml", "action: start\n")
    _say_what_follows(root, folder / "control.yaml")


@app.command()
def approve(
    context: typer.Context,
    job: Job,
    by: By = "",
    notes: Notes = "",
    apply_to: Annotated[
        str, typer.Option(help="job | batch: in 2-review, also those of the batch with the same template and layers.")
    ] = "",
) -> None:
    """Approve the matches (in 2-review) or the output (in 6-approval).

    Example: hotfolderd approve TEST001 --by anna --apply-to batch
    """
    _decide(context, job, "approve", by=by, notes=notes, apply_to=apply_to)


@app.command()
def override(context: typer.Context, job: Job, reason: Reason = "", by: By = "", notes: Notes = "") -> None:
    """Go on in spite of critical issues (in 4-override)."""
    _decide(context, job, "override", by=by, reason=reason, notes=notes)


@app.command(name="return")
def return_(context: typer.Context, job: Job, reason: Reason = "", by: By = "", notes: Notes = "") -> None:
    """Return to the matching (in 4-override)."""
    _decide(context, job, "return", by=by, reason=reason, notes=notes)


@app.command()
def reject(
    context: typer.Context,
    job: Job,
    reason: Reason = "",
    by: By = "",
    notes: Notes = "",
    return_to: Annotated[str, typer.Option(help="2-review | 5-generation")] = "2-review",
) -> None:
    """Reject the output (in 6-approval).

    Example: hotfolderd reject TEST001 --reason "The headline must be in one line" --return-to 5-generation
    """
    _decide(context, job, "reject", by=by, reason=reason, notes=notes, return_to=return_to)


@app.command()
def regenerate(context: typer.Context, job: Job, reason: Reason = "", by: By = "", notes: Notes = "") -> None:
    """Make script, project and preview again (in 6-approval)."""
    _decide(context, job, "regenerate", by=by, reason=reason, notes=notes)


@app.command(name="force-approve")
def force_approve(context: typer.Context, job: Job, reason: Reason = "", by: By = "", notes: Notes = "") -> None:
    """Approve an output that did not pass its validation (in 6-approval)."""
    _decide(context, job, "force_approve", by=by, reason=reason, notes=notes)


@app.command()
def retry(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="The job; or --all-failed.")] = None,
    reason: Reason = "",
    by: By = "",
    from_: Annotated[str, typer.Option("--from", help="From this step of the stage on, even if it was done.")] = "",
    all_failed: Annotated[bool, typer.Option("--all-failed", help="Every job that stands in failed/.")] = False,
) -> None:
    """Try a failed job again, from the step that failed.

    Example: hotfolderd retry --all-failed --reason "the font is installed now"
    """
    if (job is None) != all_failed or (all_failed and from_):
        raise ConfigError("retry: name a job, or give --all-failed (without --from).")
    if job is not None:
        _order(context, job, "retry", reason=reason, by=by, **{"from": from_})
        return
    root = root_of(context)
    failed = [path.name for folder, path in root.job_folders() if folder == FAILED]
    refused = 0
    for name in failed:
        try:
            _order(context, name, "retry", reason=reason, by=by)
        except (HotfolderError, OSError, ValueError, LookupError) as error:  # one that cannot must not stop the others
            say(f"{name}: {error}")
            refused += 1
    say(f"{len(failed) - refused} of {len(failed)} failed jobs are tried again.")
    if refused:
        raise typer.Exit(4)


@app.command()
def hold(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Put a job on hold."""
    _order(context, job, "hold", reason=reason, by=by)


@app.command()
def resume(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Go on with a job that was on hold."""
    _order(context, job, "resume", reason=reason, by=by)


@app.command()
def cancel(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Cancel a job; its folder goes to archive/."""
    _order(context, job, "cancel", reason=reason, by=by)


@app.command()
def archive(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Put a completed job into the archive."""
    _order(context, job, "archive", reason=reason, by=by)


@app.command()
def downloaded(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Say that a delivery was taken, where that completes a job (delivery.complete_on: download)."""
    _order(context, job, "downloaded", reason=reason, by=by)


@app.command()
def unarchive(context: typer.Context, job: Job, reason: Reason = "", by: By = "") -> None:
    """Bring a completed job back from the archive."""
    _order(context, job, "unarchive", reason=reason, by=by)


@app.command()
def priority(
    context: typer.Context,
    job: Job,
    to: Annotated[str, typer.Argument(help="high, medium or low.")],
    reason: Reason = "",
    by: By = "",
) -> None:
    """Change which job is worked on first.

    Example: hotfolderd priority TEST001 high
    """
    _order(context, job, "priority", priority=to, reason=reason, by=by)
