"""A film out of clips: what is ordered, and what came out of it.

`compile_film` reads clips and music; it writes the film, its captions and its manifest into one folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hotfolderd.film.captions import Caption
from hotfolderd.film.scene import VideoFormat

Transition = Literal["cut", "fade", "dissolve"]


@dataclass(frozen=True, slots=True)
class FilmPart:
    """One clip of a film: the segment that it is, in which version, and what is said in it, in the clip's own time."""

    segment: int
    clip: Path
    version: int = 1
    title: str = ""
    captions: tuple[Caption, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """A film to be made: `parts` in the order in which they are shown.

    `joints` say it otherwise for single joints: `{"2-3": "cut"}` is the one where segment 3 follows segment 2.
    `music` is looped, lowered while somebody speaks (`duck`), and faded out.
    """

    parts: tuple[FilmPart, ...]
    video: VideoFormat
    title: str = ""
    transition: Transition = "cut"
    transition_s: float = 0.5
    joints: Mapping[str, Transition] = field(default_factory=dict)
    music: Path | None = None
    music_volume: float = 0.3
    duck: bool = True
    normalize: bool = True
    target_lufs: float = -16.0
    allow_repeat: bool = False


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """Where a part stands in the film, in seconds; two that dissolve into each other overlap."""

    segment: int
    version: int
    title: str
    in_s: float
    out_s: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Film:
    """A film that was made and read back. `captions` is an SRT, None where nothing is said."""

    path: Path
    manifest: Path
    captions: Path | None
    thumbnail: Path
    duration_s: float
    frames: int
    size_bytes: int
    sha256: str
    loudness_lufs: float | None
    true_peak_db: float | None
    parts: tuple[PlacedPart, ...]
    stream_copied: bool
    warnings: tuple[str, ...] = ()


def compile_film(
    order: FilmOrder,
    folder: Path,
    name: str,
    *,
    timeout_s: float = 1800,
    progress: Callable[[float], None] = lambda _: None,
) -> Film:
    """`folder` holds `<name>.mp4`, `<name>.srt`, `<name>.vtt`, `<name>.jpg` and `<name>.manifest.yaml` afterwards.

    `progress` is told a share from 0 to 1, growing. Raises JobError for an order that cannot be (a clip that cannot be
    read, a segment twice, a joint that does not exist), ToolError where ffmpeg fails.
    """
    raise NotImplementedError
