"""Preparing the question about critical issues: `override.yaml` and `override.html`."""

from __future__ import annotations

import json

from hotfolderd.model import Design, Issue, Template
from hotfolderd.review.pages import render
from hotfolderd.review.writing import override_text
from hotfolderd.stages.asking import earlier_decisions, question
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.draw_review import read_drawn
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.stages.template.shown_pairs import shown_pairs
from hotfolderd.stages.template.validate import VALIDATION
from hotfolderd.work import Result, Workbench

_CHOICES = (
    {"value": "return", "label": "Return", "hint": "back to the review, to choose other layers or texts"},
    {"value": "override", "label": "Override", "hint": "go on in spite of the issues; needs a reason"},
    {"value": "hold", "label": "Hold", "hint": "put the job aside until somebody resumes it"},
)
_BY_HAND = """\
decision: return   # return | override | hold
reason: ""         # override: at least 10 characters
by: your name"""


def run(bench: Workbench) -> Result:
    """The sidecar and the page, the gravest issue first."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    found = json.loads((bench.result_of("validate") / VALIDATION).read_bytes())
    issues = [Issue(**row) for kind in ("critical_issues", "warnings", "info") for row in found[kind]]
    revision = bench.facts["round"]["revision"]
    (bench.out / "override.yaml").write_text(override_text(ordered.job, revision, issues), encoding="utf-8")
    critical = [issue for issue in issues if issue.severity == "critical"]
    pairs = shown_pairs(demand_approved(bench.job), design, template, read_drawn(bench), critical)
    page = render(
        "override.html",
        bench.job,
        ordered=ordered,
        revision=revision,
        sidecar="override.yaml",
        critical=len(critical),
        issues=issues,
        decisions=earlier_decisions(bench),
        pairs=[one for one in pairs if one.issues],
        choices=_CHOICES,
        with_batch=False,
        reason_for="override",
        return_for="",
        by_hand=_BY_HAND,
        question=question("override", ordered.job, revision),
    )
    (bench.out / "override.html").write_text(page, encoding="utf-8")
    return Result(message=f"{len(critical)} critical issues")
