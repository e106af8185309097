"""What a shape layer of a project shows at a moment, as values of `shapes`.

Reads py-aep's objects; draws nothing and writes nothing. Order and geometry as py-aep measured them on After Effects
2026 (`resolvers/shape_bounds.py`): a paint takes the paths above it in its group, those of inner groups included, and
lies below what was painted before, unless it says otherwise; trimming reaches all paths above it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from py_aep.models.layers.shape_layer import ShapeLayer

from hotfolderd.media.outlines import Outline, length, lines
from hotfolderd.media.placing import IDENTITY, Affine, chain
from hotfolderd.media.shape_paints import PAINTS, Note
from hotfolderd.media.shape_paths import PATHS, PREFIX, Moment, group_matrix, placed, share, turn, value
from hotfolderd.media.shapes import Art, Fill, Group, Painted, Stroke, art

_FILTER = "ADBE Vector Filter - "
_MAX_COPIES = 200
_MAX_ITEMS = 2000
_ABOVE = 2
_INDIVIDUALLY = 2


@dataclass(slots=True)
class _Path:
    """A path that operations further down may still change."""

    outline: Outline


@dataclass(slots=True)
class _Paint:
    paths: list[tuple[_Path, Affine]]
    paint: Fill | Stroke


@dataclass(slots=True)
class _Group:
    matrix: Affine
    opacity: float
    stack: list[_Paint | _Group]


_Paths = list[tuple[_Path, Affine]]
_Stack = list[_Paint | _Group]


def contents(layer: ShapeLayer) -> Any:
    """The group that holds all of a shape layer."""
    return layer["ADBE Root Vectors Group"]


def streams(layer: ShapeLayer) -> Iterator[Any]:
    """All properties of the artwork."""
    waiting = [contents(layer)]
    while waiting:
        for item in waiting.pop().properties:
            if hasattr(item, "properties"):
                waiting.append(item)
            else:
                yield item


def art_at(layer: ShapeLayer, at: Moment, note: Note) -> Art | None:
    """The artwork of the layer then; `note` takes what is not drawn of it. None where nothing is."""
    _, stack = _Reader(at, note).read(contents(layer))
    items = list(itertools.islice(_resolved(stack, IDENTITY), _MAX_ITEMS + 1))
    if len(items) > _MAX_ITEMS:
        note(f"only {_MAX_ITEMS} parts of the shape are drawn")
    return art(items[-_MAX_ITEMS:])


def _resolved(stack: _Stack, to_layer: Affine) -> Iterator[Painted | Group]:
    for item in stack:
        if isinstance(item, _Paint):
            outlines = tuple(_mapped(path.outline, matrix) for path, matrix in item.paths)
            if outlines and item.paint.opacity > 0:
                yield Painted(outlines, item.paint, to_layer)
        elif item.opacity >= 1:
            yield from _resolved(item.stack, chain(to_layer, item.matrix))
        elif item.opacity > 0:
            yield Group(tuple(_resolved(item.stack, chain(to_layer, item.matrix))), item.opacity)


def _mapped(outline: Outline, matrix: Affine) -> Outline:
    if matrix == IDENTITY:
        return outline
    a, b, c, d, e, f = matrix
    return replace(
        outline,
        vertices=tuple((a * x + b * y + c, d * x + e * y + f) for x, y in outline.vertices),
        ins=tuple((a * x + b * y, d * x + e * y) for x, y in outline.ins),
        outs=tuple((a * x + b * y, d * x + e * y) for x, y in outline.outs),
    )


@dataclass(slots=True)
class _Reader:
    at: Moment
    note: Note

    def value(self, group: Any, name: str) -> Any:
        return value(group, self.at, name)

    def share(self, group: Any, name: str) -> float:
        return share(group, self.at, name)

    def read(self, group: Any) -> tuple[_Paths, _Stack]:
        """The paths of a group, and what is painted in it, the lowest first."""
        paths: _Paths = []
        stack: _Stack = []
        for item in group.properties:
            name = item.match_name
            if not item.enabled:
                continue
            if name == "ADBE Vector Group":
                inner, painted = self.read(item["ADBE Vectors Group"])
                transform = item["ADBE Vector Transform Group"]
                local = group_matrix(transform, self.at)
                paths += [(path, chain(local, matrix)) for path, matrix in inner]
                stack.insert(0, _Group(local, self.share(transform, "Group Opacity"), painted))
                self.check_blend(item)
            elif name in PATHS:
                outline = PATHS[name](item, self.at)
                if outline is not None:
                    paths.append((_Path(outline), IDENTITY))
            elif name in PAINTS:
                self.check_blend(item)
                paint = _Paint(list(paths), PAINTS[name](item, self.at, self.note))
                stack.insert(len(stack) if self.value(item, "Composite Order") == _ABOVE else 0, paint)
            elif name == _FILTER + "Trim":
                self.trim([path for path, _ in paths], item)
            elif name == _FILTER + "Repeater":
                paths, stack = self.repeated(paths, stack, item)
            elif name.startswith(_FILTER) and not (name == _FILTER + "Merge" and self.value(item, "Merge Type") == 1):
                self.note(f"'{item.name}' of the shape is not applied")
        return paths, stack

    def check_blend(self, item: Any) -> None:
        if self.value(item, "Blend Mode") != 1:
            self.note(f"the blend mode of '{item.name}' in the shape is drawn as normal")

    def trim(self, paths: list[_Path], item: Any) -> None:
        start, end = sorted((self.share(item, "Trim Start"), self.share(item, "Trim End")))
        if end - start >= 1:
            return
        if any(path.outline.kept is not None for path in paths):
            self.note("only one of several 'Trim Paths' of the shape is applied")
        turn = (start + self.value(item, "Trim Offset") / 360) % 1 - start
        together = self.value(item, "Trim Type") != _INDIVIDUALLY
        lengths = [1.0 if together else sum(map(length, lines(path.outline, 1.0))) for path in paths]
        total, before = sum(lengths), 0.0
        for path, own in zip(paths, lengths, strict=True):
            if together:
                kept = [(start + turn, end + turn)] if end > start else []
            else:
                parts = [((start + turn + i) * total - before, (end + turn + i) * total - before) for i in (0, -1)]
                cut = [(max(0.0, a / own), min(1.0, b / own)) for a, b in parts] if own else []
                kept = [(a, b) for a, b in cut if b > a]
            path.outline = replace(path.outline, kept=tuple(kept))
            before += own

    def repeated(self, paths: _Paths, stack: _Stack, item: Any) -> tuple[_Paths, _Stack]:
        copies, offset = float(self.value(item, "Repeater Copies")), float(self.value(item, "Repeater Offset"))
        most = max(1, min(_MAX_COPIES, _MAX_ITEMS // max(1, len(paths))))
        if copies > most:
            self.note(f"only {most} copies of '{item.name}' are drawn")
        transform = item[PREFIX + "Repeater Transform"]
        position, anchor = self.value(transform, "Repeater Position"), self.value(transform, "Repeater Anchor")
        scale = [max(part, 0.0) / 100 for part in self.value(transform, "Repeater Scale")[:2]]
        rotation = math.radians(self.value(transform, "Repeater Rotation"))
        ends = self.share(transform, "Repeater Opacity 1"), self.share(transform, "Repeater Opacity 2")
        count = max(0, min(most, math.ceil(copies)))
        groups: _Stack = []
        all_paths: _Paths = []
        for i in range(count):
            n = i + offset
            moved_by = [part * n for part in position[:2]]
            about = [at + by for at, by in zip(anchor, moved_by, strict=False)]
            local = placed(about, turn(rotation * n), [part**n if part else 0.0 for part in scale], anchor)
            opacity = ends[0] + (ends[1] - ends[0]) * (i / (count - 1) if count > 1 else 0.0)
            opacity *= min(1.0, copies - i)
            groups.append(_Group(local, opacity, stack))
            all_paths += [(path, chain(local, matrix)) for path, matrix in paths]
        above = self.value(item, "Repeater Order") == _ABOVE
        return all_paths, groups if above else groups[::-1]
