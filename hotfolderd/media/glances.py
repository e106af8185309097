"""What is kept of a large picture, so that nobody needs to open it again only to look at it.

Writes, below the folder it is given, a small picture for each large one (`small/<name>.png`, at most `PAIR_PX` on its
longer side) and `looks.json` with the fingerprint of each; reads them again. Only our own files, never a person's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from hotfolderd.media.likeness import Fingerprint, unpacked
from hotfolderd.media.png import write_png

_SMALL = "small"
_LOOKS = "looks.json"


@dataclass(slots=True)
class Glances:
    """Small pictures and fingerprints on their way to the disk; nothing of `looks` is there before `save`."""

    out: Path
    looks: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, small: Image.Image, looks: Fingerprint | None) -> None:
        """Write a small picture (RGB or RGBA), and remember how the whole one looks where that says anything."""
        folder = self.out / _SMALL
        folder.mkdir(exist_ok=True)
        write_png(small, folder / f"{name}.png")
        if looks is not None:
            self.looks[name] = looks.packed()

    def save(self) -> None:
        """Write the fingerprints."""
        (self.out / _LOOKS).write_text(json.dumps(self.looks, indent=1), encoding="utf-8")


def small_picture(folder: Path, name: str) -> Image.Image | None:
    """The small picture of that name in a folder of ours; None where there is none."""
    try:
        with Image.open(folder / _SMALL / f"{name}.png", formats=("PNG",)) as image:
            image.load()
            return image
    except FileNotFoundError:
        return None


def looks_in(folder: Path) -> Mapping[str, Fingerprint]:
    """The fingerprints in a folder of ours, by name; none where nothing was kept."""
    try:
        found: dict[str, str] = json.loads((folder / _LOOKS).read_bytes())
    except FileNotFoundError:
        return {}
    return {name: unpacked(text) for name, text in found.items()}
