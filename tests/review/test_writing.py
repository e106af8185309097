"""Sidecars written: what the daemon writes it also reads, whatever strangers have called their layers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfolderd.model import Candidate, Issue, Match
from hotfolderd.review.models import ApprovalSidecar, OverrideSidecar, ReviewSidecar
from hotfolderd.review.reading import parse
from hotfolderd.review.schemas import schemas
from hotfolderd.review.strict_yaml import load
from hotfolderd.review.writing import approval_text, flow, override_text, review_text, scalar

NASTY = [
    "", " ", "😀\nsmile",
    "null", "~", "true", "no", "1", "1.10", "007", "2026-11-20", "- a", "a: b", "a #b", "# a", "[x]", "{x",
    "*a", "&a", "!a", "%a", "@a", "`a", "'", '"', "it's", 'say "x"', "a\nb", "a\r\nb", "\t", "a\\nb", "<<", "=", "|",
    ">", "?", "end: true", "a,b", "a]b", "x" * 5000, "für ✓ 日本", "\u202eb", "\x07", "\x85", "\u2028", "\ufeff",
    "\U0001f600", "“a”", "a ", " a", "Group/Layer (2)", "---", "...", "a：b",
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("text", NASTY, ids=repr)
def test_a_value_comes_back_as_it_was(text: str) -> None:
    assert "\n" not in scalar(text)
    assert load(f"a: {scalar(text)}\n") == {"a": text}
    assert load(f"a: {flow({'b': text, 'c': 'd'})}\n") == {"a": {"b": text, "c": "d"}}
    assert load(f"a: {scalar([text, 'd'])}\n") == {"a": [text, "d"]}


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert load(f"a: {scalar(text)}\nb: {flow({'c': text, 'd': [text]})}\n") == {
        "a": text,
        "b": {"c": text, "d": [text]},
    }


@pytest.mark.parametrize("value", [None, True, False, 0, -3, 0.5, 0.86, 1.0, [], [1, "a"]])
def test_other_values_come_back_too(value: object) -> None:
    assert load(f"a: {scalar(value)}\n") == {"a": value}


def match(placeholder: str, layer: str | None, value: str | None, **more: object) -> Match:
    kind = more.pop("kind", "text")
    return Match(placeholder, "id", "comp", kind, layer, value, **more)  # type: ignore[arg-type]  # fields by name


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@settings(max_examples=40, deadline=None)
def test_a_review_that_was_written_is_pending_and_says_what_was_proposed(a: str, b: str, c: str, d: str) -> None:
    matches = [
        match(a, b, c, confidence=0.941, why=d, candidates=(Candidate(b, 0.4),)),
        match("logo", None, None, kind="image", confidence=0.0),
        match("photo", c, None, kind="image", fit="fill", confidence=1.0),
    ]
    sidecar = parse(review_text("J1", 3, matches, [d, "x"]).encode(), ReviewSidecar, "review.yaml")
    assert sidecar.decision == "pending"
    assert sidecar.for_ is not None
    assert (sidecar.for_.job, sidecar.for_.revision, sidecar.end) == ("J1", 3, True)
    assert sidecar.matches is not None
    first, second, third = sidecar.matches
    assert (first.placeholder, first.layer, first.value, first.why, first.confidence) == (a, b, c, d, 0.94)
    assert (second.layer, second.fit) == (None, "fit")
    assert (third.layer, third.fit) == (c, "fill")
    assert sidecar.unused_layers == [d, "x"]


@given(TEXTS, TEXTS)
@settings(max_examples=30, deadline=None)
def test_an_override_that_was_written_is_pending_and_shows_its_issues(message: str, layer: str) -> None:
    issues = [Issue("aspect_ratio_mismatch", "critical", message, "Mend it.", "logo", layer or None)]
    sidecar = parse(override_text("J1", 2, issues).encode(), OverrideSidecar, "override.yaml")
    assert (sidecar.decision, sidecar.reason) == ("pending", "")
    assert sidecar.issues[0]["message"] == message
    assert sidecar.issues[0].get("layer") == (layer or None)


def test_an_override_without_issues_can_be_read() -> None:
    text = override_text("J1", 2, [])
    assert parse(text.encode(), OverrideSidecar, "override.yaml").decision == "pending"


@pytest.mark.parametrize(("critical", "choice"), [(0, " approve |"), (2, " force_approve |")])
def test_an_approval_that_was_written_is_pending_and_offers_what_is_allowed(critical: int, choice: str) -> None:
    text = approval_text("J1", 1, {"ready": not critical, "critical": critical, "grade": "A"})
    sidecar = parse(text.encode(), ApprovalSidecar, "approval.yaml")
    assert (sidecar.decision, sidecar.return_to) == ("pending", "2-review")
    assert sidecar.output_validation["critical"] == critical
    offered = next(line for line in text.splitlines() if line.startswith("decision:"))
    assert choice in offered
    assert (" approve |" in offered) is not critical or not critical


@pytest.mark.parametrize(
    "text",
    [review_text("J1", 1, [], []), override_text("J1", 1, []), approval_text("J1", 1, {"ready": True})],
    ids=["review", "override", "approval"],
)
def test_every_sidecar_names_its_schema_first_and_ends_with_its_last_line(text: str) -> None:
    lines = text.splitlines()
    assert lines[0].startswith("# yaml-language-server: $schema=../../.hotfolderd/schemas/")
    assert lines[0].rsplit("/", 1)[1] in schemas()
    assert lines[-1] == "end: true"
    assert text.endswith("\n")


def test_a_job_id_that_looks_like_a_number_stays_a_name() -> None:
    for job in ("007", "123", "true", "null", "1e5"):
        sidecar = parse(review_text(job, 1, [], []).encode(), ReviewSidecar, "x")
        assert sidecar.for_ is not None
        assert sidecar.for_.job == job
