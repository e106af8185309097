"""Sets point and box text the way After Effects composes it, as far as one style for all of it goes.

Rules measured on After Effects 2026 by py-aep (`resolvers/text_composition.py`, `text_ink.py`): the first baseline of a
box lies the height of a `d` below its top, the next ones a leading each; lines break at spaces, and in a word only
where it is wider than the box; a line is shown while its baseline lies in the box; a centred line is centred without
the tracking after its last character. Reads font files through `fonts`; writes nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

from hotfolderd.media import fonts
from hotfolderd.media.placing import Picture

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Align = Literal["left", "center", "right"]
VerticalAlign = Literal["top", "center", "bottom"]
Colour = tuple[int, int, int]

_MARGIN_PX = 3
_MAX_SIDE_PX = 8192
_MAX_CHARACTERS = 20_000
_MEASURED_CHARACTERS = 1000
_WIDE_FACES = ("DejaVuSans", "ArialUnicodeMS", "ArialMT")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A text and its look. Lengths in pixels of the layer; `tracking` in thousandths of `size_px`; colours 0 to 255.

    Without `colour` only its stroke is seen, which lies half on either side of the letters' edge.
    `box` is (left, top, width, height); without it the text is point text that starts, or is centred, or ends at
    (0, 0), the baseline of its first line.
    """

    text: str
    font: str
    size_px: float
    leading_px: float
    colour: Colour | None
    align: Align = "left"
    tracking: float = 0.0
    box: tuple[float, float, float, float] | None = None
    vertical: VerticalAlign = "top"
    stroke: Colour | None = None
    stroke_px: float = 0.0
    stroke_over: bool = True


@dataclass(frozen=True, slots=True)
class TypeSet:
    """A drawn text; `picture` is None where there is nothing to see. `substituted`: in another font than asked for.

    `cut` is the part that does not fit its box.
    """

    picture: Picture | None
    substituted: bool
    cut: str


def typeset(block: TextBlock, density: float, folders: Sequence[Path]) -> TypeSet:
    """The text drawn with `density` pixels for one of the layer (less where it would get too large).

    A font that is there, but whose letters cannot be drawn, is as good as none.
    """
    try:
        return _typeset(block, density, folders)
    except OSError:
        return _typeset(replace(block, font=""), density, folders)


def _typeset(block: TextBlock, density: float, folders: Sequence[Path]) -> TypeSet:
    font, substituted = _font_for(block, block.size_px * density, folders)
    line_of = _Line(font, block.tracking / 1000 * block.size_px * density)
    lines, cut = _compose(block, line_of, density)
    inked = [(line, *line_of.box(line[0])) for line in lines if line[0].strip()]
    if not inked:
        return TypeSet(None, substituted, cut)
    reach = block.stroke_px / 2 * density if block.stroke is not None else 0.0
    margin = _MARGIN_PX + math.ceil(reach)
    left = min(line[1] + box_left for line, box_left, *_ in inked) - margin
    top = min(line[2] + box_top for line, _, box_top, *_ in inked) - margin
    width = int(max(line[1] + right for line, _, _, right, _ in inked) - left) + 2 * margin
    height = int(max(line[2] + bottom for line, *_, bottom in inked) - top) + 2 * margin
    if max(width, height) > _MAX_SIDE_PX:
        return _typeset(block, density * 0.99 * _MAX_SIDE_PX / max(width, height), folders)

    def letters(stroke: float) -> Image.Image:
        mask = Image.new("L", (width, height))
        pen = ImageDraw.Draw(mask)
        for (words, x, y), *_ in inked:
            line_of.draw(pen, words, x - left, y - top, stroke)
        return mask

    image = _painted(block, letters(0.0), letters(reach) if reach else None, reach)
    return TypeSet(Picture(image, density, left / density, top / density), substituted, cut)


