"""What the demonstration and the tests are fed with: designs, templates and batches made by code."""

from __future__ import annotations

import csv
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import py_aep
import pytest
from PIL import Image, ImageChops
from psd_tools import PSDImage
from psd_tools.constants import Tag, TextType

from hotfolderd.demo.batch import COLUMNS, expected_matches, make_sample_batch, make_small_batch
from hotfolderd.demo.design import GroupSpec, LayerSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import badge, player, stadium, veil
from hotfolderd.demo.template import (
    CompNested,
    CompNull,
    CompPicture,
    CompSolid,
    CompSpec,
    CompText,
    Motion,
    make_template,
)
from hotfolderd.media import aepx, rifx

SAMPLES = Path(__file__).parents[2] / "../shared/samples"

WORDS = TextSpec("WORDS (a)", "Öne\\ (two)\nline\t尩 g", 20, 90, size_px=24.5, colour="#ffb71b", font="Oswald-Bold")


def five_layers() -> list[LayerSpec]:
    return [
        PictureSpec("Background", 0, 0, 200, 250, "#203040"),
        PictureSpec("cutout", 60, 60, 120, 190, player),
        GroupSpec("Names", (WORDS, TextSpec("Second", "Second", 20, 180))),
        TextSpec("Title", "Title", 20, 10),
    ]


def by_path(design: PSDImage) -> dict[str, Any]:
    """The layers by their path, groups included."""

    def walk(group: Any, above: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for layer in group:
            found[above + layer.name] = layer
            if layer.kind == "group":
                found |= walk(layer, f"{above}{layer.name}/")
        return found

    return walk(design, "")


def text_of(layer: Any) -> Any:
    return layer.property("ADBE Text Properties").property("ADBE Text Document").value


# --- designs ---------------------------------------------------------------------------------------------------------


def test_a_text_layer_reads_back_with_its_text_font_size_and_colour(tmp_path: Path) -> None:
    layer = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=[WORDS]))[0]
    assert layer.kind == "type"
    assert layer.name == "WORDS (a)"
    assert layer.text == "Öne\\ (two)\rline\t尩 g"
    assert layer.text_type is TextType.POINT
    assert layer.font_names == ["Oswald-Bold"]
    (run,) = [run for paragraph in layer.typesetting for run in paragraph.runs][:1]
    assert (run.style.font_name, run.style.font_size) == ("Oswald-Bold", 24.5)
    assert run.style.fill_color == (1.0, 1.0, 0.71765, 0.10588)
    assert layer.transform[:4] == (1.0, 0.0, 0.0, 1.0)


def test_the_engine_data_counts_every_character_and_ends_in_a_return(tmp_path: Path) -> None:
    spec = TextSpec("party", "a🎉)b", 0, 0)
    layer = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=[spec]))[0]
    assert layer.engine_dict["Editor"]["Text"].value == "a🎉)b\r"
    assert list(layer.engine_dict["StyleRun"]["RunLengthArray"]) == [6]  # the emoji is two UTF-16 units
    assert list(layer.engine_dict["ParagraphRun"]["RunLengthArray"]) == [6]


def test_the_ink_stands_where_it_was_asked_for_and_the_bounds_agree_with_the_transform(tmp_path: Path) -> None:
    spec = TextSpec("Two lines", "Wg\nj", 31, 57, size_px=40)
    design = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=[spec], paper="#000000"))
    layer = design[0]
    flat = design.topil()
    assert flat is not None
    assert flat.convert("L").getbbox() == layer.bbox
    assert (layer.left, layer.top) == (31, 57)
    bounds = layer.tagged_blocks.get_data(Tag.TYPE_TOOL_OBJECT_SETTING).text_data[b"bounds"]
    x, y = layer.transform[4:]
    placed = (x + bounds[b"Left"], y + bounds[b"Top "], x + bounds[b"Rght"], y + bounds[b"Btom"])
    assert placed == layer.bbox
    assert layer.top < y < layer.top + 40


def test_a_text_layer_has_every_key_that_a_foreign_writer_gives_it(tmp_path: Path) -> None:
    """Fact: ag-psd's text layers open in Photoshop; ours must not lack what theirs have."""
    sample = SAMPLES / "pair/test-photoshop-doc.psd"
    if not sample.exists():
        pytest.skip("the sample files are not here")
    theirs = next(layer for layer in PSDImage.open(sample) if layer.kind == "type")
    ours = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=[WORDS]))[0]
    blocks = [layer.tagged_blocks.get_data(Tag.TYPE_TOOL_OBJECT_SETTING) for layer in (theirs, ours)]
    assert set(blocks[0].text_data) <= set(blocks[1].text_data)
    assert set(blocks[0].warp) <= set(blocks[1].warp) | {b"bounds", b"uOrder", b"vOrder"}
    assert {str(key) for key in theirs.engine_dict} - {str(key) for key in ours.engine_dict} <= {"'GridInfo'"}
    assert set(theirs.tagged_blocks) <= set(ours.tagged_blocks)


