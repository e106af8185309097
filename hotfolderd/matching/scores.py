"""How well one piece fits one slot, by what they are called, what they say and where they stand.

Reads a slot and a piece of the same kind, gives a score between 0 and 1 with its reason in words. Never looks at
their neighbours (see `order`) nor decides (see `matcher`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.names import EXACT, SAME_CORE, SAME_MEANING, Name, likeness, parse
from hotfolderd.matching.sides import Piece, Slot
from hotfolderd.model import Box

_FOOTAGE = 0.97
_SAME_TEXT = 0.93
_SHORT_TEXT = 60
_SAME_PLACE = 0.7
_HIDDEN = 0.75
_FOREIGN_BACKGROUND = 0.4

# What a text is, told from its form, and the words of placeholders that ask for it.
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?"
_WEEKDAY = r"(mon|tues|wednes|thurs|fri|satur|sun)day"
_DAY = r"\d{1,2}(st|nd|rd|th)?"
_DATE = (
    rf"({_WEEKDAY},?\s+)?({_DAY}\.?\s+(of\s+)?)?{_MONTH}(\s+{_DAY})?(,?\s+\d{{4}})?"
    rf"|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|{_WEEKDAY}"
)
_FORMS: tuple[tuple[str, re.Pattern[str], frozenset[str]], ...] = tuple(
    (form, re.compile(pattern, re.IGNORECASE), frozenset(words.split()))
    for form, pattern, words in (
        ("an e-mail address", r"\S+@\S+\.\w+", "email mail contact"),
        ("a web address", r"(https?://|www\.)\S+|[\w-]+\.(com|org|net|io|de|uk|co\.uk|tv|shop)(/\S*)?", "url"),
        ("a handle", r"[@#]\w+", "hashtag handle social instagram twitter"),
        ("a price", r"(from |only |ab )?([$€£¥]\s?\d[\d.,]*|\d[\d.,]*\s?([$€£¥]|usd|eur|gbp))", "price"),
        ("a percentage", r"(up to |save )?-?\d+([.,]\d+)?\s?%( off)?", "discount percent percentage rate offer sale"),
        ("a score", r"\d{1,3}\s?[-–:]\s?\d{1,3}", "score result"),
        ("a time", r"\d{1,2}([:.]\d\d)\s?(am|pm|uhr|h)?|\d{1,2}\s?(am|pm|uhr)", "time"),
        ("a date", _DATE, "date day"),
        ("a telephone number", r"\+?\d[\d\s()/-]{6,}", "phone telephone tel"),
    )
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A score between 0 and 1 and its reason in words."""

    score: float
    why: str


NOTHING = Evidence(0.0, "")


def direct(slot: Slot, piece: Piece, canvas_ratio: float) -> Evidence:
    """What speaks for this pair by itself. 1.0 only for equal names; place alone never reaches 0.7."""
    found = sorted(_reasons(slot, piece), key=lambda one: -one.score)
    best = found[0] if found else NOTHING
    score, why = best.score, best.why
    near = placement(slot.place, piece.place) * _comparable(slot.comp_ratio, canvas_ratio)
    if score < 0.3:
        near_by = 0.35 + 0.3 * near if near > _SAME_PLACE else 0.4 * near
        score, why = max(score, near_by), "stands in the same place" if near > _SAME_PLACE else why or "the same kind"
    elif score < EXACT:
        second = next((one for one in found[1:] if one.why != why), NOTHING)
        score = min(max(score, 0.97), score + (1 - score) * (0.3 * second.score + 0.2 * near))
        why = f"{why}; {second.why}" if second.score >= 0.6 else why
    return _as_a_person_would(slot, piece, Evidence(score, why))


def placement(slot: Box | None, piece: Box) -> float:
    """How far two boxes (fractions of comp and canvas) stand in the same place at the same size; 0 if unknown."""
    if slot is None:
        return 0.0
    (x, y), (other_x, other_y) = slot.centre, piece.centre
    near = max(0.0, 1 - 2.5 * math.hypot(x - other_x, y - other_y))
    areas = sorted((max(slot.width * slot.height, 1e-6), max(piece.width * piece.height, 1e-6)))
    return near * (0.5 + 0.5 * math.sqrt(areas[0] / areas[1]))


