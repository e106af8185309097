"""The preview where the comp was really rendered: the design beside that movie, not beside our own drawing.

Reads the flattened design and the movie; writes the same files as `preview` does, each decoded again.
"""

from __future__ import annotations

import json
from pathlib import Path

from hotfolderd.media import board, graph, video
from hotfolderd.media.picture_quality import picture_quality
from hotfolderd.media.preview import AE_VIDEO, COMBINED_VIDEO, METRICS, PSD_VIDEO, THUMBNAIL, PreviewReport
from hotfolderd.model import Comp

_MOST_FPS = 60.0


def preview_of(
    flat: Path,
    movie: Path,
    comp: Comp,
    out: Path,
    *,
    title: str,
    by: str,
    seconds: float,
    max_side_px: int,
    max_s: float,
) -> PreviewReport:
    """All preview files in the folder `out`, made from a movie of the comp.

    `by` is who rendered it ("After Effects 25.2"), in `seconds`. Raises JobError (the design) or ToolError (ffmpeg).
    """
    out.mkdir(parents=True, exist_ok=True)
    design = video.open_picture(flat)
    design.thumbnail((max_side_px, max_side_px))
    duration_s, fps = min(comp.duration_s, max_s), min(comp.frame_rate, _MOST_FPS)
    scale = min(1.0, max_side_px / max(comp.width, comp.height))
    size = graph.even((round(comp.width * scale), round(comp.height * scale)))
    frames = graph.frame_count(fps, duration_s)
    shown = graph.source(movie)["v:0"].filter("fps", fps)
    shown = shown.filter("scale", *size, out_color_matrix="bt709", out_range="tv").filter("setsar", 1)
    shown = shown.filter("trim", end_frame=frames)
    graph.write(shown, out / AE_VIDEO, timeout_s=120 + 30 * duration_s)
    video.still_to_video(design, out / PSD_VIDEO, graph.even(design.size), fps, duration_s)
    labels = (board.DESIGN, f"RENDERED BY {by}")
    high = {"max_height_px": 720}
    both = video.side_by_side(
        design, out / AE_VIDEO, out / COMBINED_VIDEO, title=title, fps=fps, duration_s=duration_s, labels=labels, **high
    )
    psd = video.check(out / PSD_VIDEO, design.size, duration_s)
    ae = video.check(out / AE_VIDEO, size, duration_s)
    video.check(out / COMBINED_VIDEO, both, duration_s)
    video.thumbnail(out / COMBINED_VIDEO, out / THUMBNAIL)
    report = PreviewReport(
        render_time_s=seconds,
        psd_duration_s=psd.duration_s,
        ae_duration_s=ae.duration_s,
        bytes_of={name: (out / name).stat().st_size for name in (PSD_VIDEO, AE_VIDEO, COMBINED_VIDEO)},
        renderer=by,
        ignored=(),
        comp=comp.name,
        size=(comp.width, comp.height),
        fps=comp.frame_rate,
        comp_duration_s=comp.duration_s,
        preview_size=size,
        preview_fps=fps,
        still=False,
        quality=picture_quality(out / AE_VIDEO, ae, still=False),
    )
    (out / METRICS).write_text(json.dumps(report.metrics(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report
