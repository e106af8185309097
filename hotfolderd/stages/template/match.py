"""Matching the layers of the design to the placeholders of the template, and what is wrong with the proposal.

Writes `matches.json`.
"""

from __future__ import annotations

from hotfolderd.matching import match, unknown_texts
from hotfolderd.model import Design, Issue, Template
from hotfolderd.stages.template.assets import has_font, has_footage
from hotfolderd.stages.template.checks import check_matches
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.stages.template.validate import limits_of
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
    found = check_matches(
        design,
        template,
        matching,
        fonts_available=has_font(bench.job),
        footage_available=has_footage(bench.job, template),
        limits=limits_of(bench),
    )
    return Result(issues=(*issues, *found), message=f"{len(matched)} of {len(matching.matches)} placeholders matched")
