"""The script in After Effects and the project written without it lead to the same: texts, pictures, names, items.

For every project among the samples, and for projects made here, each placeholder is filled by both; the script runs
against a model of After Effects that is built from the template's file, and what it leaves is held against the written
project, item by item and layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import py_aep
import pytest
from after_effects import Studio as AfterEffects
from after_effects import outcome, world_of
from PIL import Image
from projects_made import Studio, make_picture, source_text

from hotfolderd.demo.batch import make_sample_batch, make_small_batch
from hotfolderd.demo.design import PictureSpec, make_design
from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import aepx, rifx
from hotfolderd.media.jsx import ScriptPicture, populate_script
from hotfolderd.media.project import (
    Fill,
    PictureFill,
    Populated,
    Relink,
    populate,
    read_template,
    relink_template,
    verify,
)
from hotfolderd.media.project.differences import addresses
from hotfolderd.media.project_file import read_tree
from hotfolderd.model import Match, Placeholder, Template

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PROJECTS = sorted(path for path in SAMPLES.rglob("*") if path.suffix in {".aep", ".aepx", ".aet", ".mogrt"})
TOO_OLD = "helperProject.aep"
COUNTED: list[str] = []


@cache
def seen(project: Path) -> dict[str, Any]:
    """A project as a script sees it; read once, since nobody changes it."""
    return world_of(project)


@dataclass
class Doors:
    """One template through both doors."""

    template: Path
    before: Template
    populated: Populated
    fills: list[Fill]
    relinks: list[Relink]
    written: Path
    script: Path

    def by_script(self, *, version: int = 25) -> dict[str, Any]:
        """What the script leaves in After Effects."""
        ran = AfterEffects(world=seen(self.script.parent / "template" / self.template.name), version=version)
        ran.run(self.script)
        assert ran.failure is None
        result = (self.script.parent / "populate.result.json").read_text()
        assert '"ok": true, "saved": ' in result, result
        assert (ran.state["suppressed"], ran.state["undo"], ran.state["pwned"]) == (0, 0, False)
        return outcome(ran.after)

    def without(self) -> dict[str, Any]:
        """What the project holds that was written without After Effects."""
        return outcome(seen(self.written))


def new_text(placeholder: Placeholder) -> str:
    return f"{placeholder.name} → neu\nzweite Zeile"


def through_both(template: Path, folder: Path, *, tidy_names: bool = False) -> Doors:
    """Every placeholder filled, every other piece of footage relinked, by both doors."""
    before = read_template(template)
    footage = folder / "footage"
    (folder / "template").mkdir(parents=True)
    footage.mkdir()
    fills: list[Fill] = []
    pictures: dict[str, Path] = {}
    for number, one in enumerate(before.placeholders):
        if one.kind == "text":
            fills.append(Fill(one.id, "text", text=new_text(one)))
        else:
            assert one.source is not None
            size = one.source.width, one.source.height
            mode = "RGBA" if number % 2 or one.name == "premultiplied.png" else "RGB"
            pictures[one.id] = make_picture(footage / f"picture_{number}.png", size, mode)
            fills.append(Fill(one.id, "image", picture=PictureFill(pictures[one.id], str(pictures[one.id]), *size)))
    taken = [one.source.item_id for one in before.placeholders if one.source]
    still = [one for one in before.footage if one.path and one.users > taken.count(one.item_id)]
    relinks = [Relink(one.item_id, str(footage / one.file_name)) for one in still]
    populated = populate(template, fills, folder / "final", relinks=relinks, tidy_names=tidy_names)
    relink_template(template, relinks, folder / "template" / template.name)
    script = folder / "populate.jsx"
    by_id = {one.id: one for one in before.placeholders}
    if fills:
        script.write_text(
            populate_script(
                job="BOTH",
                template=before,
                matches=[match_of(fill, by_id[fill.placeholder_id]) for fill in fills],
                pictures={
                    key: ScriptPicture(f"footage/{path.name}", *opened_size(path), populated.item_names.get(key))
                    for key, path in pictures.items()
                },
                output_name="by_script.aep",
                template_file=f"template/{template.name}",
                left={one.placeholder_id: one.why for one in populated.skipped},
                renames=populated.renamed,
            ),
            encoding="ascii",
        )
    return Doors(template, before, populated, fills, relinks, Path(populated.written[0]), script)


def match_of(fill: Fill, one: Placeholder) -> Match:
    return Match(one.name, one.id, one.comp, one.kind, "a layer", value=fill.text, fit="fit")


def opened_size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def all_is_set_and_nothing_else(doors: Doors) -> None:
    """Read again: every placeholder says or shows what was ordered; the chunks that differ are listed, and no more."""
    after = read_template(doors.written)
    found = {one.id: one for one in after.placeholders}
    left = {one.placeholder_id for one in doors.populated.skipped}
    for fill in doors.fills:
        now = found[fill.placeholder_id]
        if fill.placeholder_id in left:
            assert now == next(one for one in doors.before.placeholders if one.id == fill.placeholder_id)
        elif fill.kind == "text":
            assert now.text is not None
            assert now.text.text == fill.text
        else:
            assert now.source is not None
            assert fill.picture is not None
            assert now.source.path == fill.picture.delivered
    places = {one.item_id: one.path for one in after.footage}
    assert {one.item_id: places[one.item_id] for one in doors.relinks} == {
        one.item_id: one.delivered for one in doors.relinks
    }
    old, new = (addresses(read_tree(path)[1]) for path in (doors.template, doors.written))
    differ = [address for address in {**old, **new} if old.get(address) != new.get(address)]
    assert [line.partition(": ")[0] for line in doors.populated.changes] == differ
    texts = sum(fill.kind == "text" for fill in doors.fills) - len(left)
    COUNTED.append(
        f"{doors.template.name}: {texts} texts and {sum(one.kind == 'image' for one in doors.fills)} pictures set, "
        f"{len(left)} left, {len(doors.relinks)} relinked: {len(differ)} of {len({**old, **new}):,} chunks differ, "
        "all ordered"
    )
    COUNTED.extend(f"    {line}" for line in doors.populated.changes)


@pytest.mark.skipif(not PROJECTS, reason="the sample files do not lie beside this project")
@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_every_sample_comes_out_alike_through_both_doors(project: Path, tmp_path: Path) -> None:
    if project.name == TOO_OLD:
        with pytest.raises(JobError, match="too old"):
            read_template(project)
        return
    doors = through_both(project, tmp_path)
    all_is_set_and_nothing_else(doors)
    if doors.fills:
        assert doors.by_script() == doors.without()


def make_everything(folder: Path) -> Path:
    """A project with whatever makes a difference for exchanging a text or a picture."""
    studio = Studio(folder)
    main, other = studio.comp("Main"), studio.comp("Other Ünit")
    for name, words in (("keyed alike", ("same", "same")), ("keyed", ("first", "second"))):
        layer = main.add_text(words[0])
        layer.name = name
        for time, text in enumerate(words):
            source_text(layer).set_value_at_time(float(time), py_aep.TextDocument(text))
    main.add_text("shown name")
    locked = main.add_text("locked title")
    locked.name = "twin"
    other.add_text("twin").name = "twin"
    other.add_text("twin 2").name = "twin"
    override = other.add_text("never seen")
    source_text(override).expression = '"always this"'
    building = other.add_text("seen")
    source_text(building).expression = "value.toUpperCase()"
    main.add(studio.footage("own.png"))
    main.add(studio.footage("own.jpg")).name = "hero"
    shared, hidden = studio.footage("shared.png"), studio.footage("kept.png")
    main.add(shared).name = "first of two"
    other.add(shared)
    main.add(hidden).name = "shown"
    other.add(hidden).enabled = False
    other.add(studio.footage("only hidden.png")).enabled = False
    named = studio.footage("called.png")
    named.name = "a name of its own"
    other.add(named)
    spoken = studio.footage("spoken.jpg")
    other.add(spoken).name = "spoken of"
    building.transform["ADBE Opacity"].expression = 'footage("spoken.jpg").width'
    alpha = studio.footage("premultiplied.png", mode="RGBA")
    alpha.main_source.alpha_mode = py_aep.AlphaMode.PREMULTIPLIED
    other.add(alpha)
    proxied = studio.footage("behind.png")
    proxied.set_proxy(make_picture(folder / "old" / "small.png", (40, 30)))
    other.add(proxied)
    main.add_solid([1.0, 0.0, 0.0], "img_logo", 200, 100, 1.0)
    for name, times in (("wide.png", 1), ("wide.jpg", 1), ("wide shared.png", 2)):
        wide = studio.footage(name)
        wide.pixel_aspect = 4 / 3
        for number in range(times):
            main.add(wide).name = f"{name} {number}"
    design = make_design(
        folder / "old" / "card.psd",
        size=(300, 200),
        layers=[PictureSpec("back", 0, 0, 300, 200, "#ffffff"), PictureSpec("face", 10, 10, 60, 80, "#ff0000")],
    )
    for number in (0, 1):
        options = py_aep.ImportOptions(design)
        options.layer_index = number
        other.add(studio.project.import_file(options)).enabled = number == 0
    locked.locked = True
    main.layers[-1].locked = True
    return studio.saved()


def demo_project(folder: Path, name: str) -> Path:
    make_small_batch(folder / "demo", 1, template=name)
    return folder / "demo" / name


def sample_project(folder: Path) -> Path:
    make_sample_batch(folder / "demo")
    return next(path for path in sorted((folder / "demo").rglob("*.aep*")) if path.suffix in {".aep", ".aepx"})


MADE: dict[str, Callable[[Path], Path]] = {
    "everything.aep": make_everything,
    "tiny.aep": lambda folder: demo_project(folder, "tiny.aep"),
    "tiny.aepx": lambda folder: demo_project(folder, "tiny.aepx"),
    "demo": sample_project,
}


@pytest.mark.parametrize("tidy_names", [False, True])
@pytest.mark.parametrize("made", MADE)
def test_every_project_made_here_comes_out_alike_through_both_doors(
    made: str, tmp_path: Path, tidy_names: bool
) -> None:
    doors = through_both(MADE[made](tmp_path), tmp_path / "out", tidy_names=tidy_names)
    if not tidy_names:
        all_is_set_and_nothing_else(doors)
    assert doors.by_script() == doors.without()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    folder = tmp_path_factory.mktemp("everything")
    return through_both(make_everything(folder), folder / "out")


def test_the_project_with_everything_has_everything(everything: Doors) -> None:
    """Each way of exchanging is in it, and what is left to the template."""
    ways = {done.how for done in everything.populated.done}
    assert ways == {"text", "relinked", "replaced", "imported"}
    assert {one.placeholder for one in everything.populated.skipped} == {"keyed", "never seen"}
    assert len(everything.relinks) == 3


@pytest.mark.parametrize("version", [12, 18, 22, 26])
def test_every_after_effects_comes_to_the_same(everything: Doors, version: int) -> None:
    """Before 22 layers have no ids: twins of one name are told apart by their places."""
    assert everything.by_script(version=version) == everything.without()


FAULTS = {
    "the first layer of a name": ("layer.id !== undefined && layer.id === id", "true"),
    "for all users": ("itemName !== null && usersOf(old) > 1", "(itemName = old.name) === null"),
    "always imported": ("if (itemName !== null) {", "if (false) {"),
    "one key frame only": ("k <= source.numKeys", "k <= 1"),
    "premultiplied as guessed": ("item.mainSource.alphaMode = AlphaMode.STRAIGHT;", ""),
    "the name of the file": ("if (old.name !== itemName) {", "if (false) {"),
    "the layer bears the file's name": ("if (layer.name !== wanted) {", "if (false) {"),
    "left unlocked": (
        "if (locked) {\n            layer.locked = true;",
        "if (false) {\n            layer.locked = true;",
    ),
    "scaled besides": (
        "interpret(old);",
        'layer.property("ADBE Transform Group").property("ADBE Scale").setValue([1, 1]);',
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_script_that_does_otherwise_is_found_out(everything: Doors, fault: str, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    script = everything.script.read_text()
    assert script.count(right) >= 1
    everything.script.write_text(script.replace(right, wrong))
    try:
        assert everything.by_script() != everything.without()
    finally:
        everything.script.write_text(script)


# ---- Relinked footage ----


def spoilt(doors: Doors, path: Path, out: Path, change: Callable[[rifx.Tree], None]) -> Path:
    tree = read_tree(path)[1]
    change(tree)
    out.write_bytes(rifx.dump(tree))
    return out


def of_item(tree: rifx.Tree, item_id: int, path: str) -> rifx.Chunk:
    return rifx.at(dict(rifx.items(tree))[item_id], path)[0]


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        (b'"ascendcount_base":1', b'"ascendcount_base":2', "is not found from the project's folder: 2 up and 2 down"),
        (b'"ascendcount_target":2', b'"ascendcount_target":1', "is not found from the project's folder: 1 up"),
        (b'"platform":2', b'"platform":1', "has the path of another system than Win"),
        (b"/footage/", b"/fotage/", "names .*/fotage/"),
    ],
)
@pytest.mark.parametrize("which", ["relinked", "picture"])
def test_a_reference_that_leads_elsewhere_is_found(
    everything: Doors, tmp_path: Path, was: bytes, now: bytes, says: str, which: str
) -> None:
    filled = next(one for one in everything.before.placeholders if one.name == "own.png").source
    assert filled is not None
    item_id = everything.relinks[0].item_id if which == "relinked" else filled.item_id

    def change(tree: rifx.Tree) -> None:
        chunk = of_item(tree, item_id, "Pin/Als2/alas")
        assert was in chunk.data
        rifx.replace_data(chunk, chunk.data.replace(was, now))

    bad = spoilt(everything, everything.written, tmp_path / "bad.aep", change)
    with pytest.raises(ToolError, match=says):
        verify(everything.template, everything.fills, [bad], relinks=everything.relinks)


@pytest.mark.parametrize("path", ["Pin/sspc", "idta"])
def test_of_relinked_footage_only_the_path_may_change(everything: Doors, tmp_path: Path, path: str) -> None:
    item_id = everything.relinks[0].item_id

    def change(tree: rifx.Tree) -> None:
        chunk = of_item(tree, item_id, path)
        rifx.replace_data(chunk, chunk.data[:-1] + bytes([chunk.data[-1] ^ 1]))

    bad = spoilt(everything, everything.written, tmp_path / "bad.aep", change)
    with pytest.raises(ToolError, match=rf"Item#{item_id}/.*was changed, and nothing that was ordered"):
        verify(everything.template, everything.fills, [bad], relinks=everything.relinks)


def test_footage_that_was_relinked_without_an_order_is_found(everything: Doors) -> None:
    with pytest.raises(ToolError, match=r"alas\[0\] was changed, and nothing that was ordered"):
        verify(everything.template, everything.fills, [everything.written], relinks=everything.relinks[1:])


def test_footage_that_should_be_relinked_and_is_not_is_found(everything: Doors, tmp_path: Path) -> None:
    out = tmp_path / "final"
    populate(everything.template, everything.fills, out, relinks=everything.relinks[1:])
    with pytest.raises(ToolError, match=r"names .*/old/"):
        verify(everything.template, everything.fills, [out.with_suffix(".aep")], relinks=everything.relinks)


def test_a_photoshop_layer_that_is_relinked_stays_the_same_layer(everything: Doors) -> None:
    before = {one["id"]: one for one in world_of(everything.template)["items"]}
    after = {one["id"]: one for one in world_of(everything.written)["items"]}
    layers = [one.item_id for one in everything.relinks if before[one.item_id]["psdLayer"]]
    assert len(layers) == 1
    for item_id in layers:
        assert after[item_id] == before[item_id] | {"file": str(everything.written.parent / "footage" / "card.psd")}


def test_the_delivered_template_differs_by_the_paths_of_its_footage_alone(everything: Doors, tmp_path: Path) -> None:
    """It lies in `template/`, one folder deeper than the project: two up from it, two down."""
    delivered = everything.written.parent / "template" / everything.template.name
    old, new = (addresses(read_tree(path)[1]) for path in (everything.template, delivered))
    differ = {address for address in {**old, **new} if old.get(address) != new.get(address)}
    assert {address.rsplit("Item#", 1)[1] for address in differ} == {
        f"{one.item_id}/Pin[0]/Als2[0]/alas[0]" for one in everything.relinks
    }
    for address in differ:
        assert b'"ascendcount_base":2,"ascendcount_target":2,' in new[address]


def test_an_aepx_that_is_relinked_differs_in_the_lines_of_its_file_references_alone(
    everything: Doors, tmp_path: Path
) -> None:
    """Everything else is the same text: tabs, escapes, the order of attributes."""
    xml = tmp_path / "template.aepx"
    xml.write_bytes(aepx.from_rifx(read_tree(everything.template)[1]))
    relink_template(xml, everything.relinks, tmp_path / "out.aepx")
    populate(xml, [], tmp_path / "final", relinks=everything.relinks)
    old = xml.read_text("utf-8").split("\n")
    for written in ("out.aepx", "final.aepx"):
        new = (tmp_path / written).read_text("utf-8").split("\n")
        assert len(new) == len(old)
        lines = [(was, now) for was, now in zip(old, new, strict=True) if was != now]
        assert len(lines) == len(everything.relinks)
        assert all("<fileReference " in was and "<fileReference " in now for was, now in lines)


def test_a_template_without_other_footage_is_delivered_byte_for_byte(everything: Doors, tmp_path: Path) -> None:
    relink_template(everything.template, [], tmp_path / "same.aep")
    assert (tmp_path / "same.aep").read_bytes() == everything.template.read_bytes()


def test_windows_paths_are_written_for_windows(everything: Doors, tmp_path: Path) -> None:
    relinks = [Relink(one.item_id, f"D:\\jobs\\J1\\footage\\{Path(one.delivered).name}") for one in everything.relinks]
    populate(everything.template, [], tmp_path / "final", relinks=relinks)
    found = {one.item_id: one.path for one in read_template(tmp_path / "final.aep").footage}
    assert {one.item_id: found[one.item_id] for one in relinks} == {one.item_id: one.delivered for one in relinks}
