"""What is kept of a large picture, so that nobody needs to open it again only to look at it.

Writes, below the folder it is given, a small picture of each large one (at most `PAIR_PX` on its longer side), all of
them as PNGs one behind the other in `small.pngs`, and `glances.json`, which tells where each begins and ends, with its
fingerprint; reads them again. One file, because each one more has to be made, synced, digested and opened. Only our own
files, never a person's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from hotfolderd.media.likeness import Fingerprint, unpacked
from hotfolderd.media.png import put_png

_SMALL = "small.pngs"
_INDEX = "glances.json"


@dataclass(slots=True)
class Glances:
    """Small pictures and fingerprints on their way to the disk; nothing of them is found before `save`."""

    out: Path
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, small: Image.Image, looks: Fingerprint | None) -> None:
        """Write a small picture (RGB or RGBA), and remember how the whole one looks where that says anything."""
        with (self.out / _SMALL).open("ab" if self.places else "wb") as stream:
            begin = stream.tell()
            put_png(small, stream)
            self.places[name] = begin, stream.tell()
        if looks is not None:
            self.looks[name] = looks.packed()

    def save(self) -> None:
        """Write where everything is."""
        index = {"places": self.places, "looks": self.looks}
        (self.out / _INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Kept:
    """The glances in a folder of ours, by name."""

    folder: Path
    places: Mapping[str, tuple[int, int]]
    looks: Mapping[str, Fingerprint]

    def picture(self, name: str) -> Image.Image | None:
        """The small picture of that name; None where there is none."""
        if name not in self.places:
            return None
        begin, end = self.places[name]
        with (self.folder / _SMALL).open("rb") as stream:
            stream.seek(begin)
            data = stream.read(end - begin)
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
            return image


def kept_in(folder: Path) -> Kept:
    """What is kept in a folder of ours: nothing where nothing was saved."""
    try:
        index = json.loads((folder / _INDEX).read_bytes())
    except FileNotFoundError:
        return Kept(folder, {}, {})
    return Kept(folder, index["places"], {name: unpacked(text) for name, text in index["looks"].items()})
