"""Media of scenes that say by their names which scene they belong to: `scene_002.png`, `scene 2.wav`, `2.mp4`.

Looks at names only; reads and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
SOUNDS = (".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg")
CLIPS = (".mp4", ".mov", ".mkv", ".webm", ".m4v")
TEXTS = (".txt",)
KINDS = {"image": PICTURES, "audio": SOUNDS, "footage": CLIPS, "text": TEXTS}

_NUMBERED = re.compile(r"(?:(?:scene|segment|shot|sc)[ _-]*)?0*([1-9][0-9]{0,3})", re.IGNORECASE)
_NOT_OF_SCENES = ("music", "refs", "references")


def scene_files(paths: Iterable[str]) -> dict[int, dict[str, str]]:
    """The file of each kind (`image`, `audio`, `footage`, `text`) by the number of its scene; the first one counts."""
    found: dict[int, dict[str, str]] = {}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        stem, dot, _ = name.rpartition(".")
        number = _NUMBERED.fullmatch(stem.strip())
        if number is None or not dot or folder.partition("/")[0].casefold() in _NOT_OF_SCENES:
            continue
        kind = next((kind for kind, endings in KINDS.items() if name.lower().endswith(endings)), None)
        if kind is not None:
            found.setdefault(int(number[1]), {}).setdefault(kind, path)
    return dict(sorted(found.items()))
