"""The proposal: which layer of the design fills which placeholder of the template.

Reads a design and a template as values, gives a `Matching`. Every pair has a worth in log odds, the sum of its reasons;
the assignment of the greatest worth is proposed, each pair as sure as it is ahead of all else. Never opens a file,
never proposes a layer of the wrong kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from hotfolderd.matching.confidence import Leads, probability
from hotfolderd.matching.given import asked, texts_given
from hotfolderd.matching.pairs import Pairs
from hotfolderd.matching.sides import Slot, pieces_of, slots_of
from hotfolderd.matching.sizes import choose_fit
from hotfolderd.model import Candidate, Design, Match, Matching, Placeholder, Template

ACCEPT = 0.5
CANDIDATE = 0.3
# Of two layers that are equally good, each is right half of the time: one is proposed.
_TWINS = 0.06
# A layer that is off may be a leftover, whatever it is called.
_HIDDEN = 0.75
# From here on a rival is not worth naming.
_CLOSE = 0.8


def match(
    design: Design,
    template: Template,
    texts: Mapping[str, str] | None = None,
    alike: Mapping[tuple[str, str], float] | None = None,
) -> Matching:
    """The best assignment of layers to placeholders over the whole job, in the template's order.

    `texts` sets the text of placeholders by name, whatever the design says. `alike` says how alike the picture of a
    placeholder (by its id) and of a layer (by its path) look, 0 to 1, as far as that is known. A layer fills several
    placeholders only if these have the same name. Pairs below 0.5 are not proposed; candidates are listed from 0.3.
    """
    given = texts_given(texts or {})
    pairs = Pairs(slots_of(template), pieces_of(design), alike or {})
    proposal = _Proposal(pairs, design, template, given)
    matches = {
        placeholder.id: one
        for index, slot in enumerate(pairs.slots)
        for placeholder, one in proposal.matches_of(index, slot)
    }
    used = {pairs.pieces[piece].layer.path for piece in proposal.chosen.values()}
    return Matching(
        matches=tuple(matches[one.id] for one in template.placeholders if one.id in matches),
        unused_layers=tuple(piece.layer.path for piece in pairs.pieces if piece.layer.path not in used),
    )


def unknown_texts(template: Template, texts: Iterable[str]) -> tuple[str, ...]:
    """The names in `texts` that no text placeholder of the template bears, so that nobody waits for them in vain."""
    known = {asked(one.name) for one in template.placeholders if one.kind == "text"}
    return tuple(name for name in texts if asked(name) not in known)


class _Proposal:
    """What is proposed for each slot of a board, in the words of the model."""

    def __init__(self, pairs: Pairs, design: Design, template: Template, given: Callable[[str], str | None]) -> None:
        self._pairs = pairs
        self._design = design
        self._template = template
        self._given = given
        best = pairs.assignment()
        self._leads = Leads(pairs.worth, best)
        self._sure = {slot: self._confidence(slot, piece) for slot, piece in best.items()}
        self.chosen = {slot: piece for slot, piece in best.items() if self._sure[slot][0] >= ACCEPT}

    def _confidence(self, slot: int, piece: int) -> tuple[float, str]:
        """How sure the best pair of a slot is, and why."""
        why = self._pairs.why(slot, piece)
        if self._pairs.settled.get(slot) == piece:
            return 1.0, why
        lead, rival = self._leads.of(slot)
        most = _HIDDEN if self._pairs.pieces[piece].hidden else 1.0
        sure = round(min(float(probability(np.array(lead))), most), 2)
        if ACCEPT - _TWINS <= sure < ACCEPT:
            sure = ACCEPT
        if sure >= _CLOSE:
            return sure, why
        also = f"{self._pairs.pieces[rival].layer.path} would do nearly as well" if rival >= 0 else ""
        return sure, "; ".join(filter(None, (why, also)))

    def matches_of(self, index: int, slot: Slot) -> Iterator[tuple[Placeholder, Match]]:
        """The match of every placeholder of a slot."""
        pairs, at = self._pairs, self.chosen.get(index)
        piece = pairs.pieces[at] if at is not None else None
        sure, why = self._sure[index] if piece else (0.0, self._why_not(index))
        candidates = self._candidates(index)
        for placeholder in slot.placeholders:
            value = piece.layer.text.text if piece and slot.kind == "text" and piece.layer.text else None
            fit = None
            if piece and slot.kind == "image":
                fit = choose_fit(self._design, self._template, piece.layer, placeholder)
            one = Match(
                placeholder=placeholder.name,
                placeholder_id=placeholder.id,
                comp=placeholder.comp,
                kind=placeholder.kind,
                layer=piece.layer.path if piece else None,
                value=value,
                fit=fit,
                confidence=sure,
                why=why,
                candidates=candidates,
            )
            text = self._given(placeholder.name) if slot.kind == "text" else None
            yield placeholder, one if text is None else replace(one, value=text, confidence=1.0, why="given in the CSV")

    def _candidates(self, index: int) -> tuple[Candidate, ...]:
        """The three best other layers, each as likely as it would be by itself."""
        likely = probability(self._pairs.merits(index))
        found = sorted(
            (-round(float(likely[other]), 2), self._pairs.pieces[other].layer.path)
            for other in map(int, np.flatnonzero(likely >= CANDIDATE))
            if other != self.chosen.get(index)
        )
        return tuple(Candidate(path, -score) for score, path in found[:3])

    def _why_not(self, index: int) -> str:
        """Why nothing is proposed, with the layer of that name but of the wrong kind, if there is one."""
        slot = self._pairs.slots[index]
        for piece in self._pairs.pieces:
            if piece.kind != slot.kind and piece.name.key == slot.name.key:
                what = "a text" if piece.kind == "text" else "a picture"
                return f"the layer of this name ({piece.layer.path}) is {what}"
        if not any(piece.kind == slot.kind for piece in self._pairs.pieces):
            return "the design has no text" if slot.kind == "text" else "the design has no picture"
        if index in self._sure:
            return "several layers would do, none of them clearly"
        better = (self._pairs.merits(index) > 0).any()
        return "its best layer serves better elsewhere" if better else "no layer is enough like it"
