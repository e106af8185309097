"""`check`: what is wrong with a file that people write or drop, where, and what to write instead. Changes nothing.

The daemon explains the same mistakes by the same code in its reports and `*.problems.txt`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from hotfolderd.cli.files import DESIGNS, PROJECTS, describe
from hotfolderd.cli.place import app, configuration, say
from hotfolderd.cli.schemas import MODELS
from hotfolderd.config import check_config
from hotfolderd.engine.control import means_something
from hotfolderd.errors import ConfigError, HotfolderError, JobError
from hotfolderd.inbox.drops import EPISODE_FILES, EPISODE_SUFFIXES
from hotfolderd.inbox.episode import episode_in
from hotfolderd.inbox.names import SETTINGS_SUFFIXES
from hotfolderd.lines import LINES
from hotfolderd.parts import drop_limits
from hotfolderd.pipeline import BATCHES, function_named
from hotfolderd.records import Job, read_job
from hotfolderd.review.decision import check_reviewer
from hotfolderd.review.episode_writing import SCHEMA as EPISODE_REVIEW
from hotfolderd.review.models import GATES, ControlSidecar
from hotfolderd.review.nearest import nearest, one_of
from hotfolderd.review.reading import SidecarRefusedError, Written, as_address, parse, read_written, refuse_empty
from hotfolderd.review.strict_yaml import SidecarError, load
from hotfolderd.root import Root

Verdict = Literal["right", "wrong", "not there"]
# The gravest first: how the command ends if any of the files is so.
_ENDS: dict[Verdict, int] = {"not there": 2, "wrong": 1, "right": 0}
_OURS = ("status.yaml", "job.yaml", "batch.yaml", ".receipt.yaml", ".report.yaml", ".accepted.yaml")


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, drop or job folder, sidecar, configuration, episode, …")],
) -> None:
    """Say what is wrong with a file, where, and what to write instead; changes nothing."""
    verdicts = {_check(context, path) for path in files}
    raise typer.Exit(next(code for verdict, code in _ENDS.items() if verdict in verdicts))


def _check(context: typer.Context, path: Path) -> Verdict:
    """Check one file by its kind, and say what is to be said of it."""
    if not path.exists() and not path.is_symlink():
        say(f"{path}: there is no such file.")
        return "not there"
    try:
        if path.is_dir():
            return _check_folder(context, path)
        suffix = path.suffix.lower()
        if suffix == ".csv":
            return _check_drop(context, path)
        if suffix in (".yaml", ".yml"):
            return _check_yaml(context, path)
        if suffix not in PROJECTS | DESIGNS:
            known = "Give a CSV, YAML, PSD, project or folder."
            raise JobError(f"{path}: this kind of file ({suffix or 'no suffix'}) is not known. {known}")
        describe(path)
    except SidecarRefusedError as error:
        return _wrong(path, error.problems)
    except ConfigError:  # not this file is wrong: the configuration that it is checked by
        raise
    except HotfolderError as error:
        return _wrong(path, str(error).splitlines())
    return _right(path)


def _right(path: Path, more: str = "") -> Verdict:
    say(f"{path}: right{more}")
    return "right"


def _wrong(path: Path, problems: list[str]) -> Verdict:
    """Say every mistake under its address, then how many there are."""
    names = (str(path), f"{path.parent}/{path.name}", path.name)
    for problem in problems:
        name = next((one for one in names if problem.startswith((f"{one}:", f"{one},"))), None)
        say(as_address(f"{path}: {problem}" if name is None else f"{path}{problem[len(name) :]}"))
    say(f"{path}: wrong ({len(problems)} mistake{'s' if len(problems) > 1 else ''})")
    return "wrong"


def _check_folder(context: typer.Context, folder: Path) -> Verdict:
    """A job folder, or a folder as it would be dropped: an episode, some tables, or one design with its project."""
    inside = [folder / f"{name}.yaml" for name in (*GATES, "control")]
    if (folder / ".job").is_dir():
        found = [path for path in inside if path.exists()]
        if not found:
            return _right(folder, ": nothing is asked or ordered in this job folder")
    else:
        found = sorted(one for one in folder.glob("*") if one.suffix.lower() == ".csv" and one.name[0] not in "._")
    if found:
        verdicts = {_check(context, path) for path in found}
        return next(verdict for verdict in _ENDS if verdict in verdicts)
    episode = episode_in(folder)
    if episode is None:
        return _check_drop(context, folder)
    return _check_episode(context, folder)


def _check_drop(context: typer.Context, path: Path) -> Verdict:
    from hotfolderd.inbox.csv_places import places  # noqa: PLC0415  only where a drop is checked
    from hotfolderd.inbox.examine import examine, examine_folder  # noqa: PLC0415
    from hotfolderd.inbox.paths import read_small_file  # noqa: PLC0415
    from hotfolderd.inbox.problem import Problem  # noqa: PLC0415
    from hotfolderd.inbox.report import as_text  # noqa: PLC0415

    config = configuration(context)
    root, limits = Root(config.root), drop_limits(config)
    existing = frozenset(job.name for _, job in root.job_folders()) if root.exists() else frozenset()
    if path.is_dir():
        report = examine_folder(path, existing, limits)
        say(as_text(report))
        return "right" if report.valid else "wrong"
    report = examine(path, existing, limits)
    try:
        place_of = places(read_small_file(path, limits.csv_mib << 20), limits)
    except HotfolderError:  # the report says why it cannot be read
        place_of = places(b"", limits)

    def address(problem: Problem) -> str:
        place = place_of(problem)
        return f"{path}:{place[0]}:{place[1]}: " if place else ""

    say(as_text(report, address))
    return "right" if report.valid else "wrong"


def _check_yaml(context: typer.Context, path: Path) -> Verdict:
    name = path.name.lower()
    if name.endswith(_OURS) and not name.endswith(SETTINGS_SUFFIXES):
        return _right(path, ": hotfolderd wrote it for you to read; what you change in it changes nothing")
    kind = _kind_by_name(path)
    if kind == "config":
        return _check_config(path)
    written = read_written(path)
    if kind is None:
        kind = _kind_by_keys(path, written)
        say(f"{path}: taken for {MODELS[kind][1]}, by its keys")
    if kind == "config":
        return _check_config(path)
    if kind == "episode":
        return _check_episode(context, path)
    if kind == "review" and _is_of_episode(path, written):
        kind = EPISODE_REVIEW
    if kind == "control" and (
        path.resolve().parents[1].name == BATCHES or _keys_of(path, written).get("action") == "start"
    ):
        kind = "batch-control"
    _check_sidecar(context, path, kind, written)
    return _right(path)


def _check_config(path: Path) -> Verdict:
    try:
        check_config(path)
    except ConfigError as error:
        return _wrong(path, str(error).splitlines())
    return _right(path)


def _check_episode(context: typer.Context, path: Path) -> Verdict:
    """An episode: its folder, its file or its story, with everything that it names."""
    from hotfolderd.inbox.episode_drop import examine_episode  # noqa: PLC0415  only where an episode is checked
    from hotfolderd.inbox.report import as_text  # noqa: PLC0415

    config = configuration(context)
    root = Root(config.root)
    existing = frozenset(job.name for _, job in root.job_folders()) if root.exists() else frozenset()
    report = examine_episode(path, existing, drop_limits(config))
    named = [problem for problem in report.errors if problem.row is None and not problem.advice]
    if named and not report.rows:
        return _wrong(path if path.is_file() else episode_in(path) or path, [str(problem) for problem in named])
    say(as_text(report))
    return "right" if report.valid else "wrong"


def _is_of_episode(path: Path, written: Written) -> bool:
    job = _job_of(path)
    return job.kind == "episode" if job else bool({"segments", "compile"} & set(_keys_of(path, written)))


def _kind_by_name(path: Path) -> str | None:
    """The schema for a file of this name; None where the name says nothing."""
    name = path.name.lower()
    if name.endswith(SETTINGS_SUFFIXES):
        return "batch"
    if name in EPISODE_FILES or name.endswith(EPISODE_SUFFIXES):
        return "episode"
    stem = path.stem.lower().rpartition("-")[2]  # 0001-review.yaml
    return stem if stem in (*GATES, "control", "config") else None


def _kind_by_keys(path: Path, written: Written) -> str:
    """The schema that knows most of the keys. Raises SidecarRefusedError where none knows any."""
    keys = list(_keys_of(path, written))
    points = {}
    for kind, (model, _) in MODELS.items():
        known = [field.alias or name for name, field in model.model_fields.items()]
        points[kind] = sum(2 * (key in known) + (nearest(key, known) is not None) for key in keys)
    best = max(points, key=lambda kind: points[kind])
    if not points[best]:
        kinds = ", ".join(file for _, file in MODELS.values())
        text = f"{path.name}: is none of the files that people write here ({kinds}). Give it the name of one."
        raise SidecarRefusedError([text])
    return best


def _keys_of(path: Path, written: Written) -> dict[str, object]:
    try:
        return load(written.data)
    except SidecarError as error:
        raise SidecarRefusedError([f"{path.name}, {error}"]) from error


def _check_sidecar(context: typer.Context, path: Path, kind: str, written: Written) -> None:
    """Raises SidecarRefusedError with every mistake; in a job folder also against what the job was asked."""
    if kind in (*GATES, EPISODE_REVIEW, "control") and path.suffix.lower() != ".yaml":
        raise SidecarRefusedError([f"{path.name}: is not read under this name. Call it {path.stem}.yaml."])
    if kind in (*GATES, EPISODE_REVIEW):
        refuse_empty(written.data, path.name)
    model: type[BaseModel] = MODELS[kind][0]
    found = parse(written.data, model, path.name)
    job = _job_of(path)
    if job is None:
        return
    if isinstance(found, ControlSidecar):
        _check_order(path, job, found, written)
    line = LINES[job.kind]
    gates = (gate for folder in line.stages if (gate := line.gate_of(folder)) and gate.sidecar == path.name)
    gate = next(gates, None)
    if gate is None:
        return
    decision = function_named(gate.read)(path.parent, job, written)
    config = configuration(context)
    if path.resolve().is_relative_to(config.root.resolve()):
        check_reviewer(decision.by, config.allowed(), gate.name, gate.sidecar)


def _job_of(path: Path) -> Job | None:
    """The job in whose folder a file lies, where it waits for that file; None where there is none."""
    try:
        return read_job(path.parent) if (path.parent / ".job").is_dir() else None
    except (OSError, ValueError, LookupError):
        return None


def _check_order(path: Path, job: Job, order: ControlSidecar, written: Written) -> None:
    """Raises SidecarRefusedError for an order that means nothing for the job where it stands."""
    folder = path.resolve().parents[1].name
    if order.action == "pending":
        return
    if not means_something(order.action, folder, job):
        actions = [one for one in _ACTIONS if means_something(one, folder, job)]
        where = written.where(path.name, ("action",))
        text = f"{where}: `{order.action}` means nothing for a job in {folder}. Write one of: {', '.join(actions)}."
        raise SidecarRefusedError([text])
    stage = LINES[job.kind].stages.get(job.left_from or "")
    steps = ["auto", *(step.name for step in stage.steps)] if stage else ["auto"]
    if order.action == "retry" and order.from_ and order.from_ not in steps:
        where = written.where(path.name, ("from",))
        text = f"{where}: `{order.from_}` names no step of {job.left_from}. {one_of(order.from_, steps)}"
        raise SidecarRefusedError([text])


_ACTIONS = ("retry", "hold", "resume", "cancel", "archive", "unarchive", "downloaded", "priority")
