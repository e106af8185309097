"""Sets the text of sample designs and templates in the one font that is always there: Pillow's built-in Aileron.

Reads and writes no file. It never looks for fonts on the machine, so the same text looks the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageColor, ImageDraw, ImageFont

BUILT_IN_FONT = "Aileron-Regular"
"""PostScript name of the font that Pillow carries."""

LEADING = 1.2
"""Distance of two baselines in font sizes: what both Photoshop and After Effects call automatic leading."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """A text as it was drawn.

    `picture` (RGBA) holds the ink and nothing else; `origin` is where the first baseline begins, in pixels from the
    picture's top left corner. A text without ink (empty, or spaces) has an empty picture.
    """

    picture: Image.Image
    origin: tuple[float, float]


def set_text(text: str, size_px: float, colour: str) -> Lettering:
    """`text` drawn from the left, lines divided by `\\n`, in `colour` (`#rrggbb`).

    Characters that the built-in font lacks are drawn as its empty box.
    """
    font = _font(size_px)
    lines = [(line, index * LEADING * size_px) for index, line in enumerate(text.split("\n"))]
    boxes = [_ink(font, line, baseline) for line, baseline in lines if line.strip()]
    if not boxes:
        return Lettering(Image.new("RGBA", (0, 0)), (0.0, 0.0))
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    red, green, blue = ImageColor.getrgb(colour)[:3]
    picture = Image.new("RGBA", (right - left, bottom - top), (red, green, blue, 0))
    pen = ImageDraw.Draw(picture)
    for line, baseline in lines:
        pen.text((-left, round(baseline) - top), line, fill=(red, green, blue, 255), font=font, anchor="ls")
    ink = picture.getchannel("A").getbbox() or (0, 0, *picture.size)
    return Lettering(picture.crop(ink), (0.0 - left - ink[0], 0.0 - top - ink[1]))


def _ink(font: ImageFont.FreeTypeFont, line: str, baseline: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = font.getbbox(line, anchor="ls")
    return int(left), int(top) + round(baseline), int(right), int(bottom) + round(baseline)


@lru_cache(maxsize=32)
def _font(size_px: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