def test_names_survive_in_any_script(tmp_path: Path) -> None:
    names = ["Fëe 日本 🎉", "a/b", "  ", "ж" * 200]
    layers = [GroupSpec(f"group {name}", (PictureSpec(name, 0, 0, 4, 4, "#ffffff"),)) for name in names]
    design = PSDImage.open(make_design(tmp_path / "a.psd", size=(20, 20), layers=layers))
    assert [group.name for group in design] == [f"group {name}" for name in names]
    assert [group[0].name for group in design] == names


def test_groups_nest_and_hidden_ones_hide_what_is_in_them(tmp_path: Path) -> None:
    inner = GroupSpec("inner", (PictureSpec("red", 0, 0, 20, 20, "#ff0000"),))
    layers = [
        PictureSpec("white", 0, 0, 20, 20, "#ffffff"),
        GroupSpec("outer", (inner, TextSpec("off", "x", 0, 0, hidden=True)), hidden=True),
    ]
    design = PSDImage.open(make_design(tmp_path / "a.psd", size=(20, 20), layers=layers))
    found = by_path(design)
    assert list(found) == ["white", "outer", "outer/inner", "outer/inner/red", "outer/off"]
    assert {path: layer.is_visible() for path, layer in found.items()} == {
        "white": True,
        "outer": False,
        "outer/inner": False,
        "outer/inner/red": False,
        "outer/off": False,
    }
    assert found["outer/inner/red"].visible
    assert not found["outer/off"].visible
    flat = design.topil()
    assert flat is not None
    assert flat.getpixel((10, 10)) == (255, 255, 255)


def test_the_flattened_picture_is_what_the_layers_make(tmp_path: Path) -> None:
    """psd-tools draws the layers anew and gets the picture that the file carries."""
    veiled = PictureSpec("veil", -20, -10, 150, 300, veil, opacity=0.7)
    layers = [*five_layers(), veiled, PictureSpec("dot", 190, 240, 30, 30, "#ff8800", opacity=0.5)]
    design = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=layers))
    assert design.has_preview()
    carried = design.topil()
    drawn = design.composite(ignore_preview=True, color=1.0, alpha=1.0).convert("RGB")
    assert carried is not None
    assert (carried.size, carried.mode) == ((200, 250), "RGB")
    assert max(high for _, high in ImageChops.difference(carried, drawn).getextrema()) <= 2  # type: ignore[misc]
    assert len(carried.getcolors(200 * 250) or []) > 100


def test_a_cut_out_keeps_its_transparency_as_transparency_and_not_as_a_mask(tmp_path: Path) -> None:
    layers = [PictureSpec("cutout", 10, 20, 120, 190, player)]
    layer = PSDImage.open(make_design(tmp_path / "a.psd", size=(200, 250), layers=layers))[0]
    picture = layer.topil()
    assert not layer.has_mask()
    assert picture is not None
    assert picture.mode == "RGBA"
    assert ImageChops.difference(picture, player(120, 190)).getchannel("A").getbbox() is None
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_text_without_ink_and_a_layer_off_the_canvas_are_written_and_read(tmp_path: Path) -> None:
    layers = [TextSpec("empty", "", 5, 5), TextSpec("blank", " \n ", 5, 5), PictureSpec("off", 40, 40, 9, 9, "#ff0000")]
    design = PSDImage.open(make_design(tmp_path / "a.psd", size=(20, 20), layers=layers))
    assert [(layer.kind, layer.size) for layer in design] == [("type", (0, 0)), ("type", (0, 0)), ("pixel", (9, 9))]
    assert [layer.text for layer in design if layer.kind == "type"] == ["", " \r "]


def test_the_same_design_is_the_same_file(tmp_path: Path) -> None:
    first = make_design(tmp_path / "a.psd", size=(200, 250), layers=five_layers())
    second = make_design(tmp_path / "b.psd", size=(200, 250), layers=five_layers())
    assert first.read_bytes() == second.read_bytes()


def test_a_design_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.psd").write_text("mine")
    with pytest.raises(FileExistsError):
        make_design(tmp_path / "a.psd", size=(200, 250), layers=[])
    assert (tmp_path / "a.psd").read_text() == "mine"


