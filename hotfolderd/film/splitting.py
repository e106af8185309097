"""The segments of a finished film: at its cuts, or where its manifest says.

Reads a film and its manifest; writes clips. Dissolves and fades are found by a manifest only: to the eye of ffmpeg
nothing ends there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import ffmpeg

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError
from hotfolderd.film.generators.making import fitted, silence
from hotfolderd.film.manifest import PlacedPart, read_parts
from hotfolderd.media.graph import even, examine, rate_of, source, write
from hotfolderd.media.video import Media, probe

MOST_PARTS = 999
MOST_FPS = 60
_SIDE_PX = 320
_CUT = re.compile(r"lavfi\.scd\.time: ([\d.]+)")


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One segment that was cut out of a film. `number` counts from 1; `segment` and `version` by the manifest."""

    number: int
    clip: Path
    in_s: float
    out_s: float
    title: str = ""
    segment: int | None = None
    version: int | None = None


def format_of(media: Media) -> dict[str, int | float]:
    """The `video:` of an episode out of a film: the size in which it is shown, and its rate (halved if too high)."""
    width, height = even(media.shown)
    fps = media.fps or 25.0
    while fps > MOST_FPS:
        fps /= 2
    return {"width": width, "height": height, "fps": round(fps, 3)}


def find_cuts(
    film: Path, *, threshold: float = 10.0, shortest_s: float = 0.5, timeout_s: float = 600
) -> tuple[float, ...]:
    """The moments at which another picture begins, in seconds, growing; empty where there is no cut.

    `threshold` is scdet's, 0 to 100. Of two cuts that lie nearer than `shortest_s` the first one counts. Raises
    JobError for a film that cannot be read.
    """
    media = _film(film)
    picture = source(film)["v:0"].filter("setpts", "PTS-STARTPTS")
    picture = picture.filter("scale", min(_SIDE_PX, media.width) // 2 * 2 or 2, -2, flags="fast_bilinear")
    graph = ffmpeg.output(picture.filter("scdet", threshold=threshold), "-", f="null")
    done = examine(graph, timeout_s=timeout_s)
    if done.code != 0:
        raise JobError(f"{film.name}: is damaged and cannot be split. Restore it from a copy.")
    cuts: list[float] = []
    for moment in sorted(float(found) for found in _CUT.findall(done.stderr)):
        if moment - (cuts[-1] if cuts else 0.0) >= shortest_s and media.duration_s - moment >= shortest_s:
            cuts.append(moment)
    return tuple(cuts)


def split_film(
    film: Path, folder: Path, *, manifest: Path | None = None, timeout_s: float = 1800
) -> tuple[SplitPart, ...]:
    """`folder` holds one clip for each segment, `001.mp4` and so on; one for all of it where there is no cut.

    Together they are the whole film, frame by frame: where two segments dissolve into each other, it is cut in the
    middle. Raises JobError for a film or a manifest that cannot be read, or that do not belong together.
    """
    media = _film(film)
    rate = rate_of(media.fps)
    placed: tuple[PlacedPart | None, ...] = (None,)
    moments: tuple[float, ...] = ()
    if manifest is not None:
        known = read_parts(manifest, sha256=sha256_of(film))
        placed = known
        moments = tuple((one.out_s + other.in_s) / 2 for one, other in pairwise(known))
    else:
        moments = find_cuts(film, timeout_s=timeout_s)
        placed = (None,) * (len(moments) + 1)
    if len(placed) > MOST_PARTS:
        raise JobError(f"{film.name}: has {len(placed)} segments, and {MOST_PARTS} are allowed. Split it by hand.")
    bounds = [0, *(round(moment * rate) for moment in moments), media.frames]
    if any(start >= end for start, end in pairwise(bounds)):
        raise JobError(f"{film.name}: is shorter than its manifest says. Leave the manifest out, or restore the film.")
    parts = []
    for number, ((start, end), by) in enumerate(zip(pairwise(bounds), placed, strict=True), 1):
        clip = folder / f"{number:03}.mp4"
        _cut_out(film, media, start, end - start, clip, timeout_s)
        parts.append(
            SplitPart(
                number,
                clip,
                round(float(start / rate), 4),
                round(float(end / rate), 4),
                by.title if by else "",
                by.segment if by else None,
                by.version if by else None,
            )
        )
    return tuple(parts)


def _film(film: Path) -> Media:
    media = probe(film)
    if not media.frames or not media.fps:
        raise JobError(f"{film.name}: holds no picture. Name a film.")
    return media


def _cut_out(film: Path, media: Media, start: int, frames: int, clip: Path, timeout_s: float) -> None:
    rate = rate_of(media.fps)
    # Half a frame earlier, so that rounding never leaves out the first one.
    picture = source(film, ss=f"{max(0.0, float((start - 0.5) / rate)):.6f}")["v:0"]
    picture = picture.filter("setpts", "PTS-STARTPTS").filter("fps", f"{rate.numerator}/{rate.denominator}")
    if (size := even(media.shown)) != (media.width, media.height):
        picture = picture.filter("scale", *size)
    picture = picture.filter("setsar", 1).filter("format", "yuv420p").filter("tpad", stop_mode="clone", stop=2)
    lasts = float(frames / rate)
    sound = silence(lasts)
    if media.audio_codec is not None:
        sound = fitted(source(film, ss=f"{float(start / rate):.6f}")["a:0"], lasts)
    exactly: dict[str, Any] = {"frames:v": frames}
    write(picture, clip, sound=sound, timeout_s=timeout_s, **exactly)
