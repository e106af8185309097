"""How alike the footage of the template and the layers of the design look, as far as the footage lies in the job.

Reads the job's footage and the thumbnails of layers, each once; writes nothing. What cannot be opened is left out: the
checks say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.matching.sides import is_drawable
from hotfolderd.media.likeness import Fingerprint, fingerprint, likeness
from hotfolderd.media.pictures import open_picture
from hotfolderd.model import Design, Template
from hotfolderd.stages.template.assets import footage_files
from hotfolderd.work import Workbench

# Beyond so many the pictures would cost more than the matching; the first of them are compared.
_MOST_FOOTAGE, _MOST_LAYERS = 60, 300

Alike = Mapping[tuple[str, str], float]


def pictures_alike(bench: Workbench, design: Design, template: Template) -> Alike:
    """The likeness (0 to 1) of each image placeholder whose footage is at hand and each layer with a picture.

    Keys are a placeholder's id and a layer's path.
    """
    footage = _footage(footage_files(bench.job), template)
    if not footage:
        return {}
    seen = {path: print_ for path in dict.fromkeys(footage.values()) if (print_ := _fingerprint(path)) is not None}
    layers = {
        layer.path: print_
        for layer in [one for one in design.layers if one.kind != "text" and is_drawable(one)][:_MOST_LAYERS]
        if layer.thumbnail and (print_ := _fingerprint(bench.picture(layer.thumbnail))) is not None
    }
    return {
        (placeholder, layer): likeness(seen[path], looks)
        for placeholder, path in footage.items()
        if path in seen
        for layer, looks in layers.items()
    }


def _footage(files: Mapping[str, Path], template: Template) -> dict[str, Path]:
    """The picture of each image placeholder, by its id, for the first of those that lie in the job."""
    found: dict[str, Path] = {}
    for one in template.placeholders:
        path = files.get(one.source.file_name.casefold()) if one.source else None
        if path is not None and (len(set(found.values())) < _MOST_FOOTAGE or path in found.values()):
            found[one.id] = path
    return found


def _fingerprint(path: Path) -> Fingerprint | None:
    try:
        return fingerprint(open_picture(path))
    except JobError:  # a video, a damaged file: no picture to compare
        return None
