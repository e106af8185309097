"""Hostile fonts, made of a whole one. A font that cannot be read is no font: the text is drawn with another."""

from __future__ import annotations

import struct

from corpus import Case


def directory(whole: bytes) -> dict[bytes, int]:
    """Where the entry of each table stands."""
    count = int.from_bytes(whole[4:6], "big")
    return {whole[12 + 16 * n : 16 + 16 * n]: 12 + 16 * n for n in range(count)}


def cases(whole: bytes) -> list[tuple[str, Case]]:
    """Suffix and case; a dozen and more."""
    at = directory(whole)

    def patched(place: int, new: bytes) -> bytes:
        return whole[:place] + new + whole[place + len(new) :]

    def entry(table: bytes, offset: int, length: int) -> bytes:
        return patched(at[table] + 8, struct.pack(">II", offset, length))

    def damaged(table: bytes, fill: bytes) -> bytes:
        offset, length = struct.unpack(">II", whole[at[table] + 8 : at[table] + 16])
        return patched(offset, (fill * length)[: min(length, 4000)])

    tables = [name for name in (b"head", b"hhea", b"maxp", b"cmap", b"glyf", b"loca", b"hmtx", b"name") if name in at]
    return [
        (".ttf", Case("right", whole, True)),
        (".otf", Case("right under another name", whole, True)),
        (".ttf", Case("cut in its tables", whole[: len(whole) // 3], None)),
        (".ttf", Case("cut in its directory", whole[:40])),
        (".ttf", Case("a signature only", whole[:4])),
        (".ttf", Case("65,535 tables", patched(4, b"\xff\xff"))),
        (".ttf", Case("names beyond the end", entry(b"name", 0x7FFFFFFF, 100))),
        (".ttf", Case("names of 2 GiB", entry(b"name", 100, 0x7FFFFFFF))),
        (".ttf", Case("names that are the directory", entry(b"name", 0, 200), None)),
        *((".ttf", Case(f"table {name.decode()} of 0xFF", damaged(name, b"\xff"), None)) for name in tables),
        *((".ttf", Case(f"table {name.decode()} of zeros", damaged(name, b"\0"), None)) for name in tables),
        (".ttc", Case("a collection of 4 thousand million", b"ttcf\0\1\0\0\xff\xff\xff\xff" + bytes(100))),
        (".ttc", Case("a collection that holds itself", b"ttcf\0\1\0\0\0\0\0\1\0\0\0\0" + bytes(100))),
        (".otf", Case("a web page", b"<html></html>" * 50)),
        (".ttf", Case("zero bytes only", bytes(5000))),
    ]
