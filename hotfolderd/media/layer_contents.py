"""What is on a layer: a solid, a picture, a text, another comp, or a gap where footage is missing.

Plain values that can be compared and kept as keys, and how they are made of py-aep's objects. Reads the headers of
footage pictures; draws nothing and writes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py_aep.enums import AlphaMode, BoxVerticalAlignment, ParagraphJustification
from py_aep.enums.text_document import FontCapsOption
from py_aep.models.items.footage import FootageItem
from py_aep.models.sources.file import FileSource
from py_aep.models.sources.solid import SolidSource

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import video
from hotfolderd.media.blending import Blend
from hotfolderd.media.masks import Mask
from hotfolderd.media.placing import Affine, sound
from hotfolderd.media.same_names import fold
from hotfolderd.media.shapes import Art
from hotfolderd.media.typeset import Align, TextBlock, VerticalAlign

PICTURES = {".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
CLIPS = {".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm", ".mxf"}


@dataclass(frozen=True, slots=True)
class Solid:
    """A plain rectangle; colour 0 to 255."""

    colour: tuple[int, int, int]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Still:
    """A picture file, or the first frame of a clip, with its own size.

    How its alpha is to be read: `opaque`, not at all; `inverted`; `matted`: it is mixed with this colour where it is
    transparent.
    """

    path: Path
    width: int
    height: int
    opaque: bool = False
    inverted: bool = False
    matted: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Footage for which no file was given; drawn as a card."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Nested:
    """Another comp as it looks at one moment; `collapsed`: its layers are drawn as if they lay in the outer comp."""

    width: int
    height: int
    layers: tuple[Shown, ...]
    collapsed: bool = False


Content = Solid | Still | Missing | Nested | TextBlock | Art


@dataclass(frozen=True, slots=True)
class Shown:
    """One layer at one moment; `matrix` leads from its pixels to those of its comp, `opacity` is 0 to 1.

    `atop`: it is seen only where something lies below.
    """

    content: Content
    matrix: Affine
    opacity: float
    blend: Blend
    masks: tuple[Mask, ...] = ()
    matte: Matte | None = None
    atop: bool = False


@dataclass(frozen=True, slots=True)
class Matte:
    """The layer whose alpha or brightness cuts another one; `layer` is None while nothing of it is there."""

    layer: Shown | None
    luma: bool
    inverted: bool


def of_footage(item: FootageItem, footage: Mapping[str, Path], note: Callable[[str], None]) -> Content:
    """What is on a footage layer. `footage` is as `footage_by_name` gives it; `note` takes what will look different."""
    source = item.main_source
    if isinstance(source, SolidSource):
        return Solid(_colour(source.color), item.width, item.height)
    path = next((footage[name] for name in _names(item) if name in footage), None)
    if path is None:
        note(f"footage {item.name} was not given, a card is shown in its place")
        return Missing(item.name, item.width, item.height)
    if not _is_drawable(path, path.stat().st_mtime_ns):
        note(f"{path.name} cannot be drawn without After Effects, a card is shown in its place")
        return Missing(item.name, item.width, item.height)
    if path.suffix.lower() in CLIPS:
        note(f"the clip {item.name} is shown as its first frame")
        return Still(path, item.width, item.height)
    width, height = video.picture_size(path)
    if (width, height) != (item.width, item.height):
        note(f"{path.name} is {width}×{height}, the project expects {item.width}×{item.height}")
    if item.duration:
        note(f"the sequence {item.name} is shown as its first picture")
    return _still(path, width, height, source)


@functools.lru_cache(maxsize=256)
def _is_drawable(path: Path, _changed_ns: int) -> bool:
    """Whether Pillow or ffmpeg can show footage of a kind that they need not know: `.ai`, `.psd`, a codec of a camera.

    A picture of a kind that they know is taken for drawable, though it may be damaged.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in CLIPS:
            video.frame_at(path, 0.0)
        elif suffix not in PICTURES:
            video.picture_size(path)
    except (JobError, ToolError):
        return False
    return True


def _still(path: Path, width: int, height: int, source: Any) -> Still:
    """A picture whose alpha is read as the project says."""
    if not source.has_alpha:
        return Still(path, width, height)
    return Still(
        path,
        width,
        height,
        opaque=source.alpha_mode == AlphaMode.IGNORE,
        inverted=bool(source.invert_alpha),
        matted=_colour(source.premul_color) if source.alpha_mode == AlphaMode.PREMULTIPLIED else None,
    )


def footage_by_name(given: Mapping[str, Path]) -> dict[str, Path]:
    """The pictures by each way in which a project may name them: as given, as a full path, by the last part of it."""
    by_name: dict[str, Path] = {}
    for name, path in given.items():
        by_name.setdefault(_plain(name).rsplit("/", 1)[-1], path)
    return by_name | {_plain(name): path for name, path in given.items()}


def _names(item: FootageItem) -> Iterator[str]:
    """Its file first: the item may be called after another one, such as the file that it showed before."""
    source = item.main_source
    if isinstance(source, FileSource) and not source.layer_name:  # one layer of a PSD is not the PSD
        yield _plain(source.file)
        yield _plain(source.file).rsplit("/", 1)[-1]
    yield _plain(item.name)


def _plain(name: str) -> str:
    return fold(name.replace("\\", "/"))


_ALIGN: dict[int, Align] = {
    ParagraphJustification.RIGHT_JUSTIFY: "right",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_RIGHT: "right",
    ParagraphJustification.CENTER_JUSTIFY: "center",
    ParagraphJustification.FULL_JUSTIFY_LASTLINE_CENTER: "center",
}
_VERTICAL: dict[int, VerticalAlign] = {BoxVerticalAlignment.CENTER: "center", BoxVerticalAlignment.BOTTOM: "bottom"}


def text_block(document: Any) -> TextBlock | None:
    """The text of a text document and its look, None where nothing would be seen.

    Raises ValueError if a number in it is beyond all reason.
    """
    colour = document.fill_color if document.apply_fill is not False else None
    stroke = document.stroke_color if document.apply_stroke else None
    stroke_px = float(document.stroke_width or 0.0)
    text = str(document.text or "")
    if not text.strip() or not (colour or (stroke and stroke_px > 0)):
        return None
    if document.font_caps_option not in {None, FontCapsOption.FONT_NORMAL_CAPS}:
        text = text.upper()
    size = float(document.font_size or 12)
    left, top = document.box_text_pos or (0, 0)
    width, height = document.box_text_size or (0, 0)
    leading, tracking = float(document.leading or size * 1.2), float(document.tracking or 0)
    sound(size, leading, tracking, left, top, width, height, stroke_px)
    return TextBlock(
        text=text,
        font=str(document.font or ""),
        size_px=size,
        leading_px=leading,
        colour=_colour(colour) if colour else None,
        align=_ALIGN.get(document.justification, "left"),
        tracking=tracking,
        box=(float(left), float(top), float(width), float(height)) if document.box_text else None,
        vertical=_VERTICAL.get(document.box_vertical_alignment, "top"),
        stroke=_colour(stroke) if stroke and stroke_px > 0 else None,
        stroke_px=stroke_px,
        stroke_over=document.stroke_over_fill is not False,
    )


def _colour(parts: Sequence[float]) -> tuple[int, int, int]:
    red, green, blue = (min(255, max(0, round(part * 255))) for part in parts[:3])
    return red, green, blue
