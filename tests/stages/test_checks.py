"""What the checks say about matches, good and bad."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfolderd.matching import match
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
    Placeholder,
    Template,
    TextLook,
)
from hotfolderd.stages.template.checks import CheckLimits, check_matches


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
    **limits: Any,
) -> list[Issue]:
    return check_matches(
        drawn, project, Matching(matches), fonts_available=fonts, footage_available=files, limits=CheckLimits(**limits)
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
    assert issue.message.startswith(
        "Aspect ratio mismatch: 'tall' (1080×1920, portrait) will be distorted in landscape placeholder"
    )
    assert issue.fix == "Use layer 'wide': same orientation."
    assert issue.details["psd_dimensions"] == "1080×1920"
    assert issue.details["comp_dimensions"] == "1000×2000"
    assert issue.details["target_dimensions"] == "1920×1080"
    assert issue.details["difference_percent"] == 68.4
    alone = check(design(drawn.layers[0]), template(slot), chosen(slot, "tall"))[0]
    assert "'fill' cuts 68% of the picture away" in alone.fix


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


def test_a_placeholder_without_layer_is_named_once_with_what_could_fill_it() -> None:
    one, other = text("title"), text("name", number=3)
    match_of = replace(chosen(one, None), candidates=(Candidate("Heading", 0.44),))
    found = check(design(), template(one, other), match_of)
    assert [issue.message for issue in found] == [
        "Placeholder not matched: title (text)",
        "Placeholder not matched: name (text)",
    ]
    assert "Next best: 'Heading' (0.44)." in found[0].fix


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


def test_a_layer_that_is_not_in_the_design_is_critical_and_the_likely_one_is_named() -> None:
    slot = text("title")
    issue = check(design(layer("Heading 1", text="a")), template(slot), chosen(slot, "Heading1", value="a"))[0]
    assert (issue.type, issue.severity, issue.layer) == ("missing_asset", "critical", "Heading1")
    assert issue.fix == "Use layer 'Heading 1'."


def test_a_match_for_a_placeholder_that_is_not_in_the_template_is_critical() -> None:
    issue = check(design(), template(), chosen(text("gone"), None))[0]
    assert (issue.severity, issue.placeholder) == ("critical", "gone")


@pytest.mark.parametrize(("confidence", "expected"), [(0.69, ["low_confidence_match"]), (0.7, [])])
def test_a_doubtful_match_is_a_warning(confidence: float, expected: list[str]) -> None:
    slot = text("title")
    found = check(design(layer("T", text="a")), template(slot), chosen(slot, "T", value="a", confidence=confidence))
    assert types(found) == expected


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
def test_a_long_text_matters_where_its_room_is_known(
    length: int, sample: int, boxed: bool, expected: list[str]
) -> None:
    slot = text("title", "x" * sample, box=Box(0, 0, 200, 50) if boxed else None)
    found = check(design(layer("T", text="a")), template(slot), chosen(slot, "T", value="y" * length))
    assert [one.severity for one in found if one.type == "text_overflow"] == expected


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
