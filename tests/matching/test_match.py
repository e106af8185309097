"""Designs and templates as studios name them, and the answers that a person would give."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from hotfolderd.matching.matcher import match, unknown_texts
from hotfolderd.model import (
    Box,
    Comp,
    Design,
    DesignLayer,
    Footage,
    Matching,
    Placeholder,
    Template,
    TextLook,
)

Sides = tuple[float, float, float, float]


def layer(
    name: str,
    box: Sides = (0, 0, 100, 100),
    text: str | None = None,
    *,
    kind: str | None = None,
    group: str = "",
    visible: bool = True,
    size: float | None = None,
    font: str = "Inter-Bold",
) -> DesignLayer:
    """A layer; with a text it is a text layer. `box` is left, top, width, height."""
    look = None if text is None else TextLook(text, font, size or box[3], "#ffffff", (font,))
    return DesignLayer(
        path=f"{group}/{name}" if group else name,
        name=name,
        kind=kind or ("text" if look else "image"),  # type: ignore[arg-type]
        box=Box(*box),
        visible=visible,
        opacity=1.0,
        order=0,
        text=look,
    )


def design(*layers: DesignLayer, size: tuple[int, int] = (1080, 1080)) -> Design:
    return Design("card.psd", *size, "RGB", 8, layers)


@dataclass
class Want:
    """A placeholder to be: kind by `text` or `footage`."""

    name: str
    box: Sides | None = None
    text: str | None = None
    footage: str | None = None
    size: tuple[int, int] = (400, 400)
    comp: int = 1


def template(*wants: Want, size: tuple[int, int] = (1080, 1080), skip: tuple[int, ...] = ()) -> Template:
    comps = tuple(
        Comp(number, f"comp {number}", *size, 25.0, 10.0, len(wants), target=number not in skip)
        for number in sorted({want.comp for want in wants})
    )
    placeholders = []
    for number, want in enumerate(wants, start=1):
        source = None
        if want.footage is not None:
            source = Footage(100 + number, want.footage, f"/Users/x/{want.footage}", *want.size)
        placeholders.append(
            Placeholder(
                id=f"{want.comp}:{number}",
                name=want.name,
                kind="image" if source else "text",
                comp=f"comp {want.comp}",
                comp_id=want.comp,
                layer_id=1000 + number,
                index=number,
                box=Box(*want.box) if want.box else None,
                source=source,
                text=None if source else TextLook(want.text or "sample"),
            )
        )
    footage = tuple(one.source for one in placeholders if one.source)
    return Template("t.aepx", "aepx", "25.5", comps, tuple(placeholders), footage, comps[0].item_id)


def pairs(found: Matching) -> dict[str, str | None]:
    return {one.placeholder: one.layer for one in found.matches}


def confidence(found: Matching, placeholder: str) -> float:
    return next(one.confidence for one in found.matches if one.placeholder == placeholder)


SAMPLE_DESIGN = design(
    layer("Background", (0, 0, 1200, 1500)),
    layer("green_yellow_bg", (-5, -7, 1210, 1514)),
    layer("cutout", (515, 20, 652, 1480)),
    layer("BEN FORMAN", (72, 269, 244, 38), "Ben Forman", size=60),
    layer("ELOISE GRACE", (73, 387, 262, 39), "ELOISE GRACE", size=60),
    layer("EMMA LOUISE", (74, 508, 254, 39), "EMMA LOUISE", size=60),
    size=(1200, 1500),
)


def sample_template(*, boxes: bool = True) -> Template:
    full = (0, 0, 1200, 1500) if boxes else None
    rows = [(110, top, 400, 50) if boxes else None for top in (252, 377, 492)]
    return template(
        Want("player1fullname", rows[0], "player1fullname"),
        Want("player2fullname", rows[1], "player1fullname"),
        Want("player3fullname", rows[2], "player1fullname"),
        Want("featuredimage1", full, footage="cutout.png", size=(1200, 1500)),
        Want("green_yellow_bg.png", full, footage="green_yellow_bg.png", size=(1200, 1500)),
        size=(1200, 1500),
    )


@pytest.mark.parametrize("boxes", [True, False])
def test_the_sample_pair_is_matched_as_its_designer_meant_it(boxes: bool) -> None:
    """No text name helps: reading order does; the picture is known by its footage; the white Background is left."""
    found = match(SAMPLE_DESIGN, sample_template(boxes=boxes))
    assert pairs(found) == {
        "player1fullname": "BEN FORMAN",
        "player2fullname": "ELOISE GRACE",
        "player3fullname": "EMMA LOUISE",
        "featuredimage1": "cutout",
        "green_yellow_bg.png": "green_yellow_bg",
    }
    assert found.unused_layers == ("Background",)
    by_name = {one.placeholder: one for one in found.matches}
    assert by_name["player1fullname"].value == "Ben Forman"
    by_place, by_order = "stands in the same place", "the same kind, first of 3 from the top on both sides"
    assert by_name["player1fullname"].why == (by_place if boxes else by_order)
    assert 0.8 <= by_name["player1fullname"].confidence < 1.0
    assert by_name["player1fullname"].candidates[0].layer in ("ELOISE GRACE", "EMMA LOUISE")
    assert by_name["featuredimage1"].why == "its footage is cutout.png"
    assert 0.9 <= by_name["featuredimage1"].confidence < 1.0
    assert by_name["featuredimage1"].fit == "fit"
    assert by_name["green_yellow_bg.png"].confidence == 1.0


STUDIO_PAIRS: dict[str, tuple[Design, Template, dict[str, str | None]]] = {
    "prefixes, copies and versions": (
        design(
            layer("Layer 0", (0, 0, 1080, 1080)),
            layer("Headline copy 2", (80, 100, 600, 90), "Summer is here"),
            layer("SubHead final", (80, 210, 500, 40), "All weekend"),
            layer("Client Logo v3", (900, 40, 120, 120)),
        ),
        template(
            Want("txt_headline"),
            Want("txt_subhead"),
            Want("img_client_logo", footage="placeholder.png"),
        ),
        {"txt_headline": "Headline copy 2", "txt_subhead": "SubHead final", "img_client_logo": "Client Logo v3"},
    ),
    "synonyms and camel case": (
        design(
            layer("Backdrop", (0, 0, 1920, 1080)),
            layer("heroPicture", (900, 100, 800, 900)),
            layer("Brand", (60, 40, 200, 80)),
            layer("Heading", (100, 400, 700, 120), "Harbour Nights"),
            layer("Tagline", (100, 560, 700, 50), "Four evenings by the water"),
            size=(1920, 1080),
        ),
        template(
            Want("bg.jpg", footage="bg.jpg"),
            Want("featuredImage", footage="temp.jpg"),
            Want("Logo", footage="temp2.png"),
            Want("STORY_TITLE"),
            Want("sub_title"),
            size=(1920, 1080),
        ),
        {
            "bg.jpg": "Backdrop",
            "featuredImage": "heroPicture",
            "Logo": "Brand",
            "STORY_TITLE": "Heading",
            "sub_title": "Tagline",
        },
    ),
    "numbers are names": (
        design(
            layer("Player 2", (80, 300, 300, 40), "Noor Haddad"),
            layer("Player 1", (80, 200, 300, 40), "Ida Krog"),
            layer("Player 3", (80, 400, 300, 40), "Tom Ayo"),
        ),
        template(Want("player01_name"), Want("player02_name"), Want("player03_name")),
        {"player01_name": "Player 1", "player02_name": "Player 2", "player03_name": "Player 3"},
    ),
    "a grid of unnamed photographs, left to right": (
        design(
            layer("Background", (0, 0, 1080, 1080)),
            layer("IMG_0811", (560, 80, 440, 440)),
            layer("IMG_2044", (80, 85, 440, 440)),
            layer("DSC0009 copy", (80, 560, 440, 440)),
            layer("Layer 14", (560, 555, 440, 440)),
        ),
        template(
            Want("photo1", (60, 60, 470, 470), footage="ph1.jpg"),
            Want("photo2", (550, 60, 470, 470), footage="ph2.jpg"),
            Want("photo3", (60, 550, 470, 470), footage="ph3.jpg"),
            Want("photo4", (550, 550, 470, 470), footage="ph4.jpg"),
        ),
        {"photo1": "IMG_2044", "photo2": "IMG_0811", "photo3": "DSC0009 copy", "photo4": "Layer 14"},
    ),
    "home and away are never swapped": (
        design(
            layer("AwayTeam", (700, 400, 300, 60), "Rovers"),
            layer("HomeTeam", (80, 400, 300, 60), "United"),
            layer("Away Crest", (700, 100, 200, 200)),
            layer("Home Crest", (80, 100, 200, 200)),
            layer("2 - 1", (480, 400, 120, 60), "2 - 1"),
        ),
        template(
            Want("home_team_name"),
            Want("away_team_name"),
            Want("home_logo", footage="a.png"),
            Want("away_logo", footage="b.png"),
            Want("score"),
        ),
        {
            "home_team_name": "HomeTeam",
            "away_team_name": "AwayTeam",
            "home_logo": "Home Crest",
            "away_logo": "Away Crest",
            "score": "2 - 1",
        },
    ),
    "what a text says tells its place": (
        design(
            layer("$24.99", (80, 700, 300, 90), "$24.99"),
            layer("www.example.com", (80, 980, 400, 30), "www.example.com"),
            layer("12 May 2026", (80, 900, 300, 40), "12 May 2026"),
            layer("Linen Shirt", (80, 500, 800, 120), "Linen Shirt"),
        ),
        template(Want("event_date"), Want("price"), Want("website"), Want("product_title")),
        {
            "event_date": "12 May 2026",
            "price": "$24.99",
            "website": "www.example.com",
            "product_title": "Linen Shirt",
        },
    ),
    "the template's sample text is the design's text": (
        design(
            layer("T1", (80, 900, 300, 40), "BREAKING NEWS"),
            layer("T2", (80, 100, 300, 40), "City council votes on bridge"),
        ),
        template(Want(".f0", text="City council votes on bridge"), Want(".f1", text="Breaking News")),
        {".f0": "T2", ".f1": "T1"},
    ),
    "the group says what the layer does not": (
        design(
            layer("Layer 3", (600, 100, 400, 400), group="Sponsor"),
            layer("Layer 4", (100, 100, 400, 400), group="Speaker"),
        ),
        template(Want("speaker_photo", footage="x.png"), Want("sponsor_logo", footage="y.png")),
        {"speaker_photo": "Speaker/Layer 4", "sponsor_logo": "Sponsor/Layer 3"},
    ),
    "guides, hidden layers, empties and adjustments are passed over": (
        design(
            layer("Background", (0, 0, 1080, 1080)),
            layer("Portrait", (200, 200, 600, 700), visible=False),
            layer("portrait copy", (200, 200, 600, 700)),
            layer("safe area guide", (54, 54, 972, 972)),
            layer("Curves 1", (0, 0, 1080, 1080), kind="adjustment"),
            layer("Photos", (0, 0, 1080, 1080), kind="group"),
            layer("Portrait empty", (0, 0, 0, 0)),
            layer("note to editor", (10, 10, 300, 30), "please check"),
            layer("Name", (200, 950, 600, 60), "Mira Sol"),
        ),
        template(Want("portrait", footage="someone.png"), Want("full_name")),
        {"portrait": "portrait copy", "full_name": "Name"},
    ),
    "a placeholder with no counterpart stays as it is": (
        design(layer("Headline", (80, 100, 900, 100), "Sale"), layer("Background", (0, 0, 1080, 1080))),
        template(Want("headline"), Want("legal_logo", footage="iso_badge.png"), Want("end_card", footage="end.png")),
        {"headline": "Headline", "legal_logo": None, "end_card": None},
    ),
    "kinds never mix, even with equal names": (
        design(
            layer("title", (80, 100, 900, 100)),  # rasterised by mistake
            layer("logo", (80, 400, 300, 60), "ACME"),
        ),
        template(Want("title"), Want("logo", footage="logo.png")),
        {"title": None, "logo": None},
    ),
    "two families of three, told apart by where they stand": (
        design(
            layer("ANA", (80, 200, 300, 40), "ANA", size=40),
            layer("BEA", (80, 400, 300, 40), "BEA", size=40),
            layer("CLEO", (80, 600, 300, 40), "CLEO", size=40),
            layer("Keeper", (600, 200, 200, 24), "Keeper", size=24),
            layer("Striker", (600, 400, 200, 24), "Striker", size=24),
            layer("Winger", (600, 600, 200, 24), "Winger", size=24),
        ),
        template(
            *(Want(f"player{n}_name", (80, 200 * n, 320, 45)) for n in (1, 2, 3)),
            *(Want(f"player{n}_role", (600, 200 * n, 220, 28)) for n in (1, 2, 3)),
        ),
        {
            "player1_name": "ANA",
            "player2_name": "BEA",
            "player3_name": "CLEO",
            "player1_role": "Keeper",
            "player2_role": "Striker",
            "player3_role": "Winger",
        },
    ),
    "the name of the footage beats the order": (
        design(layer("bottle", (80, 80, 300, 800)), layer("glass", (600, 80, 300, 800))),
        template(
            Want("product_a", (60, 60, 350, 850), footage="glass.psd"),
            Want("product_b", (600, 60, 350, 850), footage="bottle_final.png"),
        ),
        {"product_a": "glass", "product_b": "bottle"},
    ),
    "an imported design's layer is known by the layer, not by the file": (
        design(layer("badge", (80, 80, 200, 200)), layer("ribbon", (600, 80, 300, 100))),
        template(Want("slot_x", footage="ribbon/card.psd"), Want("slot_y", footage="badge/card.psd")),
        {"slot_x": "ribbon", "slot_y": "badge"},
    ),
    "accents, other scripts and signs": (
        design(
            layer("Título", (80, 80, 800, 90), "Noche de verano"),
            layer("日付", (80, 300, 200, 40), "5月12日"),
            layer("★ sticker", (700, 700, 200, 200)),
        ),
        template(Want("titulo"), Want("[日付]"), Want("Sticker", footage="s.png")),
        {"titulo": "Título", "[日付]": "日付", "Sticker": "★ sticker"},
    ),
    "unnamed texts stand where the template has them": (
        design(
            layer("Nora Lind", (100, 820, 420, 60), "Nora Lind"),
            layer("Head of Design", (100, 900, 420, 36), "Head of Design"),
            layer("Oslo", (820, 60, 160, 36), "Oslo"),
            layer("SKETCH WEEK", (100, 60, 500, 90), "SKETCH WEEK"),
        ),
        template(
            Want("line_c", (100, 900, 430, 40)),
            Want("line_a", (100, 60, 520, 95)),
            Want("line_b", (100, 820, 430, 64)),
        ),
        {"line_c": "Head of Design", "line_a": "SKETCH WEEK", "line_b": "Nora Lind"},
    ),
}


@pytest.mark.parametrize("case", STUDIO_PAIRS)
def test_a_pair_is_matched_as_a_person_would(case: str) -> None:
    drawn, project, right = STUDIO_PAIRS[case]
    found = match(drawn, project)
    assert pairs(found) == right, [(one.placeholder, one.layer, one.confidence, one.why) for one in found.matches]
    assert all(0.5 <= one.confidence <= 1 for one in found.matches if one.layer)
    assert all(one.confidence == 0 for one in found.matches if one.layer is None)
    assert all(one.why for one in found.matches)


def test_only_equal_names_of_one_kind_are_certain() -> None:
    found = match(
        design(layer("Main Title", text="a"), layer("logo v2"), layer("ribbon")),
        template(Want("main_title"), Want("img_logo", footage="l.png"), Want("ribbons", footage="q.png")),
    )
    assert confidence(found, "main_title") == 1.0
    assert 0.9 < confidence(found, "ribbons") < confidence(found, "img_logo") < 1.0


def test_a_part_of_a_name_is_not_the_name() -> None:
    """`title` in `main title` is likely, not certain; a number more is another thing."""
    found = match(design(layer("main title", text="a"), layer("Player 12", text="b")), template(Want("title")))
    assert pairs(found) == {"title": "main title"}
    assert 0.5 < confidence(found, "title") < 0.9
    found = match(design(layer("Player 12", (0, 0, 9, 9), text="b")), template(Want("Player 1", (900, 900, 100, 100))))
    assert confidence(found, "Player 1") < 0.7


def test_two_layers_of_one_name_make_it_doubtful_unless_their_places_tell_them_apart() -> None:
    twins = design(
        layer("logo", (40, 40, 200, 200), group="A"), layer("logo", (40, 800, 200, 200), group="B"), size=(1080, 1080)
    )
    blind = match(twins, template(Want("logo", footage="l.png")))
    assert confidence(blind, "logo") <= 0.75
    assert "nearly as well" in blind.matches[0].why
    placed = match(twins, template(Want("logo", (40, 800, 200, 200), footage="l.png")))
    assert pairs(placed) == {"logo": "B/logo"}


def test_a_background_is_not_taken_for_the_picture_because_it_covers_the_same_place() -> None:
    """The placeholder's box is the whole comp, as that of the Background; a person would leave it."""
    full = (0, 0, 1080, 1080)
    found = match(
        design(layer("Background", full), layer("Title", (80, 80, 500, 90), "Hello")),
        template(Want("featuredimage1", full, footage="someone.png"), Want("title")),
    )
    assert pairs(found) == {"featuredimage1": None, "title": "Title"}


