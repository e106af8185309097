"""Checking the output before anybody is asked to approve it. Its verdict is `valid` or `invalid`.

Reads what the stage has made, and the final project anew; writes `output_validation.json` and, for those who get the
delivery, `output/plainly_report.json`, `output/plainly_report.html` and `output/report.txt`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.media import plainly
from hotfolderd.media.fonts import find_font
from hotfolderd.media.foreign_paths import below
from hotfolderd.media.project import Inventory, read_inventory
from hotfolderd.media.project_file import read_tree
from hotfolderd.media.validator import run_validator
from hotfolderd.model import Issue, Template
from hotfolderd.review.pages import render
from hotfolderd.stages.template.assets import font_folders
from hotfolderd.stages.template.built import read_build, read_rendering
from hotfolderd.stages.template.delivery import FOOTAGE
from hotfolderd.stages.template.expression_checks import check_expressions
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.output_checks import (
    check_contents,
    check_files,
    check_preview,
    digests_made,
    made_by,
    of_the_output,
)
from hotfolderd.stages.template.read import TEMPLATE as TEMPLATE_FILE
from hotfolderd.stages.template.report import report_text
from hotfolderd.work import Result, Workbench, read_done

OUTPUT_VALIDATION = "output_validation.json"
FONT_LIST = "fonts.json"
MOST_OF_A_KIND = 50
_COSTS = {"critical": 20, "warning": 5, "info": 1}
_GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
_READY_WARNINGS = 2
_RELINK = "Relink it in After Effects (File > Replace Footage), or match its placeholder to a layer"


def run(bench: Workbench) -> Result:
    """Everything that is there, everything that is missing or against the rules, and a grade."""
    settings = bench.facts["output"]
    build = read_build(bench)
    steps = made_by(build, read_rendering(bench))
    files = digests_made(bench, steps)
    issues = list(check_files(bench, build, files, steps))
    if all(f"output/{name}" in files for name in build["files"]):
        try:
            issues += _of_the_project(bench, build, settings)
        except JobError as error:
            issues.append(
                of_the_output("critical", "output_broken", f"The final project cannot be read again: {error}")
            )
    issues = _graded_by_the_house(_not_too_many(issues), settings["severity"])
    earlier = [issue for step in steps if (done := read_done(bench.job, step)) for issue in done.result.issues]
    validation = {
        **grade([*issues, *earlier], settings["signoff_when"]),
        "project": f"output/{build['files'][0]}",
        "files": files,
        "issues": by_category([*issues, *earlier]),
    }
    fonts = _fonts(bench)
    bench.save(fonts, FONT_LIST)
    _write(bench, build, validation, [*issues, *earlier], fonts)
    verdict = "valid" if validation["ready"] else "invalid"
    shown = {"valid": validation["is_valid"]}
    shown |= {key: validation[key] for key in ("plainly_ready", "grade", "score")}
    text = f"{validation['grade']} ({validation['score']})"
    return Result(verdict=verdict, issues=tuple(issues), message=text, facts={"output_validation": shown})


def _of_the_project(bench: Workbench, build: dict[str, Any], settings: dict[str, Any]) -> list[Issue]:
    """What the final project itself says, read anew. Raises JobError if it cannot be read."""
    project = bench.job / "output" / build["files"][0]
    filled = frozenset(one["placeholder_id"] for one in build["done"])
    final, inventory = read_inventory(project, filled)
    at_hand = plainly.AtHand(_font_file(bench.job), _comes_along(bench.job, build), _absent(build, inventory))
    issues = [
        *check_contents(bench, build, final),
        *check_preview(bench, final.comp(final.main_comp), bench.facts["preview"]["max_s"]),
        *plainly.check(inventory, filled, at_hand),
    ]
    issues += check_expressions(read_tree(project)[1])
    if build["not_relinked"] and build["by"] == "hotfolderd":  # After Effects' project names it in the delivery
        text = f"In the delivery, but the project names it at its old place: {', '.join(build['not_relinked'])}"
        issues.append(of_the_output("warning", "footage_not_relinked", text, _RELINK))
    if settings["validator"]:
        issues += run_validator(settings["validator"], project, settings["validator_s"])
    return issues


def _font_file(job: Path) -> Callable[[str], str | None]:
    """The file name of a font, None where only a substitute is at hand."""
    folders = font_folders(job)

    def file(name: str) -> str | None:
        found = find_font(name, folders)
        return found.path.name if found is not None and found.exact else None

    return file


def _comes_along(job: Path, build: dict[str, Any]) -> Callable[[str], bool]:
    """Whether footage is in the delivery, at the path that the project names."""
    folder = job / "output" / FOOTAGE
    delivered = {below(build["seen_as"], FOOTAGE, path.name) for path in folder.iterdir()}
    return lambda path: path in delivered


def _absent(build: dict[str, Any], inventory: Inventory) -> list[str]:
    shown = {file.path for file in inventory.files}
    return [path for path in build["absent_footage"] if path not in shown]


def _not_too_many(issues: Iterable[Issue]) -> list[Issue]:
    """At most `MOST_OF_A_KIND` of a type and severity, and one that says how many more there are."""
    kinds: dict[tuple[str, str], list[Issue]] = defaultdict(list)
    for issue in issues:
        kinds[issue.type, issue.severity].append(issue)
    kept: list[Issue] = []
    for same in kinds.values():
        kept += same[:MOST_OF_A_KIND]
        if len(same) > MOST_OF_A_KIND:
            text = f"There are {len(same) - MOST_OF_A_KIND} more issues of this kind"
            kept.append(replace(same[-1], message=text, placeholder=None))
    return kept


def _graded_by_the_house(issues: Iterable[Issue], severities: dict[str, Any]) -> list[Issue]:
    return [replace(one, severity=severities.get(_category(one), one.severity)) for one in issues]


def grade(issues: Iterable[Issue], signoff_when: str = "critical") -> dict[str, Any]:
    """Counts, a score from 0 to 100, a grade from A to F, and whether it is valid.

    `ready`: it may be delivered without a sign-off, which is needed for a critical issue, or with `not_ready` also for
    more than two warnings; there the rules on prefixes do not count.
    """
    issues = list(issues)
    counts = {name: sum(issue.severity == name for issue in issues) for name in _COSTS}
    score = max(0, 100 - sum(_COSTS[name] * count for name, count in counts.items()))
    letter = next((letter for least, letter in _GRADES if score >= least), "F")
    valid = counts["critical"] == 0
    weighty = sum(issue.severity == "warning" and _category(issue) not in plainly.PREFIX_RULES for issue in issues)
    return {
        "ready": valid and (signoff_when == "critical" or weighty <= _READY_WARNINGS),
        "critical": counts["critical"],
        "warnings": counts["warning"],
        "info": counts["info"],
        "score": score,
        "grade": letter,
        "is_valid": valid,
        "plainly_ready": valid and counts["warning"] <= _READY_WARNINGS,
    }


def by_category(issues: Iterable[Issue]) -> dict[str, list[dict[str, Any]]]:
    """The issues as they lie in the file, the gravest first within each category."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for issue in sorted(issues, key=lambda issue: list(_COSTS).index(issue.severity)):
        known = {"category", "layer_name", "composition_name"}
        found[_category(issue)].append(
            {
                "severity": issue.severity,
                "category": _category(issue),
                "type": issue.type,
                "message": issue.message,
                "details": {key: value for key, value in issue.details.items() if key not in known},
                "fix_suggestion": issue.fix,
                "layer_name": issue.details.get("layer_name") or issue.placeholder or "",
                "composition_name": issue.details.get("composition_name") or "",
            }
        )
    return dict(found)


