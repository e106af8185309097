"""Pictures that end too early: whether a PNG or a JPEG has its last part.

Reads the file; decodes nothing and writes nothing. Other kinds of file are not judged.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from hotfolderd.foreign import open_file

_PNG = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def ends_early(path: Path) -> str:
    """What a picture lacks at its end: `IEND` of a PNG, `EOI` of a JPEG; empty where nothing is missing."""
    with open_file(path) as file:
        head = file.read(len(_PNG))
        if head == _PNG:
            return "" if _png_ends(path) else "IEND"
        if head[:2] == _SOI:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return "" if _jpeg_ends(data) else "EOI"
    return ""


def _png_ends(path: Path) -> bool:
    """Follows the chunks; what comes behind IEND does not count."""
    size = path.stat().st_size
    with open_file(path) as file:
        at = len(_PNG)
        while at + 12 <= size:
            file.seek(at)
            head = file.read(8)
            at += 12 + int.from_bytes(head[:4], "big")
            if head[4:] == b"IEND":
                return at <= size
    return False


def _jpeg_ends(data: mmap.mmap) -> bool:
    """Follows the segments up to the picture itself: a thumbnail inside one of them has an end of its own."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return True  # not as a JPEG is built; whoever decodes it will say so
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
        elif kind in _STANDALONE:
            at += 2
        elif kind == _SOS:
            return data.find(_EOI, at) >= 0
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False
