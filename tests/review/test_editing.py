"""Editing one key leaves the rest of a sidecar as the person has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfolderd.review.editing import set_keys
from hotfolderd.review.strict_yaml import load
from hotfolderd.review.writing import approval_text, override_text, review_text

TEXT = review_text("J1", 1, [], ["Background"])


def test_one_line_is_changed_and_no_other() -> None:
    changed = set_keys(TEXT, {"decision": "approve"})
    before, after = TEXT.splitlines(), changed.splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [(before[3], "decision: approve")]


def test_a_key_that_is_not_there_comes_before_the_last_line() -> None:
    changed = set_keys(TEXT, {"reason": "ten chars!"})
    assert changed.splitlines()[-2:] == ["reason: ten chars!", "end: true"]
    assert set_keys("decision: pending\n", {"by": "anna"}) == "decision: pending\nby: anna\n"
    assert set_keys("", {"decision": "approve"}).strip() == "decision: approve"


def test_only_keys_of_the_first_level_are_meant() -> None:
    text = "matches:\n  - placeholder: a\n    notes: inner\nnotes: outer\nend: true\n"
    assert load(set_keys(text, {"notes": "new"})) == {
        "matches": [{"placeholder": "a", "notes": "inner"}],
        "notes": "new",
        "end": True,
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text", [TEXT, override_text("J1", 1, []), approval_text("J1", 1, {"ready": True})], ids=["2", "4", "6"]
)
def test_what_was_edited_can_be_read(text: str, newline: str) -> None:
    changed = set_keys(text.replace("\n", newline), {"decision": "hold", "by": "anna", "notes": "a: b # c"})
    content = load(changed)
    assert (content["decision"], content["by"], content["notes"]) == ("hold", "anna", "a: b # c")
    assert content["end"] is True
    assert set(content) == set(load(text)) | {"by", "notes"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_set_and_set_again(value: str) -> None:
    once = set_keys(TEXT, {"notes": value, "reason": value})
    assert load(once)["notes"] == load(once)["reason"] == value
    assert set_keys(once, {"notes": value, "reason": value}) == once


@pytest.mark.parametrize(
    "notes",
    ["notes: |\n  first\n  second\n", "notes: >-\n  first\n\n  second\n", "notes: 'first\n  second'\n", "notes:\n"],
)
def test_a_text_over_several_lines_is_replaced_as_a_whole(notes: str) -> None:
    content = load(set_keys(f"decision: pending\n{notes}by: anna\nend: true\n", {"notes": "new"}))
    assert content == {"decision": "pending", "notes": "new", "by": "anna", "end": True}


def test_the_words_of_the_last_line_within_a_text_mislead_nobody() -> None:
    text = 'notes: "write end: true below"\n'
    assert load(set_keys(text, {"decision": "approve"})) == {"notes": "write end: true below", "decision": "approve"}
