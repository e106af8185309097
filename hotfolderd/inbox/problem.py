"""One mistake, said so that the person who made it can put it right: where, what was found, what to write.

Reads and writes nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from hotfolderd.review.nearest import nearest

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a drop. `row` counts as the spreadsheet does (the header is row 1), `column` is the column's name.

    Both are None where the drop as a whole is meant. `advice` is one or more sentences, or empty if `what` holds it.
    """

    what: str
    advice: str
    row: int | None = None
    column: str | None = None

    @property
    def text(self) -> str:
        """What is wrong and what to do, without the place."""
        what = self.what if self.what.endswith((".", "?", "!")) else self.what + "."
        return f"{what} {self.advice}".rstrip()

    def __str__(self) -> str:
        """The whole sentence: place, what was found, what to do."""
        place = [f"row {self.row}"] if self.row is not None else []
        if self.column is not None:
            place.append(f"column {shown(self.column)}")
        return f"{', '.join(place)}: {self.text}" if place else self.text


def shown(text: str) -> str:
    """`text` fit for a message: invisible and control characters as escapes, at most 80 characters."""
    out = "".join(_visible(character) for character in text[: _SHOWN_CHARACTERS + 1])
    return out if len(text) <= _SHOWN_CHARACTERS else out[: _SHOWN_CHARACTERS - 1] + "…"


def printable(text: str) -> str:
    """`text` fit for a terminal: what would move its cursor, turn its letters round or break it shown as escapes."""
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else _visible(c) for c in text)


def _visible(character: str) -> str:
    # C* are controls, formats (bidi, zero width) and lone surrogates; Z* are spaces that look like the plain one.
    kind = unicodedata.category(character)
    if kind[0] == "C" or (kind[0] == "Z" and character != " "):
        return character.encode("unicode_escape").decode("ascii")
    return character


def did_you_mean(wanted: str, known: Iterable[str]) -> str:
    """`Did you mean x?`, or nothing."""
    name = nearest(wanted, known)
    return f"Did you mean {shown(name)}?" if name is not None else ""


def listed(names: Iterable[str], most: int = 6) -> str:
    """`a, b, c and 4 more`."""
    texts = [shown(name) for name in names]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