def test_a_drawing_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    layers = [PictureSpec("odd", 0, 0, 30, 30, lambda _w, _h: Image.new("RGB", (3, 3)))]
    with pytest.raises(ValueError, match=r"odd.*\(3, 3\)"):
        make_design(tmp_path / "a.psd", size=(40, 40), layers=layers)


def test_a_tiny_design_is_made_in_a_moment(tmp_path: Path) -> None:
    layers = [layer for layer in five_layers() if layer.name != "cutout"]
    layers.insert(1, PictureSpec("dot", 60, 60, 120, 190, "#ff8800"))
    moments = [time.perf_counter()]
    for number in range(6):
        make_design(tmp_path / f"{number}.psd", size=(200, 250), layers=layers)
        moments.append(time.perf_counter())
    assert min(after - before for before, after in pairwise(moments)) < 0.5


def test_every_drawing_fills_the_size_it_is_given() -> None:
    for drawing in (stadium, player, badge, veil):
        assert drawing(97, 61).size == (97, 61)  # type: ignore[operator]
    assert player(97, 131).getchannel("A").getbbox() == (0, 0, 97, 131)


# --- templates -------------------------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "pic ture.png"
    badge(300, 200).save(file)
    return file


def two_comps(picture: Path) -> list[CompSpec]:
    moving = Motion(opacity=((0.0, 0.0), (1.0, 80.0)), offset=((0.0, -200.0, 5.0), (1.5, 0.0, 0.0)))
    return [
        CompSpec(
            "intro", (400, 300), (CompText("inner", "Inner", 10, 10, enabled=False),), frame_rate=24.0, duration_s=2.0
        ),
        CompSpec(
            "main",
            (1080, 1350),
            (
                CompSolid("backdrop", "#112233"),
                CompPicture(picture, left=10, top=20, width=150, height=50),
                CompPicture(picture, "featured", left=100, top=200, motion=moving, enabled=False),
                CompText("txt", "Two\nlines", 50, 60, 40.0, "#ffb71b", "Oswald-Bold", expression="value.toUpperCase()"),
                CompNull("rig"),
                CompSolid("grade", adjustment=True),
                CompPicture(picture, "safe area", guide=True),
                CompNested("intro", left=100, top=200),
            ),
            frame_rate=30.0,
            duration_s=6.0,
            background="#336699",
        ),
    ]


def test_a_template_reads_back_with_its_comps_and_their_layers_in_order(tmp_path: Path, picture: Path) -> None:
    project = py_aep.parse(make_template(tmp_path / "t.aep", comps=two_comps(picture))).project
    comps = {comp.name: comp for comp in project.compositions}
    main = comps["main"]
    assert (main.width, main.height, main.frame_rate, main.duration) == (1080, 1350, 30.0, 6.0)
    assert [round(channel * 255) for channel in main.bg_color] == [0x33, 0x66, 0x99]
    assert (comps["intro"].frame_rate, comps["intro"].duration) == (24.0, 2.0)
    names = ["intro", "safe area", "grade", "rig", "txt", "featured", "pic ture.png", "backdrop"]
    assert [layer.name for layer in main.layers] == names
    layers = {layer.name: layer for layer in main.layers}
    assert [name for name in names if layers[name].guide_layer] == ["safe area"]
    assert [name for name in names if layers[name].adjustment_layer] == ["grade"]
    assert [name for name in names if layers[name].null_layer] == ["rig"]
    assert [name for name in names if not layers[name].enabled] == ["featured"]
    assert [layer.enabled for layer in comps["intro"].layers] == [False]
    assert layers["intro"].source is comps["intro"]
    assert layers["intro"].transform.position.value[:2] == [300.0, 350.0]


def test_a_text_layer_of_a_template_reads_back_with_its_look_and_expression(tmp_path: Path, picture: Path) -> None:
    project = py_aep.parse(make_template(tmp_path / "t.aep", comps=two_comps(picture))).project
    layer = next(layer for comp in project.compositions for layer in comp.text_layers if layer.name == "txt")
    document = text_of(layer)
    assert document.text.replace("\r", "\n") == "Two\nlines"
    assert (document.font, document.font_size, document.point_text) == ("Oswald-Bold", 40.0, True)
    assert [round(channel * 255) for channel in document.fill_color] == [0xFF, 0xB7, 0x1B]
    source = layer.property("ADBE Text Properties").property("ADBE Text Document")
    assert (source.expression, source.expression_enabled) == ("value.toUpperCase()", True)
    x, y, _ = layer.transform.position.value
    assert 45 <= x <= 50  # the pen starts left of the ink, the baseline lies below its top
    assert 60 < y <= 100


