"""What a clip is made of: the scene's picture and its narration. Each is made alone, and may be made again alone.

Reads the files that a scene names; writes one file for each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from hotfolderd.errors import JobError, MachineError, ToolError
from hotfolderd.film import speech
from hotfolderd.film.captions import Caption, captions_for
from hotfolderd.film.card import draw_card
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.film.script import reading_time_s
from hotfolderd.film.sound import LONGEST_S, listen, to_wav, write_silence
from hotfolderd.media.graph import put
from hotfolderd.media.pictures import flattened
from hotfolderd.media.video import open_picture

SPOKEN_LUFS = -18.0
TAIL_S = 0.3
_PEAK_DB = -1.5


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A PNG of the size of the video or larger. `drawn`: it was not given; a designed card stands for it."""

    path: Path
    drawn: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narration:
    """A sound as WAV, 48 kHz stereo. The voice is heard from `voice_start_s` to `voice_end_s`; equal where none is.

    `pauses` are the quiet parts in between, start and end in seconds.
    """

    path: Path
    duration_s: float
    voice_start_s: float
    voice_end_s: float
    origin: Literal["given", "spoken", "silent"]
    warnings: tuple[str, ...] = ()
    pauses: tuple[tuple[float, float], ...] = ()


def make_picture(scene: Scene, out: Path, video: VideoFormat, *, title: str = "", look_seed: int = 0) -> ScenePicture:
    """The scene's own picture, turned upright and in RGB; or a card drawn for it. `out` is a PNG.

    `look_seed` is the film's: scenes of one film with the same style have the same palette. `scene.chosen_seed` varies
    the layout and the ground. Raises JobError for a picture that cannot be read.
    """
    if scene.image is None:
        card = draw_card(scene, video.size, title=title, look_seed=look_seed, seed=scene.chosen_seed)
        put(out, lambda part: card.save(part, "PNG", compress_level=3))
        return ScenePicture(out, drawn=True)
    if not scene.image.is_file():
        raise JobError(f"Missing image in scene {scene.number}: {scene.image.name} is not there. Put it there.")
    picture = flattened(open_picture(scene.image, upright=True), "#000000")
    warnings: tuple[str, ...] = ()
    if picture.width < video.width_px * 0.75 or picture.height < video.height_px * 0.75:
        found = f"{picture.width}×{picture.height}"
        warnings = (f"{scene.image.name}: {found} is small for {video.width_px}×{video.height_px}; it will look soft.",)
    most = (video.width_px * 3, video.height_px * 3)
    if picture.width > most[0] and picture.height > most[1]:
        share = max(most[0] / picture.width, most[1] / picture.height)
        smaller = round(picture.width * share), round(picture.height * share)
        picture = picture.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=3.0)
    put(out, lambda part: picture.save(part, "PNG", compress_level=3))
    return ScenePicture(out, drawn=False, warnings=warnings)


def make_narration(scene: Scene, out: Path, *, voice: str = "", timeout_s: float = 120) -> Narration:
    """The scene's own sound; or its dialogue spoken by espeak-ng; or, where that is not there, silence and a warning.

    `voice` is one of espeak-ng for Latin letters; others get one that knows them. Silence lasts as long as the words
    take to be read, or the scene lasts where nothing is said. Raises JobError for a sound that cannot be read.
    """
    if scene.audio is not None:
        if not scene.audio.is_file():
            raise JobError(f"Missing audio in scene {scene.number}: {scene.audio.name} is not there. Put it there.")
        to_wav(scene.audio, out, timeout_s=timeout_s)
        return _measured(scene, out, "given", timeout_s)
    if not scene.spoken:
        write_silence(out, scene.duration_s)
        return Narration(out, scene.duration_s, 0.0, 0.0, "silent")
    if not speech.can_speak():
        why = "speech: tts_unavailable: there is no espeak-ng here. Install the package espeakng-loader."
        return _unspoken(scene, out, why)
    chosen = speech.voice_for(scene.spoken, latin=voice)
    if chosen is None:
        why = "speech: tts_unavailable: espeak-ng would read its signs by their names. Give the scene an `audio:`."
        return _unspoken(scene, out, why)
    try:
        _speak(scene.spoken, out, chosen, timeout_s)
    except MachineError:
        raise
    except ToolError as error:
        return _unspoken(scene, out, f"speech: tts_unavailable: {error}")
    return _measured(scene, out, "spoken", timeout_s)


def make_captions(scene: Scene, narration: Narration) -> tuple[Caption, ...]:
    """What is said, timed to the voice as it was measured in the sound; to the whole length where it is silent."""
    start, end = narration.voice_start_s, narration.voice_end_s
    if end <= start:
        start, end = 0.0, narration.duration_s
    return captions_for(scene.spoken, start, end, narration.pauses)


def clip_length_s(scene: Scene, narration: Narration | None) -> float:
    """How long the scene's clip has to be: as long as asked for, longer where the voice takes longer."""
    if narration is None:
        return scene.duration_s
    voice = narration.voice_end_s if narration.voice_end_s > narration.voice_start_s else narration.duration_s
    return scene.duration_s if voice <= scene.duration_s else round(voice + TAIL_S, 3)


def _speak(words: str, out: Path, voice: str, timeout_s: float) -> None:
    """The words as WAV, as loud as speech in films is, but never louder than its peaks allow."""
    raw = out.with_name(f".{out.name}.spoken")
    try:
        raw.write_bytes(speech.speak(words, voice, timeout_s=timeout_s))
        heard = listen(raw, timeout_s=timeout_s)
        gain = 0.0
        if heard.loudness_lufs is not None and heard.true_peak_db is not None:
            gain = min(SPOKEN_LUFS - heard.loudness_lufs, _PEAK_DB - heard.true_peak_db)
        to_wav(raw, out, gain_db=gain, timeout_s=timeout_s)
    finally:
        raw.unlink(missing_ok=True)


def _unspoken(scene: Scene, out: Path, why: str) -> Narration:
    length = max(reading_time_s(scene.spoken), scene.duration_s)
    write_silence(out, length)
    return Narration(out, length, 0.0, 0.0, "silent", (why,))


def _measured(scene: Scene, out: Path, origin: Literal["given", "spoken"], timeout_s: float) -> Narration:
    heard = listen(out, timeout_s=timeout_s)
    start, end = heard.voice
    warnings = []
    name = scene.audio.name if scene.audio else "speech"
    if end <= start:
        warnings.append(f"{name}: nothing is heard in it.")
    if heard.duration_s >= LONGEST_S - 0.05:
        warnings.append(f"{name}: was cut after {LONGEST_S:g} s.")
    pauses = tuple(pause for pause in heard.silences if pause[0] > start and pause[1] < end)
    return Narration(out, heard.duration_s, start, end, origin, tuple(warnings), pauses)
