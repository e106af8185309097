"""A Photoshop design as the program knows it: all its layers, their words and boxes, and a picture of each.

Reads a PSD or PSB (psd-tools behind a border: whatever it raises becomes a JobError). Writes, below the folder it is
given, `previews/psd/<slug>.png`, `previews/psd/thumbs/<slug>.png`, `previews/psd_flat.png`, its `_thumb.jpg` and
`_page.jpg`, and what `glances` keeps of each layer.
Never writes a PSD, never follows a linked file, never unpacks an embedded one.
"""

from __future__ import annotations

import itertools
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import (
    AdjustmentLayer,
    Artboard,
    FillLayer,
    Group,
    Layer,
    ShapeLayer,
    SmartObjectLayer,
    TypeLayer,
)
from psd_tools.compression import PSDDecompressionWarning

from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.media import psd_engine_data, psd_formats, psd_rows
from hotfolderd.media.glances import Glances
from hotfolderd.media.likeness import fingerprint
from hotfolderd.media.pictures import (
    PAIR_PX,
    THUMBNAIL_PX,
    at_least,
    centred,
    flattened,
    on_checkerboard,
    pasted,
    thumbnails,
)
from hotfolderd.media.png import write_png
from hotfolderd.media.psd_export import PLAIN_BYTES, Drawing, Exporter, shortcomings
from hotfolderd.media.psd_header import Header, brief, check_complete, psd_border
from hotfolderd.media.psd_text import draw_text_layer, text_look
from hotfolderd.model import Box, Design, DesignLayer, LayerKind, TextLook

MAX_LAYERS = 2_000  # each takes some milliseconds to draw and two files
MAX_LAYER_PIXELS = 2_000_000_000
PICTURES = "previews/psd"
FLAT = "previews/psd_flat.png"
FLAT_THUMBNAIL = "previews/psd_flat_thumb.jpg"
FLAT_PAGE = "previews/psd_flat_page.jpg"
_FLAT_THUMBNAIL_PX, _FLAT_PAGE_PX = 400, 1000
_KINDS: tuple[tuple[type[Layer], LayerKind], ...] = (
    (Group, "group"),
    (TypeLayer, "text"),
    (ShapeLayer, "shape"),
    (FillLayer, "fill"),
    (AdjustmentLayer, "adjustment"),
)

# What psd-tools cannot draw stands in the notes of the design; its own log names objects that nobody here knows.
logging.getLogger("psd_tools").setLevel(logging.CRITICAL)
psd_engine_data.quicken()
psd_formats.quicken()
psd_rows.quicken()


def check_design(path: Path) -> Header:
    """What the header says of a file that psd-tools can open: right magic, within the limits, complete, parsable.

    Raises JobError ("… Invalid or corrupted PSD file: …" if it is broken), ToolError if the disk cannot be read.
    """
    header = check_complete(path)
    _open(path)
    return header


