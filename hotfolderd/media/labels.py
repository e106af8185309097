"""Words on pictures that people look at: one line, in a plain font, cut where there is no room.

The names of layers and placeholders come again on every comparison, in every job of a batch: a line is drawn once and
then laid down like a stamp. Reads the fonts of this machine; writes nothing.
"""

from __future__ import annotations

import bisect
import contextlib
import functools

from PIL import Image, ImageDraw, ImageFont

_FONTS = ("Arial Unicode.ttf", "DejaVuSans.ttf", "Arial.ttf", "Helvetica.ttc")
_MOST_REMEMBERED = 512  # some 5 KiB each
_MOST_LETTERS = 500

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def write(pen: ImageDraw.ImageDraw, at: tuple[int, int], words: str, size_px: int, *, room: int, colour: str) -> None:
    """One line of at most `room` pixels, its top left corner at `at`."""
    stamp, (left, top) = _stamp(words[:_MOST_LETTERS], size_px, room)
    pen.bitmap((at[0] + left, at[1] + top), stamp, colour)


@functools.lru_cache(_MOST_REMEMBERED)
def _stamp(words: str, size_px: int, room: int) -> tuple[Image.Image, tuple[int, int]]:
    """The line as a mask, and where its corner lies, seen from where the line begins."""
    font = label_font(size_px)
    line = shortened(words, font, room)
    left, top, right, bottom = map(int, font.getbbox(line))
    stamp = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(stamp).text((-left, -top), line, font=font, fill=255)
    return stamp, (left, top)


@functools.lru_cache(maxsize=32)
def label_font(size_px: int) -> Font:
    """A plain font for labels: of this machine, because it knows more scripts, else the one within Pillow."""
    for name in _FONTS:
        with contextlib.suppress(OSError):  # Pillow looks in the system's folders and says so where there is none
            return ImageFont.truetype(name, size_px)
    return ImageFont.load_default(size_px)


def shortened(text: str, font: Font, width: int) -> str:
    """One line of text that fits into `width` pixels, with an ellipsis where something was cut."""
    line = " ".join(text[:_MOST_LETTERS].split())
    if font.getlength(line) <= width:
        return line
    ends = range(len(line))
    over = bisect.bisect(ends, False, key=lambda end: font.getlength(f"{line[:end]}…") > width)
    return f"{line[: max(0, over - 1)].rstrip()}…"
