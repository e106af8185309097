"""Hostile `.aep` files, made of a whole one."""

from __future__ import annotations

import struct

from corpus import Case


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">I", len(body)) + body + b"\0" * (len(body) & 1)


def riff(body: bytes, size: int | None = None) -> bytes:
    return b"RIFX" + struct.pack(">I", 4 + len(body) if size is None else size) + b"Egg!" + body


def nested(depth: int) -> bytes:
    """Lists in lists, made from the outside in, so that no depth is too much for this program."""
    heads = [b"LIST" + struct.pack(">I", 4 + 12 * inner) + b"Fold" for inner in range(depth - 1, -1, -1)]
    return b"".join(heads)


def cases(whole: bytes) -> list[Case]:
    """Two dozen; `whole` is an `.aep` as our own maker makes it."""
    body = whole[12 : 8 + int.from_bytes(whole[4:8], "big")]
    xmp = whole[8 + int.from_bytes(whole[4:8], "big") :]
    head = body.index(b"head")
    length = struct.pack(">I", 0xFFFFFFFF)
    first = body.index(b"LIST")
    item = body.index(b"idta")

    def patched(at: int, new: bytes) -> bytes:
        return whole[: 12 + at] + new + whole[12 + at + len(new) :]

    return [
        Case("a size beyond the file", whole[:4] + length + whole[8:], None),
        Case("a size of nothing", whole[:4] + bytes(4) + whole[8:]),
        Case("a size that cuts", whole[:4] + struct.pack(">I", len(body) // 2) + whole[8:]),
        Case("a chunk longer than its list", patched(first + 4, length)),
        Case("a chunk of 2 GiB", patched(first + 4, struct.pack(">I", 0x7FFFFFFF))),
        Case("a first chunk without bytes", patched(head + 4, bytes(4))),
        Case("a list too short for its type", riff(body + b"LIST" + struct.pack(">I", 2) + b"ab")),
        Case("300 levels", riff(body + nested(300))),
        Case("100,000 levels", riff(body + nested(100_000))),
        Case("a million and more chunks", riff(body + chunk(b"abcd", b"") * 1_000_001)),
        Case("cut in the middle", whole[: len(whole) // 2], None),
        Case("cut after the head", whole[:12] + b"\0" * 200),
        Case("cut within an id", whole[: 12 + first + 2], None),
        Case("rubbish after the end", whole + b"MZ" + b"\x90" * 400),
        Case("an XMP packet that does not end", riff(body) + b"<?xpacket begin='x'?>" + b"x" * 4000),
        Case("an XMP packet that is not UTF-8", riff(body) + b"<?xpacket begin='\xff'?><?xpacket end='w'?>"),
        Case("the other byte order", b"RIFF" + whole[4:]),
        Case("another form", whole[:8] + b"AVI " + whole[12:]),
        Case("a name of control characters", riff(body + b"\x1b[2J" + bytes(4))),
        Case("a project in a project", riff(body + whole)),
        Case("padding that is not zero", riff(body + b"abcd" + struct.pack(">I", 1) + b"a\x07")),
        Case("After Effects 3", patched(head + 8, b"\0\x03" + bytes(8))),
        Case("an item without an id", patched(item, b"zzzz")),
        Case("item ids all the same", whole.replace(body[item : item + 28], body[item : item + 8] + bytes(20)), None),
        Case("an item that is its own parent", riff(body + body[first:]) + xmp, None),
        Case("texts of rubbish", whole.replace(b"btdk", b"btdk", 1).replace(b"/Text", b"/T\xffxt"), None),
        Case("engine data without an end", whole.replace(b">>", b"<<"), None),
        Case("zero bytes only", bytes(100_000)),
        Case("a signature only", b"RIFX" * 100),
        Case("an archive with a member that climbs", b"PK\x03\x04" + b"../" * 200),
    ]
