"""Where a picture falls on a canvas: affine transforms with smooth edges.

Works on RGBA pictures in memory with straight alpha; reads and writes no files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image

Size = tuple[int, int]
Affine = tuple[float, float, float, float, float, float]
"""`(a, b, c, d, e, f)`: x' = a·x + b·y + c, y' = d·x + e·y + f."""

IDENTITY: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_STRAIGHT = 1e-6
_SAME = 1e-3
_FLAT = 1e-9
_FAR = 1e7


@dataclass(frozen=True, slots=True)
class Picture:
    """The pixels of a layer: `density` pixels of `image` (RGBA) for one of the layer, whose (x, y) is at its corner."""

    image: Image.Image
    density: float = 1.0
    x: float = 0.0
    y: float = 0.0


def sound(*numbers: float) -> None:
    """Raises ValueError unless one can draw with all of the numbers: a damaged project may hold any."""
    if not all(math.isfinite(number) and abs(number) < _FAR for number in numbers):
        raise ValueError("a number is beyond all reason")


def chain(outer: Affine, inner: Affine) -> Affine:
    """The transform that does `inner` first, then `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f)


def zoom_of(matrix: Affine) -> float:
    """How many pixels one pixel becomes in the direction in which it grows most."""
    a, b, _, d, e, _ = matrix
    return max(math.hypot(a, d), math.hypot(b, e))


def inverse(matrix: Affine) -> Affine | None:
    """The transform back, None where there is none."""
    a, b, c, d, e, f = matrix
    area = a * e - b * d
    if not math.isfinite(area) or abs(area) < _FLAT:
        return None
    return (e / area, -b / area, (b * f - c * e) / area, -d / area, a / area, (c * d - a * f) / area)


def placed(picture: Picture, matrix: Affine, canvas: Size) -> tuple[Image.Image, tuple[int, int]] | None:
    """What of the picture falls on a canvas to which `matrix` leads from the layer, and where its corner lies.

    None where nothing does.
    """
    inner: Affine = (1 / picture.density, 0.0, picture.x, 0.0, 1 / picture.density, picture.y)
    return _transformed(picture.image, chain(matrix, inner), canvas)


def _transformed(image: Image.Image, to: Affine, canvas: Size) -> tuple[Image.Image, tuple[int, int]] | None:
    """What of the picture falls on the canvas, and where its corner lies; None where nothing does."""
    a, b, c, d, e, f = to
    numbers_are_sound = all(math.isfinite(number) and abs(number) < 1e7 for number in to)
    if not numbers_are_sound or abs(a * e - b * d) < _FLAT:
        return None
    xs = [a * x + b * y + c for x in (0, image.width) for y in (0, image.height)]
    ys = [d * x + e * y + f for x in (0, image.width) for y in (0, image.height)]
    left, top = max(0, math.floor(min(xs) + _SAME)), max(0, math.floor(min(ys) + _SAME))
    right, bottom = min(canvas[0], math.ceil(max(xs) - _SAME)), min(canvas[1], math.ceil(max(ys) - _SAME))
    if right <= left or bottom <= top:
        return None
    upright = abs(b) < _STRAIGHT and abs(d) < _STRAIGHT and a > 0 and e > 0
    if upright and _whole(image, to):
        return image, (round(c), round(f))
    if upright and max(a, e) > 1 + _SAME:
        return _enlarged(image, to, canvas)
    if upright:
        box = ((left - c) / a, (top - f) / e, (right - c) / a, (bottom - f) / e)
        return _scaled(image, box, (right - left, bottom - top)), (left, top)
    return _turned(image, chain((1, 0, -left, 0, 1, -top), to), (right - left, bottom - top)), (left, top)


def _whole(image: Image.Image, to: Affine) -> bool:
    grows = max(abs(to[0] - 1) * image.width, abs(to[4] - 1) * image.height)
    return grows < 0.02 and abs(to[2] - round(to[2])) < 0.02 and abs(to[5] - round(to[5])) < 0.02


def _enlarged(image: Image.Image, to: Affine, canvas: Size) -> tuple[Image.Image, tuple[int, int]] | None:
    """An enlarged picture with hard edges on whole pixels: half transparent ones would show as lines at the border."""
    x0, y0 = round(to[2]), round(to[5])
    x1, y1 = round(to[2] + to[0] * image.width), round(to[5] + to[4] * image.height)
    left, top, right, bottom = max(0, x0), max(0, y0), min(canvas[0], x1), min(canvas[1], y1)
    if right <= left or bottom <= top:
        return None
    across, down = image.width / (x1 - x0), image.height / (y1 - y0)
    box = ((left - x0) * across, (top - y0) * down, (right - x0) * across, (bottom - y0) * down)
    return image.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box), (left, top)


def _scaled(image: Image.Image, box: tuple[float, float, float, float], size: Size) -> Image.Image:
    """The part `box` of the picture at `size`; what of the box lies outside of the picture is transparent."""
    rim = [max(0.0, -box[0]), max(0.0, -box[1]), max(0.0, box[2] - image.width), max(0.0, box[3] - image.height)]
    left, top, right, bottom = (math.ceil(edge) + 1 for edge in rim)
    wider = Image.new("RGBA", (image.width + left + right, image.height + top + bottom))
    wider.paste(image, (left, top))
    shifted = (box[0] + left, box[1] + top, box[2] + left, box[3] + top)
    return wider.resize(size, Image.Resampling.BICUBIC, shifted, reducing_gap=3.0)


def _turned(image: Image.Image, to: Affine, size: Size) -> Image.Image:
    shrink = int(1 / max(zoom_of(to), 1e-3))
    if shrink >= 2:
        # Rounding up makes the last pixel of the reduced picture stand for less; its place does not move.
        image = image.reduce(shrink)
        to = chain(to, (shrink, 0.0, 0.0, 0.0, shrink, 0.0))
    rim = 2
    wider = Image.new("RGBA", (image.width + 2 * rim, image.height + 2 * rim))
    wider.paste(image, (rim, rim))
    back = inverse(chain(to, (1, 0, -rim, 0, 1, -rim)))
    assert back is not None  # a flat transform shows nothing and is left out before
    return wider.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
