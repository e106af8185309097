"""What people are told of an episode, in the words of the matrix of messages: pure functions of boards and verdicts."""

from __future__ import annotations

from collections.abc import Iterator

from hotfolderd.model import Notice
from hotfolderd.stages.episode.board import Board, Segment, Version, place_of
from hotfolderd.stages.episode.rounds import Mode, due
from hotfolderd.stages.episode.verdicts import Verdict

MEND = "Write `decision: regenerate` for it."


def begins(total: int) -> Notice:
    """That segments are going to be made, of which people will be asked."""
    return Notice("segments_begin", "segments begin", {"total": str(total)})


def in_the_making(number: int, version: int, total: int) -> Notice:
    """That a segment is being made."""
    return Notice("segment_progress", f"begun {number} v{version}", {"number": str(number), "total": str(total)})


def made_since(board: Board, before: Board | None, total: int) -> Iterator[Notice]:
    """What was made, or could not be, since people were asked last: told when all of it is done."""
    for segment, version in new_versions(board, before):
        yield in_the_making(segment.number, version.version, total)
        if version.state == "failed":
            why = version.attempts[-1].message if version.attempts else "it was never tried"
            facts = {"number": str(segment.number), "why": why, "what_to_do": MEND}
            yield Notice("segment_failed", f"failed {segment.number} v{version.version}", facts)


def ready(board: Board, before: Board | None) -> Iterator[Notice]:
    """In which words the review is asked for: a message with its picture for each segment that is new.

    Nothing where none is new: then it is asked for as a whole.
    """
    if board.all_approved and len(board.begun) == len(board.segments):
        yield Notice("all_segments_approved", "all approved", {"total": str(len(board.segments))})
        return
    for segment, version in new_versions(board, before):
        if version.state != "made" or segment.approved == version.version:
            continue
        facts = {"number": str(segment.number), "version": str(version.version)}
        again = segment.versions[0] is not version
        yield Notice(
            "segment_version_ready" if again else "segment_ready",
            f"{segment.number} v{version.version}",
            facts,
            note=f"Segment {segment.number}{f', version {version.version}' if again else ''}",
            picture=f"{place_of(segment.number, version.version)}/thumbnail.jpg",
        )


def new_versions(board: Board, before: Board | None) -> Iterator[tuple[Segment, Version]]:
    """The versions that were made or given up since that board."""
    for segment in board.segments:
        old = before.segment(segment.number) if before else None
        for version in segment.versions:
            known = old.version(version.version) if old else None
            if version.state != "wanted" and (known is None or known.state != version.state):
                yield segment, version


def decided(verdicts: list[Verdict], after: Board, mode: Mode) -> Iterator[Notice]:
    """What was decided of segments: the approvals at once, each rejection and change with what was said."""
    if approved := [one.segment for one in verdicts if one.action == "approve"]:
        new = next_number(after, mode)
        following = f" Generating Segment {new}/{len(after.segments)}…" if new is not None else ""
        yield Notice("segment_approved", "approved", {"segments": named(approved), "next": following})
    for verdict in verdicts:
        event = {"reject": "segment_rejected", "regenerate": "segment_edited", "rollback": "segment_rolled_back"}
        if verdict.action in event:
            facts = {"number": str(verdict.segment), "version": str(verdict.version), "feedback": _feedback(verdict)}
            yield Notice(event[verdict.action], f"{verdict.action} {verdict.segment}", facts)
    if noted := [one.segment for one in verdicts if one.action == "note"]:
        yield Notice("segment_noted", "noted", {"segments": named(noted)})


def next_number(after: Board, mode: Mode) -> int | None:
    """The first segment of which a first version is made next; None where there is none."""
    segments = (after.segment(number) for number in due(after, mode))
    return next((one.number for one in segments if one is not None and not one.versions), None)


def named(numbers: list[int]) -> str:
    """`Segment 1`, or `Segments 1, 2`."""
    return f"Segment{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _feedback(verdict: Verdict) -> str:
    changes = ", ".join(f"{key}: {value}" for key, value in verdict.changes.items())
    said = [text for text in (verdict.reason, verdict.feedback) if text]
    return "\n".join((*said, *([f"Changes: {changes}"] if changes else [])))
