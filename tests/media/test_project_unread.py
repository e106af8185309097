"""What nobody has asked for waits unread, is the same when somebody does, and is written as it was."""

from __future__ import annotations

from pathlib import Path

import py_aep
import pytest
from projects_made import Studio
from py_aep.binary.chunk import DeferredListChunk
from py_aep.binary.utils import filter_by_list_type

from hotfolderd.media import rifx
from hotfolderd.media.project.expressions import expressions
from hotfolderd.media.project.opening import open_project, saved
from hotfolderd.media.project.reading import read_template, template_of
from hotfolderd.media.project.sketching import sketched
from hotfolderd.media.project_file import read_project

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PROJECTS = sorted(path for path in SAMPLES.glob("*/*") if path.suffix in (".aep", ".aet", ".aepx", ".mogrt"))
PROJECTS = [path for path in PROJECTS if "helper" not in path.name]


def layers_of(tree: rifx.Tree) -> list[rifx.Chunk]:
    return [layer for _, item in rifx.items(tree) for _, layer in rifx.layers(item)]


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_what_waits_unread_in_a_comp_is_saved_as_it_was(path: Path) -> None:
    """The cameras of the viewers: eleven to a comp. It would be seen if py-aep read them again at once."""
    opened = open_project(path)
    waiting = [
        chunk
        for comp in opened.project.compositions
        for kind in ("DLay", "SLay", "CLay", "SecL")
        for chunk in filter_by_list_type(chunks=comp._item_list.chunks, list_type=kind)
    ]
    assert len(waiting) >= 11 * len(opened.project.compositions) - len(opened.project.compositions)
    assert all(isinstance(chunk, DeferredListChunk) and not chunk.is_parsed for chunk in waiting)
    assert rifx.dump(saved(opened)) == rifx.dump(opened.tree)


def test_markers_of_a_comp_are_there_for_whoever_asks(tmp_path: Path) -> None:
    made = Studio(tmp_path)
    made.comp("Main")
    made.saved()
    comp = next(one for one in open_project(tmp_path / "template.aep").project.compositions)
    assert comp.marker_property is not None


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_a_template_is_the_same_whether_its_layers_were_sketched_or_read_as_a_whole(path: Path) -> None:
    assert read_template(path) == template_of(open_project(path))


def test_a_layer_stands_where_it_stood_though_it_was_sketched(tmp_path: Path) -> None:
    """What After Effects leaves out of the file has its default: half of the source, the middle of the comp."""
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    null, light = comp.add_null(), comp.add_light("key", [30, 40])
    for parent in (None, null, light):
        for layer in (comp.add(studio.footage("a.png")), comp.add_text("Words")):
            layer.parent = parent
            layer.transform["ADBE Scale"].value = [50, 50, 100]
    null.transform["ADBE Position"].value = [100, 200, 0]
    path = studio.saved()
    placeholders = read_template(path).placeholders
    assert len({one.box for one in placeholders}) == 4
    assert placeholders == template_of(open_project(path)).placeholders


def test_a_sketch_holds_what_was_asked_for_and_is_made_only_there(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    for text in ("before", "inside", "behind"):
        studio.comp("Main").add_text(text)
    opened = open_project(studio.saved())
    before, inside, behind = (layer for comp in opened.project.compositions for layer in comp.layers)

    def groups(layer: py_aep.Layer) -> set[str]:
        return {group.match_name for group in layer.properties}

    whole = groups(before)
    with sketched():
        assert groups(inside) == {"ADBE Transform Group", "ADBE Text Properties"}
        assert groups(before) == whole
    assert groups(behind) == whole
    assert "ADBE Effect Parade" in whole


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_expressions_are_the_same_whether_their_layer_was_read_before_or_not(path: Path) -> None:
    unread, whole = read_project(path), read_project(path)
    for _ in rifx.walk(whole.root):
        pass
    found = [list(expressions(layer)) for layer in layers_of(unread)]
    assert found == [list(expressions(layer)) for layer in layers_of(whole)]


@pytest.mark.parametrize(
    ("before", "name", "behind"),
    [
        (b"tdsb\0\0\0\4\0\0\0\1", b"tdsn\0\0\0\x0cUtf8\0\0\0\4name", b""),
        (b"tdsb\0\0\0\4\0\0\0\1", b"tdsn\0\0\0\0", b""),
        (b"tdsb\0\0\0\4\0\0\0\1", b"tdsn\0\0\0\2Ut", b""),
        (b"tdsb\0\0\0\4\0\0\0\1", b"tdsn\0\0\0\4Utf8", b""),
        (b"tdsb\0\0\0\4\0\0\0\1", b"", b"tdb4\0\0\0\x10tdsn\0\0\0\x0cUtf8\0\0\0\0"),
        (b"tdsb\0\0\0\x0c\0\0\0\1tdsn\0\0\0\x14", b"", b""),
        (b"tdsb\0\0\0\4\0\0\0\1", b"tdsn\0\0\0\x0cUtf8\0\0\0\4Utf8", b""),
        (b"", b"", b""),
    ],
)
@pytest.mark.parametrize("kind", [b"Utf8", b"expr"])
def test_no_expression_hides_behind_a_name(before: bytes, name: bytes, behind: bytes, kind: bytes) -> None:
    """Whatever stands in front of it, and whatever bytes look like the name of the stream."""
    code = kind + b"\0\0\0\x0a" + b"$.evalFile"
    stream = rifx.Chunk("LIST", list_type="tdbs", unread=before + name + behind + code)
    layer = rifx.Chunk("LIST", list_type="Layr", children=[rifx.Chunk("tdmn", b"ADBE Opacity\0"), stream])
    assert [one.text for one in expressions(layer)] == ["$.evalFile"]
