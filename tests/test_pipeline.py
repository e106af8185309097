"""The tables of moves against the order that was given, written down here a second time."""

from __future__ import annotations

import itertools

import pytest

from hotfolderd.pipeline import ALL_FOLDERS, may_move
from hotfolderd.stages.template.line import LINE

STAGES = (
    "0-inbox", "1-processing", "2-review", "3-validation", "4-override", "5-generation", "6-approval", "7-completed",
)  # fmt: skip
FORWARD = {0: [1], 1: [2], 2: [3], 3: [4, 5], 4: [2, 5], 5: [6], 6: [7], 7: []}
REWORK = {6: [2, 5]}


@pytest.mark.parametrize(("source", "target"), list(itertools.product(range(8), repeat=2)))
def test_the_line_allows_exactly_the_ordered_moves(source: int, target: int) -> None:
    allowed = target in FORWARD[source] or target in REWORK.get(source, [])
    assert may_move(STAGES[source], STAGES[target]) is allowed


@pytest.mark.parametrize("left_from", STAGES[1:7])
@pytest.mark.parametrize("side", ["failed", "on-hold"])
def test_a_side_folder_is_left_only_to_where_the_job_came_from(side: str, left_from: str) -> None:
    allowed = {target for target in ALL_FOLDERS if may_move(side, target, left_from=left_from)}
    assert allowed == {left_from, "archive"} | ({"on-hold"} if side == "failed" else set())


def test_without_a_known_origin_a_side_folder_leads_nowhere_but_to_rest() -> None:
    assert {t for t in ALL_FOLDERS if may_move("failed", t)} == {"on-hold", "archive"}
    assert {t for t in ALL_FOLDERS if may_move("on-hold", t)} == {"archive"}


def test_every_stage_at_work_may_fail_be_held_and_be_cancelled() -> None:
    for target in ("failed", "on-hold"):
        assert {s for s in STAGES if may_move(s, target)} == set(STAGES[1:7])
    assert {s for s in STAGES if may_move(s, "archive")} == set(STAGES[1:])


def test_the_archive_gives_back_to_completed_only() -> None:
    assert {t for t in ALL_FOLDERS if may_move("archive", t)} == {"7-completed"}


def test_nothing_enters_or_leaves_the_line_elsewhere() -> None:
    for place in ("batches", "deployed", "nonsense", ""):
        for other in ALL_FOLDERS:
            assert not may_move(other, place)
            assert not may_move(place, other) or other == "archive"


def test_no_move_stays_where_it_is() -> None:
    for place in ALL_FOLDERS:
        assert not may_move(place, place)


def test_every_way_that_a_template_job_can_take_is_allowed() -> None:
    """What verdicts and decisions lead to, held against the tables."""
    for folder, stage in LINE.stages.items():
        for target in stage.next.values():
            assert may_move(folder, target), (folder, target)
        for outcome in stage.gate.outcomes.values() if stage.gate else ():
            targets = [outcome.target] if outcome.target else ["2-review", "5-generation"]
            for target in targets:
                assert may_move(folder, target), (folder, target)


def test_people_are_asked_in_three_folders_only() -> None:
    assert {folder for folder in ALL_FOLDERS if LINE.gate_of(folder)} == {"2-review", "4-override", "6-approval"}
    assert {gate.sidecar for f in ALL_FOLDERS if (gate := LINE.gate_of(f))} == {
        "review.yaml", "override.yaml", "approval.yaml",
    }  # fmt: skip
