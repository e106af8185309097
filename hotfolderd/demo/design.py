"""Makes a Photoshop design (PSD, RGB, 8 bit) with text layers, pictures and groups, by code alone.

Reads nothing and writes one PSD file, with the flattened picture inside. It never overwrites a file, and draws no
effects, masks or blend modes. psd-tools 1.26 cannot create text layers through its API, so the file is put together
from its records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageColor
from psd_tools.constants import BlendMode, ChannelID, ColorMode, Compression, SectionDivider, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResources
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelImageData,
    ChannelInfo,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerFlags,
    LayerInfo,
    LayerRecord,
    LayerRecords,
)
from psd_tools.psd.tagged_blocks import TaggedBlocks

from hotfolderd.demo.lettering import BUILT_IN_FONT, set_text
from hotfolderd.demo.type_layer import add_type_block

Drawing = Callable[[int, int], Image.Image]
"""Draws a picture (any mode that Pillow can turn into RGBA) of the width and height it is given, in pixels."""


@dataclass(frozen=True, slots=True)
class TextSpec:
    """A text layer. `left` and `top` are the corner of its ink, in pixels; lines of `text` are divided by `\\n`.

    `font` is a PostScript name and only named in the file: whatever it is, the layer's pixels are drawn in Pillow's
    built-in font. `opacity` is between 0 and 1.
    """

    name: str
    text: str
    left: int
    top: int
    size_px: float = 48.0
    colour: str = "#ffffff"
    font: str = BUILT_IN_FONT
    opacity: float = 1.0
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """A pixel layer: a plain colour (`#rrggbb`) or a drawing, in pixels of the canvas; it may stick out of it."""

    name: str
    left: int
    top: int
    width: int
    height: int
    paint: str | Drawing
    opacity: float = 1.0
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A group; `children` go from the bottom to the top. A hidden group hides them all."""

    name: str
    children: tuple[LayerSpec, ...]
    hidden: bool = False


LayerSpec = TextSpec | PictureSpec | GroupSpec


def make_design(path: Path, *, size: tuple[int, int], layers: Sequence[LayerSpec], paper: str = "#ffffff") -> Path:
    """Write the design to `path` and return it. `layers` go from the bottom to the top, `size` is (width, height).

    `paper` is what the flattened picture shows where no layer covers it. Raises FileExistsError.
    """
    width, height = size
    flat = Image.new("RGB", size, paper)
    records, channels = LayerRecords(), ChannelImageData()
    for number, (record, planes) in enumerate(_records(layers, flat, visible=True), start=1):
        record.tagged_blocks.set_data(Tag.LAYER_ID, number)
        records.append(record)
        channels.append(planes)
    header = FileHeader(channels=3, width=width, height=height, depth=8, color_mode=ColorMode.RGB)
    image_data = ImageData(compression=Compression.RLE)
    image_data.set_data([band.tobytes() for band in flat.split()], header)
    document = PSD(
        header=header,
        image_resources=ImageResources.new(),
        layer_and_mask_information=LayerAndMaskInformation(
            layer_info=LayerInfo(layer_count=len(records), layer_records=records, channel_image_data=channels),
            global_layer_mask_info=GlobalLayerMaskInfo(),
            tagged_blocks=TaggedBlocks(),
        ),
        image_data=image_data,
    )
    with path.open("xb") as file:
        document.write(file)
    return path


Record = tuple[LayerRecord, ChannelDataList]


def _records(layers: Sequence[LayerSpec], flat: Image.Image, *, visible: bool) -> Iterator[Record]:
    """The records from the bottom to the top, as the file has them; what is visible is drawn on `flat` on the way."""
    for layer in layers:
        shown = visible and not layer.hidden
        if isinstance(layer, GroupSpec):
            yield _divider("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER, hidden=False)
            yield from _records(layer.children, flat, visible=shown)
            yield _divider(layer.name, SectionDivider.OPEN_FOLDER, hidden=layer.hidden)
            continue
        picture, record = _text_layer(layer) if isinstance(layer, TextSpec) else _picture_layer(layer)
        record.opacity = round(layer.opacity * 255)
        if shown:
            mask = picture.getchannel("A").point(lambda alpha, opacity=layer.opacity: round(alpha * opacity))
            flat.paste(picture, (layer.left, layer.top), mask)
        yield record, _channels(picture, record)


def _text_layer(spec: TextSpec) -> tuple[Image.Image, LayerRecord]:
    lettering = set_text(spec.text, spec.size_px, spec.colour)
    picture, (from_left, from_top) = lettering.picture, lettering.origin
    record = _record(spec.name, (spec.left, spec.top), picture.size, hidden=spec.hidden)
    add_type_block(
        record.tagged_blocks,
        spec.text,
        font=spec.font,
        size_px=spec.size_px,
        colour=spec.colour,
        origin=(spec.left + from_left, spec.top + from_top),
        ink=(-from_left, -from_top, picture.width - from_left, picture.height - from_top),
    )
    return picture, record


def _picture_layer(spec: PictureSpec) -> tuple[Image.Image, LayerRecord]:
    size = (spec.width, spec.height)
    if isinstance(spec.paint, str):
        picture = Image.new("RGBA", size, (*ImageColor.getrgb(spec.paint)[:3], 255))
    else:
        picture = spec.paint(spec.width, spec.height).convert("RGBA")
        if picture.size != size:
            raise ValueError(f"layer {spec.name}: the drawing is {picture.size}, not {size} as asked for")
    return picture, _record(spec.name, (spec.left, spec.top), size, hidden=spec.hidden)


def _record(name: str, corner: tuple[int, int], size: tuple[int, int], *, hidden: bool) -> LayerRecord:
    left, top = corner
    record = LayerRecord(
        left=left,
        top=top,
        right=left + size[0],
        bottom=top + size[1],
        flags=LayerFlags(visible=not hidden),
        # The old short name; readers take the Unicode one below.
        name=name.encode("macroman", "replace")[:255].decode("macroman"),
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    return record


def _divider(name: str, kind: SectionDivider, *, hidden: bool) -> Record:
    """The record that opens (below) or closes (above) a group; it has no pixels of its own."""
    record = _record(name, (0, 0), (0, 0), hidden=hidden)
    if kind is SectionDivider.OPEN_FOLDER:
        record.blend_mode = BlendMode.PASS_THROUGH
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, kind, signature=b"8BIM", blend_mode=BlendMode.PASS_THROUGH
        )
    else:
        record.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind)
    return record, _channels(Image.new("RGBA", (0, 0)), record)


def _channels(picture: Image.Image, record: LayerRecord) -> ChannelDataList:
    """The picture's planes, transparency first; `record` is told their lengths."""
    bands = dict(zip("RGBA", picture.split(), strict=True))
    channels = ChannelDataList()
    record.channel_info = []
    for channel, band in ((-1, "A"), (0, "R"), (1, "G"), (2, "B")):
        data = ChannelData(compression=Compression.RLE if picture.width and picture.height else Compression.RAW)
        if picture.width and picture.height:
            data.set_data(bands[band].tobytes(), picture.width, picture.height, 8)
        channels.append(data)
        record.channel_info.append(ChannelInfo(ChannelID(channel), len(data.data) + 2))
    return channels
