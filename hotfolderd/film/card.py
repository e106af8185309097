"""The card of a scene: where it plays, who is there, and what is said, set over a ground.

Reads installed fonts through `fonts`; writes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hotfolderd.film.captions import Caption
from hotfolderd.film.ground import draw_ground
from hotfolderd.film.palette import Palette, palette_of
from hotfolderd.film.scene import Scene
from hotfolderd.media import fonts
from hotfolderd.media.typeset import break_line

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_BOLD = ("HelveticaNeue-Bold", "Helvetica-Bold", "Arial-BoldMT", "LiberationSans-Bold", "DejaVuSans-Bold")
_PLAIN = ("HelveticaNeue", "Helvetica", "ArialMT", "LiberationSans", "DejaVuSans")
_SERIF = ("Georgia-Italic", "LiberationSerif-Italic", "DejaVuSerif-Italic", "DejaVuSerif")
# Letters that the fonts for Latin text lack are drawn in one of these.
_WIDE = (
    "PingFangSC-Regular",
    "HiraginoSans-W3",
    "NotoSansCJKsc-Regular",
    "ArialUnicodeMS",
    "DejaVuSans",
    "NotoSansCJKjp-Regular",
    "NotoSansCJKkr-Regular",
    "AppleSDGothicNeo-Regular",
    "NotoSansArabic-Regular",
    "NotoSansHebrew-Regular",
    "NotoSansThai-Regular",
    "Thonburi",
    "NotoSansDevanagari-Regular",
    "DevanagariSangamMN",
    "NotoSansBengali-Regular",
    "NotoSansTamil-Regular",
)
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Set:
    """A text that was set: its lines, its font, its colour, and how far each line lies below the one before."""

    lines: list[str]
    font: Font
    colour: tuple[int, int, int]
    step: float
    after: float


def draw_card(
    scene: Scene, size: tuple[int, int], *, title: str = "", look_seed: int = 0, seed: int = 0
) -> Image.Image:
    """The card in RGB: a ground with the scene's words on it."""
    palette = palette_of(scene.style, look_seed, seed)
    ground = draw_ground(size, palette, seed)
    return lay(words_of(scene, size, title=title, look_seed=look_seed, seed=seed), shaded(ground, palette, seed))


def ground_of(scene: Scene, size: tuple[int, int], *, look_seed: int, seed: int) -> Image.Image:
    """The card's ground alone, shaded where the words will stand; larger than the video, so that a camera can move."""
    palette = palette_of(scene.style, look_seed, seed)
    return shaded(draw_ground(size, palette, seed), palette, seed)


def lay(words: Image.Image, ground: Image.Image) -> Image.Image:
    """The words upon the ground."""
    picture = ground.copy()
    picture.paste(words, mask=words.getchannel("A"))
    return picture


def words_of(
    scene: Scene, size: tuple[int, int], *, title: str = "", look_seed: int = 0, seed: int = 0, captioned: bool = False
) -> Image.Image:
    """All words of the card in RGBA, clear elsewhere; `captioned`: what is said stands in captions below."""
    palette = palette_of(scene.style, look_seed, seed)
    picture = Image.new("RGBA", size, (*palette.ink, 0))
    pen = ImageDraw.Draw(picture)
    width, height = size
    unit = min(width, height * 1.25) / 100
    margin = unit * 7
    room = min(width - 2 * margin, unit * 90) if width > height else width - 2 * margin
    blocks = _blocks(scene, palette, unit, room, height * (0.5 if captioned else 0.62), spoken=not captioned)
    left = margin + unit * 2.6
    y = (
        height * (0.8 if captioned else 1.0)
        - margin * 0.9
        - sum(len(one.lines) * one.step + one.after for one in blocks)
    )
    if not _low(seed):
        y = (height * (0.85 if captioned else 1.0) - sum(len(one.lines) * one.step + one.after for one in blocks)) / 2
    top = y
    for block in blocks:
        for line in block.lines:
            _shadowed(pen, (left, y), line, block, palette, unit)
            y += block.step
        y += block.after
    if blocks:
        bottom = y - blocks[-1].after
        pen.rectangle((margin, top + unit * 0.4, margin + unit * 0.7, bottom - unit * 0.2), fill=(*palette.accent, 255))
    _corner(pen, scene, title, palette, unit, size, margin)
    return picture


