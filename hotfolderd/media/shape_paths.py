"""The paths of a shape layer at a moment, and the transforms of its groups.

Reads py-aep's objects; writes nothing. Geometry as py-aep measured it on After Effects 2026
(`resolvers/shape_bounds.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hotfolderd.media.outlines import KAPPA, Outline, of_shape, straight
from hotfolderd.media.placing import Affine, chain, sound

PREFIX = "ADBE Vector "


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, and what is known already of the layer because it never changes, shared by all its moments."""

    time_s: float
    steady: dict[tuple[int, str], tuple[Any, Any]]


def value(group: Any, at: Moment, name: str) -> Any:
    """A value of a group then; `name` is what follows "ADBE Vector ". Raises ValueError if it is beyond all reason."""
    key = id(group), name
    if key in at.steady:
        return at.steady[key][1]
    stream = group[PREFIX + name]
    found = stream.value_at_time(at.time_s)
    if isinstance(found, int | float | list):
        sound(*(found if isinstance(found, list) else [found]))
    if not stream.keyframes:
        at.steady[key] = group, found  # with the group, so that no other one gets its id
    return found


def share(group: Any, at: Moment, name: str) -> float:
    """A percentage as a number from 0 to 1."""
    return min(1.0, max(0.0, float(value(group, at, name)) / 100))


def group_matrix(transform: Any, at: Moment) -> Affine:
    """The transform of a group, from what is in it to what it is in."""
    axis = math.radians(value(transform, at, "Skew Axis"))
    shear = (1.0, -math.tan(math.radians(value(transform, at, "Skew"))), 0.0, 0.0, 1.0, 0.0)
    turned = chain(turn(-axis), chain(shear, turn(axis)))
    scale = [part / 100 for part in value(transform, at, "Scale")[:2]]
    return placed(
        value(transform, at, "Position"),
        chain(turn(math.radians(value(transform, at, "Rotation"))), turned),
        scale,
        value(transform, at, "Anchor"),
    )


def turn(radians: float) -> Affine:
    """A rotation about (0, 0)."""
    return (math.cos(radians), -math.sin(radians), 0.0, math.sin(radians), math.cos(radians), 0.0)


def placed(position: Any, middle: Affine, scale: Any, anchor: Any) -> Affine:
    """Brings the anchor to the position, scaled first, then through `middle`."""
    inner = chain((scale[0], 0.0, 0.0, 0.0, scale[1], 0.0), (1.0, 0.0, -anchor[0], 0.0, 1.0, -anchor[1]))
    return chain((1.0, 0.0, position[0], 0.0, 1.0, position[1]), chain(middle, inner))


def rectangle(item: Any, at: Moment) -> Outline:
    """A rectangle; it begins at the upper right corner and goes clockwise."""
    (w, h), (x, y) = value(item, at, "Rect Size")[:2], value(item, at, "Rect Position")[:2]
    r = min(max(value(item, at, "Rect Roundness"), 0.0), abs(w) / 2, abs(h) / 2)
    left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    if r == 0:
        return straight((right, top), (right, bottom), (left, bottom), (left, top))
    k = r * KAPPA
    vertices = (
        (right, top + r), (right, bottom - r), (right - r, bottom), (left + r, bottom),
        (left, bottom - r), (left, top + r), (left + r, top), (right - r, top),
    )  # fmt: skip
    none = (0.0, 0.0)
    ins = ((0.0, -k), none, (k, 0.0), none, (0.0, k), none, (-k, 0.0), none)
    outs = (none, (0.0, k), none, (-k, 0.0), none, (0.0, -k), none, (k, 0.0))
    return Outline(vertices, ins, outs)


def ellipse(item: Any, at: Moment) -> Outline:
    """An ellipse; it begins at the top."""
    (w, h), (x, y) = value(item, at, "Ellipse Size")[:2], value(item, at, "Ellipse Position")[:2]
    rx, ry = w / 2, h / 2
    kx, ky = rx * KAPPA, ry * KAPPA
    outs = ((kx, 0.0), (0.0, ky), (-kx, 0.0), (0.0, -ky))
    ins = ((-kx, 0.0), (0.0, -ky), (kx, 0.0), (0.0, ky))
    return Outline(((x, y - ry), (x + rx, y), (x, y + ry), (x - rx, y)), ins, outs)


def star(item: Any, at: Moment) -> Outline:
    """A star or a polygon; of a broken number of points the whole ones."""
    points = max(3, min(500, int(value(item, at, "Star Points"))))
    pointed = value(item, at, "Star Type") == 1
    x, y = value(item, at, "Star Position")[:2]
    rings = [(value(item, at, f"Star {ring} Radius"), value(item, at, f"Star {ring} Roundess") / 100)
             for ring in (("Outer", "Inner") if pointed else ("Outer",))]  # fmt: skip
    count = points * len(rings)
    handle = KAPPA * math.sin(math.pi / points)
    start = math.radians(value(item, at, "Star Rotation")) - math.pi / 2
    vertices, ins, outs = [], [], []
    for i in range(count):
        radius, roundness = rings[i % len(rings)]
        cos, sin = math.cos(start + 2 * math.pi * i / count), math.sin(start + 2 * math.pi * i / count)
        reach = radius * roundness * handle
        vertices.append((x + radius * cos, y + radius * sin))
        ins.append((sin * reach, -cos * reach))
        outs.append((-sin * reach, cos * reach))
    return Outline(tuple(vertices), tuple(ins), tuple(outs))


def path(item: Any, at: Moment) -> Outline | None:
    """A drawn path, None where it is empty."""
    shape = value(item, at, "Shape")
    return of_shape(shape) if len(shape.vertices) > 1 else None


PATHS: dict[str, Callable[[Any, Moment], Outline | None]] = {
    "ADBE Vector Shape - Rect": rectangle,
    "ADBE Vector Shape - Ellipse": ellipse,
    "ADBE Vector Shape - Star": star,
    "ADBE Vector Shape - Group": path,
}
