"""Hostile pictures, as footage would bring them. The suffix of each is what its name claims."""

from __future__ import annotations

import io
import struct
import zlib

from corpus import Case
from PIL import Image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *more: bytes, pixels: bytes | None = None, depth: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = zlib.compress(bytes((1 + width * 3) * height)) if pixels is None else pixels
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def saved(form: str, size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, form, **more)
    return out.getvalue()


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """A little-endian TIFF of one directory; an entry is tag, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following) + bytes(64)


def cases() -> list[tuple[str, Case]]:
    """Suffix and case; more than thirty."""
    bomb = zlib.compress(bytes(100 << 20), 9)
    jpeg, gif = saved("JPEG"), saved("GIF")
    frame = jpeg.index(b"\xff\xc0")
    wide = jpeg[: frame + 5] + struct.pack(">HH", 65500, 65500) + jpeg[frame + 9 :]
    screen = gif[:6] + struct.pack("<HH", 65535, 65535) + gif[10:]
    lzw = [(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (259, 3, 1, 5), (262, 3, 1, 1), (273, 4, 1, 8)]
    words = zlib.compress(b"x" * (80 << 20), 9)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>'
    return [
        (".png", Case("right", png(30, 20), True)),
        (".png", Case("a bomb of 20,000 by 20,000", png(20_000, 20_000, pixels=bomb))),
        (".png", Case("a bomb of 2 thousand million by 2", png(2**31 - 1, 2, pixels=b""))),
        (".png", Case("a bomb of 2 by 2 thousand million", png(2, 2**31 - 1, pixels=b""))),
        (".png", Case("51 megapixels of nothing", png(7200, 7200, pixels=b"x"))),
        (".png", Case("more pixels than it says", png(10, 10, pixels=bomb), None)),
        (".png", Case("no pixels", png(0, 0, pixels=b""))),
        (".png", Case("fewer pixels than it says", png(100, 100, pixels=zlib.compress(b"x")))),
        (".png", Case("a text of 80 MB", png(10, 10, chunk(b"zTXt", b"a\0\0" + words)), None)),
        (".png", Case("a colour profile of 80 MB", png(10, 10, chunk(b"iCCP", b"a\0\0" + words)), None)),
        (".png", Case("a chunk of 2 GiB", png(10, 10)[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(50))),
        (".png", Case("a negative chunk", png(10, 10)[:33] + b"\xff\xff\xff\xffIDAT" + bytes(50))),
        (".png", Case("a wrong sum", png(10, 10).replace(b"IHDR", b"IHDR", 1)[:29] + b"abcd" + png(10, 10)[33:])),
        (".png", Case("cut in its pixels", saved("PNG")[:900])),
        (".png", Case("a signature only", b"\x89PNG\r\n\x1a\n")),
        (".png", Case("depth 7", png(10, 10, depth=7))),
        (".png", Case("palette without colours", png(10, 10, colour=3), None)),
        (".png", Case("half a million frames", png(10, 10, chunk(b"acTL", struct.pack(">II", 500_000, 0))), None)),
        (".jpg", Case("a bomb of 65,500 by 65,500", wide)),
        (".jpg", Case("cut in its pixels", jpeg[: len(jpeg) // 2])),
        (".jpg", Case("its begin only", jpeg[:20])),
        (".jpg", Case("a PNG", png(30, 20), True)),
        (".jpg", Case("a web page", b"<html><script>alert(1)</script></html>")),
        (".jpg", Case("EXIF of rubbish", jpeg[:2] + b"\xff\xe1\x00\x10Exif\0\0II*\0\xff\xff\xff\xff" + jpeg[2:], None)),
        (".gif", Case("a screen of 65,535 by 65,535", screen, None)),
        (".gif", Case("cut", gif[:200])),
        (".tif", Case("a bomb of 60,000 by 60,000", tiff(*lzw))),
        (".tif", Case("a directory that is its own successor", tiff(*lzw[:1], following=8))),
        (".tif", Case("a count of 4 thousand million", tiff((256, 4, 0xFFFFFFFF, 8), (257, 4, 1, 5)))),
        (".tif", Case("a directory beyond the end", b"II*\0\xff\xff\xff\x7f" + bytes(40))),
        (".tif", Case("cut", saved("TIFF")[:100])),
        (".bmp", Case("a negative size", b"BM" + struct.pack("<IIIIii", 54, 0, 54, 40, -5, -5) + bytes(28))),
        (
            ".bmp",
            Case(
                "a size of 2 thousand million", b"BM" + struct.pack("<IIIIii", 54, 0, 54, 40, 2**31 - 1, 1) + bytes(28)
            ),
        ),
        (".webp", Case("cut", saved("WEBP")[:60])),
        (".webp", Case("rubbish behind its signature", b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(40))),
        (".png", Case("a drawing", svg)),
        (".svg", Case("a drawing of its own name", svg)),
        (".png", Case("a PDF", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" * 20)),
        (
            ".png",
            Case("PostScript that runs", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n"),
        ),
        (".png", Case("an icon of many", b"\0\0\1\0\xff\xff" + bytes(200))),
        (".png", Case("a design", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + bytes(20))),
        (".png", Case("a film strip", b"FLI" + bytes(4) + b"\x11\xaf" * 99)),
        (".png", Case("zero bytes only", bytes(5000))),
    ]
