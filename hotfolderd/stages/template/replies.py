"""Answering a review that needs nobody: as another job of the batch was approved, or by the rule of the configuration.

Reads the job's matches and the answers for its batch; gives the text of a `review.yaml`, writes nothing. Runs in the
daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hotfolderd.matching.memory import applied
from hotfolderd.model import Design, Match, Matching
from hotfolderd.records import Job
from hotfolderd.review.decision import Reply
from hotfolderd.review.editing import set_keys
from hotfolderd.review.writing import review_text
from hotfolderd.root import Root
from hotfolderd.stages.template.memory import answers_for, structure_in
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.shown import design_of, shown_matching

SYSTEM = "hotfolderd"


def answer_review(root: Root, folder: Path, job: Job, facts: Mapping[str, Any]) -> Reply | None:
    """The answer to the review of a job, where one was given for its batch, or a rule gives it; see `pipeline.Gate`."""
    return _as_in_batch(root, folder, job) or _by_rule(folder, job, facts["review"]["auto_approve_above"])


def _as_in_batch(root: Root, folder: Path, job: Job) -> Reply | None:
    """What a person has decided for the whole batch; the newest answer that fits."""
    approvals = [one for one in answers_for(root, job, "review") if one.uid != job.uid]
    if not approvals:
        return None
    shown, structure, texts = shown_matching(folder), structure_in(folder), read_ordered(folder).texts

    @cache
    def design() -> Design:
        return design_of(folder)

    def text_of(path: str) -> str | None:
        layer = design().layer(path)
        return layer.text.text if layer and layer.text else None

    for approval in approvals:
        matches = applied(approval, structure, shown.matches, texts, text_of)
        if matches is not None:
            why = f"as in {approval.job}, apply_to: batch"
            return Reply(_text(job, shown, matches, approval.by, why), approval.by, why)
    return None


def _by_rule(folder: Path, job: Job, least: float | None) -> Reply | None:
    """The system's own decision: all matches were approved before, are as sure as demanded, and nothing is wrong."""
    if least is None or job.warnings:
        return None
    shown = shown_matching(folder)
    filled = [one for one in shown.matches if one.layer is not None or one.value is not None]
    if not filled or not all(one.remembered for one in shown.matches):
        return None
    least_sure = min(one.confidence for one in filled)
    if least_sure < least:
        return None
    why = f"review.auto_approve_above: {least}; all matches were approved before, the least sure has {least_sure:.2f}"
    return Reply(_text(job, shown, shown.matches, SYSTEM, why), SYSTEM, why, by_rule=True)


def _text(job: Job, shown: Matching, matches: tuple[Match, ...], by: str, why: str) -> str:
    """`review.yaml` as it was asked, answered."""
    assert job.question is not None, "only what was asked is answered"
    everything = {one.layer for one in shown.matches if one.layer} | set(shown.unused_layers)
    unused = sorted(everything - {one.layer for one in matches})
    text = review_text(job.job, job.question.revision, matches, unused)
    return set_keys(text, {"decision": "approve", "by": by, "notes": why})
