"""Validating the approved matches. Writes `validation.json`; its verdict is `critical` or `clear`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from hotfolderd.model import Design, Template
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.assets import has_font, has_footage, missing_letters, text_overflow
from hotfolderd.stages.template.checks import CheckLimits, check_matches
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.stages.template.shapes import document_advice
from hotfolderd.work import Result, Workbench

VALIDATION = "validation.json"


def run(bench: Workbench) -> Result:
    """All issues of the matches; those that are critical send the job to a person."""
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    issues = check_matches(
        design,
        template,
        demand_approved(bench.job),
        fonts_available=has_font(bench.job),
        footage_available=has_footage(bench.job, template),
        overflow=text_overflow(bench.job),
        lacking=missing_letters(bench.job),
        limits=limits_of(bench),
    )
    by_severity = {name: [asdict(i) for i in issues if i.severity == name] for name in ("critical", "warning", "info")}
    report = {
        "valid": not by_severity["critical"],
        "critical_issues": by_severity["critical"],
        "warnings": by_severity["warning"],
        "info": by_severity["info"],
        "document": document_advice(design, template.comp(template.main_comp)),
        "job_id": read_ordered(bench.job).job,
        "validated_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    bench.save(report, VALIDATION)
    counts = ", ".join(f"{len(found)} {name}" for name, found in by_severity.items())
    return Result(
        verdict="clear" if report["valid"] else "critical", issues=tuple(issues), message=counts, supersedes=("match",)
    )


def limits_of(bench: Workbench) -> CheckLimits:
    """The limits that the configuration sets."""
    given = bench.facts["validation"]
    return CheckLimits(
        aspect_percent=100 * given["aspect_tolerance"],
        upscale_warning_percent=100 * given["upscale_warning"],
        upscale_critical_percent=100 * given["upscale_critical"],
        downscale_info_percent=100 * given["downscale_info"],
        confidence_low=given["low_confidence"],
        text_warning=given["text_warning"],
        text_critical=given["text_critical"],
        overflow_warning_percent=100 * given["text_overflow_warning"],
        overflow_critical_percent=100 * given["text_overflow_critical"],
        font_size_warning_px=given["font_size_warning_px"],
        font_size_info_px=given["font_size_info_px"],
        reference=given["reference"],
        block_on=frozenset(given["block_on"]),
    )
