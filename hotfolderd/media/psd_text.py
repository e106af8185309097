"""What a text layer of a Photoshop file says and how it looks; and a drawing of it where the file holds no pixels.

Reads a `TypeLayer` in memory and fonts; writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import ImageColor
from psd_tools.api.layers import TypeLayer
from psd_tools.api.typesetting import CharacterStyle

from hotfolderd.media.font_names import is_stand_in
from hotfolderd.media.fonts import load
from hotfolderd.media.pictures import draw_text
from hotfolderd.media.psd_export import Drawing
from hotfolderd.model import TextLook

_LINE_BREAKS = str.maketrans({"\r": "\n", "\x03": "\n"})  # Photoshop: a new paragraph, a new line in it


def text_look(layer: TypeLayer) -> TextLook:
    """Text, and the style of the first run that is not blank.

    The displayed size is the font size times the vertical scale of the layer's transform. Fonts are those of the
    runs, in their order; the file's own list (which also names fonts that nothing uses) only where the runs name none.
    """
    runs = list(layer.typesetting.runs)
    first = next((run.style for run in runs if run.text.strip()), runs[0].style if runs else None)
    named = [_whole(run.style.font_name or "") for run in runs] or layer.font_names
    fonts = tuple(dict.fromkeys(name for name in named if name and not is_stand_in(name)))
    if not fonts:
        fonts = tuple(name for name in map(_whole, layer.font_names) if name and not is_stand_in(name))[:1]
    text = _whole(layer.text).translate(_LINE_BREAKS)
    if first is None:
        return TextLook(text=text, fonts=fonts, font=fonts[0] if fonts else None)
    own = _whole(first.font_name) if first.font_name and not is_stand_in(first.font_name) else None
    size = round(first.font_size * _scale(layer), 3)
    return TextLook(
        text=text,
        font=own or (fonts[0] if fonts else None),
        size_px=size if math.isfinite(size) and size > 0 else None,
        colour=_colour(first),
        fonts=fonts,
    )


def _whole(text: str) -> str:
    """The text without lone halves of characters, which no text file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def draw_text_layer(look: TextLook, layer: TypeLayer, fonts: Sequence[Path]) -> tuple[Drawing, bool] | None:
    """The text drawn where its first baseline begins, and whether another font stood in; None if there is no text.

    A stand-in for layers that were saved without pixels: no tracking, no leading, no paragraph box, no turning.
    """
    size, (_, _, _, _, left, baseline) = look.size_px or 12.0, layer.transform
    if not look.text.strip() or not (math.isfinite(left) and math.isfinite(baseline)):
        return None
    font, substituted = load(look.font, size, fonts)
    image, (dx, dy) = draw_text(look.text[:2000], font, ImageColor.getrgb(look.colour or "#000000"))
    return Drawing(image, round(left) + dx, round(baseline) + dy), substituted


def _scale(layer: TypeLayer) -> float:
    """How much higher the transform makes the letters, whichever way it turns them."""
    _, _, yx, yy, _, _ = layer.transform
    return math.hypot(yx, yy)


def _colour(style: CharacterStyle) -> str | None:
    """`#rrggbb` of the fill; Photoshop writes alpha first, then grey, RGB or CMYK, each from 0 to 1."""
    values = style.fill_color
    if values is None or len(values) not in (2, 4, 5) or not all(map(math.isfinite, values)):
        return None
    ink = [min(1.0, max(0.0, value)) for value in values[1:]]
    if len(ink) == 1:
        ink *= 3
    elif len(ink) == 4:
        ink = [(1 - value) * (1 - ink[3]) for value in ink[:3]]
    return "#" + "".join(f"{round(value * 255):02x}" for value in ink)
