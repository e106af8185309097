"""Preparing the question about critical issues of an episode: `override.yaml` and `override.html`."""

from __future__ import annotations

import json

from hotfolderd.model import Issue
from hotfolderd.review.pages import render
from hotfolderd.review.writing import override_text
from hotfolderd.stages.asking import earlier_decisions, question
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.stages.episode.validate import VALIDATION
from hotfolderd.work import Result, Workbench

_CHOICES = (
    {"value": "return", "label": "Return", "hint": "back to the review, to make segments anew or change the order"},
    {"value": "override", "label": "Override", "hint": "make the film in spite of the issues; needs a reason"},
    {"value": "hold", "label": "Hold", "hint": "put the episode aside until somebody resumes it"},
)
_BY_HAND = """\
decision: return   # return | override | hold
reason: ""         # override: at least 10 characters
by: your name"""


def run(bench: Workbench) -> Result:
    """The sidecar and the page, the gravest issue first."""
    order = read_order(bench.job)
    issues = [Issue(**row) for row in json.loads((bench.result_of("validate") / VALIDATION).read_bytes())]
    revision = bench.facts["round"]["revision"]
    (bench.out / "override.yaml").write_text(override_text(order.job, revision, issues), encoding="utf-8")
    critical = sum(issue.severity == "critical" for issue in issues)
    page = render(
        "override.html",
        bench.job,
        ordered=order,
        revision=revision,
        sidecar="override.yaml",
        critical=critical,
        issues=issues,
        decisions=earlier_decisions(bench),
        pairs=[],
        choices=_CHOICES,
        with_batch=False,
        reason_for="override",
        return_for="",
        by_hand=_BY_HAND,
        question=question("override", order.job, revision),
    )
    (bench.out / "override.html").write_text(page, encoding="utf-8")
    return Result(message=f"{critical} critical issues")
