"""The manifest of a film: what it is made of, and where each part lies. YAML, written by us and read strictly.

Reads and writes that one file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.media.graph import put

_MOST_BYTES = 4 << 20


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
class Manifest:
    """All that is known of a film. `joints` are kind and length of each, one fewer than the parts."""

    film: str
    title: str
    duration_s: float
    frames: int
    width_px: int
    height_px: int
    fps: float
    size_bytes: int
    sha256: str
    loudness_lufs: float | None
    true_peak_db: float | None
    target_lufs: float | None
    music: str | None
    stream_copied: bool
    parts: tuple[PlacedPart, ...]
    joints: tuple[tuple[str, float], ...]
    warnings: tuple[str, ...] = ()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Part(_Strict):
    segment: int
    version: int = 1
    title: str = ""
    in_s: float
    out_s: float
    sha256: str = ""


class _Written(_Strict):
    """Of a manifest only what a film can be split by."""

    film: str
    sha256: str
    duration_s: float
    segments: list[_Part]


def write_manifest(manifest: Manifest, out: Path) -> None:
    """`out` holds the manifest as YAML."""
    joints = [*manifest.joints, None]
    content = {
        "film": manifest.film,
        "title": manifest.title,
        "duration_s": manifest.duration_s,
        "frames": manifest.frames,
        "resolution": f"{manifest.width_px}x{manifest.height_px}",
        "fps": manifest.fps,
        "codec": {"video": "h264", "audio": "aac"},
        "size_bytes": manifest.size_bytes,
        "sha256": manifest.sha256,
        "loudness": {
            "integrated_lufs": manifest.loudness_lufs,
            "true_peak_db": manifest.true_peak_db,
            "target_lufs": manifest.target_lufs,
        },
        "music": manifest.music,
        "stream_copied": manifest.stream_copied,
        "segments": [
            {
                "segment": part.segment,
                "version": part.version,
                "title": part.title,
                "in_s": part.in_s,
                "out_s": part.out_s,
                "sha256": part.sha256,
                "next": None if joint is None else {"transition": joint[0], "transition_s": joint[1]},
            }
            for part, joint in zip(manifest.parts, joints, strict=True)
        ],
        "chapters": [{"start_s": part.in_s, "title": part.title or str(part.segment)} for part in manifest.parts],
        "warnings": list(manifest.warnings),
    }

    def write(part: Path) -> None:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
        part.write_text(text, encoding="utf-8", newline="\n")

    put(out, write)


def read_parts(path: Path, *, sha256: str) -> tuple[PlacedPart, ...]:
    """The parts of the film of this digest. Raises JobError for a manifest that cannot be read, or of another film."""
    with open_file(path) as stream:
        data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise JobError(f"{path.name}: is larger than {_MOST_BYTES >> 20} MiB and no manifest. Leave it out.")
    try:
        loaded: Any = yaml.safe_load(data)
        written = _Written.model_validate(loaded)
    except (yaml.YAMLError, ValidationError, ValueError, RecursionError) as error:
        said = str(error).splitlines()[0][:200]
        raise JobError(f"{path.name}: is no manifest of a film ({said}). Leave it out, or restore it.") from None
    if written.sha256 != sha256:
        raise JobError(
            f"{path.name}: is the manifest of another film than this one. Leave it out, or restore the film."
        )
    parts = written.segments
    in_order = all(one.in_s < one.out_s for one in parts) and all(
        one.in_s < other.in_s for one, other in pairwise(parts)
    )
    if not parts or not in_order:
        raise JobError(f"{path.name}: its segments do not lie one after the other. Leave it out, or restore it.")
    return tuple(PlacedPart(one.segment, one.version, one.title, one.in_s, one.out_s, one.sha256) for one in parts)
