"""ffmpeg graphs: the hardened beginnings and endings of one, and how it is run.

Graphs are built with ffmpeg-python and run by `process.run`. ffmpeg-python 0.2.0 passes names raw, so that `-y.mp4`
would be an option and `concat:a` a protocol: every name goes in as `file:/absolute/path`, and only the protocols and
formats of the white lists are opened. Output is written beside its place and renamed when it is whole.
This module never opens a network address, and pictures are read by Pillow, never by ffmpeg.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg

from hotfolderd.errors import ToolError
from hotfolderd.media import process

Size = tuple[int, int]

FORMATS = "mov,mp4,matroska,wav,mp3"
SOUND_FORMATS = f"{FORMATS},aac,flac,ogg"
MAX_BYTES = 4 << 30
_REMEDY = "Install the package imageio-ffmpeg, or set HOTFOLDERD_FFMPEG to an ffmpeg that has libx264."
_COLOURS = {"out_color_matrix": "bt709", "out_range": "tv"}
# In the graph, because what a frame says of its colours outweighs the options of the encoder.
_NAMED_COLOURS = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "range": "tv"}
_X264: dict[str, Any] = {
    "vcodec": "libx264",
    "preset": "veryfast",
    "crf": 20,
    "pix_fmt": "yuv420p",
    "movflags": "+faststart",
    "map_metadata": -1,
}
AAC: dict[str, Any] = {"acodec": "aac", "ar": 48000, "ac": 2, "audio_bitrate": "160k"}
# Stands in an output's `map_metadata` and `map_chapters` for the file that `execute` is given as `metadata`.
METADATA = "<metadata>"


def ffmpeg_path() -> str:
    """The ffmpeg to use: `HOTFOLDERD_FFMPEG` where it is set, else the wheel's, else the one in PATH."""
    given = os.environ.get("HOTFOLDERD_FFMPEG")
    if given:
        found = shutil.which(given)
        if found is None:
            raise ToolError(
                f"HOTFOLDERD_FFMPEG: {given} is no program. Set it to the full path of ffmpeg, or unset it."
            )
        return found
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        found = shutil.which("ffmpeg")
        if found is None:
            raise ToolError(f"ffmpeg: program not found. {_REMEDY}") from None
        return found


