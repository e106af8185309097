"""What decisions about segments make of a board: pure functions. `fault_of` says whether one may be taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotfolderd.stages.episode.board import Action, Board, Entry, Params, Segment, Version
from hotfolderd.stages.episode.rounds import seed_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides about one segment. `version`: that it is about; `changes`: what is to be different."""

    segment: int
    action: Action
    version: int
    rating: int | None = None
    feedback: str = ""
    reason: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    keep_original: bool = False


def fault_of(board: Board, verdict: Verdict, max_regenerations: int) -> str:
    """Why a verdict cannot be taken, with what to write instead; empty if it can."""
    segment = board.segment(verdict.segment)
    if segment is None:
        numbers = ", ".join(str(one.number) for one in board.segments)
        return f"there is no segment {verdict.segment}. Write one of: {numbers}."
    if verdict.action == "note":
        return ""
    if not segment.versions and verdict.action == "regenerate":
        return ""
    version = segment.version(verdict.version)
    if version is None:
        made = ", ".join(str(one.version) for one in segment.versions) or "none yet"
        return f"segment {segment.number} has no version {verdict.version}. Its versions: {made}."
    if verdict.action in ("approve", "rollback") and not version.playable:
        if version.media_deleted_at:
            text = f"the media of version {version.version} were deleted on {version.media_deleted_at[:10]}"
            return f"{text}. Write `decision: regenerate` with its parameters (segments/{segment.number:03d})."
        return f"Cannot {verdict.action} segment with status: {version.shown}. Write `decision: regenerate`."
    if verdict.action == "reject" and version.state != "made":
        return f"Cannot reject segment with status: {version.shown}. Write `decision: regenerate`."
    if verdict.action in ("reject", "regenerate") and len(segment.versions) > max_regenerations:
        text = f"segment {segment.number} was made anew {max_regenerations} times, which is the most"
        return f"{text} (`max_regenerations`). Approve a version, or roll back to one."
    return ""


def applied(board: Board, verdicts: Iterable[Verdict], seeds: Mapping[int, int], by: str, at: str) -> Board:
    """The board after these verdicts, with an entry of the history for each."""
    for verdict in verdicts:
        segment = board.segment(verdict.segment)
        assert segment is not None
        entry = Entry(
            verdict.segment,
            verdict.version,
            verdict.action,
            by,
            at,
            verdict.rating,
            verdict.feedback,
            verdict.reason,
            dict(verdict.changes),
        )
        board = _after(board, segment, verdict, seeds, at).note(entry)
    return board


def _after(board: Board, segment: Segment, verdict: Verdict, seeds: Mapping[int, int], at: str) -> Board:
    version = segment.version(verdict.version)
    if verdict.action == "note":
        return board
    if version is None:
        return _wanting(board, segment, None, verdict, seeds)
    if verdict.action == "approve":
        board = board.put_version(segment.number, dataclasses.replace(version, approval="approved", rejected_at=""))
        return _pointed(board, segment.number, current=version.version, approved=version.version)
    if verdict.action == "rollback":
        approved = version.version if version.approval == "approved" else None
        return _pointed(board, segment.number, current=version.version, approved=approved)
    if verdict.action == "reject":
        board = board.put_version(segment.number, dataclasses.replace(version, approval="rejected", rejected_at=at))
        if segment.approved == version.version:
            board = _pointed(board, segment.number, current=segment.current, approved=None)
    else:
        # What was approved stays so until something newer is approved in its place.
        kept = version.approval if version.approval == "approved" else "needs_revision"
        pinned = version.pinned or verdict.keep_original
        approval = None if version.state == "failed" else kept
        board = board.put_version(segment.number, dataclasses.replace(version, approval=approval, pinned=pinned))
    changed = board.segment(segment.number)
    assert changed is not None
    return _wanting(board, changed, version, verdict, seeds)


def _pointed(board: Board, number: int, *, current: int | None, approved: int | None) -> Board:
    segment = board.segment(number)
    assert segment is not None
    return board.put(dataclasses.replace(segment, current=current, approved=approved))


def _wanting(
    board: Board, segment: Segment, parent: Version | None, verdict: Verdict, seeds: Mapping[int, int]
) -> Board:
    number = 1 + (segment.versions[-1].version if segment.versions else 0)
    before = parent.params if parent else Params(seeds[segment.number])
    changes = verdict.changes
    seed = changes.get("seed")
    params = Params(
        seed=seed_of(seeds[segment.number], number) if seed is None else int(seed),
        prompt=changes.get("prompt") or before.prompt,
        dialogue=changes.get("dialogue") or before.dialogue,
        style=changes.get("style") or before.style,
        duration_s=changes.get("duration") or before.duration_s,
        feedback="\n".join(text for text in (verdict.reason, verdict.feedback) if text),
    )
    return board.put_version(segment.number, Version(number, params, parent.version if parent else None))
