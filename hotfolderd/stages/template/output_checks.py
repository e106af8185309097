"""Whether what came out is what was approved: the files, what the final project really says and shows, the preview.

Reads the job folder; gives issues and writes nothing. Whether the project pleases Plainly is not asked here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError
from hotfolderd.media import rifx, video
from hotfolderd.media.foreign_paths import below
from hotfolderd.media.graph import even
from hotfolderd.media.project_file import read_tree
from hotfolderd.model import Comp, Issue, Match, Placeholder, Template
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.delivery import FOOTAGE
from hotfolderd.work import Workbench

MADE_BY = ("build-project", "write-script", "draw-preview")
VIDEOS = ("previews/psd_flat.mp4", "previews/ae_render.mp4", "previews/side_by_side.mp4")
_WANTED_PREVIEWS = (*VIDEOS, "previews/thumbnail.jpg", "previews/metrics.json")
_METRICS = ("render_time", "psd_duration", "ae_duration", "file_sizes", "comp", "comp_duration", "preview_size")
_AGAIN = "Regenerate the job"
_WITHIN_S = 0.5


def of_the_output(severity: Any, kind: str, message: str, fix: str = _AGAIN, *, placeholder: str = "") -> Issue:
    """An issue of the output itself; the categories of `plainly` are those of the project."""
    details = {"category": "output", "layer_name": placeholder, "composition_name": ""}
    return Issue(kind, severity, message, fix, placeholder=placeholder or None, details=details)


def digests_made(bench: Workbench) -> dict[str, str]:
    """The sha256 of every file of output and preview that lies there now and is not empty, by its path in the job."""
    made = [path for step in MADE_BY for path in bench.files_of(step) if path.startswith(("output/", "previews/"))]
    return {path: sha256_of(bench.job / path) for path in sorted(made) if _is_there(bench.job / path)}


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def check_files(bench: Workbench, build: dict[str, Any], found: dict[str, str]) -> Iterator[Issue]:
    """Files that should be there and are not, are empty, or are not what the steps have made."""
    pictures = [f"output/{FOOTAGE}/{name}" for name in build["pictures"].values()]
    wanted = [*(f"output/{name}" for name in build["files"]), "output/populate.jsx", *pictures, *_WANTED_PREVIEWS]
    made = {path: digest for step in MADE_BY for path, digest in bench.files_of(step).items()}
    for path in dict.fromkeys(wanted):
        if not _is_there(bench.job / path):
            yield of_the_output("critical", "output_missing", f"{path} is missing or empty")
    for path, digest in found.items():
        if digest != made[path]:
            yield of_the_output("critical", "output_changed", f"{path} was changed after it was made")


def check_contents(bench: Workbench, build: dict[str, Any], final: Template) -> Iterator[Issue]:
    """Whether every approved text and picture is in the final project, and all its files hold the same."""
    placeholders = {one.id: one for one in final.placeholders}
    skipped = {one["placeholder_id"] for one in build["skipped"]}
    for match in demand_approved(bench.job).matches:
        if match.placeholder_id not in skipped:
            where = f"{match.placeholder} of {match.comp}"
            wrong = _what_is_wrong(bench, build, match, placeholders.get(match.placeholder_id))
            if wrong:
                text = f"{build['files'][0]}: {where} {wrong}"
                yield of_the_output("critical", "output_differs", text, placeholder=match.placeholder)
    first, *others = (bench.job / "output" / name for name in build["files"])
    for other in others:
        if rifx.dump(read_tree(other)[1]) != rifx.dump(read_tree(first)[1]):
            yield of_the_output("critical", "output_differs", f"{other.name} holds another project than {first.name}")


def _what_is_wrong(bench: Workbench, build: dict[str, Any], match: Match, there: Placeholder | None) -> str:
    """What the final project has instead of what was approved; empty if it is right."""
    if match.kind == "text" and match.value is not None:
        wanted = match.value.replace("\r\n", "\n").replace("\r", "\n").replace("\x03", "\n")
        text = there.text.text if there and there.text else None
        return "" if text == wanted else f"should say {wanted!r}, found {text!r}"
    if match.kind == "image" and match.layer is not None:
        name = build["pictures"].get(match.placeholder_id)
        path = there.source.path if there and there.source else None
        if name is None or path != below(build["seen_as"], FOOTAGE, name):
            return f"should show the picture of {match.layer}, found {path}"
        if not (bench.job / "output" / FOOTAGE / name).is_file():
            return f"shows {name}, which is not in the output"
    return ""


def check_preview(bench: Workbench, comp: Comp, max_s: float) -> Iterator[Issue]:
    """Whether the preview can be played from end to end, is as long as the comp (or `max_s`), and has its figures."""
    try:
        metrics = json.loads((bench.job / "previews" / "metrics.json").read_bytes())
        lacking = [key for key in _METRICS if key not in metrics]
        size = tuple(metrics["preview_size"]) if not lacking else (0, 0)
    except (OSError, ValueError, TypeError):
        metrics, lacking, size = {}, list(_METRICS), (0, 0)
    if lacking:
        yield of_the_output("critical", "preview_broken", f"previews/metrics.json lacks {', '.join(lacking)}")
    elif metrics["comp"] != comp.name or abs(metrics["comp_duration"] - comp.duration_s) > _WITHIN_S:
        text = f"previews/metrics.json is of comp {metrics['comp']!r}, the final project has {comp.name!r}"
        yield of_the_output("critical", "preview_broken", text)
    if abs(size[0] * comp.height - size[1] * comp.width) > 2 * max(comp.width, comp.height):
        text = f"The preview has {size[0]}×{size[1]} pixels, which is not the shape of {comp.width}×{comp.height}"
        yield of_the_output("critical", "preview_broken", text)
    for path in VIDEOS:
        wrong = _what_is_wrong_with(bench.job / path, min(comp.duration_s, max_s))
        if not wrong and path == VIDEOS[1] and not lacking:
            media = video.probe(bench.job / path)
            wrong = "" if (media.width, media.height) == even((size[0], size[1])) else "is not of the size in metrics"
        if wrong:
            yield of_the_output("critical", "preview_broken", f"{path} {wrong}")
    try:
        video.open_picture(bench.job / "previews" / "thumbnail.jpg")
    except (JobError, OSError) as error:
        yield of_the_output("critical", "preview_broken", f"previews/thumbnail.jpg cannot be shown: {error}")


def _what_is_wrong_with(path: Path, duration_s: float) -> str:
    """What is wrong with a video of that length, all of it decoded; empty if nothing is."""
    try:
        media = video.probe(path, decode=True, timeout_s=video.PROBE_S + 10 * duration_s)
    except JobError as error:
        return f"cannot be played: {error}"
    if not media.frames or not media.width or not media.height:
        return "has no picture"
    if media.video_codec != "h264" or media.audio_codec is not None:
        return f"should be H.264 without sound, found {media.video_codec} and {media.audio_codec or 'no sound'}"
    if abs(media.duration_s - duration_s) > _WITHIN_S:
        return f"is {media.duration_s:g} s long, should be {duration_s:g} s"
    return ""
