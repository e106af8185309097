"""Where a layer stands in its comp when it first shows, parents and transforms applied.

Reads layers of py-aep and, for expressions, their chunks. Writes nothing. Never asks which fonts this machine has:
point text is estimated, so that the same project gives the same box everywhere. What py-aep raises is
left to the caller.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import py_aep
from py_aep.resolvers.transform import build_world_matrix, project_to_comp

from hotfolderd.media.project.expressions import moves_on_its_own
from hotfolderd.media.rifx import Chunk
from hotfolderd.model import Box

_LEFT, _TOP, _RIGHT, _BOTTOM = range(4)
Rectangle = tuple[float, float, float, float]

# Of the font size: round figures for a Latin face, good for telling left from right and large from small.
_CHARACTER_WIDTH = 0.58
_ASCENT = 0.78
_DESCENT = 0.22
_AUTO_LEADING = 1.2
_CENTRED = {
    py_aep.ParagraphJustification.CENTER_JUSTIFY,
    py_aep.ParagraphJustification.FULL_JUSTIFY_LASTLINE_CENTER,
}
_RIGHT_ALIGNED = {
    py_aep.ParagraphJustification.RIGHT_JUSTIFY,
    py_aep.ParagraphJustification.FULL_JUSTIFY_LASTLINE_RIGHT,
}


def box_in_comp(layer: py_aep.AVLayer, chunks: dict[int, Chunk], content: Rectangle | None) -> Box | None:
    """The axis-aligned bounds of `content` (layer pixels) in the comp, at the first moment the layer shows.

    None where it cannot be told: no content, a transform that an expression replaces, a 3D layer before a camera.
    `chunks` are the `LIST:Layr` of the comp by layer id.
    """
    chain = list(_with_parents(layer))
    if content is None or any(moves_on_its_own(chunks[link.id]) for link in chain if link.id in chunks):
        return None
    cameras = [other for other in layer.containing_comp.layers if isinstance(other, py_aep.CameraLayer)]
    if any(link.is_3d for link in chain) and any(camera.enabled for camera in cameras):
        return None
    return _first_visible(layer, chain, content)[1]


def text_content(document: py_aep.TextDocument) -> Rectangle | None:
    """The rectangle of a text in layer pixels (left, top, right, bottom): its box, or an estimate for point text.

    None for vertical or empty point text.
    """
    if document.box_text and document.box_text_size and document.box_text_pos:
        (left, top), (width, height) = document.box_text_pos, document.box_text_size
        return left, top, left + width, top + height
    vertical = document.line_orientation != py_aep.LineOrientation.HORIZONTAL
    size = document.font_size or 0.0
    lines = document.text.replace("\x03", "\n").split("\n")
    width = max(map(len, lines)) * size * _CHARACTER_WIDTH * (document.horizontal_scale or 1.0)
    if vertical or width <= 0:
        return None
    spacing = document.leading or size * _AUTO_LEADING
    left = -width / 2 if document.justification in _CENTRED else 0.0
    left = -width if document.justification in _RIGHT_ALIGNED else left
    return left, -size * _ASCENT, left + width, (len(lines) - 1) * spacing + size * _DESCENT


def vertical_scale(layer: py_aep.AVLayer) -> float:
    """How many comp pixels one pixel of the layer is high when the layer first shows; 1 if it is squashed flat."""
    time, _ = _first_visible(layer, list(_with_parents(layer)), (0.0, 0.0, 100.0, 100.0))
    top, bottom = _points_in_comp(layer, ((0.0, 0.0), (0.0, 100.0)), time)
    return math.dist(top, bottom) / 100.0 or 1.0


def _first_visible(layer: py_aep.AVLayer, chain: list[py_aep.Layer], content: Rectangle) -> tuple[float, Box]:
    """The in point, or the first later keyframe at which the layer is opaque, has an area and is in view; its box then.

    Where it never is: the in point.
    """
    comp = layer.containing_comp
    first: tuple[float, Box] | None = None
    for time in _moments(chain):
        box = _box_at(layer, content, time)
        in_view = box.left < comp.width and box.top < comp.height
        in_view = in_view and box.left + box.width > 0 and box.top + box.height > 0
        if in_view and box.width >= 1 and box.height >= 1 and _opacity(layer, time) > 0:
            return time, box
        first = first or (time, box)
    assert first is not None, "the in point is a moment"
    return first


def _box_at(layer: py_aep.AVLayer, content: Rectangle, time: float) -> Box:
    corners = _points_in_comp(layer, [(content[x], content[y]) for x in (_LEFT, _RIGHT) for y in (_TOP, _BOTTOM)], time)
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    width, height = max(x for x, _ in corners) - left, max(y for _, y in corners) - top
    return Box(round(left, 2), round(top, 2), round(width, 2), round(height, 2))


def _points_in_comp(
    layer: py_aep.AVLayer, points: Iterable[tuple[float, float]], time: float
) -> list[tuple[float, float]]:
    """Points of the layer in pixels of the comp; as `source_point_to_comp` of py-aep, the transform worked out once.

    Raises ValueError if the result is no number.
    """
    comp = layer.containing_comp
    world = build_world_matrix(layer, time, flatten_2d=not layer.three_d_layer, auto_orient=True)
    found = []
    for x, y in points:
        point = world.transform_point([x, y, 0.0])
        across, down = project_to_comp(point, comp.width, comp.height, comp.pixel_aspect)[:2]
        if not (math.isfinite(across) and math.isfinite(down)):
            raise ValueError("a point of the layer lies beyond all numbers")
        found.append((across, down))
    return found


def _moments(chain: list[py_aep.Layer]) -> Iterator[float]:
    """The in point of the layer (not before the comp begins), then the later keyframes of it and its parents."""
    layer = chain[0]
    start = max(0.0, min(layer.in_point, layer.out_point))
    end = min(layer.containing_comp.duration, max(layer.in_point, layer.out_point))
    yield start
    keys = {key.time for link in chain for stream in _streams(link.transform) for key in stream.keyframes}
    yield from sorted(time for time in keys if start < time < end)


def _streams(group: Iterable[object]) -> Iterator[py_aep.Property]:
    for child in group:
        if isinstance(child, py_aep.Property):
            yield child


def _opacity(layer: py_aep.AVLayer, time: float) -> float:
    opacity = layer.transform["ADBE Opacity"]
    assert isinstance(opacity, py_aep.Property)
    value = opacity.value_at_time(time)
    return float(value) if isinstance(value, int | float) else 100.0


def _with_parents(layer: py_aep.Layer) -> Iterator[py_aep.Layer]:
    link: py_aep.Layer | None = layer
    while link is not None:
        yield link
        link = link.parent
