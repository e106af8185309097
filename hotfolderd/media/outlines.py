"""Paths of bezier curves: as polygons fine enough for a zoom, cut to a part of their length, dashed, and stroked.

Plain geometry on numpy arrays of points (n × 2); reads and writes no files. Joins and caps as in After Effects: a
corner sharper than the miter limit allows is bevelled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hotfolderd.media.placing import Affine, sound

Point = tuple[float, float]
Points = npt.NDArray[np.float64]
Cap = Literal["butt", "round", "square"]
Join = Literal["miter", "round", "bevel"]

KAPPA = 4 / 3 * (math.sqrt(2) - 1)
_TOLERANCE_PX = 0.08
_MAX_STEPS = 200
_MAX_DASHES = 20_000
_A_CORNER = math.cos(math.radians(8))


@dataclass(frozen=True, slots=True)
class Outline:
    """A path: its vertices, and for each the handles towards and from it, relative to it.

    `kept` are the parts of its length that are left, as fractions; an end above 1 goes on past the start.
    """

    vertices: tuple[Point, ...]
    ins: tuple[Point, ...]
    outs: tuple[Point, ...]
    closed: bool = True
    kept: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A path without curves."""

    points: Points
    closed: bool


def straight(*corners: Point) -> Outline:
    """A closed polygon."""
    flat = ((0.0, 0.0),) * len(corners)
    return Outline(corners, flat, flat)


def of_shape(shape: Any, scale: Point = (1.0, 1.0)) -> Outline:
    """The outline of py-aep's `Shape`, each axis scaled. Raises ValueError if it is beyond all reason."""

    def points(values: Sequence[Sequence[float]]) -> tuple[Point, ...]:
        sound(*(number for value in values for number in value))
        return tuple((float(value[0]) * scale[0], float(value[1]) * scale[1]) for value in values)

    return Outline(points(shape.vertices), points(shape.in_tangents), points(shape.out_tangents), bool(shape.closed))


def moved(points: Points, matrix: Affine) -> Points:
    """The points where the transform puts them."""
    a, b, c, d, e, f = matrix
    return np.asarray(points @ np.array([[a, d], [b, e]]) + np.array([c, f]))


def lines(outline: Outline, zoom: float) -> list[Line]:
    """The path without curves, fine enough for `zoom` pixels for each of its units; several where it was cut."""
    whole = _flattened(outline, zoom)
    if whole is None:
        return []
    if outline.kept is None:
        return [whole]
    return [part for start, end in outline.kept for part in cut(whole, start, end)]


