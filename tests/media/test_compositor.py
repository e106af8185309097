"""What our own drawing of a comp shows, pixel by pixel, and what it admits not to show."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import py_aep
import pytest
from comps_made import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    Studio,
    add_mask,
    add_shape,
    animate,
    box_of,
    close,
    set_value,
    write,
)
from ffmpeg_references import ssim
from PIL import Image, ImageChops
from psd_tools import PSDImage

from hotfolderd.errors import JobError
from hotfolderd.media import compositor, fonts
from hotfolderd.media.layer_pictures import Pictures
from hotfolderd.media.project.opening import open_project

SAMPLES = Path(__file__).parents[2] / "../shared/samples"


@pytest.fixture
def studio() -> Studio:
    return Studio()


# --- where things are --------------------------------------------------------------------------------------------


def test_a_solid_stands_where_the_project_has_it_on_the_background_of_the_comp(studio: Studio) -> None:
    studio.comp.bg_color = [0.0, 0.0, 1.0]
    studio.solid(RED, (40, 20), (60, 50))
    frame = studio.frame()
    assert frame.size == (200, 100)
    assert frame.mode == "RGB"
    assert box_of(frame, RED, 0) == (40, 40, 80, 60)
    assert frame.getpixel((0, 0)) == BLUE


def test_the_upper_layer_covers_the_lower_one(studio: Studio) -> None:
    studio.solid(RED, (40, 40), (60, 50))
    studio.solid(GREEN, (40, 40), (80, 50))  # added later, so on top
    frame = studio.frame()
    assert frame.getpixel((70, 50)) == GREEN
    assert frame.getpixel((50, 50)) == RED


def test_a_keyframed_layer_is_where_its_keys_put_it_at_each_time(studio: Studio) -> None:
    layer = studio.solid(RED, (20, 20), (20, 50))
    animate(layer, "ADBE Position", {0.0: [20, 50, 0], 1.0: [120, 50, 0]})
    frames = studio.frames()
    assert len(frames) == 20
    for i, left in ((0, 10), (5, 60), (10, 110), (19, 110)):
        assert box_of(frames[i], RED, 5) == (left, 40, left + 20, 60), i


def test_opacity_follows_its_keys(studio: Studio) -> None:
    layer = studio.solid(WHITE, (200, 100), (100, 50))
    animate(layer, "ADBE Opacity", {0.0: 0, 1.0: 100})
    frames = studio.frames()
    assert [close(frames[i].getpixel((9, 9)), (grey,) * 3) for i, grey in ((0, 0), (5, 128), (10, 255))] == [True] * 3


def test_a_layer_is_seen_from_its_in_point_to_its_out_point(studio: Studio) -> None:
    layer = studio.solid(RED, (20, 20), (100, 50))
    studio.solid(BLUE, (10, 10), (10, 10))
    layer.in_point, layer.out_point = 0.5, 1.2
    seen = [frame.getpixel((100, 50)) == RED for frame in studio.frames()]
    assert seen == [5 <= i < 12 for i in range(20)]


def test_a_child_goes_turns_and_grows_with_its_parent(studio: Studio) -> None:
    parent = studio.comp.add_null()
    set_value(parent, "ADBE Position", [100, 50, 0])
    set_value(parent, "ADBE Anchor Point", [0, 0, 0])
    child = studio.solid(RED, (10, 20), (0, 0))
    child.set_parent_with_jump(parent)
    set_value(child, "ADBE Position", [30, 0, 0])
    assert box_of(studio.frame(), RED, 5) == (125, 40, 135, 60)
    set_value(parent, "ADBE Rotate Z", 90)
    assert box_of(studio.frame(), RED, 90) == (90, 75, 110, 85)
    set_value(parent, "ADBE Rotate Z", 0)
    set_value(parent, "ADBE Scale", [200, 200, 100])
    assert box_of(studio.frame(), RED, 5) == (150, 30, 170, 70)


def test_a_layer_whose_parent_moves_is_not_taken_for_still(studio: Studio) -> None:
    parent = studio.comp.add_null()
    child = studio.solid(RED, (10, 10), (50, 50))
    child.parent = parent
    animate(parent, "ADBE Position", {0.0: [100, 50, 0], 1.9: [140, 50, 0]})
    drawing = studio.draw()
    assert not drawing.still
    assert len(set(map(Image.Image.tobytes, drawing.frames))) == 20


def test_a_turned_square_is_a_diamond_with_smooth_edges(studio: Studio) -> None:
    layer = studio.solid(RED, (40, 40), (100, 50))
    set_value(layer, "ADBE Rotate Z", 45)
    frame = studio.frame()
    assert frame.getpixel((100, 50)) == RED
    assert frame.getpixel((100, 25)) == RED
    assert frame.getpixel((82, 32)) == BLACK
    left, top, right, bottom = box_of(frame, RED, 100) or (0, 0, 0, 0)
    assert all(abs(a - b) <= 1 for a, b in zip((left, top, right, bottom), (72, 22, 128, 78), strict=True))
    assert any(0 < frame.getpixel((x, 35))[0] < 255 for x in range(80, 90))  # type: ignore[index]  # RGB


def test_half_pixels_are_drawn_half(studio: Studio) -> None:
    layer = studio.solid(WHITE, (10, 10), (50, 50))
    set_value(layer, "ADBE Position", [50.5, 50, 0])
    row = [studio.frame().getpixel((x, 50)) for x in (44, 45, 46, 54, 55, 56)]
    assert [close(found, (grey,) * 3, 12) for found, grey in zip(row, (0, 128, 255, 255, 128, 0), strict=True)] == [
        True
    ] * 6


def test_a_scaled_comp_is_drawn_smaller_but_in_its_proportions(studio: Studio) -> None:
    studio.solid(RED, (40, 20), (60, 50))
    drawing = studio.draw(max_side_px=100)
    assert (drawing.width, drawing.height, drawing.comp_width) == (100, 50, 200)
    assert box_of(next(drawing.frames), RED, 5) == (20, 20, 40, 30)


# --- nested comps -------------------------------------------------------------------------------------------------


def test_a_nested_comp_keeps_its_own_time_and_transparency(studio: Studio) -> None:
    inner = studio.add_comp("Inner", 40, 40)
    inner.bg_color = [1.0, 1.0, 1.0]
    moving = studio.solid(RED, (10, 10), (5, 20), inner)
    animate(moving, "ADBE Position", {0.0: [5, 20, 0], 1.0: [35, 20, 0]})
    studio.solid(BLUE, (200, 100), (100, 50))
    layer = studio.comp.add(inner)
    set_value(layer, "ADBE Position", [100, 50, 0])
    layer.start_time = 0.5
    frames = studio.frames()
    assert box_of(frames[4], RED, 5) is None
    assert box_of(frames[5], RED, 5) == (80, 45, 90, 55)
    assert box_of(frames[10], RED, 5) == (95, 45, 105, 55)
    assert frames[10].getpixel((82, 32)) == BLUE  # the background of a nested comp is not drawn


def test_what_sticks_out_of_a_nested_comp_is_cut(studio: Studio) -> None:
    inner = studio.add_comp("Inner", 40, 40)
    studio.solid(RED, (100, 10), (20, 20), inner)
    layer = studio.comp.add(inner)
    set_value(layer, "ADBE Position", [100, 50, 0])
    assert box_of(studio.frame(), RED, 5) == (80, 45, 120, 55)


def test_time_remapping_shows_the_time_it_says(studio: Studio) -> None:
    inner = studio.add_comp("Inner", 40, 40)
    moving = studio.solid(RED, (10, 10), (5, 20), inner)
    animate(moving, "ADBE Position", {0.0: [5, 20, 0], 1.0: [35, 20, 0]})
    layer = studio.comp.add(inner)
    set_value(layer, "ADBE Position", [100, 50, 0])
    layer.time_remap_enabled = True
    remap = layer["ADBE Time Remapping"]
    remap.remove_all_keys()
    remap.set_value_at_time(0.0, 1.0)
    remap.set_value_at_time(1.0, 0.0)
    frames = studio.frames()
    assert box_of(frames[0], RED, 5) == (110, 45, 120, 55)
    assert box_of(frames[10], RED, 5) == (80, 45, 90, 55)


# --- footage ------------------------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """60×40, green, with a hole in its left half."""
    image = Image.new("RGBA", (60, 40), GREEN)
    image.paste((0, 0, 0, 0), (0, 0, 30, 40))
    image.save(tmp_path / "Photo 1.png")
    return tmp_path / "Photo 1.png"


@pytest.mark.parametrize("name", ["Photo 1.png", "PHOTO 1.PNG", r"C:\jobs\Photo 1.png", "/Volumes/x/Photo 1.png"])
def test_footage_is_found_by_name_however_the_path_is_written(studio: Studio, picture: Path, name: str) -> None:
    studio.solid(BLUE, (200, 100), (100, 50))
    studio.footage(picture)
    frame = studio.frame({name: picture})
    assert box_of(frame, GREEN, 5) == (100, 30, 130, 70)
    assert frame.getpixel((80, 50)) == BLUE
    assert studio.draw({name: picture}).ignored == ()


def test_footage_is_found_however_its_accents_are_written(studio: Studio, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), GREEN).save(tmp_path / "größe.png")
    studio.footage(tmp_path / "größe.png")
    frame = studio.frame({unicodedata.normalize("NFD", "größe.png"): tmp_path / "größe.png"})
    assert box_of(frame, GREEN, 5) == (70, 30, 130, 70)


def test_footage_that_was_not_given_is_a_grey_card_with_its_name(studio: Studio, picture: Path) -> None:
    layer = studio.footage(picture)
    set_value(layer, "ADBE Scale", [300, 200, 100])
    drawing = studio.draw()
    frame = next(drawing.frames)
    assert close(frame.getpixel((100, 14)), (51, 51, 51))
    assert box_of(frame, (153, 153, 153), 30) is not None  # its words
    assert "footage Photo 1.png was not given, a card is shown in its place" in "\n".join(drawing.ignored)


def test_a_file_that_the_project_names_is_not_opened_unless_it_was_given(studio: Studio, picture: Path) -> None:
    studio.footage(picture)
    assert picture.exists()
    assert box_of(studio.frame(), GREEN) is None


def test_footage_is_known_by_its_file_before_the_name_that_it_bears(
    studio: Studio, picture: Path, tmp_path: Path
) -> None:
    """An item whose picture was exchanged keeps the old file's name, where another item still shows that file."""
    Image.new("RGB", (60, 40), RED).save(tmp_path / "hero.png")
    studio.footage(tmp_path / "hero.png").source.name = "Photo 1.png"
    given = {"Photo 1.png": picture, "hero.png": tmp_path / "hero.png"}
    assert box_of(studio.frame(given), RED, 5) == (70, 30, 130, 70)


