"""What a page says of pairs: their lines in the sidecar, their issues, their order, and what is new since last time."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hotfolderd.model import Box, Candidate, Design, DesignLayer, Issue, Match, Matching, Template, TextLook
from hotfolderd.review.writing import review_text
from hotfolderd.stages.template.ask_review import groups_of
from hotfolderd.stages.template.changes import changes_since
from hotfolderd.stages.template.draw_review import Drawn
from hotfolderd.stages.template.shown_pairs import ShownPair, layers_to_choose, match_lines, shown_pairs

HOSTILE = "  - placeholder: x\n    layer: y"


def layer(name: str, text: str | None = None, **more: Any) -> DesignLayer:
    look = TextLook(text) if text is not None else None
    kind: Any = more.pop("kind", "image" if text is None else "text")
    return DesignLayer(name, name, kind, Box(0, 0, 9, 9), True, 1.0, 0, look, thumbnail=f"previews/{name}.png", **more)


def match(name: str, chosen: str | None, confidence: float = 0.9, **more: Any) -> Match:
    kind = more.pop("kind", "image")
    return Match(name, name, more.pop("comp", "main"), kind, chosen, confidence=confidence, **more)


def design(*layers: DesignLayer) -> Design:
    return Design("d.psd", 9, 9, "RGB", 8, layers)


def shown(
    matches: list[Match], *layers: DesignLayer, issues: tuple[Issue, ...] = (), text: str = ""
) -> list[ShownPair]:
    template = Template("t.aep", "aep", "24.0", (), (), (), 1)
    drawn = Drawn(placeholders={one.placeholder_id: f"previews/ae/{one.placeholder}.jpg" for one in matches})
    return shown_pairs(Matching(tuple(matches)), design(*layers), template, drawn, issues, text)


def test_the_lines_of_each_pair_are_those_of_the_sidecar() -> None:
    """Also where a text looks like the beginning of another pair."""
    rivals = (Candidate("B", 0.5),)
    matches = [
        match(HOSTILE, HOSTILE, candidates=rivals),
        match("two", None),
        match("three", "x", kind="text", value=HOSTILE),
    ]
    text = review_text("J1", 1, matches, [HOSTILE])
    blocks = match_lines(text)
    assert len(blocks) == len(matches)
    lines = text.splitlines()
    for first, block in blocks:
        assert lines[first - 1 : first - 1 + len(block.splitlines())] == block.splitlines()
    assert "".join(block for _, block in blocks).count("confidence:") == 3
    pairs = shown(matches, text=text)
    assert [(one.first_line, one.lines) for one in pairs] == blocks


def test_an_issue_stands_beside_its_pair_and_no_other() -> None:
    about = Issue("resolution_warning", "critical", "small", placeholder="a", details={"comp": "main"})
    everywhere = Issue("missing_asset", "warning", "gone", placeholder="a")
    known = Issue("low_confidence_match", "warning", "the badge says so", placeholder="a")
    pairs = shown([match("a", "A"), match("a", "A", comp="other"), match("b", "A")], issues=(about, everywhere, known))
    assert [one.issues for one in pairs] == [(about, everywhere), (everywhere,), ()]
    assert [one.urgent for one in pairs] == [True, False, False]


def test_the_doubtful_come_first_and_the_sure_last() -> None:
    matches = [match("sure", "A"), match("low", "A", 0.6), match("none", None, 0.0), match("likely", "A", 0.75)]
    matches += [match("lower", "A", 0.5), match("own words", None, 1.0, kind="text", value="x")]
    groups = groups_of(shown(matches))
    names = [[one.match.placeholder for one in group["pairs"]] for group in groups]
    assert names == [["lower", "low", "none"], ["likely"], ["sure", "own words"]]


def test_only_layers_that_can_be_shown_are_to_be_chosen_and_a_rival_knows_its_place() -> None:
    layers = [layer("low"), layer("words", "Hello"), layer("group", kind="group"), layer("empty", " ")]
    found = layers_to_choose(design(*layers), Drawn(layers={"low": "previews/layers/low.jpg"}))
    assert [(one["path"], one["kind"], one["picture"]) for one in found] == [
        ("words", "text", "previews/words.png"),
        ("low", "image", "previews/layers/low.jpg"),
    ]
    (pair,) = shown(
        [match("a", "words", candidates=(Candidate("words", 0.9), Candidate("low", 0.4), Candidate("group", 0.3)))],
        *layers,
    )
    assert [(one.layer, one.index) for one in pair.candidates] == [("low", 1), ("group", None)]


A = match("a", "A", kind="text", value="Hello")


@pytest.mark.parametrize(
    ("before", "now", "proposed", "says", "words"),
    [
        ([A], [A], [A], "Hello", []),
        ([], [A], [A], "Hello", ["It is new in the template; proposed is layer “A” with the text “Hello”."]),
        ([A], [], [], "Hello", ["It is not in the template any more."]),
        ([A], [A], [A], "Hello!", ["The layer “A” says “Hello!” in the design; approved was “Hello”."]),
        ([A], [A], [A], None, ["The layer “A” is not in the design any more."]),
        (
            [A],
            [A],
            [dataclasses.replace(A, layer="B", confidence=0.81)],
            "Hello",
            ["layer “A” with the text “Hello” was approved; the proposal is layer “B” with the text “Hello”, 81 %."],
        ),
        (
            [A],
            [dataclasses.replace(A, layer=None, value=None)],
            [dataclasses.replace(A, layer=None, value=None)],
            "Hello",
            ["layer “A” with the text “Hello” was approved, now it is nothing (it stays as it is)."],
        ),
    ],
)
def test_what_changed_since_the_last_approval_is_told(
    before: list[Match], now: list[Match], proposed: list[Match], says: str | None, words: list[str]
) -> None:
    layers = [layer("B", "Hello"), *([layer("A", says)] if says is not None else [])]
    found = changes_since(Matching(tuple(before)), Matching(tuple(now)), Matching(tuple(proposed)), design(*layers))
    assert [one.words for one in found] == words
    assert {one.placeholder for one in found} <= {"a"}