def form_asked_for(name: Name, text: str) -> str | None:
    """What the text is by its form (a date, a price), if that is what the name asks for; else None."""
    asked = frozenset(name.meaning)
    return next((form for form, pattern, words in _FORMS if words & asked and pattern.fullmatch(text)), None)


def misplaced(slot: Slot, piece: Piece) -> bool:
    """True where a slot plainly asks for a form of text that this one has not, such as a name into `date`."""
    asks = any(words & frozenset(slot.name.meaning) for _, _, words in _FORMS)
    return slot.kind == "text" and asks and not piece.says_role and not form_asked_for(slot.name, piece.text)


def _reasons(slot: Slot, piece: Piece) -> Iterator[Evidence]:
    for name, strength in piece.names:
        degree = likeness(slot.name, name) * strength
        yield Evidence(degree, _words_for(likeness(slot.name, name), slot.name, name))
    for file in slot.file_names:
        if file.key != slot.name.key:
            degree = max(likeness(file, name) * strength for name, strength in piece.names) * _FOOTAGE
            like = "its footage is" if degree >= SAME_CORE * _FOOTAGE - 0.001 else "its footage is called much like it:"
            yield Evidence(degree, f"{like} {file.raw}")
    if slot.kind == "text":
        yield from _reasons_of_text(slot, piece)
    elif slot.background and piece.background:
        yield Evidence(0.75, "both are the background")
    elif (
        slot.name.stem
        and piece.name.stem
        and set(slot.name.stem) <= voc.SUBJECT
        and set(piece.name.stem) <= voc.SUBJECT
    ):
        yield Evidence(0.55, "both name the main picture")


def _reasons_of_text(slot: Slot, piece: Piece) -> Iterator[Evidence]:
    if slot.text and slot.text == piece.text:
        yield Evidence(_SAME_TEXT if len(slot.text) > 1 else 0.5, "the same text")
    elif len(slot.text) > 5 and fuzz.ratio(slot.text, piece.text) >= 90:
        yield Evidence(0.8, "nearly the same text")
    if len(piece.text) <= _SHORT_TEXT:
        yield Evidence(0.85 * likeness(slot.name, parse(piece.text)), f"it says “{piece.text}”")
    if slot.text and len(slot.text) <= _SHORT_TEXT and slot.text != piece.text:
        degree = likeness(parse(slot.text), piece.name)
        yield Evidence(0.85 * degree, "its name is the placeholder's text")
    asked, form = frozenset(slot.name.meaning), form_asked_for(slot.name, piece.text)
    if form:
        yield Evidence(0.72, f"it is {form}")
    if piece.largest and "title" in asked:
        yield Evidence(0.62, "it is the largest text")
    if piece.longest and asked & {"description", "caption", "copy", "quote"}:
        yield Evidence(0.62, "it is the longest text")


def _as_a_person_would(slot: Slot, piece: Piece, found: Evidence) -> Evidence:
    """Less for what a person would pass over: guides, hidden layers, a background where none is asked for."""
    score, why = found.score, found.why
    if piece.guide and "".join(slot.name.words) != piece.name.key:
        return Evidence(0.0, "a guide")
    if piece.background and not slot.background and score < SAME_CORE * _FOOTAGE - 0.02:
        score *= _FOREIGN_BACKGROUND
    if piece.decoration and score < 0.5:
        score *= 0.5
    if piece.hidden:
        score, why = score * _HIDDEN, f"{why}; but hidden in the design"
    return Evidence(score, why)


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


def _comparable(ratio: float, other: float) -> float:
    """1 for canvases of one shape, less the more their shapes differ: places then say less."""
    low, high = sorted((max(ratio, 0.01), max(other, 0.01)))
    return low / high
