"""What can be counted of segments and reviews, for reports. `board_of` reads a job's last board; the rest is pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hotfolderd.stages.episode.board import BOARD, Board, read_board
from hotfolderd.work import WORK


def board_of(job_folder: Path) -> Board | None:
    """The board of an episode as it was shown last, or made; None where there is none yet."""
    return read_board(job_folder / WORK / "ask-review" / BOARD) or read_board(
        job_folder / WORK / "make-segments" / BOARD
    )


def figures(boards: Iterable[Board]) -> dict[str, float | int | None]:
    """Rates from 0 to 1 over all segments that were begun; None where nothing was counted.

    `first_time_approval_rate`: of the approved segments, those whose first version is in the film; `regeneration_rate`:
    those that were made more than once.
    """
    boards = list(boards)
    begun = [segment for board in boards for segment in board.begun]
    entries = [entry for board in boards for entry in board.history]
    approved = [segment for segment in begun if segment.approved is not None]
    verdicts = [entry for entry in entries if entry.action in ("approve", "reject")]
    rejected = sum(entry.action == "reject" for entry in verdicts)
    ratings = [entry.rating for entry in entries if entry.rating is not None]
    qualities = [
        float(version.made.quality["overall"])
        for segment in begun
        for version in segment.versions
        if version.made is not None and isinstance(version.made.quality.get("overall"), int | float)
    ]
    return {
        "segments": len(begun),
        "approved": len(approved),
        "total_reviews": len(entries),
        "approval_rate": _share(len(verdicts) - rejected, len(verdicts)),
        "rejection_rate": _share(rejected, len(verdicts)),
        "first_time_approval_rate": _share(sum(one.approved == 1 for one in approved), len(approved)),
        "regeneration_rate": _share(sum(len(one.versions) > 1 for one in begun), len(begun)),
        "average_rating": _share(sum(ratings), len(ratings)),
        "average_quality_score": _share(sum(qualities), len(qualities)),
    }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
