"""How alike two pictures look, whatever their size and format.

Reads pictures that are open already, gives figures. A picture is known by its fingerprint: which of neighbouring parts
is the lighter (difference hash, both ways), and how much there is of which colour (histogram of hue, saturation and
value). Never opens a file.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

_SIDE_PX = 128
_CELLS = 8
# Neighbours that differ by less (of 255) are equal: noise of JPEG in a flat part is no drawing.
_STEP = 3
_HUES, _SATURATIONS, _VALUES = 12, 3, 4
_GREY_BELOW = 40
_SOLID = 64
_BORDER = 12
_BEYOND_BORDER = [255 * (step > _BORDER) for step in range(256)] * 3
_BEYOND_SOLID = [255 * (alpha >= _SOLID) for alpha in range(256)]
_SHAPE, _COLOUR = 0.65, 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is kept of a picture.

    `steps` are the lightness steps to the right and down, each -1, 0 or 1, of 8 × 8 cells. `colours` is the share of
    each bin of hue, saturation and value, their sum 1 (0 for a picture that is all transparent).
    """

    steps: npt.NDArray[np.int8]
    colours: npt.NDArray[np.float32]

    def packed(self) -> str:
        """As text that can lie in a file; `unpacked` gives exactly the same again."""
        return base64.b64encode(self.steps.tobytes() + self.colours.astype("<f4").tobytes()).decode("ascii")


def unpacked(text: str) -> Fingerprint:
    """The fingerprint that `packed` wrote. Raises ValueError where it is none."""
    data, steps = base64.b64decode(text, validate=True), 2 * _CELLS * _CELLS
    return Fingerprint(np.frombuffer(data, np.int8, steps), np.frombuffer(data, "<f4", offset=steps).astype(np.float32))


_NOTHING_SEEN = Fingerprint(
    np.zeros(2 * _CELLS * _CELLS, np.int8), np.zeros((_HUES * _SATURATIONS + 1) * _VALUES, np.float32)
)


def fingerprint(image: Image.Image) -> Fingerprint:
    """The fingerprint of a picture of any mode and size; an even or transparent border is cut off first.

    What is transparent is mid-grey for the shape and no colour at all for the histogram; a picture of which nothing
    is to be seen has neither.
    """
    visible = _without_clear_border(image)
    if visible is None:
        return _NOTHING_SEEN
    small = _shrunk(visible).convert("RGBA")
    seen = _over_grey(small)
    box = _drawn_box(seen)
    small, grey = small.crop(box), seen.crop(box).convert("L")
    across = np.asarray(grey.resize((_CELLS + 1, _CELLS), Image.Resampling.BOX), dtype=np.int16)
    down = np.asarray(grey.resize((_CELLS, _CELLS + 1), Image.Resampling.BOX), dtype=np.int16)
    steps = np.concatenate((np.diff(across, axis=1).ravel(), np.diff(down, axis=0).ravel()))
    return Fingerprint(np.where(np.abs(steps) < _STEP, 0, np.sign(steps)).astype(np.int8), _colours(small))


def likeness(a: Fingerprint, b: Fingerprint) -> float:
    """How alike two pictures look: 1 for the same picture, some 0.3 for pictures that have nothing in common, at
    least 0. Symmetric.
    """
    if not a.colours.any() or not b.colours.any():
        return float(not a.colours.any() and not b.colours.any())
    stepped = (a.steps != 0) | (b.steps != 0)
    apart = float(np.abs(a.steps[stepped] - b.steps[stepped]).mean()) / 2 if stepped.any() else 0.0
    colour = float(np.minimum(a.colours, b.colours).sum())
    # Two unrelated pictures agree in half of their steps by chance.
    return round(min(1.0, _SHAPE * max(0.0, 1 - 2 * apart) + _COLOUR * colour), 4)


def _without_clear_border(image: Image.Image) -> Image.Image | None:
    """As RGB or RGBA, without what is transparent all around; None where all is.

    Never copied where there is nothing to cut off.
    """
    if image.mode == "RGB":
        return image
    image = image if image.mode == "RGBA" else image.convert("RGBA")
    box = image.getchannel("A").point(_BEYOND_SOLID).getbbox()
    if box is None:
        return None
    return image if box == (0, 0, *image.size) else image.crop(box)


def _shrunk(image: Image.Image) -> Image.Image:
    """Within a square of `_SIDE_PX`, in its own proportions: as Pillow's `thumbnail`, but nothing is changed."""
    width, height = image.size
    if max(width, height) <= _SIDE_PX:
        return image
    ratio = width / height
    # Of the two whole numbers beside the exact one that which keeps the proportions better.
    if ratio <= 1:
        exact = _SIDE_PX * ratio
        size = max(1, min(math.floor(exact), math.ceil(exact), key=lambda n: abs(ratio - n / _SIDE_PX))), _SIDE_PX
    else:
        exact = _SIDE_PX / ratio
        lower, upper = math.floor(exact), math.ceil(exact)
        size = _SIDE_PX, max(1, min(lower, upper, key=lambda n: abs(ratio - _SIDE_PX / n) if n else 0.0))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _over_grey(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, (128, 128, 128, 255)), image).convert("RGB")


def _drawn_box(seen: Image.Image) -> tuple[int, int, int, int] | None:
    """What lies within a border of one colour, if all four corners are of it; None for the whole picture."""
    corners = np.asarray(seen)[[0, 0, -1, -1], [0, -1, 0, -1]]
    if np.ptp(corners, axis=0).max() > _BORDER:
        return None
    apart = ImageChops.difference(seen, Image.new("RGB", seen.size, tuple(corners[0].tolist())))
    return apart.point(_BEYOND_BORDER).getbbox()


def _colours(image: Image.Image) -> npt.NDArray[np.float32]:
    """The share of each bin among the pixels that are not transparent; greys are of no hue."""
    seen = np.asarray(image.getchannel("A")) >= _SOLID
    hue, saturation, value = (
        np.asarray(band, dtype=np.int32)[seen] for band in image.convert("RGB").convert("HSV").split()
    )
    coloured = (saturation * value) // 255 >= _GREY_BELOW
    bins = np.where(
        coloured,
        (hue * _HUES // 256) * _SATURATIONS + saturation * _SATURATIONS // 256,
        _HUES * _SATURATIONS,
    )
    bins = bins * _VALUES + value * _VALUES // 256
    counts = np.bincount(bins, minlength=(_HUES * _SATURATIONS + 1) * _VALUES).astype(np.float32)
    return counts / np.float32(max(1, bins.size))
