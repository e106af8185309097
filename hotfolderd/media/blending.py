"""Laying one picture over another: the blend modes of After Effects, with straight alpha in 8 bits.

Works on RGBA pictures in memory; reads and writes no files. Formulas as in ISO 32000-2, 11.3.5, soft light as Photoshop
has it; where nothing lies below, a layer is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

Blend = Literal[
    "normal", "multiply", "screen", "add", "overlay", "darken", "lighten", "soft light", "hard light", "color dodge",
    "color burn", "linear burn", "linear light", "vivid light", "pin light", "hard mix", "difference", "exclusion",
    "subtract", "divide", "hue", "saturation", "color", "luminosity", "lighter color", "darker color",
    "stencil alpha", "stencil luma", "silhouette alpha", "silhouette luma", "alpha add",
]  # fmt: skip
Floats = npt.NDArray[np.floating[Any]]
_LIGHT = np.array([0.3, 0.59, 0.11], np.float32)
_TINY = np.float32(1e-6)
_ROWS = 256


def lay(canvas: Image.Image, image: Image.Image, at: tuple[int, int], blend: Blend, *, atop: bool = False) -> None:
    """Lays the picture on the canvas, which changes, with its corner at `at`; both are RGBA.

    `atop`: only where something lies below, whose transparency stays as it is.
    """
    if blend in _STENCILS:
        _stencil(canvas, image, at, blend)
        return
    left, top = max(0, at[0]), max(0, at[1])
    right, bottom = min(canvas.width, at[0] + image.width), min(canvas.height, at[1] + image.height)
    if right <= left or bottom <= top:
        return
    box = left - at[0], top - at[1], right - at[0], bottom - at[1]
    if blend == "normal" and not atop:
        canvas.alpha_composite(image, (left, top), box)
        return
    below = np.asarray(canvas.crop((left, top, right, bottom)), np.float32) / 255
    above = np.asarray(image.crop(box), np.float32) / 255
    base, base_alpha = below[..., :3], below[..., 3:]
    over, over_alpha = above[..., :3], above[..., 3:]
    mixed = over if blend in {"normal", "alpha add"} else MODES[blend](base, over)
    if atop:
        alpha = base_alpha
        lit = (mixed * over_alpha + base * (1 - over_alpha)) * base_alpha
    elif blend == "alpha add":
        alpha = np.minimum(base_alpha + over_alpha, 1)
        lit = np.minimum(over * over_alpha + base * base_alpha, alpha)
    else:
        alpha = base_alpha + over_alpha - base_alpha * over_alpha
        lit = over * over_alpha * (1 - base_alpha) + base * base_alpha * (1 - over_alpha)
        lit += mixed * over_alpha * base_alpha
    colour = np.divide(lit, alpha, out=np.zeros_like(lit), where=alpha > 0)
    result = np.concatenate([np.clip(colour, 0, 1), alpha], axis=2)
    canvas.paste(Image.fromarray(np.rint(result * 255).astype(np.uint8)), (left, top))


def faded(image: Image.Image, opacity: float) -> Image.Image:
    """The picture at an opacity of 0 to 1."""
    if opacity >= 1.0:
        return image
    image = image.copy()
    image.putalpha(image.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return image


def unmatted(image: Image.Image, matte: tuple[int, int, int]) -> Image.Image:
    """The picture without the colour that it was mixed with where it is transparent."""
    image = image.copy()
    for top in range(0, image.height, _ROWS):  # in parts, since the numbers take many times the memory of the pixels
        pixels = np.asarray(image.crop((0, top, image.width, min(top + _ROWS, image.height))), np.float32)
        alpha = pixels[..., 3:] / 255
        mixed_in = np.array(matte, np.float32) * (1 - alpha)
        colour = np.divide(pixels[..., :3] - mixed_in, alpha, out=np.zeros_like(pixels[..., :3]), where=alpha > 0)
        result = np.concatenate([np.clip(colour, 0, 255), pixels[..., 3:]], axis=2)
        image.paste(Image.fromarray(np.rint(result).astype(np.uint8)), (0, top))
    return image


def luma(image: Image.Image) -> Image.Image:
    """How bright each pixel is on black, 0 to 255."""
    ground = Image.new("RGB", image.size)
    ground.paste(image, (0, 0), image.getchannel("A"))
    return ground.convert("L")


_STENCILS = {"stencil alpha", "stencil luma", "silhouette alpha", "silhouette luma"}


def _stencil(canvas: Image.Image, image: Image.Image, at: tuple[int, int], blend: Blend) -> None:
    """Cuts all that lies below to the layer, or the layer out of it."""
    hole = Image.new("L", canvas.size)
    hole.paste(luma(image) if blend.endswith("luma") else image.getchannel("A"), at)
    left = np.asarray(hole, np.float32) / 255
    left = 1 - left if blend.startswith("silhouette") else left
    alpha = np.asarray(canvas.getchannel("A"), np.float32) * left
    canvas.putalpha(Image.fromarray(np.rint(alpha).astype(np.uint8)))


def _screen(base: Floats, over: Floats) -> Floats:
    return base + over - base * over


def _hard_light(base: Floats, over: Floats) -> Floats:
    return np.where(over <= 0.5, 2 * base * over, _screen(base, 2 * over - 1))


def _soft_light(base: Floats, over: Floats) -> Floats:
    darker = base - (1 - 2 * over) * base * (1 - base)
    lighter = base + (2 * over - 1) * (np.sqrt(base) - base)
    return np.where(over <= 0.5, darker, lighter)


def _dodge(base: Floats, over: Floats) -> Floats:
    return np.where(base <= 0, 0, np.minimum(1, base / np.maximum(1 - over, _TINY)))


def _burn(base: Floats, over: Floats) -> Floats:
    return np.where(base >= 1, 1, 1 - np.minimum(1, (1 - base) / np.maximum(over, _TINY)))


def _vivid_light(base: Floats, over: Floats) -> Floats:
    return np.where(over <= 0.5, _burn(base, np.minimum(2 * over, 1)), _dodge(base, np.maximum(2 * over - 1, 0)))


def _pin_light(base: Floats, over: Floats) -> Floats:
    return np.where(over <= 0.5, np.minimum(base, 2 * over), np.maximum(base, 2 * over - 1))


def _divide(base: Floats, over: Floats) -> Floats:
    return np.minimum(1, base / np.maximum(over, _TINY))


def _light_of(colour: Floats) -> Floats:
    return np.asarray(colour @ _LIGHT)[..., None]


def _range_of(colour: Floats) -> Floats:
    return np.asarray(colour.max(axis=-1, keepdims=True) - colour.min(axis=-1, keepdims=True))


def _with_light(colour: Floats, light: Floats) -> Floats:
    colour = colour + (light - _light_of(colour))
    low, high = colour.min(axis=-1, keepdims=True), colour.max(axis=-1, keepdims=True)
    colour = np.where(low < 0, light + (colour - light) * light / np.maximum(light - low, _TINY), colour)
    return np.where(high > 1, light + (colour - light) * (1 - light) / np.maximum(high - light, _TINY), colour)


def _with_range(colour: Floats, reach: Floats) -> Floats:
    return np.asarray((colour - colour.min(axis=-1, keepdims=True)) * reach / np.maximum(_range_of(colour), _TINY))


MODES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "multiply": lambda base, over: base * over,
    "screen": _screen,
    "add": lambda base, over: np.minimum(base + over, 1),
    "overlay": lambda base, over: _hard_light(over, base),
    "darken": np.minimum,
    "lighten": np.maximum,
    "soft light": _soft_light,
    "hard light": _hard_light,
    "color dodge": _dodge,
    "color burn": _burn,
    "linear burn": lambda base, over: np.maximum(base + over - 1, 0),
    "linear light": lambda base, over: np.clip(base + 2 * over - 1, 0, 1),
    "vivid light": _vivid_light,
    "pin light": _pin_light,
    "hard mix": lambda base, over: np.where(base + over >= 1, np.float32(1), np.float32(0)),
    "difference": lambda base, over: np.abs(base - over),
    "exclusion": lambda base, over: base + over - 2 * base * over,
    "subtract": lambda base, over: np.maximum(base - over, 0),
    "divide": _divide,
    "hue": lambda base, over: _with_light(_with_range(over, _range_of(base)), _light_of(base)),
    "saturation": lambda base, over: _with_light(_with_range(base, _range_of(over)), _light_of(base)),
    "color": lambda base, over: _with_light(over, _light_of(base)),
    "luminosity": lambda base, over: _with_light(base, _light_of(over)),
    "lighter color": lambda base, over: np.where(_light_of(over) > _light_of(base), over, base),
    "darker color": lambda base, over: np.where(_light_of(over) < _light_of(base), over, base),
}
