"""Labelled pairs: a design and a template as values of the model, and the right layer for each placeholder.

An `Item` is one thing that stands in the design, in the template, or in both; a scenario (see `scenarios`) decides how
it is called and where it stands, `assemble` makes the values.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hotfolderd.model import Box, Comp, Design, DesignLayer, Footage, LayerKind, Placeholder, Template, TextLook
from matching_pairs.drawing import CANVASES, HEIGHTS, STYLES, Region, Thing, lay_out, shaken
from matching_pairs.words import Field, Part, Topic


@dataclass(frozen=True)
class Pair:
    """`truth` has every placeholder's id; None means that nothing in the design belongs there."""

    family: str
    design: Design
    template: Template
    truth: Mapping[str, str | None]
    alike: Mapping[tuple[str, str], float] = field(default_factory=dict)


WHOLE = Region(0, 0, 1, 1)


@dataclass
class Item:
    """`words` is its role with its number, `says` the design's text, `sample` the template's."""

    what: Field
    words: str
    number: int | None
    says: str
    sample: str
    layer_name: str = ""
    placeholder_name: str = ""
    footage: str = ""
    group: str = ""
    container: str = ""
    box: Region = WHOLE
    place: Region | None = WHOLE
    font: str = ""
    sample_font: str = ""
    visible: bool = True
    in_design: bool = True
    in_template: bool = True
    look: int = 0

    @property
    def is_text(self) -> bool:
        return self.what.is_text


@dataclass
class Sheet:
    """A pair in the making."""

    chance: random.Random
    part: Part
    topic: Topic
    items: list[Item]
    canvas: tuple[int, int]
    size: tuple[int, int]
    style: str
    columns: bool
    extras: list[DesignLayer] = field(default_factory=list)
    alike: bool = False
    second_size: tuple[int, int] | None = None
    shuffle_layers: bool = False
    shuffle_template: bool = False


def new_sheet(chance: random.Random, part: Part, *, groups: int | None = None) -> Sheet:
    """A topic with its fields, drawn once for design and template alike, names still empty."""
    topic = chance.choice(part.topics)
    count = chance.randint(2, 5) if groups is None else groups
    people = chance.sample(part.people, len(part.people))
    items = []
    for what in topic.fields:
        says = chance.sample(what.says, 2) if len(what.says) > 1 else ["", ""]
        items.append(Item(what, what.role, None, says[0], says[1]))
    for number in range(1, count + 1):
        for place, what in enumerate(topic.group_fields):
            pool = people if what.says[:1] == ("@people",) else list(what.says) or [""]
            says = pool[(number + 5 * place) % len(pool)]
            sample = pool[5 * place % len(pool)] if count < len(pool) else what.role.upper()
            items.append(Item(what, f"{topic.group} {number} {what.role}", number, says, sample))
    canvas = chance.choice(CANVASES)
    sheet = Sheet(chance, part, topic, items, canvas, canvas, chance.choice(STYLES), chance.random() < 0.5)
    fonts = {kind: chance.choice(part.fonts) for kind in HEIGHTS}
    for item in items:
        item.font = item.sample_font = fonts.get(item.what.kind, "")
        item.look = chance.randrange(1 << 30)
    place_same(sheet)
    return sheet


def things(items: list[Item], *, sample: bool = False) -> list[Thing]:
    return [
        Thing(at, item.what.kind, len(item.sample if sample else item.says), item.number)
        for at, item in enumerate(items)
    ]


def place_same(sheet: Sheet, jitter: float | None = None) -> None:
    """The template stands as the design does, but for what two people draw differently: margins, scale, a nudge."""
    boxes = lay_out(things(sheet.items), sheet.style, sheet.canvas[0] / sheet.canvas[1], columns=sheet.columns)
    amount = sheet.part.jitter if jitter is None else jitter
    right, down, grow = (sheet.chance.uniform(-amount, amount) for _ in range(3))
    for at, item in enumerate(sheet.items):
        item.box = boxes[at]
        if item.what.kind == "K":
            item.place = boxes[at]
            continue
        one = shaken(boxes[at], sheet.chance, amount * 0.35)
        item.place = Region(
            right + one.left * (1 + grow), down + one.top * (1 + grow), one.width * (1 + grow), one.height * (1 + grow)
        )