@pytest.mark.parametrize(
    ("mode", "inverted", "half", "whole"),
    [
        ("STRAIGHT", False, (64, 0, 128), GREEN),
        ("IGNORE", False, (128, 0, 0), GREEN),
        ("PREMULTIPLIED", False, (128, 0, 127), GREEN),
        ("STRAIGHT", True, (64, 0, 128), BLUE),
    ],
)
def test_the_alpha_of_footage_is_read_as_the_project_says(
    studio: Studio, tmp_path: Path, mode: str, inverted: bool, half: tuple[int, int, int], whole: tuple[int, int, int]
) -> None:
    """A half transparent red that was mixed with black beside an opaque green, on blue."""
    image = Image.new("RGBA", (60, 40), GREEN)
    image.paste((128, 0, 0, 128), (0, 0, 30, 40))
    image.save(tmp_path / "logo.png")
    studio.solid(BLUE, (200, 100), (100, 50))
    source = studio.footage(tmp_path / "logo.png").source.main_source
    source.alpha_mode, source.invert_alpha = py_aep.AlphaMode[mode], inverted
    frame = studio.frame({"logo.png": tmp_path / "logo.png"})
    assert close(frame.getpixel((85, 50)), half)
    assert close(frame.getpixel((115, 50)), whole)


def test_a_sequence_of_pictures_is_its_first_one_and_that_is_said(studio: Studio, tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (60, 40), RED).save(tmp_path / f"f_{number:04}.png")
    options = py_aep.ImportOptions(str(tmp_path / "f_0000.png"))
    options.sequence = True
    studio.comp.add(studio.project.import_file(options))
    given = {"f_0000.png": tmp_path / "f_0000.png"}
    assert "the sequence f_[0000-0002].png is shown as its first picture" in studio.ignored(footage=given)


