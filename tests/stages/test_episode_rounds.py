"""What is made next, and what a decision makes of the board: without a clip, by the numbers alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hotfolderd.model import from_json, to_json
from hotfolderd.stages.episode.board import Board, Made, Params, Version
from hotfolderd.stages.episode.figures import figures
from hotfolderd.stages.episode.rounds import Mode, approved_by_itself, begun, due, first_board, seed_of, taken
from hotfolderd.stages.episode.verdicts import Verdict, applied, fault_of

SEEDS = {1: 1, 2: 2, 3: 3, 4: 4}
AT = "2026-11-20T10:00:00.000Z"


def made(number: int, version: Version, *flags: str) -> Version:
    quality = {"overall": 0.8, "flags": list(flags), "needs_attention": bool(flags)}
    clip = Made(f"{number}-{version.version}", 9, 1.0, 10.0, 160, 90, 0.1, AT, "storyboard", quality)
    return dataclasses.replace(version, state="made", made=clip)


def make_all(board: Board, mode: Mode, *, bad: tuple[int, ...] = (), failing: tuple[int, ...] = ()) -> Board:
    """One round of the machine."""
    numbers = due(board, mode)
    board = begun(board, numbers, SEEDS)
    for number in numbers:
        segment = board.segment(number)
        assert segment is not None
        assert segment.wanted is not None
        failed = dataclasses.replace(segment.wanted, state="failed")
        done = failed if number in failing else made(number, segment.wanted, *(["black"] if number in bad else []))
        board = taken(board, number, done)
    return board


def decide(board: Board, *verdicts: Verdict) -> Board:
    assert [fault_of(board, one, 10) for one in verdicts] == [""] * len(verdicts)
    return applied(board, verdicts, SEEDS, "anna", AT)


def current(board: Board, number: int) -> tuple[int | None, int | None]:
    segment = board.segment(number)
    assert segment is not None
    return segment.current, segment.approved


@pytest.fixture
def fresh() -> Board:
    return first_board(tuple(SEEDS.items()))


def test_one_after_the_other_each_after_the_approval_of_the_one_before(fresh: Board) -> None:
    board = make_all(fresh, Mode())
    assert [one.number for one in board.begun] == [1]
    assert due(board, Mode()) == (), "nobody has approved it"
    board = decide(board, Verdict(1, "approve", 1, rating=5))
    assert due(board, Mode()) == (2,)
    assert current(board, 1) == (1, 1)


def test_batches_and_where_to_start_from(fresh: Board) -> None:
    assert due(fresh, Mode(batch_size=2)) == (1, 2)
    assert due(fresh, Mode(batch_size=3, start_from=2)) == (2, 3, 4)
    board = make_all(fresh, Mode(batch_size=2))
    board = decide(board, Verdict(1, "approve", 1))
    assert due(board, Mode(batch_size=2)) == (), "the batch is approved as a whole"
    assert due(decide(board, Verdict(2, "approve", 1)), Mode(batch_size=2)) == (3, 4)


@pytest.mark.parametrize("mode", [Mode(mode="parallel"), Mode(ahead=True)])
def test_in_parallel_or_ahead_all_are_due_at_once(fresh: Board, mode: Mode) -> None:
    assert due(fresh, mode) == (1, 2, 3, 4)


def test_a_segment_that_cannot_be_made_does_not_hold_up_the_others(fresh: Board) -> None:
    board = make_all(fresh, Mode(), failing=(1,))
    assert due(board, Mode()) == (2,)
    assert due(board, Mode(stop_on_error=True)) == ()
    ahead = begun(board, (2, 3), SEEDS)
    assert due(ahead, Mode(stop_on_error=True, ahead=True)) == (), "those that were begun with it wait as well"
    again = decide(ahead, Verdict(1, "regenerate", 1))
    assert due(again, Mode(stop_on_error=True, ahead=True)) == (1, 2, 3, 4), "it is mended: all go on"


def test_nothing_new_is_begun_while_the_film_is_made(fresh: Board) -> None:
    board = decide(make_all(fresh, Mode()), Verdict(1, "approve", 1))
    assert due(dataclasses.replace(board, compiling=True), Mode()) == ()


def test_what_is_flagged_is_not_approved_by_itself(fresh: Board) -> None:
    board = approved_by_itself(make_all(fresh, Mode(ahead=True), bad=(3,)), SEEDS)
    assert [one.number for one in board.approved] == [1, 2, 4]
    assert {(entry.by, entry.feedback) for entry in board.history} == {("hotfolderd", "Auto-approved")}
    assert not board.all_approved


def test_a_rejected_segment_is_made_anew_with_another_seed_and_the_others_are_left_alone(fresh: Board) -> None:
    board = make_all(fresh, Mode(ahead=True))
    after = decide(board, Verdict(2, "reject", 1, reason="far too dark", changes={"prompt": "by day"}))
    assert due(after, Mode(ahead=True)) == (2,)
    segment = after.segment(2)
    assert segment is not None
    assert segment.wanted is not None
    assert segment.wanted.params == Params(seed_of(2, 2), prompt="by day", feedback="far too dark")
    assert segment.wanted.params.seed != 2
    assert [one for one in after.segments if one.number != 2] == [one for one in board.segments if one.number != 2]


def test_a_generator_hears_the_reason_of_a_rejection_and_what_else_was_said(fresh: Board) -> None:
    board = make_all(fresh, Mode(ahead=True))
    after = decide(board, Verdict(2, "reject", 1, feedback="lovely clouds", reason="far too dark"))
    segment = after.segment(2)
    assert segment is not None
    assert segment.wanted is not None
    assert segment.wanted.params.feedback == "far too dark\nlovely clouds"


def test_what_was_approved_stays_in_the_film_until_something_newer_is_approved(fresh: Board) -> None:
    board = decide(make_all(fresh, Mode()), Verdict(1, "approve", 1))
    board = decide(board, Verdict(1, "regenerate", 1, changes={"seed": 77}, keep_original=True))
    assert current(board, 1) == (1, 1)
    assert not board.all_approved
    board = make_all(board, Mode())
    assert current(board, 1) == (2, 1)
    segment = board.segment(1)
    assert segment is not None
    assert [one.pinned for one in segment.versions] == [True, False]
    assert segment.versions[1].params.seed == 77
    assert current(decide(board, Verdict(1, "approve", 2)), 1) == (2, 2)
    assert current(decide(board, Verdict(1, "rollback", 1)), 1) == (1, 1)


def test_a_rollback_to_what_was_never_approved_asks_again(fresh: Board) -> None:
    board = decide(make_all(fresh, Mode()), Verdict(1, "regenerate", 1))
    board = decide(make_all(board, Mode()), Verdict(1, "approve", 2))
    assert current(decide(board, Verdict(1, "rollback", 1)), 1) == (1, None)


def test_a_note_changes_nothing_but_the_history(fresh: Board) -> None:
    board = make_all(fresh, Mode())
    after = decide(board, Verdict(1, "note", 1, feedback="lovely light"))
    assert after.segments == board.segments
    assert [(entry.action, entry.feedback) for entry in after.history] == [("note", "lovely light")]


def test_the_history_only_ever_grows(fresh: Board) -> None:
    board = make_all(fresh, Mode(ahead=True))
    steps: list[Any] = [
        Verdict(1, "approve", 1, rating=4),
        Verdict(2, "reject", 1, reason="far too dark"),
        Verdict(3, "regenerate", 1),
        Verdict(1, "note", 1, feedback="x"),
    ]
    for step in steps:
        after = decide(board, step)
        assert after.history[: len(board.history)] == board.history
        board = after
    assert [entry.action for entry in board.history] == ["approve", "reject", "regenerate", "note"]
    assert from_json(Board, to_json(board)) == board


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(9, "approve", 1), "there is no segment 9. Write one of: 1, 2, 3, 4"),
        (Verdict(1, "approve", 3), "segment 1 has no version 3. Its versions: 1"),
        (Verdict(2, "approve", 1), "Cannot approve segment with status: failed"),
        (Verdict(2, "reject", 1), "Cannot reject segment with status: failed"),
        (Verdict(3, "rollback", 1), "were deleted on 2026-11-20"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_what_to_write(fresh: Board, verdict: Verdict, words: str) -> None:
    board = make_all(fresh, Mode(ahead=True), failing=(2,))
    segment = board.segment(3)
    assert segment is not None
    board = board.put_version(3, dataclasses.replace(segment.versions[0], media_deleted_at=AT))
    assert words in fault_of(board, verdict, 10)


def test_a_segment_is_made_anew_only_so_often(fresh: Board) -> None:
    board = make_all(fresh, Mode())
    for number in (1, 2):
        board = make_all(decide(board, Verdict(1, "regenerate", number)), Mode())
    assert "made anew 2 times" in fault_of(board, Verdict(1, "regenerate", 3), 2)


def test_what_is_counted_of_reviews(fresh: Board) -> None:
    board = make_all(fresh, Mode(ahead=True))
    board = decide(board, Verdict(1, "approve", 1, rating=5), Verdict(2, "reject", 1, rating=2, reason="far too dark"))
    board = decide(make_all(board, Mode(ahead=True)), Verdict(2, "approve", 2))
    found = figures([board])
    assert (found["segments"], found["approved"], found["total_reviews"]) == (4, 2, 3)
    assert (found["approval_rate"], found["rejection_rate"]) == (0.667, 0.333)
    assert (found["first_time_approval_rate"], found["regeneration_rate"]) == (0.5, 0.25)
    assert (found["average_rating"], found["average_quality_score"]) == (3.5, 0.8)
    assert set(figures([]).values()) == {0, None}