def caption_strip(caption: Caption, size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """A caption as it is burned in, in RGBA, and where its upper left corner stands in a video of `size`."""
    width, height = size
    unit = min(width, height * 1.25) / 100
    font = _font("".join(caption.lines), _PLAIN, unit * 3.6)
    room = width * 0.9
    lines = [piece for line in caption.lines for piece in break_line(line, room, _measure(font))]
    step = unit * 4.9
    wide = max(map(_measure(font), lines))
    strip = Image.new("RGBA", (_even(wide + unit * 5), _even(step * len(lines) + unit * 2.2)), (0, 0, 0, 0))
    pen = ImageDraw.Draw(strip)
    pen.rounded_rectangle((0, 0, strip.width - 1, strip.height - 1), radius=unit * 1.2, fill=(8, 9, 12, 188))
    for at, line in enumerate(lines):
        place = (strip.width / 2, unit * 1.1 + step * (at + 0.5))
        pen.text(place, line, font=font, fill=(255, 255, 255, 255), anchor="mm")
    left, top = (width - strip.width) // 2, round(height - strip.height - height * 0.06)
    return strip, (max(0, left) // 2 * 2, max(0, top) // 2 * 2)


def shaded(ground: Image.Image, palette: Palette, seed: int) -> Image.Image:
    """The ground, calmer where the words stand, so that they can be read on all of it."""
    height, width = ground.height, ground.width
    y, x = np.ogrid[:height, :width]
    down = np.clip((y / height - 0.30) / 0.60, 0, 1) if _low(seed) else 1 - np.abs(y / height - 0.5) * 0.9
    aside = np.clip(1.15 - x / width, 0, 1)
    share = (np.clip(down * (0.45 + 0.55 * aside), 0, 1) * (0.62 if palette.dark else 0.50))[:, :, None]
    towards = np.asarray(tuple(part // 5 for part in palette.ground) if palette.dark else (252, 250, 247), np.float32)
    pixels = np.asarray(ground, np.float32)
    return Image.fromarray((pixels + (towards - pixels) * share.astype(np.float32)).astype(np.uint8))


def _low(seed: int) -> bool:
    """Whether the words stand in the lower part; else they stand in the middle."""
    return random.Random(f"layout {seed}").random() < 0.6


def _blocks(scene: Scene, palette: Palette, unit: float, room: float, height: float, *, spoken: bool) -> list[_Set]:
    """The texts from the top down, smaller where they would not fit into `height`."""
    quiet = _towards(palette.ink, palette.ground, 0.18)
    for scale in (1.0, 0.85, 0.72, 0.6, 0.5):
        blocks: list[_Set] = []

        def add(text: str, faces: tuple[str, ...], size: float, colour: tuple[int, int, int], after: float) -> None:
            text = " ".join(text.split())
            if text:
                font = _font(text, faces, unit * size * scale)  # noqa: B023 - called in this round only
                lines = break_line(text, room, _measure(font))
                blocks.append(_Set(lines, font, colour, unit * size * 1.32 * scale, unit * after * scale))  # noqa: B023

        add(scene.location, _BOLD, 5.6, palette.ink, 0.6)
        add(", ".join(scene.characters), _PLAIN, 2.7, palette.accent, 1.4)
        if scene.description.strip() != scene.spoken:
            add(scene.description, _PLAIN, 3.2, quiet, 1.6)
        if scene.spoken and spoken:
            add(f"“{scene.spoken}”" if scene.characters else scene.spoken, _SERIF, 4.1, palette.ink, 0)
        if sum(len(one.lines) * one.step + one.after for one in blocks) <= height:
            return blocks
    return _cut(blocks, height)


def _cut(blocks: list[_Set], height: float) -> list[_Set]:
    """As many lines as there is room for; the last one says that there is more."""
    kept: list[_Set] = []
    for block in blocks:
        fits = int(height // block.step)
        if fits < 1:
            break
        lines = block.lines if fits >= len(block.lines) else [*block.lines[: fits - 1], f"{block.lines[fits - 1]} …"]
        kept.append(_Set(lines, block.font, block.colour, block.step, block.after))
        height -= len(lines) * block.step + block.after
    return kept


def _corner(
    pen: ImageDraw.ImageDraw,
    scene: Scene,
    title: str,
    palette: Palette,
    unit: float,
    size: tuple[int, int],
    margin: float,
) -> None:
    """The film's title at the top left, the number of the scene at the top right."""
    number = f"{scene.number:02}"
    font = _font(number, _BOLD, unit * 3.4)
    pen.text((size[0] - margin, margin * 0.8), number, font=font, fill=(*palette.accent, 255), anchor="ra")
    words = " ".join(title.split()).upper()
    small = _font(words, _BOLD, unit * 2.0)
    spaced = "\u2009".join(words) if words.isascii() else words
    room = size[0] - 2 * margin - unit * 9
    while len(spaced) > 1 and _measure(small)(spaced) > room:
        spaced = f"{spaced.rstrip('…')[:-2]}…"
    place = (margin, margin * 0.8 + unit * 0.7)
    pen.text(place, spaced, font=small, fill=(*_towards(palette.ink, palette.sky, 0.12), 255), anchor="la")


def _shadowed(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], line: str, block: _Set, palette: Palette, unit: float
) -> None:
    if palette.dark:
        away = max(1.0, unit * 0.12)
        pen.text((at[0] + away, at[1] + away), line, font=block.font, fill=(0, 0, 0, 110))
    pen.text(at, line, font=block.font, fill=(*block.colour, 255))


def unseen_in(text: str) -> str:
    """The letters of a text that no font here has, so that boxes stand for them; at most a dozen, each once."""
    return _lacking(_face_for(text, _PLAIN), text)[:_SHOWN]


def _font(text: str, faces: tuple[str, ...], size_px: float) -> Font:
    return fonts.load(_face_for(text, faces), max(6.0, size_px))[0]


def _face_for(text: str, faces: tuple[str, ...]) -> str | None:
    """The first font here that has all letters of a text, else the one that lacks fewest; None is Pillow's own."""
    european = all(ord(letter) < 0x2100 for letter in text)
    names = faces if text.isascii() else (*faces, *_WIDE) if european else (*_WIDE, *faces)
    here = [name for name in names if _found(name) is not None]
    if text.isascii() or not here:
        return next(iter(here), None)
    return next((name for name in here if not _lacking(name, text)), None) or min(
        here, key=lambda name: len(_lacking(name, text))
    )


@cache
def _found(name: str) -> fonts.FoundFont | None:
    font = fonts.find_font(name)
    return font if font is not None and font.exact else None


def _lacking(name: str | None, text: str) -> str:
    """The letters of a text beyond ASCII that a font has no drawing of."""
    font = None if name is None else _found(name)
    return fonts.lacking("".join(letter for letter in text if not letter.isascii()), font)


def _measure(font: Font) -> Callable[[str], float]:
    return lambda words: float(font.getlength(words))


def _towards(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _even(length: float) -> int:
    return max(2, (int(length) + 1) // 2 * 2)
