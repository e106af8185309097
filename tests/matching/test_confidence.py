"""How far a pair is ahead of all else, held against counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hotfolderd.matching.confidence import CURVE, Leads, probability

NEVER = -math.inf


def lead(table: list[list[float]], chosen: dict[int, int], row: int) -> tuple[float, int]:
    return Leads(np.array(table), chosen).of(row)


def test_a_pair_alone_is_held_against_nothing() -> None:
    assert lead([[3.0]], {0: 0}, 0) == (pytest.approx(3.0 - math.log(1 + 0)), -1)


def test_a_free_column_that_is_as_good_makes_it_even() -> None:
    ahead, rival = lead([[4.0, 4.0]], {0: 0}, 0)
    assert ahead == pytest.approx(-math.log(1 + math.exp(-4)))
    assert rival == 1


def test_two_that_could_change_places_are_ahead_by_what_the_change_would_cost() -> None:
    ahead, rival = lead([[6.0, 5.0], [5.0, 6.0]], {0: 0, 1: 1}, 0)
    assert rival == 1
    assert 1.0 < ahead < 2.0  # 12 against 10, and 6 against nothing


def test_a_row_that_would_like_the_column_too_counts() -> None:
    assert lead([[5.0], [4.5]], {0: 0}, 0)[0] == pytest.approx(5.0 - math.log(1 + math.exp(4.5)))


def test_another_kind_is_no_rival() -> None:
    assert lead([[5.0, NEVER]], {0: 0}, 0) == lead([[5.0]], {0: 0}, 0)


def test_more_lead_is_never_less_sure() -> None:
    sure = probability(np.linspace(-5, 12, 200))
    assert (np.diff(sure) >= 0).all()
    assert float(probability(np.array(0.0))) == 0.5
    assert max(share for _, share in CURVE) < 1.0
