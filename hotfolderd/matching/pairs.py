"""All pairs of slots and pieces, and what each is worth: names and looks first, then places, then neighbours.

Reads both sides, gives tables of log odds and reasons in words. Never decides what is proposed (see `matcher`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from hotfolderd.matching.assign import best_assignment
from hotfolderd.matching.confidence import Leads, Table
from hotfolderd.matching.evidence import START, Reason, degree_of, direct, look_worth
from hotfolderd.matching.layout import place_worth
from hotfolderd.matching.order import order_reasons, swapped
from hotfolderd.matching.sides import Piece, Slot

_EQUAL = 12.0
_CERTAIN = 1.0
_SAID_FROM = 0.8
# A pair of which its names or texts say so much that it is wrong gains nothing by its neighbours.
_SPOKEN_AGAINST = 2.5
# A layer of the right kind, were it the only one.
_NO_RIVAL = 0.5
# What a place is worth where numbers say another one.
_SWAPPED = 1.5
# Beyond this many pairs only those are looked at closely whose names or texts have something in common.
_ALL_BELOW = 20_000


class Pairs:
    """Both sides and the `worth` of each pair (slots by pieces; -inf for another kind); `settled` is slot to piece."""

    def __init__(self, slots: Sequence[Slot], pieces: Sequence[Piece], alike: Mapping[tuple[str, str], float]) -> None:
        self.slots = slots
        self.pieces = pieces
        self._reasons: dict[tuple[int, int], list[Reason]] = defaultdict(list)
        shape = len(slots), len(pieces)
        ours, theirs = np.array([slot.kind for slot in slots]), np.array([piece.kind for piece in pieces])
        possible = ours.reshape(-1, 1) == theirs.reshape(1, -1)
        self._direct: Table = np.where(possible, START, -np.inf)
        self.settled = self._equal_names()
        self._weigh(alike)
        self._direct += look_worth(slots, pieces)
        self._only_settled(self._direct)
        self._places = np.where(np.isfinite(self._direct), place_worth(slots, pieces, self._direct), 0.0)
        self._swapped = {
            index
            for kind in ("text", "image")
            for index in swapped([(i, slot) for i, slot in enumerate(slots) if slot.kind == kind])
        }
        for index in self._swapped:
            self._places[index] = np.minimum(self._places[index], _SWAPPED)
        self._order: Table = np.zeros(shape)
        self.worth: Table = self._direct + self._places
        for families in (True, False):
            self._ask_neighbours(families=families)

    def assignment(self) -> dict[int, int]:
        """The pairs (slot to piece) of the greatest worth in sum, each worth something by itself."""
        rows = [index for index in range(len(self.slots)) if index not in self.settled]
        used = set(self.settled.values())
        columns = [index for index in range(len(self.pieces)) if index not in used]
        gains = np.maximum(self.worth[np.ix_(rows, columns)], 0.0)
        found = {rows[row]: columns[column] for row, column in best_assignment(gains.tolist())}
        return {**found, **self.settled}

    def why(self, slot: int, piece: int) -> str:
        """What speaks for a pair, the weightiest first, in words."""
        reasons = list(self._reasons[slot, piece])
        if self._places[slot, piece] > _SAID_FROM:
            but = ", though its number says another place" if slot in self._swapped else ""
            reasons.append(Reason(float(self._places[slot, piece]), f"stands in the same place{but}"))
        told = sorted((one for one in reasons if one.why and one.worth > _SAID_FROM), key=lambda one: -one.worth)
        against = [one for one in reasons if one.why and one.worth < 0]
        return "; ".join(dict.fromkeys(one.why for one in (*told[:3], *against))) or "the same kind"

    def merits(self, slot: int) -> Table:
        """What each piece would be worth in a slot if no place and no other piece spoke against it; -inf for another
        kind.
        """
        return np.asarray(self._direct[slot] + _NO_RIVAL + self._order[slot] + np.maximum(self._places[slot], 0.0))

    def _equal_names(self) -> dict[int, int]:
        """Names equal on both sides, borne by one slot and one visible piece only: nothing can be better."""
        pieces: dict[tuple[str, str], list[int]] = defaultdict(list)
        slots: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, piece in enumerate(self.pieces):
            if not piece.passed_over:
                pieces[piece.name.key, piece.kind].append(at)
        for at, slot in enumerate(self.slots):
            slots[slot.name.key, slot.kind].append(at)
        return {
            ours[0]: pieces[key][0]
            for key, ours in slots.items()
            if len(ours) == len(pieces.get(key, ())) == 1 and not self.slots[ours[0]].name.generic
        }

    def _weigh(self, alike: Mapping[tuple[str, str], float]) -> None:
        """What names, texts and pictures say for each pair that is not settled."""
        degrees = {pair: degree_of(self.slots[pair[0]], self.pieces[pair[1]]) for pair in self._near_pairs()}
        tongue = self._same_tongue({pair: degree for pair, (degree, _) in degrees.items()})
        for (slot, piece), degree in degrees.items():
            likeness = max(
                (
                    alike[key]
                    for one in self.slots[slot].placeholders
                    if (key := (one.id, self.pieces[piece].layer.path)) in alike
                ),
                default=None,
            )
            found = direct(self.slots[slot], self.pieces[piece], degree, same_tongue=tongue, alike=likeness)
            self._reasons[slot, piece] += found
            self._direct[slot, piece] += sum(one.worth for one in found)
        for slot, piece in self.settled.items():
            self._reasons[slot, piece].append(Reason(_EQUAL, "the same name"))
            self._direct[slot, piece] = _EQUAL

    def _near_pairs(self) -> list[tuple[int, int]]:
        """All pairs of one kind that are not settled; of very many those with much the same letters somewhere."""
        used = set(self.settled.values())
        slots = [index for index in range(len(self.slots)) if index not in self.settled]
        pieces = [index for index in range(len(self.pieces)) if index not in used]
        if len(slots) * len(pieces) <= _ALL_BELOW:
            return [(slot, piece) for slot in slots for piece in pieces if np.isfinite(self._direct[slot, piece])]
        found: set[tuple[int, int]] = set()
        for ours, theirs in self._letters(slots, pieces):
            if any(ours) and any(theirs):
                table = process.cdist(ours, theirs, scorer=fuzz.ratio, score_cutoff=75, dtype="uint8")
                for row, column in zip(*table.nonzero(), strict=True):
                    if np.isfinite(self._direct[slots[row], pieces[column]]):
                        found.add((slots[row], pieces[column]))
        return sorted(found)

    def _letters(self, slots: list[int], pieces: list[int]) -> Iterator[tuple[list[str], list[str]]]:
        """What is compared letter by letter: names, footage and texts."""
        ours, theirs = [self.slots[index] for index in slots], [self.pieces[index] for index in pieces]
        names = [" ".join(sorted(piece.name.meaning)) for piece in theirs]
        says = [piece.text[:60] for piece in theirs]
        yield ["".join(slot.name.core) for slot in ours], ["".join(piece.name.core) for piece in theirs]
        yield [" ".join(sorted(slot.name.meaning)) for slot in ours], names
        yield [" ".join(sorted(slot.file_names[0].meaning)) if slot.file_names else "" for slot in ours], names
        yield [slot.text[:60] for slot in ours], says
        yield [" ".join(slot.name.meaning) for slot in ours], says

    def _same_tongue(self, degrees: Mapping[tuple[int, int], float]) -> float:
        """The share of telling names that have a counterpart: where most have, another name is another thing."""
        best: dict[int, float] = {
            index: 0.0
            for index, slot in enumerate(self.slots)
            if not slot.name.generic and index not in self.settled and self._could_be_named(slot)
        }
        for (slot, _), degree in degrees.items():
            if slot in best:
                best[slot] = max(best[slot], degree)
        count = len(best) + len(self.settled)
        return (sum(degree >= 0.8 for degree in best.values()) + len(self.settled)) / count if count else 0.0

    def _could_be_named(self, slot: Slot) -> bool:
        return any(piece.kind == slot.kind and piece.says_role for piece in self.pieces)

    def _only_settled(self, table: Table) -> None:
        for slot, piece in self.settled.items():
            kept = table[slot, piece]
            table[slot, :] = -np.inf
            table[:, piece] = -np.inf
            table[slot, piece] = kept

    def _ask_neighbours(self, *, families: bool) -> None:
        """Lay rows of what is not certain side by side; what that says counts less where places say something."""
        chosen = self.assignment()
        leads = Leads(self.worth, chosen)
        certain = {slot: piece for slot, piece in chosen.items() if leads.of(slot)[0] >= _CERTAIN}
        used = set(certain.values())
        for kind in ("text", "image"):
            slots = [(i, slot) for i, slot in enumerate(self.slots) if slot.kind == kind and i not in certain]
            pieces = [(i, piece) for i, piece in enumerate(self.pieces) if piece.kind == kind and i not in used]
            for (slot, piece), reason in order_reasons(slots, pieces, families=families).items():
                spoken_against = self._direct[slot, piece] < START - _SPOKEN_AGAINST
                if reason.worth > self._order[slot, piece] and not spoken_against:
                    self._order[slot, piece] = reason.worth
                    self._reasons[slot, piece].append(reason)
        placed = np.abs(self._places) > _SAID_FROM
        self.worth = self._direct + self._places + self._order * np.where(placed, 0.5, 1.0)
