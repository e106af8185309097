"""Checking the output before anybody is asked to approve it. Its verdict is `valid` or `invalid`.

Reads what the stage has made; writes `output_validation.json`, and `output/report.txt` for those who get the delivery.
"""

from __future__ import annotations

import json
from typing import Any

from hotfolderd.model import Issue
from hotfolderd.stages.template.delivery import BUILD, FOOTAGE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import Result, Workbench, read_done

OUTPUT_VALIDATION = "output_validation.json"
_COSTS = {"critical": 20, "warning": 5, "info": 1}
_GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
_RELINK = "Relink it in After Effects (File > Replace Footage), or match its placeholder to a layer"
_STEPS = ("build-project", "write-script", "draw-preview")


def run(bench: Workbench) -> Result:
    """Everything that is there, everything that is missing, and a grade."""
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    issues = _missing(bench, build)
    found = [issue for step in _STEPS if (done := read_done(bench.job, step)) for issue in done.result.issues]
    validation = grade([*issues, *found])
    (bench.out / OUTPUT_VALIDATION).write_text(json.dumps(validation, indent=1), encoding="utf-8")
    (bench.out / "output").mkdir()
    (bench.out / "output" / "report.txt").write_text(_report(bench, build, [*issues, *found]), encoding="utf-8")
    verdict = "valid" if validation["ready"] else "invalid"
    return Result(verdict=verdict, issues=tuple(issues), message=f"{validation['grade']} ({validation['score']})")


def grade(issues: list[Issue]) -> dict[str, Any]:
    """Counts, a score from 0 to 100 and a grade from A to F."""
    counts = {name: sum(issue.severity == name for issue in issues) for name in _COSTS}
    score = max(0, 100 - sum(_COSTS[name] * count for name, count in counts.items()))
    letter = next((letter for least, letter in _GRADES if score >= least), "F")
    return {
        "ready": counts["critical"] == 0,
        "critical": counts["critical"],
        "warnings": counts["warning"],
        "info": counts["info"],
        "score": score,
        "grade": letter,
    }


def _missing(bench: Workbench, build: dict[str, Any]) -> list[Issue]:
    output = bench.job / "output"
    wanted = [*build["files"], "populate.jsx", *(f"{FOOTAGE}/{name}" for name in build["pictures"].values())]
    wanted_previews = ["side_by_side.mp4", "thumbnail.jpg", "metrics.json"]
    places = [output / name for name in wanted] + [bench.job / "previews" / name for name in wanted_previews]
    kept, absent = build["kept_footage"], build["absent_footage"]
    footage = [
        Issue("missing_asset", "warning", f"Not in the delivery, and the project shows it: {path}", _RELINK)
        for path in absent
    ]
    if kept:
        text = f"In the delivery, but the project names it at its old place: {', '.join(kept)}"
        footage.append(Issue("footage_not_relinked", "info", text, _RELINK))
    return footage + [
        Issue("output_missing", "critical", f"{place.relative_to(bench.job)} is missing or empty", "Regenerate the job")
        for place in places
        if not place.is_file() or not place.stat().st_size
    ]


def _report(bench: Workbench, build: dict[str, Any], issues: list[Issue]) -> str:
    ordered = read_ordered(bench.job)
    lines = [
        f"{ordered.job}: {ordered.client or 'no client'}, {ordered.project or 'no project'} (batch {ordered.batch})",
        "",
        "What was set",
        *(f"  {one['placeholder']}: {one['now']}" for one in build["done"]),
        *(f"  {one['placeholder']}: NOT SET, {one['why']}" for one in build["skipped"]),
        "",
        "What was proved",
        *(f"  {text}" for text in build["verified"]),
        "",
        "What was not proved",
        *(f"  {text}" for text in build["notes"]),
        "  previews/side_by_side.mp4 is an approximate preview, not rendered by After Effects.",
        "  populate.jsx has not been run in After Effects here.",
        "",
        "Issues",
        *(f"  {issue.severity}: {issue.message}" for issue in issues),
    ]
    return "\n".join(lines) + "\n"
