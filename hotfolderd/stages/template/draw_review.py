"""Drawing what the review shows: every placeholder as it is in the template, each pair and its rivals side by side.

Reads the results of reading and matching, and what these kept of large pictures; writes `previews/ae/`,
`previews/layers/`, `previews/comparisons/`, `previews/contact_sheet.png`, `previews/similarity.json`,
`previews/matching_data.json`, and `pairs.json`, which tells later steps what was drawn.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import asdict, dataclass, field, replace

from PIL import Image

from hotfolderd.media.glances import kept_in
from hotfolderd.media.pictures import (
    PAIR_PX,
    Cell,
    comparison,
    contact_sheet,
    on_checkerboard,
    open_picture,
    plain_card,
)
from hotfolderd.media.png import write_png
from hotfolderd.media.psd import FLAT_PAGE
from hotfolderd.model import Design, DesignLayer, Match, Matching, Template
from hotfolderd.stages.template.alike import footage_glance, glance_of, layer_looks
from hotfolderd.stages.template.assets import font_folders, footage_files
from hotfolderd.stages.template.identify import assets_of
from hotfolderd.stages.template.match import MATCHES
from hotfolderd.stages.template.placeholder_picture import Shown, draw_placeholder
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.stages.template.similarity import similarity
from hotfolderd.work import Result, Workbench

PAIRS = "pairs.json"
_MOST_ON_SHEET = 600
_QUALITY = 86


@dataclass(slots=True)
class Drawn:
    """What was drawn, as paths in the job folder; as JSON it is `pairs.json`.

    `placeholders` by placeholder id, `layers` by layer path, `comparisons` by placeholder id and layer path (empty
    for a placeholder that nothing fills), `design` is the whole design.
    """

    placeholders: dict[str, str] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    comparisons: dict[str, dict[str, str]] = field(default_factory=dict)
    design: str | None = None


def run(bench: Workbench) -> Result:
    """A picture of each placeholder, of each pair and of its rivals, the contact sheet, and the figures."""
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    matching = bench.load(Matching, "match", MATCHES)
    (bench.out / "previews").mkdir()
    drawn = Drawn(design=FLAT_PAGE if design.flat else None)
    shown = _draw_placeholders(bench, template, matching, drawn)
    layers = _Layers(bench, design, drawn)
    for number, match in enumerate(matching.matches, start=1):
        _draw_pairs(bench, match, layers, shown[match.placeholder_id].image, f"{number:03d}_{_slug(match.placeholder)}")
    bench.save(drawn, PAIRS)
    write_png(contact_sheet(_cells(matching, layers)), bench.out / "previews" / "contact_sheet.png")
    seen = {key: one.looks for key, one in shown.items() if one.looks is not None}
    bench.save(similarity(design, matching, layer_looks(bench, design), seen), "previews/similarity.json")
    bench.save(matching_data(design, matching, drawn), "previews/matching_data.json")
    pictures = sum(len(one) for one in drawn.comparisons.values())
    return Result(message=f"{len(shown)} pairs, {pictures} comparisons drawn")


def files_drawn(bench: Workbench) -> dict[str, str]:
    """All that the pictures are drawn from: the layers, the template, the matches, and the job's footage and fonts."""
    found = assets_of(bench)
    for step in ("read-design", "read-template", "match"):
        found |= bench.files_of(step)
    return found


def read_drawn(bench: Workbench) -> Drawn:
    """What this step has drawn, for later steps."""
    return Drawn(**json.loads((bench.result_of("draw-review") / PAIRS).read_bytes()))


def matching_data(design: Design, matching: Matching, drawn: Drawn) -> dict[str, object]:
    """All that was prepared for the review, by the names that were ordered (S0-038). Every value that is a path exists.

    `comparisons` has the placeholder's id as key for the proposed pair, and `<id> <layer>` for a rival.
    """
    proposed = {one.placeholder_id: one.layer or "" for one in matching.matches}
    return {
        "psd_previews": {one.path: one.picture for one in design.layers if one.picture},
        "aepx_previews": drawn.placeholders,
        "comparisons": {
            key if layer == proposed[key] else f"{key} {layer}": path
            for key, pictures in drawn.comparisons.items()
            for layer, path in pictures.items()
        },
        "similarity_scores": "previews/similarity.json",
        "auto_matches": [asdict(one) for one in matching.matches],
        "statistics": statistics(matching),
    }


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


