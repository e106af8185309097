"""Reading the design and the template: layers exported, placeholders found.

Reads `assets/`; writes `design.json` with `previews/psd/`, and `template.json`.
"""

from __future__ import annotations

from hotfolderd.media.project import read_template
from hotfolderd.media.psd import read_design
from hotfolderd.model import Issue
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
    template = read_template(bench.job / read_ordered(bench.job).template)
    bench.save(template, TEMPLATE)
    issues = tuple(Issue("aep_not_parsed", "info", note) for note in template.notes)
    comp = template.comp(template.main_comp)
    text = f"{len(template.placeholders)} placeholders; {comp.name} {comp.width}×{comp.height}"
    return Result(issues=issues, message=text)
