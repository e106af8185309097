"""Texts that can do no harm where they are read: in a chat, in an e-mail, in a file. Pure."""

from __future__ import annotations

import re
import unicodedata

NAME_LENGTH = 200
_LINE_LENGTH = 500
_BODY_LENGTH = 4000
_BREAK = "\u200b"  # a space of no width: it is not seen, and parts what would be taken for more than text
# Angle brackets and backticks become signs that look alike. Single brackets and parentheses stay: they are common in
# paths, and mean something only where they meet.
_ALIKE = str.maketrans({"<": "‹", ">": "›", "`": "'"})
_MEETING = re.compile(r"\](?=[(\[:])")


def harmless(text: str, length: int = NAME_LENGTH) -> str:
    """A text that calls nobody, links nowhere, formats nothing and hides nothing; line ends are kept.

    It need not be known which part of it is a name of somebody else: `@` and `://` are parted by U+200B, `](` by a
    space, `< > backtick` are replaced by signs that look alike. Control, bidi and zero-width characters are gone, bytes
    that are no text are `�`. What is longer than `length` characters loses its middle.
    """
    clean = "".join(map(_plain, text)).translate(_ALIKE)
    clean = _MEETING.sub("] ", clean).replace("@", f"@{_BREAK}").replace("://", f":{_BREAK}//")
    if len(clean) <= length:
        return clean
    tail = (length - 1) // 3
    return f"{clean[: length - 1 - tail]}…{clean[len(clean) - tail :]}"


def harmless_title(text: str) -> str:
    """A title: one line of at most 200 characters."""
    return harmless(" ".join(text.splitlines()))


def harmless_body(text: str) -> str:
    """A body: lines of at most 500 characters, 4,000 in all."""
    body = "\n".join(harmless(line, _LINE_LENGTH) for line in text.split("\n"))
    return body if len(body) <= _BODY_LENGTH else f"{body[: _BODY_LENGTH - 1]}…"


def _plain(character: str) -> str:
    """What is left of one character."""
    if character == "\n" or character.isprintable():
        return character
    kind = unicodedata.category(character)
    if kind == "Cf":  # bidi marks, zero width, soft hyphens, tags
        return ""
    return "\ufffd" if kind in {"Cs", "Cn", "Co"} else " "
