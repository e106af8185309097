"""Preparing the question of the approval: the film to watch, `approval.yaml`, and the digests of what is approved."""

from __future__ import annotations

import json
from typing import Any

from hotfolderd.disk import sha256_of
from hotfolderd.model import Notice
from hotfolderd.review.pages import render
from hotfolderd.review.writing import approval_text
from hotfolderd.stages.asking import SHOWN, by_hand, earlier_decisions, open_issues, question, size_text
from hotfolderd.stages.episode.check_film import OUTPUT_VALIDATION
from hotfolderd.stages.episode.compile_film import FILM
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.stages.episode.validate import demand_board
from hotfolderd.work import Result, Workbench

_APPROVE = {"value": "approve", "label": "Approve", "hint": "deliver the film as it is"}
_FORCE = {"value": "force_approve", "label": "Force", "hint": "deliver it in spite of critical issues; needs a reason"}
_OTHERS = (
    {"value": "reject", "label": "Reject", "hint": "back, to be mended; needs a reason"},
    {"value": "regenerate", "label": "Regenerate", "hint": "make the film again of the same segments"},
    {"value": "hold", "label": "Hold", "hint": "put the episode aside until somebody resumes it"},
)


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    order, board = read_order(bench.job), demand_board(bench)
    revision = bench.facts["round"]["revision"]
    validation = json.loads((bench.result_of("check-output") / OUTPUT_VALIDATION).read_bytes())
    film = json.loads((bench.result_of("compile") / FILM).read_bytes())
    shown = digests(bench)
    bench.save(shown, SHOWN)
    (bench.out / "approval.yaml").write_text(approval_text(order.job, revision, validation), encoding="utf-8")
    best = _APPROVE if validation["ready"] else _FORCE
    page = render(
        "episode_approval.html",
        bench.job,
        ordered=order,
        revision=revision,
        sidecar="approval.yaml",
        validation=validation,
        film=film,
        parts=[_part(part) for part in film["parts"]],
        plan=board.film,
        issues=open_issues(bench),
        decisions=earlier_decisions(bench),
        files=[{"path": name, "size": size_text((bench.job / name).stat().st_size)} for name in shown],
        choices=(best, *_OTHERS),
        with_batch=False,
        reason_for="reject force_approve",
        return_for="reject",
        by_hand=by_hand(best["value"]),
        question=question("approval", order.job, revision),
    )
    (bench.out / "approval.html").write_text(page, encoding="utf-8")
    if not validation["ready"]:  # people are asked for a sign-off
        return Result(message=f"round {revision}")
    notices = (Notice("compile_done", "film"),)
    return Result(message=f"round {revision}", facts={"says": "Final video ready!"}, notices=notices)


def digests(bench: Workbench) -> dict[str, str]:
    """The sha256 of everything that is approved, by path relative to the job folder."""
    files = sorted(path for path in (bench.job / "output").rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(bench.job).as_posix(): sha256_of(path) for path in files}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    clip = f"segments/{part['segment']:03d}/v{part['version']}"
    return part | {"thumbnail": f"{clip}/thumbnail.jpg", "in": _clock(part["in_s"]), "out": _clock(part["out_s"])}


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"
