"""The preview: the flattened design beside the populated comp, as video, with a thumbnail and figures.

Reads the final project and its footage, or the movie that a renderer made of it; writes `previews/*.mp4`,
`previews/thumbnail.jpg`, `previews/metrics.json`.
"""

from __future__ import annotations

from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.media.foreign_paths import below
from hotfolderd.media.preview import PreviewReport, make_preview
from hotfolderd.media.project import read_template
from hotfolderd.media.rendered_preview import preview_of
from hotfolderd.model import Design, Issue, Template
from hotfolderd.stages.template.assets import font_folders
from hotfolderd.stages.template.built import read_build, read_rendering
from hotfolderd.stages.template.delivery import FOOTAGE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.work import Result, Workbench

_MOSTLY_BLACK = 0.3


def run(bench: Workbench) -> Result:
    """Videos of the design, of the comp, and of both."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    template = bench.load(Template, "read-template", TEMPLATE)
    build = read_build(bench)
    if design.flat is None:
        raise JobError(f"{ordered.design}: has no flattened picture. Save it with maximised compatibility.")
    rendering = read_rendering(bench)
    if rendering is not None and bench.facts["rendering"]["preview"] != "headless":
        report = _rendered(bench, ordered.job, design.flat, build, template, rendering)
        return Result(issues=_black(report), message=f"{report.ae_duration_s:.1f} s, rendered by {report.renderer}")
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
    issues = (Issue("preview_simulated", "info", f"{text}{f' and leaves out: {ignored}' if ignored else ''}"),)
    return Result(
        issues=issues + _black(report), message=f"{report.ae_duration_s:.1f} s in {report.render_time_s:.1f} s"
    )


def _rendered(
    bench: Workbench, job: str, flat: str, build: dict[str, Any], template: Template, rendering: dict[str, Any]
) -> PreviewReport:
    """The preview with the movie that was rendered."""
    private = bench.result_of("render-comp") / rendering["movie"]
    movie = private if private.is_file() else bench.job / rendering["movie"]
    if not movie.is_file():
        raise JobError(f"{rendering['movie']}: is not there any more. Regenerate the job.")
    settings = bench.facts["preview"]
    return preview_of(
        bench.job / flat,
        movie,
        read_template(bench.job / "output" / build["files"][0]).comp(template.main_comp),
        bench.out / "previews",
        title=job,
        by=rendering["by"],
        seconds=rendering["seconds"],
        max_side_px=settings["max_side_px"],
        max_s=settings["max_s"],
    )


def _black(report: PreviewReport) -> tuple[Issue, ...]:
    """What is said of a preview that shows nothing for long."""
    black = report.quality.black_s / report.ae_duration_s if report.quality else 0.0
    if black <= _MOSTLY_BLACK:
        return ()
    text = f"The preview is black for {black:.0%} of its time"
    return (Issue("preview_black", "warning", text, "Look whether the comp should show something there"),)
