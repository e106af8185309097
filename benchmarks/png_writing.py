"""How much processor time writing a layer as PNG takes, against Pillow's default, in the same run.

    python benchmarks/png_writing.py [PICTURE…]

Without pictures it takes two that it makes: a gradient with a soft-edged shape, and noise. Ratios below 1 are quicker;
milliseconds are this machine's only.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from hotfolderd.media.pictures import open_picture
from hotfolderd.media.png import deflater, packed_rows, write_png

ROUNDS = 3


def artwork(width: int = 2000, height: int = 2000) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    radius = np.hypot(x - width / 2, y - height / 2)
    soft = np.clip((width * 0.45 - radius) / 40, 0, 1) * 255
    bands = [x * 255 / width, y * 255 / height, 128 + 100 * np.sin(radius / 60), soft]
    return Image.fromarray(np.stack(bands, axis=2).astype(np.uint8))


def noise(width: int = 2000, height: int = 2000) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 4), dtype=np.uint8))


def cpu_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def main(names: list[str]) -> None:
    pictures = {Path(name).name: open_picture(Path(name)) for name in names}
    pictures = pictures or {"artwork": artwork(), "noise": noise()}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.png")
        for name, picture in pictures.items():
            default = io.BytesIO()
            base = cpu_s(lambda image=picture: image.save(io.BytesIO(), "PNG"))  # type: ignore[misc]
            picture.save(default, "PNG")
            ours = cpu_s(lambda image=picture: write_png(image, out))  # type: ignore[misc]
            stdlib = cpu_s(lambda image=picture: sum(map(len, packed_rows(image, deflater(isal=False)))))  # type: ignore[misc]
            with Image.open(out) as read:
                assert read.tobytes() == picture.tobytes(), "not the same pixels"
            print(
                f"{name}: {picture.width}×{picture.height} {picture.mode}, Pillow's default {base * 1000:.0f} ms; "
                f"write_png {ours / base:.3f}, with the standard library {stdlib / base:.3f}; "
                f"size {out.stat().st_size / len(default.getvalue()):.2f} of Pillow's"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
