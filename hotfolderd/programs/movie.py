"""The movie that a renderer left: all of it decoded, and held against the comp that it should show.

Reads one folder and the movie in it; writes nothing. There is no ffprobe in the wheel: ffmpeg decodes.
"""

from __future__ import annotations

from pathlib import Path

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import video
from hotfolderd.media.video import Media
from hotfolderd.model import Comp

_SUFFIXES = (".mov", ".mp4", ".avi", ".mxf", ".mkv", ".m4v")
_READABLE = (".mov", ".mp4", ".m4v")
# ffmpeg names a rate with two digits: 23.98 is 23.976.
_SAME_RATE = 0.0051
_AGAIN = "Render the comp by hand with the same templates and see what comes of it."


def frames_of(comp: Comp, most_s: float | None = None) -> int:
    """How many frames of a comp are shown in its first `most_s` seconds (None: in all of it)."""
    length_s = comp.duration_s if most_s is None else min(comp.duration_s, most_s)
    return max(1, round(length_s * comp.frame_rate))


def left_in(name: str, folder: Path) -> Path:
    """The one movie that `name` left in a folder. After Effects changes the ending where the output module wants that.

    Raises ToolError where there is none, or one that cannot be used.
    """
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES and path.is_file()]
    if not found:
        others = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
        raise ToolError(f"{name}: ended as if all were well and left no movie (found {others}). {_AGAIN}")
    if len(found) > 1:
        raise ToolError(f"{name}: left {len(found)} movies: {', '.join(path.name for path in found[:5])}. {_AGAIN}")
    if found[0].suffix.lower() not in _READABLE:
        raise ToolError(
            f"{name}: wrote {found[0].name}. Choose a render.output_module that writes QuickTime (.mov) or .mp4."
        )
    return found[0]


def check(name: str, path: Path, comp: Comp, frames: int) -> Media:
    """What is in the movie. Raises ToolError unless it is whole, of the comp's shape and has all frames of it."""
    wanted_s = frames / comp.frame_rate
    try:
        media = video.probe(path, decode=True, timeout_s=video.PROBE_S + 20 * wanted_s)
    except JobError as error:
        raise ToolError(f"{name}: left a movie that is damaged or not whole. {error} {_AGAIN}") from error
    what = f"{name}: the movie has {media.width}×{media.height}, {media.frames} frames, {media.duration_s:g} s"
    if not media.frames or not media.width or not media.height:
        raise ToolError(f"{what}, so no picture. {_AGAIN}")
    # The templates may render at a half or a third; other shapes are another comp.
    if abs(media.width * comp.height - media.height * comp.width) > 2 * max(comp.width, comp.height):
        raise ToolError(f"{what}, which is not the shape of {comp.name}, {comp.width}×{comp.height}. {_AGAIN}")
    # Another rate by the templates changes how many frames there are, never how long they last.
    rate = comp.frame_rate if abs(media.fps - comp.frame_rate) <= _SAME_RATE else media.fps or comp.frame_rate
    if abs(media.frames / rate - wanted_s) > 1.5 / min(rate, comp.frame_rate) or abs(media.duration_s - wanted_s) > 0.5:
        raise ToolError(f"{what} at {rate:g} fps: it should last {wanted_s:g} s ({comp.name}). {_AGAIN}")
    return media
