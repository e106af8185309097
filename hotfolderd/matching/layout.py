"""How far both sides are laid out alike, and what the places of a layer and a placeholder then say.

Reads slots, pieces and what is known of their pairs, gives a table of log odds. The comp is laid over the canvas by a
shift and a scale for each axis; where the pairs that names tell do not fall together under it, places say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hotfolderd.matching.sides import Piece, Slot, covers
from hotfolderd.model import Box

Table = npt.NDArray[np.float64]

# A pair known by its name to this degree (log odds, and so much more than the next) tells where things went.
_ANCHOR, _CLEAR = 3.0, 2.0
# Of a layout that is kept, this share was moved all the same.
_MOVED = 0.06
_SIGMA_DOWN, _SIGMA_ACROSS = (0.012, 0.04), (0.018, 0.12)
_TEXT_SIZES, _PICTURE_SIZES = 0.5, 0.35
_ROUNDS = 4
_SHIFT_SPREAD = 0.02
_MOST_PAIRS = 1500
_PRIOR = np.log(np.array([0.7, 0.25, 0.05]))
_LIMIT = 30.0
_SCALES = (0.45, 2.2)
# What a scale costs for each doubling, and a shift by a tenth of the canvas or more, in log odds.
_SCALED, _SHIFTED = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class _Fit:
    """Comp to canvas on one axis: `scale` times the place plus `shift`."""

    scale: float = 1.0
    shift: float = 0.0

    @property
    def cost(self) -> float:
        """What it speaks against a common layout that it must be moved and scaled so, in log odds."""
        moved = abs(self.scale * 0.5 + self.shift - 0.5)
        return _SCALED * abs(float(np.log2(self.scale))) + _SHIFTED * min(1.0, moved / 0.1)


def place_worth(slots: Sequence[Slot], pieces: Sequence[Piece], known: Table) -> Table:
    """What the places say for each pair, in log odds; 0 where a slot has no place that tells something.

    `known` is what names and looks say, slots by pieces; -inf where a pair cannot be (another kind).
    """
    worth = np.zeros(known.shape)
    usable = [index for index, piece in enumerate(pieces) if not (piece.passed_over or piece.background)]
    if not usable:
        return worth
    canvas = _edges([pieces[index].place for index in usable])
    placed = [i for i, slot in enumerate(slots) if slot.place and not (slot.background or covers(slot.place))]
    for comp in dict.fromkeys(slots[i].comp_id for i in placed):
        rows = [i for i in placed if slots[i].comp_id == comp]
        cells = np.ix_(rows, usable)
        if np.isfinite(known[cells]).any():
            places = _edges([place for i in rows if (place := slots[i].place)])
            overlay = _Overlay(places, canvas, np.array([slots[i].kind == "text" for i in rows]), known[cells])
            worth[cells] = overlay.best()
    return worth


class _Overlay:
    """One comp laid over the canvas: `places` and `canvas` are edges, `texts` marks the places that hold text."""

    def __init__(self, places: Table, canvas: Table, texts: npt.NDArray[np.bool_], known: Table) -> None:
        self._places = places
        self._canvas = canvas
        self._texts = texts[:, None]
        self._possible = np.isfinite(known)
        self._names = np.where(self._possible, known, -_LIMIT)
        self._anchors = _mutual(self._names, _ANCHOR, _CLEAR)

    def best(self) -> Table:
        """The log odds of each pair under the way of laying the one over the other for which most speaks."""
        starts = [(_Fit(), _Fit()), _boxes_over(self._places, self._canvas), *self._shift_of_most()]
        if len(self._anchors[0]) >= 2:
            starts.append((self._fit(*self._anchors, 0), self._fit(*self._anchors, 3)))
        _, table = max((self._settled(*start) for start in starts), key=lambda found: found[0])
        return np.where(self._possible, table, 0.0)

    def _shift_of_most(self) -> Iterator[tuple[_Fit, _Fit]]:
        """The shift by which most boxes fall upon likely ones, unless there are too many to ask."""
        rows, columns = np.nonzero(self._possible)
        if not 4 <= rows.size <= _MOST_PAIRS:
            return
        likely = np.exp(np.clip(self._names[rows, columns], -6, 6))
        right = self._canvas[columns, 1] - self._places[rows, 1]
        down = self._canvas[columns, 4] - self._places[rows, 4]
        apart = np.subtract.outer(right, right) ** 2 / 4 + np.subtract.outer(down, down) ** 2
        at = int((np.exp(-0.5 * apart / _SHIFT_SPREAD**2) @ likely).argmax())
        yield _Fit(1.0, float(right[at])), _Fit(1.0, float(down[at]))

    def _settled(self, across: _Fit, down: _Fit) -> tuple[float, Table]:
        """How much speaks for a common layout from this start on, and what each pair is worth then."""
        spread = 0.09, 0.03
        for _ in range(_ROUNDS):
            both, _ = self._odds(across, down, spread)
            rows, columns = _mutual(
                np.where(self._possible, np.clip(self._names, -3, 6) + both, -_LIMIT), -_LIMIT / 2, 0.0
            )
            near = both[rows, columns] > 0
            if near.sum() < 2:
                break
            before = across, down
            across, down = (self._fit(rows[near], columns[near], axis) for axis in (0, 3))
            spread = (
                self._spread(across, 0, rows[near], columns[near], _SIGMA_ACROSS),
                self._spread(down, 3, rows[near], columns[near], _SIGMA_DOWN),
            )
            if before == (across, down):
                break
        both, only_down = self._odds(across, down, spread)
        evidence = np.array(
            [
                0.0,
                self._evidence(both) - across.cost - down.cost,
                self._evidence(only_down) - down.cost,
            ]
        )
        posterior = _PRIOR + np.clip(evidence, -_LIMIT, _LIMIT)
        posterior -= np.logaddexp.reduce(posterior)
        layers = [np.full(both.shape, posterior[0]), posterior[1] + both, posterior[2] + only_down]
        return float(evidence.max()), np.asarray(np.logaddexp.reduce(np.stack(layers)))

    def _spread(
        self,
        fit: _Fit,
        axis: int,
        rows: npt.NDArray[np.intp],
        columns: npt.NDArray[np.intp],
        limits: tuple[float, float],
    ) -> float:
        """How far pairs that belong together lie apart on an axis."""
        left = self._apart(fit, axis)[rows, columns]
        return float(np.clip(1.5 * np.sqrt(np.mean(left**2)), *limits))

    def _odds(self, across: _Fit, down: _Fit, spread: tuple[float, float]) -> tuple[Table, Table]:
        """Log odds that two boxes are the same thing if the layout is kept on both axes, and downwards only."""
        right, below = self._apart(across, 0) / spread[0], self._apart(down, 3) / spread[1]
        size = np.minimum(self._other_size(across, down), 2.0)
        both = np.exp(-0.5 * (right**2 + below**2) - size) / (6.2832 * spread[0] * spread[1])
        only_down = np.exp(-0.5 * below**2 - size) / (2.5066 * spread[1])
        return np.log(_MOVED + (1 - _MOVED) * both), np.log(_MOVED + (1 - _MOVED) * only_down)

    def _other_size(self, across: _Fit, down: _Fit) -> Table:
        """What speaks against each pair because their sizes differ: the heights of texts, both sides of pictures."""
        wide, high = (
            _log_ratio(*(side[:, axis + 2] - side[:, axis] for side in (self._places, self._canvas)))
            + np.log(fit.scale)
            for axis, fit in ((0, across), (3, down))
        )
        texts = 0.5 * (high / _TEXT_SIZES) ** 2
        return np.asarray(np.where(self._texts, texts, 0.5 * (high**2 + wide**2) / _PICTURE_SIZES**2))

    def _evidence(self, odds: Table) -> float:
        """How much speaks for a common layout: anchors as they fall, the others less the choice that they had and less
        what their names lose by it.
        """
        rows, columns = self._anchors
        free_rows = np.setdiff1d(np.arange(odds.shape[0]), rows)
        free_columns = np.setdiff1d(np.arange(odds.shape[1]), columns)
        cells = np.ix_(free_rows, free_columns)
        total = float(odds[rows, columns].sum())
        rest, names = np.where(self._possible, odds, -_LIMIT)[cells], self._names[cells]
        if rest.size:
            ours, theirs = _mutual(rest + 0.5 * names, -_LIMIT / 2, 0.0)
            choice = np.log(np.maximum(1, self._possible[cells].sum(axis=1)))
            total += float((rest[ours, theirs] - choice[ours] + names[ours, theirs] - names[ours].max(axis=1)).sum())
            total += (len(free_rows) - len(ours)) * np.log(_MOVED) * 0.5
        return total

    def _apart(self, fit: _Fit, axis: int) -> Table:
        """How far each pair is apart on an axis: texts by the edges or middles that are nearest, since they grow to
        either side, pictures by their middles.
        """
        laid = self._places[:, axis : axis + 3] * fit.scale + fit.shift
        low, middle, high = (
            np.abs(np.subtract.outer(laid[:, edge], self._canvas[:, axis + edge])) for edge in range(3)
        )
        return np.where(self._texts, np.minimum(np.minimum(low, high), middle), middle)

    def _fit(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], axis: int) -> _Fit:
        """Least squares over the middles (across: over the edges that fall together best), or a shift alone where they
        lie too close together for a scale.
        """
        places, canvas = self._places[rows], self._canvas[columns]
        edge = int(np.abs(places[:, axis : axis + 3] - canvas[:, axis : axis + 3]).sum(axis=0).argmin())
        edge = edge if axis == 0 else 1
        ours, theirs = places[:, axis + edge], canvas[:, axis + edge]
        scale = 1.0
        if len(ours) >= 3 and np.ptp(ours) > 0.1:
            scale = float(np.clip(np.polyfit(ours, theirs, 1)[0], *_SCALES))
        return _Fit(scale, float(np.median(theirs - scale * ours)))


def _edges(boxes: Sequence[Box]) -> Table:
    """Boxes as rows of left, centre, right, top, middle, bottom."""
    sides = np.array([(box.left, box.left + box.width, box.top, box.top + box.height) for box in boxes])
    left, right, top, bottom = sides.T
    return np.stack([left, (left + right) / 2, right, top, (top + bottom) / 2, bottom], axis=1)


def _log_ratio(ours: Table, theirs: Table) -> Table:
    return np.asarray(np.log(np.maximum(ours, 1e-3))[:, None] - np.log(np.maximum(theirs, 1e-3))[None, :])


def _mutual(table: Table, least: float, clear: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The pairs that are best for both row and column, of this worth at least and by so much better than any other."""
    if not table.size:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    columns = table.argmax(axis=1)
    rows = np.arange(len(table))
    best = table[rows, columns]
    keep = (table.argmax(axis=0)[columns] == rows) & (best >= least)
    if clear > 0:
        other = table.copy()
        other[rows, columns] = -np.inf
        rival = np.maximum(other.max(axis=1), other[:, columns].max(axis=0))
        keep &= best - rival >= clear
    return rows[keep], columns[keep]


def _boxes_over(places: Table, canvas: Table) -> tuple[_Fit, _Fit]:
    """The whole of one side over the whole of the other."""
    fits = []
    for axis in (0, 3):
        low, high = places[:, axis].min(), places[:, axis + 2].max()
        other_low, other_high = (canvas[:, axis].min(), canvas[:, axis + 2].max()) if len(canvas) else (low, high)
        scale = (other_high - other_low) / (high - low) if high - low > 0.05 and len(places) > 2 else 1.0
        scale = float(np.clip(scale, *_SCALES))
        fits.append(_Fit(scale, float((other_low + other_high) / 2 - scale * (low + high) / 2)))
    return fits[0], fits[1]
