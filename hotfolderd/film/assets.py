"""What a clip is made of: the scene's picture and its narration. Each is made alone, and may be made again alone.

Reads the files that a scene names; writes one file for each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hotfolderd.film.captions import Caption
from hotfolderd.film.scene import Scene, VideoFormat


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A PNG of the size of the video or larger. `drawn`: it was not given; a designed card stands for it."""

    path: Path
    drawn: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narration:
    """A sound as WAV, 48 kHz stereo. The voice is heard from `voice_start_s` to `voice_end_s`; equal where none is."""

    path: Path
    duration_s: float
    voice_start_s: float
    voice_end_s: float
    origin: Literal["given", "spoken", "silent"]
    warnings: tuple[str, ...] = ()


def make_picture(scene: Scene, out: Path, video: VideoFormat, *, title: str = "", look_seed: int = 0) -> ScenePicture:
    """The scene's own picture, turned upright and in RGB; or a card drawn for it. `out` is a PNG.

    `look_seed` is the film's: scenes of one film with the same style have the same palette. `scene.chosen_seed` varies
    the layout and the ground. Raises JobError for a picture that cannot be read.
    """
    raise NotImplementedError


def make_narration(scene: Scene, out: Path, *, voice: str = "", timeout_s: float = 120) -> Narration:
    """The scene's own sound; or its dialogue spoken by espeak-ng; or, where that is not there, silence and a warning.

    Silence lasts as long as the words take to be read, or the scene lasts where nothing is said. Raises JobError for a
    sound that cannot be read.
    """
    raise NotImplementedError


def make_captions(scene: Scene, narration: Narration) -> tuple[Caption, ...]:
    """What is said, timed to the voice as it was measured in the sound."""
    raise NotImplementedError


def clip_length_s(scene: Scene, narration: Narration | None) -> float:
    """How long the scene's clip has to be: as long as asked for, longer where the voice takes longer."""
    raise NotImplementedError
