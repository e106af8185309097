"""The numbers of a clip, by one look of ffmpeg at it.

Reads clips; writes nothing. Black and frozen time is looked for in all frames, the rest in two a second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from hotfolderd.errors import JobError
from hotfolderd.film.sound import QUIET_DB, heard_in
from hotfolderd.media.frames_seen import clipped, frozen_in, look, mean, numbers_in
from hotfolderd.media.graph import examine, source
from hotfolderd.media.video import Media, probe

_SIDE_PX = 640
_FROZEN_S = 2.0
_BLACK = re.compile(r"black_start:\s*[\d.]+ black_end:\s*[\d.]+ black_duration:\s*([\d.]+)")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. None where it cannot be told: there is no sound, or a flat picture has no edges.

    `blur` and `blocks` are blurdetect's and blockdetect's means, `luma` 0 to 255, `clipped` the share of frames with
    crushed blacks or whites, `detail` and `motion` SI and TI of ITU-T P.910, loudness in LUFS, `true_peak_db` in dBFS.
    """

    duration_s: float
    width_px: int
    height_px: int
    fps: float
    frames: int
    size_bytes: int
    has_sound: bool
    blur: float | None
    blocks: float | None
    luma: float
    clipped: float
    detail: float
    motion: float
    black_s: float
    frozen_s: float
    silent_s: float
    loudness_lufs: float | None
    true_peak_db: float | None


def measure(clip: Path, *, timeout_s: float = 300) -> Measured:
    """The numbers of a clip. Raises JobError for one that cannot be read."""
    media = probe(clip)
    if not media.frames:
        raise JobError(f"{clip.name}: holds no picture. Replace the file.")
    length = media.frames / media.fps if media.fps else media.duration_s
    done = examine(_look(clip, media, length), timeout_s=timeout_s)
    if done.code != 0:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1].strip()
        raise JobError(f"{clip.name}: is damaged, ffmpeg's last words: {last}. Make it anew.")
    found = numbers_in(done.stdout)
    heard = heard_in(done.stderr, media.duration_s) if media.audio_codec else None
    return Measured(
        duration_s=round(length, 4),
        width_px=media.width,
        height_px=media.height,
        fps=media.fps,
        frames=media.frames,
        size_bytes=clip.stat().st_size,
        has_sound=heard is not None,
        blur=mean(found.get("blur", [])),
        blocks=mean(found.get("block", [])),
        luma=mean(found.get("signalstats.YAVG", [])) or 0.0,
        clipped=clipped(found),
        detail=mean(found.get("siti.si", [])) or 0.0,
        motion=mean(found.get("siti.ti", [])) or 0.0,
        black_s=min(length, sum(map(float, _BLACK.findall(done.stderr)))),
        frozen_s=frozen_in(done.stderr, length),
        silent_s=heard.silent_s if heard else 0.0,
        loudness_lufs=heard.loudness_lufs if heard else None,
        true_peak_db=heard.true_peak_db if heard else None,
    )


def _look(clip: Path, media: Media, length: float) -> object:
    opened = source(clip)
    side = min(_SIDE_PX, media.width) // 2 * 2 or 2
    picture = opened["v:0"].filter("scale", side, -2, flags="fast_bilinear")
    picture = picture.filter("blackdetect", d=0.1, pix_th=0.10)
    picture = picture.filter("freezedetect", n="-60dB", d=f"{min(_FROZEN_S, length / 2):.3f}")
    streams = [look(picture)]
    if media.audio_codec:
        sound = opened["a:0"].filter("aformat", channel_layouts="stereo")
        sound = sound.filter("ebur128", peak="true", framelog="quiet")
        streams.append(sound.filter("silencedetect", n=f"{QUIET_DB}dB", d=0.12))
    return ffmpeg.output(*streams, "-", f="null")
