"""The sound of a film: that of its clips, music under it, and as loud as it has to be.

Reads clips and music; writes WAV files.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from hotfolderd.errors import JobError, ToolError
from hotfolderd.film.joints import Joint, Plan, groups
from hotfolderd.film.sound import RATE_HZ, Heard, heard_in
from hotfolderd.media.graph import SOUND_FORMATS, examine, file_name, source

PEAK_DB = -1.5
WITHIN_LU = 0.2
_MOST_TRIES = 4
_BETWEEN_DB = 1.0
_FADE_S = 2.0
_CLICK_S = 0.004
_DUCKING = {"threshold": 0.05, "ratio": 8, "attack": 20, "release": 400}
_MOST_GAIN_DB = 40.0
_OF_THE_FILES = ("Invalid data", "whitelist", "matches no streams")  # a clip without a sound is no music


@dataclass(frozen=True, slots=True)
class Music:
    """What plays under a film: its share of its own loudness, and whether it is lowered while somebody speaks."""

    path: Path
    volume: float
    duck: bool


def mix(
    clips: Sequence[tuple[Path, bool]],
    plan: Plan,
    rate: Fraction,
    music: Music | None,
    out: Path,
    *,
    at_once: int,
    timeout_s: float,
) -> Heard:
    """`out` is the sound of the film as WAV, and what is heard in it; each clip says whether it has a sound.

    More than `at_once` clips are mixed so many at a time into files beside it, and these into one.
    """
    total = _samples(plan.total, rate)
    found = groups(len(clips), at_once)
    until = time.monotonic() + timeout_s
    mixed: list[Path] = []
    try:
        if len(found) == 1:
            sound = _mixed(clips, plan, rate, found[0])
        else:
            for group in found:
                mixed.append(out.with_name(f".{out.stem}.piece{len(mixed)}.wav"))
                _write(_mixed(clips, plan, rate, group), mixed[-1], max(1.0, until - time.monotonic()))
            sounds = [source(piece, formats="wav", **its_own(at))["a:0"] for at, piece in enumerate(mixed)]
            sound = _in_a_row(sounds, [plan.joints[last] for _, last in found[:-1]], rate)
        sound = sound.filter("apad", whole_len=total).filter("atrim", end_sample=total)
        if music is not None:
            sound = _with_music(sound, music, total)
        return _write(sound, out, max(1.0, until - time.monotonic()))
    finally:
        for piece in mixed:
            piece.unlink(missing_ok=True)


def _mixed(clips: Sequence[tuple[Path, bool]], plan: Plan, rate: Fraction, group: tuple[int, int]) -> Any:
    """The sound of the parts from the first to the last of a group."""
    first, last = group
    sounds = [_part(clips[at][0], plan, at, rate, has_sound=clips[at][1]) for at in range(first, last + 1)]
    return _in_a_row(sounds, plan.joints[first:last], rate)


def _in_a_row(sounds: Sequence[Any], joints: Sequence[Joint], rate: Fraction) -> Any:
    """One sound of several, each going over into the next by its joint."""
    runs: list[Any] = []
    run: list[Any] = []
    for at, sound in enumerate(sounds):
        run.append(sound)
        if at == len(sounds) - 1 or joints[at].kind == "dissolve":
            runs.append(run[0] if len(run) == 1 else ffmpeg.concat(*run, v=0, a=1))
            run = []
    whole = runs[0]
    crossings = [joint.frames for joint in joints if joint.kind == "dissolve"]
    for frames, following in zip(crossings, runs[1:], strict=True):
        whole = ffmpeg.filter([whole, following], "acrossfade", ns=_samples(frames, rate))
    return whole


def as_loud_as(sound: Path, heard: Heard, target_lufs: float, out: Path, *, timeout_s: float) -> Heard:
    """`out` is the sound with the loudness wanted, its peaks held below `PEAK_DB`; what is heard in it.

    The gain is measured, not guessed: where the limiter takes some of it away, it is corrected until it fits.
    """
    assert heard.loudness_lufs is not None
    gain = target_lufs - heard.loudness_lufs
    for _ in range(_MOST_TRIES):
        gain = min(gain, _MOST_GAIN_DB)
        stream = source(sound, formats="wav")["a:0"].filter("volume", f"{gain:.3f}dB")
        if (heard.true_peak_db or -99.0) + gain > PEAK_DB - _BETWEEN_DB:
            # Twice as many samples, so that what lies between two of them is held down too.
            stream = stream.filter("aresample", RATE_HZ * 2)
            stream = stream.filter("alimiter", level=0, limit=f"{PEAK_DB - 0.5:.2f}dB", attack=4, release=60)
            stream = stream.filter("aresample", RATE_HZ)
        now = _write(stream, out, timeout_s)
        if now.loudness_lufs is None or abs(now.loudness_lufs - target_lufs) <= WITHIN_LU:
            break
        gain += target_lufs - now.loudness_lufs
    return now


def _part(clip: Path, plan: Plan, at: int, rate: Fraction, *, has_sound: bool) -> Any:
    length = plan.lengths[at]
    samples = _samples(length, rate)
    how = {"sample_fmts": "fltp", "sample_rates": RATE_HZ, "channel_layouts": "stereo"}
    if has_sound:
        sound = source(clip, **its_own(at))["a:0"].filter("aresample", RATE_HZ).filter("aformat", **how)
        sound = sound.filter("asetpts", "PTS-STARTPTS").filter("apad", whole_len=samples)
        sound = sound.filter("atrim", end_sample=samples)
    else:
        lasts = f"{samples / RATE_HZ:.6f}"
        sound = ffmpeg.input(f"anullsrc=r={RATE_HZ}:cl=stereo", f="lavfi", t=lasts, **its_own(at)).audio.filter(
            "aformat", **how
        )
        return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
    begins, ends = fades(plan, at)
    click = min(int(_CLICK_S * RATE_HZ), samples // 2)
    crosses_in = at > 0 and plan.joints[at - 1].kind == "dissolve"
    crosses_out = at < len(plan.joints) and plan.joints[at].kind == "dissolve"
    if not crosses_in:
        sound = sound.filter("afade", type="in", start_sample=0, nb_samples=max(click, _samples(begins, rate)))
    if not crosses_out:
        takes = max(click, _samples(ends, rate))
        sound = sound.filter("afade", type="out", start_sample=samples - takes, nb_samples=takes)
    return sound


def its_own(at: int) -> dict[str, Any]:
    """What makes an input a part's own: ffmpeg-python takes two that are written the same way for one."""
    return {"thread_queue_size": 8 + at}


