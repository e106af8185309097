"""The two sides of a matching: slots to be filled, and pieces of the design that may fill them.

Reads a design and a template, gives both sides with their names taken apart and their places as fractions of canvas
and comp. Never compares the one with the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.names import Name, parse
from hotfolderd.model import Box, Design, DesignLayer, Footage, Placeholder, PlaceholderKind, Template

_COVERS = 0.9
_LONG_TEXT = 60
_DEFAULT_BACKGROUNDS = frozenset(("background", "hintergrund", "fond", "fondo", "sfondo"))


@dataclass(frozen=True, slots=True)
class Slot:
    """What one layer will fill: one placeholder, or several of the same name in several comps.

    `placeholders` begins with the one of the main comp. `place` is its box in fractions of the comp. `text` is its
    sample text in `plain` form, empty where other slots have the same. `file_names` are the names of its footage.
    """

    placeholders: tuple[Placeholder, ...]
    name: Name
    file_names: tuple[Name, ...]
    text: str
    place: Box | None
    comp_ratio: float
    background: bool

    @property
    def kind(self) -> PlaceholderKind:
        """Text or image."""
        return self.placeholders[0].kind


@dataclass(frozen=True, slots=True)
class Piece:
    """A layer of the design that could fill a slot.

    `names` are the layer's name with its strength: alone 1, with its group, or the group alone where the name tells
    nothing. `says_role` is false where the name is only what the text says. `largest` and `longest` compare texts.
    """

    layer: DesignLayer
    name: Name
    names: tuple[tuple[Name, float], ...]
    text: str
    place: Box
    hidden: bool
    background: bool
    decoration: bool
    guide: bool
    says_role: bool
    largest: bool = False
    longest: bool = False

    @property
    def kind(self) -> PlaceholderKind:
        """The kind of placeholder that it could fill."""
        return "text" if self.layer.kind == "text" else "image"


def plain(text: str) -> str:
    """A text without case and with single blanks."""
    return " ".join(text.casefold().split())


def pieces_of(design: Design) -> list[Piece]:
    """The layers that show something, bottom first; groups, adjustments and empty layers are none."""
    shown = [layer for layer in design.layers if is_drawable(layer)]
    bottom = next((layer.path for layer in shown if layer.visible and layer.kind != "text"), None)
    sizes = sorted(((_text_size(layer), layer.path) for layer in shown if layer.kind == "text"), reverse=True)
    lengths = sorted(((len(_text(layer)), layer.path) for layer in shown if layer.kind == "text"), reverse=True)
    largest = sizes[0][1] if len(sizes) > 1 and sizes[0][0] > 1.2 * sizes[1][0] > 0 else None
    longest = lengths[0][1] if len(lengths) > 1 and lengths[0][0] > max(_LONG_TEXT, 1.5 * lengths[1][0]) else None
    return [
        _piece(layer, design, bottom=layer.path == bottom, largest=layer.path == largest, longest=layer.path == longest)
        for layer in shown
    ]


def slots_of(template: Template) -> list[Slot]:
    """The placeholders of the comps that are to be filled, those of one name together, in the template's order.

    Within one comp the same name is one slot only if sample text or footage is the same too; names that tell nothing
    (`Text`) are slots of their own there.
    """
    targets = {comp.item_id for comp in template.comps if comp.target}
    seen: dict[tuple[str, str, int], list[tuple[str, int]]] = defaultdict(list)
    groups: dict[tuple[str, str, int], list[Placeholder]] = {}
    for placeholder in template.placeholders:
        if placeholder.comp_id not in targets:
            continue
        sample = _text_of(placeholder) or str(placeholder.source.item_id if placeholder.source else "")
        known = seen[placeholder.name.strip().casefold(), placeholder.kind, placeholder.comp_id]
        found = next((number for same, number in known if same == sample and not parse(placeholder.name).generic), None)
        number = len(known) if found is None else found
        known.append((sample, number))
        groups.setdefault((placeholder.name.strip().casefold(), placeholder.kind, number), []).append(placeholder)
    texts = Counter(plain(_text_of(group[0])) for group in groups.values())
    return [_slot(group, template, texts) for group in groups.values()]


def footage_names(footage: Footage | None) -> tuple[Name, ...]:
    """The names a source is known by; a layer of an imported PSD (`Logo/card.psd`) goes by the layer's name."""
    if footage is None:
        return ()
    layer, slash, _ = footage.name.partition("/")
    found = [layer] if slash else [footage.file_name, footage.name]
    return tuple(parse(name) for name in dict.fromkeys(found) if name)


