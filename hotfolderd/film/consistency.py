"""How much a clip looks like what it ought to look like: pictures of reference, and the version before it.

Reads clips and pictures; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from hotfolderd.media.pictures import flattened
from hotfolderd.media.video import frame_at, open_picture, probe

_SIDE_PX = 160
_CLIPS = (".mp4", ".mov", ".mkv", ".webm")
_AT = (0.25, 0.5, 0.75)
_UNRELATED = 0.4

Pixels = npt.NDArray[np.float32]


def consistency_of(clip: Path, references: Sequence[Path] = (), previous: Path | None = None) -> float | None:
    """How much a clip looks like pictures (or clips) of reference and like its previous version, 0 to 1.

    None without either. Colours and the rough shapes count against references, the structure as well against the
    previous version. Raises JobError for a file that cannot be read.
    """
    if not references and previous is None:
        return None
    frames = _frames(clip)
    scores: list[float] = []
    for reference in references:
        others = (
            _frames(reference)
            if reference.suffix.lower() in _CLIPS
            else [flattened(open_picture(reference, upright=True))]
        )
        scores.append(max(_likeness(one, other) for one in frames for other in others))
    if previous is not None:
        pairs = list(zip(frames, _frames(previous), strict=True))
        alike = [(0.5 * _likeness(one, other) + 0.5 * _structure(one, other)) for one, other in pairs]
        scores.append(sum(alike) / len(alike))
    return sum(scores) / len(scores)


def _frames(clip: Path) -> list[Image.Image]:
    length = probe(clip).duration_s
    return [frame_at(clip, length * share) for share in _AT]


def _likeness(one: Image.Image, other: Image.Image) -> float:
    """Half by the colours, half by the rough shapes."""
    colours = float(np.minimum(_histogram(one), _histogram(other)).sum())
    different = float(np.mean(_rough(one) != _rough(other)))
    return 0.5 * colours + 0.5 * max(0.0, 1 - 2 * different)


def _histogram(picture: Image.Image) -> Pixels:
    """The shares of hue, saturation and brightness, each softened to its neighbours; their sum is 1."""
    hsv = np.asarray(picture.convert("RGB").resize((96, 96), Image.Resampling.BOX).convert("HSV"))
    edges = [(0, 256)] * 3
    counts, _ = np.histogramdd(hsv.reshape(-1, 3).astype(np.float32), bins=(12, 4, 4), range=edges)
    soft = _softened(counts, (3, 1, 1), mode=["wrap", "nearest", "nearest"]) * 0.5 + counts * 0.5
    return np.asarray(soft / soft.sum(), np.float32)


def _softened(values: npt.NDArray[Any], size: int | tuple[int, ...], mode: Any = "reflect") -> npt.NDArray[Any]:
    """The mean of each place's neighbourhood."""
    from scipy.ndimage import uniform_filter  # noqa: PLC0415  a fifth of a second and 60 MiB, for films alone

    found: npt.NDArray[Any] = uniform_filter(values, size, mode=mode)
    return found


def _rough(picture: Image.Image) -> npt.NDArray[np.bool_]:
    """A dHash of 8 by 8: whether each place is brighter than the one beside it."""
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    return np.asarray(grey[:, 1:] > grey[:, :-1], np.bool_)


def _structure(one: Image.Image, other: Image.Image) -> float:
    """SSIM of both in grey, stretched: unrelated pictures have about 0.4, which is 0 here."""
    size = _SIDE_PX, max(8, round(_SIDE_PX * one.height / one.width))
    a, b = (np.asarray(each.convert("L").resize(size, Image.Resampling.BOX), np.float32) for each in (one, other))
    mean_a, mean_b = _softened(a, 7), _softened(b, 7)
    spread_a, spread_b = _softened(a * a, 7) - mean_a**2, _softened(b * b, 7) - mean_b**2
    both = _softened(a * b, 7) - mean_a * mean_b
    steady, faint = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ssim = ((2 * mean_a * mean_b + steady) * (2 * both + faint)) / (
        (mean_a**2 + mean_b**2 + steady) * (spread_a + spread_b + faint)
    )
    return min(1.0, max(0.0, (float(ssim.mean()) - _UNRELATED) / (1 - _UNRELATED)))
