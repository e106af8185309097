"""Layers cut by other layers: track mattes of each kind, old and new, and 'preserve underlying transparency'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import py_aep
import pytest
from comps_made import BLACK, BLUE, GREEN, RED, WHITE, Studio, add_mask, animate, box_of, close, set_value
from PIL import Image

from hotfolderd.media import compositor
from hotfolderd.media.project.opening import open_project

SAMPLES = Path(__file__).parents[2] / "../shared/samples"


@pytest.fixture
def studio() -> Studio:
    return Studio()


def matted(studio: Studio, kind: str, colour: tuple[int, int, int] = WHITE) -> tuple[Any, Any]:
    """A red layer all over the comp and its matte, a solid of 40×40 in the middle."""
    layer = studio.solid(RED, (200, 100), (100, 50))
    matte = studio.solid(colour, (40, 40), (100, 50))
    layer.set_track_matte(matte, py_aep.TrackMatteType[kind])
    return layer, matte


@pytest.mark.parametrize(
    ("kind", "inside", "outside"),
    [
        ("ALPHA", (255, 0, 0), BLACK),
        ("ALPHA_INVERTED", BLACK, (255, 0, 0)),
        ("LUMA", (76, 0, 0), BLACK),
        ("LUMA_INVERTED", (179, 0, 0), (255, 0, 0)),
    ],
)
def test_a_matte_cuts_by_its_alpha_or_its_brightness_and_is_not_seen(
    studio: Studio, kind: str, inside: tuple[int, int, int], outside: tuple[int, int, int]
) -> None:
    matted(studio, kind, RED)  # red is 0.3 bright
    frame = studio.frame()
    assert close(frame.getpixel((100, 50)), inside)
    assert close(frame.getpixel((10, 10)), outside)
    assert studio.draw().ignored == ()


def test_a_matte_that_is_switched_on_is_seen_and_cuts(studio: Studio) -> None:
    layer, matte = matted(studio, "ALPHA", BLUE)
    matte.enabled = True
    set_value(matte, "ADBE Opacity", 50)
    set_value(layer, "ADBE Opacity", 100)
    assert close(studio.frame().getpixel((100, 50)), (64, 0, 128), 3)


def test_a_matte_anywhere_in_the_comp_is_found_and_one_of_an_older_project_lies_above(studio: Studio) -> None:
    layer, matte = matted(studio, "ALPHA")
    other = studio.solid(WHITE, (20, 20), (30, 50))
    other.enabled = False
    other.move_before(layer)  # between the layer and its matte
    assert box_of(studio.frame(), RED) == (80, 30, 120, 70)
    layer._ldta.matte_layer_id = None  # as After Effects 22 wrote it: only the kind is there
    assert layer.track_matte_layer is other
    assert box_of(studio.frame(), RED) == (20, 40, 40, 60)
    assert matte.id != other.id


def test_a_matte_that_was_taken_away_cuts_nothing_although_its_kind_is_still_there(studio: Studio) -> None:
    layer, _ = matted(studio, "ALPHA")
    layer.remove_track_matte()
    assert layer.has_track_matte
    assert sorted(studio.frame().getcolors() or []) == [(40 * 40, WHITE), (200 * 100 - 40 * 40, RED)]


def test_mattes_with_masks_opacity_and_mattes_of_their_own(studio: Studio) -> None:
    _, matte = matted(studio, "ALPHA")
    add_mask(matte, [[0, 0], [20, 0], [20, 40], [0, 40]])
    assert box_of(studio.frame(), RED) == (80, 30, 100, 70)
    set_value(matte, "ADBE Opacity", 50)
    assert close(studio.frame().getpixel((90, 50)), (128, 0, 0))
    set_value(matte, "ADBE Opacity", 100)
    matte.set_track_matte(studio.solid(WHITE, (200, 20), (100, 50)), py_aep.TrackMatteType.ALPHA)
    assert box_of(studio.frame(), RED) == (80, 40, 100, 60)


def test_a_moving_matte_makes_a_comp_move_and_one_out_of_time_hides_or_shows_all(studio: Studio) -> None:
    layer, matte = matted(studio, "ALPHA")
    animate(matte, "ADBE Position", {0.0: [20, 50, 0], 1.0: [120, 50, 0]})
    matte.out_point = 1.5
    drawing = studio.draw()
    assert not drawing.still
    frames = list(drawing.frames)
    assert [box_of(frames[i], RED) for i in (0, 5, 10)] == [(0, 30, 40, 70), (50, 30, 90, 70), (100, 30, 140, 70)]
    assert box_of(frames[16], RED) is None
    layer.track_matte_type = py_aep.TrackMatteType.ALPHA_INVERTED
    layer.set_track_matte(matte, py_aep.TrackMatteType.ALPHA_INVERTED)
    assert box_of(list(studio.draw().frames)[16], RED) == (0, 0, 200, 100)


def test_a_matte_may_be_a_text_or_a_picture_with_soft_edges(studio: Studio, tmp_path: Path) -> None:
    soft = Image.merge("LA", [Image.new("L", (40, 40), 255), Image.linear_gradient("L").resize((40, 40))])
    soft.save(tmp_path / "soft.png")
    layer = studio.solid(RED, (200, 100), (100, 50))
    layer.set_track_matte(studio.footage(tmp_path / "soft.png"), py_aep.TrackMatteType.ALPHA)
    frame = studio.frame({"soft.png": tmp_path / "soft.png"})
    levels = [frame.getpixel((100, y))[0] for y in (32, 50, 68)]  # type: ignore[index]  # RGB
    assert [close((found,), (wanted,), 8) for found, wanted in zip(levels, (16, 131, 246), strict=True)] == [True] * 3


def test_a_layer_whose_matte_cannot_be_drawn_is_left_out_and_that_is_said(studio: Studio, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "matte.png")
    studio.solid(BLUE, (200, 100), (100, 50))
    layer = studio.solid(RED, (200, 100), (100, 50))
    layer.name = "Hero"
    layer.set_track_matte(studio.footage(tmp_path / "matte.png"), py_aep.TrackMatteType.ALPHA)
    assert studio.frame().getcolors() == [(200 * 100, BLUE)]
    assert "Main / Hero: it is left out, its track matte matte.png cannot be drawn" in studio.ignored()


def test_preserved_transparency_shows_a_layer_only_where_something_lies_below(studio: Studio) -> None:
    studio.comp.bg_color = [0.0, 0.0, 1.0]
    below = studio.solid(GREEN, (100, 40), (100, 50))
    layer = studio.solid(RED, (20, 100), (100, 50))
    layer.preserve_transparency = True
    frame = studio.frame()
    assert box_of(frame, RED, 0) == (90, 30, 110, 70)
    assert frame.getpixel((100, 10)) == BLUE
    studio.solid((100, 0, 0), (20, 100), (70, 50)).preserve_transparency = True
    set_value(below, "ADBE Opacity", 50)
    frame = studio.frame()
    assert close(frame.getpixel((100, 50)), (128, 0, 128))
    assert close(frame.getpixel((70, 50)), (50, 0, 128))


def test_a_solid_that_is_only_the_ground_of_an_effect_is_left_out_and_that_is_said() -> None:
    """`audio_spectrum` is a black solid under the effect of that name, in front of all else."""
    path = SAMPLES / "projects/nm05ae12.aet"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    project = open_project(path).project
    comp = next(comp for comp in project.compositions if comp.name == "main")
    drawing = compositor.draw(project, comp.id, {})
    assert "main / audio_spectrum: it is left out, what it shows is made by effects (Audio Spectrum)" in drawing.ignored
    assert not any("base: it is left out" in words for words in drawing.ignored)  # only its colour is changed


def test_a_collapsed_comp_is_not_cut_and_its_layers_are_blended_with_those_outside(studio: Studio) -> None:
    inner = studio.add_comp("Inner", 40, 40)
    studio.solid(RED, (100, 10), (20, 20), inner).blending_mode = py_aep.BlendingMode.ADD
    studio.solid(BLUE, (200, 100), (100, 50))
    layer = studio.comp.add(inner)
    set_value(layer, "ADBE Position", [100, 50, 0])
    assert box_of(studio.frame(), RED, 0) == (80, 45, 120, 55)
    layer.collapse_transformation = True
    assert box_of(studio.frame(), (255, 0, 255), 0) == (50, 45, 150, 55)
    set_value(layer, "ADBE Opacity", 50)
    assert close(studio.frame().getpixel((140, 50)), (128, 0, 128))
    add_mask(layer, [[0, 0], [40, 0], [40, 40], [0, 40]])
    assert studio.frame().getpixel((140, 50)) == BLUE
    assert studio.draw().ignored == ()
