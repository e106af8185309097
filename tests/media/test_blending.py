"""How a layer is laid over what is below it: formulas in plain numbers, and transparency."""

from __future__ import annotations

import colorsys

import py_aep
import pytest
from comps_made import BLACK, BLUE, GREEN, RED, WHITE, Studio, add_shape, box_of, close, set_value

BELOW, ABOVE = (200, 100, 40), (60, 160, 220)


def soft_light(base: float, over: float) -> float:
    return base - (1 - 2 * over) * base * (1 - base) if over <= 0.5 else base + (2 * over - 1) * (base**0.5 - base)


@pytest.mark.parametrize(
    ("mode", "formula"),
    [
        ("LINEAR_DODGE", lambda b, o: min(1, b + o)),
        ("LINEAR_BURN", lambda b, o: max(0, b + o - 1)),
        ("SOFT_LIGHT", soft_light),
        ("HARD_MIX", lambda b, o: float(b + o >= 1)),
        ("CLASSIC_DIFFERENCE", lambda b, o: abs(b - o)),
        ("SUBTRACT", lambda b, o: max(0, b - o)),
        ("DIVIDE", lambda b, o: min(1, b / o)),
    ],
)
def test_a_mode_follows_its_formula_in_each_channel(mode: str, formula) -> None:  # type: ignore[no-untyped-def]
    studio = Studio()
    studio.solid(BELOW, (200, 100), (100, 50))
    studio.solid(ABOVE, (200, 100), (100, 50)).blending_mode = py_aep.BlendingMode[mode]
    wanted = [round(255 * formula(b / 255, o / 255)) for b, o in zip(BELOW, ABOVE, strict=True)]
    assert close(studio.frame().getpixel((50, 50)), wanted, 1)
    assert studio.draw().ignored == ()


def light(colour: tuple[int, ...]) -> float:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


@pytest.mark.parametrize(
    ("mode", "hue_of", "light_of"),
    [("HUE", ABOVE, BELOW), ("SATURATION", BELOW, BELOW), ("COLOR", ABOVE, BELOW), ("LUMINOSITY", BELOW, ABOVE)],
)
def test_hue_and_light_come_from_the_layers_that_the_mode_names(
    mode: str, hue_of: tuple[int, ...], light_of: tuple[int, ...]
) -> None:
    studio = Studio()
    studio.solid(BELOW, (200, 100), (100, 50))
    studio.solid(ABOVE, (200, 100), (100, 50)).blending_mode = py_aep.BlendingMode[mode]
    found = studio.frame().getpixel((50, 50))
    assert isinstance(found, tuple)
    assert light(found) == pytest.approx(light(light_of), abs=2)
    wanted = colorsys.rgb_to_hsv(*(part / 255 for part in hue_of))[0]
    assert colorsys.rgb_to_hsv(*(part / 255 for part in found))[0] == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(
    ("mode", "inside", "outside"),
    [
        ("STENCIL_ALPHA", RED, BLUE),
        ("SILHOUETE_ALPHA", BLUE, RED),
        ("STENCIL_LUMA", (76, 0, 179), BLUE),
        ("SILHOUETTE_LUMA", (179, 0, 76), RED),
    ],
)
def test_stencils_cut_all_that_lies_below(
    mode: str, inside: tuple[int, int, int], outside: tuple[int, int, int]
) -> None:
    studio = Studio()
    studio.comp.bg_color = [0.0, 0.0, 1.0]
    studio.solid(RED, (200, 100), (100, 50))
    studio.solid(RED, (40, 40), (100, 50)).blending_mode = py_aep.BlendingMode[mode]
    frame = studio.frame()
    assert close(frame.getpixel((100, 50)), inside)
    assert close(frame.getpixel((10, 10)), outside)


def test_a_half_transparent_layer_in_a_mode_shows_half_of_it_and_soft_edges_stay_soft() -> None:
    studio = Studio()
    studio.solid((200, 100, 100), (100, 100), (50, 50))
    layer = studio.solid((100, 200, 200), (200, 100), (100, 50))
    layer.blending_mode = py_aep.BlendingMode.DIFFERENCE
    set_value(layer, "ADBE Opacity", 50)
    frame = studio.frame()
    assert close(frame.getpixel((50, 50)), (150, 100, 100))
    assert close(frame.getpixel((150, 50)), (50, 100, 100))


def test_a_blended_layer_in_a_moving_comp_is_drawn_on_each_frame_as_on_the_first() -> None:
    studio = Studio()
    studio.solid((200, 100, 100), (200, 100), (100, 50))
    disc = add_shape(
        studio.comp,
        ("Shape - Ellipse", {"Ellipse Size": [40, 40]}),
        ("Graphic - Fill", {"Fill Color": [1, 1, 1, 1]}),
    )
    disc.blending_mode = py_aep.BlendingMode.DIFFERENCE
    set_value(disc, "ADBE Position", [100, 50, 0])
    other = studio.solid(GREEN, (10, 10), (10, 10))
    other.transform["ADBE Position"].set_value_at_time(0.0, [10, 10, 0])
    other.transform["ADBE Position"].set_value_at_time(1.9, [190, 10, 0])
    frames = studio.frames()
    assert len(frames) == 20
    assert {frame.getpixel((100, 50)) for frame in frames} == {(55, 155, 155)}
    assert {frame.getpixel((100, 90)) for frame in frames} == {(200, 100, 100)}
    assert box_of(frames[0], GREEN, 0) == (5, 5, 15, 15)
    assert box_of(frames[0], WHITE) is box_of(frames[0], BLACK) is None
