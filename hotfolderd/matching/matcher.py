"""The proposal: which layer of the design fills which placeholder of the template.

Reads a design and a template as values, gives a `Matching`. Never opens a file, never proposes a layer of the wrong
kind, and never claims more than the evidence says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from hotfolderd.matching.assign import best_assignment
from hotfolderd.matching.names import EXACT
from hotfolderd.matching.order import order_evidence
from hotfolderd.matching.scores import NOTHING, Evidence, direct, placement
from hotfolderd.matching.sides import Piece, Slot, pieces_of, slots_of
from hotfolderd.matching.sizes import choose_fit
from hotfolderd.model import Candidate, Design, Match, Matching, Placeholder, Template

ACCEPT = 0.5
CANDIDATE = 0.3
_ANCHOR = 0.7
_CLOSE = 0.06
# Beyond this many pairs only those are weighed whose names have something in common.
_WEIGH_ALL_BELOW = 20_000


@dataclass(slots=True)
class _Board:
    """Both sides and what is known about their pairs; `taken` are the pairs that are settled (slot to piece)."""

    slots: list[Slot]
    pieces: list[Piece]
    canvas_ratio: float
    known: dict[int, dict[int, Evidence]] = field(default_factory=lambda: defaultdict(dict))
    taken: dict[int, int] = field(default_factory=dict)

    def free_slots(self, kind: str) -> list[tuple[int, Slot]]:
        return [(i, slot) for i, slot in enumerate(self.slots) if slot.kind == kind and i not in self.taken]

    def free_pieces(self, kind: str) -> list[tuple[int, Piece]]:
        used = set(self.taken.values())
        return [(i, piece) for i, piece in enumerate(self.pieces) if piece.kind == kind and i not in used]

    def near(self, slot: int, piece: int) -> float:
        return placement(self.slots[slot].place, self.pieces[piece].place)


def match(design: Design, template: Template, texts: Mapping[str, str] | None = None) -> Matching:
    """The best assignment of layers to placeholders over the whole job, in the template's order.

    `texts` sets the text of placeholders by name, whatever the design says. A layer fills several placeholders only
    if these have the same name. Pairs below 0.5 are not proposed; candidates are listed from 0.3.
    """
    given = {_asked(name): text for name, text in (texts or {}).items()}
    canvas_ratio = design.width / design.height if design.height else 1.0
    board = _Board(slots_of(template), pieces_of(design), canvas_ratio)
    _settle_equal_names(board)
    for kind in ("text", "image"):
        _weigh(board, kind)
    settled = dict(board.taken)
    for kind in ("text", "image"):
        _settle_by_order(board, kind, settled)
    chosen = {**_assign(board, settled), **settled}
    matches = {
        placeholder.id: one
        for index, slot in enumerate(board.slots)
        for placeholder, one in _matches_of(board, index, slot, chosen, design, template, given)
    }
    used = {board.pieces[piece].layer.path for piece in chosen.values()}
    return Matching(
        matches=tuple(matches[one.id] for one in template.placeholders if one.id in matches),
        unused_layers=tuple(piece.layer.path for piece in board.pieces if piece.layer.path not in used),
    )


def unknown_texts(template: Template, texts: Iterable[str]) -> tuple[str, ...]:
    """The names in `texts` that no text placeholder of the template bears, so that nobody waits for them in vain."""
    known = {_asked(one.name) for one in template.placeholders if one.kind == "text"}
    return tuple(name for name in texts if _asked(name) not in known)


def _asked(name: str) -> str:
    return name.strip().casefold()


def _settle_equal_names(board: _Board) -> None:
    """Names equal on both sides, borne by one slot and one visible piece only: nothing can be better."""
    pieces: dict[tuple[str, str], list[int]] = defaultdict(list)
    slots: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, piece in enumerate(board.pieces):
        pieces[piece.name.key, piece.kind].append(at)
    for at, slot in enumerate(board.slots):
        slots[slot.name.key, slot.kind].append(at)
    for key, ours in slots.items():
        theirs = pieces.get(key, [])
        if len(ours) == len(theirs) == 1:
            evidence = direct(board.slots[ours[0]], board.pieces[theirs[0]], board.canvas_ratio)
            if evidence.score >= EXACT:
                board.known[ours[0]][theirs[0]] = evidence
                board.taken[ours[0]] = theirs[0]


def _weigh(board: _Board, kind: str) -> None:
    """Direct evidence for every free pair of a kind; where these are many, for those with something in common."""
    slots, pieces = board.free_slots(kind), board.free_pieces(kind)
    if len(slots) * len(pieces) <= _WEIGH_ALL_BELOW:
        pairs = [(slot, piece) for slot, _ in slots for piece, _ in pieces]
    else:
        pairs = _promising(slots, pieces)
    for slot, piece in pairs:
        evidence = direct(board.slots[slot], board.pieces[piece], board.canvas_ratio)
        if evidence.score > 0.05:
            board.known[slot][piece] = evidence


def _promising(slots: list[tuple[int, Slot]], pieces: list[tuple[int, Piece]]) -> list[tuple[int, int]]:
    """Pairs with much the same letters in name, footage or text."""
    found: set[tuple[int, int]] = set()
    theirs = [" ".join(sorted(piece.name.meaning)) for _, piece in pieces]
    says = [piece.text[:60] for _, piece in pieces]
    sides = [
        ([" ".join(sorted(slot.name.meaning)) for _, slot in slots], theirs),
        ([" ".join(sorted(slot.file_names[0].meaning)) if slot.file_names else "" for _, slot in slots], theirs),
        ([slot.text[:60] for _, slot in slots], says),
        ([" ".join(slot.name.meaning) for _, slot in slots], says),
    ]
    for ours, others in sides:
        if any(ours) and any(others):
            table = process.cdist(ours, others, scorer=fuzz.ratio, score_cutoff=60, dtype="uint8")
            for row, column in zip(*table.nonzero(), strict=True):
                found.add((slots[int(row)][0], pieces[int(column)][0]))
    return sorted(found)


def _settle_by_order(board: _Board, kind: str, settled: dict[int, int]) -> None:
    """Settle what is certain; lay numbered families side by side, settle again; then what is left of both sides."""
    anchors = dict(settled)
    for families in (True, False):
        board.taken = {**anchors, **_certain(board, anchors)}
        found = order_evidence(board.free_slots(kind), board.free_pieces(kind), families=families)
        for (slot, piece), evidence in found.items():
            known = board.known[slot].get(piece, NOTHING)
            best, other = (evidence, known) if evidence.score > known.score else (known, evidence)
            together = best.score + (
                0.3 * (1 - best.score) * other.score if min(best.score, other.score) >= 0.5 else 0.0
            )
            board.known[slot][piece] = replace(best, score=together)
    board.taken = dict(settled)


def _certain(board: _Board, anchors: dict[int, int]) -> dict[int, int]:
    """The pairs of the best assignment so far that need no neighbours to be believed."""
    return {slot: piece for slot, piece in _assign(board, anchors).items() if board.known[slot][piece].score >= _ANCHOR}


def _assign(board: _Board, settled: dict[int, int]) -> dict[int, int]:
    """The best assignment of all that is not settled; gains are squared, so one certain pair beats two doubtful."""
    used = set(settled.values())
    slots = [index for index in range(len(board.slots)) if index not in settled and board.known[index]]
    pieces = sorted({piece for slot in slots for piece in board.known[slot]} - used)
    column = {piece: place for place, piece in enumerate(pieces)}
    gains = [[0.0] * len(pieces) for _ in slots]
    for row, slot in enumerate(slots):
        for piece, evidence in board.known[slot].items():
            if evidence.score >= ACCEPT and piece in column:
                gain = (evidence.score - ACCEPT + 0.02) ** 2
                gains[row][column[piece]] = gain + 0.001 * board.near(slot, piece)
    return {slots[row]: pieces[place] for row, place in best_assignment(gains)}


def _confidence(board: _Board, slot: int, chosen: dict[int, int]) -> tuple[float, str]:
    """The score of the chosen pair, less where another choice would have been nearly as good."""
    piece = chosen[slot]
    evidence = board.known[slot][piece]
    owner = {taken: index for index, taken in chosen.items()}

    def worth(at: int, what: int) -> float:
        known = board.known[at].get(what, NOTHING).score
        return known + 0.1 * board.near(at, what) if known else 0.0

    own, rival, which = worth(slot, piece), 0.0, -1
    for other in board.known[slot]:
        if other == piece:
            continue
        alternative = worth(slot, other)
        if other in owner:
            alternative += worth(owner[other], piece) - worth(owner[other], other)
        if alternative > rival:
            rival, which = alternative, other
    for other in range(len(board.slots)):
        if other not in chosen and worth(other, piece) > rival:
            rival, which = worth(other, piece), -1
    lacking = _CLOSE - (own - rival)
    if lacking <= 0.005:
        return evidence.score, evidence.why
    name = f"; {board.pieces[which].layer.path} would do nearly as well" if which >= 0 else "; wanted elsewhere too"
    return max(ACCEPT, evidence.score - 5 * min(lacking, _CLOSE)), evidence.why + name


def _matches_of(
    board: _Board,
    index: int,
    slot: Slot,
    chosen: dict[int, int],
    design: Design,
    template: Template,
    given: Mapping[str, str],
) -> Iterable[tuple[Placeholder, Match]]:
    """The match of every placeholder of a slot."""
    piece = board.pieces[chosen[index]] if index in chosen else None
    confidence, why = _confidence(board, index, chosen) if piece else (0.0, _why_not(board, index, slot))
    others = sorted(
        (
            (evidence.score, board.pieces[other].layer.path)
            for other, evidence in board.known[index].items()
            if evidence.score >= CANDIDATE and other != chosen.get(index)
        ),
        key=lambda one: (-one[0], one[1]),
    )
    for placeholder in slot.placeholders:
        value = piece.layer.text.text if piece and slot.kind == "text" and piece.layer.text else None
        one = Match(
            placeholder=placeholder.name,
            placeholder_id=placeholder.id,
            comp=placeholder.comp,
            kind=placeholder.kind,
            layer=piece.layer.path if piece else None,
            value=value,
            fit=choose_fit(design, template, piece.layer, placeholder) if piece and slot.kind == "image" else None,
            confidence=round(confidence, 2),
            why=why,
            candidates=tuple(Candidate(path, round(score, 2)) for score, path in others[:3]),
        )
        text = given.get(_asked(placeholder.name)) if slot.kind == "text" else None
        yield placeholder, one if text is None else replace(one, value=text, confidence=1.0, why="given in the CSV")


def _why_not(board: _Board, index: int, slot: Slot) -> str:
    """Why nothing is proposed, with the layer of that name but of the wrong kind, if there is one."""
    for piece in board.pieces:
        if piece.kind != slot.kind and piece.name.key == slot.name.key:
            what = "a text" if piece.kind == "text" else "a picture"
            return f"the layer of this name ({piece.layer.path}) is {what}"
    if not any(piece.kind == slot.kind for piece in board.pieces):
        return "the design has no text" if slot.kind == "text" else "the design has no picture"
    best = max(board.known[index].values(), key=lambda one: one.score, default=NOTHING)
    return "no layer is enough like it" if best.score < ACCEPT else "its best layer serves better elsewhere"
