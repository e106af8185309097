"""How alike every layer and every placeholder are: the matrix that stands behind the proposal, for people and programs.

Values only. Reads nothing, writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfolderd.matching.likeness import likeness as likeness_of_names
from hotfolderd.matching.names import parse
from hotfolderd.media.likeness import Fingerprint, likeness
from hotfolderd.model import Design, DesignLayer, Matching

# The parts of a score by requirements 2.6; what is not known of a pair is left out of it.
_NAME, _KIND, _IMAGE = 0.6, 0.2, 0.1
_OTHER_KIND_AT_MOST = 0.5


def similarity(
    design: Design,
    matching: Matching,
    layer_pictures: Mapping[str, Fingerprint],
    placeholder_pictures: Mapping[str, Fingerprint],
) -> dict[str, Any]:
    """The matrix: a row for each layer of the design from the bottom up, a column for each placeholder, 0 to 1.

    `name`, `image` and `combined` are lists of rows. `image` is null where one of the two has no picture. Pictures are
    known by the layer's path and the placeholder's id.
    """
    layers = [one for one in design.layers if one.kind not in ("group", "adjustment")]
    rows = [parse(one.name) for one in layers]
    columns = [parse(one.placeholder) for one in matching.matches]
    names = [[likeness_of_names(row, column) for column in columns] for row in rows]
    images = [
        [
            _image(layer_pictures.get(layer.path), placeholder_pictures.get(one.placeholder_id))
            for one in matching.matches
        ]
        for layer in layers
    ]
    kinds = [[_kind(layer) == one.kind for one in matching.matches] for layer in layers]
    return {
        "layers": [{"path": one.path, "kind": one.kind} for one in layers],
        "placeholders": [
            {"id": one.placeholder_id, "name": one.placeholder, "comp": one.comp, "kind": one.kind}
            for one in matching.matches
        ],
        "name": [[round(one, 3) for one in row] for row in names],
        "image": [[None if one is None else round(one, 3) for one in row] for row in images],
        "combined": [
            [round(_combined(*cell), 3) for cell in zip(*row, strict=True)]
            for row in zip(names, images, kinds, strict=True)
        ],
    }


def _kind(layer: DesignLayer) -> str:
    return "text" if layer.kind == "text" else "image"


def _image(layer: Fingerprint | None, placeholder: Fingerprint | None) -> float | None:
    return None if layer is None or placeholder is None else likeness(layer, placeholder)


def _combined(name: float, image: float | None, kind: bool) -> float:
    known = [(_NAME, name), (_KIND, float(kind)), *([(_IMAGE, image)] if image is not None else [])]
    score = sum(weight * value for weight, value in known) / sum(weight for weight, _ in known)
    return score if kind else min(score, _OTHER_KIND_AT_MOST)
