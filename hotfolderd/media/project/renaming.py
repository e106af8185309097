"""Names that Plainly takes, for the comps and layers of a project that have others: planned, not carried out.

Reads an opened project. Writes nothing. A name that an expression speaks of stays, and all names stay where expressions
put names together: what they would find afterwards cannot be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from hotfolderd.media.project.inventory import RENDER_PREFIX, Inventory, SeenComp, SeenLayer, take_inventory
from hotfolderd.media.project.names import has_prefix, odd_characters
from hotfolderd.media.project.opening import Opened
from hotfolderd.media.project.orders import Rename
from hotfolderd.media.project.planning import all_code
from hotfolderd.model import Category, PlaceholderKind, Template

_PREFIXES: dict[PlaceholderKind, str] = {"text": "txt_", "image": "img_"}
_WITHOUT_ACCENT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    | {"ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ı": "i", "&": "and"}
)
_ODD = re.compile(r"[^A-Za-z0-9_\-\s.]+", re.ASCII)
# A comp or layer that is not named by a text or a number as it stands, and whatever asks for a name.
_PUTS_NAMES_TOGETHER = re.compile(
    r"""\b(?:comp|layer)\s*\(\s*(?!(?:"[^"]*"|'[^']*'|\d+)\s*\))(?!\s*\))|\.\s*name\b|\beval\b|evalFile"""
)


def plan_renames(opened: Opened, template: Template, filled: Collection[str]) -> tuple[list[Rename], list[str]]:
    """New names for what is rendered of a template, and in words what was left as it is.

    `filled` holds the ids of the placeholders that are set: their names get a prefix. Raises JobError as
    `inventory.take_inventory` does.
    """
    inventory = take_inventory(opened, template, filled)
    kinds = {one.id: one.kind for one in template.placeholders if one.id in filled}
    wanted = [*_for_comps(inventory, template), *_for_layers(inventory, kinds)]
    code = list(all_code(opened.tree))
    if wanted and any(_PUTS_NAMES_TOGETHER.search(text) for text in code):
        return [], ["No name was changed: expressions of the template put names together or read them."]
    fixed = [one.was for one in wanted if any(_speaks_of(text, one.was) for text in code)]
    notes = [f"The name '{name}' was not changed: an expression speaks of it." for name in dict.fromkeys(fixed)]
    return [one for one in wanted if one.was not in fixed], notes


def plain_name(name: str, instead: str) -> str:
    """A name in English letters, digits, `_`, `-`, `.` and blanks; `instead` where nothing of it is left."""
    text = unicodedata.normalize("NFKD", name.translate(_WITHOUT_ACCENT))
    text = "".join(character for character in text if not unicodedata.combining(character))
    return _ODD.sub("_", text).strip("_ ") or instead


def _for_comps(inventory: Inventory, template: Template) -> Iterator[Rename]:
    taken = {comp.name for comp in template.comps}
    for comp in inventory.comps:
        now, why = comp.name, _category(comp.name)
        if why:
            now = plain_name(comp.name, "comp")
        if comp.item_id == template.main_comp and not inventory.render_comps:
            now, why = RENDER_PREFIX + now, why or "composition"
        if why:
            now = _unlike(now, taken)
            yield Rename(comp.item_id, None, comp.name, comp.name, now, why)


def _for_layers(inventory: Inventory, kinds: dict[str, PlaceholderKind]) -> Iterator[Rename]:
    for comp in inventory.comps:
        taken = {layer.name for layer in comp.layers}
        for layer in comp.layers:
            yield from _for_layer(comp, layer, kinds.get(layer.id), taken)


def _for_layer(comp: SeenComp, layer: SeenLayer, kind: PlaceholderKind | None, taken: set[str]) -> Iterator[Rename]:
    """A layer that bears the name of its source keeps doing so, unless it is filled."""
    now, why = layer.name, None if layer.name_from_source else _category(layer.name)
    if why:
        now = plain_name(layer.name, "layer")
    if kind and not has_prefix(layer.name):
        now, why = _PREFIXES[kind] + plain_name(now, "layer"), why or "naming"
    if why:
        layer_id = int(layer.id.partition(":")[2])
        yield Rename(comp.item_id, layer_id, comp.name, layer.name, _unlike(now, taken), why)


def _category(name: str) -> Category | None:
    return "characters" if odd_characters(name) else None


def _unlike(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; it is taken from then on."""
    unlike, number = name, 2
    while unlike in taken:
        unlike, number = f"{name}_{number}", number + 1
    taken.add(unlike)
    return unlike


def _speaks_of(code: str, name: str) -> bool:
    return any(f"{quote}{name}{quote}" in code for quote in "\"'`")
