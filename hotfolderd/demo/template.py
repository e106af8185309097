"""Makes an After Effects project (`.aep` or `.aepx`) with comps to be filled, by code alone.

Reads the pictures that it is told to import and writes one project file; never overwrites a file. The project holds
the pictures' absolute paths on this machine, as After Effects itself would write them. No After Effects has opened what
this module writes; py-aep reads it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import py_aep
from PIL import ImageColor

from hotfolderd.demo.lettering import BUILT_IN_FONT, set_text
from hotfolderd.media.aepx import from_rifx
from hotfolderd.media.rifx import parse as parse_rifx

SAVED_BY = "24.0x55"
"""The After Effects that the project names: old enough for the studios that are not on the newest."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How a layer moves and fades; without keys it stands still, fully seen.

    `opacity` has (seconds, percent) keys, `offset` has (seconds, dx, dy) keys in pixels from where the layer belongs.
    """

    opacity: tuple[tuple[float, float], ...] = ()
    offset: tuple[tuple[float, float, float], ...] = ()


STILL = Motion()


@dataclass(frozen=True, slots=True)
class CompText:
    """A point text layer. `left` and `top` are the corner of its ink in the built-in font, in pixels of the comp.

    `expression` becomes the enabled expression of its Source Text.
    """

    name: str
    text: str
    left: float
    top: float
    size_px: float = 48.0
    colour: str = "#ffffff"
    font: str = BUILT_IN_FONT
    motion: Motion = STILL
    expression: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class CompPicture:
    """A layer that shows a picture file, stretched to the box (pixels of the comp); without a size as large as it is.

    `name` None leaves the layer its file's name. Layers with the same file share one footage item.
    """

    file: Path
    name: str | None = None
    left: float = 0.0
    top: float = 0.0
    width: float | None = None
    height: float | None = None
    motion: Motion = STILL
    guide: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class CompSolid:
    """A solid of the comp's size: a background, an adjustment layer or a guide layer."""

    name: str
    colour: str = "#000000"
    adjustment: bool = False
    guide: bool = False
    motion: Motion = STILL


@dataclass(frozen=True, slots=True)
class CompNull:
    """A null object: nothing to see, there to steer others."""

    name: str


@dataclass(frozen=True, slots=True)
class CompNested:
    """Another comp of the project, made before this one, with its corner at `left`, `top`."""

    comp: str
    name: str | None = None
    left: float = 0.0
    top: float = 0.0
    motion: Motion = STILL


CompLayer = CompText | CompPicture | CompSolid | CompNull | CompNested


@dataclass(frozen=True, slots=True)
class CompSpec:
    """A composition; `layers` go from the bottom to the top, `size` is (width, height) in pixels."""

    name: str
    size: tuple[int, int]
    layers: tuple[CompLayer, ...] = ()
    frame_rate: float = 25.0
    duration_s: float = 8.0
    background: str = "#000000"


@dataclass(slots=True)
class _Stock:
    """What the project holds so far, to be shared by the layers that come."""

    project: py_aep.Project
    comps: dict[str, py_aep.CompItem] = field(default_factory=dict)
    footage: dict[Path, py_aep.FootageItem] = field(default_factory=dict)


def make_template(path: Path, *, comps: Sequence[CompSpec]) -> Path:
    """Write a project with `comps` to `path` and return it; the suffix (`.aep`, `.aepx`) chooses the form.

    A nested comp must stand before the one that shows it. Raises FileExistsError, and ValueError for another suffix or
    a comp that is not there.
    """
    if path.suffix not in {".aep", ".aepx"}:
        raise ValueError(f"{path.name}: a template ends in .aep or .aepx, not in {path.suffix!r}")
    if path.exists():
        raise FileExistsError(path)
    stock = _Stock(py_aep.new(SAVED_BY, platform="macos").project)
    for spec in comps:
        comp = stock.project.root_folder.add_comp(spec.name, *spec.size, 1.0, spec.duration_s, spec.frame_rate)
        comp.bg_color = _rgb(spec.background)
        stock.comps[spec.name] = comp
        for layer in spec.layers:
            _add(comp, layer, stock)
    if path.suffix == ".aep":
        stock.project.save(path)
        return path
    # Saved beside its place: the paths to the footage are also counted from there.
    binary = path.with_name(f".{path.stem}-{uuid.uuid4().hex}.aep")
    try:
        stock.project.save(binary)
        path.write_bytes(from_rifx(parse_rifx(binary.read_bytes())))
    finally:
        binary.unlink(missing_ok=True)
    return path


