"""`check` of the files that people write: sidecars, orders, settings, the configuration."""

from __future__ import annotations

from pathlib import Path

import typer
from pydantic import BaseModel

from hotfolderd.cli.place import configuration, say
from hotfolderd.cli.schemas import MODELS
from hotfolderd.cli.verdicts import Verdict, right, wrong
from hotfolderd.config import check_config
from hotfolderd.engine.control import means_something
from hotfolderd.errors import ConfigError
from hotfolderd.inbox.drops import EPISODE_FILES, EPISODE_SUFFIXES
from hotfolderd.inbox.names import SETTINGS_SUFFIXES
from hotfolderd.lines import LINES
from hotfolderd.pipeline import BATCHES, function_named
from hotfolderd.records import Job, read_job
from hotfolderd.review.decision import check_reviewer
from hotfolderd.review.episode_writing import SCHEMA as EPISODE_REVIEW
from hotfolderd.review.models import GATES, ControlSidecar
from hotfolderd.review.nearest import nearest, one_of
from hotfolderd.review.reading import SidecarRefusedError, Written, parse, read_written, refuse_empty
from hotfolderd.review.strict_yaml import SidecarError, load

_ACTIONS = ("retry", "hold", "resume", "cancel", "archive", "unarchive", "downloaded", "priority")
_OURS = ("status.yaml", "job.yaml", "batch.yaml", ".receipt.yaml", ".report.yaml", ".accepted.yaml")


def check_yaml(context: typer.Context, path: Path) -> Verdict:
    """A file that people write, by the model for its name, or for its keys."""
    name = path.name.lower()
    if name.endswith(_OURS) and not name.endswith(SETTINGS_SUFFIXES):
        return right(path, ": hotfolderd wrote it for you to read; what you change in it changes nothing")
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
        from hotfolderd.cli.check_drop import check_episode  # noqa: PLC0415  the others do without

        return check_episode(context, path)
    if kind == "review" and _is_of_episode(path, written):
        kind = EPISODE_REVIEW
    if kind == "control" and (
        path.resolve().parents[1].name == BATCHES or _keys_of(path, written).get("action") == "start"
    ):
        kind = "batch-control"
    _check_sidecar(context, path, kind, written)
    return right(path)


def _check_config(path: Path) -> Verdict:
    try:
        check_config(path)
    except ConfigError as error:
        return wrong(path, str(error).splitlines())
    return right(path)


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
