"""Draws the artwork of the sample batch: a stadium at night, a player cut out, a sponsor's badge.

Reads and writes no file. Each drawing takes the width and height it is to fill, in pixels, and is the same every time.
"""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from hotfolderd.demo.lettering import set_text

FINE = 2
"""Cut-outs are drawn this many times larger, then made smaller: that smooths their edges."""


def stadium(width: int, height: int, *, sky: str = "#0b1030", glow: str = "#2f6fb2", seed: int = 1) -> Image.Image:
    """A stand full of people under floodlights, and the pitch before it (RGB)."""
    picture = _gradient(width, height, sky, glow)
    chance = random.Random(seed)
    horizon = round(height * 0.66)
    picture.paste(_crowd(width, horizon, sky, chance), (0, round(height * 0.30)))
    picture.paste(_pitch(width, height - horizon), (0, horizon))
    lights = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(lights)
    for share in (0.10, 0.36, 0.64, 0.90):
        _floodlight(pen, width * share, height * 0.17, width * 0.11)
    halo = lights.reduce(8).filter(ImageFilter.GaussianBlur(width / 160)).resize((width, height))
    picture = ImageChops.screen(ImageChops.screen(picture, halo), lights)
    return ImageChops.multiply(picture, _vignette(width, height))


def player(
    width: int,
    height: int,
    *,
    shirt: str = "#d7263d",
    stripe: str = "#ffffff",
    skin: str = "#b97a56",
    hair: str = "#2b1b17",
    number: str = "9",
) -> Image.Image:
    """A player from the waist up, cut out (RGBA); the figure touches the left, right and lower edges."""
    wide, high = width * FINE, height * FINE
    figure = Image.new("RGBA", (wide, high))
    pen = ImageDraw.Draw(figure)

    def at(*shares: float) -> list[tuple[float, float]]:
        return [(shares[i] * wide, shares[i + 1] * high) for i in range(0, len(shares), 2)]

    pen.rounded_rectangle(at(0.0, 0.58, 0.24, 1.4), radius=wide * 0.11, fill=_shade(skin, 0.86))
    pen.rounded_rectangle(at(0.76, 0.58, 1.0, 1.4), radius=wide * 0.11, fill=_shade(skin, 0.86))
    pen.polygon(at(0.41, 0.24, 0.59, 0.24, 0.62, 0.40, 0.50, 0.46, 0.38, 0.40), fill=_shade(skin, 0.8))
    torso = Image.new("L", figure.size)
    shape = ImageDraw.Draw(torso)
    shape.polygon(at(0.38, 0.355, 0.62, 0.355, 0.90, 0.42, 0.84, 1.0, 0.16, 1.0, 0.10, 0.42), fill=255)
    shape.polygon(at(0.12, 0.415, 0.30, 0.40, 0.26, 0.68, 0.0, 0.64, 0.0, 0.53), fill=255)
    shape.polygon(at(0.88, 0.415, 0.70, 0.40, 0.74, 0.68, 1.0, 0.64, 1.0, 0.53), fill=255)
    shape.polygon(at(0.40, 0.35, 0.60, 0.35, 0.50, 0.46), fill=0)
    figure.paste(_cloth(wide, high, shirt, stripe), (0, 0), torso)
    pen.polygon(at(0.26, 0.68, 0.225, 0.50, 0.245, 0.68), fill=_shade(shirt, 0.6))
    pen.polygon(at(0.74, 0.68, 0.775, 0.50, 0.755, 0.68), fill=_shade(shirt, 0.6))
    pen.line(at(0.385, 0.352, 0.50, 0.462, 0.615, 0.352), fill=_shade(stripe, 0.95), width=round(wide * 0.016))
    pen.ellipse(at(0.345, 0.0, 0.655, 0.24), fill=hair)
    pen.ellipse(at(0.335, 0.14, 0.385, 0.20), fill=_shade(skin, 0.9))
    pen.ellipse(at(0.615, 0.14, 0.665, 0.20), fill=_shade(skin, 0.9))
    pen.rounded_rectangle(at(0.36, 0.06, 0.64, 0.295), radius=wide * 0.13, fill=skin)
    pen.chord(at(0.35, 0.005, 0.65, 0.17), 182, 358, fill=hair)
    for eye in (0.435, 0.565):
        pen.ellipse(at(eye - 0.014, 0.158, eye + 0.014, 0.176), fill="#1d1411")
        pen.line(at(eye - 0.03, 0.143, eye + 0.03, 0.141), fill=hair, width=round(wide * 0.010))
    pen.line(at(0.50, 0.175, 0.488, 0.208, 0.508, 0.211), fill=_shade(skin, 0.7), width=round(wide * 0.008))
    pen.arc(at(0.455, 0.205, 0.545, 0.250), 25, 155, fill="#7d2f2a", width=round(wide * 0.012))
    digits = set_text(number, high * 0.2, stripe).picture
    edge = set_text(number, high * 0.2, _shade(shirt, 0.45)).picture
    place = (round((wide - digits.width) / 2), round(high * 0.60))
    for dx, dy in ((-5, 0), (5, 0), (0, -5), (0, 5), (4, 6)):
        figure.alpha_composite(edge, (place[0] + dx, place[1] + dy))
    figure.alpha_composite(digits, place)
    return figure.resize((width, height), Image.Resampling.LANCZOS)


