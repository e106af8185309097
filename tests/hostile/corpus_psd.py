"""Hostile designs: some made of a whole one, some written section by section.

psd-tools fills up pixels that are too few and cuts off those that are too many; such a design is read, and a person
sees what it looks like.
Format: Adobe Photoshop File Formats Specification, "File Header Section" and the four sections after it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import Case

SIZE = (120, 100)


@dataclass(frozen=True, slots=True)
class Made:
    """One layer as it shall stand in the file; `data` overrides what its channels would hold."""

    name: bytes = b"layer"
    box: tuple[int, int, int, int] = (0, 0, 10, 10)  # top, left, bottom, right
    channels: int = 4
    compression: int = 0
    data: bytes | None = None
    length: int | None = None
    blend: bytes = b"norm"
    section: int | None = None
    unicode_name: str | None = None
    blocks: bytes = b""


def header(width: int = SIZE[0], height: int = SIZE[1], version: int = 1, channels: int = 3, **other: int) -> bytes:
    depth, mode = other.get("depth", 8), other.get("mode", 3)
    return struct.pack(">4sH6xHIIHH", b"8BPS", version, channels, height, width, depth, mode)


def block(key: bytes, data: bytes, length: int | None = None) -> bytes:
    return b"8BIM" + key + struct.pack(">I", len(data) if length is None else length) + data


def record(layer: Made) -> bytes:
    height, width = layer.box[2] - layer.box[0], layer.box[3] - layer.box[1]
    data = layer.data if layer.data is not None else bytes(max(0, height * width))
    length = 2 + len(data) if layer.length is None else layer.length
    name = bytes([min(255, len(layer.name))]) + layer.name[:255]
    name += bytes(-len(name) % 4)
    extra = bytes(4) + bytes(4) + name + layer.blocks
    if layer.unicode_name is not None:
        words = layer.unicode_name.encode("utf-16-be", "surrogatepass")
        extra += block(b"luni", struct.pack(">I", len(words) // 2) + words + bytes(-(len(words)) % 4))
    if layer.section is not None:
        extra += block(b"lsct", struct.pack(">I", layer.section))
    ids = [0, 1, 2, -1, *range(3, 60)][: layer.channels]
    return (
        struct.pack(">4iH", *layer.box, len(ids))
        + b"".join(struct.pack(">hI", number, length & 0xFFFFFFFF) for number in ids)
        + b"8BIM"
        + layer.blend
        + bytes([255, 0, 0, 0])
        + struct.pack(">I", len(extra))
        + extra
    )


def pixels(layer: Made) -> bytes:
    height, width = layer.box[2] - layer.box[0], layer.box[3] - layer.box[1]
    data = layer.data if layer.data is not None else bytes(max(0, height * width))
    return (struct.pack(">H", layer.compression) + data) * min(layer.channels, 60)


def psd(
    layers: Sequence[Made] = (),
    *,
    head: bytes | None = None,
    count: int | None = None,
    resources: bytes = b"",
    picture: bytes | None = None,
) -> bytes:
    """A whole file; `count` is what it says of its layers."""
    info = struct.pack(">h", len(layers) if count is None else count)
    info += b"".join(map(record, layers)) + b"".join(map(pixels, layers))
    info += bytes(len(info) % 2)
    section = struct.pack(">I", len(info)) + info + bytes(4)
    flat = b"\0\0" + bytes(SIZE[0] * SIZE[1] * 3) if picture is None else picture
    return b"".join(
        (
            header() if head is None else head,
            bytes(4),
            struct.pack(">I", len(resources)) + resources,
            struct.pack(">I", len(section)) + section,
            flat,
        )
    )


def groups(opened: int, closed: int) -> list[Made]:
    ends = [Made(b"</Layer group>", (0, 0, 0, 0), section=3)] * closed
    return [*ends, *([Made(b"group", (0, 0, 0, 0), section=1)] * opened)]


def cases(whole: bytes) -> list[Case]:
    """More than seventy; `whole` is a design with a group, texts and pictures."""
    resources = 26 + 4 + int.from_bytes(whole[26:30], "big")
    layers = resources + 4 + int.from_bytes(whole[resources : resources + 4], "big")
    picture = layers + 4 + int.from_bytes(whole[layers : layers + 4], "big")
    bomb = zlib.compress(bytes(90 << 20), 9)
    cut = [
        ("header", 20),
        ("colour mode data", 28),
        ("image resources", resources + 2),
        ("layers' length", layers + 2),
        ("layer count", layers + 9),
        ("layer records", layers + 60),
        ("layer pixels", (layers + picture) // 2),
        ("flattened picture", picture + 10),
        ("last byte", len(whole) - 1),
    ]
    names = [
        "../../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\x",
        "C:\\x",
        "\x1b[2J\x1b]0;pwned\x07",
        "\u202egnp.exe",
        "\u200b\u200b",
        "\ud800",
        "\0\0\0",
        "a\nb\rc",
        "",
        "." * 300,
        "con.png",
        "<script>alert(1)</script>",
        "x" * 30_000,
        "\ufeff\ufffe\uffff",
        "🎬" * 60,
    ]
    return [
        Case("right", psd([Made()]), True),
        *(Case(f"cut in the {what}", whole[:at]) for what, at in cut),
        Case("another signature", b"8BPX" + whole[4:]),
        Case("a signature only", b"8BPS" * 300),
        Case("a JPEG", b"\xff\xd8\xff\xe0" + whole[4:]),
        Case("version 0", header(version=0) + whole[26:]),
        Case("version 3", header(version=3) + whole[26:]),
        Case("a PSD that says PSB", header(version=2) + whole[26:]),
        Case("30,000 by 30,000", header(30_000, 30_000) + bytes(14)),
        Case("300,000 by 300,000", header(300_000, 300_000, version=2) + bytes(18)),
        Case("4 thousand million by 1", header(0xFFFFFFFF, 1) + bytes(14)),
        Case("0 by 0", header(0, 0) + whole[26:]),
        Case("a width of 0", header(0, 100) + whole[26:]),
        Case("no channels", header(channels=0) + whole[26:]),
        Case("57 channels", header(channels=57) + whole[26:]),
        Case("56 channels that are not there", header(channels=56) + whole[26:]),
        Case("7 bits", header(depth=7) + whole[26:]),
        Case("1 bit in RGB", psd([Made()], head=header(depth=1)), None),
        Case("32 bits of 8", header(depth=32) + whole[26:], None),
        Case("mode 99", header(mode=99) + whole[26:]),
        Case("mode indexed without colours", psd([Made()], head=header(mode=2)), None),
        Case("mode Lab", psd([Made()], head=header(mode=9)), None),
        Case("mode CMYK of three channels", psd([Made()], head=header(mode=4)), None),
        Case("mode multichannel", psd([Made()], head=header(mode=7)), None),
        Case("a canvas larger than its picture", header(9000, 9000) + whole[26:]),
        Case("a colour table of 4 GiB", header() + b"\xff\xff\xff\xff" + whole[30:]),
        Case("resources of 4 GiB", whole[:resources] + b"\xff\xff\xff\xff" + whole[resources + 4 :]),
        Case("layers of 4 GiB", whole[:layers] + b"\xff\xff\xff\xff" + whole[layers + 4 :]),
        Case("layers of nothing", whole[:layers] + bytes(4) + whole[layers + 4 :]),
        Case("layer info longer than its section", whole[: layers + 4] + b"\x7f\xff\xff\xff" + whole[layers + 8 :]),
        Case("32,767 layers that are not there", psd([Made()], count=32767)),
        Case("-32,768 layers", psd([Made()], count=-32768)),
        Case("a layer more than there are", psd([Made()], count=2)),
        Case("a box turned inside out", psd([Made(box=(10, 10, 0, 0), data=b"")]), None),
        Case("a box of 4 thousand million", psd([Made(box=(-(2**31), -(2**31), 2**31 - 1, 2**31 - 1), data=b"x")])),
        Case("a box of 60,000 by 60,000", psd([Made(box=(0, 0, 60_000, 60_000), data=b"x")])),
        Case("a thousand layers of 30 megapixels", psd([Made(box=(0, 0, 5500, 5500), data=b"x")] * 1000)),
        Case("fewer pixels than the box", psd([Made(data=b"xy")]), None),
        Case("more pixels than the box", psd([Made(data=bytes(5000))]), None),
        Case("a channel of 4 GiB", psd([Made(length=0xFFFFFFFF)])),
        Case("a channel of no bytes", psd([Made(length=0)]), None),
        Case("a channel of one byte", psd([Made(length=1)]), None),
        Case("60 channels", psd([Made(channels=60)]), None),
        Case("no channels in a layer", psd([Made(channels=0)]), None),
        Case("a zip bomb", psd([Made(compression=2, data=bomb)])),
        Case("a zip bomb in a box of its size", psd([Made(box=(0, 0, 9000, 10_000), compression=2, data=bomb)]), None),
        Case("a zip bomb with prediction", psd([Made(compression=3, data=bomb)])),
        Case("zip that is none", psd([Made(compression=2, data=b"rubbish")])),
        Case(
            "RLE that overruns", psd([Made(compression=1, data=struct.pack(">10H", *[2] * 10) + b"\x81x" * 10)]), None
        ),
        Case(
            "RLE longer than it says",
            psd([Made(compression=1, data=struct.pack(">10H", *[65535] * 10) + b"\x7f")]),
            None,
        ),
        Case("RLE of nothing", psd([Made(compression=1, data=b"")]), None),
        Case("a compression that does not exist", psd([Made(compression=77)])),
        Case("a blend mode that does not exist", psd([Made(blend=b"!!!!")]), None),
        Case("a flattened picture packed in way 9", psd([Made()], picture=b"\0\x09" + bytes(40_000))),
        Case("a flattened zip bomb", psd([Made()], picture=b"\0\x02" + bomb)),
        Case("a flattened RLE that lies", psd([Made()], picture=b"\0\x01" + b"\xff\xff" * 300 + bytes(300))),
        Case("groups opened and not closed", psd([*groups(5, 0), Made()]), None),
        Case("groups closed and not opened", psd([*groups(0, 5), Made()]), None),
        Case("groups the wrong way round", psd([*reversed(groups(3, 3)), Made()]), None),
        Case("200 groups in each other", psd(groups(200, 200)), None),
        Case("2,000 groups in each other", psd(groups(2000, 2000)), None),
        Case("10,000 layers", psd([Made(box=(0, 0, 1, 1))] * 10_000)),
        Case("2,000 layers", psd([Made(box=(0, 0, 1, 1))] * 2000), True),
        Case("an image resource that lies", psd([Made()], resources=b"8BIM\x04\x0f\0\0\xff\xff\xff\xffx"), None),
        Case("an image resource of rubbish", psd([Made()], resources=b"rubbish" * 9), None),
        Case("a colour profile of rubbish", psd([Made()], resources=b"8BIM\x04\x0f\0\0\0\0\0\x04abcd"), True),
        Case("a text layer of rubbish", psd([Made(blocks=block(b"TySh", b"\0\1" + b"x" * 200))]), None),
        Case("a tagged block that lies", psd([Made(blocks=block(b"TySh", b"ab", 0x7FFFFFFF))]), None),
        Case("a smart object of rubbish", psd([Made(blocks=block(b"SoLd", b"soLD" + b"x" * 100))]), None),
        Case("effects of rubbish", psd([Made(blocks=block(b"lfx2", b"x" * 100))]), None),
        Case("a vector mask of rubbish", psd([Made(blocks=block(b"vmsk", b"\0\0\0\3" + b"x" * 100))]), None),
        *(Case(f"a layer named {name[:20]!a}", psd([Made(unicode_name=name)]), True) for name in names),
        Case("layers of one name, 300 times", psd([Made(box=(0, 0, 1, 1), unicode_name="x")] * 300), True),
        Case("names that are no text", psd([Made(name=bytes(range(128, 255)))]), None),
        Case("a name longer than it says", psd([Made(blocks=block(b"luni", b"\xff\xff\xff\xff\0a"))]), None),
        Case("one pixel", psd([], head=header(1, 1), picture=b"\0\0\1\2\3"), None),
        Case("a needle", psd([], head=header(10_000, 1), picture=b"\0\0" + bytes(30_000)), None),
    ]
