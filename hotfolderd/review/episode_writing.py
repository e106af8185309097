"""Writing the review of an episode: `review.yaml` by segment. Gives texts; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotfolderd.review.writing import SCHEMAS, flow, line, scalar

SCHEMA = "episode-review"


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment as it is asked about. `quality` is for reading."""

    segment: int
    version: int
    state: str
    quality: Mapping[str, Any] | None


def episode_review_text(
    job: str, revision: int, rows: Iterable[SegmentRow], film: Mapping[str, Any], waiting: Iterable[int]
) -> str:
    """`review.yaml` of an episode. `film` are the keys of `compile:`, `waiting` the segments that come later."""
    later = ", ".join(map(str, waiting))
    lines = [
        f"# yaml-language-server: $schema={SCHEMAS}/{SCHEMA}.json",
        "# review.html in this folder shows the segments. Edit, save: that is all. The last line must stay.",
        f"for: {flow({'job': job, 'revision': revision})}",
        line(
            "decision",
            "pending",
            "compile, when every segment in the order is approved | approve (all that are shown) | hold",
        ),
        line("by", None, "your name; empty: the owner of this file"),
        line("approve", [], "several at once, as they are shown: [1, 2, 5-8]"),
        "segments:",
    ]
    for row in rows:
        lines += _segment_lines(row)
    if later:
        lines.append(f"  # made later: {later}")
    lines += [
        "compile:",
        f"  order: {scalar(list(film['order']))}",
        f"  transition: {film['transition']}  # cut | fade | dissolve",
        f"  transition_s: {film['transition_s']}",
        f'  joints: {flow(film["joints"])}  # another joint at one place: {{"2-3": cut}}',
        f"  music: {scalar(film['music'])}  # true: the first sound in music/; or a path",
        f"  music_volume: {film['music_volume']}",
        f"  normalize: {scalar(film['normalize'])}",
        f"  target_lufs: {film['target_lufs']}",
        *(["  allow_repeat: true"] if film.get("allow_repeat") else []),
        line("notes", ""),
        "end: true",
    ]
    return "\n".join(lines) + "\n"


def _segment_lines(row: SegmentRow) -> list[str]:
    lines = [
        f"  - segment: {row.segment}",
        f"    version: {row.version}",
        f"    state: {row.state}",
        "    decision: pending  # pending | approve | reject | regenerate | rollback | note",
        "    rating:            # 1 to 5",
        '    feedback: ""',
        '    reason: ""         # reject: at least 10 characters',
        '    changes: {prompt: "", dialogue: "", style: "", duration: , seed: }  # reject, regenerate',
        "    keep_original: false",
        "    to_version:        # rollback",
    ]
    return lines if row.quality is None else [*lines, f"    quality: {flow(row.quality)}"]
