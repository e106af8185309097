"""Preparing the question of the review: `review.yaml` and `review.html` of an episode, segment by segment.

Reads the board and what lies in `segments/`; writes the two files and the board as it is shown, and for each segment
`segment.yaml` and `reviews.yaml` beside its versions.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection
from pathlib import Path
from typing import Any

from hotfolderd.disk import dump_yaml, write_atomic
from hotfolderd.film.scene import Scene
from hotfolderd.model import to_json
from hotfolderd.review.episode_writing import SCHEMA, SegmentRow, episode_review_text
from hotfolderd.review.pages import render
from hotfolderd.review.writing import SCHEMAS
from hotfolderd.stages.asking import earlier_decisions, open_issues
from hotfolderd.stages.episode.beside import music_in
from hotfolderd.stages.episode.board import APPROVED, BOARD, Board, Segment, Version, read_board
from hotfolderd.stages.episode.ordered import EpisodeOrder, read_order, read_scenes
from hotfolderd.stages.episode.shown_segments import shown_segments, timeline
from hotfolderd.stages.episode.telling import named, new_versions, ready
from hotfolderd.work import Result, Workbench

_CHOICES = (
    {"value": "pending", "label": "Segments only", "hint": "what is decided above is done; the film comes later"},
    {"value": "compile", "label": "Compile", "hint": "make the film of the approved segments, in the order above"},
    {"value": "hold", "label": "Hold", "hint": "put the episode aside until somebody resumes it"},
)
_BY_HAND = """\
decision: pending   # compile, when every segment in the order is approved | hold
by: your name
segments:
  - {segment: 1, decision: approve, rating: 5}
  - {segment: 2, decision: reject, reason: "why, in ten characters or more", changes: {prompt: "…", seed: 7}}"""
_BEGUN, _DONE = 60, 80


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    order, scenes = read_order(bench.job), read_scenes(bench.job)
    board = read_board(bench.result_of("make-segments") / BOARD)
    assert board is not None, "the board is made before anybody is asked"
    before = read_board(bench.job / APPROVED)
    revision = bench.facts["round"]["revision"]
    film = film_shown(board)
    waiting = [one.number for one in board.segments if not one.versions]
    text = episode_review_text(order.job, revision, [_row(one) for one in board.begun], film, waiting)
    (bench.out / "review.yaml").write_text(text, encoding="utf-8")
    (bench.out / BOARD).write_text(to_json(board), encoding="utf-8")
    _lay_beside(bench.job, board, {scene.number: scene for scene in scenes})
    says = says_of(board, before)
    page = render(
        "episode_review.html",
        bench.job,
        ordered=order,
        revision=revision,
        sidecar="review.yaml",
        says=says,
        segments=shown_segments(bench.job, board, scenes),
        timeline=timeline(bench.job, board, scenes),
        counts=counts_of(board),
        film=film,
        music=[name.removeprefix("assets/") for name in music_in(bench.job)],
        issues=open_issues(bench),
        warnings=[],
        decisions=earlier_decisions(bench),
        choices=_CHOICES,
        by_hand=_BY_HAND,
        question=_question(order, revision, board, film),
    )
    (bench.out / "review.html").write_text(page, encoding="utf-8")
    share = len(board.approved) / max(1, len(board.segments))
    facts = {"says": says, "progress": round(_BEGUN + (_DONE - _BEGUN) * share), "segments": counts_of(board)}
    return Result(message=f"round {revision}", facts=facts, notices=tuple(ready(board, before)))


def says_of(board: Board, before: Board | None) -> str:
    """What people are told: what is new since the last decision, and whether all is approved."""
    first: list[int] = []
    again: list[int] = []
    failed: list[int] = []
    for segment, version in new_versions(board, before):
        if version.state == "failed":
            failed.append(segment.number)
        else:
            (again if segment.versions[0] is not version else first).append(segment.number)
    said = [f"{named(first)} completed! Ready for review."] if first else []
    said += ["New version ready for review!"] if again else []
    said += [f"{named(failed)} could not be made."] if failed else []
    if board.all_approved and len(board.begun) == len(board.segments):
        said = [f"All {len(board.segments)} segments approved! Ready to compile final video?"]
    elif board.all_approved:
        said.append(f"{len(board.approved)} of {len(board.segments)} segments approved.")
    return " ".join(said) or "The segments wait for a decision."


def counts_of(board: Board) -> dict[str, int]:
    """How many segments stand how."""
    made = [one for one in board.segments if any(version.state == "made" for version in one.versions)]
    rejected = [one for one in board.begun if one.approved is None and _shown(one) == "rejected"]
    return {
        "total": len(board.segments),
        "completed": len(made),
        "approved": len(board.approved),
        "rejected": len(rejected),
        "failed": sum(one.newest is not None and one.newest.state == "failed" for one in board.segments),
        "pending": len(board.segments) - len(board.approved),
    }


def _shown(segment: Segment) -> str:
    version = segment.version(segment.current) or segment.newest
    return version.shown if version else "pending"


def _row(segment: Segment) -> SegmentRow:
    version = segment.version(segment.current) or segment.newest
    assert version is not None, "only segments that were begun are asked about"
    quality = None
    if version.made is not None:
        quality = {"overall": version.made.quality.get("overall"), "flags": list(version.made.flags)}
    return SegmentRow(segment.number, version.version, _shown(segment), quality)


def film_shown(board: Board) -> dict[str, Any]:
    """What `compile:` holds at first: as it was ordered last, or all segments in their order.

    Segments that could not be in the film when it was ordered are put into it where their scenes stand.
    """
    plan = board.film
    keys = ("transition", "transition_s", "joints", "music_volume", "normalize", "target_lufs", "allow_repeat")
    given = dataclasses.asdict(plan) if plan else {}
    start = {"transition": "cut", "transition_s": 0.5, "joints": {}, "music_volume": 0.3, "normalize": True}
    start |= {"target_lufs": -16, "allow_repeat": False}
    usable = [one.number for one in board.begun if any(version.state == "made" for version in one.versions)]
    order = _with_new([number for number, _ in plan.order], usable, plan.left_out) if plan else usable
    pairs = {f"{one}-{other}" for one, other in itertools.pairwise(order)}
    given |= {"joints": {joint: kind for joint, kind in plan.joints.items() if joint in pairs}} if plan else {}
    music = given["music"].removeprefix("assets/") if plan and plan.music else False
    return {key: given.get(key, start[key]) for key in keys} | {"order": order, "music": music}


def _with_new(order: list[int], usable: list[int], left_out: Collection[int]) -> list[int]:
    """An order with what is new in it: each after the segment that comes before it in the scenes, else first."""
    for at, number in enumerate(usable):
        if number in order or number in left_out:
            continue
        before = next((one for one in reversed(usable[:at]) if one in order), None)
        place = 0 if before is None else len(order) - order[::-1].index(before)
        order = [*order[:place], number, *order[place:]]
    return order


def _question(order: EpisodeOrder, revision: int, board: Board, film: dict[str, Any]) -> dict[str, Any]:
    """What the script of the page needs to write the sidecar."""
    segments = [{"segment": row.segment, "version": row.version} for row in map(_row, board.begun)]
    return {
        "job": order.job,
        "revision": revision,
        "file": "review.yaml",
        "page": "review.html",
        "schema": f"{SCHEMAS}/{SCHEMA}.json",
        "segments": segments,
        "film": film,
    }


def _lay_beside(job: Path, board: Board, scenes: dict[int, Scene]) -> None:
    """Write beside the versions of each segment what is known of it, where that has changed."""
    for segment in board.begun:
        place = job / "segments" / f"{segment.number:03d}"
        if not place.is_dir():
            continue
        scene = scenes[segment.number]
        known = {
            "segment": segment.number,
            "status": _shown(segment),
            "current": segment.current,
            "approved": segment.approved,
            "scene_info": {
                "scene_number": scene.number,
                "location": scene.location,
                "description": scene.description,
                "characters": list(scene.characters),
                "dialogue": scene.dialogue,
            },
            "versions": [_version(one) for one in segment.versions],
        }
        _write(place / "segment.yaml", known)
        history = [dataclasses.asdict(one) for one in board.history if one.segment == segment.number]
        _write(place / "reviews.yaml", [{**one, "changes": dict(one["changes"])} for one in history])


def _version(version: Version) -> dict[str, Any]:
    known: dict[str, Any] = {
        "version": version.version,
        "parent": version.parent,
        "status": version.state,
        "approval_status": version.approval,
        "params": dataclasses.asdict(version.params),
        "attempts": [dataclasses.asdict(one) for one in version.attempts],
    }
    made = version.made
    if made is not None:
        keys = ("duration_s", "size_bytes", "width_px", "height_px", "fps", "sha256", "at", "generator")
        known |= {key: getattr(made, key) for key in keys} | {"quality_metrics": dict(made.quality)}
    if version.media_deleted_at:
        known["media_deleted_at"] = version.media_deleted_at
    return known


def _write(path: Path, value: Any) -> None:
    text = dump_yaml(value)
    if not path.is_file() or path.read_bytes() != text.encode():
        write_atomic(path, text, durable=False)
