"""What is made next: pure functions of a board and of how the episode is to be made."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hotfolderd.stages.episode.board import SYSTEM, Board, Entry, Params, Segment, Version

_SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Mode:
    """How segments are made. `ahead`: without waiting for people. `start_from`: scenes before it are left out."""

    mode: Literal["sequential", "parallel"] = "sequential"
    batch_size: int = 1
    start_from: int = 1
    ahead: bool = False
    auto_approve: bool = False
    stop_on_error: bool = False


def first_board(seeds: Sequence[tuple[int, int]]) -> Board:
    """The board of an episode of which nothing was made: number and seed of each scene, in order."""
    return Board(tuple(Segment(number) for number, _ in seeds))


def seed_of(scene_seed: int, version: int) -> int:
    """Another seed for each version of a scene, the same one each time."""
    if version == 1:
        return scene_seed % _SEEDS
    return int.from_bytes(hashlib.sha256(f"{scene_seed}/{version}".encode()).digest()[:4], "big")


def in_turn(board: Board, mode: Mode) -> tuple[Segment, ...]:
    """The segments that are to be made, in order."""
    numbers = [one.number for one in board.segments]
    start = numbers.index(mode.start_from) if mode.start_from in numbers else 0
    return board.segments[start:]


def due(board: Board, mode: Mode) -> tuple[int, ...]:
    """The numbers of the segments of which a version is to be made now: what was asked for, then the next batch."""
    asked = [one.number for one in board.segments if one.wanted is not None]
    failed = any(one.newest and one.newest.state == "failed" for one in board.segments)
    if mode.stop_on_error and failed:
        return tuple(one.number for one in board.segments if one.wanted is not None and one.wanted.version > 1)
    if board.compiling:
        return tuple(asked)
    turn = in_turn(board, mode)
    if mode.mode == "parallel" or mode.ahead:
        return (*asked, *(one.number for one in turn if not one.versions))
    for at in range(0, len(turn), mode.batch_size):
        batch = turn[at : at + mode.batch_size]
        new = [one.number for one in batch if not one.versions]
        if new:
            return (*asked, *new)
        if not all(one.is_settled for one in batch):
            break
    return tuple(asked)


def begun(board: Board, numbers: Iterable[int], seeds: dict[int, int]) -> Board:
    """The board with a first version wanted of each of these segments that has none."""
    for number in numbers:
        segment = board.segment(number)
        if segment is not None and not segment.versions:
            board = board.put_version(number, Version(1, Params(seed_of(seeds[number], 1))))
    return board


def taken(board: Board, number: int, version: Version) -> Board:
    """The board with a version that was made or has failed; a made one is what is shown from now on."""
    board = board.put_version(number, version)
    segment = board.segment(number)
    assert segment is not None
    if version.state == "made" and (segment.current is None or version.version > segment.current):
        segment = dataclasses.replace(segment, current=version.version)
    return board.put(segment)


def approved_by_itself(board: Board, numbers: Iterable[int]) -> Board:
    """The board with those current versions approved that nothing speaks against; the others wait for a person."""
    for number in numbers:
        segment = board.segment(number)
        version = segment.version(segment.current) if segment else None
        if segment is None or version is None or version.made is None or version.approval is not None:
            continue
        if segment.newest is not version or version.made.flags or version.made.needs_attention:
            continue
        at = version.made.at
        board = board.put_version(number, dataclasses.replace(version, approval="approved"))
        segment = board.segment(number)
        assert segment is not None
        board = board.put(dataclasses.replace(segment, approved=version.version))
        board = board.note(Entry(number, version.version, "approve", SYSTEM, at, feedback="Auto-approved"))
    return board
