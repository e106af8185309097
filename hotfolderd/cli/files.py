"""`check`, `match`, `inspect`: what a file holds and whether it would be taken, without a job and without a change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from hotfolderd.cli.look import Json
from hotfolderd.cli.place import app, configuration, say
from hotfolderd.config import check_config
from hotfolderd.daemon import drop_limits
from hotfolderd.errors import ConfigError, HotfolderError, JobError
from hotfolderd.inbox.batch_settings import SUFFIXES, read_batch_settings
from hotfolderd.model import Match, to_json
from hotfolderd.review.models import GATES, ControlSidecar, Sidecar
from hotfolderd.review.reading import parse, read_written
from hotfolderd.root import Root

_PROJECTS = {".aep", ".aepx", ".aet"}
_DESIGNS = {".psd", ".psb"}


@app.command()
def check(
    context: typer.Context, files: Annotated[list[Path], typer.Argument(help="CSV, sidecar, configuration, design…")]
) -> None:
    """The same checks as a drop or a start, changing nothing."""
    good = True
    for path in files:
        try:
            good = _check(context, path) and good
        except HotfolderError as error:
            say(f"{path}: {error}")
            good = False
    if not good:
        raise typer.Exit(1)


def _check(context: typer.Context, path: Path) -> bool:
    """Check one file by its kind; whether it is right."""
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file.")
    suffix = path.suffix.lower()
    if path.is_dir() or suffix == ".csv":
        return _check_drop(context, path)
    if suffix in _PROJECTS | _DESIGNS:
        _describe(path)
    elif path.name.endswith(SUFFIXES):
        read_batch_settings(path)
    elif suffix in (".yaml", ".yml"):
        models: dict[str, type[Sidecar]] = {**GATES, "control": ControlSidecar}
        model = models.get(path.stem.rpartition("-")[2])
        if model is None:
            check_config(path)
        else:
            parse(read_written(path).data, model, path.name)
    else:
        raise JobError(f"this kind of file ({suffix or 'no suffix'}) is not known. Give a CSV, YAML, PSD or project.")
    say(f"{path}: right")
    return True


def _check_drop(context: typer.Context, path: Path) -> bool:
    from hotfolderd.inbox.examine import examine, examine_folder  # noqa: PLC0415  only where a drop is checked
    from hotfolderd.inbox.report import as_text  # noqa: PLC0415

    config = configuration(context)
    root, limits = Root(config.root), drop_limits(config)
    existing = frozenset(job.name for _, job in root.job_folders()) if root.exists() else frozenset()
    report = examine_folder(path, existing, limits) if path.is_dir() else examine(path, existing, limits)
    say(as_text(report))
    return report.valid


def _describe(path: Path) -> dict[str, Any]:
    """What a design or a project holds."""
    if path.suffix.lower() in _DESIGNS:
        from hotfolderd.media.psd import read_design  # noqa: PLC0415  heavy

        with tempfile.TemporaryDirectory() as folder:
            design: dict[str, Any] = json.loads(to_json(read_design(path, Path(folder))))
        return design
    from hotfolderd.media.project import read_template  # noqa: PLC0415  heavy

    template: dict[str, Any] = json.loads(to_json(read_template(path)))
    return template


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A PSD or an After Effects project.")], as_json: Json = False
) -> None:
    """What a PSD or an After Effects project holds."""
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file.")
    if file.suffix.lower() not in _DESIGNS | _PROJECTS:
        raise ConfigError(f"{file}: is neither a PSD nor an After Effects project (.psd .psb .aep .aepx .aet).")
    content = _describe(file)
    if as_json:
        say(json.dumps(content, indent=1))
    elif "layers" in content:
        _print_design(content)
    else:
        _print_template(content)


def _print_design(design: dict[str, Any]) -> None:
    say(f"{design['path']}: {design['width']}×{design['height']}, {design['mode']}, {design['depth']} bit")
    for layer in reversed(design["layers"]):
        box = layer["box"]
        text = f"  “{layer['text']['text']}” {layer['text']['font']}" if layer["text"] else ""
        shown = "" if layer["visible"] else "  hidden"
        size = f"{box['width']:.0f}×{box['height']:.0f} at {box['left']:.0f},{box['top']:.0f}"
        say(f"  {layer['kind']:<10} {layer['path']}  {size}{text}{shown}")
    for note in design["notes"]:
        say(f"  note: {note}")


def _print_template(template: dict[str, Any]) -> None:
    say(f"{template['path']}: saved by After Effects {template['version']}")
    for comp in template["comps"]:
        what = "" if comp["target"] else f"  (not filled: {comp['why_not']})"
        size = f"{comp['width']}×{comp['height']}, {comp['frame_rate']:g} fps, {comp['duration_s']:g} s"
        say(f"  comp {comp['name']}  {size}{what}")
    for one in template["placeholders"]:
        now = (
            f"“{one['text']['text']}” {one['text']['font']}" if one["text"] else (one["source"] or {}).get("path") or ""
        )
        say(f"  {one['kind']:<6} {one['name']} in {one['comp']}  {now}")
    for note in template["notes"]:
        say(f"  note: {note}")


@app.command()
def match(
    design: Annotated[Path, typer.Argument(help="A PSD.")],
    template: Annotated[Path, typer.Argument(help="An After Effects project.")],
    as_json: Json = False,
) -> None:
    """Which layer would go into which placeholder, and how sure that is."""
    from hotfolderd.matching import match as best_match  # noqa: PLC0415  heavy
    from hotfolderd.media.project import read_template  # noqa: PLC0415
    from hotfolderd.media.psd import read_design  # noqa: PLC0415

    for path in (design, template):
        if not path.is_file():
            raise ConfigError(f"{path}: there is no such file.")
    with tempfile.TemporaryDirectory() as folder:
        found = read_design(design, Path(folder))
    matching = best_match(found, read_template(template))
    if as_json:
        pairs = [_pair(one) for one in matching.matches]
        say(json.dumps({"pairs": pairs, "unused_layers": list(matching.unused_layers)}, indent=1))
        return
    for one in matching.matches:
        value = f" “{one.value}”" if one.value is not None else ""
        say(f"{one.confidence:>5.0%}  {one.placeholder} ← {one.layer or '(nothing)'}{value}  ({one.why})")
    if matching.unused_layers:
        say(f"unused: {', '.join(matching.unused_layers)}")


def _pair(one: Match) -> dict[str, Any]:
    return {
        "placeholder": one.placeholder,
        "comp": one.comp,
        "kind": one.kind,
        "layer": one.layer,
        "value": one.value,
        "confidence": round(one.confidence, 3),
        "why": one.why,
    }
