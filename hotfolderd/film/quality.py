"""How good a clip is, really measured: one look of ffmpeg at it, and scores made of the numbers.

Reads clips and pictures; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.film.scene import VideoFormat


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


@dataclass(frozen=True, slots=True)
class Expected:
    """What a clip ought to be. `sound`: something is to be heard; `motion`: something is to move."""

    duration_s: float | None = None
    video: VideoFormat | None = None
    sound: bool = False
    motion: bool = True
    target_lufs: float = -16.0


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
        raise NotImplementedError


def measure(clip: Path, *, timeout_s: float = 300) -> Measured:
    """The numbers of a clip. Raises JobError for one that cannot be read."""
    raise NotImplementedError


def judge(measured: Measured, expected: Expected, *, consistency: float | None = None) -> Quality:
    """The scores and flags that the numbers give; pure."""
    raise NotImplementedError


def quality_of(
    clip: Path, expected: Expected, *, references: Sequence[Path] = (), previous: Path | None = None
) -> Quality:
    """Measured and judged; a clip that cannot be read is `unreadable` with 0, not an error."""
    raise NotImplementedError


def consistency_of(clip: Path, references: Sequence[Path] = (), previous: Path | None = None) -> float | None:
    """How much a clip looks like pictures of reference and like its previous version, 0 to 1; None without either."""
    raise NotImplementedError
