"""The best assignment, held against trying every one."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from hotfolderd.matching.assign import best_assignment


def best_by_trying(gains: list[list[float]]) -> float:
    rows, columns = len(gains), len(gains[0])
    if rows > columns:
        return best_by_trying([[row[column] for row in gains] for column in range(columns)])
    return max(
        sum(max(gains[row][column], 0) for row, column in enumerate(way)) for way in permutations(range(columns), rows)
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_other_assignment_gains_more(seed: int) -> None:
    chance = random.Random(seed)
    rows, columns = chance.randint(1, 6), chance.randint(1, 6)
    gains = [[round(chance.uniform(-0.3, 1), 2) for _ in range(columns)] for _ in range(rows)]
    pairs = best_assignment(gains)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert sum(gains[row][column] for row, column in pairs) == pytest.approx(best_by_trying(gains))


def test_a_pair_that_gains_nothing_is_left_out() -> None:
    assert best_assignment([[0.0, -1.0], [0.0, 0.5]]) == [(1, 1)]


@pytest.mark.parametrize("gains", [[], [[]], [[], []]])
def test_an_empty_table_has_no_pairs(gains: list[list[float]]) -> None:
    assert best_assignment(gains) == []


def test_the_large_way_and_the_small_way_agree() -> None:
    """210 columns go to scipy; the same table cut at 190 to the loop, where the rest gains nothing."""
    chance = random.Random(7)
    small = [[chance.random() for _ in range(190)] for _ in range(40)]
    large = [row + [0.0] * 20 for row in small]

    def gain(pairs: list[tuple[int, int]]) -> float:
        return sum(small[row][column] for row, column in pairs)

    assert gain(best_assignment(large)) == pytest.approx(gain(best_assignment(small)))