def badge(width: int, height: int, *, text: str = "TIDEWAY", colour: str = "#f4a300") -> Image.Image:
    """A sponsor's badge (RGBA): a name on a rounded plate."""
    picture = Image.new("RGBA", (width * FINE, height * FINE))
    plate = (0, 0, picture.width - 1, picture.height - 1)
    ImageDraw.Draw(picture).rounded_rectangle(plate, radius=picture.height / 3, fill=colour)
    lettering = set_text(text, picture.height * 0.4, "#14213d").picture
    lettering.thumbnail((round(picture.width * 0.85), picture.height), Image.Resampling.LANCZOS)
    place = ((picture.width - lettering.width) // 2, (picture.height - lettering.height) // 2)
    picture.alpha_composite(lettering, place)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def veil(width: int, height: int, *, colour: str = "#060a1c") -> Image.Image:
    """A shadow that is deep on the left and gone on the right, to set text on (RGBA)."""
    picture = Image.new("RGBA", (width, height), colour)
    picture.putalpha(Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_270).resize((width, height)))
    return picture


def _gradient(width: int, height: int, above: str, below: str) -> Image.Image:
    mask = Image.linear_gradient("L").resize((width, height))
    return Image.composite(Image.new("RGB", (width, height), below), Image.new("RGB", (width, height), above), mask)


def _crowd(width: int, horizon: int, sky: str, chance: random.Random) -> Image.Image:
    """The stand: rows of small lights that grow towards the pitch, under a dark roof."""
    height = round(horizon * 0.56)
    stand = _gradient(width, height, _shade(sky, 0.7), "#1c2744")
    pen = ImageDraw.Draw(stand)
    step = max(4, width // 90)
    for row, y in enumerate(range(step * 2, height, step)):
        for x in range((row % 2) * step // 2, width, step):
            warmth = chance.random()
            tone = chance.choice(("#31456f", "#4c6291", "#8a2f45", "#6f86b5")) if warmth < 0.93 else "#ffe9b0"
            size = step * (0.22 + 0.20 * y / height)
            pen.ellipse((x - size, y - size, x + size, y + size), fill=_shade(tone, 0.35 + 0.5 * y / height))
    pen.rectangle((0, 0, width, step), fill=_shade(sky, 0.4))
    pen.rectangle((0, height - step * 2, width, height), fill="#101831")
    return stand


def _pitch(width: int, height: int) -> Image.Image:
    """Mown stripes that run towards the stand, and one white line across."""
    grass = Image.new("RGB", (width, height), "#12703a")
    pen = ImageDraw.Draw(grass)
    for stripe in range(-9, 9, 2):
        near, far = width / 4, width / 9
        corners = [(width / 2 + far * (stripe + side), 0) for side in (0, 1)]
        corners += [(width / 2 + near * (stripe + side), height) for side in (1, 0)]
        pen.polygon(corners, fill="#178a48")
    pen.line((0, height * 0.16, width, height * 0.16), fill="#dff5e6", width=max(2, height // 90))
    light = Image.linear_gradient("L").rotate(180).point(lambda value: 90 + value * 165 // 255)
    return ImageChops.multiply(grass, light.resize((width, height)).convert("RGB"))


def _floodlight(pen: ImageDraw.ImageDraw, x: float, y: float, span: float) -> None:
    for row in range(2):
        for column in range(4):
            left, top = x + (column - 2) * span / 4, y + row * span / 4
            pen.ellipse((left, top, left + span / 5, top + span / 5), fill="#fdfaf0")


def _vignette(width: int, height: int) -> Image.Image:
    light = Image.radial_gradient("L").point(lambda value: 255 - value * 120 // 255)
    return light.resize((width, height)).convert("RGB")


def _cloth(width: int, height: int, shirt: str, stripe: str) -> Image.Image:
    """A shirt's stripes, darker towards its edges."""
    cloth = Image.new("RGB", (width, height), shirt)
    pen = ImageDraw.Draw(cloth)
    for share in (0.30, 0.70):
        pen.rectangle((width * (share - 0.035), 0, width * (share + 0.035), height), fill=stripe)
    light = Image.radial_gradient("L").point(lambda value: 255 - value * 130 // 255)
    return ImageChops.multiply(cloth, light.resize((width, height)).convert("RGB"))


def _shade(colour: str, share: float) -> str:
    """`colour` made darker: 1 leaves it, 0 is black."""
    red, green, blue = (round(channel * share) for channel in ImageColor.getrgb(colour)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
