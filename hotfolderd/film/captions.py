"""Captions: what is said, in lines that can be read, timed to the sound.

Reads and writes SRT and WebVTT files; the rest is pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Caption:
    """At most two lines of at most 42 characters, shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def captions_for(text: str, start_s: float, end_s: float) -> tuple[Caption, ...]:
    """The text in captions, one after the other from `start_s` to `end_s`, each as long as its share of the words."""
    raise NotImplementedError


def write_srt(captions: Iterable[Caption], out: Path) -> None:
    """`out` holds the captions as SRT."""
    raise NotImplementedError


def write_vtt(captions: Iterable[Caption], out: Path) -> None:
    """`out` holds the captions as WebVTT."""
    raise NotImplementedError


def read_srt(path: Path) -> tuple[Caption, ...]:
    """The captions of an SRT file. Raises JobError (file and line) for one that is none."""
    raise NotImplementedError


def moved(captions: Iterable[Caption], by_s: float, within_s: float) -> tuple[Caption, ...]:
    """The captions of a clip of `within_s` at the place where it stands in a film."""
    raise NotImplementedError
