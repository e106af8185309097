"""The ground of a card: a sky with hills, a sea, light out of focus, or bands; drawn from a palette and a seed.

Reads and writes no files.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from hotfolderd.film.palette import Colour, Palette

_OVER = 2  # drawn twice as large, for smooth edges


def draw_ground(size: tuple[int, int], palette: Palette, seed: int) -> Image.Image:
    """The ground in RGB. The same size, palette and seed give the same pixels."""
    chosen = random.Random(f"ground {seed}")
    draw: Callable[[Image.Image, Palette, random.Random], Image.Image] = chosen.choice((_hills, _sea, _lights, _bands))
    picture = draw(_gradient(size, palette.sky, palette.ground), palette, chosen)
    return _grained(_vignetted(picture, 0.34 if palette.dark else 0.10), palette.grain, seed)


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    down = np.linspace(0.0, 1.0, size[1], dtype=np.float32)[:, None, None] ** 0.9
    column = np.asarray(top, np.float32) * (1 - down) + np.asarray(bottom, np.float32) * down
    return Image.fromarray(np.repeat(np.clip(column, 0, 255).astype(np.uint8), size[0], axis=1))


def _hills(picture: Image.Image, palette: Palette, chosen: random.Random) -> Image.Image:
    """A sun behind rows of hills."""
    width, height = picture.size
    at = (width * chosen.uniform(0.55, 0.82), height * chosen.uniform(0.28, 0.42))
    picture = _glow(picture, at, height * 0.75, palette.light, 0.55)
    picture = _disc(picture, at, height * chosen.uniform(0.07, 0.12), palette.light)
    for row, colour in enumerate(palette.shapes):
        base = height * (0.60 + 0.13 * row)
        waves = [(chosen.uniform(0.6, 1.2) * (row + 1.5), chosen.uniform(0, 6.3), 1.0), (5.0 + row, 1.7 * row, 0.3)]
        picture = _below(picture, _line(width, base, height * 0.085, waves), colour)
    return picture


def _sea(picture: Image.Image, palette: Palette, chosen: random.Random) -> Image.Image:
    """A low moon over calm water."""
    width, height = picture.size
    horizon = height * chosen.uniform(0.52, 0.60)
    at = (width * chosen.uniform(0.60, 0.80), horizon - height * chosen.uniform(0.14, 0.22))
    picture = _glow(picture, at, height * 0.8, palette.light, 0.5)
    picture = _disc(picture, at, height * 0.075, palette.light)
    picture = _below(picture, [horizon] * 65, palette.shapes[1])
    for row in range(7):
        share = (row + 1) / 7
        base = horizon + (height - horizon) * share**1.5 * 0.95
        waves = [(3 + 2 * chosen.random(), chosen.uniform(0, 6.3), 1.0)]
        colour = _mixed(palette.shapes[1], palette.shapes[2] if row % 2 else palette.ground, 0.25 + 0.5 * share)
        picture = _below(picture, _line(width, base, height * 0.012 * (0.5 + share), waves), colour)
    reflected = Image.new("L", picture.size)
    pen = ImageDraw.Draw(reflected)
    for row in range(26):
        y = horizon + (height - horizon) * (row / 26) ** 1.25 + 2
        half = width * (0.012 + 0.055 * row / 26) * chosen.uniform(0.35, 1.0)
        x = at[0] + chosen.uniform(-0.012, 0.012) * width
        pen.ellipse((x - half, y, x + half, y + height * 0.006), fill=round(165 - 4 * row))
    picture.paste(palette.light, mask=reflected.filter(ImageFilter.GaussianBlur(height / 420)))
    return picture


def _lights(picture: Image.Image, palette: Palette, chosen: random.Random) -> Image.Image:
    """Lights of a town at night, out of focus."""
    width, height = picture.size
    colours = (palette.light, palette.accent, _mixed(palette.light, palette.sky, 0.5))
    for blur, count, strength in ((0.020, 9, 46), (0.006, 12, 60), (0.0025, 8, 74)):
        for colour in colours:
            mask = Image.new("L", picture.size)
            pen = ImageDraw.Draw(mask)
            for _ in range(count // 3 + 1):
                x, y = chosen.uniform(0, width), height * chosen.betavariate(2.2, 1.8)
                radius = height * chosen.uniform(0.03, 0.10)
                pen.ellipse(
                    (x - radius, y - radius, x + radius, y + radius), fill=round(strength * chosen.uniform(0.5, 1))
                )
            picture.paste(colour, mask=mask.filter(ImageFilter.GaussianBlur(height * blur)))
    return picture


def _bands(picture: Image.Image, palette: Palette, chosen: random.Random) -> Image.Image:
    """Broad bands of light across."""
    width, height = picture.size
    slope = chosen.choice((-1, 1)) * chosen.uniform(0.35, 0.7)
    picture = _glow(picture, (width * 0.75, height * 0.2), height * 0.9, palette.light, 0.35)
    for row, colour in enumerate((*palette.shapes, palette.accent)):
        mask = Image.new("L", (picture.width * _OVER, picture.height * _OVER))
        middle = width * (0.30 + 0.22 * row + chosen.uniform(-0.05, 0.05))
        half = width * (chosen.uniform(0.05, 0.10) if row < 3 else 0.012)
        lean = slope * height
        points = [(middle - half - lean, height), (middle + half - lean, height), (middle + half + lean, 0)]
        points.append((middle - half + lean, 0))
        fill = 120 if row < 3 else 200
        ImageDraw.Draw(mask).polygon([(x * _OVER, y * _OVER) for x, y in points], fill=fill)
        picture.paste(colour, mask=mask.resize(picture.size, Image.Resampling.BOX))
    return picture


def _line(width: int, base: float, rise: float, waves: list[tuple[float, float, float]]) -> list[float]:
    """The heights of a wavy line at 65 places from left to right."""
    del width
    return [
        base - rise * sum(strength * math.sin(often * x / 64 * 2.4 + phase) for often, phase, strength in waves)
        for x in range(65)
    ]


def _below(picture: Image.Image, line: list[float], colour: Colour) -> Image.Image:
    width, height = picture.size
    mask = Image.new("L", (width * _OVER, height * _OVER))
    smooth = np.interp(np.linspace(0, len(line) - 1, 257), np.arange(len(line)), line)
    points = [(x * width * _OVER / 256, float(y) * _OVER) for x, y in enumerate(smooth)]
    ImageDraw.Draw(mask).polygon([*points, (width * _OVER, height * _OVER), (0, height * _OVER)], fill=255)
    picture.paste(colour, mask=mask.resize(picture.size, Image.Resampling.BOX))
    return picture


def _disc(picture: Image.Image, at: tuple[float, float], radius: float, colour: Colour) -> Image.Image:
    mask = Image.new("L", (picture.width * _OVER, picture.height * _OVER))
    box = [side * _OVER for side in (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)]
    ImageDraw.Draw(mask).ellipse(box, fill=245)
    picture.paste(colour, mask=mask.resize(picture.size, Image.Resampling.BOX))
    return picture


def _far(size: tuple[int, int], at: tuple[float, float], reach: float) -> npt.NDArray[np.float32]:
    """How far each pixel lies from a point, in shares of `reach`."""
    y, x = np.ogrid[: size[1], : size[0]]
    return np.asarray(np.hypot(x - at[0], y - at[1]) / reach, np.float32)


def _glow(picture: Image.Image, at: tuple[float, float], reach: float, colour: Colour, strength: float) -> Image.Image:
    share = np.exp(-((_far(picture.size, at, reach) * 1.9) ** 2))[:, :, None] * strength
    pixels = np.asarray(picture, np.float32)
    return Image.fromarray((pixels + (np.asarray(colour, np.float32) - pixels) * share).astype(np.uint8))


def _vignetted(picture: Image.Image, strength: float) -> Image.Image:
    width, height = picture.size
    far = _far(picture.size, (width / 2, height / 2), math.hypot(width, height) / 2)
    darker = 1 - strength * np.clip(far, 0, 1)[:, :, None] ** 2.4
    return Image.fromarray((np.asarray(picture, np.float32) * darker).astype(np.uint8))


def _grained(picture: Image.Image, strength: float, seed: int) -> Image.Image:
    """With a fine grain, which also keeps the gradients from showing steps."""
    rough = np.random.default_rng(seed).normal(0.0, max(strength, 1.2) * 0.55, (picture.height, picture.width, 1))
    pixels = np.asarray(picture, np.float32) + rough.astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
