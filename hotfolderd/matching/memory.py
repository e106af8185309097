"""The memory of approved matches: what a new design takes over from those approved before with the same template.

Reads values, gives values: compares the layers of two designs, chooses among approvals, adds one. Opens no file, sets
no text that was approved for another job, and never gives a layer of the wrong kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from hotfolderd.matching.given import texts_given
from hotfolderd.matching.names import parse
from hotfolderd.matching.sides import group_of, is_drawable, plain
from hotfolderd.model import Box, Design, DesignLayer, Fit, LayerKind, Match, PlaceholderKind, Template

# Of one template so many approvals are kept; those of designs that are built alike count once.
KEPT = 10
# Parts of the canvas: a layer that lies farther off is not in the same place.
_NEAR = 0.1
# By so much, in the same parts, must one layer lie nearer than another to count.
_CLEARLY = 0.02
# From here on a layer serves other jobs of a batch that nobody looks at.
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Place:
    """A layer as it is remembered. `group` is the index of the group that it lies in, -1 at the top.

    `box` is in fractions of the canvas. `says_role` is false where the name tells nothing, or only what the text says.
    """

    path: str
    name: str
    kind: LayerKind
    group: int
    box: Box
    says_role: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """The layers of a design from the bottom to the top, and the sha256 of the template that it is matched with."""

    template: str
    layers: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """What was approved for a placeholder. `layer` None: no layer; `given` says that it got a text all the same.

    `text` is what a person has written for it, for the other jobs of the batch; memory keeps no texts.
    """

    placeholder_id: str
    kind: PlaceholderKind
    layer: str | None
    fit: Fit | None = None
    given: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person has approved for one job, and for which layers. `at` is a time as `records.stamp` writes it."""

    job: str
    uid: str
    by: str
    at: str
    structure: Structure
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """The last approvals with one template, the oldest first."""

    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Heir:
    """The layer of a new design that takes the place of an approved one, and why, in words (may be empty)."""

    path: str
    confidence: float
    why: str = ""


def structure_of(design: Design, template: str) -> Structure:
    """What is remembered of a design. `template`: the sha256 of the template."""
    groups: dict[str, int] = {}
    places = []
    for index, layer in enumerate(design.layers):
        above = group_of(layer)
        places.append(_place(layer, groups.get(above, -1), design))
        if layer.kind == "group":  # the newest of several of one path: a group comes before what is in it
            groups[f"{above}/{layer.name}" if above else layer.name] = index
    return Structure(template, tuple(places))


def _place(layer: DesignLayer, group: int, design: Design) -> Place:
    text = plain(layer.text.text) if layer.text else ""
    box, across, down = layer.box, design.width or 1, design.height or 1
    sides = (box.left / across, box.top / down, box.width / across, box.height / down)
    only_text = bool(text) and plain(layer.name) in text
    says_role = not only_text and not parse(layer.name).generic
    return Place(layer.path, layer.name, layer.kind, group, Box(*(round(side, 4) for side in sides)), says_role)


def same_shape(one: Structure, other: Structure) -> bool:
    """Whether two designs have layers of the same kinds in the same groups and order, whatever their names."""
    return _shape(one) == _shape(other)


def same_layers(one: Structure, other: Structure) -> bool:
    """Whether two designs have the same layers: the same paths and kinds, or other names of text layers only."""
    paths = [{(place.path, place.kind) for place in design.layers} for design in (one, other)]
    if paths[0] == paths[1]:
        return True
    pairs = zip(one.layers, other.layers, strict=False)
    return same_shape(one, other) and all(a.name == b.name for a, b in pairs if a.kind != "text")


def _shape(structure: Structure) -> list[tuple[str, int]]:
    return [(place.kind, place.group) for place in structure.layers]


def heirs(approved: Structure, found: Structure) -> dict[str, Heir]:
    """Which layers of a new design take the places of which approved ones (by path), each of at most one.

    By path; in a design of the same shape by place, since designers name text layers by what they say; else by a name
    that each design has once. Where names and places contradict each other, nothing is very sure.
    """
    result: dict[str, Heir] = {}
    taken: set[int] = set()
    for confidence, index, new, why in sorted(_claims(approved, found), key=lambda claim: -claim[0]):
        old = approved.layers[index]
        if old.path not in result and new not in taken:
            taken.add(new)
            result[old.path] = Heir(found.layers[new].path, confidence, why)
    return result


