"""How alike pictures look: the same one stays itself through what studios do to it, another one does not."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hotfolderd.media.likeness import fingerprint, likeness

SIZE = (600, 400)


def photograph(seed: int) -> Image.Image:
    """Something with large soft shapes of a few colours, as a photograph has."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)


def cutout(colour: str, points: list[tuple[int, int]]) -> Image.Image:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(image).polygon(points, fill=colour)
    return image


def as_jpeg(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=60)
    return Image.open(io.BytesIO(stream.getvalue())).convert("RGB")


def on_a_canvas(image: Image.Image) -> Image.Image:
    canvas = Image.new("RGBA", (1200, 1500), (0, 0, 0, 0))
    canvas.paste(image, (300, 700))
    return canvas


def alike(a: Image.Image, b: Image.Image) -> float:
    return likeness(fingerprint(a), fingerprint(b))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: image.resize((150, 100)),
        lambda image: image.resize((900, 640)),
        as_jpeg,
        on_a_canvas,
        lambda image: image.convert("RGBA"),
        lambda image: image.point([min(255, level + 12) for level in range(256)] * 3),
    ],
    ids=["same", "smaller", "stretched", "jpeg", "on a canvas", "with alpha", "lighter"],
)
@pytest.mark.parametrize("seed", range(4))
def test_a_picture_stays_itself(seed: int, change: Callable[[Image.Image], Image.Image]) -> None:
    image = photograph(seed)
    assert alike(image, change(image)) >= 0.85


def test_two_photographs_are_not_alike() -> None:
    prints = [fingerprint(photograph(seed)) for seed in range(12)]
    others = [likeness(a, b) for i, a in enumerate(prints) for b in prints[:i]]
    assert max(others) < 0.7
    assert float(np.mean(others)) < 0.45
    assert likeness(prints[0], prints[1]) == likeness(prints[1], prints[0])


def test_cutouts_are_told_by_shape_and_colour_not_by_their_transparency() -> None:
    left, right = [(0, 0), (400, 0), (0, 390)], [(590, 390), (200, 390), (590, 0)]
    red = cutout("#d02020", left)
    assert alike(red, on_a_canvas(red)) >= 0.95
    assert alike(red, cutout("#2040d0", right)) < 0.4
    assert alike(red, cutout("#2040d0", left)) < alike(red, red) - 0.2


def test_flat_and_empty_pictures_are_told_by_their_colour() -> None:
    red, blue = Image.new("RGB", (40, 40), "#d02020"), Image.new("RGB", (300, 200), "#2040d0")
    empty = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert alike(red, red.resize((300, 200))) == 1.0
    assert alike(red, blue) < 0.7
    assert alike(empty, empty) == 1.0
    assert alike(empty, red) == 0.0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (2000, 2)])
def test_any_mode_and_any_size_will_do(mode: str, size: tuple[int, int]) -> None:
    image = Image.new(mode, size)
    assert alike(image, image) == 1.0
