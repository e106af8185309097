"""What Plainly asks of the names in a project. Reads and writes nothing."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_\-\s.]+", re.ASCII)
_DYNAMIC = re.compile(r"(?:txt|img|vid|audio|color)_", re.IGNORECASE)


def odd_characters(name: str) -> str:
    """The characters of a name that are none of A-Z a-z 0-9 _ - . and blank, as words; empty if there are none."""
    if _PLAIN.fullmatch(name):
        return ""
    odd = [character for character in dict.fromkeys(name) if not _PLAIN.match(character)]
    return " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in odd[:8]) or "no character at all"


def has_prefix(name: str) -> bool:
    """Whether a layer's name says what goes into it: `txt_`, `img_`, `vid_`, `audio_`, `color_`."""
    return bool(_DYNAMIC.match(name))