def read_design(
    path: Path,
    out: Path,
    *,
    fonts: Sequence[Path] = (),
    full_canvas: Collection[str] | Callable[[str], bool] = (),
) -> Design:
    """All layers of a PSD, from the bottom to the top, each with its picture and thumbnail written below `out`.

    A layer's picture is the layer alone in sRGB, at full size, also where it reaches beyond the canvas; its box tells
    where it stands. Hidden layers are drawn too. Layers named by `full_canvas` (their paths, or a function of the path)
    are put on the canvas and cut at its edge. `fonts` are folders for text that was saved without pixels. Paths in the
    result are relative to `out`; `Design.path` is the file's name. What could not be drawn stands in `notes`.

    Raises JobError for a file that cannot be read as a whole, ToolError or OSError as the disk does.
    """
    header = check_complete(path)
    psd = _open(path)
    (out / PICTURES / "thumbs").mkdir(parents=True, exist_ok=True)
    reader = _Reader(path, out, psd, fonts, full_canvas if callable(full_canvas) else full_canvas.__contains__)
    with psd_border(path):
        seen = list(_walk(psd))
        _check_amount(path, seen)
    layers = tuple(reader.layer(order, place) for order, place in enumerate(seen))
    reader.flat()
    reader.glances.save()
    return Design(
        path=path.name,
        width=header.width,
        height=header.height,
        mode=header.mode,
        depth=header.depth,
        layers=layers,
        fonts=tuple(dict.fromkeys(font for layer in layers if layer.text for font in layer.text.fonts)),
        flat=FLAT,
        thumbnail=FLAT_THUMBNAIL,
        notes=(*reader.exporter.notes, *reader.notes),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A layer and what only its neighbours tell: its path, whether it is on, whether others are clipped to it."""

    layer: Layer
    path: str
    name: str
    visible: bool
    carries_clipped: bool


@dataclass(slots=True)
class _Reader:
    path: Path
    out: Path
    psd: PSDImage
    fonts: Sequence[Path]
    whole: Callable[[str], bool]
    notes: list[str] = field(default_factory=list)
    slugs: set[str] = field(default_factory=set)
    exporter: Exporter = field(init=False)
    glances: Glances = field(init=False)

    def __post_init__(self) -> None:
        self.glances = Glances(self.out)
        with psd_border(self.path):
            self.exporter = Exporter(self.psd)

    def layer(self, order: int, place: _Place) -> DesignLayer:
        """The record of one layer, its pictures written."""
        layer = place.layer
        with psd_border(self.path):
            kind = _kind(layer)
            left, top, right, bottom = _box(layer)
            opacity = layer.opacity / 255
            text = text_look(layer) if isinstance(layer, TypeLayer) else None
        drawing = self._drawn(place, text)
        if drawing is not None:
            left, top = drawing.left, drawing.top
            right, bottom = left + drawing.image.width, top + drawing.image.height
        whole = drawing is not None and self.whole(place.path)
        picture, small = self._written(place.path, kind, drawing, whole=whole) if drawing else (None, None)
        return DesignLayer(
            path=place.path,
            name=place.name,
            kind=kind,
            box=Box(left, top, max(0, right - left), max(0, bottom - top)),
            visible=place.visible,
            opacity=round(opacity, 4),
            order=order,
            text=text,
            picture=picture,
            thumbnail=small,
            full_canvas=whole,
            smart_object=isinstance(layer, SmartObjectLayer),
        )

    def flat(self) -> None:
        """Write the flattened picture, its thumbnail, and the size that a page shows."""
        with psd_border(self.path):
            image = self.exporter.flat()
        write_png(image, self.out / FLAT)
        page = at_least(image, _FLAT_PAGE_PX)
        flattened(at_least(page, _FLAT_THUMBNAIL_PX)).save(self.out / FLAT_THUMBNAIL, "JPEG", quality=85)
        on_checkerboard(page).save(self.out / FLAT_PAGE, "JPEG", quality=86)

    def _drawn(self, place: _Place, text: TextLook | None) -> Drawing | None:
        """The picture of a layer; one that cannot be drawn is noted and does not spoil the others."""
        layer = place.layer
        try:
            with psd_border(self.path):
                self.notes += [f"Layer '{place.path}' {words}." for words in shortcomings(layer)]
                drawing = self.exporter.draw(layer, carries_clipped=place.carries_clipped)
                if drawing is None and text is not None and isinstance(layer, TypeLayer):
                    return self._drawn_text(place.path, layer, text)
                return drawing
        except JobError as error:
            if isinstance(error.__cause__, PSDDecompressionWarning):
                raise  # the file is damaged: what else in it may be wrong is not to be seen
            self.notes.append(f"Layer '{place.path}' could not be drawn: {brief(error.__cause__)}.")
            return None

    def _drawn_text(self, path: str, layer: TypeLayer, text: TextLook) -> Drawing | None:
        drawn = draw_text_layer(text, layer, self.fonts)
        if drawn is None:
            return None
        drawing, substituted = drawn
        font = f"another font than {text.font}" if substituted else f"{text.font}"
        self.notes.append(f"Text layer '{path}' was saved without pixels: it is drawn here with {font}.")
        return drawing

    def _written(self, path: str, kind: LayerKind, drawing: Drawing, *, whole: bool) -> tuple[str, str]:
        """The files of a layer, all made while its picture is in memory; what is seen of a text says nothing of it."""
        slug = self._slug(path)
        picture, small = f"{PICTURES}/{slug}.png", f"{PICTURES}/thumbs/{slug}.png"
        image: Image.Image = drawing.image
        if whole:
            image = pasted(image, drawing.left, drawing.top, self.psd.size)
        write_png(image, self.out / picture)
        tiny, glance = thumbnails(image, THUMBNAIL_PX, PAIR_PX)
        square = centred(tiny)
        write_png(square, self.out / small)
        self.glances.keep(slug, glance, fingerprint(square) if kind != "text" else None)
        return picture, small

    def _slug(self, path: str) -> str:
        slug = base = slug_of(path)
        number = 1
        while slug in self.slugs:
            number += 1
            slug = f"{base}_{number}"
        self.slugs.add(slug)
        return slug


def slug_of(name: str) -> str:
    """A name for a file: a to z, digits and single `_`, at most 80 characters, never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:80].rstrip("_") or "layer"


def _open(path: Path) -> PSDImage:
    with psd_border(path), open_file(path) as stream:
        return PSDImage.open(stream, max_alloc_bytes=PLAIN_BYTES)


def _walk(psd: PSDImage) -> Iterator[_Place]:
    """Every layer from the bottom to the top, a group before what is in it; the paths are unique."""
    taken: set[str] = set()
    numbers: Counter[str] = Counter()

    def inside(group: PSDImage | Group, above: str, shown: bool) -> Iterator[_Place]:
        siblings = list(group)
        for layer, upper in itertools.zip_longest(siblings, siblings[1:]):
            name = _clean(layer.name)
            natural = above + name
            path = natural
            while path in taken:
                numbers[natural] += 1
                path = f"{natural} ({numbers[natural] + 1})"
            taken.add(path)
            visible = shown and layer.visible
            carries = upper is not None and upper.clipping and not layer.clipping
            yield _Place(layer, path, name, visible, carries)
            if isinstance(layer, Group):
                yield from inside(layer, f"{natural}/", visible)

    return inside(psd, "", True)


def _check_amount(path: Path, seen: Sequence[_Place]) -> None:
    if len(seen) > MAX_LAYERS:
        raise JobError(f"{path.name}: it has {len(seen)} layers; allowed are {MAX_LAYERS}. Merge some of them.")
    pixels = sum(p.layer.width * p.layer.height for p in seen if not isinstance(p.layer, Group))
    if pixels > MAX_LAYER_PIXELS:
        raise JobError(
            f"{path.name}: its layers have {pixels / 1e6:,.0f} megapixels in all; allowed are "
            f"{MAX_LAYER_PIXELS / 1e6:,.0f}. Crop what lies outside the canvas, or merge layers."
        )


def _kind(layer: Layer) -> LayerKind:
    return next((kind for cls, kind in _KINDS if isinstance(layer, cls)), "image")


def _box(layer: Layer) -> tuple[int, int, int, int]:
    """Left, top, right, bottom; of a group around all that is in it, hidden or not."""
    if isinstance(layer, Group) and not isinstance(layer, Artboard):
        return Group.extract_bbox(layer, include_invisible=True)
    return layer.bbox


def _clean(name: str) -> str:
    """A layer's name without what no text file can hold, at most 255 characters as in Photoshop."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)[:255].strip() or "unnamed"
