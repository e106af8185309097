"""The proof that a populated project is the template with the ordered changes, and nothing else.

Reads the template and the written files. Writes nothing. Two looks, independent of each other: py-aep reads the written
file again and must find what was ordered, and the two chunk trees are compared leaf by leaf.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from hotfolderd.errors import ToolError
from hotfolderd.media import rifx
from hotfolderd.media.project.differences import REMEDY, compare
from hotfolderd.media.project.opening import open_project
from hotfolderd.media.project.orders import Fill, Proof, Relink, Rename
from hotfolderd.media.project.permits import for_names, for_orders, for_relinks, new_items
from hotfolderd.media.project.planning import Order, plan
from hotfolderd.media.project.reading import template_of
from hotfolderd.media.project.references import PATH, what_is_wrong
from hotfolderd.media.project.relinking import check_relinks, relinkable
from hotfolderd.media.project.renaming import plan_renames
from hotfolderd.media.project_file import read_tree
from hotfolderd.model import Footage, Placeholder, Template


def verify(
    template_path: Path,
    fills: Sequence[Fill],
    written: Sequence[Path],
    *,
    relinks: Sequence[Relink] = (),
    tidy_names: bool = False,
) -> Proof:
    """What was proved of the files in `written`.

    Raises ToolError naming the chunk or the layer if a file is anything but the template with `fills` and `relinks` in
    it and, with `tidy_names`, the names of `renaming.plan_renames`.
    """
    opened = open_project(template_path)
    template = template_of(opened)
    orders, _ = plan(opened, template, fills)
    filled = {order.placeholder.id for order in orders}
    relinks = relinkable(opened.tree, relinks)
    renames = plan_renames(opened, template, filled)[0] if tidy_names else []
    proved: list[str] = []
    trees = [read_tree(path)[1] for path in written]
    for path, tree in zip(written, trees, strict=True):
        if rifx.dump(tree) != rifx.dump(trees[0]):
            raise ToolError(f"{path.name}: it does not hold the same project as {written[0].name}. {REMEDY}")
    if len(written) > 1:
        proved.append(f"{' and '.join(path.name for path in written)} hold one and the same tree")
    name, tree = written[0].name, trees[0]
    allowed = for_orders(orders, new_items(name, opened.tree, tree, orders))
    found = compare(name, opened.tree, tree, [*allowed, *for_relinks(relinks), *for_names(renames)])
    changed = len(found.lines)
    _check_names(name, tree, renames)
    _check_pictures(name, tree, orders)
    check_relinks(name, tree, relinks)
    proved.append(
        f"{found.chunks - changed:,} of {found.chunks:,} chunks are byte for byte the template's; the other {changed} "
        "were ordered"
        if changed
        else f"all {found.chunks:,} chunks are byte for byte the template's"
    )
    expected = _expected(template, renames, relinks)
    for path in written:
        _check_meaning(path.name, expected, template_of(open_project(path)), orders)
        texts = sum(order.how == "text" for order in orders)
        proved.append(f"{path.name}, read again: {texts} texts and {len(orders) - texts} pictures are as ordered")
    if relinks:
        proved.append(f"{len(relinks)} other pieces of footage are named in the delivery, and found from its folder")
    if renames:
        proved.append(f"{len(renames)} names of comps and layers were changed as planned, and no other")
    return Proof(tuple(proved), found.lines)


def _check_pictures(name: str, after: rifx.Tree, orders: Sequence[Order]) -> None:
    """The item that a layer shows must lead to the picture that was ordered for it. Raises ToolError."""
    items = dict(rifx.items(after))
    for order in orders:
        if order.how == "text":
            continue
        layer = dict(rifx.layers(items[order.placeholder.comp_id]))[order.placeholder.layer_id]
        source = int.from_bytes(rifx.at(layer, "ldta")[0].data[40:44], "big")
        references = rifx.at(items[source], PATH) if source in items else []
        wrong = what_is_wrong(references[0].data, order.picture.delivered) if references else "has no file"
        if wrong:
            where = f"layer {order.placeholder.name} of comp {order.placeholder.comp}"
            raise ToolError(f"{name}: {where} should show {order.picture.delivered}, but its footage {wrong}. {REMEDY}")


def _check_names(name: str, after: rifx.Tree, renames: Sequence[Rename]) -> None:
    """The chunk of each new name must hold exactly that name. Raises ToolError."""
    items = dict(rifx.items(after))
    for one in renames:
        owner = items[one.comp_id] if one.layer_id is None else dict(rifx.layers(items[one.comp_id]))[one.layer_id]
        found = next((child.data for child in owner.children if child.id == "Utf8"), b"")
        if found != one.now.encode():
            raise ToolError(f"{name}: {one.was} should be called {one.now}, found {found[:80]!r}. {REMEDY}")


def _expected(template: Template, renames: Sequence[Rename], relinks: Sequence[Relink]) -> Template:
    """The template as it would be read with the new names and the new places of its footage."""
    places = {one.item_id: one.delivered for one in relinks}

    def placed(footage: Footage) -> Footage:
        return dataclasses.replace(footage, path=places.get(footage.item_id, footage.path))

    comps = {one.comp_id: one.now for one in renames if one.layer_id is None}
    layers = {f"{one.comp_id}:{one.layer_id}": one.now for one in renames if one.layer_id is not None}
    return dataclasses.replace(
        template,
        comps=tuple(dataclasses.replace(comp, name=comps.get(comp.item_id, comp.name)) for comp in template.comps),
        placeholders=tuple(
            dataclasses.replace(
                one,
                name=layers.get(one.id, one.name),
                comp=comps.get(one.comp_id, one.comp),
                source=placed(one.source) if one.source else None,
            )
            for one in template.placeholders
        ),
        footage=tuple(placed(one) for one in template.footage),
    )


def _check_meaning(name: str, before: Template, after: Template, orders: Sequence[Order]) -> None:
    """py-aep must find the ordered texts and paths, and everything else as it was. Raises ToolError."""
    by_id = {order.placeholder.id: order for order in orders}
    found = {placeholder.id: placeholder for placeholder in after.placeholders}
    for old in before.placeholders:
        _check_placeholder(name, old, found.pop(old.id, None), by_id.get(old.id))
    if found:
        raise ToolError(f"{name}: layer {next(iter(found.values())).name} was not in the template. {REMEDY}")
    if before.comps != after.comps or before.main_comp != after.main_comp:
        raise ToolError(f"{name}: its compositions are not those of the template. {REMEDY}")
    changed = {order.item_id for order in orders if order.how in {"relinked", "replaced"}}
    sources = _by_id(after.footage)
    for item_id, footage in _by_id(before.footage).items():
        if item_id not in changed and sources.get(item_id) != footage:
            raise ToolError(f"{name}: footage {footage.name} is not as it was in the template. {REMEDY}")


def _by_id(footage: Sequence[Footage]) -> Mapping[int, Footage]:
    """Footage by item id; how many layers use it is left out, since an imported picture takes one away."""
    return {item.item_id: dataclasses.replace(item, users=0) for item in footage}


def _check_placeholder(name: str, old: Placeholder, new: Placeholder | None, order: Order | None) -> None:
    where = f"{name}: layer {old.name} of comp {old.comp}"
    if new is None:
        raise ToolError(f"{where} is gone. {REMEDY}")
    if new.name != old.name:
        raise ToolError(f"{where} is called {new.name} now. {REMEDY}")
    if order is None:
        # `set_by` tells names of others, which may be changed; their chunks are compared.
        if dataclasses.replace(new, source=None, set_by=None) != dataclasses.replace(old, source=None, set_by=None):
            raise ToolError(f"{where} was changed, and nothing was ordered for it. {REMEDY}")
        if (new.source and new.source.path) != (old.source and old.source.path):
            raise ToolError(f"{where} shows another file, and nothing was ordered for it. {REMEDY}")
    elif order.how == "text":
        text = new.text.text if new.text else None
        if text != order.text.replace("\x03", "\n"):
            raise ToolError(f"{where} should say {order.text!r}, found {text!r}. {REMEDY}")
        if old.text and new.text and (old.text.font, old.text.colour) != (new.text.font, new.text.colour):
            raise ToolError(f"{where} has another font or colour than before. {REMEDY}")
    else:
        picture, source = order.picture, new.source
        seen = (source.path, source.width, source.height) if source else None
        if seen != (picture.delivered, picture.width, picture.height):
            raise ToolError(f"{where} should show {picture.delivered}, found {seen}. {REMEDY}")
        if new.pixel_ratio != old.pixel_ratio:
            raise ToolError(f"{where} has pixels of another shape than before: {new.pixel_ratio:g}. {REMEDY}")
