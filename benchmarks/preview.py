"""What the preview of a comp that does not move costs, against ffmpeg alone and against composing every frame.

    python benchmarks/preview.py

The comp, 1920×1080 for 10 s, is a picture, a cut-out on it, a masked solid and a line of text. Times are processor
time, that of ffmpeg included; ratios below 1 are quicker, milliseconds are those of this machine only.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
from PIL import Image

from hotfolderd.media import compositor, preview, video
from hotfolderd.media.graph import ffmpeg_path

ROUNDS = 5
SIZE, SECONDS, FPS = (1920, 1080), 10.0, 10.0


def artwork(path: Path, size: tuple[int, int], seed: int, *, soft: bool = False) -> Path:
    """A picture with shades and some detail; `soft`: with soft edges."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    grain = np.random.default_rng(seed).normal(0, 4, (size[1], size[0]))
    bands = [128 + 80 * np.sin(x / (90 + seed) + i) * np.cos(y / 130 + i) + grain for i in range(3)]
    if soft:
        away = np.hypot((x / size[0] - 0.5) * 2, (y / size[1] - 0.5) * 2)
        bands.append(np.clip((0.95 - away) * 2000, 0, 255))
    Image.fromarray(np.clip(np.stack(bands, axis=2), 0, 255).astype(np.uint8)).save(path, compress_level=1)
    return path


def make_project(folder: Path) -> tuple[Path, int, dict[str, Path]]:
    """A project with the comp; its path, the comp's id and the footage."""
    footage = [artwork(folder / "ground.png", SIZE, 1), artwork(folder / "cutout.png", (900, 1000), 2, soft=True)]
    project: Any = py_aep.new().project
    comp = project.root_folder.add_comp("Card", *SIZE, 1.0, SECONDS, 25.0)
    for path in footage:
        comp.add(project.import_file(py_aep.ImportOptions(str(path))))
    bar = comp.add_solid([0.1, 0.1, 0.2], "Bar", 1200, 160, 1.0)
    bar.transform["ADBE Position"].value = [800, 900, 0]
    bar.masks.add_property("ADBE Mask Atom")
    words = comp.add_text("Final whistle at half past nine")
    words.text["ADBE Text Document"].value.font_size = 80
    words.transform["ADBE Position"].value = [260, 930, 0]
    project.save(folder / "card.aep")
    return folder / "card.aep", comp.id, {path.name: path for path in footage}


def cpu_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = used_s()
        work()
        best = min(best, used_s() - began)
    return best


def used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def loop_alone(picture: Path, out: Path) -> None:
    """The same picture through ffmpeg's `loop` filter, with the codec's settings that a person would write."""
    frames = round(SECONDS * FPS)
    graph = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=loop={frames - 1}:size=1,setpts=N/{FPS}/TB"
    encode = ["-r", f"{FPS:g}", "-frames:v", str(frames), "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
    subprocess.run([ffmpeg_path(), "-v", "error", "-y", "-i", picture, "-vf", graph, *encode, out], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, comp, footage = make_project(folder)

        def ours() -> None:
            drawing = compositor.draw(project, comp, footage)
            preview.draw_comp(drawing, folder / "ours.mp4")

        def each_frame() -> None:
            def frames() -> Iterator[Image.Image]:
                for _ in range(round(SECONDS * FPS)):
                    yield next(compositor.draw(project, comp, footage).frames)

            video.frames_to_video(frames(), folder / "each.mp4", SIZE, FPS)

        drawn = compositor.draw(project, comp, footage)
        assert drawn.still
        next(drawn.frames).save(folder / "drawn.png")
        still = next(compositor.draw(project, comp, footage).frames)
        alone = cpu_s(lambda: video.still_to_video(still, folder / "alone.mp4", SIZE, FPS, SECONDS))
        own, loop = cpu_s(ours), cpu_s(lambda: loop_alone(folder / "drawn.png", folder / "loop.mp4"))
        began = used_s()
        each_frame()
        every = used_s() - began
    print(f"read, drawn and encoded: {own * 1000:.0f} ms of processor time")
    print(f"against the drawn picture through ffmpeg's loop filter: {own / loop:.2f} (to reach: 1.1)")
    print(f"against our own encoding of the drawn picture alone: {own / alone:.2f}")
    print(f"against composing each frame in Python: {own / every:.3f} (to reach: 0.2)")


if __name__ == "__main__":
    main()
