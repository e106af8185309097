"""What a segment may cost: time in the making, room on the disk. Pure: issues of clips that took more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hotfolderd.model import Issue
from hotfolderd.stages.episode.board import Made

_PER_S = 5.0  # the settings are for so many seconds of clip
_MIB = 2**20


def over_budget(number: int, made: Made, settings: Mapping[str, Any]) -> Iterator[Issue]:
    """`slow_generation` and `segment_large`, where the clip of a segment is over what `episodes` allows.

    `slow_after_s` (seconds) and `large_after_mib` (MiB) are for each 5 s of the clip.
    """
    share = made.duration_s / _PER_S
    if share <= 0:
        return
    slow_s, large_mib = settings["slow_after_s"] * share, settings["large_after_mib"] * share
    if made.seconds > slow_s:
        text = f"Segment {number}: {made.generator} took {made.seconds:.1f} s for {made.duration_s:.1f} s of clip"
        remedy = "Make the generator quicker, or raise episodes.slow_after_s in the configuration."
        yield Issue("slow_generation", "warning", f"{text}, expected were at most {slow_s:.1f} s", remedy)
    size_mib = made.size_bytes / _MIB
    if size_mib > large_mib:
        text = f"Segment {number}: its clip has {size_mib:.1f} MiB for {made.duration_s:.1f} s"
        remedy = "Have it compressed more, or raise episodes.large_after_mib in the configuration."
        yield Issue("segment_large", "warning", f"{text}, expected were at most {large_mib:.1f} MiB", remedy)
