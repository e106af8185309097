"""How good a clip is, really measured: one look of ffmpeg at it, and scores made of the numbers.

Reads clips and pictures; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.film.consistency import consistency_of
from hotfolderd.film.measuring import Measured, measure
from hotfolderd.film.scene import VideoFormat

__all__ = ["Expected", "Measured", "Quality", "consistency_of", "judge", "measure", "quality_of"]

# The limits and weights are those of the requirements, tried on clips of all generators and on spoiled ones.
_BLURRED, _SHARP = 12.0, 4.0
_DETAIL_BLURRED, _DETAIL_SHARP = 20.0, 60.0
_BEST_LUMA = 118.0
_STILL, _MOVING, _WILD = 0.15, 2.0, 25.0
_QUIET_LU = 12.0
_LOUD_PEAK_DB = -1.0
_CUT_S = 0.1
_WEIGHTS = {"sharpness": 0.35, "exposure": 0.2, "motion": 0.2, "compression": 0.1, "picture": 0.15}
_GATES = frozenset(("unreadable", "empty", "black", "silent", "wrong_duration", "no_sound", "wrong_format"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a clip ought to be. `sound`: something is to be heard; `motion`: something is to move.

    `stands_s`: for so long its last frame stands in place of what is missing; that does not count as its length.
    `voice_s`: when the voice that is under it ends, 0 where there is none.
    """

    duration_s: float | None = None
    video: VideoFormat | None = None
    sound: bool = False
    motion: bool = True
    target_lufs: float = -16.0
    stands_s: float = 0.0
    voice_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Scores from 0 to 1 and what is wrong. `needs_attention`: never to be approved without a person."""

    overall: float
    visual: float
    sound: float | None
    consistency: float | None
    scores: Mapping[str, float]
    flags: tuple[str, ...]
    needs_attention: bool
    measured: Measured | None

    def as_dict(self) -> dict[str, object]:
        """All of it as JSON knows it: rounded numbers, no nan."""
        return {
            "overall": self.overall,
            "visual": self.visual,
            "sound": self.sound,
            "consistency": self.consistency,
            "scores": dict(self.scores),
            "flags": list(self.flags),
            "needs_attention": self.needs_attention,
            "measured": None if self.measured is None else {k: _short(v) for k, v in asdict(self.measured).items()},
        }


def quality_of(
    clip: Path,
    expected: Expected,
    *,
    references: Sequence[Path] = (),
    previous: Path | None = None,
    timeout_s: float = 300,
) -> Quality:
    """Measured and judged; a clip that cannot be read is `unreadable` with 0, not an error."""
    try:
        measured = measure(clip, timeout_s=timeout_s)
    except JobError:
        return Quality(0.0, 0.0, None, None, {}, ("unreadable",), needs_attention=True, measured=None)
    try:
        alike = consistency_of(clip, references, previous)
    except JobError:  # what it is compared with cannot be read: that is no fault of the clip
        alike = None
    return judge(measured, expected, consistency=alike)


def judge(measured: Measured, expected: Expected, *, consistency: float | None = None) -> Quality:
    """The scores and flags that the numbers give; pure."""
    length = max(measured.duration_s, 0.001)
    scores = {
        "sharpness": _sharpness(measured),
        "exposure": _clamp(1 - abs(measured.luma - _BEST_LUMA) / _BEST_LUMA) * (1 - 0.5 * measured.clipped),
        "motion": _motion(measured.motion) if expected.motion else 1.0,
        "compression": 1.0 if measured.blocks is None else _clamp((8 - measured.blocks) / 7),
        "black": _clamp(1 - 2 * measured.black_s / length),
        "freeze": _clamp(1 - measured.frozen_s / length) if expected.motion else 1.0,
        "duration": 1.0
        if not expected.duration_s
        else _clamp(1 - abs(measured.duration_s - expected.stands_s - expected.duration_s) / expected.duration_s),
    }
    seen = {**scores, "picture": (scores["black"] + scores["freeze"]) / 2}
    visual = sum(weight * seen[name] for name, weight in _WEIGHTS.items())
    sound = _sound(measured, expected)
    if sound is not None:
        scores["loudness"] = sound
    flags = _flags(measured, expected, scores)
    overall = _mean(((0.6, visual), (0.25, consistency), (0.15, sound))) * min(1.0, 0.4 + 0.6 * scores["duration"])
    return Quality(
        overall=round(overall, 3),
        visual=round(visual, 3),
        sound=None if sound is None else round(sound, 3),
        consistency=None if consistency is None else round(consistency, 3),
        scores={name: round(score, 3) for name, score in scores.items()},
        flags=flags,
        needs_attention=bool(_GATES & set(flags)),
        measured=measured,
    )


def _sharpness(measured: Measured) -> float:
    """By how wide edges are; a picture without any has no detail, and is judged by that."""
    if measured.blur is None:
        return _clamp((measured.detail - _DETAIL_BLURRED) / (_DETAIL_SHARP - _DETAIL_BLURRED))
    return _clamp((_BLURRED - measured.blur) / (_BLURRED - _SHARP))


def _motion(motion: float) -> float:
    if motion < _STILL:
        return 0.0
    if motion <= _MOVING:
        return 0.6 + 0.4 * (motion - _STILL) / (_MOVING - _STILL)
    return _clamp(1 - (motion - _WILD) / _WILD) if motion > _WILD else 1.0


def _sound(measured: Measured, expected: Expected) -> float | None:
    """How near the loudness lies to the target; None where nothing is to be heard."""
    if not expected.sound:
        return None
    if not measured.has_sound or measured.loudness_lufs is None:
        return 0.0
    score = _clamp(1 - abs(measured.loudness_lufs - expected.target_lufs) / _QUIET_LU)
    return score * (0.5 if (measured.true_peak_db or -99.0) > _LOUD_PEAK_DB else 1.0)


def _flags(measured: Measured, expected: Expected, scores: Mapping[str, float]) -> tuple[str, ...]:
    length = max(measured.duration_s, 0.001)
    black = measured.black_s / length > 0.3
    wanted = expected.video
    wrong_size = wanted is not None and (
        (measured.width_px, measured.height_px) != wanted.size or abs(measured.fps - wanted.fps) > 0.02
    )
    found = {
        "empty": measured.frames == 0,
        "black": black,
        "frozen": expected.motion and not black and measured.frozen_s / length > 0.5,
        "blurred": not black and scores["sharpness"] < 0.35,
        "wrong_duration": scores["duration"] < 0.9,
        "no_sound": expected.sound and not measured.has_sound,
        "silent": expected.sound and measured.has_sound and measured.loudness_lufs is None,
        "voice_cut": expected.voice_s > measured.duration_s + _CUT_S,
        "clipped_sound": (measured.true_peak_db or -99.0) > _LOUD_PEAK_DB,
        "wrong_format": wrong_size,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _mean(parts: Sequence[tuple[float, float | None]]) -> float:
    known = [(weight, score) for weight, score in parts if score is not None]
    return sum(weight * score for weight, score in known) / sum(weight for weight, _ in known)


def _clamp(score: float) -> float:
    return min(1.0, max(0.0, score))


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value
