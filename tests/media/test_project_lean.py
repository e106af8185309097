"""What py-aep need not read for a template changes nothing in it; and what waits unread is written as it was."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects_made import Studio
from py_aep.binary.chunk import DeferredListChunk
from py_aep.binary.utils import filter_by_list_type

from hotfolderd.errors import JobError
from hotfolderd.media import rifx
from hotfolderd.media.project import Fill, populate, read_template, reading
from hotfolderd.media.project.expressions import expressions
from hotfolderd.media.project.lean import lean
from hotfolderd.media.project.opening import open_project, saved
from hotfolderd.media.project_file import read_project
from hotfolderd.model import Template

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PROJECTS = sorted(path for path in SAMPLES.glob("*/*") if path.suffix in (".aep", ".aet", ".aepx", ".mogrt"))
PROJECTS = [path for path in PROJECTS if "helper" not in path.name]


def wholly(path: Path) -> str:
    """What the template holds, or why there is none, with all of the project before py-aep."""
    return _seen(lambda: reading.template_of(open_project(path)))


def leanly(path: Path) -> str:
    return _seen(lambda: read_template(path))


def _seen(read: Callable[[], Template]) -> str:
    try:
        return repr(dataclasses.replace(read(), path=""))
    except JobError as error:
        return str(error)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A project with what decides where a layer stands and what it says: parents, 3D, keyframes, effects, a matte."""
    made = Studio(tmp_path)
    comp = made.comp("Main")
    title, body = comp.add_text("Title"), comp.add_box_text((300, 100), "Some words")
    picture, behind = comp.add(made.footage("one.png")), comp.add(made.footage("two.png"))
    null = comp.add_null()
    body.parent = title.parent = null
    picture.three_d_layer = True
    behind.effects.add_property("ADBE Slider Control")
    title.transform["ADBE Position"].set_value_at_time(0.0, [10, 20, 0])
    title.transform["ADBE Position"].set_value_at_time(1.0, [200, 220, 0])
    null.transform["ADBE Scale"].value = [50, 50, 100]
    made.saved()
    return made


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_a_sample_is_the_same_template_whether_py_aep_reads_all_of_it_or_not(path: Path) -> None:
    assert leanly(path) == wholly(path)


def test_a_project_of_our_own_is_the_same_template_either_way(studio: Studio) -> None:
    path = studio.folder / "template.aep"
    assert len(read_template(path).placeholders) == 4
    assert leanly(path) == wholly(path)


def leaves(chunk: rifx.Chunk) -> Iterator[rifx.Chunk]:
    return (inner for inner in rifx.walk(chunk) if inner.data)


def layers_of(tree: rifx.Tree) -> list[rifx.Chunk]:
    return [layer for _, item in rifx.items(tree) for _, layer in rifx.layers(item)]


@pytest.mark.parametrize("name", ["projects/PointText.aep", "projects/Images.aep", "own"])
def test_damage_in_what_is_read_is_seen_either_way_and_elsewhere_it_does_not_matter(
    name: str, studio: Studio, tmp_path: Path
) -> None:
    path = studio.folder / "template.aep" if name == "own" else SAMPLES / name
    if not path.is_file():
        pytest.skip("the samples are not here")
    as_it_was, chance, spoilt, matters = leanly(path), random.Random(5), tmp_path / "spoilt.aep", 0
    for _ in range(40):
        tree = read_project(path)
        chunk = chance.choice(list(leaves(chance.choice(layers_of(tree)))))
        data = bytearray(chunk.data)
        data[chance.randrange(len(data))] ^= chance.choice((1, 0x80, 0xFF))
        chunk.data = bytes(data)
        spoilt.write_bytes(rifx.dump(tree))
        if any(chunk is one for one in leaves(lean(tree).root)):
            assert leanly(spoilt) == wholly(spoilt), (chunk.id, chunk.data)
            matters += 1
        else:
            assert leanly(spoilt) == as_it_was, (chunk.id, chunk.data)
    assert 5 < matters < 40


def test_a_layer_that_is_damaged_where_nothing_is_read_from_says_so_when_it_is_filled(tmp_path: Path) -> None:
    """Its placeholder is there, for what stands in it can be read; py-aep must read all of a layer to write it."""
    path = SAMPLES / "projects/PointText.aep"
    if not path.is_file():
        pytest.skip("the samples are not here")
    tree, fill = read_project(path), Fill(read_template(path).placeholders[0].id, "text", text="other")
    for layer in layers_of(tree):
        groups = next(chunk for chunk in layer.children if chunk.list_type == "tdgp").children
        at = next(i for i, chunk in enumerate(groups) if chunk.data.startswith(b"ADBE Material Options Group"))
        stream = next(rifx.find(groups[at + 1], "tdbs"))
        stream.children = [chunk for chunk in stream.children if chunk.id != "tdb4"]
    spoilt = tmp_path / "spoilt.aep"
    spoilt.write_bytes(rifx.dump(tree))
    assert leanly(spoilt) == leanly(path)
    with pytest.raises(
        JobError, match=r"no such placeholder\. layer .* is left out: py-aep cannot work with it: Missing"
    ):
        populate(spoilt, [fill], tmp_path / "filled")


def test_a_lean_project_leaves_its_tree_as_it_was_and_is_never_saved(studio: Studio) -> None:
    path = studio.folder / "template.aep"
    tree = read_project(path)
    before = rifx.dump(tree)
    assert len(rifx.dump(lean(tree))) < len(before)
    assert rifx.dump(tree) == before
    assert rifx.dump(open_project(path, to_read=True).tree) == before
    with pytest.raises(ValueError, match="to be read"):
        saved(open_project(path, to_read=True))


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


def test_markers_of_a_comp_are_there_for_whoever_asks(studio: Studio) -> None:
    comp = next(one for one in open_project(studio.folder / "template.aep").project.compositions)
    assert comp.marker_property is not None


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
