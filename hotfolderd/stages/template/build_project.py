"""The final project, written without After Effects: texts set, footage replaced, proved after writing.

Reads the approved matches, the template and the exported layers; writes `output/<name>.aep` (and `.aepx`),
`output/footage/`, `output/template/` and `build.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hotfolderd.disk import copy_file
from hotfolderd.errors import JobError
from hotfolderd.media.png import write_png
from hotfolderd.media.project import Fill, PictureFill, Rename, populate
from hotfolderd.model import Design, Footage, Issue, Match, Placeholder, Template
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.assets import footage_files
from hotfolderd.stages.template.delivery import (
    BUILD,
    FOOTAGE,
    TEMPLATE,
    delivery_folder,
    picture_name,
    project_stem,
)
from hotfolderd.stages.template.fill_pictures import picture_for
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN
from hotfolderd.stages.template.read import TEMPLATE as TEMPLATE_FILE
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The populated project and everything that it needs, below `output/`."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE_FILE)
    delivery = delivery_folder(
        Path(bench.facts["deployed"]),
        ordered,
        bench.facts["delivery"]["folder"],
        lambda folder: bench.here(str(folder)).exists(),
    )
    output = bench.out / "output"
    (output / FOOTAGE).mkdir(parents=True)
    (output / TEMPLATE).mkdir()
    fills, pictures = _fills(bench, design, template, output / FOOTAGE, delivery)
    project = output / project_stem(ordered)
    populated = populate(bench.job / ordered.template, fills, project, tidy_names=bench.facts["auto_fix"])
    copy_file(bench.job / ordered.template, output / TEMPLATE / Path(ordered.template).name)
    kept = still_used(bench, template)
    for path in kept.values():
        copy_file(path, output / FOOTAGE / path.name)
    report: dict[str, Any] = {
        "delivery": str(delivery),
        "files": [Path(path).name for path in populated.written],
        "done": [asdict(one) for one in populated.done],
        "skipped": [asdict(one) for one in populated.skipped],
        "renamed": [asdict(one) for one in populated.renamed],
        "notes": list(populated.notes),
        "verified": list(populated.verified),
        "pictures": pictures,
        "kept_footage": sorted(path.name for path in kept.values()),
        "absent_footage": _absent(bench, template),
    }
    (bench.out / BUILD).write_text(json.dumps(report, indent=1), encoding="utf-8")
    issues = [
        Issue("fill_skipped", "critical", f"{one.placeholder} was not filled: {one.why}", "Return it to the review")
        for one in populated.skipped
    ]
    issues += [_renamed(one) for one in populated.renamed]
    text = "The project was written without After Effects and has not been opened in it"
    issues.append(Issue("final_project_headless", "info", text, "Open it once before it goes on air"))
    return Result(issues=tuple(issues), message=f"{len(populated.done)} placeholders filled")


def _renamed(one: Rename) -> Issue:
    what = f"Comp '{one.was}'" if one.layer_id is None else f"Layer '{one.was}' of '{one.comp}'"
    details = {"category": one.why, "layer_name": one.now if one.layer_id is not None else "", "was": one.was}
    return Issue("auto_fixed", "info", f"{what} is called '{one.now}' now", details=details)


def _fills(
    bench: Workbench, design: Design, template: Template, folder: Path, delivery: Path
) -> tuple[list[Fill], dict[str, str]]:
    """What is ordered of the project; the pictures are written. Also each picture's file name by placeholder id."""
    by_id = {one.id: one for one in template.placeholders}
    taken = set(still_used(bench, template))
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
            delivered = str(delivery / FOOTAGE / name)
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


def still_used(bench: Workbench, template: Template) -> dict[str, Path]:
    """The job's own footage that the template shows after the pictures were replaced, by file name in lower case."""
    names = {one.file_name.casefold() for one in _shown_still(bench, template)}
    return {name: path for name, path in footage_files(bench.job).items() if name in names}


def _absent(bench: Workbench, template: Template) -> list[str]:
    """The paths of footage that the template still shows and the job does not hold."""
    files = footage_files(bench.job)
    shown = [one for one in _shown_still(bench, template) if one.path and one.file_name.casefold() not in files]
    return sorted({str(one.path) for one in shown})


def _shown_still(bench: Workbench, template: Template) -> list[Footage]:
    by_id = {one.id: one for one in template.placeholders}
    matches = demand_approved(bench.job).matches
    filled = [by_id[one.placeholder_id] for one in matches if one.layer is not None and one.placeholder_id in by_id]
    replaced = Counter(one.source.item_id for one in filled if one.source)
    return [one for one in template.footage if one.users > replaced[one.item_id]]
