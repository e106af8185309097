"""Names that Plainly takes: only names change, only where nothing else depends on them, and that is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import py_aep
import pytest
from projects_made import Studio, make_picture, picture_for, source_text, text_for

from hotfolderd.errors import ToolError
from hotfolderd.media import aepx, plainly, rifx
from hotfolderd.media.project import Fill, populate, proof, read_inventory, read_template, verify
from hotfolderd.media.project.renaming import plain_name
from hotfolderd.model import Issue

SAMPLES = Path(__file__).parents[2] / "../shared/samples"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("txt_título", "txt_titulo"),
        ("Größe ÆØ", "Grosse AEO"),
        ("Łódź", "Lodz"),
        ("标题", "layer"),
        ("[text]", "text"),
        ("a/b (1)", "a_b _1"),
        ("Tom & Jo", "Tom and Jo"),
        ("a\u00a0b", "a b"),
        ("ﬁne", "fine"),
        ("", "layer"),
    ],
)
def test_a_name_keeps_what_can_be_kept(name: str, plain: str) -> None:
    assert plain_name(name, "layer") == plain


def names(path: Path) -> dict[str, list[str]]:
    """The layers' names by comp, as they are shown."""
    template, inventory = read_inventory(path, [one.id for one in read_template(path).placeholders])
    shown = {comp.name: [layer.name for layer in comp.layers] for comp in inventory.comps}
    assert template.comp(template.main_comp).name in shown
    return shown


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    studio = Studio(tmp_path)
    inner, main, spare = studio.comp("Überschrift"), studio.comp("Haupt-Comp"), studio.comp("Übung")
    inner.add_text("inside").name = "größe"
    spare.add_text("spare").name = "ähnlich"
    main.add(inner)
    main.add(studio.footage("foto.png"))
    for name in ("headline", "titulo", "título"):
        main.add_text("Words").name = name
    return studio


def fills_of(path: Path, studio: Studio) -> list[Fill]:
    template = read_template(path)
    picture = make_picture(studio.folder / "new.png")
    return [text_for(template, "headline", "New words"), picture_for(template, "foto.png", picture)]


def code_in(studio: Studio, code: str) -> None:
    """An enabled expression on the position of a layer."""
    comp = next(comp for comp in studio.project.compositions if comp.name == "Haupt-Comp")
    layer = comp.layers[0]
    layer.transform["ADBE Position"].expression = code
    layer.transform["ADBE Position"].expression_enabled = True


@pytest.mark.parametrize("suffix", ["aep", "aepx"])
def test_names_become_such_that_plainly_takes_them(studio: Studio, suffix: str) -> None:
    path = studio.saved()
    if suffix == "aepx":
        path = path.with_suffix(".aepx")
        path.write_bytes(aepx.from_rifx(rifx.parse(path.with_suffix(".aep").read_bytes())))
    fills = fills_of(path, studio)
    before = path.read_bytes()

    report = populate(path, fills, studio.folder / "out" / "final", tidy_names=True)

    written = Path(report.written[-1])
    assert written.suffix == f".{suffix}"
    assert names(written) == {
        "render_Haupt-Comp": ["titulo_2", "titulo", "txt_headline", "img_foto.png", "Uberschrift"],
        "Uberschrift": ["grosse"],
        "Übung": ["ähnlich"],
    }
    assert [comp.name for comp in read_template(written).comps] == ["Uberschrift", "render_Haupt-Comp", "Übung"]
    assert {(one.was, one.now, one.why) for one in report.renamed} == {
        ("Überschrift", "Uberschrift", "characters"),
        ("Haupt-Comp", "render_Haupt-Comp", "composition"),
        ("größe", "grosse", "characters"),
        ("título", "titulo_2", "characters"),
        ("headline", "txt_headline", "naming"),
        ("foto.png", "img_foto.png", "naming"),
    }
    assert any("6 names" in sentence for sentence in report.verified)
    assert path.read_bytes() == before
    everything = plainly.AtHand(font=lambda name: f"{name}.otf", footage=bool)
    _, inventory = read_inventory(written, {fill.placeholder_id for fill in fills})
    assert plainly.check(inventory, {fill.placeholder_id for fill in fills}, everything) == []


def test_without_the_order_no_name_changes(studio: Studio) -> None:
    path = studio.saved()
    report = populate(path, fills_of(path, studio), studio.folder / "out" / "final")
    assert report.renamed == ()
    assert names(Path(report.written[0]))["Haupt-Comp"] == ["título", "titulo", "headline", "foto.png", "Überschrift"]


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_a_name_that_an_expression_speaks_of_stays(studio: Studio, quote: str) -> None:
    code_in(studio, f'thisComp.layer("x"); t = {quote}título{quote}; value')
    path = studio.saved()

    report = populate(path, fills_of(path, studio), studio.folder / "out" / "final", tidy_names=True)

    assert "título" in names(Path(report.written[0]))["render_Haupt-Comp"]
    assert len(report.renamed) == 5
    assert "The name 'título' was not changed: an expression speaks of it." in report.notes


@pytest.mark.parametrize(
    "code",
    [
        'thisComp.layer("z" + thisLayer.index).transform.position',
        "comp(which).layer(1).transform.position",
        "value + [thisLayer.name.length, 0]",
        'eval("value")',
        '$.evalFile("/a.js"); value',
    ],
)
def test_where_expressions_put_names_together_all_stay(studio: Studio, code: str) -> None:
    code_in(studio, code)
    path = studio.saved()

    report = populate(path, fills_of(path, studio), studio.folder / "out" / "final", tidy_names=True)

    assert report.renamed == ()
    assert any(note.startswith("No name was changed") for note in report.notes)


