"""A project is read as it is: real sizes, real names, and only what a person would fill."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import py_aep
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from projects_made import Studio, make_picture, named, source_text, text_for
from psd_tools import PSDImage

from hotfolderd.errors import JobError
from hotfolderd.media import aepx, rifx
from hotfolderd.media.project import essential, populate, read_template
from hotfolderd.media.project.expressions import Expression
from hotfolderd.media.project.opening import open_project
from hotfolderd.model import Box, Template

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PAIR = "test-after-effects-project"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files do not lie beside this project")


@needs_samples
@pytest.mark.parametrize("name", [f"{PAIR}.aep", f"{PAIR}.aepx"])
def test_the_sample_has_one_comp_to_fill_and_five_placeholders(name: str) -> None:
    template = read_template(SAMPLES / "pair" / name)

    main = template.comp(template.main_comp)
    assert (main.name, main.width, main.height, main.frame_rate, main.duration_s) == ("test-aep", 1200, 1500, 30, 10)
    assert main.background == "#000000"
    assert [(p.name, p.kind, p.comp) for p in template.placeholders] == [
        ("player1fullname", "text", "test-aep"),
        ("player2fullname", "text", "test-aep"),
        ("player3fullname", "text", "test-aep"),
        ("featuredimage1", "image", "test-aep"),
        ("green_yellow_bg.png", "image", "test-aep"),
    ]
    imported = next(comp for comp in template.comps if comp.name == "test-photoshop-doc")
    assert not imported.target
    assert imported.why_not == "it is an imported copy of test-photoshop-doc.psd"
    assert (template.version, template.fonts, template.notes) == ("25.5", ("RUSHFLOW",), ())


@needs_samples
def test_the_placeholders_of_the_sample_say_what_is_in_them_now() -> None:
    template = read_template(SAMPLES / "pair" / f"{PAIR}.aep")

    text = named(template, "player2fullname")
    assert text.id == f"{text.comp_id}:{text.layer_id}" == "1:45"
    assert text.index == 2
    assert text.box == Box(70.33, 387.89, 478.26, 60.95)
    assert text.text is not None
    assert (text.text.text, text.text.font, text.text.size_px, text.text.colour) == (
        "player1fullname",
        "RUSHFLOW",
        60.0,
        "#ffb81c",
    )
    picture = named(template, "featuredimage1")
    assert picture.box == Box(0.0, 0.0, 1200.0, 1500.0)
    assert picture.source is not None
    assert (picture.source.name, picture.source.file_name, picture.source.users) == ("cutout.png", "cutout.png", 1)
    assert (picture.source.width, picture.source.height) == (1200, 1500)


@needs_samples
def test_both_forms_of_one_project_give_one_template() -> None:
    """The .aepx was saved with the auto-save; the .aep later, when the PSD behind the imported comp lay elsewhere."""
    xml = read_template(SAMPLES / "pair" / f"{PAIR}.aepx")
    auto_saved = read_template(SAMPLES / "pair" / f"{PAIR} auto-save 1.aep")
    later = read_template(SAMPLES / "pair" / f"{PAIR}.aep")

    def bare(template: Template) -> Template:
        return dataclasses.replace(template, path="", form="aep")

    assert (xml.form, auto_saved.form) == ("aepx", "aep")
    assert bare(xml) == bare(auto_saved)
    assert bare(dataclasses.replace(xml, footage=())) == bare(dataclasses.replace(later, footage=()))
    assert [(f.item_id, f.name, f.width, f.height) for f in xml.footage] == [
        (f.item_id, f.name, f.width, f.height) for f in later.footage
    ]


@needs_samples
def test_a_project_of_after_effects_14_with_a_render_queue_is_read() -> None:
    template = read_template(SAMPLES / "projects" / "EmptyState.aep")

    assert [(comp.name, comp.width, comp.frame_rate) for comp in template.comps] == [("EmptyState", 100, 60.0)]
    assert any("render queue" in note for note in template.notes)


@needs_samples
def test_a_project_of_after_effects_11_is_refused_by_name() -> None:
    with pytest.raises(JobError, match=r"helperProject\.aep: .*After Effects 11\.0"):
        read_template(SAMPLES / "projects" / "helperProject.aep")


@needs_samples
@pytest.mark.parametrize("name", ["nm05ae12.aepx", "nm05ae12.aet"])
def test_an_expression_that_overrides_the_text_is_told_also_from_after_effects_12(name: str) -> None:
    template = read_template(SAMPLES / "projects" / name)

    assert [p.name for p in template.placeholders if p.kind == "text" and p.expression is None] == []
    assert named(template, "artist").expression == (
        '$.evalFile("/Users/Inlife/NXRendering/nm05/data.js"); getTrack().artist'
    )
    assert "audio.mp3" in [footage.name for footage in template.footage]
    assert [p.name for p in template.placeholders if p.kind == "image"] == ["nm.png", "background.jpg"]


@needs_samples
def test_other_samples_are_read_as_they_are() -> None:
    images = read_template(SAMPLES / "projects" / "Images.aep")
    assert [(p.name, p.box) for p in images.placeholders] == [("weaccept.jpg", Box(0.0, 0.0, 400.0, 211.0))]
    assert images.comp(images.main_comp).frame_rate == 29.97

    text = read_template(SAMPLES / "projects" / "PointText.aep")
    lines = named(text, "ABC Red").text
    assert lines is not None
    assert lines.text == "ABC\nDEF"

    mattes = read_template(SAMPLES / "projects" / "Test_MatteMask.aep")
    assert mattes.placeholders == ()
    assert len(mattes.comps) == 3


def test_what_nobody_fills_is_no_placeholder(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp, inner = studio.comp("Main"), studio.comp("inner")
    inner.add_text("inside")
    picture = studio.footage("photo.png")
    comp.add(picture)
    comp.add_null().name = "img_null"
    comp.add_shape()
    comp.add(inner)
    comp.add_solid([1.0, 0.0, 0.0], "Background", 800, 600, 1.0)
    comp.add_solid([1.0, 0.0, 0.0], "img_logo", 200, 100, 1.0)
    comp.add_text("on")
    comp.add_text("off").enabled = False
    comp.add_text("guide").guide_layer = True
    adjustment = comp.add(picture)
    adjustment.adjustment_layer = True
    adjustment.name = "adjusts"

    template = read_template(studio.saved())

    assert {(p.comp, p.name, p.kind) for p in template.placeholders} == {
        ("Main", "on", "text"),
        ("Main", "img_logo", "image"),
        ("Main", "photo.png", "image"),
        ("inner", "inside", "text"),
    }
    logo = named(template, "img_logo").source
    assert logo is not None
    assert (logo.path, logo.width, logo.height) == (None, 200, 100)
    assert [footage.name for footage in template.footage] == ["photo.png"]
    assert template.footage[0].users == 2


def test_text_that_cuts_out_another_layer_is_a_placeholder_although_its_eye_is_off(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    texture = comp.add(studio.footage("texture.png"))
    matte = comp.add_text("CUT OUT")
    texture.set_track_matte(matte, py_aep.TrackMatteType.ALPHA)
    assert not matte.enabled

    assert [p.name for p in read_template(studio.saved()).placeholders] == ["CUT OUT", "texture.png"]


def test_a_comp_without_layers_is_no_target(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.comp("main empty")
    studio.comp("full").add_text("hello")

    template = read_template(studio.saved())

    assert {comp.name: comp.why_not for comp in template.comps} == {"main empty": "it has no layers", "full": ""}
    assert template.comp(template.main_comp).name == "full"


def test_a_project_without_a_comp_is_refused(tmp_path: Path) -> None:
    path = Studio(tmp_path).saved("bare.aep")

    with pytest.raises(JobError, match=r"bare\.aep: there is no composition"):
        read_template(path)


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (["big", "Final cut"], "Final cut"),
        (["big", "render_square"], "render_square"),
        (["big", "MAIN"], "MAIN"),
        (["big", "semifinals", "remainder"], "big"),
    ],
)
def test_the_main_comp_is_the_one_that_is_named_so_else_the_largest(
    tmp_path: Path, names: list[str], main: str
) -> None:
    studio = Studio(tmp_path)
    for name in names:
        studio.comp(name, 1000 if name == "big" else 100).add_text("hello")

    template = read_template(studio.saved())

    assert template.comp(template.main_comp).name == main


def test_a_comp_inside_another_is_not_the_main_one_though_it_is_larger(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    inner, outer = studio.comp("card", 4000, 4000), studio.comp("show")
    inner.add_text("hello")
    outer.add(inner)

    template = read_template(studio.saved())

    assert template.comp(template.main_comp).name == "show"


def test_a_box_has_the_transforms_of_the_layer_and_its_parents(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main", 800, 600)
    null = comp.add_null()
    layer = comp.add(studio.footage("photo.png", (400, 300)))
    layer.transform["ADBE Anchor Point"].value = [200.0, 150.0, 0.0]
    layer.transform["ADBE Position"].value = [300.0, 200.0, 0.0]
    layer.transform["ADBE Scale"].value = [50.0, 100.0, 100.0]
    layer.transform["ADBE Rotate Z"].value = 90.0
    null.transform["ADBE Anchor Point"].value = [0.0, 0.0, 0.0]
    null.transform["ADBE Position"].value = [0.0, 0.0, 0.0]
    layer.set_parent_with_jump(null)
    null.transform["ADBE Position"].value = [100.0, 50.0, 0.0]

    box = named(read_template(studio.saved()), "photo.png").box

    # 400×300 at half width is 200×300, turned by a quarter 300×200, its middle at (300, 200) + (100, 50).
    assert box == Box(250.0, 150.0, 300.0, 200.0)


def test_a_box_is_taken_where_the_layer_first_shows(tmp_path: Path) -> None:
    """It flies in: at its in point it is beyond the edge, at the next keyframe transparent, then it stands."""
    studio = Studio(tmp_path)
    comp = studio.comp("Main", 800, 600)
    layer = comp.add(studio.footage("photo.png", (400, 300)))
    layer.transform["ADBE Anchor Point"].value = [0.0, 0.0, 0.0]
    position, opacity = layer.transform["ADBE Position"], layer.transform["ADBE Opacity"]
    for time, place in ((0.0, -1000.0), (1.0, 10.0), (2.0, 60.0), (3.0, 90.0)):
        position.set_value_at_time(time, [place, 20.0, 0.0])
    for time, value in ((0.0, 100.0), (1.0, 0.0), (2.0, 100.0)):
        opacity.set_value_at_time(time, value)

    assert named(read_template(studio.saved()), "photo.png").box == Box(60.0, 20.0, 400.0, 300.0)


def test_a_box_that_an_expression_decides_is_not_guessed(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    fixed = comp.add(studio.footage("fixed.png"))
    shaking = comp.add(studio.footage("shaking.png"))
    fixed.transform["ADBE Position"].expression = "[time * 100, 0]"
    shaking.transform["ADBE Position"].expression = "value + [Math.random(), 0]"

    template = read_template(studio.saved())

    assert named(template, "fixed.png").box is None
    assert named(template, "shaking.png").box is not None


def test_a_clip_is_heard_unless_its_sound_is_switched_off(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mov"
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=duration=1", "-c:v", "mjpeg", "-c:a", "pcm_s16le"]
    subprocess.run([get_ffmpeg_exe(), "-loglevel", "error", *picture, *sound, str(clip)], check=True, timeout=60)
    studio = Studio(tmp_path)
    comp, item = studio.comp("Main"), studio.project.import_file(py_aep.ImportOptions(clip))
    for name, on in (("loud", True), ("mute", False)):
        layer = comp.add(item)
        layer.name, layer.audio_enabled = name, on
    comp.add(studio.footage("still.png")).name = "still"
    found = {one.name: one.heard for one in read_template(studio.saved()).placeholders}
    assert found == {"loud": True, "mute": False, "still": False}


def test_point_text_has_an_estimated_box_on_the_side_that_it_is_aligned_to(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    sides = {}
    for name, justification in (
        ("left", py_aep.ParagraphJustification.LEFT_JUSTIFY),
        ("centre", py_aep.ParagraphJustification.CENTER_JUSTIFY),
        ("right", py_aep.ParagraphJustification.RIGHT_JUSTIFY),
    ):
        layer = comp.add_text("Some words")
        layer.name = name
        source_text(layer).value.justification = justification
        layer.transform["ADBE Position"].value = [400.0, 300.0, 0.0]
        layer.transform["ADBE Scale"].value = [200.0, 200.0, 100.0]
    template = read_template(studio.saved())
    for name in ("left", "centre", "right"):
        box = named(template, name).box
        assert box is not None
        sides[name] = box

    assert sides["left"].left == 400
    assert sides["centre"].centre[0] == pytest.approx(400, abs=0.02)
    assert sides["right"].left + sides["right"].width == pytest.approx(400, abs=0.02)
    assert all(box.top < 300 < box.top + box.height for box in sides.values())
    look = named(template, "left").text
    assert look is not None
    assert look.size_px == 2 * source_text(layer).value.font_size


def test_every_font_of_a_text_is_named(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    layer = studio.comp("Main").add_text("one two 🎬 three")
    document = source_text(layer).value
    document.font = "Helvetica"
    document.character_range(4, 7).font = "Arial-BoldMT"
    document.character_range(11, -1).font = "Georgia"

    template = read_template(studio.saved())

    look = template.placeholders[0].text
    assert look is not None
    assert look.fonts == ("Helvetica", "Arial-BoldMT", "Georgia")
    assert template.fonts == ("Arial-BoldMT", "Georgia", "Helvetica")


@pytest.mark.parametrize(
    ("code", "ignores"),
    [
        ('"literal"', True),
        ('$.evalFile("data.js"); getTitle()', True),
        ('"the value of it" // value', True),
        ('comp("Hard_Card").layer("z").text.sourceText', True),
        ('effect("Slider")("Slider").value', True),
        ("/* value */ `text ${time}`", True),
        ("value.toUpperCase()", False),
        ("text.sourceText + '!'", False),
        ("thisProperty.value", False),
        ("thisLayer.text.sourceText.replace('a', 'b')", False),
        ("s = valueAtTime(0); s", False),
        ("`${value} km`", False),
    ],
)
def test_an_expression_leaves_room_for_the_text_only_if_it_uses_it(code: str, ignores: bool) -> None:
    assert Expression("", "ADBE Text Document", code).ignores_value is ignores


def test_an_expression_counts_only_while_it_is_enabled(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    for name, code, enabled in (("a", '"x"', True), ("b", '"x"', False), ("c", "value + 1", True)):
        layer = comp.add_text(name)
        source_text(layer).expression = code
        source_text(layer).expression_enabled = enabled

    template = read_template(studio.saved())

    assert {p.name: p.expression for p in template.placeholders} == {"a": '"x"', "b": None, "c": None}


def test_an_imported_psd_with_groups_is_not_a_target(tmp_path: Path) -> None:
    image = make_picture(tmp_path / "layer.png", (40, 30), "RGBA")
    psd = PSDImage.new("RGB", (100, 80))
    with Image.open(image) as picture:
        inside = psd.create_pixel_layer(picture, "inside")
        psd.create_pixel_layer(picture, "outside")
    psd.create_group([inside], "group")
    psd.save(tmp_path / "design.psd")
    studio = Studio(tmp_path)
    options = py_aep.ImportOptions(tmp_path / "design.psd")
    options.import_as = py_aep.ImportAsType.COMP
    studio.project.import_file(options)
    mixed = studio.comp("mixed")
    mixed.add_text("title")

    template = read_template(studio.saved())

    assert {comp.name for comp in template.comps if comp.target} == {"mixed"}
    assert all("design.psd" in comp.why_not for comp in template.comps if not comp.target)
    assert [p.name for p in template.placeholders] == ["title"]


def test_a_damaged_project_is_refused_before_py_aep_sees_it(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.comp("Main").add_text("hello")
    data = studio.saved().read_bytes()
    (tmp_path / "cut.aep").write_bytes(data[: len(data) // 2])
    (tmp_path / "other.aep").write_bytes(b"%PDF-1.7" + data)

    for name in ("cut.aep", "other.aep"):
        with pytest.raises(JobError, match=name):
            read_template(tmp_path / name)


def test_what_py_aep_cannot_read_is_the_files_fault_and_says_so(tmp_path: Path) -> None:
    """The tree is sound, but the root has no `nhed`, which py-aep needs."""
    studio = Studio(tmp_path)
    studio.comp("Main").add_text("hello")
    tree = rifx.parse(studio.saved().read_bytes())
    tree.root.children = [chunk for chunk in tree.root.children if chunk.id != "nhed"]
    (tmp_path / "strange.aep").write_bytes(rifx.dump(tree))

    with pytest.raises(JobError, match=r"strange\.aep: .*py-aep cannot work with it: "):
        read_template(tmp_path / "strange.aep")


def test_one_layer_that_cannot_be_read_is_noted_and_the_rest_is_read(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("good")
    comp.add_text("bad")
    tree = rifx.parse(studio.saved().read_bytes())
    rifx.replace_data(next(rifx.find(dict(rifx.items(tree))[comp.id], "btdk")), b"<< broken")
    (tmp_path / "half.aep").write_bytes(rifx.dump(tree))

    template = read_template(tmp_path / "half.aep")

    assert [p.name for p in template.placeholders] == ["good"]
    assert any(note.startswith("layer bad of comp Main is left out: ") for note in template.notes)


def test_a_text_that_turns_along_its_path_is_a_placeholder_without_a_box(tmp_path: Path) -> None:
    """py-aep cannot place a layer that orients itself along its path; what it says is still known."""
    studio = Studio(tmp_path)
    layer = studio.comp("Main").add_text("flying")
    position = layer.transform["ADBE Position"]
    for time, place in ((0.0, 0.0), (1.0, 100.0)):
        position.set_value_at_time(time, [place, place, 0.0])
    position.dimensions_separated = True
    layer.auto_orient = py_aep.AutoOrientType.ALONG_PATH

    template = read_template(studio.saved())

    assert [(p.name, p.text and p.text.text) for p in template.placeholders] == [("flying", "flying")]
    assert template.placeholders[0].box is None
    assert any("layer flying of comp Main has no place that can be told" in note for note in template.notes)


def test_our_own_project_is_the_same_in_both_forms(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("Zwölf Boxkämpfer\n“jagen” Viktor 🎬 & <Eva>")
    comp.add(studio.footage("photo.png"))
    path = studio.saved()
    xml = path.with_suffix(".aepx")
    xml.write_bytes(aepx.from_rifx(rifx.parse(path.read_bytes())))

    binary, text = read_template(path), read_template(xml)

    assert (binary.form, text.form) == ("aep", "aepx")
    assert dataclasses.replace(binary, path="", form="aepx") == dataclasses.replace(text, path="")


@pytest.mark.parametrize(
    ("name", "value", "differs"),
    [
        ("font_size", 90.0, ("size",)),
        ("fill_color", [1.0, 0.0, 0.0], ("colour",)),
        ("faux_bold", True, ("style",)),
        ("font", "Arial-BoldMT", ("font",)),
        ("tracking", 20, ()),
    ],
)
def test_what_differs_within_a_text_is_told(tmp_path: Path, name: str, value: object, differs: tuple[str, ...]) -> None:
    studio = Studio(tmp_path)
    layer = studio.comp("main").add_text("BREAKING 😀 news")
    layer.name = "headline"
    assert source_text(layer).value.fill_color is not None
    setattr(source_text(layer).value.character_range(0, 8), name, value)
    look = named(read_template(studio.saved()), "headline").text
    assert look is not None
    assert look.differs == differs


@needs_samples
def test_which_comps_have_essential_properties_is_told_as_py_aep_tells_it() -> None:
    """Without asking it, because it reads all markers for that."""
    for path in (one for one in sorted(SAMPLES.rglob("*.aep*")) if one.name != "helperProject.aep"):  # too old
        opened = open_project(path)
        chunks = dict(rifx.items(opened.tree))
        for comp in opened.project.compositions:
            assert essential.has_controls(chunks[comp.id]) == bool(comp.motion_graphics_controllers), (path, comp.name)


def test_a_value_that_is_set_where_a_comp_is_nested_is_known(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    inner, outer = studio.comp("Lower third"), studio.comp("Main")
    name, role = inner.add_text("Name"), inner.add_text("Role")
    logo = inner.add(studio.footage("logo.png"))
    for layer, what in ((name, "name"), (role, "role"), (logo, "logo")):
        layer.name = what
    assert source_text(name).add_to_motion_graphics_template(inner)
    assert name.transform["ADBE Opacity"].add_to_motion_graphics_template(inner)
    assert source_text(role).add_to_motion_graphics_template(inner)
    assert logo.add_to_motion_graphics_template(inner)
    by_layer = [control.uuid for control in inner.motion_graphics_controllers]
    nested = [outer.add(inner) for _ in range(2)]
    path = studio.saved()
    assert {one.set_by for one in read_template(path).placeholders} == {None}, "shown, and nothing is set there"

    tree = rifx.parse(path.read_bytes())
    chunks = dict(rifx.items(tree))
    assert [essential.has_controls(chunks[comp.id]) for comp in (inner, outer)] == [True, False]
    layer_chunk = dict(rifx.layers(chunks[outer.id]))[nested[0].id]
    overrides = next(rifx.find(layer_chunk, "OvG2"))
    for uuid in (by_layer[0], by_layer[1], by_layer[3]):  # the name, its opacity, the logo
        overrides.children.append(rifx.Chunk("LIST", list_type="CPrp", children=[rifx.Chunk("Utf8", uuid.encode())]))
    rifx.replace_data(overrides.children[0], (3).to_bytes(4, "little"))
    path.write_bytes(rifx.dump(tree))

    found = {one.name: one.set_by for one in read_template(path).placeholders}
    assert found == {"name": "layer 'Lower third' of 'Main'", "role": None, "logo": "layer 'Lower third' of 'Main'"}
    populated = populate(path, [text_for(read_template(path), "role", "Guest")], tmp_path / "final", tidy_names=True)
    found = {one.name: one.set_by for one in read_template(Path(populated.written[0])).placeholders}
    assert found["name"] == "layer 'Lower third' of 'render_Main'", "its name alone is another now"
