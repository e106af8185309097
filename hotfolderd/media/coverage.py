"""How much of each pixel polygons cover, exactly: smooth edges without drawing anything larger.

Plain arithmetic on numpy arrays; reads and writes no files. The signed area of each edge is summed along the rows, so
that polygons that touch leave no seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
_Numbers = npt.NDArray[np.float64]
_Counts = npt.NDArray[np.int64]
_FAR = 1e7
_PIECES = 4_000_000.0


def coverage(polygons: Sequence[_Numbers], size: tuple[int, int], *, even_odd: bool = False) -> Floats:
    """An array of (height × width) from 0 to 1; `polygons` are arrays of (corners × 2) or (k × corners × 2) in pixels.

    Polygons are closed by themselves. Where they overlap, the winding number decides, or with `even_odd` its parity.
    """
    covered = np.zeros((size[1], size[0]), np.float32)
    edges = _edges(polygons)
    if not len(edges):
        return covered
    low = np.maximum(np.floor(edges.reshape(-1, 2).min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(edges.reshape(-1, 2).max(axis=0)), size).astype(int)
    if (high <= low).any():
        return covered
    width, height = int(high[0] - low[0]), int(high[1] - low[1])
    winding = np.abs(_winding(edges - low, width, height))
    part = 1 - np.abs(winding % 2 - 1) if even_odd else np.minimum(winding, 1)
    covered[low[1] : high[1], low[0] : high[0]] = part
    return covered


def _edges(polygons: Sequence[_Numbers]) -> _Numbers:
    """All edges as (n × 2 × 2): from, to."""
    groups = [polygon if polygon.ndim == 3 else polygon[None] for polygon in polygons if polygon.size]
    if not groups:
        return np.empty((0, 2, 2))
    pairs = [np.stack([group, np.roll(group, -1, axis=1)], axis=2).reshape(-1, 2, 2) for group in groups]
    edges = np.concatenate(pairs)
    return np.clip(edges[np.isfinite(edges).all(axis=(1, 2))], -_FAR, _FAR)


def _winding(edges: _Numbers, width: int, height: int) -> _Numbers:
    """The winding number of each pixel, averaged over its area."""
    x0, y0, x1, y1 = edges[:, 0, 0], edges[:, 0, 1], edges[:, 1, 0], edges[:, 1, 1]
    seen = (np.maximum(y0, y1) > 0) & (np.minimum(y0, y1) < height) & (y0 != y1)
    x0, y0, x1, y1 = x0[seen], y0[seen], x1[seen], y1[seen]
    at_top, at_bottom = (np.clip((bound - y0) / (y1 - y0), 0, 1) for bound in (0, height))
    start, end = np.minimum(at_top, at_bottom), np.maximum(at_top, at_bottom)
    x0, y0, x1, y1 = x0 + start * (x1 - x0), y0 + start * (y1 - y0), x0 + end * (x1 - x0), y0 + end * (y1 - y0)
    ends = np.stack([x0, y0, x1, y1])
    total = height * (width + 2)
    summed = np.zeros(total)
    # Never more pieces at once than fit into memory, however long the path is.
    pieces = np.cumsum(np.minimum(np.abs(x1 - x0), width) + np.abs(y1 - y0) + 2)
    most = pieces[-1] if len(pieces) else 0.0
    starts = np.searchsorted(pieces, np.arange(_PIECES, most, _PIECES))
    for part in np.split(ends, starts, axis=1):
        at, rise, left = _signed(part, width, height)
        summed += np.bincount(at, rise * (1 - left), total) + np.bincount(at + 1, rise * left, total)
    return np.cumsum(summed.reshape(height, width + 2), axis=1)[:, :width]


def _signed(ends: _Numbers, width: int, height: int) -> tuple[_Counts, _Numbers, _Numbers]:
    """For each piece of an edge within one pixel: where it is, how far it goes down, how far from the left it lies."""
    x0, y0, x1, y1 = ends
    edge, t = _pieces(x0, y0, x1, y1, width)
    inside = edge[1:] == edge[:-1]
    edge, one, two = edge[:-1][inside], t[:-1][inside], t[1:][inside]
    middle = (one + two) / 2
    row = np.clip(np.floor(y0[edge] + middle * (y1 - y0)[edge]), 0, height - 1)
    x = np.clip(x0[edge] + middle * (x1 - x0)[edge], 0, width)
    column = np.floor(x)
    at = (row * (width + 2) + column).astype(np.int64)
    return at, (two - one) * (y1 - y0)[edge], x - column


def _pieces(x0: _Numbers, y0: _Numbers, x1: _Numbers, y1: _Numbers, width: int) -> tuple[_Counts, _Numbers]:
    """Where each edge crosses the borders of pixels: its number and the fraction of its length, in that order."""
    numbers = np.arange(len(x0))
    ends = [(numbers, np.zeros(len(x0))), (numbers, np.ones(len(x0)))]
    for start, end, most in ((y0, y1, None), (x0, x1, width)):
        first = np.floor(np.minimum(start, end)) + 1
        last = np.ceil(np.maximum(start, end)) - 1
        if most is not None:
            first, last = np.maximum(first, 0), np.minimum(last, most)
        counts = np.maximum(last - first + 1, 0).astype(np.int64)
        edge = np.repeat(numbers, counts)
        border = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
        ends.append((edge, (border - start[edge]) / (end - start)[edge]))
    edge, t = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    order = np.lexsort((t, edge))
    return edge[order], t[order]
