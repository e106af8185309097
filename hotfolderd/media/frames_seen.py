"""What ffmpeg's measuring filters say of the frames of a video, looked at often enough to know the whole.

Adds filters to a graph and reads what they print; runs nothing, writes nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

# Of each second two frames, a fifth of a second apart: motion is measured between them, all else on both.
_APART_HZ, _IN_ONE_SECOND = 5, "lt(mod(n,5),2)"
_NUMBER = re.compile(r"^lavfi\.([\w.]+)=(\S+)$", re.MULTILINE)
_FREEZE = re.compile(r"freeze_(start|end): ([\d.]+)")
_MOTION = "siti.ti"
_DARK, _BRIGHT = 20.0, 235.0

Numbers = dict[str, list[float]]


def look(picture: Any) -> Any:
    """The stream with the measuring of its frames at its end; `numbers_in` reads what is printed to stdout."""
    picture = picture.filter("fps", _APART_HZ).filter("select", _IN_ONE_SECOND)
    picture = picture.filter("blurdetect").filter("blockdetect").filter("signalstats").filter("siti")
    return picture.filter("metadata", "print", file="-")


def numbers_in(printed: bytes) -> Numbers:
    """What was measured, by ffmpeg's names without `lavfi.`, one number a frame; nan where a frame has none.

    Of motion (`siti.ti`) there is one for each pair of frames.
    """
    found: Numbers = {}
    for name, value in _NUMBER.findall(printed.decode("ascii", "replace")):
        found.setdefault(name, []).append(_number(value))
    if _MOTION in found:
        found[_MOTION] = found[_MOTION][1::2]
    return found


def mean(values: Sequence[float]) -> float | None:
    """The mean of those that are numbers: of flat frames ffmpeg prints -nan."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else None


def clipped(found: Numbers) -> float:
    """The share of frames with crushed blacks or whites, 0 to 1."""
    ends = zip(found.get("signalstats.YLOW", []), found.get("signalstats.YHIGH", []), strict=True)
    return mean([float(high < _DARK or low > _BRIGHT) for low, high in ends]) or 0.0


def frozen_in(words: str, length_s: float) -> float:
    """How long nothing changes, by the words of `freezedetect`; of a freeze to the end ffmpeg says the start only."""
    total, start = 0.0, None
    for kind, at in _FREEZE.findall(words):
        if kind == "start":
            start = float(at)
        elif start is not None:
            total, start = total + float(at) - start, None
    if start is not None:
        total += max(0.0, length_s - start)
    return min(total, length_s)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
