"""What the preview of a comp costs, against ffmpeg alone and against composing every frame.

    python benchmarks/preview.py

The comp, 1920×1080 for 10 s, is a picture, a cut-out on it, a masked solid and a line of text. It stands still, or the
solid moves for its first two seconds. Composing every frame: the same four laid on each other by Pillow for each frame,
each opened once, and given to the same ffmpeg. Times are processor time, that of ffmpeg included; ratios below 1 are
quicker, milliseconds are those of this machine only.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
from PIL import Image, ImageDraw, ImageFont
from yardsticks.measuring import cpu_s, show

from hotfolderd.engine import heap
from hotfolderd.media import compositor, preview, video
from hotfolderd.media.graph import ffmpeg_path

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


def make_project(folder: Path) -> tuple[Path, tuple[int, int], dict[str, Path]]:
    """A project with the comp twice, still and moving; its path, the comps' ids and the footage."""
    footage = [artwork(folder / "ground.png", SIZE, 1), artwork(folder / "cutout.png", (900, 1000), 2, soft=True)]
    project: Any = py_aep.new().project
    comps = [make_comp(project, name, footage) for name in ("Card", "Moving card")]
    bar = next(layer for layer in comps[1].layers if layer.name == "Bar").transform["ADBE Position"]
    bar.set_value_at_time(0.0, [700, 900, 0])
    bar.set_value_at_time(2.0, [800, 900, 0])
    project.save(folder / "card.aep")
    return folder / "card.aep", (comps[0].id, comps[1].id), {path.name: path for path in footage}


def make_comp(project: Any, name: str, footage: list[Path]) -> Any:
    comp = project.root_folder.add_comp(name, *SIZE, 1.0, SECONDS, 25.0)
    for path in footage:
        comp.add(project.import_file(py_aep.ImportOptions(str(path))))
    bar = comp.add_solid([0.1, 0.1, 0.2], "Bar", 1200, 160, 1.0)
    bar.transform["ADBE Position"].value = [800, 900, 0]
    bar.masks.add_property("ADBE Mask Atom")
    words = comp.add_text("Final whistle at half past nine")
    words.text["ADBE Text Document"].value.font_size = 80
    words.transform["ADBE Position"].value = [260, 930, 0]
    return comp


def loop_alone(picture: Path, out: Path) -> None:
    """The same picture through ffmpeg's `loop` filter, with the codec's settings that a person would write."""
    frames = round(SECONDS * FPS)
    graph = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=loop={frames - 1}:size=1,setpts=N/{FPS}/TB"
    encode = ["-r", f"{FPS:g}", "-frames:v", str(frames), "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
    subprocess.run([ffmpeg_path(), "-v", "error", "-y", "-i", picture, "-vf", graph, *encode, out], check=True)


def each_frame(footage: dict[str, Path], out: Path) -> None:
    """What one writes first: a loop over the frames, each put together in Python."""
    ground, cutout = (Image.open(footage[name]).convert("RGBA") for name in ("ground.png", "cutout.png"))
    bar, font = Image.new("RGBA", (1200, 160), (25, 25, 51, 255)), ImageFont.load_default(80)

    def frames() -> Iterator[Image.Image]:
        for _ in range(round(SECONDS * FPS)):
            frame = ground.copy()
            frame.alpha_composite(cutout, (510, 40))
            frame.alpha_composite(bar, (200, 820))
            ImageDraw.Draw(frame).text((260, 930), "Final whistle at half past nine", font=font, anchor="ls")
            yield frame.convert("RGB")

    video.frames_to_video(frames(), out, SIZE, FPS)


def main() -> None:
    heap.hold()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, comps, footage = make_project(folder)
        still, moving = comps
        drawn = compositor.draw(project, still, footage)
        assert drawn.still
        picture = next(drawn.frames)
        picture.save(folder / "drawn.png")

        def ours(comp: int) -> Callable[[], object]:
            return lambda: preview.draw_comp(compositor.draw(project, comp, footage), folder / f"{comp}.mp4")

        own, loop, alone, every, moved = cpu_s(
            ours(still),
            lambda: loop_alone(folder / "drawn.png", folder / "loop.mp4"),
            lambda: video.still_to_video(picture, folder / "alone.mp4", SIZE, FPS, SECONDS),
            lambda: each_frame(footage, folder / "each.mp4"),
            ours(moving),
        )
        frames = list(compositor.draw(project, moving, footage).frames)
        fresh = len({id(frame) for frame in frames})
    show("still comp, read, drawn, encoded : ffmpeg's loop filter on the drawn picture", own, loop, 1.1)
    show("still comp : our own encoding of the drawn picture alone", own, alone)
    show("still comp : each frame composed in Python", own, every, 0.2)
    show("comp that moves for a fifth of its time : each frame composed in Python", moved, every)
    print(f"of its {len(frames)} frames {fresh} are drawn, the others shown again")


if __name__ == "__main__":
    main()
