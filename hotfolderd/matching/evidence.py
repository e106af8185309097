"""What speaks for one layer in one placeholder, and what against: names, texts, forms, fonts, pictures, roles.

Reads a slot and a piece of the same kind, gives reasons: each with its worth in log odds (1 makes it e times as likely)
and in words. Never looks at places (see `layout`) or neighbours (see `order`), and never decides (see `matcher`).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.forms import forms_asked, forms_of, shape_of
from hotfolderd.matching.likeness import EXACT, SAME_CORE, SAME_MEANING, likeness
from hotfolderd.matching.names import Name, contradict, parse
from hotfolderd.matching.sides import Piece, Slot, covers

# Worth, in log odds. A pair with nothing for it is less likely than not.
START = -1.5
_EXACT, _CORE, _MEANING = 9.0, 7.0, 4.5
_CONTRADICTED = -4.0
_OTHER_NAME = -3.0
_SAME_TEXT, _NEAR_TEXT = 6.0, 4.0
_SAYS_NAME = 5.0
_FORM, _NO_FORM, _OTHER_FORM = 3.0, -2.0, -3.5
_SAME_SHAPE = 1.5
_PASSED_OVER = -3.5
_SHORT_TEXT = 60
_SUPERLATIVE = 1.8
_BOTH_COVER = 5.0
_ALIKE_FROM = 0.55


@dataclass(frozen=True, slots=True)
class Reason:
    """What something is worth, in log odds, and what it is, in words; empty words are never shown."""

    worth: float
    why: str


def direct(
    slot: Slot, piece: Piece, degree: tuple[float, str], *, same_tongue: float, alike: float | None
) -> list[Reason]:
    """The reasons for and against a pair by itself, without `START`.

    `degree` is that of `degree_of`. `same_tongue` (0 to 1) says how far names of both sides are of one vocabulary:
    where they are, another name speaks against a pair. `alike` is how alike the pictures look, 0 to 1, None if that is
    not known.
    """
    found = [_name(slot, piece, *degree, same_tongue)]
    if slot.kind == "text":
        found += _texts(slot, piece, found[0].worth)
        found += _looks(slot, piece)
    else:
        found += _pictures(slot, piece, found[0].worth)
        if alike is not None:
            found.append(_alike(alike))
    found += _as_a_person_would(slot, piece)
    return [one for one in found if one.worth]


def degree_of(slot: Slot, piece: Piece) -> tuple[float, str]:
    """How far the names agree, 0 to 1, with words for it: own names, names with group or comp, footage."""
    best, why = 0.0, ""
    for ours, strength in slot.names:
        for theirs, other in piece.names:
            plain = likeness(ours, theirs)
            if plain * strength * other > best:
                best, why = plain * strength * other, _words_for(plain, ours, theirs)
    for file in slot.file_names:
        if file.key == slot.name.key:
            continue
        degree = max(likeness(file, name) * strength for name, strength in piece.names)
        if degree * 0.97 > best and not (degree < SAME_CORE and contradict(slot.name, piece.name)):
            like = "its footage is" if degree >= SAME_CORE - 0.001 else "its footage is called much like it:"
            best, why = degree * 0.97, f"{like} {file.raw}"
    return best, why


def _name(slot: Slot, piece: Piece, degree: float, why: str, same_tongue: float) -> Reason:
    named_by_text = piece.text and not (piece.says_role or piece.name.generic)
    if named_by_text and piece.name.numbers and degree < SAME_CORE * 0.93:
        degree = 0.0  # `3 nights` is what it says, not the third of its kind
    if degree >= SAME_MEANING * 0.93:
        return Reason(_worth_of(degree), why)
    if _contradicted(slot, piece):
        return Reason(_CONTRADICTED, "")
    if degree > 0.3:
        return Reason(_worth_of(degree), why)
    if slot.name.generic or not piece.says_role:
        return Reason(0.0, "")
    known = all(word in voc.KNOWN for word in (*slot.name.stem, *piece.name.stem))
    return Reason(_OTHER_NAME * max(same_tongue, 0.7 if known else 0.0), "")


def _contradicted(slot: Slot, piece: Piece) -> bool:
    """Other numbers or opposites, in the names or in the names with comp and group."""
    if not piece.says_role or slot.name.generic:
        return False
    return contradict(slot.name, piece.name) or contradict(slot.names[-1][0], piece.names[-1][0])


def _worth_of(degree: float) -> float:
    """A straight line between the steps of likeness."""
    steps = ((0.3, 0.0), (0.6, 1.8), (0.8, 3.0), (SAME_MEANING, _MEANING), (SAME_CORE, _CORE), (EXACT, _EXACT))
    for (low, less), (high, more) in itertools.pairwise(steps):
        if degree <= high:
            return less + (more - less) * max(0.0, degree - low) / (high - low)
    return _EXACT


def _texts(slot: Slot, piece: Piece, by_name: float) -> Iterator[Reason]:
    """What both say, and what kind of thing it is."""
    if slot.text and len(slot.text) > 1 and slot.text == piece.text:
        yield Reason(_SAME_TEXT, "the same text")
        return
    if len(slot.text) > 5 and fuzz.ratio(slot.text, piece.text) >= 90:
        yield Reason(_NEAR_TEXT, "nearly the same text")
        return
    told = len(piece.text) <= _SHORT_TEXT and not parse(piece.text).numbers
    says = likeness(slot.name, parse(piece.text)) if told else 0.0
    named = likeness(parse(slot.text), piece.name) if slot.text and len(slot.text) <= _SHORT_TEXT else 0.0
    if max(says, named) > 0.6 and by_name < _MEANING:
        why = f"it says “{piece.text}”" if says >= named else "its name is the placeholder's text"
        yield Reason(_SAYS_NAME * max(says, named), why)
    yield from _forms(slot, piece, by_name)


def _forms(slot: Slot, piece: Piece, by_name: float) -> Iterator[Reason]:
    asked, sample, has = forms_asked(slot.name), forms_of(slot.sample), forms_of(piece.text)
    met = has & asked
    if met:
        yield Reason(_FORM, f"it is {min(met)}")
    elif not has and asked == {"a number"} and any(char.isdecimal() for char in piece.text):
        yield Reason(_FORM * 0.6, "there is a number in it")
    elif has & sample:
        yield Reason(_FORM * 0.8, f"it is {min(has & sample)}, as the text in the template")
    elif by_name >= _MEANING:
        return
    elif sample & asked:
        yield Reason(_OTHER_FORM - 2.0, "")
    elif has and (asked or sample or (slot.sample and not slot.name.generic)):
        yield Reason(_OTHER_FORM, "")
    elif asked or (has and not slot.name.generic):
        yield Reason(_NO_FORM, "")
    elif slot.sample and not sample:
        yield from _shapes(slot, piece)


def _shapes(slot: Slot, piece: Piece) -> Iterator[Reason]:
    """Whether a text is written as that in the template, unless that is its name (`player1fullname`) or a filler."""
    sample = parse(slot.sample)
    if sample.generic or {*sample.stem} & {*slot.name.stem}:
        return
    ours, theirs = shape_of(slot.sample), shape_of(piece.text)
    if ours == theirs and not ours.isalpha():
        yield Reason(_SAME_SHAPE, "it is written as the text in the template")
    elif ("0" in ours) != ("0" in theirs):
        yield Reason(-_SAME_SHAPE, "")


def _looks(slot: Slot, piece: Piece) -> Iterator[Reason]:
    """Font, size, length."""
    meaning = frozenset(slot.name.meaning)
    if piece.largest and (slot.largest or "title" in meaning) and slot.largest is not False:
        yield Reason(_SUPERLATIVE, "it is the largest text")
    if piece.longest and meaning & voc.LONG_TEXT:
        yield Reason(_SUPERLATIVE, "it is the longest text")
    if slot.sample and piece.text:
        longer = abs(math.log2(max(len(slot.sample), 4) / max(len(piece.text), 4)))
        yield Reason(0.4 - 0.35 * min(longer, 4.0), "")


def _pictures(slot: Slot, piece: Piece, by_name: float) -> Iterator[Reason]:
    if slot.background and piece.background:
        yield Reason(4.5 if by_name < _MEANING else 1.0, "both are the background")
    elif slot.background:
        yield Reason(-2.0 if by_name < _CORE else 0.0, "")
    elif piece.background:
        yield Reason(-4.0 if by_name < _CORE - 0.5 else 0.0, "")
    elif slot.place and covers(slot.place) and covers(piece.place):
        yield Reason(_BOTH_COVER, "both fill the frame")
    subjects = slot.name.stem and piece.name.stem and {*slot.name.stem, *piece.name.stem} <= voc.SUBJECT
    if subjects and by_name < _MEANING:
        yield Reason(2.5, "both name the main picture")
    source = slot.placeholders[0].source
    if source and source.width and source.height and piece.layer.box.ratio and not (slot.place and covers(slot.place)):
        ratio = source.width * slot.placeholders[0].pixel_ratio / source.height
        apart = abs(math.log2(ratio / piece.layer.box.ratio))
        yield Reason(0.5 - min(apart, 1.5), "the same shape" if apart < 0.1 else "")


def _alike(alike: float) -> Reason:
    """Pictures that look alike say much; others little, since a template holds any picture."""
    worth = max(-0.4, min(7.0, 20 * (alike - _ALIKE_FROM)))
    return Reason(worth, f"the picture in the template looks like it ({alike:.0%})" if worth > 0 else "")


def _as_a_person_would(slot: Slot, piece: Piece) -> Iterator[Reason]:
    """Less for what a person would pass over: guides, hidden layers, decoration."""
    same = slot.name.key == piece.name.key
    if piece.guide and not same:
        yield Reason(-20.0, "")
    if piece.decoration and not (same or (slot.background and piece.background)):
        yield Reason(-4.0, "")
    drawn = piece.layer.kind in ("shape", "fill") or (piece.name.generic and voc.DRAWN & {*piece.name.words})
    if drawn and not piece.background:
        yield Reason(-1.5, "")
    if piece.hidden:
        yield Reason(_PASSED_OVER, "but hidden in the design")
    if piece.outside:
        yield Reason(_PASSED_OVER, "but it lies beside the canvas")


def _words_for(degree: float, slot: Name, piece: Name) -> str:
    if degree >= EXACT:
        return "the same name"
    if slot.key == piece.key:
        return "the same name, though one that says little"
    if degree >= SAME_CORE:
        return "the same name but for prefix or version"
    if degree >= SAME_MEANING:
        return f"the names mean the same ({piece.raw})"
    return f"the names are alike ({piece.raw})"


def look_worth(slots: Sequence[Slot], pieces: Sequence[Piece]) -> npt.NDArray[np.float64]:
    """What fonts and sizes of texts say, slots by pieces: more the rarer a font is, sizes against their median."""
    worth = np.zeros((len(slots), len(pieces)))
    rows = [index for index, slot in enumerate(slots) if slot.kind == "text"]
    columns = [index for index, piece in enumerate(pieces) if piece.kind == "text"]
    if not rows or not columns:
        return worth
    theirs = [text.font if (text := pieces[index].layer.text) else None for index in columns]
    count = Counter(theirs)
    sizes = np.array([pieces[index].size for index in columns])
    own = np.array([slots[index].size for index in rows])
    middles = [float(np.median(found[found > 0])) if (found > 0).any() else 0.0 for found in (own, sizes)]
    for row, index in enumerate(rows):
        font = slots[index].font
        if font in count and len(count) > 1:
            rare = min(1.5, math.log(len(columns) / count[font]))
            worth[index, columns] += [rare if other == font else -1.0 for other in theirs]
        if own[row] > 0 and len(rows) > 1 and len(columns) > 1:
            with np.errstate(divide="ignore"):
                apart = np.abs(np.log2(own[row] / middles[0] / (sizes / middles[1])))
            worth[index, columns] += np.where(sizes > 0, 0.6 - 1.2 * np.minimum(apart, 1.5), 0.0)
    return worth
