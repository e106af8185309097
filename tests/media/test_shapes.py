"""Shape layers: outlines, fills, strokes, groups, trimming, repeating; measured against plain geometry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import py_aep
import pytest
from comps_made import BLUE, GREEN, RED, WHITE, Studio, add_shape, bezier, box_of, close, fill_group, set_value
from PIL import Image

FILL = ("Graphic - Fill", {"Fill Color": [1, 1, 1, 1]})


def stroke(width: float, **values: Any) -> tuple[str, dict[str, Any]]:
    look = {f"Stroke {name.replace('_', ' ')}": value for name, value in values.items()}
    return ("Graphic - Stroke", {"Stroke Color": [1, 1, 1, 1], "Stroke Width": width, **look})


@pytest.fixture
def studio() -> Studio:
    return Studio((200, 200))


def area(frame: Image.Image) -> float:
    """How many pixels are white, parts of them counted."""
    return float(np.asarray(frame.convert("L"), float).sum() / 255)


@pytest.mark.parametrize(
    ("item", "wanted", "box"),
    [
        (("Shape - Rect", {"Rect Size": [80, 60]}), 80 * 60, (60, 70, 140, 130)),
        (("Shape - Rect", {"Rect Size": [80, 60], "Rect Position": [10.5, 0]}), 80 * 60, None),
        (
            ("Shape - Rect", {"Rect Size": [80, 60], "Rect Roundness": 20}),
            80 * 60 - (4 - math.pi) * 400,
            (60, 70, 140, 130),
        ),
        (("Shape - Ellipse", {"Ellipse Size": [120, 80]}), math.pi * 60 * 40, (40, 60, 160, 140)),
        (
            ("Shape - Star", {"Star Type": 2, "Star Points": 6, "Star Outer Radius": 60}),
            3 * math.sqrt(3) / 2 * 3600,
            None,
        ),
        (
            ("Shape - Star", {"Star Points": 5, "Star Outer Radius": 80, "Star Inner Radius": 40}),
            5 * 80 * 40 * math.sin(math.pi / 5),
            None,
        ),
        (
            ("Shape - Group", {"Shape": bezier([[-50, -50], [50, -50], [0, 50]])}),
            100 * 100 / 2,
            None,
        ),
    ],
)
def test_a_filled_shape_has_its_area_its_place_and_smooth_edges(
    studio: Studio, item: tuple[str, dict[str, Any]], wanted: float, box: tuple[int, int, int, int] | None
) -> None:
    add_shape(studio.comp, item, FILL)
    drawing = studio.draw()
    frame = next(drawing.frames)
    assert area(frame) == pytest.approx(wanted, rel=0.003)
    if box is not None:
        assert box_of(frame, WHITE, 120) == box
    assert drawing.ignored == ()


@pytest.mark.parametrize(
    ("look", "added"),
    [
        ({"Line_Cap": 1}, 0),
        ({"Line_Cap": 2}, math.pi * 100),
        ({"Line_Cap": 3}, 400),
    ],
)
def test_a_stroke_is_half_on_either_side_and_ends_in_its_caps(
    studio: Studio, look: dict[str, Any], added: float
) -> None:
    line = bezier([[-50, -30], [50, 30]], closed=False)
    add_shape(studio.comp, ("Shape - Group", {"Shape": line}), stroke(20, **look))
    assert area(studio.frame()) == pytest.approx(math.hypot(100, 60) * 20 + added, rel=0.003)


@pytest.mark.parametrize(
    ("look", "corner"),
    [
        ({"Line_Join": 1}, 100.0),
        ({"Line_Join": 2}, math.pi * 25),
        ({"Line_Join": 3}, 50.0),
        ({"Line_Join": 1, "Miter_Limit": 1.2}, 50.0),
    ],
)
def test_the_corners_of_a_stroke_are_joined_as_it_says(studio: Studio, look: dict[str, Any], corner: float) -> None:
    add_shape(studio.comp, ("Shape - Rect", {"Rect Size": [100, 60]}), stroke(20, **look))
    straight = 2 * (100 + 60) * 20 - 4 * 100  # the inner halves of the sides overlap at each corner
    assert area(studio.frame()) == pytest.approx(straight + 4 * corner, rel=0.003)


@pytest.mark.parametrize(
    ("dashes", "drawn"),
    [
        ({"Stroke Dash 1": 20}, [(0, 20), (40, 60), (80, 100), (120, 140)]),
        ({"Stroke Dash 1": 30, "Stroke Gap 1": 10, "Stroke Offset": 20}, [(0, 10), (20, 50), (60, 90), (140, 160)]),
        ({"Stroke Dash 1": 10.0, "Stroke Gap 1": 30}, [(0, 10), (40, 50), (80, 90), (120, 130)]),
        ({}, [(0, 160)]),
    ],
)
def test_a_dashed_stroke_is_drawn_and_left_out_by_turns(
    studio: Studio, dashes: dict[str, float], drawn: list[tuple[int, int]]
) -> None:
    """A dash of 10 is After Effects' default, and is a dash all the same."""
    line = bezier([[-80, 0], [80, 0]], closed=False)
    items = ("Shape - Group", {"Shape": line}), stroke(10)
    layer = add_shape(studio.comp, *items)
    group = layer["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"].properties[1]
    for name, value in dashes.items():
        for step in (value + 1, value):
            group["ADBE Vector Stroke Dashes"][f"ADBE Vector {name}"].value = step
    frame = studio.frame()
    row = "".join("#" if frame.getpixel((x, 100)) == WHITE else "." for x in range(20, 180))
    for start, end in drawn:
        assert row[start:end] == "#" * (end - start)
        assert row[end : end + 1] in {".", ""}
    if not dashes:
        assert row == "#" * 160


