"""The segments of a finished film: at its cuts, or where its manifest says.

Reads a film and its manifest; writes clips.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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


def find_cuts(
    film: Path, *, threshold: float = 10.0, shortest_s: float = 0.5, timeout_s: float = 600
) -> tuple[float, ...]:
    """The moments at which another picture begins, in seconds, growing; empty where there is no cut."""
    raise NotImplementedError


def split_film(
    film: Path, folder: Path, *, manifest: Path | None = None, timeout_s: float = 1800
) -> tuple[SplitPart, ...]:
    """`folder` holds one clip for each segment, `001.mp4` and so on; one for all of it where there is no cut.

    Raises JobError for a film or a manifest that cannot be read, or that do not belong together.
    """
    raise NotImplementedError
