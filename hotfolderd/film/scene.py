"""The words of the room: a scene, and the size and rate of a picture that moves.

Reads and writes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Size in pixels (both sides even) and frames a second."""

    width_px: int = 1280
    height_px: int = 720
    fps: float = 25.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene, of which one clip is made. The paths are whole ones; None where there is no such file.

    `dialogue` is what is spoken and captioned, `description` what is seen. `images` are further pictures after `image`.
    """

    number: int
    location: str = ""
    description: str = ""
    characters: tuple[str, ...] = ()
    dialogue: str = ""
    duration_s: float = 5.0
    style: str = ""
    seed: int | None = None
    image: Path | None = None
    audio: Path | None = None
    footage: Path | None = None
    images: tuple[Path, ...] = ()

    @property
    def chosen_seed(self) -> int:
        """The seed, or the scene's number where none is given."""
        return self.number if self.seed is None else self.seed % SEEDS

    @property
    def spoken(self) -> str:
        """The dialogue without the names of those who speak: "Anna: Hello." is spoken as "Hello."."""
        names = sorted((re.escape(name.strip()) for name in self.characters if name.strip()), key=len, reverse=True)
        words = self.dialogue.strip()
        if names:
            words = re.sub(
                rf"^\s*(?:{'|'.join(names)})\s*(?:\([^)\n]*\)\s*)?:\s*", "", words, flags=re.MULTILINE | re.IGNORECASE
            )
        return re.sub(r"\s+", " ", words).strip()