def test_the_upper_paint_covers_the_lower_one_unless_it_says_otherwise(studio: Studio) -> None:
    items = (
        ("Shape - Rect", {"Rect Size": [60, 60]}),
        ("Graphic - Fill", {"Fill Color": [1, 0, 0, 1]}),
        ("Graphic - Fill", {"Fill Color": [0, 0, 1, 1]}),
    )
    layer = add_shape(studio.comp, *items)
    assert studio.frame().getpixel((100, 100)) == RED
    group = layer["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"]
    group.properties[2]["ADBE Vector Composite Order"].value = 2
    assert studio.frame().getpixel((100, 100)) == BLUE


def test_a_paint_takes_the_paths_above_it_and_those_of_inner_groups(studio: Studio) -> None:
    layer = add_shape(studio.comp, ("Shape - Rect", {"Rect Size": [20, 20]}), Position=[-50, 0])
    root = layer["ADBE Root Vectors Group"]
    fill_group(root, ("Shape - Rect", {"Rect Size": [20, 20], "Rect Position": [50, 0]}))
    fill_group(root, ("Graphic - Fill", {"Fill Color": [0, 1, 0, 1]}))
    fill_group(root, ("Shape - Rect", {"Rect Size": [20, 20], "Rect Position": [0, 60]}))
    frame = studio.frame()
    assert [frame.getpixel(at) == GREEN for at in ((50, 100), (150, 100), (100, 160))] == [True, True, False]


def test_overlaps_follow_the_fill_rule(studio: Studio) -> None:
    items = [("Shape - Rect", {"Rect Size": [80, 80]}), ("Shape - Rect", {"Rect Size": [40, 40]})]
    layer = add_shape(studio.comp, *items, FILL)
    assert area(studio.frame()) == pytest.approx(80 * 80, rel=0.001)
    group = layer["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"]
    group.properties[2]["ADBE Vector Fill Rule"].value = 2
    assert area(studio.frame()) == pytest.approx(80 * 80 - 40 * 40, rel=0.001)


def test_a_group_is_moved_turned_scaled_and_faded_with_all_in_it(studio: Studio) -> None:
    items = [("Shape - Rect", {"Rect Size": [20, 40]}), FILL, stroke(4)]
    transform = {"Position": [30, 0], "Rotation": 90, "Scale": [100, 200], "Anchor": [0, 20]}
    add_shape(studio.comp, *items, **transform, Group_Opacity=50)
    frame = studio.frame()
    # The box of ±12 × ±22 with its stroke, seen from (0, 20), twice as high, a quarter turn, 30 to the right.
    assert box_of(frame, (128, 128, 128), 4) == (126, 88, 214 - 14, 112)
    assert close(frame.getpixel((150, 100)), (128, 128, 128))


def test_trimming_keeps_the_part_between_its_ends_and_goes_round(studio: Studio) -> None:
    line = bezier([[-80, 0], [80, 0]], closed=False)
    add_shape(
        studio.comp,
        ("Shape - Group", {"Shape": line}),
        stroke(10),
        ("Filter - Trim", {"Trim Start": 25, "Trim End": 50}),
    )
    assert box_of(studio.frame(), WHITE, 5) == (60, 95, 100, 105)
    other = Studio((200, 200))
    add_shape(
        other.comp,
        ("Shape - Ellipse", {"Ellipse Size": [120, 120]}),
        stroke(10),
        ("Filter - Trim", {"Trim End": 50, "Trim Offset": -90}),
    )
    frame = other.frame()  # it begins at the top and goes clockwise; a quarter back leaves the upper half
    assert area(frame) == pytest.approx(math.pi * 60 * 10, rel=0.01)
    assert box_of(frame, WHITE, 120) == (35, 35, 165, 100)


def test_trimming_several_paths_one_after_another_goes_along_all_of_them(studio: Studio) -> None:
    lines = [("Shape - Group", {"Shape": bezier([[-80, y], [80, y]], closed=False)}) for y in (-40, 40)]
    add_shape(studio.comp, *lines, stroke(10), ("Filter - Trim", {"Trim Start": 25, "Trim End": 75, "Trim Type": 2}))
    frame = studio.frame()
    row = [[close(frame.getpixel((x, y)), WHITE) for x in (60, 140)] for y in (60, 140)]
    assert row == [[False, True], [True, False]]


