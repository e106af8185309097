"""Which media of old versions may go: a pure function, and the deletion that `gc` and the line call.

What is known of a version (parameters, metrics, thumbnail, log) stays for ever.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hotfolderd.disk import remove_file, write_atomic
from hotfolderd.records import stamp
from hotfolderd.stages.episode.board import APPROVED, BOARD, Board, Segment, Version, clip_of, place_of, read_board
from hotfolderd.work import WORK

DELETED = "media_deleted.json"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long media are kept: the last `versions` of a segment, rejected ones for `rejected_days`."""

    versions: int = 3
    rejected_days: float = 7.0


def to_prune(
    board: Board, compiled: Collection[tuple[int, int]], now: datetime, keeping: Keeping = Keeping()
) -> tuple[tuple[int, int], ...]:
    """Segment and version of all media that may go; `compiled` are those of the film that was made last."""
    found = []
    for segment in board.segments:
        held = [one for one in segment.versions if one.playable]
        newest = {one.version for one in held[-keeping.versions :]}
        for version in held:
            if (segment.number, version.version) in compiled or _is_needed(segment, version):
                continue
            rejected = _age_days(version.rejected_at, now) >= keeping.rejected_days and len(held) > 1
            if rejected or version.version not in newest:
                found.append((segment.number, version.version))
    return tuple(found)


def _is_needed(segment: Segment, version: Version) -> bool:
    """What is approved, pinned or shown is kept; a rejected version is shown only until there is another."""
    if version.pinned or version.version == segment.approved:
        return True
    return version.version == segment.current and version.approval != "rejected"


def _age_days(at: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(at)) / timedelta(days=1) if at else -1.0


def compiled_in(job_folder: Path) -> frozenset[tuple[int, int]]:
    """Segment and version of everything in the film that lies in `output/`, and in the one that was ordered."""
    found: set[tuple[int, int]] = set()
    try:
        parts = json.loads((job_folder / WORK / "compile" / "film.json").read_bytes())["parts"]
        found |= {(part["segment"], part["version"]) for part in parts}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    board = read_board(job_folder / APPROVED)
    return frozenset(found | set(board.film.order if board and board.film else ()))


def prune(
    job_folder: Path, board: Board, now: datetime, keeping: Keeping = Keeping(), *, dry_run: bool = False
) -> tuple[Board, tuple[str, ...]]:
    """Delete what may go; the board as it is then, and the paths of the clips that went."""
    gone = []
    for number, version in to_prune(board, compiled_in(job_folder), now, keeping):
        gone.append(clip_of(number, version))
        if dry_run:
            continue
        # First noted, then deleted: a clip that is missing without a note would be made again.
        write_atomic(job_folder / place_of(number, version) / DELETED, json.dumps({"media_deleted_at": stamp(now)}))
        remove_file(job_folder / clip_of(number, version))
        segment = board.segment(number)
        found = segment.version(version) if segment else None
        if found is not None:
            board = board.put_version(number, dataclasses.replace(found, media_deleted_at=stamp(now)))
    return board, tuple(gone)


def prune_job(
    job_folder: Path, now: datetime, keeping: Keeping = Keeping(), *, dry_run: bool = False
) -> tuple[str, ...]:
    """What `gc` calls for a job that no worker is on: the clips that went (or would), relative to the job folder.

    Nothing happens in a folder that is no episode, or of which nothing was made.
    """
    board = read_board(job_folder / WORK / "make-segments" / BOARD)
    if board is None:
        return ()
    return prune(job_folder, without_deleted(job_folder, board), now, keeping, dry_run=dry_run)[1]


def without_deleted(job_folder: Path, board: Board) -> Board:
    """The board with a note at each version whose media were deleted since."""
    for segment in board.segments:
        for version in segment.versions:
            note = job_folder / place_of(segment.number, version.version) / DELETED
            if version.playable and note.is_file():
                at = json.loads(note.read_bytes())["media_deleted_at"]
                board = board.put_version(segment.number, dataclasses.replace(version, media_deleted_at=at))
    return board
