"""The artwork of a shape layer at one moment, as plain values, and the drawing of it.

Reads and writes no files and knows nothing of projects: see `shape_reading`. Gradients are approximate: midpoints and
highlights are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from hotfolderd.media.blending import faded
from hotfolderd.media.coverage import Floats, coverage
from hotfolderd.media.outlines import Cap, Join, Outline, Point, dashed, lines, moved, stroked
from hotfolderd.media.placing import Affine, Picture, chain, inverse, zoom_of

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

_NOTHING: Box = (0.0, 0.0, 0.0, 0.0)
_SNAP = 64.0


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colours along a line, or around its start if `radial`. A stop is (place from 0 to 1, its values from 0 to 1)."""

    radial: bool
    start: Point
    end: Point
    colours: tuple[tuple[float, float, float, float], ...]
    alphas: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """The inside of paths; `opacity` is 0 to 1."""

    colour: Colour | Gradient
    opacity: float
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line along paths, half of its width on either side; `dashes` are drawn and left out by turns."""

    colour: Colour | Gradient
    opacity: float
    width: float
    cap: Cap = "butt"
    join: Join = "miter"
    miter_limit: float = 4.0
    dashes: tuple[float, ...] = ()
    dash_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Painted:
    """Paths with one paint; `matrix` leads from them to the layer."""

    outlines: tuple[Outline, ...]
    paint: Fill | Stroke
    matrix: Affine


@dataclass(frozen=True, slots=True)
class Group:
    """What is faded as a whole; the lowest first."""

    items: tuple[Painted | Group, ...]
    opacity: float


@dataclass(frozen=True, slots=True)
class Art:
    """All of a shape layer, the lowest first, and the box around it (left, top, right, bottom) in the layer."""

    items: tuple[Painted | Group, ...]
    box: Box

    @property
    def width(self) -> float:
        """How wide the box is."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """How high the box is."""
        return self.box[3] - self.box[1]


def art(items: Sequence[Painted | Group]) -> Art | None:
    """The items as artwork, None where nothing would be seen."""
    boxes = [box for box in map(_box, _all_painted(items)) if box is not None]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return Art(tuple(items), (min(left), min(top), max(right), max(bottom)))


def _all_painted(items: Sequence[Painted | Group]) -> Iterator[Painted]:
    for item in items:
        if isinstance(item, Painted):
            yield item
        else:
            yield from _all_painted(item.items)


def _box(item: Painted) -> Box | None:
    """A box that surely holds the item: that of its vertices and handles, and what a stroke adds."""
    points = [
        (x + dx, y + dy)
        for outline in item.outlines
        for handles in (outline.ins, outline.outs)
        for (x, y), (dx, dy) in zip(outline.vertices, handles, strict=True)
    ]
    reach = 0.0
    points += [vertex for outline in item.outlines for vertex in outline.vertices]
    if isinstance(item.paint, Stroke):
        reach = item.paint.width / 2 * max(1.5, item.paint.miter_limit if item.paint.join == "miter" else 1.0)
    if not points:
        return None
    at = np.array(points)
    low, high = at.min(axis=0) - reach, at.max(axis=0) + reach
    corners = moved(np.array([low, [high[0], low[1]], high, [low[0], high[1]]]), item.matrix)
    if not (np.abs(corners) < 1e7).all():
        return None
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def fitted(whole: Art, matrix: Affine, canvas: tuple[int, int], most_px: float) -> Art:
    """The artwork with the box that is worth drawing on a canvas to which `matrix` leads.

    It is cut to the canvas where it would be larger than `most_px`, and begins between two pixels, so that an upright
    layer is not drawn twice.
    """
    left, top, right, bottom = whole.box
    if max(whole.width, whole.height) * zoom_of(matrix) > most_px and (back := inverse(matrix)) is not None:
        seen = moved(np.array([(0, 0), (canvas[0], 0), canvas, (0, canvas[1])], float), back)
        (x0, y0), (x1, y1) = np.floor(seen.min(axis=0) / _SNAP) - 1, np.ceil(seen.max(axis=0) / _SNAP) + 1
        left, right = max(left, x0 * _SNAP), min(right, x1 * _SNAP)
        top, bottom = max(top, y0 * _SNAP), min(bottom, y1 * _SNAP)
        if right <= left or bottom <= top:
            return replace(whole, box=_NOTHING)
    a, b, c, d, e, f = matrix
    if abs(b) < 1e-6 and abs(d) < 1e-6 and a > 0 and e > 0:
        left, top = (math.floor(a * left + c) - c) / a, (math.floor(e * top + f) - f) / e
    return replace(whole, box=(round(left, 6), round(top, 6), round(right, 6), round(bottom, 6)))


def drawn(artwork: Art, density: float) -> Picture | None:
    """The artwork with `density` pixels for one of the layer."""
    left, top, right, bottom = artwork.box
    size = math.ceil((right - left) * density), math.ceil((bottom - top) * density)
    if min(size) < 1:
        return None
    canvas = Image.new("RGBA", size)
    _paint(canvas, artwork.items, (density, 0.0, -left * density, 0.0, density, -top * density))
    return Picture(canvas, density, left, top)


def _paint(canvas: Image.Image, items: Sequence[Painted | Group], view: Affine) -> None:
    for item in items:
        if isinstance(item, Group):
            inner = Image.new("RGBA", canvas.size)
            _paint(inner, item.items, view)
            canvas.alpha_composite(faded(inner, item.opacity))
            continue
        matrix = chain(view, item.matrix)
        covered = _covered(item, canvas.size, matrix) * np.float32(item.paint.opacity)
        canvas.alpha_composite(_coloured(item.paint.colour, covered, matrix))


def _covered(item: Painted, size: tuple[int, int], matrix: Affine) -> Floats:
    paint, zoom = item.paint, zoom_of(matrix)
    paths = [line for outline in item.outlines for line in lines(outline, zoom)]
    if isinstance(paint, Fill):
        return coverage([moved(path.points, matrix) for path in paths], size, even_odd=paint.even_odd)
    if paint.dashes:
        paths = [dash for path in paths for dash in dashed(path, paint.dashes, paint.dash_offset)]
    look = paint.width, paint.cap, paint.join, paint.miter_limit
    return coverage([moved(part, matrix) for path in paths for part in stroked(path, *look, zoom)], size)


def _coloured(colour: Colour | Gradient, covered: Floats, matrix: Affine) -> Image.Image:
    if not isinstance(colour, Gradient):
        image = Image.new("RGBA", (covered.shape[1], covered.shape[0]), (*colour, 0))
        image.putalpha(Image.fromarray(np.rint(covered * 255).astype(np.uint8)))
        return image
    place = _along(colour, covered.shape, matrix)
    stops = np.array(colour.colours)
    bands = [np.interp(place, stops[:, 0], stops[:, channel]) for channel in (1, 2, 3)]
    alphas = np.array(colour.alphas)
    bands.append(np.interp(place, alphas[:, 0], alphas[:, 1]) * covered)
    return Image.fromarray(np.rint(np.clip(np.stack(bands, axis=2), 0, 1) * 255).astype(np.uint8))


def _along(gradient: Gradient, shape: tuple[int, ...], matrix: Affine) -> Floats:
    """How far along the gradient each pixel lies, 0 to 1."""
    back = inverse(matrix)
    (x0, y0), (x1, y1) = gradient.start, gradient.end
    run = math.hypot(x1 - x0, y1 - y0)
    if back is None or run <= 0:
        return np.ones(shape, np.float32)
    a, b, c, d, e, f = back
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    across, down = a * x + b * y + c - x0, d * x + e * y + f - y0
    place = np.hypot(across, down) if gradient.radial else (across * (x1 - x0) + down * (y1 - y0)) / run
    return np.asarray(np.clip(place / run, 0, 1), np.float32)