def test_footage_of_another_size_keeps_its_size_and_its_anchor(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.footage(picture)
    Image.new("RGB", (20, 10), GREEN).save(tmp_path / "other.png")
    drawing = studio.draw({"Photo 1.png": tmp_path / "other.png"})
    assert box_of(next(drawing.frames), GREEN, 5) == (90, 45, 110, 55)
    assert "other.png is 20×10, the project expects 60×40" in "\n".join(drawing.ignored)


@pytest.mark.parametrize("name", ["logo.ai", "texture.psd", "plate.exr", "clip.avi", "clip.mov", "clip.wmv"])
def test_footage_of_a_kind_that_only_after_effects_can_show_is_a_card_and_said(
    studio: Studio, picture: Path, tmp_path: Path, name: str
) -> None:
    """A vector logo or a merged PSD is good footage: it must not stop the job, only the preview lacks it."""
    layer = studio.footage(picture)
    set_value(layer, "ADBE Scale", [300, 200, 100])
    (tmp_path / name).write_bytes(b"%PDF-1.5 or anything else that is not drawn here")
    drawing = studio.draw({"Photo 1.png": tmp_path / name})
    assert close(next(drawing.frames).getpixel((100, 14)), (51, 51, 51))
    assert f"{name} cannot be drawn without After Effects, a card is shown in its place" in "\n".join(drawing.ignored)


def test_footage_that_is_no_picture_fails_the_job(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.footage(picture)
    (tmp_path / "broken.png").write_bytes(picture.read_bytes()[:60])
    with pytest.raises(JobError, match=r"broken\.png: cannot be read as a picture"):
        studio.frame({"Photo 1.png": tmp_path / "broken.png"})


def test_a_picture_far_larger_than_the_preview_is_drawn_without_moire(studio: Studio, tmp_path: Path) -> None:
    fine = Image.new("L", (2, 2))
    fine.putdata([0, 255, 255, 0])
    tiled = Image.new("L", (1200, 600))
    for x in range(0, 1200, 2):
        for y in range(0, 600, 2):
            tiled.paste(fine, (x, y))
    tiled.convert("RGB").save(tmp_path / "fine.png")
    inner = studio.add_comp("Inner", 1200, 600)
    studio.footage(tmp_path / "fine.png", inner)
    layers = [studio.footage(tmp_path / "fine.png"), studio.comp.add(inner)]
    for layer, angle in ((layer, angle) for layer in layers for angle in (0, 30)):
        for other in layers:
            other.enabled = other is layer
        set_value(layer, "ADBE Scale", [100 / 6, 100 / 6, 100])
        set_value(layer, "ADBE Rotate Z", angle)
        frame = studio.frame({"fine.png": tmp_path / "fine.png"})
        assert all(close(frame.getpixel((x, 50)), (128,) * 3, 6) for x in range(70, 130)), (layer.name, angle)


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("justification", "wanted"),
    [("LEFT_JUSTIFY", "starts"), ("CENTER_JUSTIFY", "centred"), ("RIGHT_JUSTIFY", "ends")],
)
def test_point_text_stands_on_its_baseline_at_its_position(studio: Studio, justification: str, wanted: str) -> None:
    layer = write(studio, "HHH", justification=py_aep.ParagraphJustification[justification])
    set_value(layer, "ADBE Position", [100, 60, 0])
    left, top, right, bottom = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    assert abs(bottom - 60) <= 1
    assert 17 <= bottom - top <= 26  # capitals of a 30 px font
    found = {"starts": left - 100, "centred": (left + right) / 2 - 100, "ends": 100 - right}[wanted]
    assert -1 <= found <= 5


def test_box_text_wraps_in_its_box_and_says_what_does_not_fit(studio: Studio) -> None:
    layer = write(studio, "one two three four five six", size=20, box=[100.0, 50.0])
    set_value(layer, "ADBE Position", [100, 50, 0])
    drawing = studio.draw()
    left, top, right, bottom = box_of(next(drawing.frames), RED, 120) or (0, 0, 0, 0)
    assert left >= 49
    assert right <= 151
    assert top >= 25
    assert 34 <= bottom - top <= 42  # two lines: a leading of 24 and the height of an ascender
    assert "cut off:" in "\n".join(drawing.ignored)
    assert "six" in "\n".join(drawing.ignored)


def test_text_has_its_colour_its_lines_and_its_tracking(studio: Studio) -> None:
    layer = write(studio, "HI\rHI", size=20)
    set_value(layer, "ADBE Position", [20, 40, 0])
    _, top, right, bottom = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    assert 34 <= bottom - top <= 42  # a leading of 24 and the height of a capital
    layer.text["ADBE Text Document"].value.tracking = 500
    wider = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    assert 8 <= wider[2] - right <= 12  # half of 20 px between two letters, none after the last
    assert wider[3] == bottom


def test_tracking_does_not_move_the_end_of_a_right_justified_line(studio: Studio) -> None:
    layer = write(studio, "HHH", size=20, justification=py_aep.ParagraphJustification.RIGHT_JUSTIFY)
    set_value(layer, "ADBE Position", [150, 50, 0])
    plain = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    layer.text["ADBE Text Document"].value.tracking = 500
    tracked = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    assert abs(tracked[2] - plain[2]) <= 1
    assert 18 <= plain[0] - tracked[0] <= 22


@pytest.mark.skipif(fonts.find_font("DejaVuSans") is None, reason="DejaVu Sans is not installed")
@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا", "Ame\u0301lie"])
def test_letters_that_belong_together_are_not_drawn_apart(text: str) -> None:
    """One by one they would stand in the wrong order, lose their joints, or lose their accents."""
    plain, tracked = Studio((400, 100)), Studio((400, 100))
    for studio, tracking in ((plain, 0), (tracked, 100)):
        set_value(write(studio, text, font="DejaVuSans", tracking=tracking), "ADBE Position", [20, 60, 0])
    assert ImageChops.difference(plain.frame(), tracked.frame()).getbbox() is None
    assert f"{text}: the tracking of letters that belong together is not applied" in tracked.ignored()
    assert "tracking" not in plain.ignored()


def test_letters_that_the_stand_in_font_lacks_are_drawn_where_the_system_has_them(studio: Studio) -> None:
    """Pillow's own font has a crossed box in place of each of them."""
    if fonts.find_font("DejaVuSans") is None:
        pytest.skip("DejaVu Sans is not installed")
    for text in ("ÄÄÄ", "ŁŁŁ"):
        layer = write(studio, text, font="NoSuchFont")
        set_value(layer, "ADBE Position", [20, 60, 0])
        frames = [studio.frame()]
        layer.text["ADBE Text Document"].value.font = "DejaVuSans"
        frames.append(studio.frame())
        assert frames[0].tobytes() == frames[1].tobytes()
        layer.remove()


def test_a_font_that_is_not_here_is_named(studio: Studio) -> None:
    write(studio, "Hello", font="NoSuchFont-Heavy")
    assert "the font NoSuchFont-Heavy is not here, another one is shown" in studio.ignored()


@pytest.mark.parametrize(
    ("look", "middle", "inner", "outer"),
    [
        ({"apply_stroke": False}, RED, RED, BLACK),
        ({}, RED, GREEN, GREEN),
        ({"stroke_over_fill": False}, RED, RED, GREEN),
        ({"apply_fill": False}, BLACK, GREEN, GREEN),
    ],
)
def test_a_stroke_of_text_lies_half_on_either_side_of_its_edge(
    studio: Studio, look: dict[str, bool], middle: object, inner: object, outer: object
) -> None:
    layer = write(studio, "I", size=300, font="DejaVuSans-Bold")
    set_value(layer, "ADBE Position", [60, 200, 0])
    plain = box_of(studio.frame(), RED, 60) or (0, 0, 0, 0)
    assert plain[2] - plain[0] > 20
    document = layer.text["ADBE Text Document"].value
    document.apply_stroke, document.stroke_color, document.stroke_width = True, [0.0, 1.0, 0.0], 10
    for name, value in look.items():
        setattr(document, name, value)
    row = [studio.frame().getpixel((x, 50)) for x in (sum(plain[::2]) // 2, plain[0] + 2, plain[0] - 3, plain[0] - 8)]
    assert row == [middle, inner, outer, BLACK]
    assert "stroke" not in studio.ignored()


def test_all_caps_are_drawn_as_capitals(studio: Studio) -> None:
    layer = write(studio, "xxx")
    set_value(layer, "ADBE Position", [20, 60, 0])
    small = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    layer.text["ADBE Text Document"].value.font_caps_option = py_aep.FontCapsOption.FONT_ALL_CAPS
    large = box_of(studio.frame(), RED, 120) or (0, 0, 0, 0)
    assert large[3] - large[1] > (small[3] - small[1]) * 1.2


# --- blending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("NORMAL", (128, 128, 64)),
        ("MULTIPLY", (100, 50, 25)),
        ("SCREEN", (228, 178, 139)),
        ("ADD", (255, 228, 164)),
        ("DISSOLVE", (128, 128, 64)),
    ],
)
def test_blend_modes_mix_with_what_lies_below(studio: Studio, mode: str, wanted: tuple[int, int, int]) -> None:
    studio.solid((200, 100, 100), (100, 100), (50, 50))
    layer = studio.solid((128, 128, 64), (200, 100), (100, 50))
    layer.blending_mode = py_aep.BlendingMode[mode]
    drawing = studio.draw()
    frame = next(drawing.frames)
    assert close(frame.getpixel((50, 50)), wanted)
    assert close(frame.getpixel((150, 50)), (128, 128, 64))  # nothing lies below there
    assert ("blend mode dissolve is drawn as normal" in "\n".join(drawing.ignored)) == (mode == "DISSOLVE")


def test_a_half_transparent_multiplied_layer_keeps_what_is_below_opaque(studio: Studio) -> None:
    inner = studio.add_comp("Inner")
    studio.solid((200, 100, 100), (100, 100), (50, 50), inner)
    layer = studio.solid((128, 128, 64), (200, 100), (100, 50), inner)
    layer.blending_mode = py_aep.BlendingMode.MULTIPLY
    set_value(layer, "ADBE Opacity", 50)
    studio.comp.bg_color = [0.0, 0.0, 1.0]
    studio.comp.add(inner)
    frame = studio.frame()
    assert close(frame.getpixel((50, 50)), (150, 75, 63))
    assert close(frame.getpixel((150, 50)), (64, 64, 160))


# --- what is not shown --------------------------------------------------------------------------------------------


def test_disabled_guide_and_null_layers_are_never_shown(studio: Studio) -> None:
    studio.solid(BLUE, (200, 100), (100, 50))
    for change in ("enabled", "guide_layer"):
        layer = studio.solid(RED, (100, 100), (100, 50))
        setattr(layer, change, change != "enabled")
    studio.comp.add_null()
    inner = studio.add_comp("Inner")
    studio.solid(RED, (100, 100), (100, 50), inner).guide_layer = True
    studio.comp.add(inner)
    assert studio.frame().getcolors() == [(200 * 100, BLUE)]
    assert studio.draw().ignored == ()


def test_only_solo_layers_are_shown_where_there_are_any(studio: Studio) -> None:
    studio.solid(BLUE, (200, 100), (100, 50))
    studio.solid(RED, (20, 20), (100, 50)).solo = True
    frame = studio.frame()
    assert box_of(frame, BLUE) is None
    assert box_of(frame, RED) == (90, 40, 110, 60)


def test_all_that_is_not_drawn_is_said_with_the_layer_it_belongs_to(studio: Studio) -> None:
    layer = studio.solid(RED, (20, 20), (100, 50))
    layer.name = "Hero"
    assert studio.ignored() == ""
    layer.motion_blur = studio.comp.motion_blur = True
    layer.three_d_layer = True
    layer.transform["ADBE Opacity"].expression = "wiggle(1, 50)"
    layer.transform["ADBE Opacity"].expression_enabled = True
    layer.effects.add_property("ADBE Slider Control")  # only a number for expressions, changes no pixel
    layer.blending_mode = py_aep.BlendingMode.DISSOLVE
    studio.solid(BLUE, (20, 20), (10, 10)).adjustment_layer = True
    words = studio.ignored()
    for part in (
        "Main / Hero: blend mode dissolve is drawn as normal",
        "Main / Hero: motion blur is not drawn",
        "Main / Hero: 3D is only approximate",
        "Main / Hero: expressions are not evaluated (Opacity)",
        "Main / Solid: adjustment layers are not drawn",
    ):
        assert part in words
    assert "effects" not in words


def test_a_text_of_several_styles_is_drawn_in_the_first_and_that_is_said(studio: Studio) -> None:
    layer = write(studio, "BREAKING news")
    assert "styles" not in studio.ignored()
    layer.text["ADBE Text Document"].value.character_range(0, 8).fill_color = [0.0, 0.0, 1.0]
    assert "BREAKING news: its several styles (colour) are drawn as the first" in studio.ignored()


def test_a_camera_and_an_orientation_that_are_not_applied_are_said(studio: Studio) -> None:
    layer = studio.solid(RED, (20, 20), (100, 50))
    layer.three_d_layer = True
    layer.parent = studio.comp.add_null()
    layer.auto_orient = py_aep.AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
    studio.comp.add_camera("Eye", [100.0, 50.0])
    words = studio.ignored()
    assert "Main / Solid: the camera Eye is not applied" in words
    assert "Main / Solid: its auto-orientation is not applied" in words
    assert box_of(studio.frame(), RED) == (90, 40, 110, 60)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_a_layer_with_numbers_beyond_all_reason_is_left_out_and_that_is_said(
    studio: Studio, number: float, tmp_path: Path
) -> None:
    """A damaged project may hold any bytes where a number should be."""
    studio.solid(BLUE, (200, 100), (100, 50))
    items = ("Shape - Rect", {"Rect Size": [20, 20]}), ("Graphic - Fill", {})
    layers = [studio.solid(RED, (20, 20), (100, 50)), add_shape(studio.comp, *items), add_shape(studio.comp, *items)]
    mask = add_mask(layers[0], [[0, 0], [9, 0], [9, 9]], offset=1)
    set_value(layers[2], "ADBE Position", [50, 50, 0])
    contents = layers[1]["ADBE Root Vectors Group"].properties[0]["ADBE Vectors Group"]
    size = contents.properties[0]["ADBE Vector Rect Size"]
    for stream in (mask["ADBE Mask Offset"], size, layers[2].transform["ADBE Position"]):
        stream._cdat.values = [number, *stream._cdat.values[1:]]
    studio.project.save(tmp_path / "damaged.aep")
    drawing = compositor.draw(tmp_path / "damaged.aep", studio.comp.id, {})
    assert next(drawing.frames).getcolors() == [(200 * 100, BLUE)]
    assert "\n".join(drawing.ignored).count("it is left out, its place or its look cannot be told") == 3


# --- still or moving, and limits ----------------------------------------------------------------------------------


def test_a_comp_in_which_nothing_changes_is_one_frame(studio: Studio) -> None:
    studio.solid(RED, (20, 20), (100, 50))
    inner = studio.add_comp("Inner")
    studio.solid(GREEN, (20, 20), (20, 20), inner)
    studio.comp.add(inner)
    drawing = studio.draw()
    assert drawing.still
    assert (drawing.count, drawing.fps, drawing.duration_s, len(list(drawing.frames))) == (20, 10.0, 2.0, 1)


def test_a_layer_that_comes_later_makes_a_comp_move(studio: Studio) -> None:
    studio.solid(RED, (20, 20), (100, 50))
    studio.solid(GREEN, (20, 20), (20, 20)).in_point = 1.0
    drawing = studio.draw()
    assert not drawing.still
    assert len(list(drawing.frames)) == 20


def test_frames_come_at_the_rate_of_the_preview_and_long_comps_are_cut(studio: Studio) -> None:
    comp = studio.add_comp("Long", 400, 200, seconds=30.0, fps=30.0)
    layer = studio.solid(RED, (20, 20), (0, 50), comp)
    animate(layer, "ADBE Position", {0.0: [0, 50, 0], 30.0: [300, 50, 0]})
    drawing = studio.draw(comp=comp, max_s=3, fps=5, moving_side_px=200)
    frames = list(drawing.frames)
    assert (len(frames), drawing.count, drawing.duration_s, drawing.fps) == (15, 15, 3.0, 5)
    assert frames[0].size == (200, 100)
    assert (drawing.comp_fps, drawing.comp_duration_s) == (30.0, 30.0)
    assert "only the first 3 s of 30 s are shown" in "\n".join(drawing.ignored)
    assert box_of(frames[10], RED, 60) == (5, 20, 15, 30)  # at 2 s


def test_a_slow_comp_is_not_drawn_faster_than_it_is(studio: Studio) -> None:
    comp = studio.add_comp("Slow", seconds=2.0, fps=4.0)
    studio.solid(RED, (20, 20), (0, 50), comp)
    drawing = studio.draw(comp=comp)
    assert (drawing.fps, drawing.count) == (4.0, 8)


def test_a_comp_of_which_nothing_can_be_drawn_fails_and_says_why(studio: Studio) -> None:
    studio.solid(RED, (20, 20), (100, 50)).adjustment_layer = True
    with pytest.raises(JobError, match=r"Main: nothing of this comp can be drawn \(Main / Solid: adjustment layers"):
        studio.draw()
    with pytest.raises(JobError, match="nothing of this comp can be drawn"):
        studio.draw(comp=studio.add_comp("Empty"))
    with pytest.raises(JobError, match="there is none of that id"):
        compositor.draw(studio.project, 987654, {})


def test_comps_nested_beyond_reason_are_refused(studio: Studio) -> None:
    comp = studio.comp
    studio.solid(RED, (20, 20), (100, 50))
    for i in range(5):
        outer = studio.add_comp(f"Level {i}")
        for _ in range(9):
            outer.add(comp)
        comp = outer
    with pytest.raises(JobError, match="more than 4000 layers"):
        studio.draw(comp=comp)


def test_a_moving_comp_looks_the_same_whichever_layers_are_kept_from_frame_to_frame(studio: Studio) -> None:
    studio.solid(BLUE, (200, 100), (100, 50))
    blink = studio.solid(GREEN, (30, 30), (40, 50))
    blink.in_point, blink.out_point = 0.5, 1.0
    moving = studio.solid(RED, (20, 20), (20, 50))
    animate(moving, "ADBE Position", {0.0: [20, 50, 0], 1.0: [120, 50, 0]})
    studio.solid(WHITE, (10, 10), (190, 10)).out_point = 1.5
    plan = compositor._plan(studio.project, studio.comp.id, {}, 10, 60)
    for i, frame in enumerate(studio.frames()):
        alone = compositor._Painter(Pictures(), (200, 100), (200, 100), plan.background)
        assert frame.tobytes() == next(alone.frames([plan.states[i]])).tobytes(), i


# --- samples ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the project")
def test_the_sample_pair_is_drawn_with_its_footage() -> None:
    pair = SAMPLES / "pair"
    given = {name: pair / name for name in ("cutout.png", "green_yellow_bg.png")}
    drawing = compositor.draw(pair / "test-after-effects-project.aep", 1, given)
    assert (drawing.comp_width, drawing.comp_height, drawing.comp_fps, drawing.comp_duration_s) == (1200, 1500, 30, 10)
    assert drawing.still
    frame = next(drawing.frames)
    with Image.open(pair / "green_yellow_bg.png") as ground:
        # 1920×1080 on its middle at (600, 750): its (960, 540) is the comp's (600, 750).
        assert close(frame.getpixel((100, 1000)), ground.convert("RGB").getpixel((460, 790)), 3)
    yellow = box_of(frame.crop((0, 0, 540, 340)), (255, 184, 28), 40)
    assert yellow is not None
    assert abs(yellow[0] - 72) < 8  # the text box begins at x 70
    assert yellow[1] > 255  # and at y 263
    assert "the font RUSHFLOW is not here" in "\n".join(drawing.ignored)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the project")
def test_real_projects_of_others_are_drawn_or_refused_by_name() -> None:
    drawing = compositor.draw(SAMPLES / "projects/Images.aep", 1, {})
    assert not drawing.still
    assert len(list(drawing.frames)) == drawing.count == 20
    with pytest.raises(JobError):
        compositor.draw(SAMPLES / "projects/helperProject.aep", 1, {})


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the project")
def test_real_masks_and_mattes_cut_what_they_cut_in_after_effects() -> None:
    """`MaskInv`: a disc less another one; `MatteInv`: a red ground with a disc cut out of it by an inverted matte."""
    project = SAMPLES / "projects/Test_MatteMask.aep"
    masked, matted = (compositor.draw(project, comp, {}) for comp in (16, 1))
    assert masked.ignored == matted.ignored == ()
    moon, hole = next(masked.frames), next(matted.frames)
    assert box_of(moon, RED, 60) == (60, 88, 224, 266)
    for at, wanted in (((90, 150), RED), ((221, 227), WHITE), ((150, 230), WHITE), ((20, 20), WHITE)):
        assert moon.getpixel(at) == wanted, at
    assert hole.getpixel((200, 200)) == WHITE
    assert hole.getpixel((10, 10)) == RED
    assert box_of(hole, WHITE, 120) == (117, 117, 283, 283)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the project")
def test_the_sample_pair_differs_from_its_design_in_the_rendering_of_text_only(tmp_path: Path) -> None:
    """Canvas and comp are of one size: the design's pictures, put into the comp, must show what the design shows."""
    design = PSDImage.open(SAMPLES / "pair/test-photoshop-doc.psd")
    pictures = {layer.name: layer for layer in design if layer.kind in {"pixel", "smartobject"}}
    footage = {}
    wanted = Image.new("RGBA", design.size)
    for name, file in (("green_yellow_bg", "green_yellow_bg.png"), ("cutout", "cutout.png")):
        image = pictures[name].topil(apply_icc=False)
        assert image is not None
        canvas = Image.new("RGBA", design.size)
        canvas.paste(image.convert("RGBA"), pictures[name].offset)
        canvas.save(tmp_path / file, compress_level=1)
        footage[file] = tmp_path / file
        wanted = Image.alpha_composite(wanted, canvas)
    project = open_project(SAMPLES / "pair/test-after-effects-project.aep").project
    comp: Any = next(comp for comp in project.compositions if comp.id == 1)
    texts = [layer for layer in design if layer.kind == "type"]
    for layer, text in zip(comp.layers, texts, strict=False):
        layer.text["ADBE Text Document"].value.text = text.text
    frame = next(compositor.draw(project, 1, footage).frames)
    room = (60, 250, 540, 570)  # the texts of both, whatever their font
    assert all(
        room[0] < left and room[1] < top and right < room[2] and bottom < room[3]
        for left, top, right, bottom in (text.bbox for text in texts)
    )
    embedded = design.topil()
    assert embedded is not None
    for picture, what in ((wanted.convert("RGB"), "its layers"), (embedded.convert("RGB"), "its embedded picture")):
        whole = ssim(frame, picture)
        cut = [without(image, room) for image in (frame, picture)]
        print(f"the pair against {what}: SSIM {whole:.4f}, without its texts {ssim(*cut):.4f}")  # noqa: T201
        assert whole > 0.97
        assert ssim(*cut) > 0.9999
        assert max(high for _, high in ImageChops.difference(*cut).getextrema()) <= 3
    for text in texts:
        pieces = [image.crop(text.bbox) for image in (frame, wanted.convert("RGB"))]
        assert ImageChops.difference(*pieces).getbbox() is not None
    picture = next(layer for layer in comp.layers if layer.name == "featuredimage1")
    set_value(picture, "ADBE Position", [606, 754, 0])
    moved = next(compositor.draw(project, 1, footage).frames)
    assert ssim(without(moved, room), without(wanted.convert("RGB"), room)) < 0.999


def without(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The picture with grey in place of the box."""
    picture = picture.copy()
    picture.paste((128, 128, 128), box)
    return picture


def test_a_frame_in_which_nothing_changed_is_not_drawn_again(studio: Studio) -> None:
    layer = studio.solid(RED, (20, 20), (20, 50))
    animate(layer, "ADBE Position", {0.0: [20, 50, 0], 0.5: [120, 50, 0]})
    frames = studio.frames()
    assert len({id(frame) for frame in frames[:6]}) == 6
    assert all(frame is frames[5] for frame in frames[5:])