def _claims(approved: Structure, found: Structure) -> Iterator[tuple[float, int, int, str]]:
    """What speaks for a layer: how sure, the index of the approved one, that of the new one, why."""
    alike = same_shape(approved, found)
    before = {(place.path, place.kind) for place in approved.layers}
    now = {(place.path, place.kind): index for index, place in enumerate(found.layers)}
    once_before, once_now = _names_once(approved), _names_once(found)
    for index, old in enumerate(approved.layers):
        same = now.get((old.path, old.kind))
        if same is not None:
            moved = 0.8 if alike and same != index else 0.9
            yield (0.99 if old.says_role or (alike and same == index) else moved), index, same, ""
        if alike and same != index:
            new = found.layers[index]
            contradicted = same is not None or (new.path, new.kind) in before
            sure = _by_place(old, new)
            nearer = _changed_places(approved, found, index)
            if nearer is not None:
                sure = min(sure, 0.75)
                yield 0.85, index, nearer, "in its place, though in another order"
            yield (min(sure, 0.85) if contradicted else sure), index, index, "in the same place"
        name = (old.name, old.kind)
        if same is None and name in once_before and name in once_now:
            yield (0.93 if old.says_role else 0.85), index, once_now[name], "by its name"


def _names_once(structure: Structure) -> dict[tuple[str, str], int]:
    """The index of each layer whose name no other of its kind bears."""
    counts = Counter((place.name, place.kind) for place in structure.layers)
    return {
        (place.name, place.kind): index
        for index, place in enumerate(structure.layers)
        if counts[place.name, place.kind] == 1
    }


def _by_place(old: Place, new: Place) -> float:
    """How sure it is that a layer in the same place of the same shape is meant, though its name differs."""
    renamed = old.says_role and new.says_role
    if _apart(old.box, new.box) > _NEAR:
        return 0.6 if renamed else 0.75
    return 0.9 if renamed else 0.97


def _changed_places(approved: Structure, found: Structure, index: int) -> int | None:
    """The text (its index) that now lies where one did whose place in the order another has, that lay elsewhere.

    None where nothing has changed places: what has only moved, alone or with its neighbours, is meant still.
    """
    old, new = approved.layers[index], found.layers[index]
    most = _apart(old.box, new.box) - _CLEARLY
    if old.kind != "text" or most < 0:
        return None
    nearer = _nearest(old.box, found, index, most)
    return nearer if _nearest(new.box, approved, index, most) is not None else None


def _nearest(box: Box, structure: Structure, but: int, most: float) -> int | None:
    """The text that is nearest to a box, at most so far away, and is not the one of that index."""
    texts = (at for at, place in enumerate(structure.layers) if place.kind == "text" and at != but)
    apart, at = min(((_apart(box, structure.layers[at].box), at) for at in texts), default=(most + 1, but))
    return at if apart <= most else None


def _apart(a: Box, b: Box) -> float:
    """How far two boxes lie apart, in parts of the canvas, by the edges or middles that are nearest."""
    across = min(
        abs(a.left - b.left),
        abs(a.left + a.width / 2 - b.left - b.width / 2),
        abs(a.left + a.width - b.left - b.width),
    )
    down = min(abs(a.top - b.top), abs(a.top + a.height / 2 - b.top - b.height / 2))
    return max(across, down)


def recall(
    memory: Memory, structure: Structure, design: Design, template: Template, texts: Mapping[str, str]
) -> tuple[Match, ...]:
    """The matches that the approval which fits best has an answer for; of several that fit alike, the newest.

    Texts come from the design, or from `texts` by the placeholder's name. A placeholder that was left without a layer
    is left so only where the design brings no layer of its kind that was not there.
    """
    best: tuple[Match, ...] = ()
    for approval in reversed(memory.approvals):
        if approval.structure.template == structure.template:
            found = _recalled(approval, structure, design, template, texts)
            if _worth(found) > _worth(best):
                best = found
    return best


def _worth(matches: Iterable[Match]) -> float:
    return round(sum(one.confidence if one.layer is not None else 0.5 for one in matches), 6)