def _category(issue: Issue) -> str:
    return str(issue.details.get("category", "output"))


def _fonts(bench: Workbench) -> list[dict[str, str | None]]:
    """Every font that the project's texts are set in, and the file of it that is at hand here."""
    template = bench.load(Template, "read-template", TEMPLATE_FILE)
    file = _font_file(bench.job)
    return [{"font": name, "file": file(name)} for name in template.fonts]


def _write(
    bench: Workbench,
    build: dict[str, Any],
    validation: dict[str, Any],
    issues: list[Issue],
    fonts: list[dict[str, str | None]],
) -> None:
    ordered = read_ordered(bench.job)
    text = json.dumps(validation, indent=1)
    (bench.out / OUTPUT_VALIDATION).write_text(text, encoding="utf-8")
    output = bench.out / "output"
    output.mkdir()
    (output / "plainly_report.json").write_text(text, encoding="utf-8")
    page = render("plainly_report.html", bench.job, ordered=ordered, validation=validation)
    (output / "plainly_report.html").write_text(page, encoding="utf-8")
    rendering = bench.facts["rendering"]
    drawn = rendering is None or rendering["preview"] == "headless"
    (output / "report.txt").write_text(report_text(ordered, build, issues, fonts, drawn=drawn), encoding="utf-8")