def rate_of(fps: float) -> Fraction:
    """The exact frame rate that a rounded one stands for: 29.97 is 30000/1001."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    return ntsc if ntsc and abs(float(ntsc) - fps) < 0.002 else Fraction(fps).limit_denominator(1000)


def even(size: Size) -> Size:
    """The nearest size that 4:2:0 video can have: both sides even, at least 2."""
    return max(2, round(size[0] / 2) * 2), max(2, round(size[1] / 2) * 2)


def frame_count(fps: float, duration_s: float) -> int:
    """How many frames last `duration_s`, at least one."""
    return max(1, round(duration_s * rate_of(fps)))


def source(path: Path, *, formats: str = FORMATS, **options: Any) -> Any:
    """A media file as the beginning of a graph. `options` go before its `-i`."""
    return ffmpeg.input(file_name(path), protocol_whitelist="file", format_whitelist=formats, **options)


def raw(size: Size, fps: float) -> Any:
    """RGB frames from stdin as the beginning of a graph, in the colours of video (BT.709, 4:2:0, even sizes)."""
    rate = rate_of(fps)
    frames = ffmpeg.input(
        "pipe:0",
        f="rawvideo",
        pix_fmt="rgb24",
        s=f"{size[0]}x{size[1]}",
        framerate=f"{rate.numerator}/{rate.denominator}",
        protocol_whitelist="pipe",
        format_whitelist="rawvideo",
    )
    return frames.filter("scale", *even(size), **_COLOURS).filter("format", "yuv420p")


def still(path: Path, size: Size, fps: float, *, clear: bool = False, pix_fmt: str = "yuv444p") -> Any:
    """One frame, as RGB bytes in a file of ours (RGBA where it is `clear` in part), as the beginning of a graph."""
    rate = rate_of(fps)
    frame = ffmpeg.input(
        file_name(path),
        f="rawvideo",
        pix_fmt="rgba" if clear else "rgb24",
        s=f"{size[0]}x{size[1]}",
        framerate=f"{rate.numerator}/{rate.denominator}",
        protocol_whitelist="file",
        format_whitelist="rawvideo",
    )
    return frame.filter("scale", *size, **_COLOURS).filter("format", pix_fmt)


def square(stream: Any) -> Any:
    """The stream with square pixels, as wide as a player shows it. A ratio that no camera has is a mistake."""
    wide = "if(between(sar,0.25,4)*not(eq(sar,1)),trunc(iw*sar/2+0.5)*2,iw)"
    return stream.filter("scale", wide, "ih", flags="bicubic").filter("setsar", 1)


def looped(stream: Any, frames: int) -> Any:
    """The first frame of a stream, shown `frames` times: what came before in the graph works only once."""
    return stream.filter("loop", loop=frames - 1, size=1) if frames > 1 else stream


def write(
    stream: Any,
    out: Path,
    *,
    timeout_s: float,
    sound: Any = None,
    stdin: Iterable[bytes] | None = None,
    heard: Callable[[bytes], None] | None = None,
    metadata: Path | None = None,
    **options: Any,
) -> None:
    """The stream as an H.264 `.mp4` that starts at once in a browser, with `sound` as AAC, 48 kHz stereo, where given.

    `heard` is told what ffmpeg prints, such as `-progress`; `metadata` is an ffmetadata file with a title and chapters.
    Raises ToolError; then `out` is as it was.
    """
    stream = stream.filter("setparams", **_NAMED_COLOURS)
    streams = (stream,) if sound is None else (stream, sound)
    codecs = _X264 if sound is None else _X264 | AAC
    if metadata is not None:
        codecs = codecs | {"map_metadata": METADATA, "map_chapters": METADATA}

    def encode(part: Path) -> None:
        graph = ffmpeg.output(*streams, file_name(part), f="mp4", fs=MAX_BYTES, **{**codecs, **options})
        execute(graph, timeout_s=timeout_s, stdin=stdin, heard=heard, metadata=metadata)

    put(out, encode)


def repeat(clip: Path, out: Path, frames: int, *, timeout_s: float) -> None:
    """`out` is an `.mp4` of the first `frames` frames of a clip of ours shown again and again; nothing is encoded anew.

    The clip has no B-frames and no sound. Raises ToolError; then `out` is as it was.
    """
    packets = source(clip, stream_loop=-1)["v:0"]
    exactly: dict[str, Any] = {"frames:v": frames, "fs": MAX_BYTES}
    kept = {key: _X264[key] for key in ("movflags", "map_metadata")}

    def copy(part: Path) -> None:
        execute(ffmpeg.output(packets, file_name(part), f="mp4", c="copy", **exactly, **kept), timeout_s=timeout_s)

    put(out, copy)


def execute(
    graph: Any,
    *,
    timeout_s: float,
    stdin: Iterable[bytes] | None = None,
    heard: Callable[[bytes], None] | None = None,
    metadata: Path | None = None,
) -> process.Finished:
    """Runs the outputs of a graph. Raises ToolError."""
    command = _command(graph, "warning")
    if metadata is not None:  # ffmpeg-python knows no input that has no stream
        number = str(command.count("-i"))
        last = len(command) - command[::-1].index("-i")
        given = ["-f", "ffmetadata", "-protocol_whitelist", "file", "-i", file_name(metadata)]
        command = [number if word == METADATA else word for word in command]
        command[last + 1 : last + 1] = given
    return process.run(command, timeout_s=timeout_s, input=stdin, heard=heard, remedy=_REMEDY)


def examine(graph: Any, *, timeout_s: float) -> process.Finished:
    """Runs a graph for what ffmpeg says about its inputs; a failure is in the exit code. Raises ToolError on a hang."""
    return process.run(_command(graph, "info"), timeout_s=timeout_s, accept=lambda _: True, remedy=_REMEDY)


def put(out: Path, make: Callable[[Path], None]) -> None:
    """Lets `make` write a file beside `out` and calls it `out` once it is whole; leaves nothing else behind."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        make(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def file_name(path: Path) -> str:
    """A name that ffmpeg can only take for a local file."""
    return f"file:{path.absolute()}"


def _command(graph: Any, log: str) -> list[str]:
    graph = graph.global_args("-nostdin", "-hide_banner", "-nostats", "-loglevel", log, "-y")
    return [str(part) for part in graph.compile(cmd=ffmpeg_path())]
