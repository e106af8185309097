"""The final project holds what was ordered, and is the template in everything else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import py_aep
import pytest
from projects_made import DELIVERY, Studio, make_picture, named, picture_for, source_text, text_for

from hotfolderd.errors import JobError
from hotfolderd.media import aepx, rifx
from hotfolderd.media.project import Fill, PictureFill, Populated, populate, read_template
from hotfolderd.media.project.differences import addresses
from hotfolderd.model import Template

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PAIR = "test-after-effects-project"
NAMES = {"player1fullname": "Ben Forman", "player2fullname": "ELOISE GRACE", "player3fullname": "EMMA LOUISE"}
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files do not lie beside this project")


def texts(template: Template) -> dict[str, str]:
    return {p.name: p.text.text for p in template.placeholders if p.text is not None}


def paths(template: Template) -> dict[str, str | None]:
    return {p.name: p.source.path for p in template.placeholders if p.source is not None}


def changed_chunks(before: Path, after: Path) -> set[str]:
    """The names of the chunks that differ, with the item or layer that they are in."""
    old, new = (addresses(rifx.parse(path.read_bytes())) for path in (before, after))
    return {address for address in {**old, **new} if old.get(address) != new.get(address)}


def populated(template: Path, *fills: Fill) -> tuple[Populated, Template]:
    report = populate(template, fills, template.with_name("final.aep"))
    return report, read_template(Path(report.written[0]))


def at_address(path: Path, end: str) -> bytes:
    found = [data for address, data in addresses(rifx.parse(path.read_bytes())).items() if address.endswith(end)]
    assert len(found) == 1, (end, len(found))
    return found[0]


@needs_samples
@pytest.mark.parametrize("suffix", [".aepx", ".aep"])
def test_the_sample_is_populated_and_nothing_else_changes(tmp_path: Path, suffix: str) -> None:
    source = SAMPLES / "pair" / f"{PAIR}{suffix}"
    template = read_template(source)
    cutout = make_picture(tmp_path / "cutout_final.png", (1200, 1500), "RGBA")
    background = make_picture(tmp_path / "background_final.png", (1200, 1500))
    fills = [text_for(template, name, text) for name, text in NAMES.items()]
    fills.append(picture_for(template, "featuredimage1", cutout))
    fills.append(picture_for(template, "green_yellow_bg.png", background))

    report = populate(source, fills, tmp_path / "out" / "test001_final.aepx")

    forms = [".aep", ".aepx"] if suffix == ".aepx" else [".aep"]
    assert [Path(path).name for path in report.written] == [f"test001_final{form}" for form in forms]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"test001_final{form}" for form in forms]
    for path in report.written:
        final = read_template(Path(path))
        assert texts(final) == NAMES
        assert paths(final) == {
            "featuredimage1": f"{DELIVERY}/footage/cutout_final.png",
            "green_yellow_bg.png": f"{DELIVERY}/footage/background_final.png",
        }
        assert final.comps == template.comps
        assert [p.box for p in final.placeholders] == [p.box for p in template.placeholders]
        assert [p.text and p.text.font for p in final.placeholders] == [
            p.text and p.text.font for p in template.placeholders
        ]
    assert [(done.placeholder, done.how, done.was) for done in report.done] == [
        ("player1fullname", "text", "player1fullname"),
        ("player2fullname", "text", "player1fullname"),
        ("player3fullname", "text", "player1fullname"),
        ("featuredimage1", "relinked", named(template, "featuredimage1").source.path),  # type: ignore[union-attr]
        ("green_yellow_bg.png", "relinked", named(template, "green_yellow_bg.png").source.path),  # type: ignore[union-attr]
    ]
    assert report.skipped == ()
    assert any(note.startswith("Opening in After Effects was not tested") for note in report.notes)

    original = tmp_path / "original.aep"
    data = source.read_bytes()
    original.write_bytes(rifx.dump(aepx.to_rifx(data)) if suffix == ".aepx" else data)
    stem = "Layr#{}/tdgp[0]/tdgp[0]/btds[0]/btdk[0]"
    assert changed_chunks(original, Path(report.written[0])) == {
        *(f"Fold[0]/Item#1/{stem.format(layer)}" for layer in (43, 45, 47)),
        "Fold[0]/Item#41/Pin[0]/Als2[0]/alas[0]",
        "Fold[0]/Item#13/Pin[0]/Als2[0]/alas[0]",
        "Fold[0]/Item#13/Utf8[0]",
    }


@needs_samples
@pytest.mark.parametrize("suffix", [".aepx", ".aep"])
def test_both_forms_that_are_written_hold_one_tree_and_the_xmp_packet(tmp_path: Path, suffix: str) -> None:
    source = SAMPLES / "pair" / f"{PAIR}{suffix}"
    report = populate(source, [text_for(read_template(source), "player1fullname", "Ben")], tmp_path / "final")

    tree = rifx.parse((tmp_path / "final.aep").read_bytes())
    assert tree.xmp.startswith(b"<?xpacket begin=")
    if suffix == ".aepx":
        assert rifx.dump(aepx.to_rifx((tmp_path / "final.aepx").read_bytes())) == (tmp_path / "final.aep").read_bytes()
        assert "final.aep and final.aepx hold one and the same tree" in report.verified


@needs_samples
@pytest.mark.parametrize(
    "name", ["PointText.aep", "Images.aep", "EmptyState.aep", "Test_MatteMask.aep", "nm05ae12.aet", "nm05ae12.aepx"]
)
def test_without_orders_a_project_is_written_byte_for_byte(tmp_path: Path, name: str) -> None:
    """EmptyState has the render queue of After Effects 14, which is set aside while py-aep works and put back."""
    source = SAMPLES / "projects" / name

    populate(source, [], tmp_path / "final")

    written = tmp_path / ("final.aepx" if name.endswith(".aepx") else "final.aep")
    assert written.read_bytes() == source.read_bytes()


@needs_samples
def test_a_text_that_an_expression_overrides_is_left_alone_and_reported(tmp_path: Path) -> None:
    source = SAMPLES / "projects" / "nm05ae12.aepx"
    template = read_template(source)
    picture = make_picture(tmp_path / "background.jpg", (1280, 720))

    report = populate(
        source,
        [text_for(template, "artist", "Somebody"), picture_for(template, "background.jpg", picture)],
        tmp_path / "final",
    )

    assert [(skipped.placeholder, "$.evalFile" in skipped.why) for skipped in report.skipped] == [("artist", True)]
    assert [done.how for done in report.done] == ["relinked"]
    final = read_template(tmp_path / "final.aepx")
    assert texts(final) == texts(template)
    assert paths(final)["background.jpg"] == f"{DELIVERY}/footage/background.jpg"


@needs_samples
@pytest.mark.parametrize("size", [(400, 211), (60, 40)])
def test_a_picture_of_a_project_of_after_effects_14_is_exchanged(tmp_path: Path, size: tuple[int, int]) -> None:
    source = SAMPLES / "projects" / "Images.aep"
    new = make_picture(tmp_path / "new.jpg", size)

    populate(source, [picture_for(read_template(source), "weaccept.jpg", new)], tmp_path / "final")

    final = read_template(tmp_path / "final.aep")
    assert paths(final) == {"weaccept.jpg": f"{DELIVERY}/footage/new.jpg"}
    assert {address.split("/")[1] for address in changed_chunks(source, tmp_path / "final.aep")} == {"Item#40"}


@needs_samples
def test_texts_of_another_sample_are_set(tmp_path: Path) -> None:
    source = SAMPLES / "projects" / "PointText.aep"
    fills = [text_for(read_template(source), name, "Ünder\n🎬") for name in ("ABC", "ABC Red")]

    populate(source, fills, tmp_path / "final")

    final = texts(read_template(tmp_path / "final.aep"))
    assert final == {**texts(read_template(source)), "ABC": "Ünder\n🎬", "ABC Red": "Ünder\n🎬"}


TEXTS = [
    "Zwölf Boxkämpfer jagen Viktor",
    "two\nlines",
    "trailing line\n",
    "\n\n",
    "say \"hi\" & 'bye' (\\backslash\\) <tag>",
    "🎬 👩‍👩‍👧 日本語 العربية",
    "",
    "tab\tand soft\x03return",
    "x" * 5000,
]


@pytest.mark.parametrize(
    ("text", "form"), [*((text, "aep") for text in TEXTS), *((text, "aepx") for text in TEXTS[4:7])]
)
def test_any_text_arrives_as_it_was_ordered(tmp_path: Path, text: str, form: str) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_box_text([400.0, 200.0], "old words in two styles")
    layer = comp.layers[0]
    layer.name = "title"
    document = source_text(layer).value
    document.font = "Helvetica"
    document.character_range(4, 9).font = "Georgia"
    comp.add_text("neighbour")
    path = studio.saved()
    if form == "aepx":
        path = tmp_path / "template.aepx"
        path.write_bytes(aepx.from_rifx(rifx.parse((tmp_path / "template.aep").read_bytes())))

    report, final = populated(path, text_for(read_template(path), "title", text))

    assert texts(final) == {"title": text.replace("\x03", "\n"), "neighbour": "neighbour"}
    look = named(final, "title").text
    assert look is not None
    assert look.fonts == ("Helvetica",)
    assert len(report.done) == 1
    assert {
        address.rsplit("/", 1)[1] for address in changed_chunks(tmp_path / "template.aep", tmp_path / "final.aep")
    } == {"btdk[0]"}


@pytest.mark.parametrize("ordered", ["one\r\ntwo\rthree\nfour"])
def test_line_ends_of_every_kind_are_taken(tmp_path: Path, ordered: str) -> None:
    studio = Studio(tmp_path)
    studio.comp("Main").add_text("title")
    path = studio.saved()

    _, final = populated(path, text_for(read_template(path), "title", ordered))

    assert texts(final) == {"title": "one\ntwo\nthree\nfour"}
    assert "one\rtwo\rthree\rfour\r".encode("utf-16-be") in at_address(tmp_path / "final.aep", "btdk[0]")


def test_a_text_that_is_there_already_changes_no_byte(tmp_path: Path) -> None:
    """Its second style would be lost if it were set again."""
    studio = Studio(tmp_path)
    layer = studio.comp("Main").add_text("two styles")
    source_text(layer).value.character_range(0, 3).font = "Georgia"
    path = studio.saved()

    report, _ = populated(path, text_for(read_template(path), "two styles", "two styles"))

    assert (tmp_path / "final.aep").read_bytes() == path.read_bytes()
    assert report.verified[0].startswith("all ")


def test_a_text_that_changes_over_time_is_left_alone_and_reported(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    layer = studio.comp("Main").add_text("first")
    layer.name = "counter"
    stream = source_text(layer)
    for time, text in ((0.0, "first"), (1.0, "second")):
        stream.set_value_at_time(time, py_aep.TextDocument(text))
    path = studio.saved()

    report, final = populated(path, text_for(read_template(path), "counter", "third"))

    assert [(skipped.placeholder, "2 different texts" in skipped.why) for skipped in report.skipped] == [
        ("counter", True)
    ]
    assert texts(final) == {"counter": "first"}


def test_a_text_layer_without_a_name_of_its_own_keeps_the_one_it_showed(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("shown name")
    path = studio.saved()
    tree = rifx.parse(path.read_bytes())
    (_, layer), *_ = rifx.layers(dict(rifx.items(tree))[comp.id])
    rifx.replace_data(rifx.at(layer, "Utf8")[0], b"")
    path.write_bytes(rifx.dump(tree))

    _, final = populated(path, text_for(read_template(path), "shown name", "other words"))

    assert texts(final) == {"shown name": "other words"}


def test_a_picture_of_the_same_kind_changes_one_path_and_nothing_else(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    layer = studio.comp("Main").add(studio.footage("old.png"))
    layer.name = "hero"
    path = studio.saved()

    report, final = populated(path, picture_for(read_template(path), "hero", make_picture(tmp_path / "new.png")))

    assert report.done[0].how == "relinked"
    assert paths(final) == {"hero": f"{DELIVERY}/footage/new.png"}
    assert {address.rsplit("/", 1)[1] for address in changed_chunks(path, tmp_path / "final.aep")} == {"alas[0]"}


def test_footage_is_found_absolutely_and_from_the_folder_of_the_project(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.comp("Main").add(studio.footage("old.png"))
    path = studio.saved()

    populated(path, picture_for(read_template(path), "old.png", make_picture(tmp_path / "näue.png")))

    assert at_address(tmp_path / "final.aep", "alas[0]").decode() == (
        '{"ascendcount_base":1,"ascendcount_target":2,"fullpath":"/Volumes/Jobs/TEST001/footage/näue.png",'
        '"platform":2,"server_name":"","server_volume_name":"","target_is_folder":false}'
    )


@pytest.mark.parametrize("delivery", ["D:\\jobs\\TEST001", "\\\\server\\share\\TEST001"])
def test_a_delivery_for_windows_has_its_paths(tmp_path: Path, delivery: str) -> None:
    studio = Studio(tmp_path)
    studio.comp("Main").add(studio.footage("old.png"))
    path = studio.saved()
    fill = picture_for(read_template(path), "old.png", make_picture(tmp_path / "new.png", (20, 10)), delivery)

    _, final = populated(path, fill)

    assert paths(final) == {"old.png": f"{delivery}\\footage\\new.png"}
    assert b'"platform":1' in at_address(tmp_path / "final.aep", "alas[0]")


@pytest.mark.parametrize(
    ("name", "size", "mode"),
    [("new.png", (800, 600), "RGB"), ("new.jpg", (400, 300), "RGB"), ("new.png", (400, 300), "RGBA")],
)
def test_a_picture_of_another_size_or_kind_replaces_the_source(
    tmp_path: Path, name: str, size: tuple[int, int], mode: str
) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    layer = comp.add(studio.footage("old.png"))
    layer.name = "hero"
    comp.add(studio.footage("other.png"))
    path = studio.saved()

    report, final = populated(path, picture_for(read_template(path), "hero", make_picture(tmp_path / name, size, mode)))

    source = named(final, "hero").source
    assert source is not None
    assert (source.width, source.height, source.path) == (*size, f"{DELIVERY}/footage/{name}")
    assert report.done[0].how == "replaced"
    assert (report.done[0].note != "") is (size != (400, 300))
    item = f"Fold[0]/Item#{source.item_id}/"
    assert {address[: len(item)] for address in changed_chunks(path, tmp_path / "final.aep")} == {item}
    assert str(tmp_path).encode() not in at_address(tmp_path / "final.aep", f"{item}Pin[0]/Als2[0]/alas[0]")


def test_footage_that_other_layers_use_is_exchanged_for_the_one_layer_only(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    first, second = studio.comp("Main"), studio.comp("Other")
    shared = studio.footage("shared.png")
    first.add(shared).name = "a"
    first.add(shared).name = "b"
    second.add(shared).name = "c"
    path = studio.saved()
    old_path = str(tmp_path / "old" / "shared.png")

    report, final = populated(path, picture_for(read_template(path), "b", make_picture(tmp_path / "new.png")))

    assert paths(final) == {"a": old_path, "b": f"{DELIVERY}/footage/new.png", "c": old_path}
    assert report.done[0].how == "imported"
    assert {f.file_name: f.users for f in final.footage} == {"shared.png": 2, "new.png": 1}
    assert "; the other" in report.verified[0]


@pytest.mark.parametrize("shared", [False, True])
def test_a_picture_has_pixels_of_the_shape_of_those_that_it_replaces(tmp_path: Path, shared: bool) -> None:
    """With others it would be wider or narrower than the layer was, in its place and its masks."""
    studio = Studio(tmp_path)
    comp, wide = studio.comp("main"), studio.footage("wide.png")
    wide.pixel_aspect = 4 / 3
    for name in ("one", "two") if shared else ("one",):
        comp.add(wide).name = name
    path = studio.saved()
    template = read_template(path)
    assert named(template, "one").pixel_ratio == pytest.approx(4 / 3, abs=1e-4)
    fill = picture_for(template, "one", make_picture(tmp_path / "new.png"))

    done = populate(path, [fill], tmp_path / "out")

    assert done.done[0].how == ("imported" if shared else "relinked")
    after = named(read_template(Path(done.written[0])), "one")
    assert (after.pixel_ratio, after.box) == (named(template, "one").pixel_ratio, named(template, "one").box)


def test_the_same_picture_for_two_layers_is_imported_once(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    shared = studio.footage("shared.png")
    for name in ("a", "b", "c"):
        comp.add(shared).name = name
    path = studio.saved()
    template = read_template(path)
    new = make_picture(tmp_path / "new.png")

    _, final = populated(path, picture_for(template, "a", new), picture_for(template, "b", new))

    assert {f.file_name: f.users for f in final.footage} == {"shared.png": 1, "new.png": 2}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", ["new.png", "new.jpg"])
def test_a_layer_that_bears_the_name_of_its_file_keeps_it(tmp_path: Path, name: str, shared: bool) -> None:
    studio = Studio(tmp_path)
    footage = studio.footage("photo.png")
    studio.comp("Main").add(footage)
    if shared:
        studio.comp("Other").add(footage)
    path = studio.saved()
    template = read_template(path)
    assert {p.name for p in template.placeholders} == {"photo.png"}
    fill = picture_for(
        dataclasses.replace(template, placeholders=template.placeholders[:1]),
        "photo.png",
        make_picture(tmp_path / name),
    )

    _, final = populated(path, fill)

    assert [p.name for p in final.placeholders] == [p.name for p in template.placeholders]
    assert next(p.source.path for p in final.placeholders if p.source) == f"{DELIVERY}/footage/{name}"


def test_footage_that_an_expression_names_keeps_its_name(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add(studio.footage("photo.png")).name = "hero"
    comp.add(studio.footage("other.png")).name = "villain"
    title = comp.add_text("title")
    title.transform["ADBE Opacity"].expression = 'footage("photo.png").width'
    path = studio.saved()
    template = read_template(path)

    _, final = populated(
        path,
        picture_for(template, "hero", make_picture(tmp_path / "new1.png")),
        picture_for(template, "villain", make_picture(tmp_path / "new2.png")),
    )

    assert {f.file_name: f.name for f in final.footage} == {"new1.png": "photo.png", "new2.png": "new2.png"}


def test_a_solid_that_stands_for_a_picture_becomes_one(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.comp("Main").add_solid([1.0, 0.0, 0.0], "img_logo", 200, 100, 1.0)
    path = studio.saved()

    report, final = populated(
        path, picture_for(read_template(path), "img_logo", make_picture(tmp_path / "logo.png", (200, 100), "RGBA"))
    )

    assert paths(final) == {"img_logo": f"{DELIVERY}/footage/logo.png"}
    assert [(done.how, done.was) for done in report.done] == [("replaced", "img_logo")]


def test_footage_behind_a_proxy_gives_way_to_an_item_without_one(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    footage = studio.footage("photo.png")
    footage.set_proxy(make_picture(tmp_path / "old" / "small.png", (40, 30)))
    studio.comp("Main").add(footage).name = "hero"
    path = studio.saved()

    report, final = populated(path, picture_for(read_template(path), "hero", make_picture(tmp_path / "new.png")))

    assert report.done[0].how == "imported"
    assert paths(final) == {"hero": f"{DELIVERY}/footage/new.png"}
    proxy = f"'photo.png' shows a proxy, which is not in the delivery: {tmp_path / 'old' / 'small.png'}"
    assert proxy in report.notes


@pytest.mark.parametrize("shared", [False, True])
def test_the_same_order_gives_the_same_bytes(tmp_path: Path, shared: bool) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    footage = studio.footage("photo.png")
    comp.add(footage).name = "hero"
    if shared:
        comp.add(footage).name = "again"
    path = studio.saved()
    fill = picture_for(read_template(path), "hero", make_picture(tmp_path / "new.jpg", (80, 60)))

    populate(path, [fill], tmp_path / "one")
    populate(path, [fill], tmp_path / "two")

    assert (tmp_path / "one.aep").read_bytes() == (tmp_path / "two.aep").read_bytes()


@pytest.mark.parametrize("version", ["15.0x1", "18.0x1", "22.0x1", "26.0x67"])
def test_projects_of_older_versions_are_populated_and_keep_their_version(tmp_path: Path, version: str) -> None:
    studio = Studio(tmp_path, version)
    comp = studio.comp("Main")
    comp.add_text("title")
    shared = studio.footage("shared.png")
    comp.add(shared)
    comp.add(shared).name = "b"
    path = studio.saved()
    template = read_template(path)

    _, final = populated(
        path,
        text_for(template, "title", "Grüße\n🎬"),
        picture_for(template, "b", make_picture(tmp_path / "new.png", (20, 10))),
    )

    assert texts(final) == {"title": "Grüße\n🎬"}
    assert final.version == template.version == version.removesuffix(version[version.index("x") :])
    assert paths(final)["b"] == f"{DELIVERY}/footage/new.png"


def test_an_order_that_does_not_fit_the_template_is_refused(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("title")
    comp.add(studio.footage("photo.png"))
    path = studio.saved()
    template = read_template(path)
    title, photo = named(template, "title").id, named(template, "photo.png").id
    new = make_picture(tmp_path / "new.png", (20, 10))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    cases = [
        ([Fill("9:9", "text", text="x")], "no such placeholder"),
        ([Fill(title, "text", text="x"), Fill(title, "text", text="y")], "filled twice"),
        ([Fill(photo, "text", text="x")], "takes image"),
        ([Fill(title, "text")], "needs a value"),
        ([Fill(photo, "image", picture=PictureFill(new, "footage/new.png", 20, 10))], "must be absolute"),
        ([Fill(photo, "image", picture=PictureFill(new, "/d/footage/new.png", 30, 10))], "20×10"),
        ([Fill(photo, "image", picture=PictureFill(tmp_path / "no.png", "/d/footage/n.png", 2, 1))], "cannot be read"),
        ([Fill(photo, "image", picture=PictureFill(tmp_path / "broken.png", "/d/f/b.png", 2, 1))], "cannot be read"),
    ]
    for fills, message in cases:
        with pytest.raises(JobError, match=message):
            populate(path, fills, tmp_path / "final")
    assert not (tmp_path / "final.aep").exists()
