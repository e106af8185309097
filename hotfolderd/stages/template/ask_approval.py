"""Preparing the question of the approval: `approval.yaml`, `approval.html`, and the digests of what is approved.

Reads what the stage has made; writes these, `previews/approval_data.json` with all that was prepared, and small
pictures of what is replaced to `previews/filled/`.
"""

from __future__ import annotations

import json
from typing import Any

from hotfolderd.disk import sha256_of
from hotfolderd.media.pictures import on_checkerboard, open_picture, thumbnail
from hotfolderd.review.pages import render
from hotfolderd.review.writing import approval_text
from hotfolderd.stages.asking import SHOWN, by_hand, earlier_decisions, open_issues, question, size_text
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.built import read_build
from hotfolderd.stages.template.check_output import OUTPUT_VALIDATION
from hotfolderd.stages.template.delivery import FOOTAGE
from hotfolderd.stages.template.draw_review import read_drawn
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import Result, Workbench

VIDEO = "previews/side_by_side.mp4"
PREVIEWS = (VIDEO, "previews/thumbnail.jpg", "previews/metrics.json")
REPORT = "output/plainly_report.html"
SCRIPT = "output/populate.jsx"
APPROVAL_DATA = "previews/approval_data.json"
_SCRIPT_LINES = 40
_PICTURE_PX = 240
_MOST_PIXELS = 2_000_000_000  # of our own exports
_APPROVE = {"value": "approve", "label": "Approve", "hint": "deliver it as it is"}
_FORCE = {"value": "force_approve", "label": "Force", "hint": "deliver it in spite of critical issues; needs a reason"}
_OTHERS = (
    {"value": "reject", "label": "Reject", "hint": "back, to be mended; needs a reason"},
    {"value": "regenerate", "label": "Regenerate", "hint": "build project and preview again from the same matches"},
    {"value": "hold", "label": "Hold", "hint": "put the job aside until somebody resumes it"},
)


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    ordered = read_ordered(bench.job)
    revision = bench.facts["round"]["revision"]
    validation = json.loads((bench.result_of("check-output") / OUTPUT_VALIDATION).read_bytes())
    build = read_build(bench)
    shown = digests(bench)
    bench.save(shown, SHOWN)
    (bench.out / "approval.yaml").write_text(approval_text(ordered.job, revision, validation), encoding="utf-8")
    best = _APPROVE if validation["ready"] else _FORCE
    page = render(
        "approval.html",
        bench.job,
        also_in=(bench.out,),
        ordered=ordered,
        revision=revision,
        sidecar="approval.yaml",
        validation=validation,
        preview=_preview(bench),
        actions=_actions(bench, build),
        skipped=build["skipped"],
        kept=[one.placeholder for one in demand_approved(bench.job).matches if one.layer is None and one.value is None],
        issues=open_issues(bench),
        overridden=[issue for issue in open_issues(bench, resolved=True) if issue.severity == "critical"],
        decisions=earlier_decisions(bench),
        files=[{"path": name, "size": size_text((bench.job / name).stat().st_size)} for name in shown],
        verified=build["verified"],
        notes=build["notes"],
        by=build["by"],
        absent=build["absent_footage"],
        script=_script(bench),
        report=REPORT if (bench.job / REPORT).is_file() else None,
        choices=(best, *_OTHERS),
        with_batch=False,
        reason_for="reject force_approve",
        return_for="reject",
        by_hand=by_hand(best["value"]),
        question=question("approval", ordered.job, revision),
    )
    (bench.out / "approval.html").write_text(page, encoding="utf-8")
    (bench.out / APPROVAL_DATA).parent.mkdir(exist_ok=True)
    bench.save(approval_data(bench), APPROVAL_DATA)
    return Result(message=f"round {revision}")


def digests(bench: Workbench) -> dict[str, str]:
    """The sha256 of everything that is approved, by path relative to the job folder."""
    files = sorted(path for path in (bench.job / "output").rglob("*") if path.is_file())
    named = [path for path in files if not path.name.startswith(".")]
    previews = [path for name in PREVIEWS if (path := bench.job / name).is_file()]
    return {path.relative_to(bench.job).as_posix(): sha256_of(path) for path in [*named, *previews]}


def approval_data(bench: Workbench) -> dict[str, Any]:
    """All that was prepared for the approval, by the names that were ordered (S0-043).

    A path that is not there is None.
    """
    paths = {
        "preview_video": VIDEO,
        "thumbnail": "previews/thumbnail.jpg",
        "psd_video": "previews/psd_flat.mp4",
        "ae_video": "previews/ae_render.mp4",
        "extendscript_path": SCRIPT,
    }
    there = {name: path if (bench.job / path).is_file() else None for name, path in paths.items()}
    return there | {"metrics": _metrics(bench)}


def _metrics(bench: Workbench) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((bench.job / "previews" / "metrics.json").read_bytes())
    return metrics


def _preview(bench: Workbench) -> dict[str, Any]:
    metrics = _metrics(bench)
    return {
        "video": VIDEO,
        "thumbnail": "previews/thumbnail.jpg",
        "ignored": metrics["ignored"],
        "by": "" if metrics["renderer"] == "approximate" else metrics["renderer"],
        "comp": metrics["comp"],
        "size": "×".join(str(side) for side in metrics["size"]),
        "fps": metrics["fps"],
        "duration": round(metrics["comp_duration"], 2),
    }


def _actions(bench: Workbench, build: dict[str, Any]) -> list[dict[str, Any]]:
    """What is replaced: texts before and now, or the names and small pictures of the footage before and now."""
    layers = {one.placeholder_id: one.layer for one in demand_approved(bench.job).matches}
    before = read_drawn(bench).placeholders
    found = []
    for one in build["done"]:
        key = one["placeholder_id"]
        name = build["pictures"].get(key)
        found.append(
            {
                "placeholder": one["placeholder"],
                "layer": layers.get(key),
                "was": one["was"].replace("\\", "/").rsplit("/", 1)[-1] if name else one["was"],
                "now": name or one["now"],
                "picture_was": before.get(key) if name else None,
                "picture_now": _small(bench, name) if name else None,
            }
        )
    return found


def _small(bench: Workbench, name: str) -> str:
    """A small picture of a file that will be delivered; its path in the job folder."""
    path = f"previews/filled/{name.removesuffix('.png')}.jpg"
    (bench.out / path).parent.mkdir(parents=True, exist_ok=True)
    whole = open_picture(bench.job / "output" / FOOTAGE / name, max_pixels=_MOST_PIXELS)
    on_checkerboard(thumbnail(whole, _PICTURE_PX)).save(bench.out / path, quality=86)
    return path


def _script(bench: Workbench) -> str:
    """The first lines of the script; empty where there is none."""
    path = bench.job / SCRIPT
    lines = path.read_text("ascii").splitlines() if path.is_file() else []
    more = [f"… and {len(lines) - _SCRIPT_LINES} lines more"] if len(lines) > _SCRIPT_LINES else []
    return "\n".join([*lines[:_SCRIPT_LINES], *more])
