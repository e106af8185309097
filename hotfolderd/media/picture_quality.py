"""How good the pictures of a video are, measured by one look of ffmpeg: sharp, well exposed, moving, not black.

Reads one video; writes nothing. Two frames a second are looked at, for black and frozen time all of them; where
nothing moves, one second stands for the whole. The limits and weights are those of the requirements.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from hotfolderd.errors import ToolError
from hotfolderd.media.frames_seen import Numbers, clipped, frozen_in, look, mean, numbers_in
from hotfolderd.media.graph import examine, source
from hotfolderd.media.video import Media

_SIDE_PX = 640
_BLACK_S, _FROZEN_S = 0.5, 2.0
_SHORT_S = 0.5
_BLACK = re.compile(r"black_duration:\s*([\d.]+)")
_BLURRED, _SHARP = 12.0, 4.0
_FLAT_DETAIL, _FULL_DETAIL = 20.0, 60.0
_BEST_LUMA = 118.0
_STILL, _MOVING, _WILD = 0.5, 2.0, 25.0
_BLOCKS_AT_MOST = 8.0


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """Scores from 0 (bad) to 1, and what was measured.

    `blur` is the mean width of edges in pixels, `blocks` the blockiness (both None where a picture is flat), `luma` the
    mean brightness (0 to 255), `detail` and `motion` are SI and TI of ITU-T P.910. `black_s` and `frozen_s` are seconds
    of the whole video. Where nothing is to move, stillness costs nothing.
    """

    score: float
    sharpness: float
    exposure: float
    motion_score: float
    compression: float
    black_s: float
    frozen_s: float
    blur: float | None
    blocks: float | None
    luma: float
    detail: float
    motion: float

    def as_dict(self) -> dict[str, float | None]:
        """As it lies in `metrics.json`, three digits behind the point."""
        return {name: None if value is None else round(value, 3) for name, value in asdict(self).items()}


def picture_quality(video: Path, media: Media, *, still: bool) -> PictureQuality:
    """What is measured of a video of ours; `media` is what `video.probe` found in it, `still`: nothing moves in it.

    Raises ToolError where ffmpeg cannot look at it.
    """
    done = examine(_look(video, media, still=still), timeout_s=60 + 10 * media.duration_s)
    if done.code != 0:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1].strip()
        raise ToolError(f"{video.name}: ffmpeg cannot measure it, its last words: {last}. Retry.")
    found = numbers_in(done.stdout)
    if not found.get("signalstats.YAVG"):
        raise ToolError(f"{video.name}: ffmpeg measured no picture in it. Use an ffmpeg that has signalstats and siti.")
    return _judged(found, done.stderr, media.duration_s, still=still)


def _look(video: Path, media: Media, *, still: bool) -> Any:
    opened = source(video, t=1.0) if still else source(video)
    # Never larger than it is: enlarged edges would count as blurred.
    picture = opened["v:0"].filter("scale", min(_SIDE_PX, media.width), -2)
    if media.duration_s < _SHORT_S:  # or there may be no look at it
        picture = picture.filter("tpad", stop_mode="clone", stop_duration=_SHORT_S)
    frozen_s = min(_FROZEN_S, media.duration_s / 2)
    black_s = min(_BLACK_S, media.duration_s / 2)
    picture = picture.filter("blackdetect", d=f"{black_s:.3f}", pix_th=0.10)
    picture = picture.filter("freezedetect", n="-60dB", d=f"{frozen_s:.3f}")
    return ffmpeg.output(look(picture), "-", f="null")


def _judged(found: Numbers, words: str, length_s: float, *, still: bool) -> PictureQuality:
    blur, blocks = mean(found.get("blur", [])), mean(found.get("block", []))
    luma, detail = mean(found["signalstats.YAVG"]) or 0.0, mean(found.get("siti.si", [])) or 0.0
    motion = 0.0 if still else mean(found.get("siti.ti", [])) or 0.0
    black_s = sum(map(float, _BLACK.findall(words)))
    black_s = (length_s if black_s else 0.0) if still else min(length_s, black_s)
    frozen_s = length_s if still else frozen_in(words, length_s)
    sharpness = _sharpness(blur, detail)
    exposure = _share(1 - abs(luma - _BEST_LUMA) / _BEST_LUMA - clipped(found) / 2)
    motion_score = 1.0 if still else _motion(motion)
    compression = 1.0 if blocks is None else _share((_BLOCKS_AT_MOST - blocks) / (_BLOCKS_AT_MOST - 1))
    lively = 1.0 if still else _share(1 - frozen_s / length_s)
    shown = (_share(1 - 2 * black_s / length_s) + lively) / 2
    return PictureQuality(
        score=0.35 * sharpness + 0.2 * exposure + 0.2 * motion_score + 0.1 * compression + 0.15 * shown,
        sharpness=sharpness,
        exposure=exposure,
        motion_score=motion_score,
        compression=compression,
        black_s=black_s,
        frozen_s=frozen_s,
        blur=blur,
        blocks=blocks,
        luma=luma,
        detail=detail,
        motion=motion,
    )


def _sharpness(blur: float | None, detail: float) -> float:
    """By how wide edges are; a picture without any is judged by its detail."""
    if blur is None:
        return _share((detail - _FLAT_DETAIL) / (_FULL_DETAIL - _FLAT_DETAIL))
    return _share((_BLURRED - blur) / (_BLURRED - _SHARP))


def _motion(motion: float) -> float:
    if motion < _STILL:
        return 0.0
    if motion < _MOVING:
        return (motion - _STILL) / (_MOVING - _STILL)
    return 1.0 if motion <= _WILD else _share(1 - (motion - _WILD) / _WILD)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
