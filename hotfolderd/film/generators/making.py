"""What all generators share: the sound under a clip, the encoding of it, a foreign clip made right, and the report.

Writes clips, and temporary files in a folder beside them that is gone afterwards.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg
from PIL import Image

from hotfolderd.errors import JobError, ToolError
from hotfolderd.film.generators.order import ClipOrder, ClipReport
from hotfolderd.film.scene import VideoFormat
from hotfolderd.film.sound import RATE_HZ
from hotfolderd.media.graph import frame_count, rate_of, source, square, still, write
from hotfolderd.media.video import probe

LOG_LETTERS = 8000
_LOWERED = 0.3
_SEEN_S = 0.1
_ALIKE = "Replace the file."


@contextlib.contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """A folder for temporary files beside a clip."""
    with tempfile.TemporaryDirectory(prefix=f".{out.stem}-", dir=out.parent) as folder:
        yield Path(folder)


def frames_of(order: ClipOrder) -> int:
    """How many frames the clip has."""
    return frame_count(order.video.fps, order.duration_s)


def length_s(video: VideoFormat, frames: int) -> float:
    """How long so many frames last."""
    return float(frames / rate_of(video.fps))


def as_input(picture: Image.Image, place: Path, video: VideoFormat, **options: Any) -> Any:
    """A picture as the beginning of a graph, by way of a file at `place`."""
    place.write_bytes(picture.tobytes())
    return still(place, picture.size, video.fps, **options)


def silence(seconds: float) -> Any:
    """So many seconds of silence."""
    return ffmpeg.input(f"anullsrc=r={RATE_HZ}:cl=stereo", f="lavfi", t=f"{seconds:.6f}").audio


def fitted(sound: Any, seconds: float) -> Any:
    """A sound that lasts exactly so long: cut, or followed by silence."""
    how = {"sample_fmts": "fltp", "sample_rates": RATE_HZ, "channel_layouts": "stereo"}
    samples = round(seconds * RATE_HZ)
    sound = sound.filter("aresample", RATE_HZ).filter("aformat", **how).filter("asetpts", "PTS-STARTPTS")
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def narrated(order: ClipOrder, seconds: float) -> Any:
    """The narration of an order, or silence."""
    if order.narration is None:
        return silence(seconds)
    return fitted(source(order.narration, formats="wav")["a:0"], seconds)


def encode(order: ClipOrder, picture: Any, sound: Any, out: Path, *, timeout_s: float, frames: int = 0) -> None:
    """The clip of a stream of pictures that is long enough. Each clip of one format can be joined by copying."""
    rate = rate_of(order.video.fps)
    # The last frame of some filters has no length, and `fps` drops it: it is shown again, and what is too much is cut.
    picture = picture.filter("fps", f"{rate.numerator}/{rate.denominator}").filter("tpad", stop_mode="clone", stop=2)
    picture = picture.filter("format", "yuv420p")
    exactly: dict[str, Any] = {"frames:v": frames or frames_of(order)}
    write(picture.filter("setsar", 1), out, sound=sound, timeout_s=timeout_s, **exactly)


def normalised(order: ClipOrder, clip: Path, out: Path, *, timeout_s: float, loop: bool = True) -> float:
    """A foreign clip in the size, rate and length of the order; shorter ones begin anew, or their last frame stands.

    The whole picture is shown, on black where its shape is another. Under a narration its own sound is lowered.
    Returns for how many seconds the last frame stands, as far as the pictures that are really there tell.
    Raises JobError for a file that holds no picture.
    """
    media = probe(clip)
    if not media.frames:
        raise JobError(f"{clip.name}: holds no picture. {_ALIKE}")
    seconds = length_s(order.video, frames_of(order))
    again = loop and media.duration_s + 0.5 / order.video.fps < seconds
    options: dict[str, Any] = {"stream_loop": -1} if again else {}
    opened = source(clip, **options)
    rate = rate_of(order.video.fps)
    width, height = order.video.size
    picture = opened["v:0"].filter("setpts", "PTS-STARTPTS").filter("fps", f"{rate.numerator}/{rate.denominator}")
    picture = square(picture).filter("scale", width, height, force_original_aspect_ratio="decrease", flags="bicubic")
    picture = picture.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2")
    picture = picture.filter("tpad", stop_mode="clone", stop_duration=f"{seconds:.6f}")
    own = fitted(opened["a:0"], seconds) if media.audio_codec else None
    if own is None:
        sound = narrated(order, seconds)
    elif order.narration is None:
        sound = own
    else:
        both = [narrated(order, seconds), own.filter("volume", _LOWERED)]
        sound = ffmpeg.filter(both, "amix", inputs=2, normalize=0, duration="first")
    encode(order, picture, sound, out, timeout_s=timeout_s)
    there_s = media.frames / media.fps if media.fps else media.duration_s
    return 0.0 if again else max(0.0, seconds - there_s)


def report(
    order: ClipOrder,
    out: Path,
    generator: str,
    began: float,
    *,
    warnings: tuple[str, ...] = (),
    log: str = "",
    stands_s: float = 0.0,
) -> ClipReport:
    """What lies in `out`, read back. Raises ToolError where that is not what was ordered.

    `stands_s`: for so long the last frame stands, because what was made is shorter; that is told if it can be seen.
    """
    if stands_s > _SEEN_S:
        wanted = f"{order.duration_s:.2f} s were ordered"
        warnings += (f"{generator}: its clip ends {stands_s:.2f} s too early ({wanted}), its last frame stands.",)
    try:
        media = probe(out)
    except JobError as error:
        raise ToolError(f"{error} It was just written by ffmpeg. Try again, or free space on the disk.") from error
    if (media.width, media.height) != order.video.size or not media.frames:
        found = f"{media.width}×{media.height}, {media.frames} frames"
        raise ToolError(f"{out.name}: ffmpeg wrote {found}. Set HOTFOLDERD_FFMPEG to another ffmpeg, and retry.")
    return ClipReport(
        path=out,
        generator=generator,
        seed=order.seed,
        duration_s=round(length_s(order.video, media.frames), 4),
        width_px=media.width,
        height_px=media.height,
        fps=order.video.fps,
        frames=media.frames,
        has_sound=media.audio_codec is not None,
        seconds=round(time.monotonic() - began, 3),
        warnings=warnings,
        log=log[-LOG_LETTERS:],
        stands_s=round(stands_s, 4),
    )
