"""Preparing the question of the review: `review.yaml` and `review.html`.

Reads the matching (as approved before, where there is one) and the pictures; writes the two files.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from PIL import Image

from hotfolderd.media.pictures import open_picture
from hotfolderd.model import Design, Issue, Match, Matching
from hotfolderd.records import Record
from hotfolderd.review.pages import render
from hotfolderd.review.writing import review_text
from hotfolderd.stages.template.decide import shown_matching
from hotfolderd.stages.template.draw_review import PAIRS, draw_pair, statistics
from hotfolderd.stages.template.match import MATCHES
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN
from hotfolderd.work import Result, Workbench

_GRAVITY = {"critical": 0, "warning": 1, "info": 2}


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    matching = shown_matching(bench.job)
    revision = bench.facts["round"]["revision"]
    text = review_text(ordered.job, revision, matching.matches, matching.unused_layers)
    (bench.out / "review.yaml").write_text(text, encoding="utf-8")
    page = render(
        "review.html",
        bench.job,
        also_in=(bench.out,),
        ordered=ordered,
        revision=revision,
        sidecar="review.yaml",
        statistics=statistics(matching),
        pairs=pairs_for_page(bench, matching, design),
        unused=[layer for path in matching.unused_layers if (layer := design.layer(path)) and layer.kind != "group"],
        issues=open_issues(bench),
        decisions=earlier_decisions(bench),
        flat=design.flat,
    )
    (bench.out / "review.html").write_text(page, encoding="utf-8")
    return Result(message=f"round {revision}")


def pairs_for_page(bench: Workbench, matching: Matching, design: Design) -> list[dict[str, Any]]:
    """Each match with its picture; drawn anew where a person has chosen another layer than the proposal."""
    pictures = json.loads((bench.result_of("draw-review") / PAIRS).read_bytes())
    proposal = bench.load(Matching, "match", MATCHES)
    proposed = {one.placeholder_id: one.layer for one in proposal.matches}
    found = []
    for match in matching.matches:
        picture = pictures[match.placeholder_id]
        shown = picture["comparison"]
        if match.layer != proposed.get(match.placeholder_id):
            shown = _redraw(bench, match, design, picture["placeholder"], shown)
        found.append({"match": match, "comparison": shown})
    return found


def _redraw(bench: Workbench, match: Match, design: Design, placeholder: str, name: str) -> str:
    out = name.replace("previews/comparisons/", "previews/comparisons/approved_")
    layer = design.layer(match.layer) if match.layer is not None else None
    picture: Image.Image | None = None
    if layer is not None and layer.picture is not None:
        picture = open_picture(bench.picture(layer.picture), max_pixels=2_000_000_000)
    (bench.out / out).parent.mkdir(parents=True, exist_ok=True)
    draw_pair(match, picture, open_picture(bench.picture(placeholder))).save(bench.out / out, quality=88)
    return out


def open_issues(bench: Workbench, *, resolved: bool = False) -> list[Issue]:
    """The warnings of the record that nobody has resolved, the gravest first; or those that somebody has."""
    fields = {field.name for field in dataclasses.fields(Issue)}
    with Record(bench.job) as record:
        rows = [row for row in record.warnings() if row["resolved"] is resolved]
    issues = [Issue(**{key: value for key, value in row.items() if key in fields}) for row in rows]
    return sorted(issues, key=lambda issue: _GRAVITY[issue.severity])


def earlier_decisions(bench: Workbench) -> list[dict[str, Any]]:
    """What was decided of this job before, oldest first."""
    with Record(bench.job) as record:
        return record.decisions()
