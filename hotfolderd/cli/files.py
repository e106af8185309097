"""`match`, `inspect`: what a file holds and what would go where, without a job and without a change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from hotfolderd.cli.place import Json, app, say
from hotfolderd.errors import ConfigError
from hotfolderd.model import Match, to_json

PROJECTS = {".aep", ".aepx", ".aet"}
DESIGNS = {".psd", ".psb"}


def describe(path: Path) -> dict[str, Any]:
    """What a design or a project holds."""
    if path.suffix.lower() in DESIGNS:
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
    if file.suffix.lower() not in DESIGNS | PROJECTS:
        raise ConfigError(f"{file}: is neither a PSD nor an After Effects project (.psd .psb .aep .aepx .aet).")
    content = describe(file)
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
    from hotfolderd.matching.matcher import match as best_match  # noqa: PLC0415  heavy
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