def test_a_hidden_layer_is_taken_only_for_want_of_a_better_one_and_says_so() -> None:
    found = match(design(layer("logo", visible=False)), template(Want("logo", footage="l.png")))
    assert pairs(found) == {"logo": "logo"}
    assert confidence(found, "logo") < 0.8
    assert "hidden" in found.matches[0].why


def test_a_name_that_stands_in_several_comps_gets_one_layer() -> None:
    found = match(
        design(layer("Title", text="Hello"), layer("Other", text="Bye")),
        template(Want("title", comp=1), Want("title", comp=2), Want("TITLE", comp=3)),
    )
    assert [one.layer for one in found.matches] == ["Title", "Title", "Title"]
    assert found.unused_layers == ("Other",)


def test_a_layer_fills_several_placeholders_only_if_they_bear_one_name() -> None:
    found = match(design(layer("Title", text="Hello")), template(Want("title"), Want("main title"), Want("title text")))
    assert sorted(filter(None, pairs(found).values())) == ["Title"]


def test_the_copy_of_the_design_inside_the_project_is_left_alone() -> None:
    """Its layers have equal names, and all of them would be wrong."""
    found = match(
        design(layer("Title", text="Hello")),
        template(Want("headline", comp=1), Want("Title", comp=2), skip=(2,)),
    )
    assert pairs(found) == {"headline": "Title"}


