"""A PNG writer for large pictures of our own: the Up filter for every row, then a very quick deflate.

Reads a picture in memory, writes one file. It keeps every pixel; it never writes colour profiles or other metadata.
Pillow's default spends nearly all its time on choosing filters and packing tightly, which buys nothing here.
Format: PNG (Third Edition), W3C Recommendation, sections 5 and 9.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

try:
    from isal import isal_zlib
except ImportError:  # no wheel for this platform; the standard library is four times slower, the pixels are the same
    isal_zlib = None  # type: ignore[assignment]  # a module or nothing

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}
_COLOUR_TYPE = {"L": 0, "RGB": 2, "RGBA": 6}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
_BLOCK_BYTES = 256 << 10


class Deflater(Protocol):
    """What packs the rows: the compress object of `zlib` or of `isal`."""

    def compress(self, data: memoryview, /) -> bytes:
        """Packed bytes that are ready so far."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


def write_png(image: Image.Image, path: Path) -> None:
    """Write an 8-bit L, RGB or RGBA picture; an existing file is replaced (not atomically). Raises what `put_png` does.

    A picture that cannot be written leaves no file.
    """
    _check(image)
    with path.open("wb") as stream:
        put_png(image, stream)


def put_png(image: Image.Image, stream: BinaryIO) -> None:
    """Write an 8-bit L, RGB or RGBA picture to where an open file stands.

    Raises ValueError for another mode or an empty picture, OSError as the disk does.
    """
    _check(image)
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, _COLOUR_TYPE[image.mode], 0, 0, 0)
    stream.write(_SIGNATURE + _chunk(b"IHDR", header))
    stream.writelines(_chunk(b"IDAT", packed) for packed in packed_rows(image, deflater()))
    stream.write(_chunk(b"IEND", b""))


def _check(image: Image.Image) -> None:
    if image.mode not in CHANNELS or not image.width or not image.height:
        raise ValueError(f"a picture of mode {image.mode} and {image.width}×{image.height} px cannot be a PNG here")


def deflater(*, isal: bool = True) -> Deflater:
    """The quickest packer of this machine; `isal=False` takes the standard library's even where isal is there."""
    if isal and isal_zlib is not None:
        quick: Deflater = isal_zlib.compressobj(1)
        return quick
    return zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)


def packed_rows(image: Image.Image, packer: Deflater) -> Iterator[bytes]:
    """The packed body of the PNG, in pieces, block by block: what is filtered and packed lies near the processor."""
    width = image.width * CHANNELS[image.mode]
    rows = min(image.height, max(1, _BLOCK_BYTES // (width + 1)))
    filtered = np.empty((rows, width + 1), dtype=np.uint8)
    filtered[:, 0] = _UP
    above = np.zeros(width, dtype=np.uint8)
    for block in _blocks(image, rows):
        body = filtered[: len(block), 1:]
        np.subtract(block[0], above, out=body[0])
        np.subtract(block[1:], block[:-1], out=body[1:])
        above = block[-1]
        packed = packer.compress(filtered[: len(block)].data)
        if packed:
            yield packed
    yield packer.flush()


def _blocks(image: Image.Image, rows: int) -> Iterator[NDArray[np.uint8]]:
    """The samples of the picture, so many rows at once (the last block may have fewer), from the top.

    Pillow's own ways copy the whole picture, twice.
    """
    image.load()
    encoder = Image._getencoder(image.mode, "raw", (image.mode,))  # noqa: SLF001  what `tobytes` uses
    encoder.setimage(image.im, (0, 0, *image.size))
    width = image.width * CHANNELS[image.mode]
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        yield np.frombuffer(encoder.encode(count * width)[2], dtype=np.uint8).reshape(count, width)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))))
