"""What speaks for pairs because of their neighbours: the first of three names goes with the first of three.

Reads slots and pieces of one kind that nothing else has tied, gives reasons: worth more the more numbers, places and
looks agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.evidence import Reason
from hotfolderd.matching.sides import Piece, Slot, group_of
from hotfolderd.model import Box

_NEIGHBOUR = 0.6
T = TypeVar("T")
Rows = dict[tuple[int, int], Reason]


@dataclass(frozen=True, slots=True)
class Row:
    """Members (indices) of one side that belong together, in order: by place, or by number where places are unknown.

    `agreed`: numbers and places give the same order, or only one of them exists; false too where none does.
    `family`: they belong together by name or looks, not merely by being what is left.
    """

    members: tuple[int, ...]
    agreed: bool
    family: bool


def order_reasons(slots: Sequence[tuple[int, Slot]], pieces: Sequence[tuple[int, Piece]], *, families: bool) -> Rows:
    """The reasons for pairs of (slot, piece) indices, all of one kind.

    With `families` only numbered slots (`player1`, `player2`) are laid beside pieces that belong together; without,
    all slots that are left beside all pieces that are left.
    """
    usable = [(index, piece) for index, piece in pieces if not (piece.passed_over or piece.decoration)]
    if families:
        slot_rows = [row for row in _slot_families(slots) if len(row.members) > 1]
        piece_rows = _piece_families(usable)
    else:
        rest = [one for one in slots if not one[1].background]
        slot_rows = [_slot_row(rest, family=len({slot.name.stem for _, slot in rest}) == 1)]
        piece_rows = [_piece_row(usable, family=False)]
    places = {index: piece.place for index, piece in usable}
    found: Rows = {}
    for ours in slot_rows:
        same = [theirs for theirs in piece_rows if len(theirs.members) == len(ours.members)]
        suited = same or (piece_rows if families else [])
        for theirs in suited:
            _lay(found, ours, theirs, places, alone=len(suited) == 1)
    return found


def swapped(slots: Sequence[tuple[int, Slot]]) -> set[int]:
    """The slots (indices) whose numbers say another order than their places."""
    rows = [row for row in _slot_families([one for one in slots if one[1].place]) if len(row.members) > 1]
    return {index for row in rows if not row.agreed for index in row.members}


def reading_order(items: Iterable[T], box_of: Callable[[T], Box]) -> list[T]:
    """Top to bottom by rows, left to right in a row; a row is what overlaps its first box by half a height."""
    rows: list[list[T]] = []
    for item in sorted(items, key=lambda one: (box_of(one).centre[1], box_of(one).centre[0])):
        first = box_of(rows[-1][0]) if rows else None
        box = box_of(item)
        if first and abs(box.centre[1] - first.centre[1]) < 0.5 * max(first.height, box.height):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda one: box_of(one).centre[0])]


def _lay(found: Rows, ours: Row, theirs: Row, places: dict[int, Box], *, alone: bool) -> None:
    """Lay two rows side by side and note what that says for each pair, unless something better is known."""
    base = _worth(ours, theirs) - (0.0 if alone else 0.8)
    equal = len(theirs.members) == len(ours.members)
    for rank, (slot, piece) in enumerate(zip(ours.members, theirs.members, strict=False)):
        why = _why(ours, rank, [places[index] for index in theirs.members], equal=equal)
        _note(found, slot, piece, Reason(base, why))
        for other in theirs.members:
            _note(found, slot, other, Reason(min(_NEIGHBOUR, base), ""))


def _worth(ours: Row, theirs: Row) -> float:
    """How much two rows say together, in log odds."""
    few, many = sorted((len(ours.members), len(theirs.members)))
    if few != many:
        return 2.0 if ours.family and len(theirs.members) < len(ours.members) else 1.2
    if few == 1:
        return 2.4
    return (3.0 if ours.family and theirs.family else 2.4) - (0.0 if ours.agreed and theirs.agreed else 1.4)


def _note(found: Rows, slot: int, piece: int, reason: Reason) -> None:
    known = found.get((slot, piece))
    if known is None or known.worth < reason.worth:
        found[slot, piece] = reason


def _why(ours: Row, rank: int, places: list[Box], *, equal: bool) -> str:
    count = len(ours.members)
    if count == 1:
        return "the only one of its kind left on both sides"
    one_row = max(place.centre[1] for place in places) - min(place.centre[1] for place in places) < max(
        place.height for place in places
    )
    ordinal = voc.ORDINALS[rank] if rank < len(voc.ORDINALS) else f"number {rank + 1}"
    side = "left" if one_row else "top"
    where = f"the same kind, {ordinal} of {count} from the {side}"
    if not equal:
        return f"{where}, though the design has {len(places)}"
    return f"{where} on both sides" if ours.agreed else f"{where}, though its number says another place"


def _slot_families(slots: Sequence[tuple[int, Slot]]) -> list[Row]:
    """The numbered slots of each stem: `player1name`, `player2name`."""
    stems: dict[tuple[str, ...], list[tuple[int, Slot]]] = defaultdict(list)
    for index, slot in slots:
        if slot.name.numbers and slot.name.stem and not slot.background:
            stems[slot.name.stem].append((index, slot))
    return [_slot_row(members, family=True) for members in stems.values()]


def _slot_row(slots: Sequence[tuple[int, Slot]], *, family: bool) -> Row:
    listed = sorted(slots, key=lambda one: (one[1].placeholders[0].comp_id, one[1].placeholders[0].index))
    ordered = listed
    if all(slot.place for _, slot in slots):
        ordered = reading_order(listed, lambda one: one[1].place or Box(0, 0, 0, 0))
    return _row(ordered, [slot.name.numbers for _, slot in ordered], family=family, placed=ordered is not listed)


def _piece_row(pieces: Sequence[tuple[int, Piece]], *, family: bool) -> Row:
    usable = [one for one in pieces if not one[1].background]
    ordered = reading_order(usable, lambda one: one[1].place)
    return _row(ordered, [piece.name.numbers for _, piece in ordered], family=family, placed=True)


def _row(ordered: Sequence[tuple[int, object]], numbers: list[tuple[str, ...]], *, family: bool, placed: bool) -> Row:
    """By place where places are known; by number where they are not."""
    members = tuple(index for index, _ in ordered)
    keys = [tuple(map(int, found)) for found in numbers]
    if not family or not all(keys) or len(set(keys)) != len(keys):
        return Row(members, agreed=placed, family=family)
    by_number = tuple(index for _, index in sorted(zip(keys, members, strict=True)))
    if placed:
        return Row(members, agreed=by_number == members, family=family)
    return Row(by_number, agreed=True, family=family)


def _piece_families(pieces: Sequence[tuple[int, Piece]]) -> list[Row]:
    """Pieces that belong together by numbered names, by looks, or by their group; and all of them."""
    found: dict[frozenset[int], Row] = {}
    for key_of in (_numbered_stem, _look, _group):
        clusters: dict[Hashable, list[tuple[int, Piece]]] = defaultdict(list)
        for index, piece in pieces:
            key = key_of(piece)
            if key is not None and not piece.background:
                clusters[key].append((index, piece))
        for members in clusters.values():
            if len(members) > 1:
                found.setdefault(frozenset(index for index, _ in members), _piece_row(members, family=True))
    everything = _piece_row(pieces, family=False)
    found.setdefault(frozenset(everything.members), everything)
    return list(found.values())


def _numbered_stem(piece: Piece) -> Hashable:
    return piece.name.stem if piece.name.numbers and piece.name.stem and not piece.name.generic else None


def _look(piece: Piece) -> Hashable:
    """Texts of one font and size, pictures of one size (to some 10 %)."""
    text = piece.layer.text
    if text and text.size_px:
        return text.font, round(text.size_px)
    if piece.kind == "text":
        return round(piece.layer.box.height / 10)
    return "picture", round(piece.place.width * 20), round(piece.place.height * 20)


def _group(piece: Piece) -> Hashable:
    group = group_of(piece.layer)
    return (group, piece.kind) if group else None
