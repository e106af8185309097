"""What is unpacked in psd-tools' place is what psd-tools unpacks: of real files, of made ones, of broken ones."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from psd_files import card, document, noise
from psd_tools import PSDImage, compression
from psd_tools.api import pil_io
from psd_tools.api.layers import Group
from psd_tools.constants import ChannelID, ColorMode, Compression
from psd_tools.psd import bin_utils

from hotfolderd.demo.batch import make_sample_batch, make_small_batch
from hotfolderd.media import psd, psd_formats, psd_rows
from hotfolderd.media.psd_export import Exporter, _stored

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
Unpack = Callable[..., bytes]
theirs: Unpack = psd_rows._theirs


def outcome(unpack: Unpack, *given: Any, **named: Any) -> Any:
    """What unpacking comes to: the bytes, or the class and words of the error."""
    try:
        return unpack(*given, **named)
    except Exception as error:  # noqa: BLE001  which one is compared
        return type(error), str(error)


def same(*given: Any, **named: Any) -> None:
    assert outcome(psd_rows.decode_rle, *given, **named) == outcome(theirs, *given, **named), (given, named)


def designs(made: Path) -> list[Path]:
    make_small_batch(made / "batch", 1)
    card(made / "card.psd")
    document(made / "noise.psd", (noise(50, 40), "noise", 0, 0))
    return [*SAMPLES.rglob("*.psd"), *made.rglob("*.psd")]


def packed_in(path: Path) -> Iterator[tuple[bytes, int, int, int, int]]:
    """Whatever is packed in rows in a design: data, width, height, depth, version."""
    opened = PSDImage.open(path)
    for layer in opened.descendants():
        sizes = layer._record.channel_sizes
        for channel, (width, height) in zip(layer._channels, sizes, strict=True):
            if channel.compression == Compression.RLE and width and height:
                yield channel.data, width, height, opened.depth, opened.version
    flat = opened._record.image_data
    if flat.compression == Compression.RLE:
        yield flat.data, opened.width, opened.height * opened.channels, opened.depth, opened.version


def test_every_picture_of_every_design_is_the_same(tmp_path: Path) -> None:
    found = [one for path in designs(tmp_path) for one in packed_in(path)]
    assert len(found) > 40
    for one in found:
        same(*one)


def test_damaged_pictures_come_to_the_same(tmp_path: Path) -> None:
    """Bytes changed, cut off and put in, in the lengths of the rows and in the rows."""
    dice = random.Random(5)
    found = [one for path in designs(tmp_path) for one in packed_in(path) if len(one[0]) < 20_000]
    for data, *shape in found:
        for _ in range(30):
            damaged = bytearray(data)
            for _ in range(dice.randint(1, 3)):
                damaged[dice.randrange(min(len(damaged), dice.choice((60, 1 << 30))))] = dice.choice(
                    (0, 127, 128, 129, 255)
                )
            at = dice.randrange(len(damaged))
            same(bytes(damaged), *shape)
            same(bytes(damaged[:at]), *shape)
            same(bytes(damaged[:at] + b"\x80\x00" + damaged[at:]), *shape)


@given(
    rows=st.lists(
        st.sampled_from([b"", b"\x80", b"\x05", b"\xfb\x07", b"\x02abc", b"\x81x", b"\xff", b"\x00"]), max_size=9
    ),
    width=st.integers(-1, 20),
    more=st.integers(-2, 2),
    depth=st.sampled_from([1, 8, 16, 32, 0, 7]),
    version=st.sampled_from([1, 2, 0, 3]),
    limit=st.sampled_from([None, 10, 10_000, 0, True, "x"]),
)
def test_whatever_stands_there_comes_to_what_psd_tools_makes_of_it(
    rows: list[bytes], width: int, more: int, depth: int, version: int, limit: Any
) -> None:
    entry = ">I" if version == 2 else ">H"
    data = b"".join(struct.pack(entry, len(row)) for row in rows) + b"".join(rows)
    same(data, width, len(rows) + more, depth, version, max_output_bytes=limit)


def test_rows_that_repeat_are_each_at_their_place() -> None:
    """As in a drawn design: some kinds of rows, many of them one after the other, and some that come again."""
    dice = np.random.default_rng(3)
    kinds = dice.integers(0, 9, (5, 40), dtype=np.uint8)
    plane = np.concatenate([np.repeat(kinds[[number % 5]], dice.integers(1, 30), axis=0) for number in range(40)])
    packed = compression.encode_rle(plane.tobytes(), 40, len(plane), 8, 1)
    assert psd_rows.decode_rle(packed, 40, len(plane), 8, 1) == plane.tobytes()


def test_a_picture_that_unpacks_to_far_more_than_it_is_is_refused_as_psd_tools_refuses_it() -> None:
    with pytest.raises(compression.DecompressionLimitError):
        psd_rows.decode_rle(bytes(2 * 30_000), 30_000, 30_000, 8, 1)


def test_it_is_in_its_place() -> None:
    """Where psd-tools calls its own by another name, nothing of this is used."""
    assert psd.read_design
    assert compression.decode_rle is psd_rows.decode_rle
    assert pil_io._create_image is psd_rows.plane


@pytest.mark.parametrize("depth", [1, 8, 16, 32])
def test_a_plane_is_the_picture_that_psd_tools_makes_of_it(depth: int) -> None:
    """Of data as long as it must be, a byte shorter and longer, and empty; and nobody changes another's."""
    whole = np.random.default_rng(depth).integers(0, 256, -(-16 * depth // 8) * 5, dtype=np.uint8).tobytes()
    for data in (whole, whole[:-1], whole + b"x", b""):
        assert pixels(psd_rows.plane, data, depth) == pixels(psd_rows._their_plane, data, depth)
    if depth == 8:
        psd_rows.plane((16, 5), whole, 8).putpixel((0, 0), 255 - whole[0])
        assert psd_rows.plane((16, 5), whole, 8).tobytes() == whole


def pixels(make: Callable[..., Image.Image], data: bytes, depth: int) -> Any:
    try:
        image = make((16, 5), data, depth)
    except Exception as error:  # noqa: BLE001  which one is compared
        return type(error)
    return image.mode, image.tobytes()


def test_each_format_is_counted_once_and_as_psd_tools_counts_it(tmp_path: Path) -> None:
    assert psd.read_design
    count: Any = bin_utils._format_objects
    for form in (">4iH", ">xI", ">4s4sBB", ">0H", ">12s", ">3x2d", ">p", ">", ">300000H"):
        assert count(form) == count.__wrapped__(form)
    seen = count.cache_info()
    psd_formats.quicken()
    assert bin_utils._format_objects is count, "not remembered twice"
    make_sample_batch(tmp_path)
    PSDImage.open(tmp_path / "match001.psd")
    now = count.cache_info()
    assert now.hits - seen.hits > 500 > now.misses


@pytest.mark.parametrize("path", [*SAMPLES.rglob("*.psd")], ids=lambda path: path.stem)
def test_a_plain_layer_has_the_pixels_that_psd_tools_gives_it(path: Path) -> None:
    """Put together here of its channels, or by psd-tools: the same, and opaque where nothing is transparent."""
    opened = PSDImage.open(path)
    exporter, compared = Exporter(opened), 0
    for layer in opened.descendants():
        if isinstance(layer, Group) or (image := layer.topil(apply_icc=False)) is None:
            continue
        alpha = None if image.mode in ("RGBA", "LA") else layer.topil(ChannelID.TRANSPARENCY_MASK)
        if opened.color_mode != ColorMode.RGB or _stored(layer) != (0, 1, 2):
            continue
        colour, transparency = exporter._rgb_planes(layer)
        assert colour is not None
        drawn, wanted = exporter._to_rgb(colour, transparency), exporter._to_rgb(image, alpha)
        assert (drawn.mode, drawn.tobytes()) == (wanted.mode, wanted.tobytes())
        compared += 1
    assert compared or opened.color_mode != ColorMode.RGB


def test_channels_in_another_order_are_left_to_psd_tools(tmp_path: Path) -> None:
    path = document(tmp_path / "a.psd", (noise(9, 7), "noise", 0, 0))
    opened = PSDImage.open(path)
    layer = opened[0]
    layer._record.channel_info.reverse()
    layer._channels.reverse()
    drawn, wanted = Exporter(opened)._plain(layer), layer.topil(apply_icc=False)
    assert drawn is not None
    assert wanted is not None
    assert _stored(layer) == (2, 1, 0)
    assert drawn.image.convert("RGB").tobytes() == wanted.convert("RGB").tobytes()


def test_a_layer_of_45_megapixels_with_16_bits_is_drawn() -> None:
    """While one of its planes is made smaller that takes more than a quarter of what all of them may."""
    opened, side = PSDImage.new("RGB", (16, 16), depth=16), 6_720
    layer = opened.create_pixel_layer(noise(8, 8), name="large")
    layer._record.right, layer._record.bottom = layer._record.left + side, layer._record.top + side
    packed = zlib.compress(bytes(2 * side * side), 1)
    for channel, info in zip(layer._channels, layer._record.channel_info, strict=True):
        if info.id in (*range(3), ChannelID.TRANSPARENCY_MASK):
            channel.compression, channel.data = Compression.ZIP, packed
    drawn = Exporter(opened).draw(layer, carries_clipped=False)
    assert drawn is not None
    assert drawn.image.size == (side, side)
