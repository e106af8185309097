"""Builds the `TySh` block that makes a pixel layer of a PSD a text layer; psd-tools reads such blocks but makes none.

Reads and writes no file. The block holds one style for the whole text. Structure as Photoshop and ag-psd write it: the
descriptor by "Type tool object setting" of Adobe's "Photoshop File Formats Specification", the engine data as seen in
files of both (keys, order and text form).
"""

from __future__ import annotations

from typing import Any

from PIL import ImageColor
from psd_tools.constants import Tag
from psd_tools.psd.descriptor import Descriptor as PsdDescriptor
from psd_tools.psd.descriptor import DescriptorBlock, Double, Enumerated, Integer, RawData, String, UnitFloat
from psd_tools.psd.tagged_blocks import TaggedBlocks
from psd_tools.terminology import Unit

PixelBox = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels from where the first baseline begins."""


def add_type_block(
    blocks: TaggedBlocks,
    text: str,
    *,
    font: str,
    size_px: float,
    colour: str,
    origin: tuple[float, float],
    ink: PixelBox,
) -> None:
    """Tell a layer's `blocks` that it is `text` (lines divided by `\\n`), its first baseline beginning at `origin`.

    `origin` is in pixels of the canvas, `ink` is where the drawn letters lie, `font` is a PostScript name, `colour` is
    `#rrggbb`. The text is point text: it has no paragraph box.
    """
    paragraphs = text.replace("\n", "\r")
    text_data = DescriptorBlock(classID=b"TxLr")
    text_data[b"Txt "] = String(paragraphs + "\0")
    text_data[b"textGridding"] = Enumerated(typeID=b"textGridding", enum=b"None")
    text_data[b"Ornt"] = Enumerated(typeID=b"Ornt", enum=b"Hrzn")
    text_data[b"AntA"] = Enumerated(typeID=b"Annt", enum=b"AnSm")
    text_data[b"bounds"] = _bounds(b"bounds", ink)
    text_data[b"boundingBox"] = _bounds(b"boundingBox", ink)
    text_data[b"TextIndex"] = Integer(0)
    text_data[b"EngineData"] = RawData(engine_data(paragraphs, font, size_px, colour))
    blocks.set_data(
        Tag.TYPE_TOOL_OBJECT_SETTING,
        version=1,
        transform=(1.0, 0.0, 0.0, 1.0, *origin),
        text_version=50,
        text_data=text_data,
        warp_version=1,
        warp=_no_warp(),
    )


def engine_data(paragraphs: str, font: str, size_px: float, colour: str) -> bytes:
    """Photoshop's own text form of what the layer says and how it looks; paragraphs end in `\\r`."""
    text = paragraphs + "\r"
    units = len(text.encode("utf-16-be")) // 2
    red, green, blue = (round(channel / 255, 5) for channel in ImageColor.getrgb(colour)[:3])
    style = {
        "Font": 1,
        "FontSize": float(size_px),
        "AutoLeading": True,
        "AutoKerning": True,
        "Kerning": 0,
        "FillColor": {"Type": 1, "Values": [1.0, red, green, blue]},
    }
    sheet = {"DefaultStyleSheet": 0, "Properties": {"Justification": 0, "AutoLeading": 1.2}}
    upright = {"Axis": [1.0, 0.0, 1.0], "XY": [0.0, 0.0]}
    resources = _resources(font)
    engine = {
        "Editor": {"Text": text},
        "ParagraphRun": {
            "DefaultRunData": {"ParagraphSheet": {"DefaultStyleSheet": 0, "Properties": {}}, "Adjustments": upright},
            "RunArray": [{"ParagraphSheet": sheet, "Adjustments": upright}],
            "RunLengthArray": [units],
            "IsJoinable": 1,
        },
        "StyleRun": {
            "DefaultRunData": {"StyleSheet": {"StyleSheetData": {}}},
            "RunArray": [{"StyleSheet": {"StyleSheetData": style}}],
            "RunLengthArray": [units],
            "IsJoinable": 2,
        },
        "AntiAlias": 4,
        "UseFractionalGlyphWidths": True,
        "Rendered": {"Version": 1, "Shapes": {"WritingDirection": 0, "Children": [_point_text()]}},
    }
    whole = {"EngineDict": engine, "ResourceDict": resources, "DocumentResources": resources}
    return b"\n\n" + _engine_value(whole, 0)