def _add(comp: py_aep.CompItem, spec: CompLayer, stock: _Stock) -> None:
    match spec:
        case CompText():
            _add_text(comp, spec)
        case CompPicture():
            _add_picture(comp, spec, stock)
        case CompSolid():
            layer = comp.add_solid(_rgb(spec.colour), spec.name)
            layer.adjustment_layer, layer.guide_layer = spec.adjustment, spec.guide
            _move(layer, spec.motion, (comp.width / 2, comp.height / 2))
        case CompNull():
            comp.add_null().name = spec.name
        case CompNested():
            if spec.comp not in stock.comps:
                raise ValueError(f"{comp.name}: there is no comp {spec.comp!r} before it, only {list(stock.comps)}")
            inner = stock.comps[spec.comp]
            layer = comp.add(inner)
            layer.name = spec.name or inner.name
            _move(layer, spec.motion, (spec.left + inner.width / 2, spec.top + inner.height / 2))


def _add_text(comp: py_aep.CompItem, spec: CompText) -> None:
    layer = comp.add_text(spec.text.replace("\n", "\r"))
    layer.name = spec.name
    layer.enabled = spec.enabled
    source = _property(layer, "ADBE Text Properties", "ADBE Text Document")
    document = source.value
    assert isinstance(document, py_aep.TextDocument)
    document.font = spec.font
    document.font_size = spec.size_px
    document.fill_color = _rgb(spec.colour)
    source.value = document
    if spec.expression:
        source.expression = spec.expression
    from_left, from_top = set_text(spec.text, spec.size_px, spec.colour).origin
    _move(layer, spec.motion, (spec.left + from_left, spec.top + from_top))


def _add_picture(comp: py_aep.CompItem, spec: CompPicture, stock: _Stock) -> None:
    file = spec.file.resolve()
    if file not in stock.footage:
        item = stock.project.import_file(py_aep.ImportOptions(file))
        assert isinstance(item, py_aep.FootageItem)
        stock.footage[file] = item
    footage = stock.footage[file]
    layer = comp.add(footage)
    if spec.name is not None:
        layer.name = spec.name
    layer.guide_layer, layer.enabled = spec.guide, spec.enabled
    width = footage.width if spec.width is None else spec.width
    height = footage.height if spec.height is None else spec.height
    _property(layer, "ADBE Transform Group", "ADBE Scale").value = [
        width / footage.width * 100,
        height / footage.height * 100,
        100.0,
    ]
    _move(layer, spec.motion, (spec.left + width / 2, spec.top + height / 2))


def _move(layer: py_aep.AVLayer, motion: Motion, rest: tuple[float, float]) -> None:
    """Put the layer's anchor at `rest`, with the keys of `motion` around it."""
    position = _property(layer, "ADBE Transform Group", "ADBE Position")
    position.value = [*rest, 0.0]
    for time, dx, dy in motion.offset:
        position.set_value_at_time(time, [rest[0] + dx, rest[1] + dy, 0.0])
    opacity = _property(layer, "ADBE Transform Group", "ADBE Opacity")
    for time, percent in motion.opacity:
        opacity.set_value_at_time(time, percent)


def _property(layer: py_aep.AVLayer, group: str, name: str) -> py_aep.Property:
    """The property `name` of a layer's `group`, both by their match names."""
    holder = layer.property(group)
    assert isinstance(holder, py_aep.PropertyGroup)
    found = holder.property(name)
    assert isinstance(found, py_aep.Property)
    return found


def _rgb(colour: str) -> list[float]:
    """`#rrggbb` as three numbers between 0 and 1."""
    return [channel / 255 for channel in ImageColor.getrgb(colour)[:3]]
