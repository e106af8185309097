"""Plainly's rules on projects that break them one by one, and on projects that people have made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import py_aep
import pytest
from projects_made import Studio, source_text

from hotfolderd.errors import JobError
from hotfolderd.media import plainly
from hotfolderd.media.project import read_inventory
from hotfolderd.media.project.inventory import Inventory, SeenComp, SeenFile, SeenLayer
from hotfolderd.media.project.names import odd_characters
from hotfolderd.model import Issue

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PROJECTS = sorted(path for path in SAMPLES.rglob("*") if path.suffix in {".aep", ".aepx", ".aet", ".mogrt"})
EVERYTHING = plainly.AtHand(font=lambda name: f"{name}.ttf", footage=bool)


def found(path: Path, at_hand: plainly.AtHand = EVERYTHING, filled: tuple[str, ...] = ()) -> list[Issue]:
    """What the rules say of a project; `filled` names layers."""
    template, _ = read_inventory(path, ())
    ids = frozenset(one.id for one in template.placeholders if one.name in filled)
    _, inventory = read_inventory(path, ids)
    return plainly.check(inventory, ids, at_hand)


def said(issues: list[Issue], *categories: str) -> list[tuple[str, str]]:
    """Category and severity of the issues, only of these categories if any are named."""
    pairs = [(issue.details["category"], issue.severity) for issue in issues]
    return [pair for pair in pairs if not categories or pair[0] in categories]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_a_clean_project_breaks_no_rule(studio: Studio) -> None:
    comp = studio.comp("render_main")
    comp.add_text("Hello").name = "txt_title"
    comp.add(studio.footage("photo.png")).name = "img_photo"

    assert found(studio.saved(), filled=("txt_title", "img_photo")) == []


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("txt_título", "í"),
        ("标题", "标 题"),
        ("title!", "!"),
        ("[text]", "[ ]"),
        ("txt_a\u00a0b", "U+00A0"),
        ("txt_title", ""),
        ("Shape Layer 1.2-b", ""),
        ("", "no character at all"),
    ],
)
def test_a_name_has_english_letters_digits_and_few_signs(name: str, odd: str) -> None:
    assert odd_characters(name) == odd


def test_names_of_layers_and_comps_that_are_not_english_are_critical_and_told_once(studio: Studio) -> None:
    inner, comp = studio.comp("Überschrift"), studio.comp("render_main")
    inner.add_text("inside").name = "txt_a"
    comp.add(inner)
    comp.add_text("Hello").name = "txt_größe"
    comp.add_solid([1.0, 0.0, 0.0], "Farbfläche", 800, 600, 1.0)
    comp.add_null().name = "rig (old)"

    issues = found(studio.saved())

    assert said(issues) == [("characters", "critical")] * 4
    assert [(one.details["composition_name"], one.details["layer_name"]) for one in issues] == [
        ("Überschrift", ""),
        ("render_main", "rig (old)"),
        ("render_main", "Farbfläche"),
        ("render_main", "txt_größe"),
    ]
    assert issues[3].type == "plainly_characters"
    assert "ö ß" in issues[3].message
    assert issues[3].fix


def test_files_and_folders_with_brackets_are_a_warning_with_other_letters_critical(studio: Studio) -> None:
    comp = studio.comp("render_main")
    comp.add(studio.footage("photo (1).png"))
    comp.add(studio.footage("grün.png"))
    folder = studio.project.root_folder.add_folder("Fotos & mehr")
    studio.comp("elsewhere").add(studio.footage("nïemand.png"))
    for item in studio.project.items.values():
        if item.name == "photo (1).png":
            item.parent_folder = folder

    issues = found(studio.saved())
    assert [(one.severity, one.message.split(":")[0]) for one in issues] == [
        ("critical", "Footage 'grün.png' (layer 'grün.png' of 'render_main')"),
        ("warning", "Footage 'photo (1).png' (layer 'photo (1).png' of 'render_main')"),
        ("warning", "Folder 'Fotos & mehr'"),
    ]


def test_what_nobody_renders_raises_no_alarm(studio: Studio) -> None:
    """An imported copy of the design behind a layer that is off, and comps that nothing shows."""
    copy, comp, spare = studio.comp("Entwürfe"), studio.comp("render_main"), studio.comp("Übung")
    copy.add_text("EBENE ä").name = "Ebene ä"
    copy.add(studio.footage("alt.psd.png"))
    spare.add_text("x").name = "ü"
    comp.add(copy).enabled = False
    comp.add_text("Hello").name = "txt_title"

    assert found(studio.saved()) == []

    comp.layers[1].enabled = True
    issues = found(studio.saved("shown.aep"))
    assert [one.details["layer_name"] for one in issues] == ["", "Ebene ä"]


def test_a_comp_is_looked_at_where_something_was_filled_in_it(studio: Studio) -> None:
    studio.comp("main").add_text("Hello").name = "txt_title"
    studio.comp("square").add_text("Hallo").name = "größe"
    path = studio.saved()

    assert said(found(path), "characters") == []
    assert said(found(path, filled=("größe",)), "characters") == [("characters", "critical")]


def test_a_text_in_all_caps_is_told(studio: Studio) -> None:
    comp = studio.comp("render_main")
    for name in ("txt_loud", "txt_calm", "txt_off"):
        comp.add_text("Some words").name = name
    by_name = {layer.name: layer for layer in comp.layers}
    for name in ("txt_loud", "txt_off"):
        layer = by_name[name]
        assert isinstance(layer, py_aep.TextLayer)
        document = source_text(layer).value
        document.font_caps_option = py_aep.FontCapsOption.FONT_ALL_CAPS
        source_text(layer).value = document
    by_name["txt_off"].enabled = False

    (issue,) = found(studio.saved())

    assert (issue.details["category"], issue.severity, issue.details["rule"]) == ("text", "warning", "AllCaps")
    assert issue.details["layer_name"] == "txt_loud"


@pytest.mark.parametrize(
    ("renderer", "three_d", "severity"),
    [
        ("ADBE Advanced 3d", True, None),
        ("ADBE Calder", True, None),
        ("ADBE Ernst", True, "critical"),
        ("ADBE Ernst", False, "info"),
        ("ADBE Picasso", True, "critical"),
    ],
)
def test_only_the_classic_and_the_advanced_renderer_are_known(
    studio: Studio, renderer: str, three_d: bool, severity: str | None
) -> None:
    comp = studio.comp("render_main")
    layer = comp.add(studio.footage("photo.png"))
    layer.three_d_layer = three_d
    comp.renderer = renderer

    issues = found(studio.saved())

    assert [(one.severity, one.details["rule"]) for one in issues] == (
        [(severity, "Unsupported3DRenderer")] if severity else []
    )


def test_missing_footage_is_told_where_it_is_shown(studio: Studio) -> None:
    comp = studio.comp("render_main")
    comp.add(studio.footage("there.png"))
    comp.add(studio.footage("gone.png"))
    hidden = comp.add(studio.footage("hidden.png"))
    hidden.enabled = False
    at_hand = plainly.AtHand(
        font=EVERYTHING.font, footage=lambda path: path.endswith("there.png"), absent=["/x/unused.png"]
    )

    issues = found(studio.saved(), at_hand)

    assert said(issues) == [("packaging", "warning"), ("packaging", "info")]
    assert issues[0].details["path"].endswith("gone.png")
    assert "/x/unused.png" in issues[1].message


@pytest.mark.parametrize(
    ("file", "words"),
    [(None, "missing"), ("Helvetica.dfont", ".dfont"), ("a.TTF", None), ("a.otf", None), ("a.ttc", None)],
)
def test_a_font_is_there_and_of_a_kind_that_is_taken(studio: Studio, file: str | None, words: str | None) -> None:
    comp = studio.comp("render_main")
    for name in ("txt_a", "txt_b"):
        layer = comp.add_text("Words")
        layer.name = name
        document = source_text(layer).value
        document.font = "Helvetica"
        source_text(layer).value = document

    issues = found(studio.saved(), plainly.AtHand(font={"Helvetica": file}.get, footage=EVERYTHING.footage))

    assert said(issues) == ([("packaging", "warning")] if words else [])
    assert all(words in one.message and one.details["font"] == "Helvetica" for one in issues if words)


def test_only_a_layer_that_is_filled_needs_a_prefix(studio: Studio) -> None:
    comp = studio.comp("render_main")
    for name in ("headline", "txt_name", "credits", "IMG_logo"):
        comp.add_text("Words").name = name

    issues = found(studio.saved(), filled=("headline", "txt_name", "IMG_logo"))

    assert said(issues) == [("naming", "warning")]
    assert issues[0].details["layer_name"] == "headline"


@pytest.mark.parametrize(
    ("names", "severity"), [(("main",), "warning"), (("render_a",), None), (("render_a", "Render_b"), "info")]
)
def test_one_comp_is_named_for_rendering(studio: Studio, names: tuple[str, ...], severity: str | None) -> None:
    for name in names:
        studio.comp(name).add_text("x").name = "txt_x"

    assert said(found(studio.saved())) == ([("composition", severity)] if severity else [])


@pytest.mark.parametrize(("count", "severity"), [(5, None), (6, "info"), (10, "info"), (11, "warning")])
def test_effects_are_counted_for_each_layer(studio: Studio, count: int, severity: str | None) -> None:
    """py-aep adds controls only: sliders stand for blurs, then their name in the file is changed."""
    layer = studio.comp("render_main").add(studio.footage("photo.png"))
    assert layer.effects is not None
    for _ in range(count + 1):
        layer.effects.add_property("ADBE Slider Control")
    for _ in range(9):
        layer.effects.add_property("ADBE Checkbox Control")
    next(iter(layer.effects)).enabled = False
    path = studio.saved()
    path.write_bytes(path.read_bytes().replace(b"ADBE Slider Control", b"ADBE Gaussian Blurs"))

    assert said(found(path)) == ([("effects", severity)] if severity else [])


def seen(**more: object) -> Inventory:
    """One comp with one layer, and what else is given."""
    layers = (SeenLayer("1:2", "img_a", "render_a", on=True),)
    values: dict[str, object] = {"comps": (SeenComp(1, "render_a", "ADBE Advanced 3d", layers),), "files": ()}
    return Inventory(**{**values, "render_comps": ("render_a",), **more})  # type: ignore[arg-type]


def file(path: str) -> SeenFile:
    return SeenFile(3, path.replace("\\", "/").rpartition("/")[2], path, "render_a", "img_a")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/song.mp3", ("audio", "critical", None)),
        ("C:\\a\\Song.MP3", ("audio", "critical", None)),
        ("/a/song.wav", None),
        ("/a/logo.ai", ("assets", "warning", "FileProblem")),
        ("/a/card.psd", ("assets", "warning", "FileProblem")),
        ("/a/card.eps", ("assets", "warning", None)),
        ("/a/card.jpg", None),
        ("C:\\" + "a" * 249 + ".png", ("packaging", "critical", None)),
        ("C:\\" + "a" * 248 + ".png", None),
        ("/" + "a" * 400 + ".png", None),
        ("\\\\server\\" + "a" * 260 + ".png", ("packaging", "critical", None)),
    ],
)
def test_footage_is_of_a_kind_and_at_a_place_that_is_taken(
    path: str, expected: tuple[str, str, str | None] | None
) -> None:
    issues = plainly.check(seen(files=(file(path),)), (), EVERYTHING)

    told = [(one.details["category"], one.severity, one.details.get("rule")) for one in issues]
    assert told == ([expected] if expected else [])


def test_a_large_project_is_told() -> None:
    layers = tuple(SeenLayer(f"1:{i}", "x", "render_a", on=True) for i in range(101))
    comps = (
        SeenComp(1, "render_a", "ADBE Calder", layers),
        *(SeenComp(i, "c", "ADBE Calder", ()) for i in range(2, 22)),
    )
    few = (SeenComp(1, "render_a", "ADBE Calder", layers[:100]), *comps[1:20])

    assert said(plainly.check(seen(comps=comps), (), EVERYTHING)) == [("performance", "info")] * 2
    assert said(plainly.check(seen(comps=few), (), EVERYTHING)) == []


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_every_sample_is_judged(path: Path) -> None:
    """Never an exception but the refusal of what is too old; and what is found has all its words."""
    if path.name == "helperProject.aep":
        with pytest.raises(JobError, match="too old"):
            found(path)
        return
    issues = found(path)
    for issue in issues:
        assert issue.type == f"plainly_{issue.details['category']}"
        assert issue.message
        assert issue.fix


@pytest.mark.skipif(not PROJECTS, reason="the sample files are not here")
def test_the_sample_pair_is_valid_though_its_names_are_its_own() -> None:
    """Five layers without a prefix and no render_ comp; not a word on the imported PSD."""
    names = ("player1fullname", "player2fullname", "player3fullname", "featuredimage1", "green_yellow_bg.png")
    issues = found(SAMPLES / "pair" / "test-after-effects-project.aep", filled=names)

    assert Counter(said(issues)) == {("naming", "warning"): 5, ("composition", "warning"): 1}


@pytest.mark.skipif(not PROJECTS, reason="the sample files are not here")
@pytest.mark.parametrize(
    ("name", "critical"),
    [
        ("nm05ae12.aepx", ["characters", "characters", "characters", "audio"]),
        ("PointText.aep", ["characters"]),
        ("ae.mogrt", ["characters"]),
        ("Images.aep", []),
        ("EmptyState.aep", []),
        ("Test_MatteMask.aep", []),
    ],
)
def test_what_is_critical_in_the_other_samples(name: str, critical: list[str]) -> None:
    issues = found(SAMPLES / "projects" / name)

    assert [one.details["category"] for one in issues if one.severity == "critical"] == critical


def test_a_layer_that_cannot_be_read_is_noted_and_the_rest_is_judged(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    comp = studio.comp("render_main")
    comp.add_text("Hello").name = "txt_größe"
    comp.add(studio.footage("photo.png")).name = "img_photo"
    path = studio.saved()
    effects: Callable[[py_aep.AVLayer], object] = py_aep.AVLayer.effects.fget

    def broken(layer: py_aep.AVLayer) -> object:
        if layer.name == "img_photo":
            raise KeyError("something new")
        return effects(layer)

    monkeypatch.setattr(py_aep.AVLayer, "effects", property(broken))
    issues = found(path)

    assert said(issues) == [("characters", "critical"), ("performance", "info")]
    assert "img_photo" in issues[1].message
