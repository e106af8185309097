"""Answering for nobody: a monolithic episode goes on by itself as long as nothing speaks against it.

Reads what was asked; gives the text of the sidecar, writes nothing. Runs in the daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotfolderd.records import Job
from hotfolderd.review.decision import Reply
from hotfolderd.review.editing import set_keys
from hotfolderd.root import Root
from hotfolderd.stages.episode.board import SYSTEM, shown_board
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.work import WORK

_WHY = "workflow: monolithic"


def answer_review(root: Root, folder: Path, job: Job, facts: Mapping[str, Any]) -> Reply | None:  # noqa: ARG001
    """The film is ordered where every segment was made and nothing is wrong with any; see `pipeline.Gate`."""
    if not read_order(folder).is_monolithic(facts["episodes"]):
        return None
    board = shown_board(folder)
    if not board.all_approved or len(board.approved) < len(board.begun):
        return None
    return _reply(folder, "review", "compile", f"{_WHY}; nothing is wrong with its {len(board.approved)} segments")


def answer_approval(root: Root, folder: Path, job: Job, facts: Mapping[str, Any]) -> Reply | None:  # noqa: ARG001
    """The film is approved where its check found nothing."""
    if not read_order(folder).is_monolithic(facts["episodes"]) or job.verdicts.get("check-output") != "valid":
        return None
    return _reply(folder, "approval", "approve", f"{_WHY}; nothing is wrong with the film")


def _reply(folder: Path, gate: str, decision: str, why: str) -> Reply:
    text = (folder / WORK / f"ask-{gate}" / f"{gate}.yaml").read_text("utf-8")
    return Reply(set_keys(text, {"decision": decision, "by": SYSTEM, "notes": why}), SYSTEM, why, by_rule=True)
