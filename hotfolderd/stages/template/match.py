"""Matching the layers of the design to the placeholders of the template. Writes `matches.json`."""

from __future__ import annotations

from hotfolderd.matching import match, unknown_texts
from hotfolderd.model import Design, Issue, Template
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.work import Result, Workbench

MATCHES = "matches.json"


def run(bench: Workbench) -> Result:
    """The proposal for the review."""
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    texts = read_ordered(bench.job).texts
    matching = match(design, template, texts)
    bench.save(matching, MATCHES)
    matched = [one for one in matching.matches if one.layer is not None]
    issues = tuple(
        Issue(
            "placeholder_not_matched",
            "warning",
            f"The CSV sets a text for {name}, which the template does not have",
            f"Correct the column `text:{name}`, or set the text in review.yaml",
            placeholder=name,
        )
        for name in unknown_texts(template, texts)
    )
    return Result(issues=issues, message=f"{len(matched)} of {len(matching.matches)} placeholders matched")
