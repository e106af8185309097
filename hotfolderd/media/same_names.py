"""When two names are the same: systems store the accents of one name in two forms, and many disks do not tell case."""

from __future__ import annotations

import unicodedata


def fold(name: str) -> str:
    """The key under which two names count as the same: composed (NFC), without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
