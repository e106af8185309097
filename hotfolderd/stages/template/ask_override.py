"""Preparing the question about critical issues: `override.yaml` and `override.html`."""

from __future__ import annotations

import json

from hotfolderd.model import Design, Issue
from hotfolderd.review.pages import render
from hotfolderd.review.writing import override_text
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.ask_review import earlier_decisions, pairs_for_page
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN
from hotfolderd.stages.template.validate import VALIDATION
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The sidecar and the page, the gravest issue first."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    found = json.loads((bench.result_of("validate") / VALIDATION).read_bytes())
    issues = [Issue(**row) for kind in ("critical_issues", "warnings", "info") for row in found[kind]]
    revision = bench.facts["round"]["revision"]
    (bench.out / "override.yaml").write_text(override_text(ordered.job, revision, issues), encoding="utf-8")
    critical = [issue for issue in issues if issue.severity == "critical"]
    concerned = {issue.placeholder for issue in critical}
    pairs = pairs_for_page(bench, demand_approved(bench.job), design)
    page = render(
        "override.html",
        bench.job,
        also_in=(bench.out,),
        ordered=ordered,
        revision=revision,
        sidecar="override.yaml",
        critical=len(critical),
        issues=issues,
        decisions=earlier_decisions(bench),
        pairs=[pair for pair in pairs if pair["match"].placeholder in concerned],
    )
    (bench.out / "override.html").write_text(page, encoding="utf-8")
    return Result(message=f"{len(critical)} critical issues")