def group_of(layer: DesignLayer) -> str:
    """The path of the group that a layer lies in, empty at the top; names may hold slashes themselves."""
    return layer.path.rpartition("/" + layer.name)[0]


def is_drawable(layer: DesignLayer) -> bool:
    """True for a layer that a placeholder can show at all: no group, no adjustment, not empty."""
    if layer.kind in ("group", "adjustment") or layer.box.width <= 0 or layer.box.height <= 0:
        return False
    return layer.kind != "text" or bool(_text(layer).strip())


def _slot(group: list[Placeholder], template: Template, texts: Counter[str]) -> Slot:
    placeholders = tuple(sorted(group, key=lambda one: one.comp_id != template.main_comp))
    first = placeholders[0]
    comp = template.comp(first.comp_id)
    name = parse(first.name)
    files = tuple(dict.fromkeys(file for one in placeholders for file in footage_names(one.source)))
    text = plain(_text_of(first))
    return Slot(
        placeholders=placeholders,
        name=name,
        file_names=files,
        text=text if texts[text] == 1 else "",
        place=_fractions(first.box, comp.width, comp.height) if first.box else None,
        comp_ratio=comp.width / comp.height if comp.height else 1.0,
        background=first.kind == "image" and any("background" in known.meaning for known in (name, *files)),
    )


def _piece(layer: DesignLayer, design: Design, *, bottom: bool, largest: bool, longest: bool) -> Piece:
    name = parse(layer.name)
    words = set(name.meaning)
    place = _fractions(layer.box, design.width, design.height)
    covers = min(place.width, 1.0) * min(place.height, 1.0) >= _COVERS
    text = plain(_text(layer))
    return Piece(
        layer=layer,
        name=name,
        names=tuple(_names(layer, name)),
        text=text,
        place=place,
        hidden=not layer.visible or layer.opacity <= 0,
        background=layer.kind != "text"
        and (
            "background" in words or bool(words & _DEFAULT_BACKGROUNDS) or (covers and (bottom or layer.kind == "fill"))
        ),
        decoration=layer.kind != "text" and bool(words & voc.DECORATION),
        guide=bool(words & voc.GUIDE),
        says_role=not name.generic
        and not (text and (parse(text).key.startswith(name.key) or plain(layer.name) in text)),
        largest=largest,
        longest=longest,
    )


def _names(layer: DesignLayer, name: Name) -> Iterator[tuple[Name, float]]:
    yield name, 1.0
    group = group_of(layer).rpartition("/")[2]
    if group:
        yield parse(f"{group} {layer.name}"), 0.95
        if name.generic:
            yield parse(group), 0.85


def _text(layer: DesignLayer) -> str:
    return layer.text.text if layer.text else ""


def _text_of(placeholder: Placeholder) -> str:
    return placeholder.text.text if placeholder.text else ""


def _text_size(layer: DesignLayer) -> float:
    """Size in pixels; without one, the height of a line."""
    if layer.text and layer.text.size_px:
        return layer.text.size_px
    return layer.box.height / (_text(layer).count("\n") + 1)


def _fractions(box: Box, width: int, height: int) -> Box:
    across, down = width or 1, height or 1
    return Box(box.left / across, box.top / down, box.width / across, box.height / down)
