"""Making segments: every version that is wanted, in turn, measured; what may be approved by itself is.

Reads the board, the assets and `segments/`; writes finished versions there, each once and as a whole, where they
outlive this step: a restarted step finds them and makes nothing twice.
"""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from typing import Any

from hotfolderd.model import Issue, Notice, to_json
from hotfolderd.stages.episode.board import (
    APPROVED,
    BOARD,
    SYSTEM,
    Board,
    Entry,
    Made,
    Segment,
    Version,
    clip_of,
    read_board,
)
from hotfolderd.stages.episode.budget import over_budget
from hotfolderd.stages.episode.maker import Maker
from hotfolderd.stages.episode.ordered import read_order, read_scenes, seeds_of
from hotfolderd.stages.episode.retention import Keeping, prune, without_deleted
from hotfolderd.stages.episode.rounds import Mode, approved_by_itself, begun, due, first_board, in_turn, taken
from hotfolderd.stages.episode.telling import MEND, begins, in_the_making, made_since
from hotfolderd.work import Result, Workbench

_FROM, _TO = 60, 80


def run(bench: Workbench) -> Result:
    """The board as it is when nothing more is to be made before people are asked."""
    order, scenes, settings = read_order(bench.job), read_scenes(bench.job), bench.facts["episodes"]
    mode = order.mode(settings)
    if order.film:
        mode = dataclasses.replace(mode, ahead=True)
    seeds = seeds_of(scenes)
    before = read_board(bench.job / APPROVED)
    board = before or first_board(tuple(seeds.items()))
    total = len(in_turn(board, mode))
    told = [begins(total)] if before is None and not order.is_monolithic(settings) else []
    opening = tuple(told)
    maker = Maker(bench, order, {scene.number: scene for scene in scenes}, settings)
    board, events = _as_it_lies(bench, board, maker)
    stop = functools.partial(_is_ordered, bench, time.time())
    while (numbers := due(board, mode)) and not stop():
        board = begun(board, numbers, seeds)
        board, made = _make(bench, board, numbers, mode, maker, stop, told)
        events += made
        if order.film:
            board = _approved_as_film(board, numbers)
        elif mode.auto_approve:
            board = approved_by_itself(board, numbers)
    keeping = Keeping(settings["keep_versions"], settings["keep_rejected_days"])
    board, gone = prune(bench.job, board, datetime.now(UTC), keeping)
    events += [("segment_version_pruned", f"{path}: deleted, what is known of it stays") for path in gone]
    (bench.out / BOARD).write_text(to_json(board), encoding="utf-8")
    return Result(
        message=f"{len(board.begun)} of {total} segments",
        unfinished=bool(due(board, mode)),
        issues=_issues(board, settings),
        events=tuple(events),
        keeps=_needed(board),
        notices=(*opening, *made_since(board, before, total)),
    )


def _make(
    bench: Workbench,
    board: Board,
    numbers: Iterable[int],
    mode: Mode,
    maker: Maker,
    stop: Callable[[], bool],
    notices: list[Notice],
) -> tuple[Board, list[tuple[str, str]]]:
    """Make one version of each of these segments; several at once where that is wanted, none more after `stop`.

    `notices` are what people are told of the whole while it is made; they grow.
    """
    wanted = [segment for number in numbers if (segment := board.segment(number)) and segment.wanted]
    total = len(in_turn(board, mode))
    events: list[tuple[str, str]] = []
    at_once = maker.at_once if mode.mode == "parallel" else 1
    with ThreadPoolExecutor(at_once) as pool:
        running: dict[Future[Version], Segment] = {}
        for segment in wanted:
            version = segment.wanted
            assert version is not None
            making = in_the_making(segment.number, version.version, total)
            ready = len(board.begun if mode.auto_approve else board.approved)
            begin = _FROM + (_TO - _FROM) * ready // max(1, total)
            run_here = contextvars.copy_context().run
            tell = functools.partial(_tell, bench, begin, making, notices)
            running[pool.submit(run_here, _one, maker, segment, version, tell, stop)] = segment
            if mode.mode != "parallel":
                board, told = _took(board, segment, next(iter(running)).result())
                events += told
                running.clear()
                if mode.stop_on_error and told and told[-1][0] == "segment_failed":
                    return board, events
        for done in as_completed(running):
            board, told = _took(board, running[done], done.result())
            events += told
    return board, events


