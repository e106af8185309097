"""The pictures of a film: joined anew in one encode, or copied where no frame has to change.

Reads clips; writes the film, with its sound, its title and its chapters.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from hotfolderd.film.joints import Plan, groups
from hotfolderd.film.mixing import fades, its_own
from hotfolderd.film.scene import VideoFormat
from hotfolderd.media.graph import AAC, METADATA, examine, execute, file_name, put, rate_of, source, write
from hotfolderd.media.video import Media

_MANY = 24
_ESCAPED = re.compile(r"([=;#\\\n])")
Heard = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Rest:
    """What a film has beside its pictures: a sound (WAV), an ffmetadata file, and who is told how far it is.

    `heard` makes of the frames that came before a piece what is told while it is made.
    """

    sound: Path
    metadata: Path
    heard: Callable[[int], Heard]


def encode(
    clips: Sequence[tuple[Path, Media]],
    plan: Plan,
    video: VideoFormat,
    rest: Rest,
    out: Path,
    *,
    at_once: int,
    timeout_s: float,
) -> None:
    """Joins the clips; each is brought to the size and rate of the film first.

    Up to `at_once` clips are one graph and one encode. More would need more memory than a worker may use: then so many
    at a time become a piece, and the pieces are joined as they are.
    """
    found = groups(len(clips), at_once)
    until = time.monotonic() + timeout_s
    if len(found) == 1:
        _encode_piece(clips, plan, video, (0, len(clips) - 1), out, rest.heard(0), timeout_s=timeout_s, rest=rest)
        return
    pieces: list[Path] = []
    lengths: list[int] = []
    try:
        for first, last in found:
            pieces.append(out.with_name(f".{out.stem}.piece{len(pieces)}.mp4"))
            heard = rest.heard(sum(lengths))
            left = max(1.0, until - time.monotonic())
            lengths.append(_encode_piece(clips, plan, video, (first, last), pieces[-1], heard, timeout_s=left))
        left = max(1.0, until - time.monotonic())
        copy(pieces, lengths, rate_of(video.fps), rest, out, before=sum(lengths), timeout_s=left)
    finally:
        for piece in pieces:
            piece.unlink(missing_ok=True)


def _encode_piece(
    clips: Sequence[tuple[Path, Media]],
    plan: Plan,
    video: VideoFormat,
    parts: tuple[int, int],
    out: Path,
    heard: Heard,
    *,
    timeout_s: float,
    rest: Rest | None = None,
) -> int:
    """The parts from the first to the last, with what dissolves out of the last, as one file; how many frames it has.

    What dissolves into the first belongs to the piece before. With `rest` it is the whole film.
    """
    rate = rate_of(video.fps)
    first, last = parts
    few = last - first < _MANY
    pieces: list[Any] = []
    tail: Any = None
    for at in range(first, last + 1):
        given = _part(*clips[at], plan, at, video, few=few)
        head, body, following = _pieces(given, plan, at, rate, without_head=at == first)
        if tail is not None:
            pieces.append(_dissolve(tail, head, plan, at - 1, rate))
        pieces += [body] if body is not None else []
        tail = following
    if tail is not None:
        given = _part(*clips[last + 1], plan, last + 1, video, few=few)
        pieces.append(_dissolve(tail, _head(given, plan, last + 1, rate), plan, last, rate))
    begins = plan.starts[first] + (_dissolved(plan, first - 1) if first else 0)
    total = plan.starts[last] + plan.lengths[last] - begins
    stream = pieces[0] if len(pieces) == 1 else ffmpeg.concat(*pieces, v=1, a=0)
    stream = stream.filter("fps", _shown(rate))
    stream = stream.filter("tpad", stop_mode="clone", stop=2)
    exactly: dict[str, Any] = {"frames:v": total, "progress": "pipe:1", "stats_period": 0.5}
    if rest is not None:
        exactly |= {"sound": source(rest.sound, formats="wav")["a:0"], "metadata": rest.metadata}
    write(stream, out, timeout_s=timeout_s, heard=heard, **exactly)
    return total


def _dissolve(tail: Any, head: Any, plan: Plan, joint: int, rate: Fraction) -> Any:
    """`dissolve` of xfade is a pattern of dots and takes twice as long; a dissolve of film is its `fade`."""
    how = {"duration": _seconds(plan.joints[joint].frames, rate), "offset": 0}
    return ffmpeg.filter([tail, head], "xfade", transition="fade", **how)


def _pieces(stream: Any, plan: Plan, at: int, rate: Fraction, *, without_head: bool) -> tuple[Any, Any, Any]:
    """What of a part dissolves out of the one before, what stands alone, and what dissolves into the next.

    None where there is no such piece. Only the frames that two parts share pass through `xfade`.
    """
    length = plan.lengths[at]
    begins = _dissolved(plan, at - 1) if at > 0 else 0
    ends = _dissolved(plan, at) if at < len(plan.joints) else 0
    bounds = [(0, 0 if without_head else begins), (begins, length - ends), (length - ends, length)]
    wanted = [start < end for start, end in bounds]
    if sum(wanted) == 1:
        streams = [stream]
    else:
        split = stream.filter_multi_output("split", sum(wanted))
        streams = [split[number] for number in range(sum(wanted))]
    found: list[Any] = []
    for is_wanted, (start, end) in zip(wanted, bounds, strict=True):
        found.append(_cut(streams.pop(0), start, end, rate) if is_wanted else None)
    return found[0], found[1], found[2]


def _head(stream: Any, plan: Plan, at: int, rate: Fraction) -> Any:
    """What of a part dissolves out of the one before."""
    return _cut(stream, 0, _dissolved(plan, at - 1), rate)


def _cut(stream: Any, start: int, end: int, rate: Fraction) -> Any:
    piece = stream.filter("trim", start_frame=start, end_frame=end).filter("setpts", "PTS-STARTPTS")
    return piece.filter("fps", _shown(rate)).filter("settb", f"{rate.denominator}/{rate.numerator}")


def _dissolved(plan: Plan, joint: int) -> int:
    return plan.joints[joint].frames if plan.joints[joint].kind == "dissolve" else 0


def copy(
    clips: Sequence[Path],
    lengths: Sequence[int],
    rate: Fraction,
    rest: Rest,
    out: Path,
    *,
    before: int,
    timeout_s: float,
) -> None:
    """Joins the pictures of clips, so many frames of each, as they are; they have to be `alike`.

    `before`: so many frames were encoded to that end.
    """
    listed = out.with_name(f".{out.name}.list")
    # The pictures alone: with the sounds, which AAC has begin a little before 0, all of them would come too late.
    lines = ["ffconcat version 1.0", "stream", "exact_stream_id 1"]
    for clip, length in zip(clips, lengths, strict=True):
        name = str(clip.absolute()).replace("'", r"'\''")
        lines += [f"file 'file:{name}'", "inpoint 0", f"duration {_seconds(length, rate)}"]
    pictures = ffmpeg.input(
        file_name(listed), f="concat", safe=0, protocol_whitelist="file", format_whitelist="concat,mov,mp4"
    )
    sound = source(rest.sound, formats="wav")["a:0"]
    how = {"map_metadata": METADATA, "map_chapters": METADATA, "movflags": "+faststart", "progress": "pipe:1"}

    def join(part: Path) -> None:
        graph = ffmpeg.output(pictures["v:0"], sound, file_name(part), f="mp4", vcodec="copy", **AAC, **how)
        execute(graph, timeout_s=timeout_s, heard=rest.heard(before), metadata=rest.metadata)

    try:
        listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        put(out, join)
    finally:
        listed.unlink(missing_ok=True)


def alike(clips: Sequence[tuple[Path, Media]], video: VideoFormat, *, timeout_s: float) -> bool:
    """Whether the pictures of all clips are coded the same way, in the size and rate of the film."""
    rate = float(rate_of(video.fps))
    if any((one.width, one.height) != video.size or abs(one.fps - rate) > 0.01 for _, one in clips):
        return False
    return len({_coded(clip, timeout_s) for clip, _ in clips}) == 1


def _coded(clip: Path, timeout_s: float) -> str:
    """How the pictures of a clip are coded: codec, its parameters, time base, shape of the pixels, first packet."""
    graph = ffmpeg.output(source(clip)["v:0"], "-", f="framemd5", c="copy", **{"frames:v": 1})
    done = examine(graph, timeout_s=timeout_s)
    said = done.stdout.decode("ascii", "replace")
    known = ("#extradata", "#tb", "#codec_id", "#dimensions", "#sar")
    lines = [line for line in said.splitlines() if line.startswith(known)]
    if "#codec_id 0: h264" not in lines or "Stream #0:0[0x1]" not in done.stderr:
        return f"{clip}: {said}"
    first = next((line.split(",")[1:4] for line in said.splitlines() if not line.startswith("#")), [])
    return "\n".join([*lines, *(part.strip() for part in first)])


def ffmetadata(title: str, chapters: Sequence[tuple[float, float, str]]) -> str:
    """Title and chapters (from, to, name) as ffmpeg reads them."""
    lines = [";FFMETADATA1", f"title={_escaped(title)}"] if title else [";FFMETADATA1"]
    for start, end, name in chapters:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round(start * 1000)}", f"END={round(end * 1000)}"]
        lines.append(f"title={_escaped(name)}")
    return "\n".join(lines) + "\n"


def _escaped(words: str) -> str:
    return _ESCAPED.sub(r"\\\1", " ".join(words.split()))


def _part(clip: Path, media: Media, plan: Plan, at: int, video: VideoFormat, *, few: bool) -> Any:
    rate = rate_of(video.fps)
    length = plan.lengths[at]
    options = its_own(at) | ({} if few else {"threads": 1})
    picture = source(clip, **options)["v:0"].filter("setpts", "PTS-STARTPTS").filter("fps", _shown(rate))
    if (media.width, media.height) != video.size:
        picture = picture.filter("scale", *video.size, force_original_aspect_ratio="decrease", flags="bicubic").filter(
            "pad", *video.size, "(ow-iw)/2", "(oh-ih)/2"
        )
    picture = picture.filter("setsar", 1).filter("format", "yuv420p")
    picture = picture.filter("tpad", stop_mode="clone", stop=2).filter("trim", end_frame=length)
    begins, ends = fades(plan, at)
    if begins:
        picture = picture.filter("fade", type="in", start_frame=0, nb_frames=begins)
    if ends:
        picture = picture.filter("fade", type="out", start_frame=length - ends, nb_frames=ends)
    return picture.filter("settb", f"{rate.denominator}/{rate.numerator}")


def _shown(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"


def _seconds(frames: int, rate: Fraction) -> str:
    return f"{float(frames / rate):.6f}"
