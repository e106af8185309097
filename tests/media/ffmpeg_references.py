"""Pictures drawn by ffmpeg's own filters, and how like two pictures are, measured by ffmpeg: nothing of ours in it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from hotfolderd.media.graph import ffmpeg_path


def filtered(graph: str, *inputs: Path) -> Image.Image:
    """What the filter graph makes of the pictures (`[0:v]`, `[1:v]`, …); its output is called `out`."""
    names = [word for path in inputs for word in ("-i", str(path))]
    graph += ";[out]format=rgb24[rgb]"
    end = ["-map", "[rgb]", "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "pipe:1"]
    done = subprocess.run(
        [ffmpeg_path(), "-v", "error", *names, "-filter_complex", graph, *end], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    with tempfile.NamedTemporaryFile(suffix=".ppm") as file:
        file.write(done.stdout)
        file.flush()
        with Image.open(file.name) as image:
            return image.convert("RGB")


def ssim(one: Image.Image, two: Image.Image) -> float:
    """The structural similarity of two pictures of one size, 1 where they are the same."""
    assert one.size == two.size
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{name}.png") for name in ("one", "two")]
        for path, image in zip(paths, (one, two), strict=True):
            image.convert("RGB").save(path)
        names = [word for path in paths for word in ("-i", str(path))]
        graph = "[0:v]format=gbrp[a];[1:v]format=gbrp[b];[a][b]ssim"
        done = subprocess.run(
            [ffmpeg_path(), "-v", "info", *names, "-filter_complex", graph, "-f", "null", "-"],
            capture_output=True,
            check=True,
        )
    return float(re.findall(rb"All:([\d.]+)", done.stderr)[-1])


def photo(path: Path, size: tuple[int, int], seed: int = 1) -> Path:
    """A picture with soft colours and small detail everywhere, so that a shift of a few pixels shows."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    detail = np.random.default_rng(seed).normal(0, 1, (size[1] // 4 + 1, size[0] // 4 + 1))
    detail = np.kron(detail, np.ones((4, 4)))[: size[1], : size[0]] * 30
    waves = [128 + 90 * np.sin(x / (17 + seed) + phase) * np.cos(y / 23 + phase) for phase in (0, 2, 4 + seed)]
    pixels = np.stack([np.clip(wave + detail, 0, 255) for wave in waves], axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path
