"""What a text is by its form, and which names ask for such a thing."""

from __future__ import annotations

import pytest

from hotfolderd.matching.forms import forms_asked, forms_of
from hotfolderd.matching.names import parse


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("12 May 2026", "a date"),
        ("Saturday 6 June", "a date"),
        ("12–14 May", "a date"),
        ("Jan 8, 2026", "a date"),
        ("04.11.2026", "a date"),
        ("3. März", "a date"),
        ("7 pm", "a time"),
        ("18:30", "a time"),
        ("2 - 1", "a score"),
        ("$24.99", "a price"),
        ("from €749", "a price"),
        ("-25%", "a percentage"),
        ("nightshift.fm/new", "a web address"),
        ("jobs@harbourpost.org", "an e-mail address"),
        ("#lowtide", "a handle"),
        ("+44 20 7946 0018", "a telephone number"),
        ("11", "a number"),
    ],
)
def test_a_text_is_known_by_its_form(text: str, form: str) -> None:
    assert form in forms_of(text)


@pytest.mark.parametrize(
    "text", ["Marina", "Marcus", "Decent", "Ben Forman", "Salt and Ash", "Episode one", "", "v2.x"]
)
def test_plain_words_have_no_form(text: str) -> None:
    assert forms_of(text) == frozenset()


def test_names_ask_for_forms() -> None:
    assert forms_asked(parse("event_date")) == {"a date"}
    assert forms_asked(parse("Website")) == {"a web address"}
    assert forms_asked(parse("Headline")) == frozenset()