def place_otherwise(sheet: Sheet) -> None:
    """The template is laid out by somebody else: another canvas, another style, another order."""
    sheet.size = sheet.chance.choice([one for one in CANVASES if one != sheet.canvas])
    style = sheet.chance.choice([one for one in STYLES if one != sheet.style])
    order = list(range(len(sheet.items)))
    sheet.chance.shuffle(order)
    numbers = sorted({item.number for item in sheet.items if item.number is not None})
    other = dict(zip(numbers, sheet.chance.sample(numbers, len(numbers)), strict=True))
    listed = things(sheet.items, sample=True)
    moved = [listed[at]._replace(group=other.get(sheet.items[at].number or 0)) for at in order]
    boxes = lay_out(
        moved, style, sheet.size[0] / sheet.size[1], columns=not sheet.columns, corner=sheet.chance.randint(1, 4)
    )
    for at, item in enumerate(sheet.items):
        item.place = boxes[at]


def assemble(sheet: Sheet, family: str) -> Pair:
    """The values. Paths are made unique as psd reading does; the template's order is from the top."""
    shown = [item for item in sheet.items if item.in_design]
    shown.sort(key=lambda item: "KPCGI".find(item.what.kind) if not item.is_text else 9)
    if sheet.shuffle_layers:
        backs = [item for item in shown if item.what.kind == "K"]
        rest = [item for item in shown if item.what.kind != "K"]
        sheet.chance.shuffle(rest)
        shown = backs + rest
    layers: list[DesignLayer] = []
    path_of: dict[int, str] = {}
    seen: dict[str, int] = {}

    def add(layer: DesignLayer) -> str:
        seen[layer.path] = seen.get(layer.path, 0) + 1
        path = layer.path if seen[layer.path] == 1 else f"{layer.path} ({seen[layer.path]})"
        order = len(layers)
        layers.append(DesignLayer(**{**_fields(layer), "path": path, "order": order}))
        return path

    below = [one for one in sheet.extras if one.name == "Background"]
    for one in below:
        add(one)
    for item in shown:
        path_of[id(item)] = add(_layer(item, sheet.canvas))
    for one in sheet.extras:
        if one not in below:
            add(one)
    design = Design("design.psd", *sheet.canvas, "RGB", 8, tuple(layers))
    wanted = [item for item in sheet.items if item.in_template]
    wanted.reverse()
    if sheet.shuffle_template:
        sheet.chance.shuffle(wanted)
    comps, placeholders, truth = _template(sheet, wanted, path_of)
    footage = tuple(one.source for one in placeholders if one.source)
    template = Template("t.aepx", "aepx", "25.5", comps, tuple(placeholders), footage, 1)
    return Pair(family, design, template, truth, _alike(sheet, wanted, placeholders, layers, path_of))


def _fields(layer: DesignLayer) -> dict[str, object]:
    return {name: getattr(layer, name) for name in DesignLayer.__dataclass_fields__}


def pixels(box: Region, size: tuple[int, int]) -> Box:
    return Box(
        round(box.left * size[0]), round(box.top * size[1]), round(box.width * size[0]), round(box.height * size[1])
    )


def _layer(item: Item, canvas: tuple[int, int]) -> DesignLayer:
    box = pixels(item.box, canvas)
    look = None
    if item.is_text:
        size = box.height / (3.4 if item.what.kind == "B" else 1.0)
        look = TextLook(item.says, item.font, round(size, 1), "#ffffff", (item.font,))
    kind: LayerKind = "text" if item.is_text else "image"
    return DesignLayer(
        path=f"{item.group}/{item.layer_name}" if item.group else item.layer_name,
        name=item.layer_name,
        kind=kind,
        box=box,
        visible=item.visible,
        opacity=1.0,
        order=0,
        text=look,
    )


