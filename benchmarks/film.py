"""How long films take, beside what ffmpeg alone takes for the same pictures.

    python benchmarks/film.py

Ten clips of 5 s at 720p are made and compiled. Each number is the best of three, as wall time and as time of the
processors; ratios are of the processors' time, which a busy machine falsifies less.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.film.assets import make_narration
from hotfolderd.film.compilation import FilmOrder, FilmPart, Transition, compile_film
from hotfolderd.film.generators.order import ClipOrder
from hotfolderd.film.generators.storyboard import Storyboard
from hotfolderd.film.measuring import measure
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.media.graph import ffmpeg_path

VIDEO = VideoFormat(1280, 720, 25)
CLIPS, LENGTH_S = 10, 5.0
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p")
ROUNDS = int(os.environ.get("ROUNDS", "3"))


def best(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time and time of the processors, of this process and those it starts, in seconds."""
    found = []
    for _ in range(ROUNDS):
        wall, before = time.monotonic(), os.times()
        work()
        after = os.times()
        used = sum(after[:4]) - sum(before[:4])
        found.append((time.monotonic() - wall, used))
    return min(wall for wall, _ in found), min(used for _, used in found)


def bare(*words: str | Path) -> None:
    subprocess.run([ffmpeg_path(), "-v", "error", "-nostdin", "-y", *map(str, words)], check=True)


def clip(number: int, folder: Path) -> Path:
    texts = ["Sarah cleans a chart.", "The storm gathers.", "Nobody answers the door."]
    scene = Scene(number, f"Scene {number}", texts[number % 3], ("Sarah",), "Easy, boy. It will pass.", LENGTH_S)
    out, voice = folder / f"{number:02}.mp4", folder / "voice.wav"
    if not voice.exists():
        make_narration(scene, voice)
    order = ClipOrder(scene, VIDEO, LENGTH_S, seed=number, title="A film", narration=voice)
    Storyboard().generate(order, out, timeout_s=300)
    return out


def main() -> int:
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = [clip(number, folder) for number in range(1, CLIPS + 1)]
        frames = folder / "frames.y4m"
        bare("-i", clips[0], "-an", "-pix_fmt", "yuv420p", frames)
        row("storyboard clip, 5 s, 720p", best(lambda: clip(1, folder)))
        encode = best(lambda: bare("-i", frames, *X264, folder / "bare.mp4"))
        row("  bare encode of its frames", encode, best(lambda: clip(1, folder))[1] / encode[1])
        quality = best(lambda: measure(clips[0]))
        decode = best(lambda: bare("-i", clips[0], "-f", "null", "-"))
        row("quality of a clip", quality)
        row("  bare decode of it", decode, quality[1] / decode[1])
        listed = folder / "list.txt"
        listed.write_text("".join(f"file '{one}'\n" for one in clips))
        joined = ("-f", "concat", "-safe", "0", "-i", listed)
        whole = best(lambda: bare(*joined, *X264, "-c:a", "aac", "-b:a", "160k", folder / "bare.mp4"))
        row("bare encode of 10 clips, one pass", whole)
        parts = tuple(FilmPart(at, one, 1, f"Scene {at}") for at, one in enumerate(clips, 1))
        for transition in ("fade", "dissolve", "cut"):
            order = film(parts, transition)
            used = best(lambda o=order: compile_film(o, folder, "film"))
            row(f"film of 10 clips, {transition}", used, used[1] / whole[1])
        copied = best(lambda: bare(*joined, "-c", "copy", folder / "bare.mp4"))
        row("  bare copy of 10 clips", copied)
    return 0


def film(parts: tuple[FilmPart, ...], transition: Transition) -> FilmOrder:
    return FilmOrder(parts, VIDEO, "A film", transition)


def row(what: str, times: tuple[float, float], ratio: float | None = None) -> None:
    print(f"{what:38} {times[0]:7.2f} s {times[1]:7.2f} s of processors" + (f"   ratio {ratio:.2f}" if ratio else ""))


if __name__ == "__main__":
    sys.exit(main())
