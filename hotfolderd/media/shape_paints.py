"""The fills and strokes of a shape layer at a moment, as values of `shapes`.

Reads py-aep's objects; writes nothing. What is not drawn of them is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotfolderd.media.outlines import Cap, Join, Point
from hotfolderd.media.shape_paths import PREFIX, Moment, share, value
from hotfolderd.media.shapes import Colour, Fill, Gradient, Stroke

Note = Callable[[str], None]
"""Takes what is not drawn, in words."""

_CAPS: dict[int, Cap] = {2: "round", 3: "square"}
_JOINS: dict[int, Join] = {2: "round", 3: "bevel"}
_EVEN_ODD = 2
_RADIAL = 2
_WHITE_TO_BLACK = ((0.0, 1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0))


def _fill(item: Any, at: Moment, note: Note) -> Fill:
    colour = _gradient(item, at, note) if "G-Fill" in item.match_name else _colour(value(item, at, "Fill Color"))
    return Fill(colour, share(item, at, "Fill Opacity"), even_odd=value(item, at, "Fill Rule") == _EVEN_ODD)


def _stroke(item: Any, at: Moment, note: Note) -> Stroke:
    colour = _gradient(item, at, note) if "G-Stroke" in item.match_name else _colour(value(item, at, "Stroke Color"))
    if any(_says(item, at, "Stroke Taper", f"Taper {end} Length") for end in ("Start", "End")):
        note("the taper of a stroke is not drawn")
    if _says(item, at, "Stroke Wave", "Taper Wave Amount"):
        note("the wave of a stroke is not drawn")
    dashes, offset = _dashes(item[PREFIX + "Stroke Dashes"], at)
    return Stroke(
        colour,
        share(item, at, "Stroke Opacity"),
        max(0.0, float(value(item, at, "Stroke Width"))),
        _CAPS.get(value(item, at, "Stroke Line Cap"), "butt"),
        _JOINS.get(value(item, at, "Stroke Line Join"), "miter"),
        float(value(item, at, "Stroke Miter Limit")),
        dashes,
        offset,
    )


def _dashes(group: Any, at: Moment) -> tuple[tuple[float, ...], float]:
    """Dashes and gaps by turns, and where they begin; a dash without a gap has one of its own length."""
    # py-aep 0.18.2 lists all six; only those that the project holds are drawn, whatever their value.
    there = {p.match_name: p for p in group.properties if p._is_live()}  # noqa: SLF001 - nothing public tells it
    found: list[float] = []
    for i in (1, 2, 3):
        dash, gap = there.get(f"{PREFIX}Stroke Dash {i}"), there.get(f"{PREFIX}Stroke Gap {i}")
        if dash is None:
            break
        drawn = max(0.0, float(dash.value_at_time(at.time_s)))
        found += [drawn, max(0.0, float(gap.value_at_time(at.time_s))) if gap is not None else drawn]
    return tuple(found), float(value(group, at, "Stroke Offset")) if found else 0.0


def _gradient(item: Any, at: Moment, note: Note) -> Gradient:
    note(f"'{item.name}' of the shape is only approximate")
    kept = value(item, at, "Grad Colors")
    stops = [(float(stop.offset), *map(float, stop.color[:3])) for stop in kept.color_stops] if kept else []
    alphas = tuple((float(stop.offset), float(stop.alpha)) for stop in kept.alpha_stops) if kept else ()
    return Gradient(
        value(item, at, "Grad Type") == _RADIAL,
        _point(value(item, at, "Grad Start Pt")),
        _point(value(item, at, "Grad End Pt")),
        tuple((place, red, green, blue) for place, red, green, blue in sorted(stops)) or _WHITE_TO_BLACK,
        tuple(sorted(alphas)) or ((0.0, 1.0),),
    )


def _says(group: Any, at: Moment, *names: str) -> bool:
    """Whether a value that older projects do not have is there and is not 0."""
    for name in names:
        found = {p.match_name: p for p in getattr(group, "properties", ())}
        group = found.get(PREFIX + name)
    return group is not None and bool(group.value_at_time(at.time_s))


def _colour(values: Any) -> Colour:
    red, green, blue = (min(255, max(0, round(part * 255))) for part in values[:3])
    return red, green, blue


def _point(value: Any) -> Point:
    return float(value[0]), float(value[1])


PAINTS: dict[str, Callable[[Any, Moment, Note], Fill | Stroke]] = {
    "ADBE Vector Graphic - Fill": _fill,
    "ADBE Vector Graphic - G-Fill": _fill,
    "ADBE Vector Graphic - Stroke": _stroke,
    "ADBE Vector Graphic - G-Stroke": _stroke,
}
