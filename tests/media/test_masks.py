"""What masks leave of a layer: their modes, their edges, their movement."""

from __future__ import annotations

import math

import numpy as np
import py_aep
import pytest
from comps_made import BLACK, BLUE, RED, WHITE, Studio, add_mask, bezier, box_of, close, oval, set_value, write
from PIL import Image

SQUARE = [[20, 20], [80, 20], [80, 80], [20, 80]]
LEFT_HALF = [[0, 0], [50, 0], [50, 100], [0, 100]]


class WhiteSolid(Studio):
    """A comp of 100×100 with one white solid that fills it."""

    def __init__(self) -> None:
        super().__init__((100, 100))
        self.white = self.solid(WHITE, (100, 100), (50, 50))


@pytest.fixture
def studio() -> WhiteSolid:
    return WhiteSolid()


def grey(frame: Image.Image, at: tuple[int, int]) -> int:
    level = frame.getpixel(at)
    assert isinstance(level, tuple)
    assert len(set(level)) == 1
    return int(level[0])


def test_a_mask_shows_its_inside_and_inverted_its_outside(studio: WhiteSolid) -> None:
    mask = add_mask(studio.white, SQUARE)
    assert box_of(studio.frame(), WHITE, 0) == (20, 20, 80, 80)
    assert studio.draw().ignored == ()
    mask.inverted = True
    assert box_of(studio.frame(), BLACK, 0) == (20, 20, 80, 80)


@pytest.mark.parametrize(
    ("mode", "left", "both", "right", "outside"),
    [
        ("ADD", 255, 255, 255, 0),
        ("SUBTRACT", 0, 0, 255, 0),
        ("INTERSECT", 0, 255, 0, 0),
        ("LIGHTEN", 255, 255, 255, 0),
        ("DARKEN", 0, 255, 0, 0),
        ("DIFFERENCE", 255, 0, 255, 0),
        ("NONE", 0, 255, 255, 0),
    ],
)
def test_a_second_mask_is_combined_by_its_mode(
    studio: WhiteSolid, mode: str, left: int, both: int, right: int, outside: int
) -> None:
    add_mask(studio.white, SQUARE)
    add_mask(studio.white, LEFT_HALF, mode=mode)
    frame = studio.frame()
    found = [grey(frame, at) for at in ((10, 50), (35, 50), (65, 50), (90, 50))]
    assert found == [left, both, right, outside]


@pytest.mark.parametrize(("mode", "inside", "outside"), [("ADD", 255, 0), ("SUBTRACT", 0, 255), ("INTERSECT", 255, 0)])
def test_the_first_mask_begins_with_nothing_or_with_all(
    studio: WhiteSolid, mode: str, inside: int, outside: int
) -> None:
    add_mask(studio.white, SQUARE, mode=mode)
    frame = studio.frame()
    assert (grey(frame, (50, 50)), grey(frame, (5, 5))) == (inside, outside)


def test_opacities_of_masks_that_add_add_up_and_those_that_lighten_do_not(studio: WhiteSolid) -> None:
    add_mask(studio.white, SQUARE, opacity=50)
    second = add_mask(studio.white, LEFT_HALF, opacity=50)
    frame = studio.frame()
    assert [close((grey(frame, at),), (level,)) for at, level in (((65, 50), 128), ((35, 50), 191))] == [True, True]
    second.mask_mode = py_aep.MaskMode.LIGHTEN
    assert close((grey(studio.frame(), (35, 50)),), (128,))


def test_a_curved_mask_covers_the_area_of_its_ellipse_and_has_smooth_edges(studio: WhiteSolid) -> None:
    add_mask(studio.white, *oval(50.25, 49.5, 40, 30))
    pixels = np.asarray(studio.frame().convert("L"), float) / 255
    assert pixels.sum() == pytest.approx(math.pi * 40 * 30, rel=0.002)
    x, y = np.meshgrid(np.arange(100) + 0.5, np.arange(100) + 0.5)
    distance = np.hypot((x - 50.25) / 40, (y - 49.5) / 30)
    assert pixels[distance < 0.96].min() == 1
    assert pixels[distance > 1.04].max() == 0
    assert len(np.unique(pixels)) > 40


def test_a_feather_is_as_wide_as_it_says_and_half_on_its_edge(studio: WhiteSolid) -> None:
    add_mask(studio.white, [[-99, -99], [50, -99], [50, 199], [-99, 199]], feather=[40, 0])
    row = [grey(studio.frame(), (x, 50)) for x in range(100)]
    assert row[49] == pytest.approx(128, abs=10)
    assert row[28] >= 250
    assert 180 < row[40] < 250
    assert row[71] <= 5
    assert row[:75] == sorted(row[:75], reverse=True)


@pytest.mark.parametrize(("offset", "edge"), [(10, 10), (-10, 30)])
def test_an_expansion_moves_the_edge(studio: WhiteSolid, offset: float, edge: int) -> None:
    add_mask(studio.white, SQUARE, offset=offset)
    assert box_of(studio.frame(), WHITE, 100) == (edge, edge, 100 - edge, 100 - edge)


def test_an_open_path_cuts_nothing(studio: WhiteSolid) -> None:
    add_mask(studio.white, SQUARE, closed=False)
    assert studio.frame().getcolors() == [(100 * 100, WHITE)]


def test_a_mask_that_moves_is_where_its_keys_have_it(studio: WhiteSolid) -> None:
    path = add_mask(studio.white, SQUARE)["ADBE Mask Shape"]
    path.set_value_at_time(0.0, bezier([[0, 0], [10, 0], [10, 10], [0, 10]]))
    path.set_value_at_time(1.0, bezier([[40, 40], [60, 40], [60, 60], [40, 60]]))
    drawing = studio.draw()
    assert not drawing.still
    frames = list(drawing.frames)
    assert [box_of(frames[i], WHITE, 5) for i in (0, 5, 10)] == [(0, 0, 10, 10), (20, 20, 35, 35), (40, 40, 60, 60)]
    assert len(set(map(Image.Image.tobytes, frames[10:]))) == 1


def test_a_mask_goes_and_turns_with_its_layer_and_keeps_its_place_on_text(studio: WhiteSolid) -> None:
    studio.white.remove()
    solid = studio.solid(BLUE, (60, 60), (50, 50))
    add_mask(solid, [[0, 0], [30, 0], [30, 60], [0, 60]])
    assert box_of(studio.frame(), BLUE, 0) == (20, 20, 50, 80)
    set_value(solid, "ADBE Rotate Z", 90)
    assert box_of(studio.frame(), BLUE, 60) == (20, 20, 80, 50)
    layer = write(studio, "HHHHHHHH", size=40)
    set_value(layer, "ADBE Position", [10, 95, 0])
    whole = box_of(studio.frame(), RED, 90) or (0, 0, 0, 0)
    add_mask(layer, [[20, -100], [40, -100], [40, 100], [20, 100]])
    cut = box_of(studio.frame(), RED, 90) or (0, 0, 0, 0)
    assert whole[2] > 80
    assert 30 <= cut[0] < cut[2] <= 50
    assert (cut[1], cut[3]) == (whole[1], whole[3])


def test_an_expression_on_a_mask_is_said_not_to_be_evaluated(studio: WhiteSolid) -> None:
    assert studio.ignored() == ""
    mask = add_mask(studio.white, SQUARE)
    mask["ADBE Mask Opacity"].expression = "wiggle(1, 50)"
    mask["ADBE Mask Opacity"].expression_enabled = True
    assert "Main / Solid: expressions are not evaluated (Mask Opacity)" in studio.ignored()
