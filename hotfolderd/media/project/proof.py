"""The proof that a populated project is the template with the ordered changes, and nothing else.

Reads the template and the written files. Writes nothing. Two looks, independent of each other: py-aep reads the written
file again and must find what was ordered, and the two chunk trees are compared leaf by leaf.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hotfolderd.errors import ToolError
from hotfolderd.media import rifx
from hotfolderd.media.project.opening import open_project
from hotfolderd.media.project.orders import Fill, Rename
from hotfolderd.media.project.planning import Order, plan
from hotfolderd.media.project.reading import template_of
from hotfolderd.media.project.renaming import plan_renames
from hotfolderd.media.project_file import read_tree
from hotfolderd.model import Footage, Placeholder, Template

_REMEDY = "Nothing of it may be delivered: run the populate script in After Effects instead, and report this project."


@dataclasses.dataclass(frozen=True, slots=True)
class _Permit:
    """Chunks that an order may change: addresses that match `where`, there only `bytes_` (all, if None)."""

    where: re.Pattern[str]
    bytes_: tuple[range, ...] | None = None

    def allows(self, address: str, before: bytes | None, after: bytes | None) -> bool:
        if not self.where.fullmatch(address):
            return False
        if self.bytes_ is None:
            return True
        if before is None or after is None or len(before) != len(after):
            return False
        pairs = enumerate(zip(before, after, strict=True))
        return all(a == b or any(i in part for part in self.bytes_) for i, (a, b) in pairs)


def verify(
    template_path: Path, fills: Sequence[Fill], written: Sequence[Path], *, tidy_names: bool = False
) -> tuple[str, ...]:
    """What was proved of the files in `written`, a sentence each.

    Raises ToolError naming the chunk or the layer if a file is anything but the template with `fills` in it and, with
    `tidy_names`, the names of `renaming.plan_renames`.
    """
    opened = open_project(template_path)
    template = template_of(opened)
    orders, _ = plan(opened, template, fills)
    filled = {order.placeholder.id for order in orders}
    renames = plan_renames(opened, template, filled)[0] if tidy_names else []
    proved: list[str] = []
    trees = [read_tree(path)[1] for path in written]
    for path, tree in zip(written, trees, strict=True):
        if rifx.dump(tree) != rifx.dump(trees[0]):
            raise ToolError(f"{path.name}: it does not hold the same project as {written[0].name}. {_REMEDY}")
    if len(written) > 1:
        proved.append(f"{' and '.join(path.name for path in written)} hold one and the same tree")
    chunks, changed = _compare(written[0].name, opened.tree, trees[0], orders, renames)
    _check_names(written[0].name, trees[0], renames)
    proved.append(
        f"{chunks - changed:,} of {chunks:,} chunks are byte for byte the template's; the other {changed} were ordered"
        if changed
        else f"all {chunks:,} chunks are byte for byte the template's"
    )
    for path in written:
        _check_meaning(path.name, _renamed(template, renames), template_of(open_project(path)), orders)
        texts = sum(order.how == "text" for order in orders)
        proved.append(f"{path.name}, read again: {texts} texts and {len(orders) - texts} pictures are as ordered")
    if renames:
        proved.append(f"{len(renames)} names of comps and layers were changed as planned, and no other")
    return tuple(proved)


def _compare(
    name: str, before: rifx.Tree, after: rifx.Tree, orders: Sequence[Order], renames: Sequence[Rename]
) -> tuple[int, int]:
    """How many chunks there are, and how many differ. Raises ToolError on a difference that no order allows."""
    old, new = addresses(before), addresses(after)
    permits = [*_permits(orders, _new_items(name, before, after, orders)), *_name_permits(renames)]
    changed = [address for address in {**old, **new} if old.get(address) != new.get(address)]
    for address in changed:
        if not any(permit.allows(address, old.get(address), new.get(address)) for permit in permits):
            what = "was added" if address not in old else "is gone" if address not in new else "was changed"
            raise ToolError(f"{name}: chunk {address} {what}, and nothing that was ordered explains it. {_REMEDY}")
    _check_sequence(name, [a for a in old if a in new], [a for a in new if a in old], permits)
    return len({**old, **new}), len(changed)


def _check_sequence(name: str, old: list[str], new: list[str], permits: Sequence[_Permit]) -> None:
    """The common chunks must stand in the same sequence, except within what an order may change as a whole."""
    if old == new:
        return
    free = [permit.where for permit in permits if permit.bytes_ is None]
    fixed = ([address for address in side if not any(part.fullmatch(address) for part in free)] for side in (old, new))
    for was, now in zip(*fixed, strict=True):
        if was != now:
            raise ToolError(f"{name}: chunk {now} stands where the template has {was}. {_REMEDY}")


def addresses(tree: rifx.Tree) -> dict[str, bytes]:
    """Every chunk by an address that stays when another item is added: `Fold/Item#13/Pin[0]/Als2[0]/alas[0]`.

    Lists of chunks have no bytes here. The XMP packet has the address `xmp`.
    """
    found = dict(_addressed(tree.root, ""))
    found["xmp"] = tree.xmp
    return found


def _addressed(parent: rifx.Chunk, above: str) -> Iterator[tuple[str, bytes]]:
    """Items and layers go by their ids, what follows an item by that item, all else by its place among its like."""
    after_item = ""
    counts: dict[str, int] = {}
    for chunk in parent.children:
        if chunk.list_type in {"Item", "Layr"}:
            kind, offset = ("idta", 16) if chunk.list_type == "Item" else ("ldta", 0)
            head = next(child.data for child in chunk.children if child.id == kind)
            own = f"{chunk.name}#{int.from_bytes(head[offset : offset + 4], 'big')}"
            if chunk.list_type == "Item":
                after_item, counts = f"{own}+", {}
        else:
            own = f"{after_item}{chunk.name}[{counts.get(chunk.name, 0)}]"
            counts[chunk.name] = counts.get(chunk.name, 0) + 1
        address = f"{above}{own}"
        yield address, chunk.data
        if chunk.holds_chunks:
            yield from _addressed(chunk, f"{address}/")


def _new_items(name: str, before: rifx.Tree, after: rifx.Tree, orders: Sequence[Order]) -> set[int]:
    """The ids of items that the template has not; there may be one for each picture that had to be imported."""
    new = {item_id for item_id, _ in rifx.items(after)} - {item_id for item_id, _ in rifx.items(before)}
    ordered = {order.fill.picture for order in orders if order.how == "imported"}
    if len(new) != len(ordered):
        raise ToolError(f"{name}: {len(ordered)} new items were ordered, found {len(new)}. {_REMEDY}")
    return new


_LAYER_NAME = (range(37, 38), range(64, 96))
_SOURCE_ID = range(40, 44)
_NEXT_ITEM_ID = range(12, 16)


def _permits(orders: Sequence[Order], new_items: set[int]) -> Iterator[_Permit]:
    """What each order may change. Offsets in `ldta` and `head` are those of py-aep 0.18.2, `LdtaChunk`, `HeadChunk`."""
    for order in orders:
        layer = rf".*Item#{order.placeholder.comp_id}/Layr#{order.placeholder.layer_id}"
        if order.how == "text":
            yield _permit(rf"{layer}/.*btds\[0\]/btdk\[0\]")
        elif order.how == "imported":
            name = _LAYER_NAME if order.keeps_layer_name else ()
            yield _permit(rf"{layer}/ldta\[0\]", _SOURCE_ID, *name)
        elif order.how == "relinked":
            yield _permit(rf".*Item#{order.item_id}/Pin\[0\]/Als2\[0\]/alas\[0\]")
        else:
            yield _permit(rf".*Item#{order.item_id}/(?:Pin\[0\](?:/.*)?|idta\[0\])")
        if order.keeps_item_name:
            yield _permit(rf".*Item#{order.item_id}/Utf8\[0\]")
        if order.keeps_layer_name:
            yield _permit(rf"{layer}/Utf8\[0\]")
            yield _permit(rf"{layer}/ldta\[0\]", *_LAYER_NAME)
    for item_id in new_items:
        yield _permit(rf".*Item#{item_id}(?:[/+].*)?")
        yield _permit(r"head\[0\]", _NEXT_ITEM_ID)


def _name_permits(renames: Sequence[Rename]) -> Iterator[_Permit]:
    for one in renames:
        if one.layer_id is None:
            yield _permit(rf".*Item#{one.comp_id}/Utf8\[0\]")
        else:
            layer = rf".*Item#{one.comp_id}/Layr#{one.layer_id}"
            yield _permit(rf"{layer}/Utf8\[0\]")
            yield _permit(rf"{layer}/ldta\[0\]", *_LAYER_NAME)


def _check_names(name: str, after: rifx.Tree, renames: Sequence[Rename]) -> None:
    """The chunk of each new name must hold exactly that name. Raises ToolError."""
    items = dict(rifx.items(after))
    for one in renames:
        owner = items[one.comp_id] if one.layer_id is None else dict(rifx.layers(items[one.comp_id]))[one.layer_id]
        found = next((child.data for child in owner.children if child.id == "Utf8"), b"")
        if found != one.now.encode():
            raise ToolError(f"{name}: {one.was} should be called {one.now}, found {found[:80]!r}. {_REMEDY}")


def _renamed(template: Template, renames: Sequence[Rename]) -> Template:
    """The template as it would be read with the new names."""
    comps = {one.comp_id: one.now for one in renames if one.layer_id is None}
    layers = {f"{one.comp_id}:{one.layer_id}": one.now for one in renames if one.layer_id is not None}
    return dataclasses.replace(
        template,
        comps=tuple(dataclasses.replace(comp, name=comps.get(comp.item_id, comp.name)) for comp in template.comps),
        placeholders=tuple(
            dataclasses.replace(one, name=layers.get(one.id, one.name), comp=comps.get(one.comp_id, one.comp))
            for one in template.placeholders
        ),
    )


def _permit(where: str, *parts: range) -> _Permit:
    return _Permit(re.compile(where), parts or None)


def _check_meaning(name: str, before: Template, after: Template, orders: Sequence[Order]) -> None:
    """py-aep must find the ordered texts and paths, and everything else as it was. Raises ToolError."""
    by_id = {order.placeholder.id: order for order in orders}
    found = {placeholder.id: placeholder for placeholder in after.placeholders}
    for old in before.placeholders:
        _check_placeholder(name, old, found.pop(old.id, None), by_id.get(old.id))
    if found:
        raise ToolError(f"{name}: layer {next(iter(found.values())).name} was not in the template. {_REMEDY}")
    if before.comps != after.comps or before.main_comp != after.main_comp:
        raise ToolError(f"{name}: its compositions are not those of the template. {_REMEDY}")
    changed = {order.item_id for order in orders if order.how in {"relinked", "replaced"}}
    sources = _by_id(after.footage)
    for item_id, footage in _by_id(before.footage).items():
        if item_id not in changed and sources.get(item_id) != footage:
            raise ToolError(f"{name}: footage {footage.name} is not as it was in the template. {_REMEDY}")


def _by_id(footage: Sequence[Footage]) -> Mapping[int, Footage]:
    """Footage by item id; how many layers use it is left out, since an imported picture takes one away."""
    return {item.item_id: dataclasses.replace(item, users=0) for item in footage}


def _check_placeholder(name: str, old: Placeholder, new: Placeholder | None, order: Order | None) -> None:
    where = f"{name}: layer {old.name} of comp {old.comp}"
    if new is None:
        raise ToolError(f"{where} is gone. {_REMEDY}")
    if new.name != old.name:
        raise ToolError(f"{where} is called {new.name} now. {_REMEDY}")
    if order is None:
        if dataclasses.replace(new, source=None) != dataclasses.replace(old, source=None):
            raise ToolError(f"{where} was changed, and nothing was ordered for it. {_REMEDY}")
        if (new.source and new.source.path) != (old.source and old.source.path):
            raise ToolError(f"{where} shows another file, and nothing was ordered for it. {_REMEDY}")
    elif order.how == "text":
        text = new.text.text if new.text else None
        if text != order.text.replace("\x03", "\n"):
            raise ToolError(f"{where} should say {order.text!r}, found {text!r}. {_REMEDY}")
        if old.text and new.text and (old.text.font, old.text.colour) != (new.text.font, new.text.colour):
            raise ToolError(f"{where} has another font or colour than before. {_REMEDY}")
    else:
        picture, source = order.picture, new.source
        seen = (source.path, source.width, source.height) if source else None
        if seen != (picture.delivered, picture.width, picture.height):
            raise ToolError(f"{where} should show {picture.delivered}, found {seen}. {_REMEDY}")
