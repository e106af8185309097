"""The packed rows of a design's pictures, unpacked in the place of psd-tools' own loop: the same pixels, sooner.

The rows of drawn designs are mostly like the row above: each kind is unpacked once, by psd-tools. Whatever is not what
Photoshop writes goes to psd-tools as a whole, with all its limits and its words. Unpacking takes no more memory than
psd-tools reckons with: three times what comes out. What is unpacked is a picture as it lies there, not a copy of it.
`quicken` puts it there, for this process. Reads bytes, writes nothing.
Format: Adobe Photoshop File Formats Specification, "Image Data Section": the lengths of all rows, then the rows.
"""

from __future__ import annotations

import io
import itertools
import operator

from PIL import Image
from psd_tools import compression
from psd_tools.api import pil_io
from psd_tools.psd.bin_utils import read_be_array

_theirs = compression.decode_rle
_their_plane = pil_io._create_image  # noqa: SLF001  where all planes become pictures
_COUNTS = {1: "H", 2: "I"}  # by the version of the file: PSD, PSB
_MOST_PX = 300_000  # psd-tools allows so many a side
_MOST_OF_A_BYTE = 64  # two bytes stand for 128 at most


def decode_rle(
    data: bytes, width: int, height: int, depth: int, version: int, *, max_output_bytes: int | None = None
) -> bytes:
    """As psd-tools does. Raises what psd-tools raises."""
    row_bytes, counts = (width * depth + 7) // 8, _COUNTS.get(version)
    if (
        counts is None
        or max_output_bytes is not None
        or depth not in (1, 8, 16, 32)
        or not (0 < width <= _MOST_PX and 0 < height <= _MOST_PX)
        or row_bytes * height > _MOST_OF_A_BYTE * len(data)
    ):
        return _theirs(data, width, height, depth, version, max_output_bytes=max_output_bytes)
    with io.BytesIO(data) as stream:
        try:
            lengths = read_be_array(counts, height, stream)
        except (ValueError, OSError):  # the list of lengths is cut short
            return _theirs(data, width, height, depth, version)
        rows = list(map(stream.read, lengths))
    unpack = compression.rle_impl.decode  # type: ignore[attr-defined]  # as it is here, in C++ or in Python
    repeated = sum(map(operator.eq, rows, itertools.islice(rows, 1, None)))
    if 2 * repeated < height:  # as in photographs: looking for more of the same costs more than it saves
        return b"".join(map(unpack, rows, itertools.repeat(row_bytes)))
    return b"".join(unpack(row, row_bytes) * len(list(same)) for row, same in itertools.groupby(rows))


def plane(size: tuple[int, int], data: bytes, depth: int) -> Image.Image:
    """The picture of one channel, as psd-tools makes it. One of 8 bits is copied when somebody changes it."""
    width, height = size
    if depth == 8 and len(data) == width * height:
        return Image.frombuffer("L", size, data, "raw", "L", 0, 1)
    return _their_plane(size, data, depth)


def quicken() -> None:
    """Have psd-tools unpack with this."""
    compression.decode_rle = decode_rle
    pil_io._create_image = plane  # noqa: SLF001  as above