def test_a_text_from_the_csv_wins_and_keeps_the_layer() -> None:
    found = match(
        design(layer("Title", text="Hello")),
        template(Want("title"), Want("Venue"), Want("logo", footage="l.png")),
        {"TITLE ": "Good evening", "venue": "Town Hall", "logo": "not a text", "nobody": "x"},
    )
    title, venue, logo = found.matches
    assert (title.layer, title.value, title.confidence, title.why) == ("Title", "Good evening", 1.0, "given in the CSV")
    assert (venue.layer, venue.value, venue.why) == (None, "Town Hall", "given in the CSV")
    assert logo.value is None
    assert unknown_texts(template(Want("title"), Want("logo", footage="l.png")), ["TITLE ", "nobody", "logo"]) == (
        "nobody",
        "logo",
    )


def test_names_with_two_numbers_are_the_same_only_if_both_are() -> None:
    names = ["day_1_1", "day_1_11", "day_11_1", "day_1_12", "day_11_2"]
    drawn = design(*(layer(name, (10 + 50 * place, 10, 40, 40)) for place, name in enumerate(names)))
    wanted = [Want(name, (10 + 50 * place, 400, 40, 40), footage="f.png") for place, name in enumerate(reversed(names))]
    found = match(drawn, template(*wanted))
    assert pairs(found) == {name: name for name in names}
    assert {one.confidence for one in found.matches} == {1.0}


