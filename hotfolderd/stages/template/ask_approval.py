"""Preparing the question of the approval: `approval.yaml`, `approval.html`, and the digests of what is approved."""

from __future__ import annotations

import json
from typing import Any

from hotfolderd.disk import sha256_of
from hotfolderd.review.pages import render
from hotfolderd.review.writing import approval_text
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.ask_review import earlier_decisions, open_issues
from hotfolderd.stages.template.check_output import OUTPUT_VALIDATION
from hotfolderd.stages.template.delivery import BUILD
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import Result, Workbench

SHOWN = "shown.json"
VIDEO = "previews/side_by_side.mp4"
PREVIEWS = (VIDEO, "previews/thumbnail.jpg", "previews/metrics.json")


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    ordered = read_ordered(bench.job)
    revision = bench.facts["round"]["revision"]
    validation = json.loads((bench.result_of("check-output") / OUTPUT_VALIDATION).read_bytes())
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    shown = digests(bench)
    (bench.out / SHOWN).write_text(json.dumps(shown, indent=1), encoding="utf-8")
    (bench.out / "approval.yaml").write_text(approval_text(ordered.job, revision, validation), encoding="utf-8")
    files = [{"path": name, "size": _size((bench.job / name).stat().st_size)} for name in shown]
    page = render(
        "approval.html",
        bench.job,
        ordered=ordered,
        revision=revision,
        sidecar="approval.yaml",
        validation=validation,
        preview=_preview(bench),
        actions=_actions(bench, build),
        issues=open_issues(bench),
        overridden=[issue for issue in open_issues(bench, resolved=True) if issue.severity == "critical"],
        decisions=earlier_decisions(bench),
        files=files,
        verified=build["verified"],
    )
    (bench.out / "approval.html").write_text(page, encoding="utf-8")
    return Result(message=f"round {revision}")


def digests(bench: Workbench) -> dict[str, str]:
    """The sha256 of everything that is approved, by path relative to the job folder."""
    files = sorted(path for path in (bench.job / "output").rglob("*") if path.is_file())
    named = [path for path in files if not path.name.startswith(".")]
    previews = [path for name in PREVIEWS if (path := bench.job / name).is_file()]
    return {path.relative_to(bench.job).as_posix(): sha256_of(path) for path in [*named, *previews]}


def _preview(bench: Workbench) -> dict[str, Any]:
    metrics = json.loads((bench.job / "previews" / "metrics.json").read_bytes())
    return {
        "video": VIDEO,
        "thumbnail": "previews/thumbnail.jpg",
        "ignored": metrics["ignored"],
        "comp": metrics["comp"],
        "size": "×".join(str(side) for side in metrics["size"]),
        "fps": metrics["fps"],
        "duration": round(metrics["comp_duration"], 2),
    }


def _actions(bench: Workbench, build: dict[str, Any]) -> list[dict[str, Any]]:
    layers = {one.placeholder_id: one.layer for one in demand_approved(bench.job).matches}
    pictures = build["pictures"]
    return [
        {
            "placeholder": one["placeholder"],
            "layer": layers.get(one["placeholder_id"]),
            "now": pictures.get(one["placeholder_id"], one["now"]),
        }
        for one in build["done"]
    ]


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
