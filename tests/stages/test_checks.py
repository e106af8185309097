"""What the checks say about matches, good and bad."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfolderd.matching.matcher import match
from hotfolderd.model import (
    Box,
    Candidate,
    Comp,
    Design,
    DesignLayer,
    Footage,
    Issue,
    Match,
    Matching,
    Paragraph,
    Placeholder,
    Template,
    TextLook,
)
from hotfolderd.stages.template.checks import CheckLimits, check_matches
from hotfolderd.stages.template.shapes import document_advice, recommendation


def layer(name: str, box: tuple[float, ...] = (0, 0, 100, 100), text: str | None = None, **more: Any) -> DesignLayer:
    look = None if text is None else TextLook(text, "Inter-Bold", 40)
    kind = more.pop("kind", "text" if look else "image")
    path = more.pop("path", name)
    return DesignLayer(path, name, kind, Box(*box), more.pop("visible", True), 1.0, 0, look)


def design(*layers: DesignLayer, size: tuple[int, int] = (1200, 1500)) -> Design:
    return Design("assets/card.psd", *size, "RGB", 8, layers)


def footage(name: str, size: tuple[int, int] = (400, 400), number: int = 41, users: int = 1) -> Footage:
    return Footage(number, name, f"/Users/x/Downloads/{name.rpartition('/')[2]}", *size, users=users)


def image(name: str, source: Footage | None, box: tuple[float, ...] | None = None, number: int = 1) -> Placeholder:
    return Placeholder(f"1:{number}", name, "image", "main", 1, number, number, Box(*box) if box else None, source)


def text(name: str, sample: str = "sample", number: int = 2, **more: Any) -> Placeholder:
    look = TextLook(sample, "RUSHFLOW", 60, fonts=("RUSHFLOW",))
    return Placeholder(f"1:{number}", name, "text", "main", 1, number, number, text=look, **more)


def template(
    *placeholders: Placeholder, more: tuple[Footage, ...] = (), size: tuple[int, int] = (1200, 1500)
) -> Template:
    comps = (Comp(1, "main", *size, 30.0, 10.0, 9), Comp(2, "card", 1200, 1500, 30.0, 10.0, 6, target=False))
    sources = tuple(one.source for one in placeholders if one.source)
    return Template("t.aepx", "aepx", "25.5", comps, placeholders, sources + more, 1, ("RUSHFLOW",))


def chosen(placeholder: Placeholder, path: str | None, **more: Any) -> Match:
    values = {"confidence": 1.0, "why": "chosen", **more}
    return Match(placeholder.name, placeholder.id, placeholder.comp, placeholder.kind, path, **values)


def check(
    drawn: Design,
    project: Template,
    *matches: Match,
    fonts: Any = lambda _: True,
    files: Any = lambda _: True,
    over: float | None = None,
    lacks: str = "",
    **limits: Any,
) -> list[Issue]:
    return check_matches(
        drawn,
        project,
        Matching(matches),
        fonts_available=fonts,
        footage_available=files,
        overflow=lambda _placeholder, _text: over,
        lacking=lambda _placeholder, _text: lacks,
        limits=CheckLimits(**limits),
    )


def types(issues: list[Issue], *severities: str) -> list[str]:
    return [one.type for one in issues if not severities or one.severity in severities]


def test_the_sample_pair_has_nothing_critical_although_none_of_its_footage_is_here() -> None:
    """The picture is cut out (652×1480) but its source has the canvas's size, so it is exported on the canvas. The
    imported copy of the design, under another file name than ours, is missing too, and nobody needs it."""
    cutout, ground = footage("cutout.png", (1200, 1500), 41), footage("green_yellow_bg.png", (1200, 1500), 13)
    parts = tuple(footage(f"{name}/card.psd", (244, 38), 30 + at) for at, name in enumerate(("Background", "cutout")))
    drawn = design(
        layer("Background", (0, 0, 1200, 1500)),
        layer("green_yellow_bg", (-5, -7, 1210, 1514)),
        layer("cutout", (515, 20, 652, 1480)),
        *(layer(name, (72, top, 250, 39), name) for name, top in (("BEN", 269), ("ELOISE", 387), ("EMMA", 508))),
    )
    project = template(
        *(text(f"player{n}fullname", "player1fullname", number=n) for n in (1, 2, 3)),
        image("featuredimage1", cutout, (0, 0, 1200, 1500), 4),
        image("green_yellow_bg.png", ground, (0, 0, 1200, 1500), 5),
        more=parts,
    )
    drawn = replace(drawn, path="assets/other.psd")
    found = check_matches(drawn, project, match(drawn, project), fonts_available=(), footage_available=())
    assert types(found, "critical") == []
    assert types(found, "warning") == ["missing_font"]
    assert types(found, "info") == ["missing_asset", "missing_asset", "unmatched_psd_layer"]
    assert "used only in 'card', which is not filled" in found[1].message


@pytest.mark.parametrize(
    ("size", "expected"),
    [((440, 400), []), ((441, 400), ["aspect_ratio_mismatch"]), ((400, 445), ["aspect_ratio_mismatch"])],
)
def test_a_ratio_more_than_ten_percent_off_is_critical(size: tuple[int, int], expected: list[str]) -> None:
    slot = image("photo", footage("p.jpg", (400, 400)))
    found = check(design(layer("p", (0, 0, *size))), template(slot), chosen(slot, "p"))
    assert types(found, "critical") == expected


def test_an_aspect_mismatch_gives_the_figures_and_the_better_layer() -> None:
    slot = image("photo", footage("p.jpg", (1920, 1080)))
    drawn = design(
        layer("tall", (0, 0, 1080, 1920)),
        layer("wide", (0, 0, 1900, 1080)),
        layer("small wide", (0, 0, 192, 108)),
        size=(3000, 3000),
    )
    issue = check(drawn, template(slot, size=(1000, 2000)), chosen(slot, "tall", fit="fill"))[0]
    assert (
        issue.message
        == "Aspect ratio mismatch: 'tall' (1080×1920, portrait) will be distorted in landscape placeholder"
    )
    assert issue.fix == "Use layer `wide` instead: same orientation, 1900×1080."
    wanted = {
        "psd_layer": "tall",
        "psd_dimensions": "1080×1920",
        "psd_orientation": "portrait",
        "psd_class": "portrait",
        "comp_dimensions": "1000×2000",
        "comp_orientation": "portrait",
        "target_dimensions": "1920×1080",
        "target_class": "landscape",
        "difference_percent": 68.4,
        "recommendation": "human_review",
        "better_layer": "wide",
    }
    assert {key: issue.details[key] for key in wanted} == wanted
    alone = check(design(drawn.layers[0]), template(slot), chosen(slot, "tall"))[0]
    assert "'fill' cuts 68% of the picture away" in alone.fix
    assert alone.details["better_layer"] is None


def test_a_picture_held_against_the_comp_is_told_in_the_words_of_the_order() -> None:
    slot = image("photo", None)
    found = check(
        design(layer("tall", (0, 0, 1080, 1920))), template(slot, size=(1920, 1080)), chosen(slot, "tall"), files=()
    )
    assert [one.message for one in found] == [
        "Aspect ratio mismatch: 'tall' (1080×1920, portrait) will be distorted in landscape composition",
        "Low resolution: 'tall' (1080×1920) will be upscaled 178%, may reduce quality",
    ]
    assert found[1].fix == "Put a picture of at least 1920×1080 pixels into the design."


def test_a_layer_that_could_not_be_drawn_is_critical_before_anything_is_built_of_it() -> None:
    """It has a box and a name, so that it is matched; the job failed where nobody can choose another one."""
    note = "Layer 'Photo' could not be drawn: Peak allocation 720,000,000 bytes."
    drawn = replace(design(layer("Photo"), layer("Photo 2")), notes=(note,))
    places = template(image("photo", footage("p.jpg")), image("photo 2", footage("q.jpg", number=42), number=2))
    matches = [
        Match(one, f"1:{number}", "main", "image", one.title(), confidence=0.9)
        for number, one in enumerate(("photo", "photo 2"), 1)
    ]
    issues = check_matches(drawn, places, Matching(tuple(matches)), fonts_available=(), footage_available=())
    found = [one for one in issues if one.severity == "critical" and one.type == "missing_asset" and one.layer]
    assert [(one.placeholder, one.layer) for one in found] == [("photo", "Photo")]
    assert found[0].message.endswith(f"for 'photo' could not be drawn. {note.partition(': ')[2]}")


def test_a_better_picture_is_free_visible_of_the_right_shape_and_the_largest() -> None:
    """Not the one that another placeholder shows, a hidden one, a text, or one that would be enlarged as well."""
    slot, other = image("photo", footage("p.jpg", (400, 400)), number=1), image("b", footage("b.jpg"), number=2)
    small = layer("small", (0, 0, 150, 150))
    rest = (
        layer("used", (0, 0, 400, 400)),
        layer("hidden", (0, 0, 400, 400), visible=False),
        layer("words", (0, 0, 400, 400), "words"),
        layer("wide", (0, 0, 800, 400)),
    )
    free = (layer("300", (0, 0, 300, 300)), layer("500", (0, 0, 500, 500)), layer("400", (0, 0, 400, 400)))
    matches = (chosen(slot, "small"), chosen(other, "used"))
    issue = check(design(small, *rest, *free), template(slot, other), *matches)[0]
    assert (issue.type, issue.details["better_layer"]) == ("resolution_critical", "500")
    assert issue.fix == "Use layer `500` instead: same orientation, 500×500."
    assert issue.message == "Low resolution: 'small' (150×150) will be upscaled 267%, causing pixelation"
    enlarged = check(design(small, *rest, free[0]), template(slot, other), *matches)[0]
    assert enlarged.details["better_layer"] == "300"
    none = check(design(small, *rest), template(slot, other), *matches)[0]
    assert none.details["better_layer"] is None
    assert none.fix == "Put a picture of at least 400×400 pixels into the design."


@pytest.mark.parametrize(("side", "expected"), [(800, []), (810, ["resolution_info"])])
def test_a_picture_shown_at_less_than_half_its_size_is_information(side: int, expected: list[str]) -> None:
    slot = image("photo", footage("p.jpg", (400, 400)))
    found = check(design(layer("p", (0, 0, side, side)), size=(9, 9)), template(slot), chosen(slot, "p"))
    assert types(found, "info") == expected


@pytest.mark.parametrize(
    ("size", "frame", "expected"),
    [
        ((880, 1000), (1000, 1000), ("human_review", 0.0)),  # portrait into square
        ((900, 1000), (1000, 1000), ("moderate", 0.6)),
        ((1000, 1000), (1000, 1000), ("none", 1.0)),
        ((1600, 1000), (1700, 1000), ("minor_scale", 0.85)),
        ((1600, 1000), (1900, 1000), ("moderate", 0.6)),
        ((1600, 1000), (1960, 1000), ("moderate", 0.6)),  # of the larger ratio
        ((1600, 1000), (2000, 1000), ("human_review", 0.3)),
        ((1000, 1600), (1600, 1000), ("human_review", 0.0)),
    ],
)
def test_the_advice_goes_by_class_and_then_by_difference(
    size: tuple[int, int], frame: tuple[int, int], expected: tuple[str, float]
) -> None:
    assert recommendation(*size, *frame) == expected


def test_the_design_as_a_whole_is_held_against_the_main_comp() -> None:
    advice = document_advice(design(size=(1080, 1350)), template(size=(1920, 1080)).comp(1))
    assert (advice["design_class"], advice["comp_class"], advice["recommendation"]) == (
        "portrait",
        "landscape",
        "human_review",
    )
    assert advice["fit"] == {"scale": 0.8, "bars": "vertical", "bars_px": 1056}
    assert advice["fill"] == {"scale": 1.7778, "cropped_px": 1320}
    assert advice["resolution_mismatch"] is True
    same = document_advice(design(size=(1200, 1500)), template().comp(1))
    assert (same["recommendation"], same["fit"]["bars"], same["fill"]["cropped_px"]) == ("none", None, 0)
    assert same["resolution_mismatch"] is False
    tall = document_advice(design(size=(100, 80)), template(size=(100, 100)).comp(1))
    assert tall["fit"] == {"scale": 1.0, "bars": "horizontal", "bars_px": 20}


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (400, []),
        (399, []),  # a rounding of a quarter of a percent is no upscaling
        (390, [("resolution_warning", "warning", 102.6)]),
        (200, [("resolution_warning", "warning", 200.0)]),
        (199, [("resolution_critical", "critical", 201.0)]),
    ],
)
def test_upscaling_warns_from_100_and_blocks_above_200_percent(side: int, expected: list[object]) -> None:
    slot = image("photo", footage("p.jpg", (400, 400)))
    found = check(design(layer("p", (0, 0, side, side))), template(slot), chosen(slot, "p"))
    assert [(one.type, one.severity, one.details["scale_percent"]) for one in found] == expected


def test_a_placeholder_without_source_is_held_against_its_box_and_then_its_comp() -> None:
    drawn = design(layer("p", (0, 0, 300, 300)))
    boxed, bare = image("photo", None, (0, 0, 300, 300)), image("photo", None)
    assert check(drawn, template(boxed), chosen(boxed, "p")) == []
    found = check(drawn, template(bare), chosen(bare, "p"))
    assert types(found, "critical") == ["aspect_ratio_mismatch", "resolution_critical"]
    assert found[0].details["target"] == "composition"
    held = check(drawn, template(boxed), chosen(boxed, "p"), reference="composition")
    assert types(held, "critical") == ["aspect_ratio_mismatch", "resolution_critical"]


def test_footage_is_missing_only_if_it_is_shown_and_nobody_has_it() -> None:
    slot = image("photo", footage("p.jpg", (100, 100), 41))
    shared = image("photo", footage("p.jpg", (100, 100), 41, users=2))
    drawn = design(layer("p"))
    assert types(check(drawn, template(slot), chosen(slot, "p"), files=())) == []
    assert types(check(drawn, template(slot), chosen(slot, None), files={"p.jpg"}), "critical") == []
    missing = check(drawn, template(slot), chosen(slot, None), files=())[0]
    assert (missing.type, missing.severity, missing.message) == (
        "missing_asset",
        "critical",
        "Missing footage: /Users/x/Downloads/p.jpg",
    )
    assert types(check(drawn, template(shared), chosen(shared, "p"), files=()), "critical") == ["missing_asset"]
    idle = template(slot, more=(footage("old.mov", number=50, users=0), footage("a/card.psd", number=51)))
    assert types(check(drawn, idle, chosen(slot, "p"), files=()), "critical") == []


@pytest.mark.parametrize(
    ("place", "size", "severities"),
    [
        ("/Users/y/logo.png", (400, 300), ["critical"]),
        ("/Users/y/LOGO.png", (100, 100), ["warning"]),
        ("/Users/x/Downloads/logo.png", (100, 100), []),
    ],
)
def test_of_footage_from_two_folders_with_one_name_only_one_is_in_the_job(
    place: str, size: tuple[int, int], severities: list[str]
) -> None:
    """Both would show the same file. Of another size it cannot be the same picture; imported twice, it is."""
    one = image("corner", footage("logo.png", (100, 100), 41), number=1)
    other = image("end", replace(footage("logo.png", size, 42), path=place), number=2)
    project, drawn = template(one, other), design(layer("p", (0, 0, *size)))
    found = check(drawn, project, chosen(one, None), chosen(other, None))
    told = [issue for issue in found if issue.type == "missing_asset"]
    assert [issue.severity for issue in told] == severities
    assert all("/Users/x/Downloads/logo.png" in issue.message and place in issue.message for issue in told)
    filled = check(drawn, project, chosen(one, None), chosen(other, "p"))
    assert "missing_asset" not in types(filled), "what is replaced is not looked for"


def test_the_design_itself_is_never_missing_footage() -> None:
    slot = image("photo", footage("p.jpg", (100, 100)))
    project = template(slot, more=(footage("Logo/CARD.psd", number=60),))
    project = replace(project, comps=project.comps[:1])
    assert types(check(design(layer("p")), project, chosen(slot, "p"), files=())) == []


def test_a_missing_font_warns_where_a_text_is_set_in_it_and_informs_elsewhere() -> None:
    one, other = text("title", number=2), text("name", number=3)
    drawn = design(layer("T", text="a"))
    found = check(drawn, template(one, other), chosen(one, "T", value="a"), chosen(other, "T", value="b"), fonts=())
    assert [(issue.severity, issue.message) for issue in found if issue.type == "missing_font"] == [
        ("warning", "Missing font: RUSHFLOW (used in layer 'title' and 1 more)")
    ]
    found = check(drawn, template(one), chosen(one, None), fonts=())
    assert [issue.severity for issue in found if issue.type == "missing_font"] == ["info"]
    assert "missing_font" not in types(check(drawn, template(one), chosen(one, "T", value="a"), fonts={"RUSHFLOW"}))


@pytest.mark.parametrize(
    ("font", "severity", "kind", "words"),
    [
        ("Arial-BoldMT", "info", "common", "comes with most systems"),
        ("MyriadPro-Regular", "info", "adobe", "Adobe Fonts"),
        ("RushFlow-Mono", "warning", "other", "Of the same kind: Courier New, Consolas"),
    ],
)
def test_a_font_that_most_people_have_is_missed_less(font: str, severity: str, kind: str, words: str) -> None:
    slot = replace(text("title"), text=TextLook("x", font, 40, fonts=(font, "AdobeInvisFont")))
    project = replace(template(slot), fonts=(font,))
    (issue,) = check(design(layer("T", text="a")), project, chosen(slot, "T", value="a"), fonts=())
    assert (issue.type, issue.severity, issue.details["font_class"]) == ("missing_font", severity, kind)
    assert issue.message == f"Missing font: {font} (used in layer 'title')"
    assert words in issue.fix


def test_a_placeholder_without_layer_is_named_once_with_what_could_fill_it() -> None:
    one, other = text("title"), text("name", number=3)
    match_of = replace(chosen(one, None), candidates=(Candidate("Heading", 0.44), Candidate("Name", 0.4)))
    free = check(design(layer("Name", text="Ada")), template(one), match_of)[0]
    assert free.details["better_layer"] == "Name"
    assert "If it should change: Use layer `Name` instead: “Ada”." in free.fix
    found = check(design(), template(one, other), match_of)
    assert found[0].details["better_layer"] is None
    assert [issue.message for issue in found] == [
        "Placeholder not matched: title (text)",
        "Placeholder not matched: name (text)",
    ]
    assert "Next best: 'Heading' (0.44), 'Name' (0.40)." in found[0].fix


def test_a_text_from_the_csv_needs_no_layer() -> None:
    one = text("title")
    assert check(design(), template(one), chosen(one, None, value="Given")) == []


@pytest.mark.parametrize(
    ("path", "kind"), [("T", "image"), ("P", "text"), ("G", "image"), ("A", "image"), ("E", "image"), ("E", "text")]
)
def test_a_layer_of_the_wrong_kind_is_critical_and_nothing_else_is_said_of_it(path: str, kind: str) -> None:
    slot = image("photo", footage("p.jpg", (100, 100))) if kind == "image" else text("title")
    drawn = design(
        layer("T", text="a"),
        layer("P", (0, 0, 1, 1)),
        layer("G", kind="group"),
        layer("A", kind="adjustment"),
        layer("E", (5, 5, 0, 0)),
    )
    found = check(drawn, template(slot), chosen(slot, path, confidence=0.1))
    assert types(found, "critical", "warning") == ["type_mismatch"]


def test_a_layer_of_the_wrong_kind_has_a_better_one_if_one_is_free() -> None:
    photo, title = image("photo", footage("p.jpg", (400, 300))), text("title")
    drawn = design(
        layer("T", text="a"),
        layer("Other", text="Hello"),
        layer("tall", (0, 0, 300, 400)),
        layer("P", (0, 0, 400, 300)),
    )
    issue = check(drawn, template(photo), chosen(photo, "T"))[0]
    assert (issue.type, issue.details["better_layer"]) == ("type_mismatch", "P")
    assert issue.fix == "Use layer `P` instead: same orientation, 400×300."
    wanted = replace(chosen(title, "P"), candidates=(Candidate("tall", 0.6), Candidate("T", 0.5)))
    issue = check(drawn, template(title), wanted)[0]
    assert (issue.details["better_layer"], issue.fix) == ("T", "Use layer `T` instead: “a”.")
    photo_too = replace(chosen(photo, "T"), candidates=(Candidate("tall", 0.6),))
    assert check(drawn, template(photo), photo_too)[0].fix == "Use layer `tall` instead: 300×400."


def test_a_layer_that_is_not_in_the_design_is_critical_and_the_likely_one_is_named() -> None:
    slot = text("title")
    issue = check(design(layer("Heading 1", text="a")), template(slot), chosen(slot, "Heading1", value="a"))[0]
    assert (issue.type, issue.severity, issue.layer) == ("missing_asset", "critical", "Heading1")
    assert (issue.fix, issue.details["better_layer"]) == ("Use layer `Heading 1` instead.", "Heading 1")


def test_a_match_for_a_placeholder_that_is_not_in_the_template_is_critical() -> None:
    issue = check(design(), template(text("gonne", number=7)), chosen(text("gone"), None))[0]
    assert (issue.severity, issue.placeholder) == ("critical", "gone")
    assert "Did you mean `gonne`?" in issue.fix


@pytest.mark.parametrize(("confidence", "expected"), [(0.69, ["low_confidence_match"]), (0.7, [])])
def test_a_doubtful_match_is_a_warning(confidence: float, expected: list[str]) -> None:
    slot = text("title")
    found = check(design(layer("T", text="a")), template(slot), chosen(slot, "T", value="a", confidence=confidence))
    assert types(found) == expected


BOX = Paragraph(200, 50, 40, 48)


@pytest.mark.parametrize(
    ("length", "sample", "boxed", "expected"),
    [
        (50, 6, True, []),
        (51, 6, True, ["warning"]),
        (101, 6, True, ["critical"]),
        (101, 6, False, ["info"]),
        (101, 120, True, []),
    ],
)
def test_a_long_text_matters_where_it_has_a_box_that_cannot_be_measured(
    length: int, sample: int, boxed: bool, expected: list[str]
) -> None:
    """The box in the comp is an estimate for a text without a box of its own."""
    slot = text("title", "x" * sample, box=Box(0, 0, 200, 50), paragraph=BOX if boxed else None)
    found = check(design(layer("T", text="a")), template(slot), chosen(slot, "T", value="y" * length))
    assert [one.severity for one in found if one.type == "text_overflow"] == expected


@pytest.mark.parametrize(
    ("over", "expected"), [(0.0, []), (0.05, []), (0.06, ["warning"]), (0.20, ["warning"]), (0.21, ["critical"])]
)
def test_a_text_that_is_measured_counts_by_its_width_however_long_it_is(over: float, expected: list[str]) -> None:
    slot = text("title", paragraph=BOX)
    value = "y" * 200
    found = check(design(layer("T", text="a")), template(slot), chosen(slot, "T", value=value), over=over)
    assert [one.severity for one in found if one.type == "text_overflow"] == expected
    if expected:
        assert found[0].message == f"Text overflow: 'title' gets 200 characters, {100 * over:.0f}% too wide for its box"
        assert found[0].details["overflow_percent"] == round(100 * over, 1)


@pytest.mark.parametrize(("size", "expected"), [(72, []), (73, ["warning"]), (12, []), (11.5, ["info"])])
def test_very_large_and_very_small_type_is_told(size: float, expected: list[str]) -> None:
    slot = replace(text("title"), text=TextLook("x", "RUSHFLOW", size, fonts=("RUSHFLOW",)))
    drawn = design(layer("T", text="a"))
    found = check(drawn, template(slot), chosen(slot, "T", value="a"))
    assert [one.severity for one in found if one.type == "font_size"] == expected
    assert "font_size" not in types(check(drawn, template(slot), chosen(slot, None)))


@pytest.mark.parametrize(
    ("mode", "depth", "expected"),
    [
        ("RGB", 8, []),
        ("CMYK", 8, ["colour_mode"]),
        ("RGB", 16, ["bit_depth"]),
        ("LAB", 32, ["colour_mode", "bit_depth"]),
    ],
)
def test_colours_that_will_change_are_information(mode: str, depth: int, expected: list[str]) -> None:
    found = check(replace(design(), mode=mode, depth=depth), template())
    assert types(found, "info") == types(found) == expected


def test_only_the_types_that_shall_block_are_critical() -> None:
    slot = image("photo", footage("p.jpg", (1920, 1080)))
    drawn = design(layer("tall", (0, 0, 108, 192)))
    found = check(drawn, template(slot), chosen(slot, "tall"), block_on=frozenset({"aspect_ratio_mismatch"}))
    assert [(one.type, one.severity) for one in found] == [
        ("aspect_ratio_mismatch", "critical"),
        ("resolution_critical", "warning"),
    ]
    assert found[1].details["not_blocking"] is True


def test_an_expression_that_ignores_the_text_is_a_warning_if_a_text_is_set() -> None:
    slot = text("title", expression='"always this"')
    drawn = design(layer("T", text="a"))
    assert types(check(drawn, template(slot), chosen(slot, "T", value="a"))) == ["expression_overrides_text"]
    assert "expression_overrides_text" not in types(check(drawn, template(slot), chosen(slot, None)))
    runs = text("title", expression='$.evalFile("/tmp/x.jsx")')
    issue = next(
        one for one in check(drawn, template(runs), chosen(runs, None)) if one.type == "expression_overrides_text"
    )
    assert issue.details["runs_code"] is True


@pytest.mark.parametrize("kind", ["text", "image"])
def test_what_is_set_where_the_comp_is_nested_is_a_warning(kind: str) -> None:
    slot = text("title") if kind == "text" else image("title", footage("t.png", (100, 100)))
    slot = replace(slot, set_by="layer 'Lower third' of 'Main'")
    drawn = design(layer("T", text="a") if kind == "text" else layer("T"))
    value = "a" if kind == "text" else None
    (found,) = check(drawn, template(slot), chosen(slot, "T", value=value))
    assert (found.type, found.severity) == ("essential_property", "warning")
    assert "may be set at layer 'Lower third' of 'Main'" in found.message
    assert "essential_property" not in types(check(drawn, template(slot), chosen(slot, None)))


def test_a_picture_in_the_place_of_a_clip_that_is_heard_takes_its_sound_away() -> None:
    slot, drawn = image("intro", footage("intro.mov")), design(layer("photo", (0, 0, 400, 400)))
    assert "sound_lost" not in types(check(drawn, template(slot), chosen(slot, "photo")))
    heard = replace(slot, heard=True)
    (found,) = check(drawn, template(heard), chosen(heard, "photo"))
    assert (found.type, found.severity, found.layer) == ("sound_lost", "warning", "photo")
    assert found.message == "Sound: intro.mov in 'intro' has sound; the picture that replaces it has none"
    assert "sound_lost" not in types(check(drawn, template(heard), chosen(heard, None)))


def test_a_text_of_several_styles_that_is_set_anew_gets_one_and_that_is_a_warning() -> None:
    slot = text("title", sample="BREAKING news")
    assert slot.text is not None
    slot = replace(slot, text=replace(slot.text, differs=("size", "colour")))
    drawn = design(layer("T", text="a"))
    found = check(drawn, template(slot), chosen(slot, "T", value="a"))
    assert [(one.type, one.severity) for one in found] == [("several_styles", "warning")]
    assert "'title' has several styles (size, colour)" in found[0].message
    assert "several_styles" not in types(check(drawn, template(slot), chosen(slot, "T", value="BREAKING news")))
    assert "several_styles" not in types(check(drawn, template(slot), chosen(slot, None)))


@pytest.mark.parametrize(
    ("lacks", "shown"), [("č", "has no č"), ("abcdefghijklmn", "has no a b c d e f g h i j k l …")]
)
def test_letters_that_the_font_has_not_are_a_warning_that_names_them(lacks: str, shown: str) -> None:
    slot, drawn = text("title"), design(layer("T", text="a"))
    (found,) = check(drawn, template(slot), chosen(slot, "T", value="a"), lacks=lacks)
    assert (found.type, found.severity, found.details["letters"]) == ("missing_letters", "warning", lacks)
    assert found.message.endswith(shown)
    assert "missing_letters" not in types(check(drawn, template(slot), chosen(slot, None), lacks=lacks))


def test_unused_visible_layers_and_names_borne_twice_are_information() -> None:
    slot = text("title")
    drawn = design(
        layer("T", text="a", path="A/T"),
        layer("T", text="b", path="B/T"),
        layer("off", visible=False),
        layer("G", kind="group"),
    )
    found = check(drawn, template(slot, text("title", number=3)), chosen(slot, "A/T", value="a"))
    assert types(found, "info") == ["unmatched_psd_layer", "duplicate_layer_name", "duplicate_layer_name"]
    assert found[-2].details["paths"] == ["A/T", "B/T"]
    assert types(found, "critical") == []


def test_critical_issues_come_first_and_every_issue_says_what_to_do() -> None:
    slot, words = image("photo", footage("p.jpg", (1920, 1080))), text("title")
    drawn = design(layer("tall", (0, 0, 10, 90)), layer("T", text="a"), layer("x"), size=(500, 500))
    found = check(
        drawn, template(slot, words), chosen(slot, "tall", confidence=0.5), chosen(words, None), fonts=(), files=()
    )
    order = [{"critical": 0, "warning": 1, "info": 2}[one.severity] for one in found]
    assert order == sorted(order)
    assert len(set(order)) == 3
    assert all(one.message and one.fix for one in found)