def _painted(block: TextBlock, letters: Image.Image, wider: Image.Image | None, reach: float) -> Image.Image:
    """The letters in their colours; `wider` are those with the outer half of their stroke, which is `reach` wide."""
    image = Image.new("RGBA", letters.size)
    layers = [(block.colour, letters)]
    if wider is not None:
        if block.stroke_over or block.colour is None:
            layers.append((block.stroke, ImageChops.subtract(wider, _thinner(letters, reach))))
        else:
            layers.insert(0, (block.stroke, wider))
    for colour, mask in layers:
        if colour is not None:
            ink = Image.new("RGBA", letters.size, (*colour, 0))
            ink.putalpha(mask)
            image = Image.alpha_composite(image, ink) if image.getbbox() else ink
    return image


def _thinner(letters: Image.Image, by_px: float) -> Image.Image:
    """Letters without their outermost pixels: crosses and squares by turns take off almost a disc."""
    whole, part = divmod(by_px, 1)
    inner, outer = letters, letters
    for i in range(int(whole) + 1):
        if inner.getbbox() is None:
            return inner
        outer = inner
        pixels = np.pad(np.asarray(inner), 1)
        across = np.minimum(np.minimum(pixels[1:-1, :-2], pixels[1:-1, 2:]), pixels[1:-1, 1:-1])
        down = np.minimum(pixels[:-2, 1:-1], pixels[2:, 1:-1])
        if i % 2:
            corners = [pixels[y : y + across.shape[0], x : x + across.shape[1]] for x in (0, 2) for y in (0, 2)]
            down = np.minimum(down, np.minimum.reduce(corners))
        inner = Image.fromarray(np.minimum(across, down))
    return Image.blend(outer, inner, part)


def _font_for(block: TextBlock, size_px: float, folders: Sequence[Path]) -> tuple[Font, bool]:
    """The font asked for, or another; the one that comes with Pillow knows ASCII only, so some more are tried."""
    font, substituted = fonts.load(block.font, size_px, folders)
    if substituted and not block.text.isascii() and fonts.find_font(block.font, folders) is None:
        for name in _WIDE_FACES:
            if fonts.find_font(name) is not None:
                return fonts.load(name, size_px)[0], True
    return font, substituted


def _compose(block: TextBlock, line_of: _Line, density: float) -> tuple[list[tuple[str, float, float]], str]:
    """Lines with the start and the baseline of each, in pixels of the picture, and what does not fit."""
    paragraphs = _paragraphs(block.text[:_MAX_CHARACTERS])
    leading = block.leading_px * density
    start = {"left": 0.0, "center": 0.5, "right": 1.0}[block.align]
    if block.box is None:
        return [(words, -start * line_of.width(words), i * leading) for i, words in enumerate(paragraphs)], ""
    left, top, width, height = (length * density for length in block.box)
    lines = [line for words in paragraphs for line in break_line(words, width, line_of.width)]
    baselines = [line_of.ascent + i * leading for i in range(len(lines))]
    shown = [i for i, baseline in enumerate(baselines) if baseline <= height]
    used = baselines[shown[-1]] + line_of.descent if shown else 0.0
    down = {"top": 0.0, "center": (height - used) / 2, "bottom": height - used}[block.vertical]
    return [
        (lines[i], left + start * (width - line_of.width(lines[i])), top + down + baselines[i]) for i in shown
    ], " ".join(lines[len(shown) :])


def _paragraphs(text: str) -> list[str]:
    return re.split(r"\r\n|[\r\n\x03\v]", text.rstrip("\r\n\x03\v"))


def belong_together(words: str) -> bool:
    """Whether letters cannot be drawn one by one: right-to-left, joined, or with marks of their own."""
    return any(
        unicodedata.bidirectional(c) in {"R", "AL"} or unicodedata.category(c)[0] == "M" or c == "\u200d" for c in words
    )


def overflow(block: TextBlock, folders: Sequence[Path]) -> float | None:
    """By how much its box would have to be wider for all of the text to show: 0.2 is 20 %, 0 is nothing.

    A text of more paragraphs than the box has lines gives by how many it has too many. None where that cannot be told:
    there is no box, or the font itself is not there. Of a very long text only the beginning is measured.
    """
    if block.box is None or min(block.box[2:]) <= 0:
        return None
    font, substituted = fonts.load(block.font, block.size_px, folders)
    if substituted:
        return None
    try:
        return _overflow(block, block.box, _Line(font, block.tracking / 1000 * block.size_px))
    except OSError:
        return None