def _resources(font: str) -> dict[str, Any]:
    names = ("AdobeInvisFont", font)
    black = {"Type": 1, "Values": [1.0, 0.0, 0.0, 0.0]}
    return {
        "TheNormalStyleSheet": 0,
        "TheNormalParagraphSheet": 0,
        "ParagraphSheetSet": [{"Name": "Normal RGB", "DefaultStyleSheet": 0, "Properties": {"Justification": 0}}],
        "StyleSheetSet": [
            {"Name": "Normal RGB", "StyleSheetData": {"Font": 1, "FontSize": 12.0, "FillColor": black}},
        ],
        "FontSet": [{"Name": name, "Script": 0, "FontType": 0, "Synthetic": 0} for name in names],
        "SuperscriptSize": 0.583,
        "SuperscriptPosition": 0.333,
        "SubscriptSize": 0.583,
        "SubscriptPosition": 0.333,
        "SmallCapSize": 0.7,
    }


def _point_text() -> dict[str, Any]:
    base = {
        "ShapeType": 0,
        "TransformPoint0": [1.0, 0.0],
        "TransformPoint1": [0.0, 1.0],
        "TransformPoint2": [0.0, 0.0],
    }
    return {
        "ShapeType": 0,
        "Procession": 0,
        "Lines": {"WritingDirection": 0, "Children": []},
        "Cookie": {"Photoshop": {"ShapeType": 0, "PointBase": [0.0, 0.0], "Base": base}},
    }


def _engine_value(value: Any, depth: int) -> bytes:
    indent = b"\t" * depth
    if isinstance(value, dict):
        lines = [indent + b"\t/" + key.encode() + _engine_member(item, depth + 1) for key, item in value.items()]
        return indent + b"<<\n" + b"".join(line + b"\n" for line in lines) + indent + b">>"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, str):
        body = value.encode("utf-16-be")
        for special in (b"\\", b"(", b")"):
            body = body.replace(special, b"\\" + special)
        return b"(\xfe\xff" + body + b")"
    if isinstance(value, float):
        digits = f"{value:.5f}".rstrip("0")
        return (digits + "0" if digits.endswith(".") else digits).encode()
    return str(value).encode()


def _engine_member(value: Any, depth: int) -> bytes:
    if isinstance(value, dict):
        return b"\n" + _engine_value(value, depth)
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            items = b"".join(_engine_value(item, depth) + b"\n" for item in value)
            return b" [\n" + items + b"\t" * depth + b"]"
        return b" [ " + b"".join(_engine_value(item, 0) + b" " for item in value) + b"]"
    return b" " + _engine_value(value, 0)


def _bounds(kind: bytes, box: PixelBox) -> PsdDescriptor:
    bounds = PsdDescriptor(classID=kind)
    for key, value in zip((b"Left", b"Top ", b"Rght", b"Btom"), box, strict=True):
        bounds[key] = UnitFloat(value=value + 0.0, unit=Unit.Points)
    return bounds


def _no_warp() -> DescriptorBlock:
    warp = DescriptorBlock(classID=b"warp")
    warp[b"warpStyle"] = Enumerated(typeID=b"warpStyle", enum=b"warpNone")
    for key in (b"warpValue", b"warpPerspective", b"warpPerspectiveOther"):
        warp[key] = Double(0.0)
    warp[b"warpRotate"] = Enumerated(typeID=b"Ornt", enum=b"Hrzn")
    return warp
