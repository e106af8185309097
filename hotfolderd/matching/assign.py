"""The one best assignment of rows to columns.

Reads a table of gains, gives pairs. Never weighs what a gain means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

# Importing scipy.optimize costs 0.3 s and 67 MiB; below this size the plain loop is quicker.
_SCIPY_FROM = 200


def best_assignment(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column) with the greatest sum of gains, each row and each column at most once, in row order.

    All rows are of one length. A pair that gains nothing (zero or less) is left out. The answer is the same for
    the same table.
    """
    if not gains or not gains[0]:
        return []
    if max(len(gains), len(gains[0])) >= _SCIPY_FROM:
        pairs = _by_scipy(gains)
    elif len(gains) <= len(gains[0]):
        pairs = _hungarian([[-max(gain, 0.0) for gain in row] for row in gains])
    else:
        turned = [[-max(row[column], 0.0) for row in gains] for column in range(len(gains[0]))]
        pairs = [(row, column) for column, row in _hungarian(turned)]
    return sorted((row, column) for row, column in pairs if gains[row][column] > 0)


def _by_scipy(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    import numpy as np  # noqa: PLC0415 - only large tables pay for it
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - only large tables pay for it

    rows, columns = linear_sum_assignment(np.maximum(np.asarray(gains, dtype=np.float64), 0.0), maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def _hungarian(cost: list[list[float]]) -> list[tuple[int, int]]:
    """Shortest augmenting paths with potentials (Kuhn, Munkres), for at most as many rows as columns."""
    rows, columns = len(cost), len(cost[0])
    row_potential = [0.0] * (rows + 1)
    column_potential = [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)  # the row that has a column, counted from 1; 0 for none
    for row in range(1, rows + 1):
        way = [0] * (columns + 1)
        least = [math.inf] * (columns + 1)
        done = [False] * (columns + 1)
        row_of[0], column = row, 0
        while row_of[column]:
            done[column] = True
            here, step, following = row_of[column], math.inf, 0
            for other in range(1, columns + 1):
                if done[other]:
                    continue
                reduced = cost[here - 1][other - 1] - row_potential[here] - column_potential[other]
                if reduced < least[other]:
                    least[other], way[other] = reduced, column
                if least[other] < step:
                    step, following = least[other], other
            for other in range(columns + 1):
                if done[other]:
                    row_potential[row_of[other]] += step
                    column_potential[other] -= step
                else:
                    least[other] -= step
            column = following
        while column:
            row_of[column] = row_of[way[column]]
            column = way[column]
    return [(row_of[column] - 1, column - 1) for column in range(1, columns + 1) if row_of[column]]
