"""The first stage of a job as one writes it first: psd-tools, Pillow's defaults, xml.etree, each file opened by name.

It makes the same kinds of files as the real steps: each layer and its thumbnail, the flattened picture, the template's
layers, name and picture likeness, a picture of each placeholder, the same comparisons, a contact sheet, a page and a
sidecar. It checks nothing, trusts every file and remembers nothing. Where there is a slow and a quick obvious way (a
fingerprint for each pair or for each picture) it takes the quick one. For layers it is told which: `topil`, the
quicker, shows neither masks nor opacity nor effects; `composite` does, and stands in psd-tools' own example.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from PIL import Image, ImageDraw, ImageFont
from psd_tools import PSDImage
from psd_tools.api.layers import Layer

AE = "{http://www.adobe.com/products/aftereffects}"


@dataclass
class Exported:
    """A layer of the design and its files."""

    path: str
    kind: str
    text: str
    box: tuple[int, int, int, int]
    picture: Path | None = None
    thumbnail: Path | None = None


@dataclass
class Slot:
    """A layer of a comp."""

    name: str
    kind: str
    file: str
    text: str


Draw = Callable[[Layer], Image.Image | None]


def with_topil(layer: Layer) -> Image.Image | None:
    image = layer.topil()
    return layer.composite() if image is None else image


def with_composite(layer: Layer) -> Image.Image | None:
    return layer.composite()


def stage_one(job: Path, compared: list[tuple[str, str | None]], draw: Draw) -> None:
    """All of it for one job folder. `compared`: which placeholder (its name) is shown beside which layer."""
    order = yaml.safe_load((job / "job.yaml").read_text())
    digests = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in job.glob("assets/**/*.*")}
    out = job / "previews"
    out.mkdir(exist_ok=True)
    layers = export_layers(job / order["design"], out / "psd", draw)
    slots = read_template(job / order["template"])
    names = [[difflib.SequenceMatcher(None, a.path.lower(), b.name.lower()).ratio() for b in slots] for a in layers]
    placeholders = {slot.name: draw_placeholder(job, slot, out / "ae") for slot in slots}
    pictures = {layer.path: layer.picture for layer in layers}
    shown = [
        compare(pictures.get(layer or ""), placeholders[name], name, layer or "", out / "comparisons" / f"{n:03d}.png")
        for n, (name, layer) in enumerate(compared)
        if name in placeholders
    ]
    looks = {str(path): fingerprint(path) for path in [*pictures.values(), *placeholders.values()] if path}
    alike = [[likeness(looks.get(str(a.picture)), looks[str(placeholders[b.name])]) for b in slots] for a in layers]
    (out / "similarity.json").write_text(json.dumps({"names": names, "pictures": alike, "digests": digests}))
    contact_sheet(layers, out / "contact_sheet.png")
    matches = [{"placeholder": slot.name, "layer": None, "value": slot.text} for slot in slots]
    (job / "review.yaml").write_text(yaml.safe_dump({"decision": "pending", "matches": matches}))
    rows = "".join(f"<p><img src='{path.relative_to(job)}'></p>" for path in shown)
    (job / "review.html").write_text(f"<!doctype html><title>{order['job']}</title>{rows}")


def export_layers(design: Path, out: Path, draw: Draw = with_topil) -> list[Exported]:
    """Every layer as PNG, and a thumbnail of each from the file."""
    out.mkdir(parents=True, exist_ok=True)
    psd = PSDImage.open(design)
    found = []
    for number, layer in enumerate(psd.descendants()):
        if layer.is_group():
            continue
        text = str(getattr(layer, "text", "")) if layer.kind == "type" else ""
        one = Exported(layer.name, layer.kind, text, layer.bbox)
        image = draw(layer)
        if image is not None:
            one.picture = out / f"{number:03d}.png"
            image.save(one.picture)
            one.thumbnail = small(one.picture, out / f"{number:03d}_thumb.png", 200)
        found.append(one)
    psd.composite().save(out.parent / "psd_flat.png")
    small(out.parent / "psd_flat.png", out.parent / "psd_flat_thumb.png", 400)
    return found


def small(picture: Path, out: Path, side: int) -> Path:
    image = Image.open(picture).convert("RGBA")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    square.save(out)
    return out


def read_template(template: Path) -> list[Slot]:
    """The text and footage layers of all comps but those that were made of a PSD."""
    root = ET.parse(template).getroot()  # noqa: S314  our own file
    items = {}
    for item in root.iter(f"{AE}Item"):
        head = item.find(f"{AE}idta")
        if head is not None:
            items[int(bytes.fromhex(head.attrib["bdata"])[16:20].hex(), 16)] = item
    files = {}
    for number, item in items.items():
        reference = item.find(f".//{AE}fileReference")
        if reference is not None:
            files[number] = reference.attrib["fullpath"].replace("\\", "/").rsplit("/", 1)[-1]
    slots = []
    for item in items.values():
        layers = [_slot(layer, files) for layer in item.findall(f"{AE}Layr")]
        if not any(one and one.file.endswith(".psd") for one in layers):
            slots += [one for one in layers if one]
    return slots


def _slot(layer: ET.Element, files: dict[int, str]) -> Slot | None:
    head = layer.find(f"{AE}ldta")
    source = int(bytes.fromhex(head.attrib["bdata"])[40:44].hex(), 16) if head is not None else 0
    named = layer.find(f"{AE}string")
    name = (named.text or "") if named is not None else ""
    document = layer.find(f".//{AE}btdk")
    if document is not None:
        strings = re.findall(rb"\(\xfe\xff((?:[^()\\]|\\.)*)\)", bytes.fromhex(document.attrib["bdata"]), re.DOTALL)
        words = [one.decode("utf-16-be", "replace") for one in strings]
        return Slot(name, "text", "", words[1] if len(words) > 1 else "")
    return Slot(name or files[source], "image", files[source], "") if source in files else None


def draw_placeholder(job: Path, slot: Slot, out: Path) -> Path:
    out.mkdir(exist_ok=True)
    path = out / f"{re.sub('[^A-Za-z0-9]+', '_', slot.name)}.png"
    footage = job / "assets" / "footage" / slot.file
    if slot.kind == "image" and footage.is_file():
        return small(footage, path, 360)
    card = Image.new("RGB", (360, 90), "#2b2b2b")
    ImageDraw.Draw(card).text((12, 30), slot.text or slot.name, font=ImageFont.load_default(34), fill="#ffffff")
    card.save(path)
    return path


def compare(left: Path | None, right: Path, name: str, layer: str, out: Path) -> Path:
    out.parent.mkdir(exist_ok=True)
    page = Image.new("RGB", (774, 460), "#1e1e1e")
    for x, path in ((18, left), (396, right)):
        if path is not None:
            image = Image.open(path).convert("RGBA")
            image.thumbnail((360, 360), Image.Resampling.LANCZOS)
            page.paste(image, (x, 58), image)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(22)
    pen.text((18, 18), layer, font=font)
    pen.text((396, 18), name, font=font)
    page.save(out)
    return out


def fingerprint(path: Path) -> tuple[int, list[int]]:
    image = Image.open(path).convert("RGB")
    cells = list(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes())
    bits = sum((cells[y * 9 + x] < cells[y * 9 + x + 1]) << (y * 8 + x) for y in range(8) for x in range(8))
    return bits, image.resize((64, 64)).convert("HSV").histogram()


def likeness(a: tuple[int, list[int]] | None, b: tuple[int, list[int]]) -> float:
    if a is None:
        return 0.0
    common = sum(map(min, a[1], b[1])) / sum(b[1])
    return (1 - (a[0] ^ b[0]).bit_count() / 64) / 2 + common / 2


def contact_sheet(layers: list[Exported], out: Path) -> None:
    rows = -(-max(1, len(layers)) // 6)
    page = Image.new("RGB", (6 * 220 + 20, rows * 250 + 20), "#1e1e1e")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for number, layer in enumerate(layers):
        x, y = 20 + number % 6 * 220, 20 + number // 6 * 250
        if layer.thumbnail is not None:
            image = Image.open(layer.thumbnail)
            page.paste(image, (x, y), image)
        pen.text((x, y + 205), layer.path[:24], font=font)
    page.save(out)
