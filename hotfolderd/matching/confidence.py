"""How sure a pair is, from how much worse everything else would be.

Reads the worth of all pairs and what was chosen, gives a probability. `CURVE` was made by
`benchmarks/matching.py --fit` from the pairs to tune on. Of those, nearly all with a lead of 2 were right; since
designs in the wild are less tidy than made-up ones, the curve lies halfway between that share and the lead itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]

# Lead in log odds, and how sure a pair is; below 0 as the lead says. Only equal names are surer than this.
CURVE: tuple[tuple[float, float], ...] = (
    (-3.0, 0.05),
    (-1.0, 0.27),
    (0.0, 0.5),
    (0.38, 0.788),
    (0.72, 0.831),
    (1.54, 0.906),
    (2.59, 0.962),
    (3.62, 0.984),
    (5.35, 0.99),
)
_CURVE = np.array(CURVE).T


def probability(leads: Table) -> Table:
    """How sure pairs with such leads are."""
    return np.asarray(np.interp(leads, *_CURVE))


class Leads:
    """What every pair of an assignment is ahead of all else.

    `worth` is in log odds, slots by pieces, -inf where a pair cannot be; `chosen` is slot to piece.
    """

    def __init__(self, worth: Table, chosen: Mapping[int, int]) -> None:
        self._worth = worth
        self._chosen = chosen
        self._rows = np.array(list(chosen), dtype=np.intp)
        self._columns = np.array(list(chosen.values()), dtype=np.intp)
        self._own = np.zeros(len(worth))
        self._own[self._rows] = worth[self._rows, self._columns]
        free = np.ones(worth.shape[1], dtype=bool)
        free[self._columns] = False
        self._free = np.where(free[None, :], worth, -np.inf).max(axis=1, initial=0.0)

    def of(self, row: int) -> tuple[float, int]:
        """The lead of a chosen pair in log odds, and the column of its closest rival, -1 where that is no column.

        All else is: nothing for the row; another column, free or taken, in which case its row takes this one's, another
        free one or nothing; and another row for this column.
        """
        column = self._chosen[row]
        instead = self._worth[row].copy()
        instead[self._columns] += (
            np.maximum(self._worth[self._rows, column], self._free[self._rows]) - self._own[self._rows]
        )
        instead[column] = -np.inf
        wanted = self._worth[:, column] - self._own + self._free[row]
        wanted[row] = -np.inf
        best = int(instead.argmax())
        rival = best if instead[best] >= max(0.0, float(wanted.max())) else -1
        rest = np.logaddexp.reduce(np.concatenate(([0.0], instead, wanted)))
        return float(self._own[row] - rest), rival
