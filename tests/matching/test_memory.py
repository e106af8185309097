"""What a new design takes over from approvals: by path, by place, by name; what is new is left to the matcher."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfolderd.matching.memory import (
    KEPT,
    Approval,
    Memory,
    Pair,
    Structure,
    applied,
    heirs,
    learned,
    recall,
    same_layers,
    same_shape,
    structure_of,
)
from hotfolderd.model import Box, Comp, Design, DesignLayer, Match, Placeholder, Template, TextLook

SHA = "a" * 64
NAMES = ("first", "second", "third")


def layer(path: str, text: str | None = None, top: float = 0.0, **more: Any) -> DesignLayer:
    """A layer; the part of its path behind the last slash is its name, a path that ends in `/` is a group."""
    name = path.rstrip("/").rpartition("/")[2].removesuffix(" (2)")
    kind = "group" if path.endswith("/") else "image" if text is None else "text"
    look = None if text is None else TextLook(text, "Inter", 40)
    box = Box(10, top, 100, 40) if kind != "group" else Box(0, 0, 0, 0)
    return DesignLayer(path.rstrip("/"), name, more.pop("kind", kind), box, True, 1.0, 0, look)


def design(*layers: DesignLayer) -> Design:
    return Design("assets/card.psd", 1000, 1000, "RGB", 8, layers)


def line_up(*people: str, title: str = "Cup final") -> Design:
    """A title with a name of its own, a cutout, and people whose layers are named by what they say."""
    rows = [layer(f"People/{one}", one, 200.0 * (at + 1)) for at, one in enumerate(people)]
    return design(layer("photo"), layer("People/"), *rows, layer("headline", title), layer("cutout", top=700))


PLACEHOLDERS = (
    *(Placeholder(f"1:{at}", name, "text", "main", 1, at, at) for at, name in enumerate(NAMES)),
    Placeholder("1:8", "txt_title", "text", "main", 1, 8, 8),
    Placeholder("1:9", "hero", "image", "main", 1, 9, 9),
)
TEMPLATE = Template("t.aep", "aep", "25", (Comp(1, "main", 1000, 1000, 25.0, 1.0, 5),), PLACEHOLDERS, (), 1)
OLD = line_up("ANNA", "BEN", "CARL")
ANSWERS = {"first": "People/ANNA", "second": "People/BEN", "third": "People/CARL", "txt_title": "headline"}


def approval(
    old: Design = OLD, by: str = "anna", day: str = "2026-11-20", uid: str = "u1", **answers: str | Pair | None
) -> Approval:
    """What a person has approved: `ANSWERS` and the cutout, but for those given."""
    pairs = []
    for one in PLACEHOLDERS:
        answer = answers.get(one.name, {**ANSWERS, "hero": "cutout"}[one.name])
        fit = "fill" if one.kind == "image" and answer else None
        pairs.append(answer if isinstance(answer, Pair) else Pair(one.id, one.kind, answer, fit))
    return Approval("J1", uid, by, f"{day}T10:00:00.000Z", structure_of(old, SHA), tuple(pairs))


def recalled(new: Design, *approvals: Approval, sha: str = SHA, **texts: str) -> dict[str, Match]:
    found = recall(Memory(approvals or (approval(),)), structure_of(new, sha), new, TEMPLATE, texts)
    return {one.placeholder: one for one in found}


def layers(found: dict[str, Match]) -> dict[str, str | None]:
    return {name: one.layer for name, one in found.items()}


# one design after the other ---------------------------------------------------------------------------------------


def test_the_same_design_gets_all_pairs_with_its_own_texts_and_says_who_approved_them() -> None:
    found = recalled(OLD)
    assert layers(found) == {**ANSWERS, "hero": "cutout"}
    assert {one.confidence for one in found.values()} == {0.99}
    assert {one.why for one in found.values()} == {"as approved by anna on 2026-11-20"}
    assert all(one.remembered for one in found.values())
    assert found["second"].value == "BEN"
    assert found["hero"].fit == "fill"


def test_layers_named_by_what_they_say_are_known_by_their_place() -> None:
    found = recalled(line_up("DORA", "EMIL", "FAYE", title="Semi final"))
    assert [found[name].layer for name in NAMES] == ["People/DORA", "People/EMIL", "People/FAYE"]
    assert [found[name].value for name in NAMES] == ["DORA", "EMIL", "FAYE"]
    assert [found[name].confidence for name in NAMES] == [0.97] * 3
    assert found["first"].why == "as approved by anna on 2026-11-20, in the same place"
    assert (found["txt_title"].value, found["txt_title"].confidence) == ("Semi final", 0.99)


def test_the_same_people_in_another_order_are_known_by_their_place_and_not_for_sure() -> None:
    found = recalled(line_up("BEN", "ANNA", "CARL"))
    assert [found[name].layer for name in NAMES] == ["People/BEN", "People/ANNA", "People/CARL"]
    assert found["first"].confidence < 0.9 < found["third"].confidence


def test_texts_that_have_changed_their_order_are_known_by_where_they_lie_and_not_for_sure() -> None:
    """Two lines one below the other are near enough to each other to be taken for one another."""
    new = line_up("DORA", "EMIL", "FAYE")
    places = {"People/DORA": 260, "People/EMIL": 200, "People/FAYE": 600}
    old = replace(
        OLD,
        layers=tuple(replace(one, box=replace(one.box, top=260)) if one.name == "BEN" else one for one in OLD.layers),
    )
    moved = [replace(one, box=replace(one.box, top=places.get(one.path, one.box.top))) for one in new.layers]
    found = recalled(design(*moved), approval(old))
    assert [found[name].value for name in NAMES] == ["EMIL", "DORA", "FAYE"]
    assert [found[name].confidence for name in NAMES] == [0.85, 0.85, 0.97]


def test_lines_that_have_moved_by_one_all_together_keep_their_order() -> None:
    old, new = line_up("ANNA", "BEN", "CARL"), line_up("DORA", "EMIL", "FAYE")
    tops = (300, 360, 420), (240, 300, 360)
    old, new = (
        replace(
            one,
            layers=tuple(
                replace(part, box=replace(part.box, top=rows[at - 2])) if at in (2, 3, 4) else part
                for at, part in enumerate(one.layers)
            ),
        )
        for one, rows in zip((old, new), tops, strict=True)
    )
    assert [one.value for name, one in recalled(new, approval(old)).items() if name in NAMES] == [
        "DORA",
        "EMIL",
        "FAYE",
    ]


def test_a_layer_that_lies_elsewhere_on_the_canvas_is_not_surely_meant() -> None:
    new = line_up("DORA", "EMIL", "FAYE")
    moved = replace(new.layers[2], box=Box(10, 900, 100, 40))
    found = recalled(replace(new, layers=(*new.layers[:2], moved, *new.layers[3:])))
    assert found["first"].layer == "People/DORA"
    assert found["first"].confidence == 0.75
    assert found["second"].confidence == 0.97


@pytest.mark.parametrize(
    "left", [pytest.param(300.0, id="left"), pytest.param(150.0, id="middle"), pytest.param(0.0, id="right")]
)
def test_a_longer_text_that_keeps_its_side_or_middle_is_in_its_place(left: float) -> None:
    old = replace(OLD, layers=tuple(replace(one, box=replace(one.box, left=300.0)) for one in OLD.layers))
    new = line_up("DORA", "EMIL", "FAYE")
    wide = replace(new.layers[2], box=Box(left, 200, 400, 40))
    found = recalled(replace(new, layers=(*new.layers[:2], wide, *new.layers[3:])), approval(old))
    assert found["first"].confidence == 0.97


def test_a_layer_that_was_renamed_though_its_name_told_something_is_less_sure() -> None:
    new = replace(OLD, layers=(*OLD.layers[:5], layer("slogan", "Cup final"), OLD.layers[6]))
    found = recalled(new)
    assert (found["txt_title"].layer, found["txt_title"].confidence) == ("slogan", 0.9)


def test_in_a_design_of_another_shape_only_names_count_and_the_rest_is_left_to_the_matcher() -> None:
    new = design(layer("photo"), layer("cutout"), layer("Titles/"), layer("Titles/headline", "Derby"))
    found = recalled(new)
    assert layers(found) == {"txt_title": "Titles/headline", "hero": "cutout"}
    assert found["txt_title"].confidence == 0.93
    assert found["txt_title"].why.endswith("by its name")


def test_a_name_that_several_layers_bear_says_nothing() -> None:
    new = design(layer("A/"), layer("A/headline", "x"), layer("B/"), layer("B/headline", "y"))
    assert recalled(new) == {}


def test_no_layer_of_the_wrong_kind_is_ever_given() -> None:
    new = replace(OLD, layers=(*OLD.layers[:6], layer("cutout", "a text now")))
    assert "hero" not in recalled(new)
    wrong = approval(hero="headline", txt_title="cutout")  # overridden by somebody
    assert not {"hero", "txt_title"} & recalled(OLD, wrong).keys()
    empty = replace(OLD.layers[6], box=Box(0, 0, 0, 0))
    assert "hero" not in recalled(replace(OLD, layers=(*OLD.layers[:6], empty)))


def test_one_layer_never_takes_the_places_of_two() -> None:
    """The body now stands where the title stood: it is the body, and no title is there."""
    old = design(layer("title", "Cup final"), layer("body", "Long ago"))
    new = design(layer("body", "Today"), layer("footer", "Tomorrow"))
    found = heirs(structure_of(old, SHA), structure_of(new, SHA))
    assert {path: heir.path for path, heir in found.items()} == {"body": "body"}


def test_one_layer_may_fill_several_placeholders_as_it_did() -> None:
    assert layers(recalled(OLD, approval(second="People/ANNA")))["second"] == "People/ANNA"


def test_another_template_remembers_nothing() -> None:
    assert recalled(OLD, sha="b" * 64) == {}


# nothing, and texts -----------------------------------------------------------------------------------------------


def test_what_was_left_as_it_is_stays_so() -> None:
    found = recalled(line_up("DORA", "EMIL", "FAYE"), approval(hero=None, third=None))
    assert (found["hero"].layer, found["hero"].remembered, found["hero"].confidence) == (None, True, 0.0)
    assert found["hero"].why == "left as it is, as approved by anna on 2026-11-20"
    assert found["third"].layer is None


def test_a_new_layer_of_the_kind_is_for_the_matcher_to_look_at() -> None:
    new = replace(OLD, layers=(*OLD.layers, layer("sponsor logo")))
    found = recalled(new, approval(hero=None, third=None))
    assert "hero" not in found
    assert found["third"].layer is None


def test_a_text_of_the_csv_is_set_and_says_so() -> None:
    found = recalled(OLD, approval(third=None), first="Dora", third="Faye")
    assert (found["first"].layer, found["first"].value) == ("People/ANNA", "Dora")
    assert found["first"].why == "as approved by anna on 2026-11-20, text given in the CSV"
    assert (found["third"].value, found["third"].confidence, found["third"].remembered) == ("Faye", 1.0, True)


def test_a_text_that_was_given_for_one_job_is_not_for_the_next() -> None:
    written = Pair("1:2", "text", None, given=True, text="Faye")
    for known in (approval(third=written), learned(Memory(), approval(third=written)).approvals[0]):
        found = recalled(OLD, known)["third"]
        assert (found.layer, found.value, found.remembered) == (None, None, False)
        assert found.why == "no layer, as approved by anna on 2026-11-20; its text was given then"


# several approvals ------------------------------------------------------------------------------------------------


def test_the_newest_of_those_that_fit_alike_wins() -> None:
    first, second = approval(), approval(by="ben", day="2026-11-21", uid="u2", first="People/BEN", second="People/ANNA")
    assert recalled(OLD, first, second)["first"].layer == "People/BEN"
    assert recalled(OLD, second, first)["first"].layer == "People/ANNA"


def test_one_that_fits_better_wins_over_a_newer_one() -> None:
    other = design(layer("headline", "x"), layer("cutout"))
    newer = approval(other, by="ben", uid="u2", first=None, second=None, third=None)
    found = recalled(OLD, approval(), newer)
    assert {one.why for one in found.values()} == {"as approved by anna on 2026-11-20"}


def test_a_job_that_is_approved_anew_or_a_design_built_alike_takes_the_place_of_the_one_before() -> None:
    memory = learned(Memory(), approval())
    again = learned(memory, approval(by="ben", first="People/BEN"))
    assert [one.by for one in again.approvals] == ["ben"]
    alike = approval(
        line_up("DORA", "EMIL", "FAYE"),
        uid="u2",
        by="dora",
        first="People/DORA",
        second="People/EMIL",
        third="People/FAYE",
    )
    assert [one.by for one in learned(memory, alike).approvals] == ["dora"]
    other = approval(uid="u3", hero=None)
    assert [one.uid for one in learned(memory, other).approvals] == ["u1", "u3"]


def test_memory_is_bounded() -> None:
    memory = Memory()
    for number in range(3 * KEPT):
        old = design(*(layer(f"layer {one}", str(one)) for one in range(number + 1)))
        memory = learned(memory, approval(old, uid=str(number)))
    assert [one.uid for one in memory.approvals] == [str(number) for number in range(2 * KEPT, 3 * KEPT)]


# structure --------------------------------------------------------------------------------------------------------


def test_groups_of_one_name_are_told_apart() -> None:
    one = design(layer("A/"), layer("A/x"), layer("A (2)/"), layer("A/x (2)"))
    other = design(layer("A/"), layer("A/x"), layer("A/x (2)"), layer("A (2)/"))
    assert [place.group for place in structure_of(one, SHA).layers] == [-1, 0, -1, 2]
    assert not same_shape(structure_of(one, SHA), structure_of(other, SHA))


@pytest.mark.parametrize(
    ("other", "shape", "same"),
    [
        pytest.param(OLD, True, True, id="itself"),
        pytest.param(line_up("DORA", "EMIL", "FAYE"), True, True, id="other texts"),
        pytest.param(line_up("DORA", "EMIL"), False, False, id="one layer less"),
        pytest.param(replace(OLD, layers=(*OLD.layers[:6], layer("player"))), True, False, id="a picture renamed"),
        pytest.param(replace(OLD, layers=(*OLD.layers[:6], layer("cutout", "x"))), False, False, id="another kind"),
        pytest.param(replace(OLD, layers=OLD.layers[::-1]), False, True, id="the same in another order"),
    ],
)
def test_designs_are_compared(other: Design, shape: bool, same: bool) -> None:
    one, two = structure_of(OLD, SHA), structure_of(other, SHA)
    assert same_shape(one, two) is shape
    assert same_layers(one, two) is same


# for the whole batch ----------------------------------------------------------------------------------------------


def proposal(new: Design, **more: str | None) -> list[Match]:
    """What the matcher proposes for a design: the people in their order, nothing for the rest but what is given."""
    people = [one for one in new.layers if one.path.startswith("People/")]
    given = {**{name: one.path for name, one in zip(NAMES, people, strict=False)}, **more}
    found = []
    for one in PLACEHOLDERS:
        path = given.get(one.name)
        chosen = new.layer(path) if path else None
        value = chosen.text.text if chosen and chosen.text else None
        found.append(Match(one.name, one.id, one.comp, one.kind, path, value, confidence=0.8, why="much alike"))
    return found


def served(
    new: Design, answer: Approval, structure: Structure | None = None, texts: dict[str, str] | None = None, **more: Any
) -> dict[str, Match] | None:
    text_of = {one.path: one.text.text for one in new.layers if one.text}.get
    found = applied(answer, structure or structure_of(new, SHA), proposal(new, **more), texts or {}, text_of)
    return None if found is None else {one.placeholder: one for one in found}


def test_another_job_gets_the_layers_and_keeps_its_own_texts() -> None:
    found = served(line_up("DORA", "EMIL", "FAYE", title="Derby"), approval())
    assert found is not None
    assert layers(found) == {
        "first": "People/DORA",
        "second": "People/EMIL",
        "third": "People/FAYE",
        "txt_title": "headline",
        "hero": "cutout",
    }
    assert [found[name].value for name in NAMES] == ["DORA", "EMIL", "FAYE"]
    assert (found["txt_title"].value, found["txt_title"].why) == ("Derby", "as in J1")
    assert found["hero"].fit == "fill"
    assert (found["first"].confidence, found["first"].why) == (0.8, "much alike")


def test_what_was_swapped_is_swapped_and_what_was_taken_out_is_taken_out() -> None:
    answer = approval(first="People/BEN", second="People/ANNA", third=None)
    found = served(line_up("DORA", "EMIL", "FAYE"), answer)
    assert found is not None
    assert [(found[name].layer, found[name].value) for name in NAMES] == [
        ("People/EMIL", "EMIL"),
        ("People/DORA", "DORA"),
        (None, None),
    ]


def test_texts_of_the_csv_are_the_jobs_own() -> None:
    found = served(line_up("DORA", "EMIL", "FAYE"), approval(third=None), texts={"TXT_title ": "Ours", "third": "Fee"})
    assert found is not None
    assert found["txt_title"].value == "Ours"
    assert (found["third"].layer, found["third"].value) == (None, "Fee")


def test_a_text_that_was_written_serves_those_that_have_no_layer_for_it_either() -> None:
    written = approval(txt_title=Pair("1:8", "text", None, given=True, text="Cup"))
    new = line_up("DORA", "EMIL", "FAYE")
    found = served(new, written)
    assert found is not None
    assert (found["txt_title"].layer, found["txt_title"].value) == (None, "Cup")
    assert served(new, written, txt_title="headline") is None
    own = served(new, written, texts={"txt_title": "Ours"})
    assert own is not None
    assert own["txt_title"].value == "Ours"


def test_a_text_of_the_first_jobs_csv_is_nobody_elses() -> None:
    ordered = approval(txt_title=Pair("1:8", "text", None, given=True))
    assert served(line_up("DORA", "EMIL", "FAYE"), ordered) is None


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(line_up("DORA", "EMIL"), id="a layer less"),
        pytest.param(line_up("BEN", "ANNA", "CARL"), id="the same names in another order"),
        pytest.param(replace(OLD, layers=(*OLD.layers[:6], layer("player", top=700))), id="a picture renamed"),
        pytest.param(
            replace(OLD, layers=(*OLD.layers[:2], layer("People/DORA", "DORA", 900), *OLD.layers[3:])), id="moved"
        ),
    ],
)
def test_a_job_with_other_layers_waits_for_a_person(new: Design) -> None:
    assert served(new, approval()) is None


def test_a_job_with_another_template_waits_for_a_person() -> None:
    assert served(OLD, approval(), structure_of(OLD, "b" * 64)) is None
    short = replace(approval(), pairs=approval().pairs[1:])
    assert served(OLD, short) is None
