"""What is asked of a generator, and what it says of its clip.

Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hotfolderd.film.captions import Caption
from hotfolderd.film.scene import Scene, VideoFormat


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """One clip to be made. The same order gives the same frames again, bit by bit.

    `seed` varies motion, layout and ground; `look_seed` is the film's and chooses the palette. `pictures` are the
    scene's pictures (the storyboard takes the first, the slideshow all); without any, a card is drawn. `narration` is a
    WAV. `references` and `params` are for programs and servers outside.
    """

    scene: Scene
    video: VideoFormat
    duration_s: float
    seed: int
    title: str = ""
    look_seed: int = 0
    pictures: tuple[Path, ...] = ()
    narration: Path | None = None
    captions: tuple[Caption, ...] = ()
    burn_captions: bool = False
    references: tuple[Path, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClipReport:
    """A clip that was made and read back. `seconds` is how long making it took.

    `stands_s`: for so many seconds its last frame stands, because what a program or a server has sent ends too early.
    """

    path: Path
    generator: str
    seed: int
    duration_s: float
    width_px: int
    height_px: int
    fps: float
    frames: int
    has_sound: bool
    seconds: float
    warnings: tuple[str, ...] = ()
    log: str = ""
    stands_s: float = 0.0


class Generator(Protocol):
    """What makes a clip. One object may be asked for many clips."""

    name: str

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """Makes `out`, an H.264 `.mp4` with a sound of 48 kHz, exactly as large and fast as asked for.

        It may write beside `out` but leaves nothing else there; when it raises, there is no `out`. `attempt` counts
        from 1. Raises JobError where asking again is useless, ToolError where it is not, also after `timeout_s`;
        LaterError where the generator has said when.
        """
        ...


def prompt_of(order: ClipOrder) -> str:
    """What is to be seen, in words: `prompt` of the params where it is given, else all that the scene says.

    A `style` that is given beside a prompt is said as well: a program hears of it by nothing else.
    """
    given, style = order.params.get("prompt"), order.params.get("style")
    if isinstance(given, str) and given.strip():
        if not isinstance(style, str) or not style.strip():
            return given.strip()
        return f"{given.strip().rstrip('.')}. Style: {style.strip()}"
    scene = order.scene
    parts = [scene.location, scene.description, ", ".join(scene.characters)]
    parts += [f"“{scene.spoken}”"] if scene.spoken else []
    parts += [f"Style: {scene.style}"] if scene.style else []
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())
