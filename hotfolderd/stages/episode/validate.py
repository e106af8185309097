"""Is the film ready to be made? Every segment of the order: approved, there, as it was approved, and good enough.

Reads the ordered film and the versions; writes `validation.json`. Its verdict is `critical` or `clear`.
"""

from __future__ import annotations

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError
from hotfolderd.model import Issue
from hotfolderd.stages.episode.board import APPROVED, Board, clip_of, read_board
from hotfolderd.stages.episode.budget import over_budget
from hotfolderd.work import Result, Workbench

VALIDATION = "validation.json"
_MEND = "Return to the review and make the segment anew, or take it out of the order."


def run(bench: Workbench) -> Result:
    """All issues of the segments that are in the order."""
    issues = issues_of(bench, demand_board(bench))
    critical = [one for one in issues if one.severity == "critical"]
    bench.save(issues, VALIDATION)
    verdict = "critical" if critical else "clear"
    return Result(verdict, tuple(issues), f"{len(critical)} critical", supersedes=("make-segments",))


def demand_board(bench: Workbench) -> Board:
    """The board with the film that was ordered. Raises JobError where there is none."""
    board = read_board(bench.job / APPROVED)
    if board is None or board.film is None or not board.film.order:
        raise JobError("No film is ordered. Go back to the review and write `decision: compile`.")
    return board


def issues_of(bench: Workbench, board: Board) -> list[Issue]:
    """What speaks against making the film, the gravest first."""
    assert board.film is not None
    issues = []
    for number, ordered in board.film.order:
        segment = board.segment(number)
        version = segment.version(ordered) if segment else None
        if segment is None or version is None or version.approval != "approved" or segment.approved != ordered:
            issues.append(_critical("segment_not_approved", f"Segment {number} version {ordered} is not approved"))
            continue
        clip = bench.job / clip_of(number, ordered)
        made = version.made
        if made is None or not clip.is_file():
            issues.append(_critical("segment_missing", f"Missing clip in segment {number}: {clip_of(number, ordered)}"))
        elif sha256_of(clip) != made.sha256:
            text = f"Segment {number} version {ordered} is not what was approved: its clip was changed"
            issues.append(_critical("segment_changed", text))
        elif made.duration_s <= 0:
            issues.append(_critical("no_duration", f"Segment {number} has no duration"))
        elif made.needs_attention:
            text = f"Segment {number} needs attention: {', '.join(made.flags) or 'its measures'}"
            issues.append(_critical("segment_quality", text))
        elif made.flags:
            text = f"Segment {number}: {', '.join(made.flags)}"
            issues.append(Issue("segment_quality", "warning", text, "It was approved; look at it in the film."))
        issues += over_budget(number, made, bench.facts["episodes"]) if made is not None else ()
        for one in made.warnings if made is not None else ():
            issues.append(Issue("segment_warning", "warning", f"Segment {number}: {one}", "Look at it in the film."))
    return sorted(issues, key=lambda one: one.severity != "critical")


def _critical(kind: str, text: str) -> Issue:
    return Issue(kind, "critical", text, _MEND)
