"""Making segments: every version that is wanted, in turn, measured; what may be approved by itself is.

Reads the board, the assets and `segments/`; writes finished versions there, each once and as a whole, where they
outlive this step: a restarted step finds them and makes nothing twice.
"""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
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
    stop = functools.partial(_is_ordered, bench, _came_ns(bench.job / ".job/record.json"))
    maker = Maker(bench, order, {scene.number: scene for scene in scenes}, settings, stop=stop)
    board, events, lost = _as_it_lies(bench, board, maker)
    waits = maker.waiting(lost).soonest()
    while (numbers := due(board, mode)) and waits is None and not stop():
        board = begun(board, numbers, seeds)
        board, made, waits = _make(bench, board, numbers, mode, maker, told)
        events += made
        if order.film:
            board = _approved_as_film(board, numbers)
        elif mode.auto_approve:
            board = approved_by_itself(board, numbers)
    keeping = Keeping(settings["keep_versions"], settings["keep_rejected_days"])
    board, gone = prune(bench.job, board, datetime.now(UTC), keeping)
    events += [("segment_version_pruned", f"{path}: deleted, what is known of it stays") for path in gone]
    (bench.out / BOARD).write_text(to_json(board), encoding="utf-8")
    unfinished = bool(due(board, mode)) or bool(lost)
    return Result(
        message=maker.says_of(waits[1], waits[0]) if waits else f"{len(board.begun)} of {total} segments",
        unfinished=unfinished,
        again_at=waits[0] if waits else 0.0,
        issues=_issues(board, settings),
        events=tuple(events),
        keeps=() if unfinished else _needed(board),
        notices=(*opening, *made_since(board, before, total)),
    )


def _make(
    bench: Workbench, board: Board, numbers: Iterable[int], mode: Mode, maker: Maker, notices: list[Notice]
) -> tuple[Board, list[tuple[str, str]], tuple[float, Segment] | None]:
    """Make one version of each of these segments; several at once where that is wanted.

    What waits for a generator that is left alone holds up no others; the last value says when the first of them may be
    made, and which. Where somebody has an order for the job, the rest is left. `notices` are what people are told of
    the whole while it is made; they grow.
    """
    segments = [segment for number in numbers if (segment := board.segment(number)) and segment.wanted]
    total = len(in_turn(board, mode))
    ready = len(board.begun if mode.auto_approve else board.approved)
    begin = _FROM + (_TO - _FROM) * ready // max(1, total)
    waiting = maker.waiting(segments)
    made: list[tuple[Segment, Version]] = []

    def work() -> None:
        try:
            while (segment := waiting.take()) is not None:
                wanted = segment.wanted
                assert wanted is not None
                making = in_the_making(segment.number, wanted.version, total)
                version = maker.make(segment, wanted, functools.partial(_tell, bench, begin, making, notices))
                if version is None:
                    waiting.put_back(segment)
                    continue
                made.append((segment, version))
                if mode.stop_on_error and mode.mode != "parallel" and version.state == "failed":
                    waiting.end()
        except BaseException:
            waiting.end()  # the others end what they have begun
            raise

    threads = maker.at_once if mode.mode == "parallel" else 1
    with ThreadPoolExecutor(threads) as pool:
        for thread in [pool.submit(contextvars.copy_context().run, work) for _ in range(threads)]:
            thread.result()
    events: list[tuple[str, str]] = []
    for segment, version in made:
        board, told = _took(board, segment, version)
        events += told
    return board, events, waiting.soonest()


def _tell(bench: Workbench, progress: int, making: Notice, told: list[Notice]) -> None:
    """Say that a segment is being made; the maker lets one thread at a time do so."""
    if making not in told:
        told.append(making)
    bench.tell(progress, f"Generating Segment {making.facts['number']}/{making.facts['total']}…", told)


def _is_ordered(bench: Workbench, since_ns: int) -> bool:
    """Whether somebody has written an order for the job since this step was ordered: it is heard between two steps.

    One that comes from the future was there before the clock was set back, and has been heard.
    """
    came_ns = _came_ns(bench.job / "control.yaml")
    if came_ns <= since_ns:
        return False
    os.utime(bench.out)
    return came_ns <= _came_ns(bench.out)


def _came_ns(path: Path) -> int:
    """When a file was written or put in its place, by the clock of its disk; 0 where there is none."""
    try:
        return path.lstat().st_ctime_ns
    except OSError:
        return 0


def _took(board: Board, segment: Segment, version: Version) -> tuple[Board, list[tuple[str, str]]]:
    board = taken(board, segment.number, version)
    name = f"Segment {segment.number} version {version.version}"
    if version.state == "failed":
        text = version.attempts[-1].message if version.attempts else "it was never tried"
        return board, [("segment_failed", f"{name}: failed after {len(version.attempts)} attempts. {text}")]
    assert version.made is not None
    return board, [("segment_generated", f"{name}: made in {version.made.seconds:.1f} s by {version.made.generator}")]


def _as_it_lies(bench: Workbench, board: Board, maker: Maker) -> tuple[Board, list[tuple[str, str]], list[Segment]]:
    """The board as `segments/` is: a lost clip is made again, and an approval of other content is none.

    The last value: segments whose clip is lost and cannot be made now.
    """
    events: list[tuple[str, str]] = []
    lost: list[Segment] = []
    board = without_deleted(bench.job, board)
    for segment in board.segments:
        for version in segment.versions:
            if not version.playable:
                continue
            found = maker.found(segment.number, version)
            if found is None and version.version in (segment.current, segment.approved):
                found = maker.make(segment, version, lambda: bench.tell(_FROM, "Generating a lost segment…"))
                if found is None:
                    lost.append(segment)
                    continue
                text = f"Segment {segment.number} version {version.version}: was lost and is made again"
                events.append(("segment_generated", text))
            if found is not None and found != version:
                board = _replaced(board, segment, version, found)
    return board, events, lost


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
        for text in made.warnings if made is not None else ():
            remedy = "Look at it before approving."
            issues.append(Issue("segment_warning", "warning", f"Segment {segment.number}: {text}", remedy))
        if made is not None and made.flags and segment.approved != segment.current:
            text = f"Segment {segment.number}: {', '.join(made.flags)}"
            issues.append(Issue("segment_quality", "warning", text, "Look at it before approving."))
    return tuple(issues)
