"""What `review.yaml` of an episode decides: read against the board that was shown.

Reads the sidecar's bytes (handed in) and the board; writes nothing. Runs in the daemon, so it imports nothing heavy.
"""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotfolderd.inbox.scene_files import SOUNDS
from hotfolderd.model import Notice, to_json
from hotfolderd.records import Job, stamp
from hotfolderd.review.decision import Decision, check_round, decider
from hotfolderd.review.episode_models import CompileBlock, EpisodeReviewSidecar, SegmentLine
from hotfolderd.review.reading import SidecarRefusedError, Written, parse
from hotfolderd.stages.episode.beside import is_music, music_in
from hotfolderd.stages.episode.board import Board, FilmPlan, Segment, shown_board
from hotfolderd.stages.episode.ordered import read_order, read_seeds
from hotfolderd.stages.episode.rounds import Mode
from hotfolderd.stages.episode.telling import decided, named, next_number
from hotfolderd.stages.episode.verdicts import Verdict, applied, fault_of

_NAME = "review.yaml"
_EVENTS = {
    "approve": "segment_approved",
    "reject": "segment_rejected",
    "regenerate": "segment_regeneration_requested",
    "rollback": "segment_rolled_back",
    "note": "segment_noted",
}


def read_review(folder: Path, job: Job, written: Written) -> Decision:
    """The segments as decided by a person, and the film that was ordered. See `pipeline.Gate`."""
    sidecar = parse(written.data, EpisodeReviewSidecar, _NAME)
    check_round(sidecar, written, job, "review", _NAME)
    by = decider(sidecar, written)
    if sidecar.decision == "hold":
        return Decision("hold", by, notes=sidecar.notes)
    board, order = shown_board(folder), read_order(folder)
    verdicts = _verdicts(sidecar, board, written, order.generation["max_regenerations"])
    if not verdicts and sidecar.decision == "pending":
        return Decision("pending", by)
    mode = order.mode({"step_by_step": True})
    after = applied(board, verdicts, read_seeds(folder), by, stamp(datetime.now(UTC)))
    events = tuple((_EVENTS[one.action], _told(one)) for one in verdicts)
    if sidecar.decision == "compile":
        plan = _plan(folder, after, sidecar.compile, written)
        after = Board(after.segments, after.history, plan, compiling=True)
        remarks = (f"The film will last about {length_s(after, plan):.1f} s.",)
        notices = (*decided(verdicts, after, mode), Notice("compile_started", "compile"))
        return Decision(
            "compile",
            by,
            notes=sidecar.notes,
            approved=to_json(after),
            said="Compiling…",
            events=events,
            remarks=remarks,
            notices=notices,
        )
    after = dataclasses.replace(after, compiling=False)
    kind = "approve" if sidecar.decision == "approve" else "segments"
    return Decision(
        kind,
        by,
        notes=sidecar.notes,
        approved=to_json(after),
        said=said_of(verdicts, after, mode),
        events=events,
        notices=tuple(decided(verdicts, after, mode)),
    )


# segments ---------------------------------------------------------------------------------------------------------


def _verdicts(sidecar: EpisodeReviewSidecar, board: Board, written: Written, most: int) -> list[Verdict]:
    """What is decided about segments. Raises SidecarRefusedError naming every line that cannot be taken."""
    found: list[tuple[Verdict, tuple[int | str, ...]]] = []
    for at, line in enumerate(sidecar.segments):
        action = line.decision
        if action == "pending" and (line.feedback.strip() or line.rating):
            action = "note"
        if action != "pending":
            found.append((_verdict(line, action, board), ("segments", at, "decision")))
    decided = {one.segment for one, _ in found}
    numbers = sidecar.approved_numbers()
    if sidecar.decision == "approve":
        numbers += [one.number for one in board.begun if _waits(one)]
        if not numbers and not found:
            where = written.where(_NAME, ("decision",))
            raise SidecarRefusedError([f"{where}: no segment waits for an approval. Write `decision: compile`."])
    for number in dict.fromkeys(numbers):
        if number not in decided:
            segment = board.segment(number)
            found.append((Verdict(number, "approve", (segment and segment.current) or 1), ("approve",)))
    problems = []
    for verdict, place in found:
        fault = fault_of(board, verdict, most)
        if fault:
            problems.append(f"{written.where(_NAME, place)}: {fault}")
    if problems:
        raise SidecarRefusedError(problems)
    return [verdict for verdict, _ in found]


def _waits(segment: Segment) -> bool:
    """Whether a segment is shown and not approved as it is."""
    version = segment.version(segment.current)
    return version is not None and version.playable and segment.approved != segment.current


def _verdict(line: SegmentLine, action: Any, board: Board) -> Verdict:
    segment = board.segment(line.segment)
    current = (segment.current or (segment.newest.version if segment.newest else None)) if segment else None
    version = line.to_version if action == "rollback" else line.version
    return Verdict(
        line.segment,
        action,
        version or current or 1,
        line.rating,
        line.feedback.strip(),
        line.reason.strip(),
        line.changes.as_dict(),
        line.keep_original,
    )


