"""The final project, written without After Effects: texts set, footage replaced, proved after writing.

Reads the approved matches, the template and the exported layers; writes `output/<name>.aep` (and `.aepx`),
`output/footage/`, `output/template/` and `build.json`. Where After Effects makes the final project, this one is kept in
`headless/`, where nobody looks for it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from hotfolderd.disk import copy_file
from hotfolderd.errors import JobError
from hotfolderd.media.foreign_paths import below, mapped
from hotfolderd.media.png import write_png
from hotfolderd.media.project import Fill, PictureFill, Relink, Rename, Skipped, populate, relink_template
from hotfolderd.model import Design, Issue, Match, Placeholder, Template
from hotfolderd.stages.delivery import delivery_folder
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.built import BY_AFTERFX
from hotfolderd.stages.template.delivery import (
    BUILD,
    FOOTAGE,
    TEMPLATE,
    named,
    picture_name,
    project_stem,
)
from hotfolderd.stages.template.fill_pictures import picture_for
from hotfolderd.stages.template.kept_footage import kept_footage
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN
from hotfolderd.stages.template.read import TEMPLATE as TEMPLATE_FILE
from hotfolderd.work import Result, Workbench

HEADLESS = "headless"


def run(bench: Workbench) -> Result:
    """The populated project and everything that it needs, below `output/`."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE_FILE)
    matches = demand_approved(bench.job).matches
    delivery = delivery_folder(
        Path(bench.facts["deployed"]),
        named(ordered),
        bench.facts["delivery"]["folder"],
        lambda folder: bench.here(str(folder)).exists(),
    )
    seen_as = mapped(str(delivery), bench.facts["path_map"])
    output = bench.out / "output"
    (output / FOOTAGE).mkdir(parents=True)
    (output / TEMPLATE).mkdir()
    still = kept_footage(bench.job, template, matches)
    relinks = [Relink(one.item_id, below(seen_as, FOOTAGE, one.name)) for one in still.kept]
    fills, pictures = _fills(bench, design, template, output / FOOTAGE, seen_as, still.taken())
    by_afterfx = bench.facts["project_by"] == BY_AFTERFX
    populated = populate(
        bench.job / ordered.template,
        fills,
        (bench.out / HEADLESS if by_afterfx else output) / project_stem(ordered),
        relinks=relinks,
        tidy_names=bench.facts["auto_fix"],
    )
    relink_template(bench.job / ordered.template, relinks, output / TEMPLATE / Path(ordered.template).name)
    for name, path in still.files().items():
        copy_file(path, output / FOOTAGE / name)
    done = {one.item_id for one in populated.relinked}
    report: dict[str, Any] = {
        "by": BY_AFTERFX if by_afterfx else "hotfolderd",
        "delivery": str(delivery),
        "seen_as": seen_as,
        "files": [Path(path).name for path in populated.written],
        "done": [asdict(one) for one in populated.done],
        "skipped": [asdict(one) for one in populated.skipped],
        "renamed": [asdict(one) for one in populated.renamed],
        "notes": list(populated.notes),
        "verified": list(populated.verified),
        "changes": list(populated.changes),
        "pictures": pictures,
        "picture_sizes": {one.placeholder_id: _size(one) for one in fills if one.picture},
        "item_names": dict(populated.item_names),
        "kept_footage": sorted(still.files()),
        "not_relinked": sorted({one.name for one in still.kept if one.item_id not in done}),
        "absent_footage": list(still.absent),
    }
    bench.save(report, BUILD)
    issues = [_skipped(one) for one in populated.skipped]
    issues += [_renamed(one) for one in populated.renamed]
    if not by_afterfx:
        text = "The project was written without After Effects and has not been opened in it"
        issues.append(Issue("final_project_headless", "info", text, "Open it once before it goes on air"))
    return Result(issues=tuple(issues), message=f"{len(populated.done)} placeholders filled")


def _skipped(one: Skipped) -> Issue:
    text = f"{one.placeholder} was not filled: {one.why}"
    return Issue("fill_skipped", "critical", text, "Return it to the review")


def _renamed(one: Rename) -> Issue:
    what = f"Comp '{one.was}'" if one.layer_id is None else f"Layer '{one.was}' of '{one.comp}'"
    details = {"category": one.why, "layer_name": one.now if one.layer_id is not None else "", "was": one.was}
    return Issue("auto_fixed", "info", f"{what} is called '{one.now}' now", details=details)


def _size(fill: Fill) -> tuple[int, int]:
    assert fill.picture is not None
    return fill.picture.width, fill.picture.height


def _fills(
    bench: Workbench, design: Design, template: Template, folder: Path, seen_as: str, taken: set[str]
) -> tuple[list[Fill], dict[str, str]]:
    """What is ordered of the project; the pictures are written. Also each picture's file name by placeholder id."""
    by_id = {one.id: one for one in template.placeholders}
    fills: list[Fill] = []
    pictures: dict[str, str] = {}
    for match in demand_approved(bench.job).matches:
        placeholder = by_id.get(match.placeholder_id)
        if placeholder is None:
            raise JobError(f"{match.placeholder}: is not in the template any more. Return the job to the review.")
        if placeholder.kind == "text":
            if match.value is not None:
                fills.append(Fill(placeholder.id, "text", text=match.value))
        elif match.layer is not None:
            name = picture_name(match, taken)
            size = _draw(bench, design, match, placeholder, folder / name)
            delivered = below(seen_as, FOOTAGE, name)
            fills.append(Fill(placeholder.id, "image", picture=PictureFill(folder / name, delivered, *size)))
            pictures[placeholder.id] = name
    return fills, pictures


def _draw(bench: Workbench, design: Design, match: Match, placeholder: Placeholder, out: Path) -> tuple[int, int]:
    layer = design.layer(match.layer or "")
    if layer is None or layer.picture is None:
        raise JobError(f"{match.layer}: has no picture for {match.placeholder}. Choose another layer in the review.")
    image = picture_for(bench, design, layer, placeholder, match.fit)
    write_png(image, out)
    return image.size
