"""The segments as the review page shows them: players, facts, metrics, history, and versions side by side.

Reads the board and looks what lies in `segments/`; writes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hotfolderd.film.scene import Scene
from hotfolderd.stages.episode.board import Board, Segment, Version, clip_of, place_of

_BANDS = ((0.8, "high"), (0.6, "medium"), (0.0, "low"))
_STATES = {"approved": "high", "rejected": "critical", "failed": "critical", "needs_revision": "warning"}


def shown_segments(job: Path, board: Board, scenes: Iterable[Scene]) -> list[dict[str, Any]]:
    """One for each segment that was begun, those that wait for somebody first."""
    by_number = {scene.number: scene for scene in scenes}
    found = [_segment(job, board, segment, by_number[segment.number]) for segment in board.begun]
    return sorted(found, key=lambda one: (one["settled"], one["number"]))


def timeline(job: Path, board: Board, scenes: Iterable[Scene]) -> list[dict[str, Any]]:
    """The segments in the order of their scenes, as a strip."""
    strip = []
    for scene in scenes:
        segment = board.segment(scene.number)
        version = (segment.version(segment.current) or segment.newest) if segment else None
        shown = _version(job, segment, version) if segment and version else None
        state = shown["state"] if shown else "pending"
        strip.append(
            {
                "number": scene.number,
                "title": scene.location or f"Scene {scene.number}",
                "state": state,
                "tone": _STATES.get(state, "none"),
                "thumbnail": shown["thumbnail"] if shown else None,
                "duration": shown["duration"] if shown else None,
                "begun": shown is not None,
            }
        )
    return strip


def _segment(job: Path, board: Board, segment: Segment, scene: Scene) -> dict[str, Any]:
    version = segment.version(segment.current) or segment.newest
    assert version is not None
    versions = [_version(job, segment, one) for one in segment.versions]
    others = [one for one in versions if one["version"] != version.version and one["clip"]]
    return {
        "number": segment.number,
        "title": scene.location or f"Scene {segment.number}",
        "scene": scene,
        "characters": ", ".join(scene.characters),
        "settled": segment.approved is not None and segment.approved == segment.current,
        "approved": segment.approved,
        "shown": _version(job, segment, version),
        "versions": versions,
        "rivals": [one | {"differs": _differences(one, _version(job, segment, version))} for one in others],
        "history": [one for one in board.history if one.segment == segment.number],
        "newest_failed": segment.newest is not None and segment.newest.state == "failed",
        "attempts": segment.newest.attempts if segment.newest else (),
    }


def _version(job: Path, segment: Segment, version: Version) -> dict[str, Any]:
    made = version.made
    clip, picture = (
        clip_of(segment.number, version.version),
        f"{place_of(segment.number, version.version)}/thumbnail.jpg",
    )
    quality = dict(made.quality) if made else {}
    params = {key: value for key, value in dataclasses.asdict(version.params).items() if value not in ("", None)}
    return {
        "version": version.version,
        "parent": version.parent,
        "state": version.shown,
        "tone": _STATES.get(version.shown, "none"),
        "clip": clip if (job / clip).is_file() else None,
        "thumbnail": picture if (job / picture).is_file() else None,
        "duration": round(made.duration_s, 2) if made else None,
        "size_kib": round(made.size_bytes / 1024) if made else None,
        "pixels": f"{made.width_px}×{made.height_px}" if made else "",
        "fps": made.fps if made else None,
        "generator": made.generator if made else "",
        "seconds": made.seconds if made else None,
        "params": params,
        "flags": list(made.flags) if made else [],
        "needs_attention": made.needs_attention if made else False,
        "bars": _bars(quality),
        "overall": quality.get("overall"),
        "deleted": version.media_deleted_at[:10],
        "warnings": list(made.warnings) if made else [],
    }


def _bars(quality: dict[str, Any]) -> list[dict[str, Any]]:
    """The scores as bars: the whole, its three parts, then the single ones."""
    named = [(name, quality.get(name)) for name in ("overall", "visual", "sound", "consistency")]
    named += sorted((quality.get("scores") or {}).items())
    bars = []
    for name, value in named:
        if isinstance(value, int | float):
            tone = next(tone for least, tone in _BANDS if value >= least)
            bars.append({"name": name.replace("_", " "), "percent": round(100 * value), "tone": tone})
    return bars


def _differences(one: dict[str, Any], shown: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs between a version and the one that is shown."""
    rows = [(name, one[key], shown[key]) for name, key in (("length (s)", "duration"), ("size (KiB)", "size_kib"))]
    rows.append(("quality", one["overall"], shown["overall"]))
    keys = sorted({*one["params"], *shown["params"]})
    rows += [(key, one["params"].get(key, "–"), shown["params"].get(key, "–")) for key in keys]
    return [{"name": name, "there": there, "here": here} for name, there, here in rows if there != here]