def _recalled(
    approval: Approval, structure: Structure, design: Design, template: Template, texts: Mapping[str, str]
) -> tuple[Match, ...]:
    following = heirs(approval.structure, structure)
    known = {heir.path for heir in following.values()}
    fitting = {layer.path: layer for layer in design.layers if is_drawable(layer)}
    news = {_fills(layer) for path, layer in fitting.items() if path not in known}
    given = texts_given(texts)
    pairs = {pair.placeholder_id: pair for pair in approval.pairs}
    said = f"as approved by {approval.by} on {approval.at[:10]}"
    found = []
    for one in template.placeholders:
        pair = pairs.get(one.id)
        if pair is None or pair.kind != one.kind:
            continue
        text = given(one.name) if one.kind == "text" else None
        blank = Match(one.name, one.id, one.comp, one.kind, None, text, remembered=True)
        if pair.layer is None and one.kind not in news:
            found.append(_left(blank, pair, said))
        heir = following.get(pair.layer) if pair.layer is not None else None
        layer = fitting.get(heir.path) if heir else None
        if heir is None or layer is None or _fills(layer) != one.kind:
            continue
        own = layer.text.text if layer.text else None
        why = ", ".join(filter(None, (said, heir.why, "" if text is None else "text given in the CSV")))
        value = own if text is None else text
        found.append(
            replace(blank, layer=layer.path, value=value, fit=pair.fit, confidence=round(heir.confidence, 2), why=why)
        )
    return tuple(found)


def _fills(layer: DesignLayer) -> PlaceholderKind:
    """The kind of placeholder that a layer can fill."""
    return "text" if layer.kind == "text" else "image"


def _left(blank: Match, pair: Pair, said: str) -> Match:
    """A placeholder that a person has left without a layer."""
    if blank.value is not None:
        return replace(blank, confidence=1.0, why=f"given in the CSV; no layer, {said}")
    if pair.given:  # its text was for that job only: somebody must give one for this
        return replace(blank, why=f"no layer, {said}; its text was given then", remembered=False)
    return replace(blank, why=f"left as it is, {said}")


def learned(memory: Memory, approval: Approval) -> Memory:
    """The memory with one approval more, in place of what the same job, or the same answer to designs alike, had."""
    new = replace(approval, pairs=tuple(replace(pair, text=None) for pair in approval.pairs))
    others = [one for one in memory.approvals if one.uid != new.uid and not _teaches_the_same(one, new)]
    return Memory((*others, new)[-KEPT:])


def _teaches_the_same(one: Approval, other: Approval) -> bool:
    return same_shape(one.structure, other.structure) and _answers(one) == _answers(other)


def _answers(approval: Approval) -> dict[str, tuple[int | None, str | None, bool]]:
    """The answer for each placeholder, with layers by their place."""
    index = {place.path: number for number, place in enumerate(approval.structure.layers)}
    return {
        pair.placeholder_id: (index.get(pair.layer) if pair.layer is not None else None, pair.fit, pair.given)
        for pair in approval.pairs
    }


def applied(
    approval: Approval,
    structure: Structure,
    proposal: Iterable[Match],
    texts: Mapping[str, str],
    text_of: Callable[[str], str | None],
) -> tuple[Match, ...] | None:
    """What was approved for one job, for another of its batch; None where a person must look at that one.

    The template and the layers must be the same (`same_layers`) and every layer found for sure. Texts are those of
    `proposal`, of `texts` by the placeholder's name, or of the layer (`text_of` its path); a text that a person has
    written serves where the proposal has no layer either.
    """
    if approval.structure.template != structure.template or not same_layers(approval.structure, structure):
        return None
    following = heirs(approval.structure, structure)
    pairs = {pair.placeholder_id: pair for pair in approval.pairs}
    given = texts_given(texts)
    found = []
    for one in proposal:
        pair = pairs.get(one.placeholder_id)
        if pair is None:
            return None
        own = given(one.placeholder) if one.kind == "text" else None
        if pair.layer is None:
            if own is None and pair.given and (pair.text is None or one.layer is not None):
                return None
            found.append(replace(one, layer=None, value=pair.text if own is None else own))
            continue
        heir = following.get(pair.layer)
        if heir is None or heir.confidence < _SURE:
            return None
        if heir.path != one.layer:
            value = own if own is not None or one.kind == "image" else text_of(heir.path)
            one = replace(one, layer=heir.path, value=value, confidence=1.0, why=f"as in {approval.job}")  # noqa: PLW2901
        found.append(replace(one, fit=pair.fit))
    return tuple(found)