def test_text_stands_at_the_same_place_in_a_template_and_in_a_design(tmp_path: Path) -> None:
    design = make_design(tmp_path / "a.psd", size=(400, 300), layers=[TextSpec("t", "Words", 50, 60, size_px=40)])
    comp = CompSpec("c", (400, 300), (CompText("t", "Words", 50, 60, size_px=40),))
    project = py_aep.parse(make_template(tmp_path / "t.aep", comps=[comp])).project
    placed = project.compositions[0].layers[0].transform.position.value
    assert tuple(placed[:2]) == PSDImage.open(design)[0].transform[4:]


def test_pictures_share_their_footage_by_its_absolute_path_and_stand_in_their_box(
    tmp_path: Path, picture: Path
) -> None:
    project = py_aep.parse(make_template(tmp_path / "t.aep", comps=two_comps(picture))).project
    (item,) = [item for item in project.footages if isinstance(item.main_source, py_aep.FileSource)]
    assert (str(item.main_source.file), item.width, item.height) == (str(picture.resolve()), 300, 200)
    main = next(comp for comp in project.compositions if comp.name == "main")
    boxes = {}
    for layer in main.layers:
        if layer.source is item:
            (x, y, _), (wide, high, _) = layer.transform.position.value, layer.transform.scale.value
            width, height = item.width * wide / 100, item.height * high / 100
            boxes[layer.name] = (x - width / 2, y - height / 2, width, height)
    assert boxes["pic ture.png"] == (10.0, 20.0, 150.0, 50.0)
    assert boxes["safe area"] == (0.0, 0.0, 300.0, 200.0)


def test_a_moving_layer_has_its_keys(tmp_path: Path, picture: Path) -> None:
    project = py_aep.parse(make_template(tmp_path / "t.aep", comps=two_comps(picture))).project
    main = next(comp for comp in project.compositions if comp.name == "main")
    transform = main.layer("featured").transform
    assert [(key.time, key.value) for key in transform.opacity.keyframes] == [(0.0, 0.0), (1.0, 80.0)]
    assert [(key.time, key.value[:2]) for key in transform.position.keyframes] == [
        (0.0, [50.0, 305.0]),
        (1.5, [250.0, 300.0]),
    ]


def test_an_aepx_is_the_same_project_as_xml(tmp_path: Path, picture: Path) -> None:
    file = make_template(tmp_path / "t.aepx", comps=two_comps(picture))
    xml = file.read_bytes()
    assert xml.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<AfterEffectsProject')
    assert str(picture.resolve()).encode() in xml
    back = tmp_path / "back.aep"
    back.write_bytes(rifx.dump(aepx.to_rifx(xml)))
    comps = {comp.name: comp for comp in py_aep.parse(back).project.compositions}
    assert [text_of(layer).text for layer in comps["intro"].text_layers] == ["Inner"]
    assert len(comps["main"].layers) == 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.aep", "pic ture.png", "t.aepx"]


@pytest.mark.parametrize("name", ["t.aep", "t.aepx"])
def test_a_template_never_replaces_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError):
        make_template(tmp_path / name, comps=[])
    assert (tmp_path / name).read_text() == "mine"


def test_a_template_of_another_form_or_with_an_unknown_comp_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.aep or \.aepx"):
        make_template(tmp_path / "t.mogrt", comps=[])
    with pytest.raises(ValueError, match="no comp 'later'"):
        make_template(tmp_path / "t.aep", comps=[CompSpec("c", (40, 40), (CompNested("later"),))])
    assert list(tmp_path.iterdir()) == []


# --- batches ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch")
    make_sample_batch(folder)
    return folder


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def template_of(folder: Path, name: str, scratch: Path) -> py_aep.Project:
    file = folder / name
    if file.suffix == ".aepx":
        binary = scratch / "binary.aep"
        binary.write_bytes(rifx.dump(aepx.to_rifx(file.read_bytes())))
        file = binary
    return py_aep.parse(file).project


def fillable(project: py_aep.Project) -> dict[str, Any]:
    """The layers that are there to be filled, by name: texts, and pictures that are no guides."""
    found = {}
    for comp in project.compositions:
        for layer in comp.layers:
            source = getattr(getattr(layer, "source", None), "main_source", None)
            if isinstance(layer, py_aep.TextLayer) or (isinstance(source, py_aep.FileSource) and not layer.guide_layer):
                found[layer.name] = layer
    return found


