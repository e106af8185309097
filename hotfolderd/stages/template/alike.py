"""How alike the footage of the template and the layers of the design look, as far as the footage lies in the job.

Reads the job's footage, each file once, and what reading the design kept of its layers. Writes what is kept of the
footage for the pictures of the review: `footage.json` says under which names. What cannot be opened is left out: the
checks say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from hotfolderd.errors import JobError
from hotfolderd.matching.sides import is_drawable
from hotfolderd.media.glances import Glances, kept_in
from hotfolderd.media.likeness import Fingerprint, fingerprint, likeness
from hotfolderd.media.pictures import PAIR_PX, open_picture, thumbnail
from hotfolderd.media.same_names import fold
from hotfolderd.model import Design, DesignLayer, Template
from hotfolderd.stages.template.assets import footage_files
from hotfolderd.stages.template.identify import assets_of
from hotfolderd.work import Workbench

# Beyond so many the pictures would cost more than the matching; the first of them are compared.
_MOST_FOOTAGE, _MOST_LAYERS = 60, 300
_FOOTAGE = "footage.json"
_MOST_REMEMBERED = 24  # half a MiB each at most
_remembered: dict[str, tuple[Image.Image, Fingerprint]] = {}

Alike = Mapping[tuple[str, str], float]


def pictures_alike(bench: Workbench, design: Design, template: Template) -> Alike:
    """The likeness (0 to 1) of each image placeholder whose footage is at hand and each layer with a picture.

    Keys are a placeholder's id and a layer's path.
    """
    footage = _footage(footage_files(bench.job), template)
    if not footage:
        return {}
    seen = _seen(bench, dict.fromkeys(footage.values()))
    layers = layer_looks(bench, design)
    compared = [one for one in design.layers if one.path in layers][:_MOST_LAYERS]
    return {
        (placeholder, layer.path): likeness(seen[path], layers[layer.path])
        for placeholder, path in footage.items()
        if path in seen
        for layer in compared
    }


def layer_looks(bench: Workbench, design: Design) -> dict[str, Fingerprint]:
    """How each layer looks that is a picture, by its path."""
    kept = kept_in(bench.result_of("read-design")).looks
    shown = [one for one in design.layers if one.kind != "text" and is_drawable(one) and one.picture]
    return {one.path: kept[glance_of(one)] for one in shown if glance_of(one) in kept}


def glance_of(layer: DesignLayer) -> str:
    """The name under which reading the design kept a small picture of a layer."""
    return Path(layer.picture or "").stem


def footage_glance(bench: Workbench, file: str) -> tuple[Image.Image, Fingerprint] | None:
    """What the matching kept of a piece of footage (its file name): a small picture, and how the whole one looks."""
    folder = bench.result_of("match")
    try:
        name = json.loads((folder / _FOOTAGE).read_bytes()).get(fold(file))
    except FileNotFoundError:
        return None
    kept = kept_in(folder)
    image, looks = kept.picture(str(name)), kept.looks.get(str(name))
    return (image, looks) if image is not None and looks is not None else None


def _seen(bench: Workbench, paths: Mapping[Path, None]) -> dict[Path, Fingerprint]:
    """How the footage looks; what is kept of each piece is written on the way."""
    glances, names, seen = Glances(bench.out), dict[str, str](), dict[Path, Fingerprint]()
    digests = assets_of(bench)
    for number, path in enumerate(paths, start=1):
        try:
            small, looks = _look(path, digests.get(path.relative_to(bench.job).as_posix(), ""))
        except JobError:  # a video, a damaged file: no picture to compare
            continue
        names[fold(path.name)] = name = f"{number:03d}"
        glances.keep(name, small, looks)
        seen[path] = looks
    glances.save()
    bench.save(names, _FOOTAGE)
    return seen


def _look(path: Path, digest: str) -> tuple[Image.Image, Fingerprint]:
    """A small picture of a piece of footage, and how the whole one looks.

    The jobs of a batch mostly have the same footage: a worker remembers the last pieces, by their digests.
    """
    found = _remembered.pop(digest, None)
    if found is None:
        whole = open_picture(path)
        found = thumbnail(whole, PAIR_PX), fingerprint(whole)
    if digest:
        _remembered[digest] = found
    if len(_remembered) > _MOST_REMEMBERED:
        del _remembered[next(iter(_remembered))]
    return found


def _footage(files: Mapping[str, Path], template: Template) -> dict[str, Path]:
    """The picture of each image placeholder, by its id, for the first of those that lie in the job."""
    found: dict[str, Path] = {}
    for one in template.placeholders:
        path = files.get(fold(one.source.file_name)) if one.source else None
        if path is not None and (len(set(found.values())) < _MOST_FOOTAGE or path in found.values()):
            found[one.id] = path
    return found
