"""A slow move of the camera over a still picture.

Reads nothing; `framed` makes pictures, `moving` a part of a graph.
"""

from __future__ import annotations

import random
from typing import Any

from PIL import Image, ImageEnhance, ImageFilter

from hotfolderd.film.scene import VideoFormat

_FINE = 2
_MOST_PX = 3840
_OTHER_SHAPE = 1.35


def overscan(video: VideoFormat) -> tuple[int, int]:
    """The size of a picture for the camera: so many pixels more than the video that a slow move is seen as smooth."""
    fine = min(_FINE, max(1.0, _MOST_PX / max(video.size)))
    return int(video.width_px * fine) // 4 * 4, int(video.height_px * fine) // 4 * 4


def framed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture, filling `size`; one of quite another shape stands whole before itself, large, dark and blurred."""
    share = (picture.width / picture.height) / (size[0] / size[1])
    if 1 / _OTHER_SHAPE <= share <= _OTHER_SHAPE:
        return _covering(picture, size)
    small = max(2, size[0] // 8), max(2, size[1] // 8)
    ground = _covering(picture, small).filter(ImageFilter.GaussianBlur(max(1.0, small[1] / 24)))
    ground = ImageEnhance.Brightness(ground).enhance(0.5).resize(size, Image.Resampling.BICUBIC)
    scale = min(size[0] / picture.width, size[1] / picture.height) * 0.86
    whole = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    shown = picture.resize(whole, Image.Resampling.LANCZOS, reducing_gap=3.0)
    ground.paste(shown, ((size[0] - whole[0]) // 2, (size[1] - whole[1]) // 2))
    return ground


def _covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = max(size[0] / picture.width, size[1] / picture.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    box = (left, top, left + width, top + height)
    return picture.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def moving(stream: Any, video: VideoFormat, frames: int, seed: int) -> Any:
    """`frames` frames of a stream of one: in, out, to the left or to the right, as the seed will have it."""
    chosen = random.Random(f"camera {seed}")
    move = chosen.choice(("in", "out", "left", "right"))
    amount = chosen.uniform(0.12, 0.2)
    across, down = chosen.uniform(0.3, 0.7), chosen.uniform(0.35, 0.65)
    done = f"(on/{max(1, frames - 1)})"
    eased = f"({done}*{done}*(3-2*{done})*0.55+{done}*0.45)"
    zoom = {"in": f"1+{amount:.4f}*{eased}", "out": f"1+{amount:.4f}*(1-{eased})"}.get(move, f"{1 + amount:.4f}")
    x = {"left": f"(0.78-0.56*{eased})", "right": f"(0.22+0.56*{eased})"}.get(move, f"{across:.4f}")
    return stream.filter(
        "zoompan",
        z=zoom,
        x=f"(iw-iw/zoom)*{x}",
        y=f"(ih-ih/zoom)*{down:.4f}",
        d=frames,
        s=f"{video.width_px}x{video.height_px}",
        fps=video.fps,
    ).filter("setsar", 1)
