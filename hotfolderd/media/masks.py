"""The masks of a layer: what they are at a moment, and how much of each pixel they leave.

Reads py-aep's objects; works on numpy arrays and pictures in memory, reads and writes no files. The first mask that
takes away begins with the whole layer, one that adds with nothing; an open path cuts nothing, as in After Effects. A
feather of F pixels is a soft edge as wide as F, half of it on either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageFilter
from py_aep.enums import MaskMode
from py_aep.models.layers.av_layer import AVLayer

from hotfolderd.media.coverage import Floats, coverage
from hotfolderd.media.outlines import Outline, Point, lines, moved, of_shape, stroked
from hotfolderd.media.placing import Affine, Picture, sound, zoom_of

Mode = Literal["add", "subtract", "intersect", "lighten", "darken", "difference"]
_MODES: dict[int, Mode] = {
    MaskMode.ADD: "add",
    MaskMode.SUBTRACT: "subtract",
    MaskMode.INTERSECT: "intersect",
    MaskMode.LIGHTEN: "lighten",
    MaskMode.DARKEN: "darken",
    MaskMode.DIFFERENCE: "difference",
}
_MAX_BLUR_PX = 1000.0


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask at one moment, in pixels of its layer; `opacity` is 0 to 1, `feather` across and down."""

    outline: Outline
    mode: Mode
    inverted: bool
    opacity: float
    feather: Point
    expansion: float


def streams(layer: AVLayer) -> Iterator[Any]:
    """The properties of the masks that cut something."""
    for mask in _cutting(layer):
        yield from mask.properties


def masks_at(layer: AVLayer, time_s: float, scale: Point = (1.0, 1.0)) -> tuple[Mask, ...]:
    """The masks of a layer from the top, each axis scaled (for footage that is larger than the project expects).

    Raises ValueError if one is beyond all reason.
    """
    found = []
    for mask in _cutting(layer):
        shape = mask["ADBE Mask Shape"].value_at_time(time_s)
        if not shape.closed:
            continue
        across, down = mask["ADBE Mask Feather"].value_at_time(time_s)[:2]
        opacity, expansion = (float(mask[f"ADBE Mask {name}"].value_at_time(time_s)) for name in ("Opacity", "Offset"))
        sound(across, down, opacity, expansion)
        found.append(
            Mask(
                of_shape(shape, scale),
                _MODES[mask.mask_mode],
                bool(mask.inverted),
                min(1.0, max(0.0, opacity / 100)),
                (abs(float(across)), abs(float(down))),
                expansion,
            )
        )
    return tuple(found)


def _cutting(layer: AVLayer) -> Iterator[Any]:
    for mask in layer.masks or ():
        if getattr(mask, "mask_mode", None) in _MODES and mask.enabled:
            yield mask


def shortcomings(layer: AVLayer) -> Iterator[str]:
    """What of the masks is not drawn, in words."""
    if any(mask["ADBE Mask Shape"].value.feather_points for mask in _cutting(layer)):
        yield "the variable feather of a mask is not drawn, its edge is sharp there"


def masked(picture: Picture, masks: Sequence[Mask]) -> Picture:
    """The picture of a layer with what its masks leave of it."""
    density = picture.density
    to_picture = (density, 0.0, -picture.x * density, 0.0, density, -picture.y * density)
    left = share(masks, picture.image.size, to_picture)
    return Picture(times(picture.image, left), density, picture.x, picture.y)


def times(image: Image.Image, share_left: Floats) -> Image.Image:
    """The picture with its alpha multiplied by a share (height × width, 0 to 1)."""
    image = image.copy()
    alpha = np.asarray(image.getchannel("A"), np.float32) * share_left
    image.putalpha(Image.fromarray(np.rint(alpha).astype(np.uint8)))
    return image


def share(masks: Sequence[Mask], size: tuple[int, int], matrix: Affine) -> Floats:
    """How much the masks leave of each pixel (height × width, 0 to 1); `matrix` leads from the layer to the pixels."""
    left: Floats | None = None
    for mask in masks:
        one = _one(mask, size, matrix)
        if left is None:
            begins_whole = mask.mode in {"subtract", "intersect", "darken"}
            left = np.full((size[1], size[0]), 1.0 if begins_whole else 0.0, np.float32)
        left = _combined(left, one, mask.mode)
    return np.ones((size[1], size[0]), np.float32) if left is None else left


def _combined(left: Floats, one: Floats, mode: Mode) -> Floats:
    match mode:
        case "add":
            return left + one - left * one
        case "subtract":
            return left * (1 - one)
        case "intersect":
            return left * one
        case "lighten":
            return np.maximum(left, one)
        case "darken":
            return np.minimum(left, one)
    return np.asarray(np.abs(left - one))


def _one(mask: Mask, size: tuple[int, int], matrix: Affine) -> Floats:
    a, b, _, d, e, _ = matrix
    stretch = math.hypot(a, d), math.hypot(b, e)
    blur = [min(_MAX_BLUR_PX, width * zoom) for width, zoom in zip(mask.feather, stretch, strict=True)]
    # The soft edge of a path that lies outside reaches into the picture.
    rim = math.ceil(max(blur)) + 1 if max(blur) > 0 else 0
    wider = size[0] + 2 * rim, size[1] + 2 * rim
    inside = _filled(mask, wider, (a, b, matrix[2] + rim, d, e, matrix[5] + rim))
    if rim:
        inside = _soft(inside, blur)[rim:-rim, rim:-rim]
    return (1 - inside if mask.inverted else inside) * np.float32(mask.opacity)


def _filled(mask: Mask, size: tuple[int, int], matrix: Affine) -> Floats:
    zoom = zoom_of(matrix)
    paths = lines(mask.outline, zoom)
    inside = coverage([moved(path.points, matrix) for path in paths], size)
    if mask.expansion:
        width = 2 * abs(mask.expansion)
        border = [part for path in paths for part in stroked(path, width, "butt", "round", 1.0, zoom)]
        edge = coverage([moved(part, matrix) for part in border], size)
        inside = np.maximum(inside, edge) if mask.expansion > 0 else inside * (1 - edge)
    return inside


def _soft(inside: Floats, blur: Sequence[float]) -> Floats:
    """Blurred twice by half of the width each: an edge as wide as the feather, smooth at both ends."""
    across, down = (max(0.0, (width / 2 - 1) / 2) for width in blur)
    picture = Image.fromarray(np.rint(inside * 255).astype(np.uint8))
    for _ in range(2):
        picture = picture.filter(ImageFilter.BoxBlur((across, down)))
    return np.asarray(picture, np.float32) / 255
