"""A pattern for tests: its colour and number say which scene it is, and it may have any defect. See `Generator`.

The defects: `black`, `frozen`, `silent`, `blurred`, `short` (half as long); `fail` and `fail:3` (the first 3 attempts
fail), `refuse` (useless to ask again), `later` (asked too often).
"""

from __future__ import annotations

import colorsys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hotfolderd.errors import ConfigError, JobError, ToolError
from hotfolderd.film.generators import making
from hotfolderd.film.generators.limiter import LaterError
from hotfolderd.film.generators.order import ClipOrder, ClipReport

DEFECTS = ("black", "frozen", "silent", "blurred", "short", "fail", "refuse", "later")
_TONE_HZ = 220


class TestPattern:
    """See `Generator`. `by_scene` says the defect of single scenes, by their number."""

    __test__ = False
    name = "test"

    def __init__(self, defect: str = "", by_scene: Mapping[int, str] | None = None) -> None:
        self.defect, self.by_scene = defect, dict(by_scene or {})
        for one in (defect, *self.by_scene.values()):
            kind, _, times = one.partition(":")
            if one and (kind not in DEFECTS or (times and not (kind == "fail" and times.isdigit()))):
                raise ConfigError(f"generators.test: there is no defect {one!r}. Use one of: {', '.join(DEFECTS)}.")

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        began = time.monotonic()
        number = order.scene.number
        kind, _, times = self.by_scene.get(number, self.defect).partition(":")
        if kind == "refuse":
            raise JobError(f"scene {number}: the generator was told to refuse it. Change generators.test.")
        if kind == "later":
            raise LaterError(f"scene {number}: the generator was told to be asked later.", 60.0)
        if kind == "fail" and attempt <= (int(times) if times else attempt):
            raise ToolError(f"scene {number}: the generator was told to fail at attempt {attempt}. Try again.")
        frames = making.frames_of(order)
        if kind == "short":
            frames = max(1, frames // 2)
        with making.workplace(out) as work:
            pattern = making.as_input(_pattern(order), work / "pattern.rgb", order.video)
            seconds = making.length_s(order.video, frames)
            tone = making.silence(seconds) if kind == "silent" else _sound(order, number, seconds)
            making.encode(order, _spoiled(pattern, order, kind, frames), tone, out, timeout_s=timeout_s, frames=frames)
        return making.report(order, out, self.name, began)


def colour_of(number: int) -> tuple[int, int, int]:
    """The colour of a scene: no two of the first twelve are alike."""
    red, green, blue = colorsys.hsv_to_rgb(number * 5 % 12 / 12, 0.7, 0.85)
    return round(red * 255), round(green * 255), round(blue * 255)


def _pattern(order: ClipOrder) -> Image.Image:
    """A field of the scene's colour with fine rings and its number, wider than the video: it will be moved."""
    width, height = order.video.size
    chosen = np.random.default_rng(order.seed)
    y, x = np.ogrid[:height, : width * 2]
    middle = chosen.uniform(0.2, 0.8) * height, chosen.uniform(0.2, 0.8) * width
    rings = np.sin(np.hypot(x - middle[1], y - middle[0]) / max(3.0, height / 30))
    field = (0.87 + 0.13 * rings[:, :, None]) * np.asarray(colour_of(order.scene.number))
    picture = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(height / 2)
    for left in range(0, width * 2, max(2, width // 2)):
        pen.text((left + width / 4, height / 2), str(order.scene.number), fill="white", font=font, anchor="mm")
    return picture


def _spoiled(pattern: Any, order: ClipOrder, kind: str, frames: int) -> Any:
    width, height = order.video.size
    many = pattern.filter("loop", loop=frames, size=1)
    if kind == "black":
        return many.filter("crop", width, height, 0, 0).filter("lutyuv", y=16, u=128, v=128)
    if kind == "frozen":
        return many.filter("crop", width, height, 0, 0)
    moved = many.filter("crop", width, height, f"mod(n,{width // 2})", 0)
    return moved.filter("gblur", sigma=max(6.0, height / 40)) if kind == "blurred" else moved


def _sound(order: ClipOrder, number: int, seconds: float) -> Any:
    if order.narration is not None:
        return making.narrated(order, seconds)
    tone = f"sine=f={_TONE_HZ + 55 * (number % 12)}:r=48000:d={seconds:.6f}"
    return ffmpeg.input(tone, f="lavfi").audio.filter("volume", "5.8dB").filter("aformat", channel_layouts="stereo")
