"""Captions: what is said, in lines that can be read, timed to the sound.

Reads and writes SRT and WebVTT files; the rest is pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.film.script import sentences
from hotfolderd.foreign import open_file
from hotfolderd.media.graph import put
from hotfolderd.media.typeset import break_line

COLUMNS = 42
LINES = 2
SHORTEST_S = 1.2
_PAUSE_S = 0.45
_MAX_BYTES = 8 << 20
_TIMES = re.compile(r"^(\d{1,3}):(\d\d):(\d\d)[,.](\d{3})\s*-->\s*(\d{1,3}):(\d\d):(\d\d)[,.](\d{3})")


@dataclass(frozen=True, slots=True)
class Caption:
    """At most two lines of at most 42 characters, shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def captions_for(
    text: str, start_s: float, end_s: float, pauses: Sequence[tuple[float, float]] = ()
) -> tuple[Caption, ...]:
    """The text in captions, one after the other from `start_s` to `end_s`, each as long as its share of the words.

    A sentence that ends near one of the `pauses` of the voice (start and end, in seconds) ends in the middle of it.
    """
    chunks = _chunks(text, max(end_s - start_s, 0.0))
    if not chunks or end_s <= start_s:
        return ()
    weights = [_weight(" ".join(chunk)) for chunk in chunks]
    total = sum(weights)
    times = [start_s]
    for weight in weights:
        times.append(times[-1] + weight * (end_s - start_s) / total)
    middles = [(start + end) / 2 for start, end in pauses]
    for at, chunk in enumerate(chunks[:-1], 1):
        near = [middle for middle in middles if abs(middle - times[at]) <= _PAUSE_S]
        if near and chunk[-1].endswith((".", "!", "?", "…", ",", ";", ":")):
            best = min(near, key=lambda middle: abs(middle - times[at]))
            if times[at - 1] < best < times[at + 1]:
                times[at] = best
    times[-1] = end_s
    return tuple(
        Caption(round(start, 3), round(end, 3), chunk)
        for chunk, (start, end) in zip(chunks, pairwise(times), strict=True)
    )


def write_srt(captions: Iterable[Caption], out: Path) -> None:
    """`out` holds the captions as SRT."""
    blocks = [
        f"{number}\n{_stamp(one.start_s, ',')} --> {_stamp(one.end_s, ',')}\n"
        + "\n".join(line.replace("-->", "→") for line in one.lines)
        for number, one in enumerate(captions, 1)
    ]
    _write(out, "\n\n".join(blocks) + "\n" if blocks else "")


def write_vtt(captions: Iterable[Caption], out: Path) -> None:
    """`out` holds the captions as WebVTT."""
    blocks = ["WEBVTT"]
    for one in captions:
        lines = [line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in one.lines]
        blocks.append(f"{_stamp(one.start_s, '.')} --> {_stamp(one.end_s, '.')}\n" + "\n".join(lines))
    _write(out, "\n\n".join(blocks) + "\n")


def read_srt(path: Path) -> tuple[Caption, ...]:
    """The captions of an SRT file. Raises JobError (file and line) for one that is none."""
    with open_file(path) as stream:
        data = stream.read(_MAX_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise JobError(f"{path.name}: is no text in UTF-8. Save it as UTF-8.") from None
    if len(data) > _MAX_BYTES:
        raise JobError(f"{path.name}: is larger than {_MAX_BYTES >> 20} MiB. Captions are smaller.")
    captions: list[Caption] = []
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].strip() or (lines[at].strip().isdigit() and at + 1 < len(lines) and "-->" in lines[at + 1]):
            at += 1
            continue
        found = _TIMES.match(lines[at].strip())
        if not found:
            raise JobError(
                f"{path.name}:{at + 1}: is no line of times, it holds {lines[at].strip()[:40]!r}. "
                "Write it as 00:00:01,000 --> 00:00:02,500."
            )
        words = []
        at += 1
        while at < len(lines) and lines[at].strip():
            words.append(lines[at].strip())
            at += 1
        start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        if end > start and words:
            captions.append(Caption(start, end, tuple(words)))
    return tuple(captions)


def moved(captions: Iterable[Caption], by_s: float, within_s: float) -> tuple[Caption, ...]:
    """The captions of a clip of `within_s` at the place where it stands in a film; what lies behind its end is cut."""
    return tuple(
        replace(one, start_s=round(one.start_s + by_s, 3), end_s=round(min(one.end_s, within_s) + by_s, 3))
        for one in captions
        if one.start_s < within_s - 0.001
    )


def _write(out: Path, text: str) -> None:
    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8", newline="\n")

    put(out, write)


def _chunks(text: str, duration_s: float) -> list[tuple[str, ...]]:
    """What is shown at once: whole sentences where they fit, else parts of one; short ones together."""
    pieces: list[str] = []
    for sentence in sentences(text):
        lines = break_line(sentence, COLUMNS, _columns)
        pieces += [" ".join(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]
    total = sum(map(_weight, pieces)) or 1.0
    shown: list[str] = []
    for piece in pieces:
        if shown and duration_s * min(_weight(shown[-1]), _weight(piece)) / total < SHORTEST_S:
            both = f"{shown[-1]} {piece}"
            if len(break_line(both, COLUMNS, _columns)) <= LINES:
                shown[-1] = both
                continue
        shown.append(piece)
    return [_lines(piece) for piece in shown]


def _lines(piece: str) -> tuple[str, ...]:
    """One line where it fits, else two as equally long as the words allow."""
    if _columns(piece) <= COLUMNS:
        return (piece,)
    words = piece.split(" ")
    splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    fitting = [both for both in splits if max(map(_columns, both)) <= COLUMNS]
    if not fitting:
        return tuple(break_line(piece, COLUMNS, _columns))
    return min(fitting, key=lambda both: abs(_columns(both[0]) - _columns(both[1])))


def _columns(words: str) -> float:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def _weight(words: str) -> float:
    """How long a text takes to be said, in letters: a pause after a sentence counts as some."""
    return _columns(words) + 6 * len(re.findall(r"[.!?…。！？]", words)) + 3 * len(re.findall(r"[,;:，、]", words))


def _stamp(moment_s: float, point: str) -> str:
    milliseconds = max(0, round(moment_s * 1000))
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{milliseconds:03}"


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, milliseconds = map(int, parts)
    return round(hours * 3600 + minutes * 60 + seconds + milliseconds / 1000, 3)
