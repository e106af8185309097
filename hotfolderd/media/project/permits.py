"""Which chunks each order may change, and no more of them than that.

Reads orders and the ids in chunk trees. Writes nothing. Offsets in `ldta` and `head` are those of py-aep 0.18.2,
`LdtaChunk`, `HeadChunk`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotfolderd.errors import ToolError
from hotfolderd.media import rifx
from hotfolderd.media.foreign_paths import file_name
from hotfolderd.media.project.differences import REMEDY, Permit
from hotfolderd.media.project.orders import Relink, Rename
from hotfolderd.media.project.planning import Order

_LAYER_NAME = (range(37, 38), range(64, 96))
_SOURCE_ID = range(40, 44)
_NEXT_ITEM_ID = range(12, 16)


def new_items(name: str, before: rifx.Tree, after: rifx.Tree, orders: Sequence[Order]) -> set[int]:
    """The ids of items that the template has not; there may be one for each picture that had to be imported."""
    new = {item_id for item_id, _ in rifx.items(after)} - {item_id for item_id, _ in rifx.items(before)}
    ordered = {order.fill.picture for order in orders if order.how == "imported"}
    if len(new) != len(ordered):
        raise ToolError(f"{name}: {len(ordered)} new items were ordered, found {len(new)}. {REMEDY}")
    return new


def for_orders(orders: Sequence[Order], new_items: set[int]) -> Iterator[Permit]:
    """What each order may change."""
    for order in orders:
        layer = rf".*Item#{order.placeholder.comp_id}/Layr#{order.placeholder.layer_id}"
        why = (
            f"{order.how} for {order.placeholder.name}" if order.how != "text" else f"text of {order.placeholder.name}"
        )
        if order.how == "text":
            yield Permit.of(why, rf"{layer}/.*btds\[0\]/btdk\[0\]")
        elif order.how == "imported":
            name = _LAYER_NAME if order.keeps_layer_name else ()
            yield Permit.of(why, rf"{layer}/ldta\[0\]", _SOURCE_ID, *name)
        elif order.how == "relinked":
            yield Permit.of(why, rf".*Item#{order.item_id}/Pin\[0\]/Als2\[0\]/alas\[0\]")
        else:
            yield Permit.of(why, rf".*Item#{order.item_id}/(?:Pin\[0\](?:/.*)?|idta\[0\])")
        if order.keeps_item_name:
            yield Permit.of(f"{why}, keeps its name", rf".*Item#{order.item_id}/Utf8\[0\]")
        if order.keeps_layer_name:
            yield Permit.of(f"{why}, keeps its name", rf"{layer}/Utf8\[0\]")
            yield Permit.of(f"{why}, keeps its name", rf"{layer}/ldta\[0\]", *_LAYER_NAME)
    for item_id in new_items:
        yield Permit.of("imported picture", rf".*Item#{item_id}(?:[/+].*)?")
        yield Permit.of("the next free id", r"head\[0\]", _NEXT_ITEM_ID)


def for_relinks(relinks: Sequence[Relink]) -> Iterator[Permit]:
    """The one chunk that holds the path of each relinked item."""
    for one in relinks:
        why = f"{file_name(one.delivered)} is in the delivery"
        yield Permit.of(why, rf".*Item#{one.item_id}/Pin\[0\]/Als2\[0\]/alas\[0\]")


def for_names(renames: Sequence[Rename]) -> Iterator[Permit]:
    """The names that are changed, and where a layer has a short form of it."""
    for one in renames:
        why = f"{one.was} is called {one.now} now"
        if one.layer_id is None:
            yield Permit.of(why, rf".*Item#{one.comp_id}/Utf8\[0\]")
        else:
            layer = rf".*Item#{one.comp_id}/Layr#{one.layer_id}"
            yield Permit.of(why, rf"{layer}/Utf8\[0\]")
            yield Permit.of(why, rf"{layer}/ldta\[0\]", *_LAYER_NAME)
