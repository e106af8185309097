"""Video: what a clip holds, single frames out of it, and H.264 `.mp4` files made of pictures.

Reads clips, pictures and frames; writes videos and JPEGs, each verified to be what was asked for by `check` where the
caller wants it. It never changes a file that it reads and adds no sound.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ffmpeg
from PIL import Image, ImageOps

from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.foreign import open_file
from hotfolderd.media import board, process
from hotfolderd.media.graph import Size, even, examine, execute, frame_count, looped, put, raw, repeat, source, write
from hotfolderd.media.pictures import FORMATS, flattened, rgb_or_rgba, said

Frame = Image.Image | bytes

PROBE_S = 60.0
# Where nothing moves, looking ahead and searching for motion save nothing. With a qcomp below 1 x264 spends more on
# each frame because there is so little in it, and codes the grain of the first one again and again.
_NOTHING_MOVES: dict[str, Any] = {
    "bf": 0,
    "x264-params": "weightp=0:rc-lookahead=0:mbtree=0:qcomp=1:ref=1:me=dia:subme=0:trellis=0",
}
# The packets of a short piece say the same again as often as they are repeated, and cost nothing but the bytes of its
# first frame each time.
_MOST_PIECES, _LEAST_PIECE_S = 5, 2.0
MAX_PIXELS = 150_000_000
_OURS_TO_BLAME = "The disk may be full or ffmpeg too old; free space or set HOTFOLDERD_FFMPEG, then retry."


@dataclass(frozen=True, slots=True)
class Media:
    """What a media file holds; sizes in pixels, 0 where there is no picture. `frames` are those really in the file.

    `pixel_ratio`: how much wider than high a pixel is to be shown. `turned`: a player turns the picture by a quarter.
    """

    duration_s: float
    width: int
    height: int
    fps: float
    video_codec: str | None
    audio_codec: str | None
    frames: int
    pixel_ratio: float = 1.0
    turned: bool = False

    @property
    def shown(self) -> Size:
        """The size in which a player shows it: upright, and with square pixels."""
        width, height = round(self.width * self.pixel_ratio), self.height
        return (height, width) if self.turned else (width, height)


def probe(path: Path, *, decode: bool = False, timeout_s: float = PROBE_S) -> Media:
    """What lies in a media file; there is no ffprobe in the wheel, so ffmpeg counts its packets into nowhere.

    `decode` really decodes all of it, and the first damaged frame fails. Raises JobError for a file that is no media.
    """
    if not path.is_file():
        raise JobError(f"{path.name}: there is no such file in {path.parent}. Put it there, or correct its name.")
    strict: dict[str, Any] = {"xerror": None, "err_detect": "explode"} if decode else {}
    opened = source(path, **strict)
    codec = {} if decode else {"c": "copy"}
    streams = ffmpeg.output(opened["v:0?"], opened["a:0?"], "-", f="null", progress="pipe:1", **codec)
    done = examine(streams, timeout_s=timeout_s)
    if done.code != 0:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1].strip()
        raise JobError(
            f"{path.name}: ffmpeg cannot read it as video or sound, its last words: {last}. Replace the file."
        )
    return _media(path, done)


def _media(path: Path, done: process.Finished) -> Media:
    head = done.stderr.split("Output #", 1)[0]
    duration = re.search(r"^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", head, re.MULTILINE)
    video = re.search(r"^\s*Stream #.*: Video: (\w+)(.*)$", head, re.MULTILINE)
    audio = re.search(r"^\s*Stream #.*: Audio: (\w+)", head, re.MULTILINE)
    if video is None and audio is None:
        raise JobError(f"{path.name}: holds neither picture nor sound. Replace the file.")
    size = re.search(r", (\d{1,5})x(\d{1,5})\b", video[2]) if video else None
    fps = re.search(r"([\d.]+)(k?) fps", video[2]) if video else None
    pixels = re.search(r"\[SAR (\d+):(\d+) ", video[2]) if video else None
    ratio = int(pixels[1]) / max(1, int(pixels[2])) if pixels else 1.0
    rotated = re.search(r"rotation of (-?\d+(?:\.\d+)?) degrees", head[video.end() :]) if video else None
    frames = re.findall(r"^frame=\s*(\d+)", done.stdout.decode("ascii", "replace"), re.MULTILINE)
    return Media(
        duration_s=int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else 0.0,
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
        fps=float(fps[1]) * (1000 if fps[2] else 1) if fps else 0.0,
        video_codec=video[1] if video else None,
        audio_codec=audio[1] if audio else None,
        frames=int(frames[-1]) if video and frames else 0,
        pixel_ratio=ratio if 0.25 <= ratio <= 4 else 1.0,  # as `graph.square` has it
        turned=rotated is not None and round(float(rotated[1])) % 180 == 90,
    )


def check(path: Path, size: Size, duration_s: float, *, within_s: float = 0.15) -> Media:
    """What lies in a video that we wrote, all of it decoded. Raises ToolError unless it is what it should be."""
    try:
        media = probe(path, decode=True, timeout_s=PROBE_S + 10 * duration_s)
    except JobError as error:
        raise ToolError(f"{error} It was just written by ffmpeg. {_OURS_TO_BLAME}") from error
    wanted = even(size)
    if (media.width, media.height) != wanted or abs(media.duration_s - duration_s) > within_s or not media.frames:
        found = f"{media.width}×{media.height}, {media.duration_s:g} s, {media.frames} frames"
        raise ToolError(
            f"{path.name}: ffmpeg wrote {found} instead of {wanted[0]}×{wanted[1]}, {duration_s:g} s. {_OURS_TO_BLAME}"
        )
    return media


def still_to_video(picture: Path | Image.Image, out: Path, size: Size, fps: float, duration_s: float) -> None:
    """`out` shows one picture for `duration_s`, scaled to `size`, on black.

    ffmpeg gets one frame and repeats it; of a longer video it encodes the first piece, which is then repeated.
    """
    frame = _flat(open_picture(picture), size)
    frames = frame_count(fps, duration_s)
    piece = min(frames, max(math.ceil(frames / _MOST_PIECES), frame_count(fps, _LEAST_PIECE_S)))

    def encode(part: Path) -> None:
        stream = looped(raw(size, fps), piece)
        write(stream, part, timeout_s=120 + 20 * duration_s, stdin=[frame.tobytes()], **_NOTHING_MOVES)

    if piece == frames:
        encode(out)
        return
    with tempfile.TemporaryDirectory(prefix=".piece-", dir=out.parent) as folder:
        first = Path(folder) / "piece.mp4"
        encode(first)
        repeat(first, out, frames, timeout_s=120 + duration_s)


def frames_to_video(frames: Iterable[Frame], out: Path, size: Size, fps: float, *, timeout_s: float = 1800) -> int:
    """`out` shows the frames (pictures, or RGB bytes of exactly `size`) one after another; how many there were.

    Frames are asked for while ffmpeg encodes: never more than one waits. What the iterator raises is raised here.
    """
    count = 0

    def pieces() -> Iterator[bytes]:
        nonlocal count
        for frame in frames:
            count += 1
            data = frame if isinstance(frame, bytes) else _flat(frame, size).tobytes()
            if len(data) != size[0] * size[1] * 3:
                raise ValueError(f"a frame of {len(data)} bytes is no RGB picture of {size[0]}×{size[1]}")
            yield data
        if not count:
            raise ValueError(f"{out.name}: there was no frame to make a video of")

    write(raw(size, fps), out, timeout_s=timeout_s, stdin=pieces())
    return count


def side_by_side(
    left: Path | Image.Image,
    right: Path | Image.Image,
    out: Path,
    *,
    title: str,
    fps: float,
    duration_s: float,
    max_height_px: int = 1080,
    labels: tuple[str, str] = (board.DESIGN, board.APPROXIMATE),
) -> Size:
    """`out` shows both at the same height under a bar with title and labels; the size of the video.

    `left` is a picture, `right` a picture (an Image) or a clip (a path). Two pictures make one frame that is repeated.
    """
    design = open_picture(left)
    if isinstance(right, Image.Image):
        plan = board.lay_out(design.size, right.size, max_height_px)
        picture = board.draw(plan, design, right, title=title, labels=labels)
        still_to_video(picture, out, picture.size, fps, duration_s)
        return picture.size
    clip = probe(right)
    if not clip.frames:
        raise JobError(f"{right.name}: holds no picture. Replace the file.")
    plan = board.lay_out(design.size, (clip.width, clip.height), max_height_px)
    picture = board.draw(plan, design, None, title=title, labels=labels)
    frames = frame_count(fps, duration_s)
    moving = source(right)["v:0"].filter("fps", fps).filter("scale", plan.right_width, plan.half_px).filter("setsar", 1)
    ground = looped(raw(picture.size, fps), frames)
    both = ffmpeg.overlay(ground, moving, x=plan.right_x, y=plan.bar_px, eof_action="repeat")
    exactly: dict[str, Any] = {"frames:v": frames}
    write(both, out, timeout_s=120 + 30 * duration_s, stdin=[picture.tobytes()], **exactly)
    return picture.size


def frame_at(video: Path, at_s: float) -> Image.Image:
    """The frame that is shown at `at_s` seconds (the first or the last one for a time outside the video), in RGB."""
    media = probe(video)
    if not media.frames or not media.fps:
        raise JobError(f"{video.name}: holds no picture. Replace the file.")
    number = min(max(int(at_s * media.fps + 1e-6), 0), media.frames - 1)
    seek = max(0.0, (number - 0.5) / media.fps)
    one = source(video, ss=f"{seek:.6f}")["v:0"].output("pipe:1", f="image2pipe", vcodec="ppm", **{"frames:v": 1})
    data = execute(one, timeout_s=PROBE_S).stdout
    if not data:
        raise JobError(f"{video.name}: has no frame at {at_s:g} s although it should. Replace the damaged file.")
    picture = Image.open(io.BytesIO(data), formats=("PPM",))
    picture.load()
    return picture


def thumbnail(video: Path, out: Path, at_s: float = 0.5, max_side_px: int = 960) -> None:
    """`out` is a JPEG of the frame at `at_s` (the last one of a shorter video), at most `max_side_px` long."""
    picture = frame_at(video, at_s)
    picture.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
    put(out, lambda part: picture.save(part, "JPEG", quality=85, optimize=True))


def open_picture(picture: Path | Image.Image, *, upright: bool = False) -> Image.Image:
    """The picture as After Effects reads it, turned by no EXIF note unless `upright` is asked for. 8 bits, RGB or RGBA.

    Raises JobError for a file that is none of `pictures.FORMATS`, or one of more than `MAX_PIXELS`.
    """
    if isinstance(picture, Image.Image):
        return picture
    with _pictures_only(picture), open_file(picture) as stream, _begun(picture, stream) as opened:
        return rgb_or_rgba(ImageOps.exif_transpose(opened) if upright else opened)


def picture_size(picture: Path) -> Size:
    """Width and height, from the header alone. Raises JobError as `open_picture` does."""
    with _pictures_only(picture), open_file(picture) as stream, _begun(picture, stream) as opened:
        return opened.size


def _begun(picture: Path, stream: BinaryIO) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is our own
        opened = Image.open(stream, formats=FORMATS)
    width, height = opened.size
    if width * height > MAX_PIXELS:
        opened.close()
        limit = MAX_PIXELS // 1_000_000
        raise JobError(f"{picture.name}: {width}×{height} is more than {limit} million pixels. Scale it down.")
    return opened


@contextlib.contextmanager
def _pictures_only(picture: Path) -> Iterator[None]:
    try:
        yield
    except HotfolderError:
        raise
    except Exception as error:  # Pillow's plug-ins raise many unrelated classes on a broken file
        raise JobError(f"{picture.name}: cannot be read as a picture ({said(error)}). Replace the file.") from error


def _flat(picture: Image.Image, size: Size) -> Image.Image:
    picture = flattened(rgb_or_rgba(picture), "#000000")
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