@pytest.mark.parametrize(
    "code", ["value + [1, 0]", "thisComp.layer(1).transform.position", "comp('x').layer(\"y\"); value"]
)
def test_other_expressions_are_in_nobodys_way(studio: Studio, code: str) -> None:
    code_in(studio, code)
    path = studio.saved()
    report = populate(path, fills_of(path, studio), studio.folder / "out" / "final", tidy_names=True)
    assert len(report.renamed) == 6


def test_a_main_comp_is_named_for_rendering_only_where_none_is(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.comp("render_a").add_text("x").name = "txt_x"
    studio.comp("final").add_text("y").name = "txt_y"
    path = studio.saved()
    assert populate(path, [], tmp_path / "final", tidy_names=True).renamed == ()


def tampered(path: Path, change: Callable[[rifx.Tree], None]) -> None:
    tree = rifx.parse(path.read_bytes())
    change(tree)
    path.write_bytes(rifx.dump(tree))


def rename_chunk(tree: rifx.Tree, was: str, now: str) -> None:
    (chunk,) = (one for one in rifx.find(tree.root, "Utf8") if one.data == was.encode())
    rifx.replace_data(chunk, now.encode())


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("render_Haupt-Comp", "render_other"),
        ("grosse", "groesse"),
        ("titulo", "another"),
        ("Übung", "Uebung"),
        ("ähnlich", "aehnlich"),
    ],
)
def test_every_other_name_than_the_planned_ones_is_found(studio: Studio, was: str, now: str) -> None:
    path = studio.saved()
    fills = fills_of(path, studio)
    written = Path(populate(path, fills, studio.folder / "out" / "final", tidy_names=True).written[0])
    assert verify(path, fills, [written], tidy_names=True).proved

    tampered(written, lambda tree: rename_chunk(tree, was, now))

    with pytest.raises(ToolError):
        verify(path, fills, [written], tidy_names=True)


def test_new_names_nobody_ordered_are_found(studio: Studio) -> None:
    path = studio.saved()
    fills = fills_of(path, studio)
    written = Path(populate(path, fills, studio.folder / "out" / "final", tidy_names=True).written[0])
    with pytest.raises(ToolError, match="was changed, and nothing that was ordered explains it"):
        verify(path, fills, [written])


def test_a_layer_of_no_placeholder_must_have_its_planned_name_too(tmp_path: Path) -> None:
    """Nothing but the name's own chunk tells it."""
    studio = Studio(tmp_path)
    comp = studio.comp("render_a")
    comp.add_null().name = "größe"
    comp.add_text("x").name = "txt_x"
    path = studio.saved()
    written = Path(populate(path, [], tmp_path / "final", tidy_names=True).written[0])

    tampered(written, lambda tree: rename_chunk(tree, "grosse", "anything"))

    with pytest.raises(ToolError, match="should be called grosse"):
        verify(path, [], [written], tidy_names=True)


def test_a_text_without_a_name_of_its_own_gets_one(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    layer = studio.comp("render_a").add_text("Schöner Titel")
    assert isinstance(layer, py_aep.TextLayer)
    assert source_text(layer).value.text == "Schöner Titel"
    path = studio.saved()
    fill = text_for(read_template(path), "Schöner Titel", "Neu")

    report = populate(path, [fill], tmp_path / "final", tidy_names=True)

    assert names(Path(report.written[0])) == {"render_a": ["txt_Schoner Titel"]}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files do not lie beside this project")
@pytest.mark.parametrize(
    "name", ["pair/test-after-effects-project.aepx", "projects/PointText.aep", "projects/Images.aep"]
)
def test_samples_have_no_critical_name_afterwards(tmp_path: Path, name: str) -> None:
    path = SAMPLES / name
    template = read_template(path)
    fills = [Fill(one.id, "text", text="New") for one in template.placeholders if one.kind == "text"]

    report = populate(path, fills, tmp_path / "final", tidy_names=True)

    assert report.renamed
    for written in map(Path, report.written):
        _, inventory = read_inventory(written, {fill.placeholder_id for fill in fills})
        issues: list[Issue] = plainly.check(
            inventory, {fill.placeholder_id for fill in fills}, plainly.AtHand(font=lambda _: "a.ttf", footage=bool)
        )
        assert [
            one.message for one in issues if one.details["category"] in {"characters", "naming", "composition"}
        ] == []


def test_the_plan_is_part_of_the_proof(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that was written otherwise than planned is no name that was planned."""
    path = studio.saved()
    fills = fills_of(path, studio)
    honest = proof.plan_renames

    def other(*args: object) -> object:
        renames, notes = honest(*args)  # type: ignore[arg-type]
        return [replace(one, now=f"{one.now}_") for one in renames], notes

    monkeypatch.setattr(proof, "plan_renames", other)
    with pytest.raises(ToolError, match="should be called"):
        populate(path, fills, studio.folder / "out" / "final", tidy_names=True)
    assert not list((studio.folder / "out").glob("*"))


def test_a_new_name_excuses_no_other_chunk(tmp_path: Path) -> None:
    """The name of a null, which is no placeholder, in a comp that gets another name."""
    studio = Studio(tmp_path)
    comp = studio.comp("main")
    comp.add_null().name = "rig"
    comp.add_text("x").name = "größe"
    path = studio.saved()
    report = populate(path, [], tmp_path / "final", tidy_names=True)
    assert [one.now for one in report.renamed] == ["render_main", "grosse"]
    written = Path(report.written[0])

    tampered(written, lambda tree: rename_chunk(tree, "rig", "rag"))

    with pytest.raises(ToolError, match=r"Utf8\[0\] was changed"):
        verify(path, [], [written], tidy_names=True)
