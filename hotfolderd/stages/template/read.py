"""Reading the design and the template: layers exported, placeholders found.

Reads `assets/`; writes `design.json` with `previews/psd/`, and `template.json`.
"""

from __future__ import annotations

import dataclasses

from hotfolderd.media.project import read_template
from hotfolderd.media.psd import read_design
from hotfolderd.model import Issue
from hotfolderd.stages.template.line import THE_DESIGN, THE_TEMPLATE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import Result, Workbench

DESIGN = "design.json"
TEMPLATE = "template.json"


def run_design(bench: Workbench) -> Result:
    """All layers of the PSD, exported with thumbnails, and the flattened picture."""
    design = read_design(bench.job / read_ordered(bench.job).design, bench.out)
    bench.save(design, DESIGN)
    issues = tuple(Issue("psd_converted", "info", note) for note in design.notes)
    return Result(issues=issues, message=f"{len(design.layers)} layers, {design.width}×{design.height}")


def run_template(bench: Workbench) -> Result:
    """Comps, placeholders and footage of the After Effects project."""
    ordered = read_ordered(bench.job)
    template = read_template(bench.job / ordered.template)
    bench.save(dataclasses.replace(template, path=ordered.template), TEMPLATE)
    issues = tuple(Issue("aep_not_parsed", "info", note) for note in template.notes)
    comp = template.comp(template.main_comp)
    text = f"{len(template.placeholders)} placeholders; {comp.name} {comp.width}×{comp.height}"
    return Result(issues=issues, message=text)


def design_file(bench: Workbench) -> dict[str, str]:
    """The design, with the digest that was noted: nothing else is read for `run_design`."""
    return _noted(bench, THE_DESIGN)


def template_file(bench: Workbench) -> dict[str, str]:
    """The template, with the digest that was noted: nothing else is read for `run_template`."""
    return _noted(bench, THE_TEMPLATE)


def _noted(bench: Workbench, note: str) -> dict[str, str]:
    digest, _, path = (bench.job / note).read_text("utf-8").rstrip("\n").partition("  ")
    return {path: digest}
