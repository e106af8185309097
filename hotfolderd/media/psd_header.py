"""The first look at a Photoshop file: its 26-byte header, and whether the file is as long as it promises.

Reads a few bytes at known places; never decodes anything, never loads a picture library, writes nothing. Cheap enough
to be asked again and again while a file is still being copied.
Format: Adobe Photoshop File Formats Specification, "File Header Section" and the four sections after it.
"""

from __future__ import annotations

import array
import contextlib
import errno
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.foreign import open_file

MAX_SIDE_PX = 30_000
MAX_PIXELS = 300_000_000
MAX_RECORDS = 5_000
HEADER_BYTES = 26
_MODES = {
    0: "BITMAP",
    1: "GRAYSCALE",
    2: "INDEXED",
    3: "RGB",
    4: "CMYK",
    7: "MULTICHANNEL",
    8: "DUOTONE",
    9: "LAB",
}
_OVER_BUDGET = "over the configured budget"  # in a ValueError of psd-tools 1.26
_CLASS = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning): ")
_REMEDY = "Save it again in Photoshop, or copy it again."


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says. `version` 1 is PSD, 2 is PSB; `mode` is `RGB`, `CMYK`, `LAB`, …; `depth` in bits."""

    version: int
    channels: int
    width: int
    height: int
    depth: int
    mode: str

    @property
    def large(self) -> bool:
        """Whether it is a PSB, in which some lengths take eight bytes instead of four."""
        return self.version == 2


@contextlib.contextmanager
def psd_border(path: Path) -> Iterator[None]:
    """Whatever a foreign parser raises inside becomes a JobError that names the file; our own errors pass through."""
    try:
        yield
    except HotfolderError:
        raise
    except MemoryError as error:
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: it asks for more memory than one job may use. "
            "Make the picture smaller, or give the workers more memory."
        ) from error
    except RecursionError as error:
        raise JobError(
            f"{path.name}: its groups are nested too deeply. Move some layers out of their groups."
        ) from error
    except Exception as error:  # psd-tools raises many unrelated classes on a broken file
        if _OVER_BUDGET in str(error):
            raise JobError(
                f"{path.name}: too large to be drawn here: {brief(error)}. Make it smaller; if it was saved without "
                "'Maximize Compatibility', save it with it."
            ) from error
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: {brief(error)}. Open it in Photoshop and save it again."
        ) from error


def check_header(path: Path, *, max_side_px: int = MAX_SIDE_PX, max_pixels: int = MAX_PIXELS) -> Header:
    """The header of a PSD or PSB.

    Raises JobError if it is not one, or if the canvas is larger than `max_side_px` on a side or `max_pixels` in all;
    ToolError if the disk cannot be read.
    """
    with _reading(path) as stream:
        return _header(path, stream, max_side_px, max_pixels)


def check_complete(path: Path) -> Header:
    """The header of a file that is as long as its sections promise: a half-copied one is a JobError.

    The message says at which byte the file ends and how many were promised. Bytes after the last section are allowed.
    """
    with _reading(path) as stream:
        header = _header(path, stream, MAX_SIDE_PX, MAX_PIXELS)
        size = stream.seek(0, 2)
        end = HEADER_BYTES
        for section, wide in (("colour mode data", False), ("image resources", False), ("layers", header.large)):
            start = end + (8 if wide else 4)
            _promise(path, size, start, section)
            stream.seek(end)
            end = start + int.from_bytes(stream.read(start - end), "big")
            _promise(path, size, end, section)
        _check_records(path, stream, header, start, end)
        _check_picture(path, stream, header, end, size)
    return header


def _header(path: Path, stream: BinaryIO, max_side_px: int, max_pixels: int) -> Header:
    head = stream.read(HEADER_BYTES)
    if head[:4] != b"8BPS"[: len(head)]:
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: it begins with {head[:4]!r} instead of b'8BPS'. "
            "Save it from Photoshop as PSD or PSB."
        )
    _promise(path, len(head), HEADER_BYTES, "header")
    version, channels, height, width, depth, mode = struct.unpack(">4xH6xHIIHH", head)
    if version not in (1, 2) or not 1 <= channels <= 56 or depth not in (1, 8, 16, 32) or mode not in _MODES:
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: its header says version {version}, {channels} channels, "
            f"{depth} bits, colour mode {mode}. {_REMEDY}"
        )
    if not width or not height:
        raise JobError(f"{path.name}: Invalid or corrupted PSD file: its canvas is {width}×{height} px. {_REMEDY}")
    if max(width, height) > max_side_px or width * height > max_pixels:
        raise JobError(
            f"{path.name}: the canvas is {width}×{height} px ({width * height / 1e6:,.0f} megapixels); allowed are "
            f"{max_side_px} px a side and {max_pixels / 1e6:,.0f} megapixels. Make it smaller."
        )
    return Header(version, channels, width, height, depth, _MODES[mode])


def _check_records(path: Path, stream: BinaryIO, header: Header, start: int, end: int) -> None:
    """The number of layers that the layers section begins with; the ends of groups are counted there, too."""
    at = start + (8 if header.large else 4)
    if at + 2 > end:
        return
    stream.seek(at)
    count = int.from_bytes(stream.read(2), "big", signed=True)
    if abs(count) > MAX_RECORDS:
        raise JobError(
            f"{path.name}: it has {abs(count)} layers and ends of groups; allowed are {MAX_RECORDS}. "
            "Merge some of them."
        )


def _check_picture(path: Path, stream: BinaryIO, header: Header, start: int, size: int) -> None:
    """The flattened picture, last in the file; its length is not written but follows from its rows."""
    _promise(path, size, start + 2, "flattened picture")
    stream.seek(start)
    compression = int.from_bytes(stream.read(2), "big")
    rows = header.channels * header.height
    if compression == 0:
        _promise(path, size, start + 2 + rows * ((header.width * header.depth + 7) // 8), "flattened picture")
    elif compression == 1:
        entry = 4 if header.large else 2
        table_end = start + 2 + rows * entry
        _promise(path, size, table_end, "flattened picture")
        lengths = array.array("I" if header.large else "H", stream.read(rows * entry))
        if sys.byteorder == "little":
            lengths.byteswap()
        _promise(path, size, table_end + sum(lengths), "flattened picture")
    elif compression not in (2, 3):
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: its flattened picture is packed in way {compression}, "
            f"which does not exist. {_REMEDY}"
        )


def _promise(path: Path, size: int, promised: int, section: str) -> None:
    if size < promised:
        raise JobError(
            f"{path.name}: Invalid or corrupted PSD file: it ends at byte {size}, but its {section} section promises "
            f"{promised} bytes. {_REMEDY}"
        )


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with open_file(path) as stream:
            yield stream
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
            raise JobError(f"{path.name}: there is no such file. Put it beside the order.") from error
        raise ToolError(f"{path}: cannot be read: {error.strerror or error}. Look at its permissions.") from error


def brief(error: BaseException | None) -> str:
    """What a foreign error says, in one line, without what psd-tools says to programmers only."""
    text = " ".join(str(error).split()).split(". Raise it")[0]
    text = _CLASS.sub("", text)
    return text[:300].rstrip(".") or "it cannot be read"
