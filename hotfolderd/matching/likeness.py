"""How alike two names are, as people mean them.

Gives figures for names that `names` has taken apart. Never looks at kinds, places or pictures. Workers
compare; the daemon, which remembers what was matched, does not.
"""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from hotfolderd.matching import vocabulary as voc
from hotfolderd.matching.names import Name, contradict, in_one

EXACT = 1.0
SAME_CORE = 0.96
SAME_MEANING = 0.88
_GENERIC_EXACT = 0.8
_GENERIC_CORE = 0.6
_CONTRADICTION = 0.25
_OTHER_HEAD = 0.6
_CEILING_OF_LIKENESS = 0.86


def likeness(a: Name, b: Name) -> float:
    """How far two names mean the same thing, 0 to 1.

    1 only for names equal but for case, separators and extension; `SAME_CORE` without prefixes and `copy`,
    `SAME_MEANING` with synonyms; below that the share of common words. Names with other numbers, or with opposite
    words (home, away), are never alike; names that tell nothing are only when they are equal.
    """
    if not a.words or not b.words:
        return 0.0
    if a.key == b.key:
        return _GENERIC_EXACT if a.generic else EXACT
    if in_one(a.core) == in_one(b.core):
        return _GENERIC_CORE if a.generic else SAME_CORE
    if a.generic or b.generic:
        return 0.0
    if contradict(a, b):
        return _CONTRADICTION
    if sorted(a.meaning) == sorted(b.meaning):
        return SAME_MEANING
    return max(_shared(a, b) * (_OTHER_HEAD if _other_heads(a, b) else 1.0), _spelling(a, b))


def _shared(a: Name, b: Name) -> float:
    """The likeness by common words, longer words weighing more, weak ones (photo, name) half."""
    left = [word for word in a.stem if word not in voc.GENERIC or word in voc.WEAK]
    right = [word for word in b.stem if word not in voc.GENERIC or word in voc.WEAK]
    if not left or not right:
        return 0.0
    common, rest = 0.0, list(right)
    for word in sorted(left, key=len, reverse=True):
        best = max(rest, key=lambda other: _word_likeness(word, other), default="")
        degree = _word_likeness(word, best) if best else 0.0
        if degree:
            rest.remove(best)
            common += degree * (_weight(word) + _weight(best)) / 2
    total_left, total_right = sum(map(_weight, left)), sum(map(_weight, right))
    dice = 2 * common / (total_left + total_right)
    covered = min(1.0, common / min(total_left, total_right))
    score = 0.5 * dice + 0.35 * covered
    if a.numbers and b.numbers:
        score += 0.08 * covered
    elif a.numbers or b.numbers:
        score -= 0.05
    return max(0.0, min(score, _CEILING_OF_LIKENESS))


def _other_heads(a: Name, b: Name) -> bool:
    """True for names that tell different things of one subject, as `episode title` and `episode number`."""
    ours, theirs = voc.HEADS.intersection(a.meaning), voc.HEADS.intersection(b.meaning)
    return bool(ours and theirs) and ours.isdisjoint(theirs) and (ours | theirs) != {"title", "name"}


def _spelling(a: Name, b: Name) -> float:
    """The likeness letter by letter: one slip in a name of five letters or more is forgiven."""
    if a.numbers != b.numbers:
        return 0.0
    ours, theirs = "".join(a.core), "".join(b.core)
    if min(len(ours), len(theirs)) < 5 or OSA.distance(ours, theirs) > 1 + (min(len(ours), len(theirs)) > 11):
        return 0.0
    return _CEILING_OF_LIKENESS


def _weight(word: str) -> float:
    return len(word) * (0.5 if word in voc.WEAK else 1.0)


def _word_likeness(a: str, b: str) -> float:
    """1 for the same word, less for a typing error or one word inside a longer one, else 0."""
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if len(short) < 4:
        return 0.0
    if long.startswith(short) or long.endswith(short):
        return len(short) / len(long)
    ratio = fuzz.ratio(a, b) / 100
    return ratio if ratio >= 0.8 else 0.0