def test_a_name_with_another_number_is_never_sure() -> None:
    found = match(design(layer("Row 1 1", text="a")), template(Want("Row 11")))
    assert confidence(found, "Row 11") < 0.8


def test_a_text_from_the_csv_is_found_whatever_form_its_accents_have() -> None:
    """A Mac writes file names, and what is named after them, with accents apart; spreadsheets write them in one."""
    apart, in_one = "Le\u0301gende", "L\u00e9gende"
    (found,) = match(design(layer("x", text="y")), template(Want(apart)), {in_one: "Bonsoir"}).matches
    assert found.value == "Bonsoir"
    assert unknown_texts(template(Want(apart)), [in_one]) == ()


@pytest.mark.parametrize(
    ("name", "size", "fit"),
    [("photo", (1920, 1080), "fill"), ("photo", (600, 600), "fit"), ("sponsor logo", (1920, 1080), "fit")],
)
def test_photographs_fill_their_frame_and_logos_are_never_cut(name: str, size: tuple[int, int], fit: str) -> None:
    found = match(design(layer(name, (10, 10, 300, 300))), template(Want(name, footage="x.png", size=size)))
    assert found.matches[0].fit == fit


def test_a_swapped_numbering_is_reported_with_less_confidence() -> None:
    """The numbers run upwards on the page: places say one thing, numbers another."""
    rows = [(80, top, 400, 50) for top in (200, 400, 600)]
    drawn = design(*(layer(word, row, word) for word, row in zip(("ANA", "BEA", "CLEO"), rows, strict=True)))
    same = match(drawn, template(*(Want(f"name{n}", rows[n - 1]) for n in (1, 2, 3))))
    swapped = match(drawn, template(*(Want(f"name{n}", rows[3 - n]) for n in (1, 2, 3))))
    assert confidence(same, "name1") > confidence(swapped, "name1") + 0.1
    assert "its number says another place" in swapped.matches[0].why