def test_copies_of_a_repeater_follow_its_transform(studio: Studio) -> None:
    add_shape(
        studio.comp,
        ("Shape - Rect", {"Rect Size": [20, 20], "Rect Position": [-60, 0]}),
        FILL,
        (
            "Filter - Repeater",
            {
                "Repeater Copies": 3,
                "Repeater Transform/Repeater Position": [50, 0],
                "Repeater Transform/Repeater Opacity 2": 50,
            },
        ),
    )
    frame = studio.frame()
    levels = [frame.getpixel((x, 100))[0] for x in (40, 65, 90, 115, 140, 165, 190)]  # type: ignore[index]  # RGB
    assert levels[1] == levels[3] == levels[5] == 0
    assert close(levels[::2], (255, 191, 128, 0), 3)


@pytest.mark.parametrize(("kind", "wanted"), [(1, {60: 204, 100: 127, 140: 51}), (2, {60: 204, 100: 127, 140: 51})])
def test_a_gradient_runs_from_its_start_to_its_end_and_is_said_to_be_approximate(
    studio: Studio, kind: int, wanted: dict[int, int]
) -> None:
    gradient = {"Grad Type": kind, "Grad Start Pt": [-65.5, 0.0], "Grad End Pt": [64.5, 0.0]}
    add_shape(studio.comp, ("Shape - Rect", {"Rect Size": [180, 60]}), ("Graphic - G-Fill", gradient))
    drawing = studio.draw()
    frame = next(drawing.frames)
    for x, level in wanted.items():
        exact = 255 * (1 - (x - 35) / 130)
        assert exact == pytest.approx(level, abs=6)
        assert close(frame.getpixel((x, 100)), (round(exact),) * 3, 3)
    assert drawing.ignored == ("Main / Shape Layer 1: 'Gradient Fill 1' of the shape is only approximate",)


def test_a_shape_that_moves_grows_or_changes_is_drawn_anew_and_stays_sharp(studio: Studio) -> None:
    layer = add_shape(studio.comp, ("Shape - Rect", {"Rect Size": [20, 20]}), FILL)
    size = layer["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"].properties[0]["ADBE Vector Rect Size"]
    size.set_value_at_time(0.0, [20, 20])
    size.set_value_at_time(1.0, [120, 60])
    assert [box_of(frame, WHITE, 0) for frame in studio.frames()[::10]] == [(90, 90, 110, 110), (40, 70, 160, 130)]
    set_value(layer, "ADBE Scale", [400, 400, 100])
    assert box_of(studio.frame(), WHITE, 0) == (60, 60, 140, 140)
    assert studio.frame().getpixel((60, 60)) == WHITE


def test_a_shape_far_larger_than_the_comp_is_drawn_where_it_is_seen(studio: Studio) -> None:
    layer = add_shape(
        studio.comp, ("Shape - Rect", {"Rect Size": [30_000, 30_000], "Rect Position": [15_000, 0]}), FILL, stroke(2)
    )
    frame = studio.frame()
    assert box_of(frame, WHITE, 0) == (99, 0, 200, 200)
    set_value(layer, "ADBE Rotate Z", 180)
    assert box_of(studio.frame(), WHITE, 5) == (0, 0, 101, 200)


def test_what_is_not_drawn_of_a_shape_is_said(studio: Studio) -> None:
    names = ["Offset", "PB", "RC", "Merge", "Twist", "Zigzag"]
    add_shape(studio.comp, ("Shape - Rect", {}), FILL, *((f"Filter - {name}", {}) for name in names))
    group = studio.comp.layers[0]["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"]
    group.properties[1]["ADBE Vector Blend Mode"].value = 3
    words = studio.ignored()
    for name in ("Offset Paths", "Pucker & Bloat", "Round Corners", "Twist", "Zig Zag"):
        assert f"Main / Shape Layer 1: '{name} 1' of the shape is not applied" in words
    assert "Merge Paths" not in words  # merged paths that are filled look as those that are not
    assert "the blend mode of 'Fill 1' in the shape is drawn as normal" in words


def test_a_shape_may_be_a_matte_and_may_be_masked(studio: Studio) -> None:
    layer = studio.solid(RED, (200, 200), (100, 100))
    disc = add_shape(studio.comp, ("Shape - Ellipse", {"Ellipse Size": [80, 80]}), FILL)
    layer.set_track_matte(disc, py_aep.TrackMatteType.ALPHA)
    frame = studio.frame()
    assert box_of(frame, RED, 60) == (60, 60, 140, 140)
    assert np.asarray(frame)[..., 0].sum() / 255 == pytest.approx(math.pi * 1600, rel=0.003)
    mask = disc.masks.add_property("ADBE Mask Atom")
    mask["ADBE Mask Shape"].value = bezier([[-50, -50], [0, -50], [0, 50], [-50, 50]])
    assert box_of(studio.frame(), RED, 60) == (60, 60, 100, 140)
