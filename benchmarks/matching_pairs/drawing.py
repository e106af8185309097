"""Where things stand: a layout for a list of items on a canvas, as a designer would draw it.

Reads items, gives boxes in fractions of the canvas. Text stands in reading order, repeated groups in rows or columns.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

HEIGHTS = {"H": 0.07, "S": 0.038, "L": 0.026, "B": 0.09}
STYLES = ("left", "right", "pictures above", "pictures below")
CANVASES = ((1080, 1080), (1920, 1080), (1080, 1920), (1200, 1500), (1280, 720), (1080, 1350))


class Region(NamedTuple):
    left: float
    top: float
    width: float
    height: float


class Thing(NamedTuple):
    """What the layout must know: `group` is None for what stands alone, else the number of its group."""

    key: int
    kind: str
    letters: int
    group: int | None


def lay_out(things: Sequence[Thing], style: str, ratio: float, *, columns: bool, corner: int = 0) -> dict[int, Region]:
    """A box for each thing. `ratio` is width by height of the canvas; `columns` sets groups side by side."""
    boxes: dict[int, Region] = {}
    alone = [one for one in things if one.group is None]
    groups = sorted({one.group for one in things if one.group is not None})
    texts, pictures, repeated = _regions(style, bool(groups))
    _stack(boxes, [one for one in alone if one.kind in HEIGHTS], texts, ratio)
    _cells(boxes, [one for one in alone if one.kind in "PC"], pictures, ratio)
    corners = [(0.86, 0.02), (0.04, 0.02), (0.86, 0.94), (0.04, 0.94), (0.45, 0.94), (0.45, 0.02)]
    for number, one in enumerate(one for one in alone if one.kind in "GI"):
        left, top = corners[(number + corner) % len(corners)]
        boxes[one.key] = Region(left, top, 0.1, 0.04)
    for one in alone:
        if one.kind == "K":
            boxes[one.key] = Region(0, 0, 1, 1)
    for place, number in enumerate(groups):
        members = [one for one in things if one.group == number]
        _group(boxes, members, _part(repeated, place, len(groups), columns=columns), ratio, columns=columns)
    return boxes


def shaken(box: Region, chance: random.Random, amount: float) -> Region:
    """The box moved and resized a little, as two people draw the same layout."""

    def by() -> float:
        return chance.uniform(-amount, amount)

    grow = 1 + 4 * by()
    return Region(box.left + by(), box.top + by() * 0.6, box.width * grow, box.height * (1 + 2 * by()))


def _regions(style: str, groups: bool) -> tuple[Region, Region, Region]:
    """Where single texts, single pictures and groups stand."""
    if style in ("left", "right"):
        tall = 0.4 if groups else 0.82
        one, other = (0.06, 0.53) if style == "left" else (0.53, 0.06)
        return Region(one, 0.09, 0.41, tall), Region(other, 0.09, 0.41, tall), Region(0.06, 0.52, 0.88, 0.4)
    if style == "pictures above":
        if groups:
            return Region(0.06, 0.36, 0.88, 0.26), Region(0.06, 0.08, 0.88, 0.26), Region(0.06, 0.64, 0.88, 0.28)
        return Region(0.06, 0.5, 0.88, 0.42), Region(0.06, 0.08, 0.88, 0.4), Region(0, 0, 1, 1)
    if groups:
        return Region(0.06, 0.08, 0.88, 0.28), Region(0.06, 0.67, 0.88, 0.25), Region(0.06, 0.38, 0.88, 0.27)
    return Region(0.06, 0.08, 0.88, 0.42), Region(0.06, 0.52, 0.88, 0.4), Region(0, 0, 1, 1)


def _stack(boxes: dict[int, Region], texts: Sequence[Thing], region: Region, ratio: float) -> None:
    """Texts below each other, as wide as they are long."""
    if not texts:
        return
    gap = 0.3
    wanted = sum(HEIGHTS[one.kind] * (1 + gap) for one in texts)
    scale = min(1.3, region.height / wanted)
    top = region.top
    for one in texts:
        height = HEIGHTS[one.kind] * scale
        line = height if one.kind != "B" else height / 3.4
        width = min(region.width, max(2, one.letters) * line * 0.52 / ratio)
        boxes[one.key] = Region(region.left, top, region.width if one.kind == "B" else width, height)
        top += height * (1 + gap)


def _cells(boxes: dict[int, Region], pictures: Sequence[Thing], region: Region, ratio: float) -> None:
    """Pictures side by side in a wide region, below each other in a tall one."""
    wide = region.width * ratio > region.height * 1.3
    for place, one in enumerate(pictures):
        cell = _part(region, place, len(pictures), columns=wide)
        share = 0.75 if one.kind == "C" else 0.94
        boxes[one.key] = Region(
            cell.left + cell.width * (1 - share) / 2, cell.top, cell.width * share, cell.height * 0.95
        )


def _part(region: Region, place: int, count: int, *, columns: bool) -> Region:
    if columns:
        width = region.width / count
        return Region(region.left + place * width, region.top, width * 0.92, region.height)
    height = region.height / count
    return Region(region.left, region.top + place * height, region.width, height * 0.9)


def _group(boxes: dict[int, Region], members: Sequence[Thing], region: Region, ratio: float, *, columns: bool) -> None:
    """A picture and the texts beside it (in a row) or below it (in a column)."""
    pictures = [one for one in members if one.kind not in HEIGHTS]
    texts = [one for one in members if one.kind in HEIGHTS]
    if not pictures:
        rest = region
    elif columns:
        _cells(boxes, pictures, Region(region.left, region.top, region.width, region.height * 0.55), ratio)
        rest = Region(region.left, region.top + region.height * 0.6, region.width, region.height * 0.4)
    else:
        side = min(region.width * 0.3, region.height / ratio)
        _cells(boxes, pictures, Region(region.left, region.top, side, region.height), ratio)
        rest = Region(region.left + side * 1.2, region.top, region.width - side * 1.2, region.height)
    if columns or len(texts) == 1:
        _stack(boxes, texts, rest, ratio)
        return
    for place, one in enumerate(texts):
        cell = _part(rest, place, len(texts), columns=True)
        height = min(rest.height, HEIGHTS[one.kind])
        width = min(cell.width, max(2, one.letters) * height * 0.52 / ratio)
        boxes[one.key] = Region(cell.left, rest.top + (rest.height - height) / 2, width, height)
