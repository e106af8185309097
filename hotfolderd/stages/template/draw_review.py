"""Drawing what the review shows: every placeholder as it is in the template, and each pair side by side.

Reads the results of reading and matching; writes `previews/ae/`, `previews/comparisons/`, `previews/similarity.json`
and `previews/matching_data.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw

from hotfolderd.errors import JobError
from hotfolderd.matching.names import likeness, parse
from hotfolderd.media.fonts import load
from hotfolderd.media.pictures import comparison, missing_card, open_picture, shortened, thumbnail
from hotfolderd.model import Design, DesignLayer, Match, Matching, Placeholder, Template
from hotfolderd.stages.template.assets import font_folders, footage_files
from hotfolderd.stages.template.identify import assets_of
from hotfolderd.stages.template.match import MATCHES
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.work import Result, Workbench

PAIRS = "pairs.json"
_SIDE_PX = 360


def run(bench: Workbench) -> Result:
    """A picture of each placeholder and of each pair."""
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    matching = bench.load(Matching, "match", MATCHES)
    ours, theirs = bench.out / "previews" / "comparisons", bench.out / "previews" / "ae"
    ours.mkdir(parents=True)
    theirs.mkdir(parents=True)
    by_id = {one.id: one for one in template.placeholders}
    footage, fonts = footage_files(bench.job), font_folders(bench.job)
    layers = _Thumbnails(bench, design)
    pairs: dict[str, dict[str, str]] = {}
    for number, match in enumerate(matching.matches, start=1):
        placeholder = by_id[match.placeholder_id]
        name = f"{number:03d}_{_slug(match.placeholder)}"
        now = _placeholder(placeholder, footage, fonts)
        now.convert("RGB").save(theirs / f"{name}.jpg", quality=85)
        draw_pair(match, layers.of(match.layer), now).save(ours / f"{name}.jpg", quality=88)
        pairs[match.placeholder_id] = {
            "comparison": f"previews/comparisons/{name}.jpg",
            "placeholder": f"previews/ae/{name}.jpg",
        }
    (bench.out / PAIRS).write_text(json.dumps(pairs, indent=1), encoding="utf-8")
    similarity = _similarity(design, matching)
    _write(bench, "previews/similarity.json", similarity)
    data = {
        "psd_previews": {one.path: one.thumbnail for one in design.layers if one.thumbnail},
        "aepx_previews": {key: pair["placeholder"] for key, pair in pairs.items()},
        "comparisons": {key: pair["comparison"] for key, pair in pairs.items()},
        "similarity_scores": "previews/similarity.json",
        "auto_matches": [asdict(one) for one in matching.matches],
        "statistics": statistics(matching),
    }
    _write(bench, "previews/matching_data.json", data)
    return Result(message=f"{len(pairs)} pairs drawn")


def files_drawn(bench: Workbench) -> dict[str, str]:
    """All that the pictures are drawn from: the layers, the template, the matches, and the job's footage and fonts."""
    found = assets_of(bench)
    for step in ("read-design", "read-template", "match"):
        found |= bench.files_of(step)
    return found


def statistics(matching: Matching) -> dict[str, float]:
    """The figures of a matching: how many, how sure, how complete."""
    matched = [one for one in matching.matches if one.layer is not None or one.value is not None]
    sure = [one.confidence for one in matched]
    total = len(matching.matches)
    return {
        "placeholders": total,
        "matched": len(matched),
        "text_matches": sum(one.kind == "text" for one in matched),
        "image_matches": sum(one.kind == "image" for one in matched),
        "unfilled_placeholders": total - len(matched),
        "unused_layers": len(matching.unused_layers),
        "low": sum(one.confidence < 0.7 for one in matched),
        "average_confidence": round(sum(sure) / len(sure), 3) if sure else 0.0,
        "completion_rate": round(len(matched) / total, 3) if total else 1.0,
    }


class _Thumbnails:
    """The exported pictures of layers, small; each is opened once."""

    def __init__(self, bench: Workbench, design: Design) -> None:
        self._bench = bench
        self._design = design
        self._known: dict[str, Image.Image] = {}

    def of(self, path: str | None) -> Image.Image | None:
        layer = self._design.layer(path) if path is not None else None
        if layer is None or layer.picture is None:
            return None
        if layer.path not in self._known:
            self._known[layer.path] = self._open(layer)
        return self._known[layer.path]

    def _open(self, layer: DesignLayer) -> Image.Image:
        assert layer.picture is not None
        return thumbnail(open_picture(self._bench.picture(layer.picture), max_pixels=2_000_000_000), _SIDE_PX)


def draw_pair(match: Match, layer: Image.Image | None, placeholder: Image.Image) -> Image.Image:
    """A layer and the placeholder that it fills, side by side under their names."""
    left = layer or _words("nothing", (_SIDE_PX, _SIDE_PX // 2))
    label = match.layer if match.layer is not None else "(stays as it is)"
    score = f"{match.confidence * 100:.0f} %  {match.why}"
    return comparison(left, placeholder, (label, match.placeholder), score, side=_SIDE_PX)


def _placeholder(placeholder: Placeholder, footage: Mapping[str, Path], fonts: list[Path]) -> Image.Image:
    """A placeholder as the template has it: its text in its font, or its footage."""
    if placeholder.kind == "text":
        return _text(placeholder, fonts)
    source = placeholder.source
    found = footage.get(source.file_name.casefold()) if source else None
    if found is not None:
        try:
            return thumbnail(open_picture(found), _SIDE_PX)
        except JobError:
            return missing_card(f"{found.name} (cannot be opened)", (_SIDE_PX, _SIDE_PX * 2 // 3))
    width, height = (source.width, source.height) if source and source.width and source.height else (3, 2)
    scale = _SIDE_PX / max(width, height)
    size = max(60, round(width * scale)), max(60, round(height * scale))
    return missing_card(source.file_name if source and source.file_name else placeholder.name, size)


def _text(placeholder: Placeholder, fonts: list[Path]) -> Image.Image:
    look = placeholder.text
    font, _ = load(look.font or "" if look else "", 34, fonts)
    colour = look.colour if look and look.colour else "#ffffff"
    dark = sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) < 360
    image = Image.new("RGB", (_SIDE_PX, _SIDE_PX // 3), "#d8d8d8" if dark else "#2b2b2b")
    text = shortened((look.text if look else "").replace("\n", " / ") or "(no text)", font, _SIDE_PX - 24)
    ImageDraw.Draw(image).text((12, _SIDE_PX // 6), text, font=font, fill=colour, anchor="lm")
    return image


def _words(text: str, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, "#2b2b2b")
    font, _ = load("", 24, [])
    ImageDraw.Draw(image).text((size[0] // 2, size[1] // 2), text, font=font, fill="#777777", anchor="mm")
    return image


def _similarity(design: Design, matching: Matching) -> dict[str, object]:
    """How alike the names of every layer and every placeholder are, 0 to 1."""
    names = [one.path for one in design.layers if one.kind not in ("group", "adjustment")]
    parsed = {path: parse(path.rsplit("/", 1)[-1]) for path in names}
    columns = [one.placeholder for one in matching.matches]
    rows = {path: [round(likeness(parsed[path], parse(name)), 3) for name in columns] for path in names}
    return {"placeholders": columns, "layers": rows}


def _write(bench: Workbench, path: str, content: object) -> None:
    (bench.out / path).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "placeholder"
