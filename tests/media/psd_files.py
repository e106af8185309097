"""Photoshop files made by our own code. psd-tools makes pixels and groups; text is added here."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Layer
from psd_tools.constants import Tag
from psd_tools.psd.descriptor import (
    Bool,
    Descriptor,
    DescriptorBlock,
    DescriptorBlock2,
    Double,
    Enumerated,
    RawData,
    String,
    UnitFloat,
)
from psd_tools.psd.tagged_blocks import TaggedBlock, TypeToolObjectSetting
from psd_tools.terminology import Unit

ENGINE = """

<<
/EngineDict
<<
/StyleRun
<<
/RunArray [
<<
/StyleSheet
<<
/StyleSheetData
<<
/Font %(font)d
/FontSize %(size)s
/FillColor
<<
/Type 1
/Values [ %(colour)s ]
>>
>>
>>
>>
]
/RunLengthArray [ %(length)d ]
>>
>>
/ResourceDict
<<
/FontSet [
<<
/Name (\xfe\xff\0A\0d\0o\0b\0e\0I\0n\0v\0i\0s\0F\0o\0n\0t)
>>
<<
/Name (\xfe\xff\0U\0n\0u\0s\0e\0d)
>>
<<
/Name (%(name)s)
>>
]
>>
>>"""


def noise(width: int, height: int, seed: int = 1, mode: str = "RGBA") -> Image.Image:
    bands = len(mode)
    values = np.random.default_rng(seed).integers(0, 256, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(values[:, :, 0] if bands == 1 else values, mode)


def colour(width: int, height: int, value: tuple[int, ...]) -> Image.Image:
    return Image.new("RGBA" if len(value) == 4 else "RGB", (width, height), value)


def make_text(
    layer: Layer,
    text: str,
    *,
    font: str = "DejaVuSans-Bold",
    size: float = 20.0,
    transform: tuple[float, ...] = (1.0, 0.0, 0.0, 1.0, 30.0, 60.0),
    argb: str = "1.0 1.0 0.5 0.0",
    stand_in: bool = False,
) -> None:
    """Turn a pixel layer into a text layer; it is one when the file has been saved and opened again."""
    engine = ENGINE % {
        "font": 0 if stand_in else 2,
        "size": size,
        "colour": argb,
        "length": len(text) + 1,
        "name": ("\ufeff" + font).encode("utf-16-be").decode("latin-1"),
    }
    words = DescriptorBlock(classID=b"TxLr", name="")
    words[b"Txt "] = String(text)
    words[b"EngineData"] = RawData(engine.encode("latin-1"))
    block = TypeToolObjectSetting(1, transform, 50, words, 1, DescriptorBlock(classID=b"warp", name=""))
    key = Tag.TYPE_TOOL_OBJECT_SETTING
    layer.tagged_blocks[key] = TaggedBlock(key=key, data=block)


def add_effects(layer: Layer, *, stroke_px: float | None = None, shadow: bool = False) -> None:
    """A red stroke outside the layer, a drop shadow, or both, as Photoshop's effects descriptor has them."""
    effects = Descriptor(classID=b"null", name="")
    effects[b"masterFXSwitch"] = Bool(True)
    for key, wanted in ((b"FrFX", stroke_px is not None), (b"DrSh", shadow)):
        if not wanted:
            continue
        one = effects[key] = Descriptor(classID=key, name="")
        one[b"enab"], one[b"present"] = Bool(True), Bool(True)
        one[b"Md  "] = Enumerated(b"BlnM", b"Nrml")
        one[b"Opct"] = UnitFloat(value=100.0, unit=Unit.Percent)
        one[b"Styl"], one[b"PntT"] = Enumerated(b"FStl", b"OutF"), Enumerated(b"FrFl", b"SClr")
        one[b"Sz  "] = UnitFloat(value=stroke_px or 0.0, unit=Unit.Pixels)
        red = one[b"Clr "] = Descriptor(classID=b"RGBC", name="")
        red[b"Rd  "], red[b"Grn "], red[b"Bl  "] = Double(255.0), Double(0.0), Double(0.0)
    block = DescriptorBlock2(version=0, data_version=16, classID=b"null", name="")
    for key, value in effects.items():
        block[key] = value
    tag = Tag.OBJECT_BASED_EFFECTS_LAYER_INFO
    layer.tagged_blocks[tag] = TaggedBlock(key=tag, data=block)


def card(path: Path, size: tuple[int, int] = (120, 160)) -> Path:
    """A small design: a ground, a group with two layers of the same name, a hidden picture, a text."""
    psd = PSDImage.new("RGB", size)
    psd.create_pixel_layer(colour(*size, (20, 40, 60)), name="Background")
    photo = psd.create_pixel_layer(noise(50, 40, 2), name="Photo", left=-10, top=130)
    photo.opacity = 128
    hidden = psd.create_pixel_layer(colour(30, 30, (255, 0, 0, 255)), name="Hidden", left=5, top=5)
    hidden.visible = False
    one = psd.create_pixel_layer(colour(10, 10, (0, 255, 0, 255)), name="dot", left=50, top=50)
    two = psd.create_pixel_layer(colour(12, 10, (0, 0, 255, 255)), name="dot", left=60, top=60)
    psd.create_group([one, two], name="Group")
    title = psd.create_pixel_layer(colour(60, 12, (255, 128, 0, 255)), name="TITLE", left=30, top=48)
    make_text(title, "Hello\rworld", transform=(2.0, 0.0, 0.0, 2.0, 30.0, 60.0))
    psd.save(path)
    return path


def document(path: Path, *layers: tuple[Image.Image, str, int, int], size: tuple[int, int] = (64, 64)) -> Path:
    psd = PSDImage.new("RGB", size)
    for image, name, left, top in layers:
        psd.create_pixel_layer(image, name="layer", left=left, top=top).name = name
    psd.save(path)
    return path


def header(width: int, height: int, *, version: int = 1, channels: int = 3, depth: int = 8, mode: int = 3) -> bytes:
    return struct.pack(">4sH6xHIIHH", b"8BPS", version, channels, height, width, depth, mode)


def flat_only(path: Path, pixels: bytes, width: int, height: int, **kinds: int) -> Path:
    """A file without layers whose flattened picture is written as it is."""
    path.write_bytes(header(width, height, **kinds) + bytes(12) + b"\0\0" + pixels)
    return path
