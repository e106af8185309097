"""Two chunk trees side by side: every difference must be one that was ordered, and is listed with its reason.

Compares trees in memory. Reads and writes nothing, and knows neither orders nor what a chunk means: it is handed
permits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotfolderd.errors import ToolError
from hotfolderd.media import rifx

REMEDY = "Nothing of it may be delivered: run the populate script in After Effects instead, and report this project."


@dataclass(frozen=True, slots=True)
class Permit:
    """Chunks that an order may change: addresses that match `where`, there only `bytes_` (all, if None).

    `why` names the order.
    """

    where: re.Pattern[str]
    why: str
    bytes_: tuple[range, ...] | None = None

    @classmethod
    def of(cls, why: str, where: str, *parts: range) -> Permit:
        """A permit for the addresses that match a regular expression, there for these parts only."""
        return cls(re.compile(where), why, parts or None)


def explained(permits: Sequence[Permit], before: bytes | None, after: bytes | None) -> bool:
    """Whether permits for one chunk explain together how it differs; None is a chunk that is not there."""
    if any(permit.bytes_ is None for permit in permits):
        return True
    if before is None or after is None or len(before) != len(after):
        return False
    free = [part for permit in permits for part in permit.bytes_ or ()]
    return all(a == b or any(i in part for part in free) for i, (a, b) in enumerate(zip(before, after, strict=True)))


@dataclass(frozen=True, slots=True)
class Differences:
    """How many chunks both trees have together, and a line for each one that differs, in the order of the file."""

    chunks: int
    lines: tuple[str, ...]


def compare(name: str, before: rifx.Tree, after: rifx.Tree, permits: Sequence[Permit]) -> Differences:
    """What differs. Raises ToolError on a difference that no permit explains; `name` is the file's."""
    old, new = addresses(before), addresses(after)
    lines: list[str] = []
    for address in {**old, **new}:
        was, now = old.get(address), new.get(address)
        if was == now:
            continue
        here = [one for one in permits if one.where.fullmatch(address)]
        if not explained(here, was, now):
            what = "was added" if was is None else "is gone" if now is None else "was changed"
            raise ToolError(f"{name}: chunk {address} {what}, and nothing that was ordered explains it. {REMEDY}")
        why = "; ".join(dict.fromkeys(one.why for one in here))
        lines.append(f"{address}: {_in_words(was, now)} ({why})")
    _check_sequence(name, [a for a in old if a in new], [a for a in new if a in old], permits)
    return Differences(len({**old, **new}), tuple(lines))


def _in_words(was: bytes | None, now: bytes | None) -> str:
    if was is None:
        return f"new, {len(now or b''):,} bytes"
    if now is None:
        return f"gone, had {len(was):,} bytes"
    if len(was) != len(now):
        return f"{len(was):,} bytes became {len(now):,}"
    places = [i for i, (a, b) in enumerate(zip(was, now, strict=True)) if a != b]
    return f"{len(places):,} of {len(was):,} bytes changed, from byte {places[0]:,} on"


def _check_sequence(name: str, old: list[str], new: list[str], permits: Sequence[Permit]) -> None:
    """The common chunks must stand in the same sequence, except within what an order may change as a whole."""
    if old == new:
        return
    free = [permit.where for permit in permits if permit.bytes_ is None]
    fixed = ([address for address in side if not any(part.fullmatch(address) for part in free)] for side in (old, new))
    for was, now in zip(*fixed, strict=True):
        if was != now:
            raise ToolError(f"{name}: chunk {now} stands where the template has {was}. {REMEDY}")


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