def _tell(bench: Workbench, progress: int, making: Notice, told: list[Notice]) -> None:
    """Say that a segment is being made; the maker lets one thread at a time do so."""
    if making not in told:
        told.append(making)
    bench.tell(progress, f"Generating Segment {making.facts['number']}/{making.facts['total']}…", told)


def _is_ordered(bench: Workbench, since: float) -> bool:
    """Whether somebody has written an order for the job meanwhile: it is heard between two steps."""
    try:
        return (bench.job / "control.yaml").lstat().st_mtime >= since
    except OSError:
        return False


def _one(
    maker: Maker, segment: Segment, version: Version, tell: Callable[[], None], stop: Callable[[], bool]
) -> Version:
    return version if stop() else maker.make(segment, version, tell)


def _took(board: Board, segment: Segment, version: Version) -> tuple[Board, list[tuple[str, str]]]:
    if version.state == "wanted":
        return board, []
    board = taken(board, segment.number, version)
    name = f"Segment {segment.number} version {version.version}"
    if version.state == "failed":
        text = version.attempts[-1].message if version.attempts else "it was never tried"
        return board, [("segment_failed", f"{name}: failed after {len(version.attempts)} attempts. {text}")]
    assert version.made is not None
    return board, [("segment_generated", f"{name}: made in {version.made.seconds:.1f} s by {version.made.generator}")]


def _as_it_lies(bench: Workbench, board: Board, maker: Maker) -> tuple[Board, list[tuple[str, str]]]:
    """The board as `segments/` is: a lost clip is made again, and an approval of other content is none."""
    events = []
    board = without_deleted(bench.job, board)
    for segment in board.segments:
        for version in segment.versions:
            if not version.playable:
                continue
            found = maker.found(segment.number, version)
            if found is None and version.version in (segment.current, segment.approved):
                found = maker.make(segment, version, lambda: bench.tell(_FROM, "Generating a lost segment…"))
                text = f"Segment {segment.number} version {version.version}: was lost and is made again"
                events.append(("segment_generated", text))
            if found is not None and found != version:
                board = _replaced(board, segment, version, found)
    return board, events


def _replaced(board: Board, segment: Segment, version: Version, found: Version) -> Board:
    same = version.made is not None and found.made is not None and version.made.sha256 == found.made.sha256
    if same:
        return board
    board = board.put_version(segment.number, dataclasses.replace(found, approval=None))
    now = board.segment(segment.number)
    assert now is not None
    return board.put(dataclasses.replace(now, approved=None)) if now.approved == version.version else board


def _approved_as_film(board: Board, numbers: Iterable[int]) -> Board:
    """The parts of a finished film are approved: somebody has approved the whole."""
    for number in numbers:
        segment = board.segment(number)
        version = segment.version(1) if segment else None
        if segment is None or version is None or version.made is None:
            continue
        board = board.put_version(number, dataclasses.replace(version, approval="approved"))
        segment = board.segment(number)
        assert segment is not None
        board = board.put(dataclasses.replace(segment, approved=1))
        board = board.note(Entry(number, 1, "approve", SYSTEM, version.made.at, feedback="Part of a finished film"))
    return board


def _needed(board: Board) -> tuple[str, ...]:
    found = []
    for segment in board.segments:
        for number in sorted({segment.approved, segment.current} - {None}):  # type: ignore[type-var]  # no None is left
            version = segment.version(number)
            if version is not None and version.playable and version.approval != "rejected":
                found.append(clip_of(segment.number, version.version))
    return tuple(found)


def _issues(board: Board, settings: Mapping[str, Any]) -> tuple[Issue, ...]:
    """What people should know: segments that could not be made, and what is wrong with those that are shown."""
    issues: list[Issue] = []
    for segment in board.segments:
        newest = segment.newest
        if newest is not None and newest.state == "failed":
            why = newest.attempts[-1].message if newest.attempts else ""
            text = f"Segment {segment.number} could not be made ({len(newest.attempts)} attempts). {why}"
            issues.append(Issue("segment_failed", "warning", text, MEND))
        version = segment.version(segment.current)
        made: Made | None = version.made if version else None
        issues += over_budget(segment.number, made, settings) if made is not None else ()
        if made is not None and made.flags and segment.approved != segment.current:
            text = f"Segment {segment.number}: {', '.join(made.flags)}"
            issues.append(Issue("segment_quality", "warning", text, "Look at it before approving."))
    return tuple(issues)