def fades(plan: Plan, at: int) -> tuple[int, int]:
    """How many frames a part takes to appear out of black, and to vanish into it."""
    last = len(plan.lengths) - 1
    begins = plan.opening[0] if at == 0 else _faded(plan, at - 1)
    ends = plan.opening[1] if at == last else _faded(plan, at)
    return begins, ends


def _faded(plan: Plan, joint: int) -> int:
    return plan.joints[joint].frames if plan.joints[joint].kind == "fade" else 0


def _with_music(sound: Any, music: Music, total: int) -> Any:
    how = {"sample_fmts": "fltp", "sample_rates": RATE_HZ, "channel_layouts": "stereo"}
    playing = source(music.path, formats=SOUND_FORMATS, stream_loop=-1)["a:0"].filter("aresample", RATE_HZ)
    playing = playing.filter("aformat", **how).filter("asetpts", "N/SR/TB").filter("atrim", end_sample=total)
    playing = playing.filter("volume", f"{music.volume:.4f}")
    fade = min(int(_FADE_S * RATE_HZ), total // 3)
    playing = playing.filter("afade", type="out", start_sample=total - fade, nb_samples=fade)
    if music.duck:
        heard, key = (split := sound.filter_multi_output("asplit"))[0], split[1]
        playing = ffmpeg.filter([playing, key], "sidechaincompress", **_DUCKING)
        sound = heard
    return ffmpeg.filter([sound, playing], "amix", inputs=2, normalize=0, duration="first")


def _write(sound: Any, out: Path, timeout_s: float) -> Heard:
    """Writes the sound and measures it in the same look; its peak is that of samples, which costs a third."""
    sound = sound.filter("ebur128", peak="sample", framelog="quiet")
    how = {"f": "wav", "acodec": "pcm_f32le", "ar": RATE_HZ, "progress": "pipe:1", "rf64": "auto"}
    done = examine(ffmpeg.output(sound, file_name(out), **how), timeout_s=timeout_s)
    if done.code != 0:
        last = " | ".join(line.strip() for line in done.stderr.strip().splitlines()[-4:])
        kind = JobError if any(words in last for words in _OF_THE_FILES) else ToolError
        raise kind(
            f"{out.name}: ffmpeg could not mix the sound, its last words: {last}. Look at the clips and the music."
        )
    return heard_in(done.stderr, out.stat().st_size / (RATE_HZ * 8))


def _samples(frames: int, rate: Fraction) -> int:
    return round(frames * RATE_HZ / rate)