def test_the_sample_batch_is_whole_and_its_csv_comes_last(tmp_path: Path) -> None:
    files = make_sample_batch(tmp_path / "drop")
    assert files[-1].name == "matchday.csv"
    assert sorted(files) == sorted(path for path in (tmp_path / "drop").rglob("*") if path.is_file())
    rows = rows_of(files[-1])
    assert tuple(rows[0]) == COLUMNS
    assert [row["job_id"] for row in rows] == ["MATCH001", "MATCH002", "MATCH003"]
    assert all((tmp_path / "drop" / row[key]).is_file() for row in rows for key in ("psd_path", "aepx_path"))
    assert {Path(row["aepx_path"]).suffix for row in rows} == {".aep", ".aepx"}


@pytest.mark.parametrize("job", ["MATCH001", "MATCH002", "MATCH003"])
def test_the_right_answer_names_every_placeholder_and_layers_of_the_same_kind(
    batch: Path, tmp_path: Path, job: str
) -> None:
    row = next(row for row in rows_of(batch / "matchday.csv") if row["job_id"] == job)
    placeholders = fillable(template_of(batch, row["aepx_path"], tmp_path))
    layers = by_path(PSDImage.open(batch / row["psd_path"]))
    answer = expected_matches(job)
    assert set(answer) == set(placeholders)
    for placeholder, path in answer.items():
        if path is not None:
            wants_text = isinstance(placeholders[placeholder], py_aep.TextLayer)
            assert (layers[path].kind == "type") == wants_text, placeholder
            assert layers[path].is_visible()
            assert layers[path].name.lower() != placeholder.lower()
    filled = [path for path in answer.values() if path is not None]
    assert len(set(filled)) == len(filled)
    assert "Background" not in filled


def test_only_the_third_sample_job_has_a_picture_of_another_shape_than_its_placeholder(
    batch: Path, tmp_path: Path
) -> None:
    misfits = []
    for row in rows_of(batch / "matchday.csv"):
        placeholders = fillable(template_of(batch, row["aepx_path"], tmp_path))
        layers = by_path(PSDImage.open(batch / row["psd_path"]))
        for placeholder, path in expected_matches(row["job_id"]).items():
            source = placeholders[placeholder].source
            if path is None or source is None:
                continue
            target, ratio = source.width / source.height, layers[path].width / layers[path].height
            if abs(ratio - target) / target > 0.10:
                misfits.append((row["job_id"], placeholder, ratio < 1 < target))
    assert misfits == [("MATCH003", "team_photo", True)]


def test_two_sample_jobs_can_share_one_review(batch: Path) -> None:
    first, second = (by_path(PSDImage.open(batch / f"match00{number}.psd")) for number in (1, 2))
    assert list(first) == list(second)
    assert {path for path in first if first[path].kind == "type" and first[path].text == second[path].text} == {
        "old sponsor line"
    }


def test_the_players_stand_in_the_same_order_on_both_sides(batch: Path, tmp_path: Path) -> None:
    placeholders = fillable(template_of(batch, "match_poster.aepx", tmp_path))
    layers = by_path(PSDImage.open(batch / "match001.psd"))
    names = sorted((name for name in placeholders if name.startswith("player")), key=lambda name: name[6])
    heights = [placeholders[name].transform.position.value[1] for name in names]
    tops = [layers[expected_matches("MATCH001")[name] or ""].top for name in names]
    assert heights == sorted(heights)
    assert tops == sorted(tops)


def test_the_answer_for_a_foreign_job_is_an_error() -> None:
    with pytest.raises(KeyError):
        expected_matches("MATCH004")


@pytest.mark.parametrize("share_design", [True, False])
def test_a_small_batch_has_as_many_jobs_as_asked_for(tmp_path: Path, *, share_design: bool) -> None:
    files = make_small_batch(tmp_path / "drop", 12, share_design=share_design)
    rows = rows_of(files[-1])
    assert [row["job_id"] for row in rows] == [f"TINY{number:04d}" for number in range(1, 13)]
    designs = {row["psd_path"] for row in rows}
    assert len(designs) == (1 if share_design else 12)
    texts = {by_path(PSDImage.open(tmp_path / "drop" / name))["title"].text for name in designs}
    assert len(texts) == len(designs)
    assert sorted(files) == sorted(path for path in (tmp_path / "drop").rglob("*") if path.is_file())
    comp = py_aep.parse(tmp_path / "drop/tiny.aep").project.compositions[0]
    assert [layer.name for layer in comp.layers] == ["txt_name", "txt_title", "tiny_bg.png"]