def test_more_names_than_the_design_has_are_filled_from_the_first_with_little_confidence() -> None:
    rows = [(80, top, 400, 50) for top in (200, 400, 600, 800)]
    drawn = design(*(layer(word, row, word) for word, row in zip(("ANA", "BEA"), rows, strict=False)))
    found = match(drawn, template(*(Want(f"player{n}") for n in (1, 2, 3, 4))))
    assert pairs(found) == {"player1": "ANA", "player2": "BEA", "player3": None, "player4": None}
    assert confidence(found, "player1") < 0.7


def test_candidates_are_at_most_three_other_layers_of_the_same_kind() -> None:
    found = match(
        design(*(layer(f"title {word}", text=word) for word in ("red", "green", "blue", "black", "white"))),
        template(Want("title colour")),
    )
    one = found.matches[0]
    assert len(one.candidates) == 3
    assert one.layer not in {candidate.layer for candidate in one.candidates}
    assert all(candidate.confidence >= 0.3 for candidate in one.candidates)


def test_nothing_on_either_side_is_no_error() -> None:
    assert match(design(), template(Want("title"))).matches[0].layer is None
    assert match(design(layer("a", text="a")), Template("t", "aep", "25", (), (), (), 0)).matches == ()


def test_the_same_input_gives_the_same_answer() -> None:
    drawn, project, _ = STUDIO_PAIRS["a grid of unnamed photographs, left to right"]
    assert match(drawn, project) == match(drawn, project)


