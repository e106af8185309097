"""Clips for the tests of films, and what ffmpeg itself says of clips: none of it by the code that is tested."""

from __future__ import annotations

import math
import re
import struct
import subprocess
import wave
from pathlib import Path

from hotfolderd.film.generators.order import ClipOrder
from hotfolderd.film.generators.pattern import TestPattern, colour_of
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.media.graph import ffmpeg_path
from hotfolderd.media.video import frame_at

SMALL = VideoFormat(160, 90, 25)


def order_of(number: int, seconds: float = 1.0, *, seed: int = 1, video: VideoFormat = SMALL) -> ClipOrder:
    return ClipOrder(Scene(number, duration_s=seconds), video, seconds, seed)


def pattern(folder: Path, number: int, seconds: float = 1.0, defect: str = "", video: VideoFormat = SMALL) -> Path:
    out = folder / f"{number}{defect}.mp4"
    TestPattern(defect).generate(order_of(number, seconds, video=video), out, timeout_s=60)
    return out


def scene_at(film: Path, at_s: float, among: tuple[int, ...]) -> int:
    """Whose colour the film has at a moment: its hue, for all of a pattern is a shade of one colour."""
    red, green, blue = frame_at(film, at_s).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return min(among, key=lambda number: math.dist((red, green, blue), [0.87 * part for part in colour_of(number)]))


def said(*words: str | Path) -> str:
    done = subprocess.run(
        [ffmpeg_path(), "-hide_banner", "-nostdin", *map(str, words)], capture_output=True, check=False
    )
    return done.stdout.decode() + done.stderr.decode("utf-8", "replace")


def frame_digests(clip: Path) -> list[str]:
    lines = said("-v", "error", "-i", clip, "-map", "0:v", "-f", "framemd5", "-").splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if line and not line.startswith("#")]


def loudness(clip: Path) -> float:
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said("-i", clip, "-af", "ebur128", "-f", "null", "-"))[-1])


def tone(
    path: Path, seconds: float, *, hertz: float = 440, level: float = 0.3, quiet: tuple[float, float] = (0, 0)
) -> Path:
    """A tone as WAV, 22,050 Hz, one channel; silent from and to the moments of `quiet`."""
    rate = 22_050
    samples = [
        0 if quiet[0] <= at / rate < quiet[1] else round(level * 32767 * math.sin(2 * math.pi * hertz * at / rate))
        for at in range(round(seconds * rate))
    ]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path