class _Layers:
    """The small pictures of layers. Each is opened once, and written for the page when it is first asked for."""

    def __init__(self, bench: Workbench, design: Design, drawn: Drawn) -> None:
        self.design = design
        self.drawn = drawn
        self._bench = bench
        self._kept = kept_in(bench.result_of("read-design"))
        self._known: dict[str, Image.Image] = {}
        self._shown: dict[str, Image.Image] = {}
        self._numbers = {one.path: number for number, one in enumerate(design.layers)}
        (bench.out / "previews" / "layers").mkdir()

    def of(self, path: str) -> Image.Image | None:
        """The picture for a comparison, at most `PAIR_PX` on its longer side, in RGB; None where the layer has none."""
        layer = self.design.layer(path)
        if layer is None or layer.picture is None:
            return None
        if path not in self._shown:
            small = self._kept.picture(glance_of(layer))
            assert small is not None, f"nothing was kept of {path}"
            self._known[path], self._shown[path] = small, on_checkerboard(small)
            name = f"previews/layers/{self._numbers[path]:03d}_{_slug(layer.name)}.jpg"
            self._shown[path].save(self._bench.out / name, quality=_QUALITY)
            self.drawn.layers[path] = name
        return self._shown[path]

    def thumbnail(self, layer: DesignLayer) -> Image.Image | None:
        """What is at hand of a layer: the picture that was opened, or else the thumbnail of the export."""
        if layer.path not in self._known and layer.thumbnail is not None:
            self._known[layer.path] = open_picture(self._bench.picture(layer.thumbnail))
        return self._known.get(layer.path)


def _draw_placeholders(bench: Workbench, template: Template, matching: Matching, drawn: Drawn) -> dict[str, Shown]:
    """The pictures of the placeholders by id, in RGB. `previews/ae/renderers.json` notes how each came about."""
    by_id = {one.id: one for one in template.placeholders}
    footage, fonts = footage_files(bench.job), font_folders(bench.job)
    folder = bench.out / "previews" / "ae"
    folder.mkdir()
    kept = functools.cache(functools.partial(footage_glance, bench))
    shown: dict[str, Shown] = {}
    for number, match in enumerate(matching.matches, start=1):
        one = draw_placeholder(by_id[match.placeholder_id], footage, fonts, kept)
        one = shown[match.placeholder_id] = replace(one, image=on_checkerboard(one.image))
        name = f"{number:03d}_{_slug(match.placeholder)}.jpg"
        one.image.save(folder / name, quality=_QUALITY)
        drawn.placeholders[match.placeholder_id] = f"previews/ae/{name}"
    renderers = {drawn.placeholders[key]: {"renderer": one.renderer, "file": one.file} for key, one in shown.items()}
    bench.save(renderers, "previews/ae/renderers.json")
    return shown


def _draw_pairs(bench: Workbench, match: Match, layers: _Layers, placeholder: Image.Image, name: str) -> None:
    """The proposed pair, and the placeholder with each of the rival candidates."""
    folder = bench.out / "previews" / "comparisons"
    folder.mkdir(exist_ok=True)
    rivals = {one.layer: one.confidence for one in match.candidates if one.layer != match.layer}
    wanted = [(match.layer, f"{name}.jpg", f"{match.confidence * 100:.0f} %  {match.why}")]
    wanted += [
        (path, f"{name}_or{number}.jpg", f"{score * 100:.0f} %  a rival, not proposed")
        for number, (path, score) in enumerate(rivals.items(), start=1)
    ]
    pictures = layers.drawn.comparisons.setdefault(match.placeholder_id, {})
    for path, file, words in wanted:
        left = (layers.of(path) if path is not None else None) or plain_card("nothing", (PAIR_PX, PAIR_PX // 4))
        label = path if path is not None else "(stays as it is)"
        comparison(left, placeholder, (label, match.placeholder), words, side=PAIR_PX).save(
            folder / file, quality=_QUALITY
        )
        pictures[path or ""] = f"previews/comparisons/{file}"


def _cells(matching: Matching, layers: _Layers) -> list[Cell]:
    """Every layer for the contact sheet, from the top of the design down, with what it fills."""
    fills: dict[str, list[str]] = {}
    for match in matching.matches:
        fills.setdefault(match.layer or "", []).append(match.placeholder)
    cells = []
    for layer in reversed([one for one in layers.design.layers if one.kind != "group"][-_MOST_ON_SHEET:]):
        used = fills.get(layer.path)
        words = f"✓ {', '.join(used)}" if used else f"not used ({layer.kind}{'' if layer.visible else ', hidden'})"
        cells.append(Cell(layers.thumbnail(layer), layer.path, words, used is not None))
    return cells or [Cell(None, "no layers", "", used=False)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "unnamed"
