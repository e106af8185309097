"""Seeded damage to whole files: flipped bytes, cuts, splices, lengths that are off by one or huge."""

from __future__ import annotations

import random
import struct

WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\0\0\x75\x30", b"\0\1\0\0")
MARKS = (
    "'",
    '"',
    "\u2028",
    "\0",
    ":",
    "- ",
    "\n",
    "\t",
    "{",
    "[",
    "&a ",
    "*a",
    "!!x ",
    ",",
    ";",
    "\ud7ff",
    "<",
    "&#0;",
    "\x85",
)


def damaged(whole: bytes, other: bytes, dice: random.Random, *, text: bool) -> bytes:
    """`whole` with one to eight faults; `other` is a file of the same kind, to splice with."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 8))):
        at = dice.randrange(max(1, len(data) if dice.random() < 0.6 else min(len(data), 2000)))
        way = dice.randrange(8)
        if way == 0:
            data[at : at + 1] = bytes([dice.randrange(256)])
        elif way == 1:
            data[at : at + 1] = bytes([(data[at] if at < len(data) else 0) ^ (1 << dice.randrange(8))])
        elif way == 2:
            del data[at : at + dice.choice((1, 3, 40, len(data)))]
        elif way == 3:
            data[at:at] = dice.randbytes(dice.randrange(1, 40))
        elif way == 4:
            start = dice.randrange(len(other))
            data[at : at + dice.randrange(200)] = other[start : start + dice.randrange(200)]
        elif text:
            data[at:at] = dice.choice(MARKS).encode("utf-8", "replace") * dice.choice((1, 1, 1, 500))
        elif way == 5:
            data[at : at + 4] = dice.choice(WORDS)
        elif at + 4 <= len(data):
            (number,) = struct.unpack_from(">I", data, at)
            struct.pack_into(">I", data, at, (number + dice.choice((-1, 1, 2, 256))) & 0xFFFFFFFF)
    return bytes(data)
