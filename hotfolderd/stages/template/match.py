"""Matching the layers of the design to the placeholders of the template, and what is wrong with the proposal.

What was approved before with this template comes first; the rest is matched. Writes `matches.json`, and
`structure.json` with what is remembered of the design. What memory holds is read at this moment and is no part of the
step's fingerprint, only the place where it lies is: a job stays as it was shown, whatever is learned later.
"""

from __future__ import annotations

from dataclasses import replace

from hotfolderd.matching.matcher import match, unknown_texts
from hotfolderd.matching.memory import Structure, recall, structure_of
from hotfolderd.model import Design, Issue, Matching, Template
from hotfolderd.stages.template.alike import pictures_alike
from hotfolderd.stages.template.assets import has_font, has_footage, missing_letters, text_overflow
from hotfolderd.stages.template.checks import check_matches
from hotfolderd.stages.template.line import THE_TEMPLATE
from hotfolderd.stages.template.memory import STRUCTURE, memory_of
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
    structure = structure_of(design, (bench.job / THE_TEMPLATE).read_text("utf-8").partition("  ")[0])
    matching = _proposed(bench, design, template, texts, structure)
    bench.save(matching, MATCHES)
    bench.save(structure, STRUCTURE)
    matched = [one for one in matching.matches if one.layer is not None]
    remembered = sum(one.remembered for one in matching.matches)
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
        overflow=text_overflow(bench.job),
        lacking=missing_letters(bench.job),
    )
    message = f"{len(matched)} of {len(matching.matches)} placeholders matched, {remembered} as approved before"
    return Result(issues=(*issues, *(_less_grave(one, matching) for one in found)), message=message)


def _proposed(bench: Workbench, design: Design, template: Template, texts: dict[str, str], now: Structure) -> Matching:
    """What was approved before, and the best matches of the layers and placeholders that are left."""
    known = recall(memory_of(bench.here(bench.facts["learned"]), now.template), now, design, template, texts)
    used, answered = {one.layer for one in known}, {one.placeholder_id: one for one in known}
    layers = replace(design, layers=tuple(layer for layer in design.layers if layer.path not in used))
    open_ones = tuple(one for one in template.placeholders if one.id not in answered)
    placeholders = replace(template, placeholders=open_ones)
    rest = match(layers, placeholders, texts, pictures_alike(bench, layers, placeholders))
    answered |= {one.placeholder_id: one for one in rest.matches}
    matches = (answered[one.id] for one in template.placeholders if one.id in answered)
    return Matching(tuple(matches), rest.unused_layers)


def _less_grave(issue: Issue, matching: Matching) -> Issue:
    """A placeholder without a layer is nothing to look at where people have left it so before."""
    left = {(one.placeholder, one.comp) for one in matching.matches if one.remembered and one.layer is None}
    known = issue.type == "placeholder_not_matched" and (issue.placeholder, issue.details.get("comp")) in left
    return replace(issue, severity="info") if known else issue
