"""The two sides of a matching: slots to be filled, and pieces of the design that may fill them.

Reads a design and a template, gives both sides with their names taken apart and their places as fractions of canvas
and comp. Never compares the one with the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.names import Name, contradict, parse
from hotfolderd.model import Box, Comp, Design, DesignLayer, Footage, Placeholder, PlaceholderKind, Template

_COVERS = 0.9
_LONG_TEXT = 60


@dataclass(frozen=True, slots=True)
class Slot:
    """What one layer will fill: one placeholder, or several of the same name in several comps.

    `placeholders` begins with the one of the main comp. `names` are its name with its strength: alone 1, with its comp,
    or the comp alone where the name tells nothing. `sample` is its text in `plain` form; `text` is the same, but empty
    where other slots have it too. `file_names` are the names of its footage. `place` is its box in fractions of the
    comp, None where that tells nothing; `size` is that of its font, in fractions of the comp's height;
    `largest` is None where all sizes are the same or unknown.
    """

    placeholders: tuple[Placeholder, ...]
    name: Name
    names: tuple[tuple[Name, float], ...]
    file_names: tuple[Name, ...]
    sample: str
    text: str
    place: Box | None
    size: float
    background: bool
    largest: bool | None = None

    @property
    def kind(self) -> PlaceholderKind:
        """Text or image."""
        return self.placeholders[0].kind

    @property
    def comp_id(self) -> int:
        """The comp in which it stands."""
        return self.placeholders[0].comp_id

    @property
    def font(self) -> str | None:
        """The font of its text."""
        text = self.placeholders[0].text
        return text.font if text else None


@dataclass(frozen=True, slots=True)
class Piece:
    """A layer of the design that could fill a slot.

    `names` are the layer's name with its strength: alone 1, with its group, or the group alone where the name tells
    nothing. `says_role` is false where the name is only what the text says. `outside` says that no part of it is on the
    canvas. `largest` and `longest` compare texts; `size` is that of its font, in fractions of the canvas's height.
    """

    layer: DesignLayer
    name: Name
    names: tuple[tuple[Name, float], ...]
    text: str
    place: Box
    hidden: bool
    outside: bool
    background: bool
    decoration: bool
    guide: bool
    says_role: bool
    size: float
    largest: bool = False
    longest: bool = False

    @property
    def passed_over(self) -> bool:
        """True for what a person passes over at first: hidden, beside the canvas, a guide."""
        return self.hidden or self.outside or self.guide

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
    (`Text`) are slots of their own there, and in comps that are no versions of one another.
    """
    targets = {comp.item_id: comp for comp in template.comps if comp.target}
    count = Counter(placeholder.comp_id for placeholder in template.placeholders)
    alone = {comp_id for comp_id, placeholders in count.items() if placeholders == 1}
    groups: dict[tuple[str, str], list[list[Placeholder]]] = defaultdict(list)
    for placeholder in template.placeholders:
        if placeholder.comp_id not in targets:
            continue
        known = groups[placeholder.name.strip().casefold(), placeholder.kind]
        found = next((group for group in known if _goes_with(placeholder, group, targets, alone)), None)
        if found is None:
            known.append([placeholder])
        else:
            found.append(placeholder)
    listed = [group for known in groups.values() for group in known]
    texts = Counter(plain(_text_of(group[0])) for group in listed)
    return _with_largest([_slot(group, template, texts) for group in listed])


def _with_largest(slots: list[Slot]) -> list[Slot]:
    """Each slot knows whether its text is the largest by far, where that can be told."""
    sizes = sorted((slot.size for slot in slots if slot.size > 0), reverse=True)
    if len(sizes) < 2 or sizes[0] < 1.2 * sizes[1]:
        return slots
    return [replace(slot, largest=slot.size == sizes[0]) if slot.size > 0 else slot for slot in slots]


def _goes_with(placeholder: Placeholder, group: list[Placeholder], comps: Mapping[int, Comp], alone: set[int]) -> bool:
    """Whether a placeholder is meant to show what the others of its name show. `alone`: comps that hold one only."""
    generic = parse(placeholder.name).generic
    same = [one for one in group if one.comp_id == placeholder.comp_id]
    if same:
        return not generic and _sample_of(same[0]) == _sample_of(placeholder)
    one, other = comps[group[0].comp_id], comps[placeholder.comp_id]
    around = _container_name(one), _container_name(other)
    if placeholder.kind == "image" and {one.item_id, other.item_id} <= alone and all(around) and around[0] != around[1]:
        return False
    if (one.width, one.height) != (other.width, other.height):
        return not generic or _sample_of(group[0]) == _sample_of(placeholder)
    names = parse(around[0]), parse(around[1])
    return not generic and not (names[0].stem and names[0].stem == names[1].stem and contradict(*names))


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
    place = _fractions(first.box, comp.width, comp.height) if first.box else None
    held = first.comp_id != template.main_comp
    if place and (place.width * place.height <= 0 or (held and covers(place))):
        place = None
    return Slot(
        placeholders=placeholders,
        name=name,
        names=tuple(_slot_names(name, comp)) if held else ((name, 1.0),),
        file_names=files,
        sample=text,
        text=text if texts[text] == 1 else "",
        place=place,
        size=(first.text.size_px or 0.0) / (comp.height or 1) if first.text else 0.0,
        background=first.kind == "image" and any("background" in known.meaning for known in (name, *files)),
    )


def _slot_names(name: Name, comp: Comp) -> Iterator[tuple[Name, float]]:
    """The name of a placeholder in a comp beside the main one: such a comp is often named for what it holds."""
    yield name, 1.0
    around = _container_name(comp)
    if around:
        yield parse(f"{around} {name.raw}"), 0.95
        if name.generic:
            yield parse(around), 0.97


def _container_name(comp: Comp) -> str:
    """What a comp is called for, without `container`, `comp`; empty if that tells nothing."""
    around = " ".join(word for word in parse(comp.name).words if word not in voc.CONTAINER)
    return "" if parse(around).generic else around


def covers(place: Box) -> bool:
    """True for a box that fills its canvas or comp."""
    return min(place.width, 1.0) * min(place.height, 1.0) >= _COVERS


def _sample_of(placeholder: Placeholder) -> str:
    return _text_of(placeholder) or str(placeholder.source.item_id if placeholder.source else "")


def _piece(layer: DesignLayer, design: Design, *, bottom: bool, largest: bool, longest: bool) -> Piece:
    name = parse(layer.name)
    words = set(name.meaning)
    place = _fractions(layer.box, design.width, design.height)
    text = plain(_text(layer))
    return Piece(
        layer=layer,
        name=name,
        names=tuple(_names(layer, name)),
        text=text,
        place=place,
        hidden=not layer.visible or layer.opacity <= 0,
        outside=place.left >= 1 or place.top >= 1 or place.left + place.width <= 0 or place.top + place.height <= 0,
        background=layer.kind != "text"
        and ("background" in words or (covers(place) and (bottom or layer.kind == "fill"))),
        decoration=layer.kind != "text" and bool(words & voc.DECORATION),
        guide=bool(words & voc.GUIDE),
        says_role=not name.generic
        and not (text and (parse(text).key.startswith(name.key) or plain(layer.name) in text)),
        size=_text_size(layer) / (design.height or 1) if layer.kind == "text" else 0.0,
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
