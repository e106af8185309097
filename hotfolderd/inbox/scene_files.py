"""Media of scenes that say by their names which scene they belong to: `scene_002.png`, `scene 2.wav`, `2.mp4`.

Several pictures of one scene have a number of their own: `scene_002_1.png`, `scene_002_2.png`.

Looks at names only; reads and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
SOUNDS = (".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg")
CLIPS = (".mp4", ".mov", ".mkv", ".webm", ".m4v")
TEXTS = (".txt",)
KINDS = {"image": PICTURES, "audio": SOUNDS, "footage": CLIPS, "text": TEXTS}

_NUMBERED = re.compile(r"(?:(?:scene|segment|shot|sc)[ _-]*)?0*([1-9][0-9]{0,3})", re.IGNORECASE)
# A date looks like two numbers too, so here the word must not be left out.
_SERIES = re.compile(r"(?:scene|segment|shot|sc)[ _-]*0*([1-9][0-9]{0,3})[ _-]+0*([1-9][0-9]{0,2})", re.IGNORECASE)
_NOT_OF_SCENES = ("music", "refs", "references")


def scene_files(paths: Iterable[str]) -> dict[int, dict[str, str]]:
    """The file of each kind (`image`, `audio`, `footage`, `text`) by the number of its scene; the first one counts."""
    found: dict[int, dict[str, str]] = {}
    for path, number in _named(paths, _NUMBERED):
        kind = next((kind for kind, endings in KINDS.items() if path.lower().endswith(endings)), None)
        if kind is not None:
            found.setdefault(int(number[1]), {}).setdefault(kind, path)
    return dict(sorted(found.items()))


def scene_series(paths: Iterable[str]) -> dict[int, list[str]]:
    """The pictures that have a number of their own within their scene, in its order, by the number of the scene."""
    found: dict[int, list[tuple[int, str]]] = {}
    for path, number in _named(paths, _SERIES):
        if path.lower().endswith(PICTURES):
            found.setdefault(int(number[1]), []).append((int(number[2]), path))
    return {scene: [path for _, path in sorted(series)] for scene, series in sorted(found.items())}


def _named(paths: Iterable[str], pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        stem, dot, _ = name.rpartition(".")
        number = pattern.fullmatch(stem.strip())
        if number is not None and dot and folder.partition("/")[0].casefold() not in _NOT_OF_SCENES:
            yield path, number
