"""The preview: the flattened design beside the populated comp, as video, with a thumbnail and figures.

Reads the final project and its footage; writes `previews/*.mp4`, `previews/thumbnail.jpg`, `previews/metrics.json`.
"""

from __future__ import annotations

import json

from hotfolderd.errors import JobError
from hotfolderd.media.foreign_paths import below
from hotfolderd.media.preview import make_preview
from hotfolderd.model import Design, Issue, Template
from hotfolderd.stages.template.assets import font_folders
from hotfolderd.stages.template.delivery import BUILD, FOOTAGE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """Videos of the design, of the comp, and of both."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    if design.flat is None:
        raise JobError(f"{ordered.design}: has no flattened picture. Save it with maximised compatibility.")
    output = bench.job / "output"
    files = list((output / FOOTAGE).iterdir())
    footage = {path.name: path for path in files} | {
        below(build["seen_as"], FOOTAGE, path.name): path for path in files
    }
    settings = bench.facts["preview"]
    report = make_preview(
        bench.job / design.flat,
        output / build["files"][0],
        template.main_comp,
        footage,
        font_folders(bench.job),
        bench.out / "previews",
        title=ordered.job,
        max_side_px=settings["max_side_px"],
        moving_side_px=settings["moving_side_px"],
        fps=settings["fps"],
        max_s=settings["max_s"],
    )
    text = "The preview is approximate: it was drawn without After Effects"
    ignored = "; ".join(report.ignored)
    issue = Issue("preview_simulated", "info", f"{text}{f' and leaves out: {ignored}' if ignored else ''}")
    return Result(issues=(issue,), message=f"{report.ae_duration_s:.1f} s in {report.render_time_s:.1f} s")
