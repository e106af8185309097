"""The preview that a person approves: the design beside the populated comp, as videos, a thumbnail and figures.

Reads the flattened design, the populated project, footage and fonts; writes `psd_flat.mp4`, `ae_render.mp4`,
`side_by_side.mp4`, `thumbnail.jpg` and `metrics.json` into one folder and nothing elsewhere. Every video is decoded
again before it counts as written. What it draws is never called a render: see `compositor`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from hotfolderd.media import compositor, graph, video
from hotfolderd.media.compositor import Drawing
from hotfolderd.media.picture_quality import PictureQuality, picture_quality

PSD_VIDEO = "psd_flat.mp4"
AE_VIDEO = "ae_render.mp4"
COMBINED_VIDEO = "side_by_side.mp4"
THUMBNAIL = "thumbnail.jpg"
METRICS = "metrics.json"


@dataclass(frozen=True, slots=True)
class PreviewReport:
    """What was made. Sizes are (width, height) in pixels; `size`, `fps` and `comp_duration_s` are those of the comp.

    `render_time_s` is what drawing and encoding the comp took; `bytes_of` has a file size for each video's name;
    `quality` is that of the pictures of the comp's video, None where it was not measured.
    """

    render_time_s: float
    psd_duration_s: float
    ae_duration_s: float
    bytes_of: Mapping[str, int]
    renderer: str
    ignored: tuple[str, ...]
    comp: str
    size: tuple[int, int]
    fps: float
    comp_duration_s: float
    preview_size: tuple[int, int]
    preview_fps: float
    still: bool
    quality: PictureQuality | None = None

    def metrics(self) -> dict[str, Any]:
        """The report as it lies in `metrics.json`: times in seconds, file sizes in bytes."""
        return {
            "renderer": self.renderer,
            "render_time": round(self.render_time_s, 3),
            "psd_duration": self.psd_duration_s,
            "ae_duration": self.ae_duration_s,
            "file_sizes": {
                "psd": self.bytes_of[PSD_VIDEO],
                "ae": self.bytes_of[AE_VIDEO],
                "combined": self.bytes_of[COMBINED_VIDEO],
            },
            "comp": self.comp,
            "size": list(self.size),
            "fps": self.fps,
            "comp_duration": self.comp_duration_s,
            "preview_size": list(self.preview_size),
            "preview_fps": self.preview_fps,
            "still": self.still,
            "quality": self.quality.as_dict() if self.quality else None,
            "ignored": list(self.ignored),
        }


def make_preview(
    flat: Path,
    project: Path,
    comp_id: int,
    footage: Mapping[str, Path],
    fonts: Sequence[Path],
    out: Path,
    *,
    title: str,
    max_side_px: int = 1920,
    moving_side_px: int = 960,
    fps: float = 10.0,
    max_s: float = 60.0,
) -> PreviewReport:
    """All preview files in the folder `out`, which is made where it is not there yet.

    `flat` is a picture of the whole design; `title` names the job on the video; the rest is as for `compositor.draw`.
    A comp in which nothing moves is drawn and encoded from one frame, and so is the comparison.
    Raises JobError (design, project or footage at fault) or ToolError (ffmpeg).
    """
    out.mkdir(parents=True, exist_ok=True)
    design = _bounded(video.open_picture(flat), max_side_px)
    started = time.monotonic()
    limits = {"max_side_px": max_side_px, "moving_side_px": moving_side_px}
    drawing = compositor.draw(project, comp_id, footage, fonts, fps=fps, max_s=max_s, **limits)
    right = draw_comp(drawing, out / AE_VIDEO)
    render_time_s = time.monotonic() - started
    video.still_to_video(design, out / PSD_VIDEO, graph.even(design.size), drawing.fps, drawing.duration_s)
    both = video.side_by_side(
        design,
        right,
        out / COMBINED_VIDEO,
        title=title,
        fps=drawing.fps,
        duration_s=drawing.duration_s,
        max_height_px=1080 if drawing.still else 720,
    )
    psd = video.check(out / PSD_VIDEO, design.size, drawing.duration_s)
    ae = video.check(out / AE_VIDEO, (drawing.width, drawing.height), drawing.duration_s)
    video.check(out / COMBINED_VIDEO, both, drawing.duration_s)
    video.thumbnail(out / COMBINED_VIDEO, out / THUMBNAIL)
    report = PreviewReport(
        render_time_s=render_time_s,
        psd_duration_s=psd.duration_s,
        ae_duration_s=ae.duration_s,
        bytes_of={name: (out / name).stat().st_size for name in (PSD_VIDEO, AE_VIDEO, COMBINED_VIDEO)},
        renderer="approximate",
        ignored=drawing.ignored,
        comp=drawing.comp_name,
        size=(drawing.comp_width, drawing.comp_height),
        fps=drawing.comp_fps,
        comp_duration_s=drawing.comp_duration_s,
        preview_size=(drawing.width, drawing.height),
        preview_fps=drawing.fps,
        still=drawing.still,
        quality=picture_quality(out / AE_VIDEO, ae, still=drawing.still),
    )
    words = json.dumps(report.metrics(), indent=1, ensure_ascii=False) + "\n"
    graph.put(out / METRICS, lambda part: _write(part, words))
    return report


def draw_comp(drawing: Drawing, out: Path) -> Image.Image | Path:
    """Writes the video of the comp; what stands for it in the comparison: its one picture, or the clip."""
    size = drawing.width, drawing.height
    if drawing.still:
        picture = next(drawing.frames)
        video.still_to_video(picture, out, size, drawing.fps, drawing.duration_s)
        return picture
    video.frames_to_video(drawing.frames, out, size, drawing.fps)
    return out


def _write(path: Path, words: str) -> None:
    path.write_text(words, encoding="utf-8")


def _bounded(picture: Image.Image, max_side_px: int) -> Image.Image:
    longest = max(picture.size)
    if longest <= max_side_px:
        return picture
    size = max(1, round(picture.width * max_side_px / longest)), max(1, round(picture.height * max_side_px / longest))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
