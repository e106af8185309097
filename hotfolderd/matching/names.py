"""Names of layers and placeholders as people mean them.

Reads names, gives words. Never looks at kinds, places or pictures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from hotfolderd.matching import vocabulary as voc

_EXTENSION = re.compile(
    r"\.(psd|psb|png|jpe?g|gif|tiff?|tga|exr|dpx|webp|heic|bmp|svg|ai|eps|pdf|mov|mp4|m4v|avi|mxf|webm|mp3|wav|aif|aepx?)$",
    re.IGNORECASE,
)
# `Player 3 (2)`: a copy where there is another number; else it may be the number itself.
_COPY = re.compile(r"\s*\(\d+\)$")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d) (?=\d)")


@dataclass(frozen=True, slots=True)
class Name:
    """A name, taken apart.

    `words` are all its words in small letters; `core` is without the prefix of a kind and without `copy`, `final v2`;
    `meaning` is `core` with compounds cut and synonyms made one. `numbers` are the numbers in `core`, `stem` is
    `meaning` without them. `generic` says that the name tells nothing (`Layer 3`, `IMG_2044`).
    """

    raw: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    meaning: tuple[str, ...]
    numbers: tuple[str, ...]
    stem: tuple[str, ...]
    generic: bool

    @property
    def key(self) -> str:
        """All words in one: equal for names that differ in case, separators and extension only."""
        return in_one(self.words)


def in_one(words: tuple[str, ...]) -> str:
    """Words without separators, save between two numbers: `day 1 11` is another day than `day 11 1`."""
    if not any(one.isdecimal() and other.isdecimal() for one, other in pairwise(words)):
        return "".join(words)
    return _BETWEEN_NUMBERS.sub("_", " ".join(words)).replace(" ", "")


@lru_cache(maxsize=8192)
def parse(raw: str) -> Name:
    """The name taken apart. Any string will do; one without a letter or digit (an emoji) is one word."""
    plain = _EXTENSION.sub("", unicodedata.normalize("NFKC", raw).strip())
    if any(char.isdecimal() for char in _COPY.sub("", plain)):
        plain = _COPY.sub("", plain)
    words = tuple(_split(plain))
    if not words and raw.strip():
        words = (raw.strip().casefold(),)
    core = _without_prefix(_without_noise(words))
    meaning = tuple(_meaning(core))
    stem = tuple(word for word in meaning if not word.isdecimal())
    return Name(
        raw=raw,
        words=words,
        core=core,
        meaning=meaning,
        numbers=tuple(word for word in core if word.isdecimal()),
        stem=stem,
        generic=all(_tells_nothing(word) for word in core),
    )


def contradict(a: Name, b: Name) -> bool:
    """True for names that are clearly meant apart: other numbers (player 1, player 2) or opposites (home, away)."""
    if a.numbers and b.numbers and sorted(a.numbers) != sorted(b.numbers):
        return True
    ours, theirs = frozenset(a.meaning), frozenset(b.meaning)
    return any(
        len(pair & ours) == 1 and len(pair & theirs) == 1 and pair & ours != pair & theirs for pair in voc.OPPOSITES
    )


def _tells_nothing(word: str) -> bool:
    return word in voc.GENERIC or word.isdecimal() or (len(word) == 1 and word.isascii())


def _split(text: str) -> Iterator[str]:
    """The words: cut at separators, at camel case and between letters and digits; `1st` gives 1, `One` gives 1."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    plain = unicodedata.normalize("NFC", plain)
    words: list[str] = []
    word = ""
    for place, char in enumerate(plain):
        if word and _cuts(word[-1], char, plain[place + 1 : place + 2]):
            words.append(word)
            word = ""
        if char.isalnum() or unicodedata.category(char)[0] == "M":
            word += char
        elif word:
            words.append(word)
            word = ""
    words += [word] if word else []
    for place, found in enumerate(words):
        if found.isdecimal():
            yield str(int(found)) if len(found) < 20 else found
        elif not (place and words[place - 1].isdecimal() and found.casefold() in ("st", "nd", "rd", "th")):
            yield voc.CARDINALS.get(found.casefold(), found.casefold())


def _cuts(before: str, char: str, after: str) -> bool:
    """Whether a new word begins with `char`."""
    if before.isdecimal() != char.isdecimal():
        return True
    return char.isupper() and (before.islower() or (before.isupper() and after.islower()))


def _without_noise(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without `copy 2`, `final`, `v3` at the end, as long as a word with a meaning is left."""
    while len(words) > 1:
        tail = 2 if words[-1].isdecimal() else 1
        rest, word = words[:-tail], words[-tail]
        noise = voc.COPY | (voc.VERSION if tail == 2 else frozenset()) | voc.STATE
        if word not in noise or all(left.isdecimal() for left in rest):
            return words
        words = rest
    return words


def _without_prefix(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without `txt_`, `img_` in front or `_txt`, `_img` behind, as long as a word with a meaning is left."""
    kinds = voc.TEXT_PREFIXES | voc.IMAGE_PREFIXES | voc.OTHER_PREFIXES
    if len(words) > 1 and words[0] in kinds and not all(word.isdecimal() for word in words[1:]):
        words = words[1:]
    if len(words) > 1 and words[-1] in voc.SUFFIXES and not all(word.isdecimal() for word in words[:-1]):
        words = words[:-1]
    return words


def _meaning(core: tuple[str, ...]) -> Iterator[str]:
    """The core with known compounds cut (`featuredimage`) or joined (`kick off`), synonyms made one."""
    cut = [part for word in core for part in _halves(word)]
    joined: list[str] = []
    for word in cut:
        if joined and joined[-1] == "full" and word == "name":
            joined[-1] = "name"
        elif joined and joined[-1] == "sub" and voc.SYNONYMS.get(word, word) == "title":
            joined[-1] = "subtitle"
        elif word == "action" and joined[-2:] == ["call", "to"]:
            joined[-2:] = ["button"]
        elif joined and joined[-1] + word in voc.KNOWN:
            joined[-1] += word
        else:
            joined.append(word)
    return (voc.SYNONYMS.get(word, word) for word in joined)


def _halves(word: str) -> tuple[str, ...]:
    if word in voc.KNOWN:
        return (word,)
    for cut in range(3, len(word) - 2):
        if word[:cut] in voc.KNOWN and word[cut:] in voc.KNOWN:
            return word[:cut], word[cut:]
    return (word,)