def extra(sheet: Sheet, name: str, box: Region, kind: LayerKind = "image", **more: object) -> DesignLayer:
    """A layer that belongs nowhere."""
    text = more.pop("text", None)
    look = TextLook(str(text), sheet.part.fonts[0], round(box.height * sheet.canvas[1], 1)) if text else None
    values = {"visible": True, "opacity": 1.0, **more}
    group = str(values.pop("group", ""))
    path = f"{group}/{name}" if group else name
    return DesignLayer(path, name, "text" if look else kind, pixels(box, sheet.canvas), order=0, text=look, **values)  # type: ignore[arg-type]


def _template(
    sheet: Sheet, wanted: list[Item], path_of: dict[int, str]
) -> tuple[tuple[Comp, ...], list[Placeholder], dict[str, str | None]]:
    comps = {"": Comp(1, f"main {sheet.topic.name}", *sheet.size, 25.0, 10.0, len(wanted))}
    placeholders: list[Placeholder] = []
    truth: dict[str, str | None] = {}
    for number, item in enumerate(wanted, start=1):
        place = item.place
        around = sheet.size
        if item.container:
            box = pixels(place or item.box, sheet.size)
            around = (max(8, int(box.width)), max(8, int(box.height)))
            if item.container not in comps:
                comps[item.container] = Comp(1 + len(comps), item.container, *around, 25.0, 10.0, 1)
            around = (comps[item.container].width, comps[item.container].height)
            place = Region(0, 0, 1, 1)
        comp = comps[item.container]
        source = look = None
        if item.is_text:
            height = (place or item.box).height * around[1] / (3.4 if item.what.kind == "B" else 1.0)
            look = TextLook(item.sample, item.sample_font, round(height, 1), "#000000", (item.sample_font,))
        else:
            held = pixels(place or item.box, around)
            name = item.footage or "placeholder.png"
            source = Footage(
                500 + number, name, f"/Users/studio/(Footage)/{name}", max(8, int(held.width)), max(8, int(held.height))
            )
        key = f"{comp.item_id}:{number}"
        placeholders.append(
            Placeholder(
                id=key,
                name=item.placeholder_name,
                kind="text" if item.is_text else "image",
                comp=comp.name,
                comp_id=comp.item_id,
                layer_id=1000 + number,
                index=number,
                box=pixels(place, around) if place else None,
                source=source,
                text=look,
            )
        )
        truth[key] = path_of.get(id(item)) if item.in_design else None
    if sheet.second_size:
        width, height = sheet.second_size
        comps["second"] = second = replace(comps[""], item_id=900, name="second format", width=width, height=height)
        for one in list(placeholders):
            key = f"900:{one.index}"
            placeholders.append(replace(one, id=key, comp=second.name, comp_id=900, box=None))
            truth[key] = truth[one.id]
    return tuple(comps.values()), placeholders, truth


def _alike(
    sheet: Sheet,
    wanted: list[Item],
    placeholders: list[Placeholder],
    layers: list[DesignLayer],
    path_of: dict[int, str],
) -> dict[tuple[str, str], float]:
    """What a comparison of pictures would find: the template still holds an earlier version of the picture."""
    if not sheet.alike:
        return {}
    found = {}
    for item, placeholder in zip(wanted, placeholders, strict=True):
        if placeholder.kind == "image":
            for layer in layers:
                if layer.kind != "text":
                    same = path_of.get(id(item)) == layer.path
                    found[placeholder.id, layer.path] = (
                        sheet.chance.uniform(0.72, 1.0) if same else min(0.68, abs(sheet.chance.gauss(0.33, 0.1)))
                    )
    return found


def slug(words: str) -> str:
    return re.sub(r"[^\w]+", "_", words.lower()).strip("_")
