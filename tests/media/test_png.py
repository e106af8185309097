"""PNG files of our own: every pixel comes back, whoever reads them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from psd_files import noise

from hotfolderd.media.png import deflater, packed_rows, write_png

SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (257, 129), (2100, 1100)]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pillow_reads_back_every_pixel(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    """2100 × 1100 RGBA is more than one block of rows, so the seam between two blocks is covered."""
    picture = noise(*size, mode=mode)
    write_png(picture, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png", formats=["PNG"]) as read:
        assert (read.mode, read.size) == (mode, size)
        assert read.tobytes() == picture.tobytes()


@pytest.mark.parametrize("isal", [True, False], ids=["isal", "zlib"])
def test_both_packers_give_the_same_rows(isal: bool) -> None:
    picture = noise(2100, 1100)
    rows = zlib.decompress(b"".join(packed_rows(picture, deflater(isal=isal))))
    assert len(rows) == 1100 * (2100 * 4 + 1)
    assert rows == zlib.decompress(b"".join(packed_rows(picture, deflater(isal=not isal))))
    assert set(rows[:: 2100 * 4 + 1]) == {2}, "every row says that it is filtered with Up"


def test_the_chunks_carry_right_checksums(tmp_path: Path) -> None:
    write_png(noise(40, 30), tmp_path / "a.png")
    data, at, kinds = (tmp_path / "a.png").read_bytes(), 8, []
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == struct.unpack_from(">I", data, at + 8 + length)[0]
        kinds.append(kind)
        at += 12 + length
    assert kinds[0] == b"IHDR"
    assert set(kinds[1:-1]) == {b"IDAT"}
    assert kinds[-1] == b"IEND"


def test_a_picture_can_replace_a_longer_file(tmp_path: Path) -> None:
    write_png(noise(100, 100), tmp_path / "a.png")
    write_png(noise(2, 2, seed=5), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as read:
        assert read.tobytes() == noise(2, 2, seed=5).tobytes()


@pytest.mark.parametrize("picture", [Image.new("P", (2, 2)), Image.new("CMYK", (2, 2)), Image.new("RGB", (0, 3))])
def test_what_cannot_be_written_faithfully_is_refused_and_leaves_no_file(tmp_path: Path, picture: Image.Image) -> None:
    with pytest.raises(ValueError, match="cannot be a PNG here"):
        write_png(picture, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