def _told(verdict: Verdict) -> str:
    words = [f"Segment {verdict.segment} version {verdict.version}: {verdict.action}"]
    words += [f"rating {verdict.rating}"] if verdict.rating else []
    words += [text for text in (verdict.reason, verdict.feedback) if text]
    return ". ".join(words)


def said_of(verdicts: list[Verdict], after: Board, mode: Mode) -> str:
    """What people are told of what they decided."""
    total = len(after.segments)
    said = []
    if approved := [one.segment for one in verdicts if one.action == "approve"]:
        said.append(f"{named(approved)} approved!")
    for verdict in verdicts:
        if verdict.action == "reject":
            said.append(f"Regenerating Segment {verdict.segment} with your feedback…")
        elif verdict.action == "regenerate":
            number = f" Segment {verdict.segment}" if len(verdicts) > 1 else ""
            said.append(f"Regenerating{number} with new parameters…")
        elif verdict.action == "rollback":
            said.append(f"Segment {verdict.segment} is version {verdict.version} again.")
    if noted := [one.segment for one in verdicts if one.action == "note"]:
        said.append(f"{named(noted)}: noted.")
    new = next_number(after, mode)
    if new is not None:
        said.append(f"Generating Segment {new}/{total}…")
    return " ".join(said)


# the film ---------------------------------------------------------------------------------------------------------


def _plan(folder: Path, board: Board, block: CompileBlock, written: Written) -> FilmPlan:
    """The film that was ordered. Raises SidecarRefusedError for a segment that is not approved, and other faults."""
    order = block.order or [one.number for one in board.approved]
    problems = _faults_of_order(board, order, block, written)
    pairs = {f"{one}-{other}" for one, other in itertools.pairwise(order)}
    for joint in block.joints:
        if joint not in pairs:
            where = written.where(_NAME, ("compile", "joints", joint))
            problems.append(
                f"{where}: in this order no segment {joint.replace('-', ' is followed by ')}. Leave it out."
            )
    music = ""
    if block.music:
        music = _music(folder, block.music)
        where = written.where(_NAME, ("compile", "music"))
        if not music:
            problems.append(f"{where}: there is no such music. Put a sound into assets/music/ of this folder.")
        elif not is_music(music):
            problems.append(f"{where}: {music} is no sound. Name a file ending in {', '.join(SOUNDS)}.")
    if problems:
        raise SidecarRefusedError(problems)
    versions = {one.number: one.approved for one in board.segments}
    return FilmPlan(
        tuple((number, versions[number] or 0) for number in order),
        block.transition,
        block.transition_s,
        dict(block.joints),
        music,
        block.music_volume,
        block.normalize,
        block.target_lufs,
        block.allow_repeat,
        tuple(one.number for one in board.approved if one.number not in order),
    )


def length_s(board: Board, plan: FilmPlan) -> float:
    """How long the film will be: the clips, less what two of them share in a dissolve."""
    clips = [
        (number, version.made.duration_s)
        for number, wanted in plan.order
        if (segment := board.segment(number)) and (version := segment.version(wanted)) and version.made
    ]
    shared = [
        min(plan.transition_s, length / 2, following / 2)
        for (one, length), (other, following) in itertools.pairwise(clips)
        if plan.joints.get(f"{one}-{other}", plan.transition) == "dissolve"
    ]
    return max(0.0, sum(length for _, length in clips) - sum(shared))


def _faults_of_order(board: Board, order: list[int], block: CompileBlock, written: Written) -> list[str]:
    def where(at: int) -> str:
        return written.where(_NAME, ("compile", "order", at), ("compile", "order"), ("decision",))

    problems = []
    if not order:
        problems.append(f"{where(0)}: no segment is approved. Approve those that shall be in the film.")
    for at, number in enumerate(order):
        segment = board.segment(number)
        if segment is None:
            numbers = ", ".join(str(one.number) for one in board.segments)
            problems.append(f"{where(at)}: there is no segment {number}. Write one of: {numbers}.")
        elif segment.approved is None:
            version = segment.version(segment.current) or segment.newest
            state = version.shown if version else "not made yet"
            problems.append(
                f"{where(at)}: segment {number} is not approved ({state}). Approve it, or take it out of the order."
            )
        elif number in order[:at] and not block.allow_repeat:
            problems.append(f"{where(at)}: segment {number} stands twice. Take one out, or add `allow_repeat: true`.")
    return problems


def _music(folder: Path, wanted: bool | str) -> str:
    """The music relative to the job folder; empty where there is none."""
    if wanted is True:
        return next(iter(music_in(folder)), "")
    name = str(wanted).removeprefix("assets/")
    if ".." in name.split("/") or name.startswith("/"):
        return ""
    return f"assets/{name}" if (folder / "assets" / name).is_file() else ""
