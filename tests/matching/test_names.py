"""What names mean, and how alike they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfolderd.matching.likeness import EXACT, SAME_CORE, SAME_MEANING, likeness
from hotfolderd.matching.names import parse


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("player1fullname", ("player", "1", "fullname")),
        ("Player 01 Full-Name", ("player", "1", "full", "name")),
        ("heroPicture", ("hero", "picture")),
        ("XMLTitle", ("xml", "title")),
        ("cutout.png", ("cutout",)),
        ("[text]", ("text",)),
        (".f0", ("f", "0")),
        ("1st place", ("1", "place")),
        ("Player One", ("player", "1")),
        ("José", ("jose",)),
        ("★", ("★",)),
        ("", ()),
    ],
)
def test_a_name_is_cut_into_its_words(raw: str, words: tuple[str, ...]) -> None:
    assert parse(raw).words == words


@pytest.mark.parametrize(
    ("raw", "core"),
    [
        ("txt_name", ("name",)),
        ("IMG_logo copy 2", ("logo",)),
        ("Logo final v2.psd", ("logo",)),
        ("copy", ("copy",)),
        ("final 2", ("final", "2")),
        ("image 1", ("image", "1")),
        ("logo_img", ("logo",)),
        ("Title new", ("title",)),
    ],
)
def test_prefixes_and_versions_are_no_part_of_the_name(raw: str, core: tuple[str, ...]) -> None:
    assert parse(raw).core == core


@pytest.mark.parametrize("raw", ["Layer 3", "Rectangle 1 copy 4", "IMG_2044.jpg", "Ebene 7", "f0", "image", "図1"])
def test_names_that_programs_give_tell_nothing(raw: str) -> None:
    assert parse(raw).generic is (raw != "図1")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("green_yellow_bg", "Green Yellow BG.png", EXACT),
        ("featuredimage1", "featured image 1", EXACT),
        ("txt_title", "Title copy", SAME_CORE),
        ("STORY_TITLE", "story headline", SAME_MEANING),
        ("featuredImage", "hero picture", SAME_MEANING),
        ("sub title", "Strapline", SAME_MEANING),
        ("Layer 1", "layer_01", 0.8),
        ("match-date", "matchDate", EXACT),
        ("txt_kick-off", "kickoff copy", SAME_CORE),
        ("call-to-action", "Button", SAME_MEANING),
        ("Überschrift", "headline", SAME_MEANING),
        ("Text 1", "Image 1", 0.0),
        ("", "", 0.0),
    ],
)
def test_likeness_has_its_steps(a: str, b: str, expected: float) -> None:
    assert likeness(parse(a), parse(b)) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("player 1 name", "player 2 name"),
        ("home logo", "away logo"),
        ("first name", "last name"),
        ("title", "subtitle"),
        ("player photo", "sponsor photo"),
        ("home score", "home team"),
        ("team", "name"),
    ],
)
def test_names_meant_apart_are_never_alike(a: str, b: str) -> None:
    assert likeness(parse(a), parse(b)) < 0.5


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("player1fullname", "Player 1"),
        ("logo", "client logo"),
        ("main tittle", "Main Title Block"),
        ("venue", "venue info"),
        ("website", "Webste"),
        ("byline", "Byilne"),
    ],
)
def test_names_with_common_words_are_likely_but_not_certain(a: str, b: str) -> None:
    assert 0.5 < likeness(parse(a), parse(b)) < SAME_MEANING


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_a_share_and_the_same_both_ways(a: str, b: str) -> None:
    one, other = likeness(parse(a), parse(b)), likeness(parse(b), parse(a))
    assert 0.0 <= one <= 1.0
    assert one == pytest.approx(other, abs=0.1)
    assert (one == EXACT) <= (parse(a).key == parse(b).key)
