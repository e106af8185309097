"""The colours of a film: by its style and its seed.

Reads and writes nothing.
"""

from __future__ import annotations

import colorsys
import random
import zlib
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """`sky` and `ground` are the ends of a gradient, `shapes` lie between, `light` glows, `ink` is for words."""

    sky: Colour
    ground: Colour
    shapes: tuple[Colour, Colour, Colour]
    light: Colour
    accent: Colour
    ink: Colour
    dark: bool
    grain: float


@dataclass(frozen=True, slots=True)
class _Style:
    """Hues in degrees to choose from (ground, light), saturation and brightness from sky to ground."""

    hues: tuple[tuple[float, float], ...]
    saturation: tuple[float, float]
    value: tuple[float, float]
    accent_saturation: float
    grain: float
    dark: bool = True


_STYLES = {
    "cinematic": _Style(((205, 32), (222, 28), (188, 24), (248, 340)), (0.62, 0.72), (0.50, 0.16), 0.72, 5),
    "noir": _Style(((220, 8), (210, 44), (230, 352)), (0.07, 0.12), (0.46, 0.07), 0.78, 11),
    "pastel": _Style(((338, 48), (262, 20), (168, 36), (204, 330)), (0.20, 0.30), (0.98, 0.86), 0.62, 2, dark=False),
    "comic": _Style(((48, 356), (190, 340), (330, 262), (28, 215)), (0.62, 0.70), (1.0, 0.94), 0.92, 0, dark=False),
    "documentary": _Style(((150, 40), (34, 200), (95, 44)), (0.34, 0.48), (0.52, 0.20), 0.60, 6),
}
_BY_WORD = {"film noir": "noir", "black": "noir", "soft": "pastel", "cartoon": "comic", "anime": "comic"}


def style_named(style: str) -> str:
    """The style of ours that a text means: a word of it, or one of ours by its letters; `cinematic` for none."""
    words = style.casefold()
    if not words.strip():
        return "cinematic"
    for name in (*_STYLES, *_BY_WORD):
        if name in words:
            return _BY_WORD.get(name, name)
    return sorted(_STYLES)[zlib.crc32(words.strip().encode()) % len(_STYLES)]


def palette_of(style: str, look_seed: int, seed: int) -> Palette:
    """The palette: style and `look_seed` (the film's) choose its hues, `seed` (the scene's) turns them a little."""
    look = _STYLES[style_named(style)]
    chosen = random.Random(f"look {style_named(style)} {look_seed}")
    hue, warm = chosen.choice(look.hues)
    hue += chosen.uniform(-10, 10)
    turned = random.Random(f"scene {seed}")
    hue += turned.uniform(-9, 9)
    lift = turned.uniform(0.92, 1.08)

    def colour(share: float, *, turn: float = 0.0) -> Colour:
        saturation = look.saturation[0] + (look.saturation[1] - look.saturation[0]) * share
        value = (look.value[0] + (look.value[1] - look.value[0]) * share) * lift
        return _rgb(hue + turn, saturation, value)

    shapes = tuple(colour(share, turn=turn) for share, turn in ((0.35, 6), (0.62, 12), (0.92, 20)))
    light = _rgb(warm, 0.45 if look.dark else 0.30, 1.0)
    accent = _rgb(warm, look.accent_saturation, 0.98) if look.dark else _readable(warm, look.accent_saturation)
    ink = (250, 248, 243) if look.dark else _rgb(hue + 180, 0.55, 0.17)
    return Palette(
        colour(0.0), colour(1.0), (shapes[0], shapes[1], shapes[2]), light, accent, ink, look.dark, look.grain
    )


def _readable(hue: float, saturation: float) -> Colour:
    """A colour dark enough to be read on a light ground; yellow looks much lighter than blue."""
    for value in (0.8, 0.72, 0.64, 0.56, 0.48, 0.4):
        red, green, blue = _rgb(hue, saturation, value)
        if 0.2126 * (red / 255) ** 2.2 + 0.7152 * (green / 255) ** 2.2 + 0.0722 * (blue / 255) ** 2.2 < 0.16:
            break
    return red, green, blue


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue / 360 % 1.0, min(1.0, max(0.0, saturation)), min(1.0, max(0.0, value)))
    return round(red * 255), round(green * 255), round(blue * 255)