def test_a_large_job_is_matched_by_name_in_moderate_time() -> None:
    """400 placeholders with prefixes, in another order: the way for large jobs gives the same right answers."""
    names = [f"{a} {b}" for a in ("red", "green", "blue", "amber") for b in (f"item{n:03d}" for n in range(100))]
    drawn = design(*(layer(f"{name.title()} copy", text=re.sub("[aeiou]", "", name)) for name in reversed(names)))
    found = match(drawn, template(*(Want(f"txt_{name.replace(' ', '_')}") for name in names)))
    assert pairs(found) == {f"txt_{name.replace(' ', '_')}": f"{name.title()} copy" for name in names}


def test_a_layer_beside_the_canvas_is_passed_over_like_a_hidden_one() -> None:
    drawn = design(layer("logo", (40, 40, 200, 200)), layer("logo", (1400, 40, 200, 200), group="parked"))
    assert pairs(match(drawn, template(Want("logo", footage="l.png")))) == {"logo": "logo"}
    only = match(design(layer("logo", (1400, 40, 200, 200))), template(Want("logo", footage="l.png")))
    assert "beside the canvas" in only.matches[0].why


def test_a_picture_in_a_container_is_known_by_its_comp() -> None:
    """Each fills a comp of its own and is called `image`: only the comps' names tell which is which."""
    drawn = design(
        layer("Speaker photo", (80, 80, 400, 400)), layer("Venue photo", (600, 80, 400, 400)), layer("T", text="x")
    )
    wants = (Want("T"), Want("image", (0, 0, 1080, 1080), footage="a.png", comp=2))
    project = template(*wants, Want("image", (0, 0, 1080, 1080), footage="b.png", comp=3))
    comps = tuple(
        replace(comp, name=name) for comp, name in zip(project.comps, ("main", "Venue comp", "Speaker"), strict=True)
    )
    found = match(drawn, replace(project, comps=comps))
    assert [one.layer for one in found.matches] == ["T", "Venue photo", "Speaker photo"]