def _flattened(outline: Outline, zoom: float) -> Line | None:
    vertices, ins, outs = (
        np.array(points, float).reshape(-1, 2) for points in (outline.vertices, outline.ins, outline.outs)
    )
    if len(vertices) < 2 or not np.isfinite([vertices, ins, outs]).all():
        return None
    ends = np.roll(vertices, -1, axis=0)
    first, second = vertices + outs, ends + np.roll(ins, -1, axis=0)
    pieces = []
    for i in range(len(vertices) if outline.closed else len(vertices) - 1):
        p0, p1, p2, p3 = vertices[i], first[i], second[i], ends[i]
        bend = max(np.abs(p0 - 2 * p1 + p2).max(), np.abs(p1 - 2 * p2 + p3).max())
        straight_line = np.array_equal(p0, p1) and np.array_equal(p2, p3)
        steps = 1 if straight_line else min(_MAX_STEPS, max(1, math.ceil(math.sqrt(bend * zoom / _TOLERANCE_PX))))
        t = np.arange(steps)[:, None] / steps
        pieces.append((1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3)
    if not outline.closed:
        pieces.append(vertices[-1:])
    return Line(_without_repeats(np.concatenate(pieces), outline.closed), outline.closed)


def _without_repeats(points: Points, closed: bool) -> Points:
    steps = np.abs(np.diff(points, axis=0, append=points[:1])).max(axis=1)
    differs = steps > 1e-9
    if not closed:
        differs[-1] = True
    return points[differs] if differs.any() else points[:1]


def _measured(line: Line) -> tuple[Points, npt.NDArray[np.float64]]:
    """All points, the first one again at the end of a closed line, and how far along the line each of them lies."""
    points = np.concatenate([line.points, line.points[:1]]) if line.closed else line.points
    return points, np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def length(line: Line) -> float:
    """How long the line is."""
    return float(_measured(line)[1][-1])


def cut(line: Line, start: float, end: float) -> list[Line]:
    """The part of the line between two fractions of its length; `end` may lie above 1."""
    if end - start >= 1:
        return [line]
    if end <= start:
        return []
    points, along = _measured(line)
    if along[-1] <= 0:
        return []
    if end <= 1:
        return [Line(_between(points, along, start * along[-1], end * along[-1]), closed=False)]
    head = _between(points, along, start * along[-1], float(along[-1]))
    tail = _between(points, along, 0.0, (end - 1) * along[-1])
    if line.closed:
        return [Line(_without_repeats(np.concatenate([head, tail]), closed=False), closed=False)]
    return [Line(head, closed=False), Line(tail, closed=False)]


def _between(points: Points, along: npt.NDArray[np.float64], start: float, end: float) -> Points:
    inside = points[(along > start) & (along < end)]
    ends = np.stack([np.interp((start, end), along, points[:, axis]) for axis in (0, 1)], axis=1)
    return np.concatenate([ends[:1], inside, ends[1:]])


def dashed(line: Line, dashes: Sequence[float], offset: float) -> Iterator[Line]:
    """The dashes of a line: `dashes` are the lengths drawn and left out by turns."""
    points, along = _measured(line)
    total, period = float(along[-1]), float(sum(dashes))
    if period <= 0 or total / period * len(dashes) > _MAX_DASHES:
        yield line
        return
    at, i = -(offset % period), 0
    while at < total:
        end = at + max(0.0, dashes[i % len(dashes)])
        if i % 2 == 0 and end > 0 and end > at:
            yield Line(_between(points, along, max(at, 0.0), min(end, total)), closed=False)
        at, i = end, i + 1


def stroked(line: Line, width: float, cap: Cap, join: Join, miter_limit: float, zoom: float) -> list[Points]:
    """The polygons that together are the stroke, each an array of (k × corners × 2), all turning the same way."""
    radius, points = width / 2, line.points
    if len(points) < 2:
        return [_circles(points, radius, zoom)] if cap == "round" and len(points) else []
    starts, ends = (points, np.roll(points, -1, axis=0)) if line.closed else (points[:-1], points[1:])
    along = ends - starts
    along = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * radius
    polygons = [np.stack([starts + across, ends + across, ends - across, starts - across], axis=1)]
    if line.closed:
        polygons += _joins(starts, np.roll(along, 1, axis=0), along, radius, join, miter_limit, zoom)
    else:
        polygons += _joins(starts[1:], along[:-1], along[1:], radius, join, miter_limit, zoom)
        tips = np.stack([points[0], points[-1]])
        if cap == "round":
            polygons.append(_circles(tips, radius, zoom))
        elif cap == "square":
            out = np.stack([-along[0], along[-1]]) * radius
            side = np.stack([across[0], across[-1]])
            polygons.append(np.stack([tips + side, tips + side + out, tips - side + out, tips - side], axis=1))
    return [_same_turn(group) for group in polygons if len(group)]


def _joins(
    at: Points, before: Points, after: Points, radius: float, join: Join, miter_limit: float, zoom: float
) -> Iterator[Points]:
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    straight_on = (before * after).sum(axis=1)
    outside = -np.sign(turn)[:, None] * radius
    one = at + outside * np.stack([-before[:, 1], before[:, 0]], axis=1)
    two = at + outside * np.stack([-after[:, 1], after[:, 0]], axis=1)
    yield np.stack([at, one, two], axis=1)
    corner = straight_on < _A_CORNER
    if join == "round":
        yield _circles(at[corner], radius, zoom)
    elif join == "miter":
        reach = 1 / np.sqrt(np.maximum((1 + straight_on) / 2, 1e-12))
        sharp = corner & (reach <= max(miter_limit, 1.0))
        middle = (one + two) / 2 - at
        tips = at + middle / np.maximum(np.hypot(*middle.T), 1e-12)[:, None] * (radius * reach)[:, None]
        yield np.stack([at, one, tips, two], axis=1)[sharp]


def _circles(centres: Points, radius: float, zoom: float) -> Points:
    corners = min(128, max(12, math.ceil(math.pi * math.sqrt(radius * zoom / (2 * _TOLERANCE_PX)))))
    angles = np.arange(corners) / corners * 2 * math.pi
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    return centres[:, None, :] + around[None]


def _same_turn(polygons: Points) -> Points:
    x, y = polygons[..., 0], polygons[..., 1]
    area = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)
    polygons[area < 0] = polygons[area < 0, ::-1]
    return polygons
