"""The words of the program: what a design, a template, a match and an issue are.

Everything here is a frozen value that crosses a process border or lies in a file as JSON (`to_json`, `from_json`).
Nothing here reads or writes anything. Boxes and sizes are in pixels, times in seconds, colours `#rrggbb`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from hotfolderd.values import from_plain

Severity = Literal["critical", "warning", "info"]
Category = Literal[
    "characters", "audio", "text", "renderer", "packaging", "naming", "composition", "effects", "assets", "performance"
]
"""What the rules for a finished project are about."""
LayerKind = Literal["text", "image", "shape", "fill", "group", "adjustment"]
PlaceholderKind = Literal["text", "image"]
Fit = Literal["fit", "fill", "stretch"]
Priority = Literal["high", "medium", "low"]

PRIORITY_ORDER: dict[str, int] = {"high": 1, "medium": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the pixels of its canvas or comp; the origin is the top left corner, y grows downwards."""

    left: float
    top: float
    width: float
    height: float

    @property
    def ratio(self) -> float:
        """Width by height; 0 for an empty box."""
        return self.width / self.height if self.height else 0.0

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class TextLook:
    """What a text layer says and how it looks; the first run's style stands for all.

    `text` has `\\n` between lines. `font` is a PostScript name. `size_px` is the displayed size (transform applied).
    `differs` says of a text of a template what is not the same in all of it: font, size, colour, style.
    """

    text: str
    font: str | None = None
    size_px: float | None = None
    colour: str | None = None
    fonts: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The box that a text of a template is set in, in the layer's own pixels.

    `tracking` is in thousandths of `size_px`. `all_caps`: whatever is written is set in capitals.
    """

    width: float
    height: float
    size_px: float
    leading_px: float
    tracking: float = 0.0
    all_caps: bool = False


@dataclass(frozen=True, slots=True)
class DesignLayer:
    """One layer of a PSD, groups included.

    `path` (`Group/Name`) is unique in the design: the second layer of the same path ends in ` (2)`. `visible` is true
    if the layer and all its groups are on. `order` counts from the bottom (0). `picture` and `thumbnail` are paths
    relative to the job folder, or None where there is nothing to draw (groups, empty layers). `full_canvas` says that
    the picture covers the whole canvas rather than the box.
    """

    path: str
    name: str
    kind: LayerKind
    box: Box
    visible: bool
    opacity: float
    order: int
    text: TextLook | None = None
    picture: str | None = None
    thumbnail: str | None = None
    full_canvas: bool = False
    smart_object: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """A PSD as it was read. `layers` go from the bottom to the top; `notes` say what could not be drawn faithfully."""

    path: str
    width: int
    height: int
    mode: str
    depth: int
    layers: tuple[DesignLayer, ...]
    fonts: tuple[str, ...] = ()
    flat: str | None = None
    thumbnail: str | None = None
    notes: tuple[str, ...] = ()

    def layer(self, path: str) -> DesignLayer | None:
        """The layer of that path, or None."""
        return next((layer for layer in self.layers if layer.path == path), None)


@dataclass(frozen=True, slots=True)
class Footage:
    """A source of an After Effects project. `path` is as the project has it, usually of another machine."""

    item_id: int
    name: str
    path: str | None
    width: int
    height: int
    duration_s: float = 0.0
    has_video: bool = True
    has_audio: bool = False
    users: int = 1

    @property
    def file_name(self) -> str:
        """The last part of `path`, whichever way its slashes lean; empty without a path."""
        return (self.path or "").replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Comp:
    """A composition with its real size, rate and duration.

    `target` is false for a comp that nobody should fill; `why_not` says why.
    """

    item_id: int
    name: str
    width: int
    height: int
    frame_rate: float
    duration_s: float
    layers: int
    background: str = "#000000"
    target: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A layer of the template that is there to be filled.

    `index` is the place in its comp, 1 on top. `box` is where it stands in the comp at its first visible frame, None
    where that cannot be told. `source` is the footage of an image placeholder. `expression` is the layer's enabled
    Source Text expression if it would override what is set. `paragraph` is None for a text without a box of its own.
    `set_by` names the layer that shows the placeholder's comp and may have a value of its own for it, as an essential
    property. `pixel_ratio` is how wide a pixel of the source is in pixels of the comp: 1.333 for HDV among square ones.
    `heard`: the source has sound, and the layer lets it be heard.
    """

    id: str
    name: str
    kind: PlaceholderKind
    comp: str
    comp_id: int
    layer_id: int
    index: int
    box: Box | None = None
    source: Footage | None = None
    text: TextLook | None = None
    expression: str | None = None
    paragraph: Paragraph | None = None
    pixel_ratio: float = 1.0
    set_by: str | None = None
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An After Effects project as it was read.

    `form` is the form of the file, `version` names the After Effects that saved it, `main_comp` is an item id.
    """

    path: str
    form: Literal["aep", "aepx"]
    version: str
    comps: tuple[Comp, ...]
    placeholders: tuple[Placeholder, ...]
    footage: tuple[Footage, ...]
    main_comp: int
    fonts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def comp(self, item_id: int) -> Comp:
        """The comp of that id; KeyError if there is none."""
        for comp in self.comps:
            if comp.item_id == item_id:
                return comp
        raise KeyError(item_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A layer that could have been chosen instead."""

    layer: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Match:
    """Which layer of the design fills which placeholder.

    `layer` None leaves the placeholder as it is. `value` is the text that will be set (text placeholders only).
    `confidence` is between 0 and 1; `why` names the evidence in words. `remembered`: a person has approved the same for
    an earlier design with this template.
    """

    placeholder: str
    placeholder_id: str
    comp: str
    kind: PlaceholderKind
    layer: str | None
    value: str | None = None
    fit: Fit | None = None
    confidence: float = 0.0
    why: str = ""
    candidates: tuple[Candidate, ...] = ()
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """The proposal, or the approved state, for a whole job."""

    matches: tuple[Match, ...]
    unused_layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that a person should know before deciding.

    `type` is one of the warning types of the sidecar reference.
    """

    type: str
    severity: Severity
    message: str
    fix: str = ""
    placeholder: str | None = None
    layer: str | None = None
    details: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people are told, besides what the engine tells of every job: an event of `notify/matrix.py`.

    `once` names the occasion, of which a job tells once only. `facts` fill in the event's words. `note` stands behind
    the job's name in a list. `picture`: below the job's folder, in place of the event's.
    """

    event: str
    once: str
    facts: dict[str, str] = dataclasses.field(default_factory=dict)
    note: str = ""
    picture: str = ""


T = TypeVar("T")


def to_json(value: Any) -> str:
    """A value of this module, or what JSON holds with such values in it, as JSON; keys in the order of the fields."""
    return json.dumps(value, default=_by_field, indent=1)


def _by_field(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _field_names(value.__class__)}


@functools.cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def from_json(kind: type[T], text: str | bytes) -> T:
    """The value of class `kind` that `to_json` wrote. Raises ValueError if the text is something else."""
    try:
        return from_plain(kind, json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None