def test_what_a_picture_shows_decides_where_names_and_places_do_not() -> None:
    drawn = design(layer("Layer 1", (80, 80, 300, 300)), layer("Layer 2", (600, 80, 300, 300)))
    project = template(Want("pic a", footage="a.png"), Want("pic b", footage="b.png"))
    crossed = {
        (one.id, path): 0.95 if (one.name, path) in {("pic a", "Layer 2"), ("pic b", "Layer 1")} else 0.3
        for one in project.placeholders
        for path in ("Layer 1", "Layer 2")
    }
    found = match(drawn, project, alike=crossed)
    assert pairs(found) == {"pic a": "Layer 2", "pic b": "Layer 1"}
    assert "looks like it (95%)" in found.matches[0].why
    assert pairs(match(drawn, project)) != pairs(found)


def test_pictures_that_differ_do_not_outweigh_equal_names() -> None:
    """A template holds any picture until it is filled."""
    project = template(Want("portrait", footage="someone.png"))
    drawn = design(layer("portrait copy", (0, 0, 300, 300)), layer("badge", (400, 0, 300, 300)))
    alike = {(project.placeholders[0].id, "portrait copy"): 0.1, (project.placeholders[0].id, "badge"): 0.6}
    found = match(drawn, project, alike=alike)
    assert pairs(found) == {"portrait": "portrait copy"}
    assert "looks like it" not in found.matches[0].why, "what speaks against a pair is no reason for it"
