"""How studios write names: schemes, prefixes, copies and versions, numbers, slips of the finger."""

from __future__ import annotations

import random
import re

SCHEMES = ("snake", "camel", "Pascal", "kebab", "spaced", "Title", "UPPER", "Capital")
_CARDINALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def written(words: str, scheme: str) -> str:
    """The words in a scheme; numbers stand as they are."""
    parts = [part for part in re.split(r"[\s\-_]+", words) if part]
    low = [part.lower() for part in parts]
    if scheme == "camel":
        return low[0] + "".join(part.capitalize() for part in low[1:])
    if scheme == "Pascal":
        return "".join(part.capitalize() for part in low)
    if scheme == "run together":
        return "".join(low)
    joined = {"snake": "_", "kebab": "-", "UPPER": "_", "dotted": "."}.get(scheme, " ")
    if scheme == "UPPER":
        return joined.join(part.upper() for part in parts)
    if scheme == "Title":
        return joined.join(part.capitalize() for part in low)
    if scheme == "Capital":
        return joined.join(low).capitalize()
    return joined.join(low)


def numbered(words: str, how: str) -> str:
    """The numbers in the words as `01`, `#1`, `one` or as they are."""

    def one(found: re.Match[str]) -> str:
        number = int(found.group())
        if how == "padded":
            return f"{number:02d}"
        if how == "word" and number < len(_CARDINALS):
            return _CARDINALS[number]
        return str(number)

    return re.sub(r"\d+", one, words)


def generic_layer(chance: random.Random) -> str:
    """What Photoshop and cameras call pictures."""
    return chance.choice(
        (f"Layer {chance.randint(1, 99)}", f"IMG_{chance.randint(1000, 9999)}", f"DSC{chance.randint(10000, 99999)}")
    )


def named_by_text(text: str) -> str:
    """What Photoshop calls a text layer that nobody named: how its text begins."""
    return text[:31].strip()


def mistyped(words: str, chance: random.Random) -> str:
    """One slip in the longest word: a letter lost, doubled or swapped with the next."""
    parts = words.split(" ")
    at = max(range(len(parts)), key=lambda place: len(parts[place]))
    word = parts[at]
    if len(word) < 6:
        return words
    place = chance.randint(1, len(word) - 3)
    slip = chance.choice(("lost", "doubled", "swapped"))
    if slip == "lost":
        word = word[:place] + word[place + 1 :]
    elif slip == "doubled":
        word = word[:place] + word[place] + word[place:]
    else:
        word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return " ".join((*parts[:at], word, *parts[at + 1 :]))