def _overflow(block: TextBlock, box: tuple[float, float, float, float], line_of: _Line) -> float:
    _, _, width, height = box
    paragraphs = _paragraphs(block.text[:_MEASURED_CHARACTERS])
    room_for = max(1, 1 + int((height - line_of.ascent) / max(block.leading_px, 1.0)))
    longest_word = max((line_of.spaced(word) for words in paragraphs for word in words.split()), default=0.0)
    too_many = max(0.0, (len(paragraphs) - room_for) / room_for)

    def fits(room: float) -> bool:
        return sum(len(break_line(words, room, line_of.spaced)) for words in paragraphs) <= room_for

    least, most = width, max([width, *map(line_of.spaced, paragraphs)])
    if too_many or fits(width):
        return max(too_many, longest_word / width - 1, 0.0)
    while most - least > width / 1000:
        middle = (least + most) / 2
        least, most = (least, middle) if fits(middle) else (middle, most)
    return max(most, longest_word) / width - 1


def break_line(words: str, room: float, width: Callable[[str], float]) -> list[str]:
    """The lines of one paragraph, broken at spaces; a word wider than the room is broken inside."""
    lines: list[str] = []
    line = ""
    for token in re.findall(r"\S+\s*|\s+", words) or [""]:
        if line and width((line + token).rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        while not line and width(token.rstrip()) > room and len(token.rstrip()) > 1:
            fits = next((n for n in range(len(token) - 1, 1, -1) if width(token[:n]) <= room), 1)
            lines.append(token[:fits])
            token = token[fits:]  # noqa: PLW2901 - the rest of the same word
        line += token
    return [*lines, line.rstrip()]


class _Line:
    """One font at one size with its tracking: how wide a line is, where its ink lies, and the drawing of it."""

    def __init__(self, font: Font, tracking: float) -> None:
        self.font, self.tracking = font, tracking
        shapes = isinstance(font, ImageFont.FreeTypeFont) and font.layout_engine == ImageFont.Layout.RAQM
        self.features = ["-liga", "-clig"] if shapes else None
        if isinstance(font, ImageFont.FreeTypeFont):
            self.ascent = -float(font.getbbox("d", anchor="ls")[1])
            self.descent = float(font.getbbox("p", anchor="ls")[3])
        else:
            self.ascent, self.descent = float(font.getbbox("d")[3]), 0.0

    def _length(self, words: str) -> float:
        if isinstance(self.font, ImageFont.FreeTypeFont):
            return float(self.font.getlength(words, features=self.features))
        return float(self.font.getlength(words))

    def spaced(self, words: str) -> float:
        """The width with its tracking, as After Effects sets it."""
        return self._length(words) + self.tracking * max(0, len(words) - 1)

    def width(self, words: str) -> float:
        """The width as it is drawn here."""
        return self._length(words) if belong_together(words) else self.spaced(words)

    def box(self, words: str) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the ink, from the start of the baseline."""
        if not isinstance(self.font, ImageFont.FreeTypeFont):
            return self.font.getbbox(words)
        left, top, right, bottom = self.font.getbbox(words, anchor="ls", features=self.features)
        return left, top, right + self.width(words) - self._length(words), bottom

    def draw(self, pen: ImageDraw.ImageDraw, words: str, x: float, y: float, stroke: float) -> None:
        look: dict[str, Any] = {"fill": 255, "font": self.font, "anchor": "ls", "stroke_width": stroke}
        if not self.tracking or belong_together(words):
            pen.text((x, y), words, features=self.features, **look)
            return
        for i, letter in enumerate(words):
            # The length up to and with a letter, less the letter, keeps the kerning to the one before it.
            start = self._length(words[: i + 1]) - self._length(letter)
            pen.text((x + start + i * self.tracking, y), letter, **look)
