"""What a reviewed list of matches means, line by line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from hotfolderd.model import (
    Box,
    Comp,
    Design,
    DesignLayer,
    Match,
    Matching,
    Placeholder,
    Template,
    TextLook,
    from_json,
    to_json,
)
from hotfolderd.review.models import MatchLine
from hotfolderd.review.reading import SidecarRefusedError, Written, read_written
from hotfolderd.review.writing import review_text
from hotfolderd.stages.template.decide import corrected

BOX = Box(0, 0, 100, 20)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A review of three texts; two placeholders of one comp have the same name."""
    layers = tuple(
        DesignLayer(name, name, "text", BOX, True, 1.0, order, TextLook(name.upper()))
        for order, name in enumerate(("one", "two", "three"))
    )
    places = (("1", "Text", "main"), ("2", "Text", "main"), ("3", "Text", "end"))
    template = Template(
        "t.aep",
        "aep",
        "AE",
        (Comp(1, "main", 100, 100, 25.0, 1.0, 2), Comp(2, "end", 100, 100, 25.0, 1.0, 1)),
        tuple(Placeholder(key, name, "text", comp, 1, int(key), 1) for key, name, comp in places),
        (),
        1,
    )
    matches = tuple(
        Match(name, key, comp, "text", layer.name, layer.name.upper(), confidence=0.9)
        for (key, name, comp), layer in zip(places, layers, strict=True)
    )
    texts = {
        ".job/work/read-design/design.json": to_json(Design("d.psd", 100, 100, "RGB", 8, layers)),
        ".job/work/read-template/template.json": to_json(template),
        ".job/work/match/matches.json": to_json(Matching(matches)),
        "review.yaml": review_text("J1", 1, matches, ()),
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def read(job: Path, text: str | None = None) -> Matching:
    """What is approved by a list of matches, or by the sidecar as it was asked."""
    written: Written = read_written(job / "review.yaml")
    rows = yaml.safe_load(written.data)["matches"] if text is None else yaml.safe_load(text)
    return corrected(job, written, [MatchLine(**row) for row in rows])


def layers(matching: Matching) -> list[str | None]:
    return [match.layer for match in matching.matches]


def test_placeholders_of_one_name_in_one_comp_keep_their_own_layers(job: Path) -> None:
    assert layers(read(job)) == ["one", "two", "three"]


def test_each_of_them_can_be_corrected_alone(job: Path) -> None:
    rows = yaml.safe_load((job / "review.yaml").read_text())["matches"]
    rows[1] |= {"layer": "three", "value": "THREE"}
    rows[2] |= {"skip": True}
    assert layers(read(job, yaml.safe_dump(rows))) == ["one", "three", None]


def test_a_line_without_a_comp_is_meant_for_all_of_its_name(job: Path) -> None:
    assert layers(read(job, "[{placeholder: Text, layer: two}]")) == ["two", "two", "two"]


def test_a_line_too_few_is_refused_because_nobody_knows_which_is_meant(job: Path) -> None:
    with pytest.raises(SidecarRefusedError, match="has 2 placeholders `Text`"):
        read(job, "[{placeholder: Text, comp: main, layer: two}, {placeholder: Text, comp: end, layer: one}]")


@pytest.mark.parametrize(
    "rows",
    [
        "[{placeholder: Text, comp: end, layer: two}, {placeholder: Text, comp: end, layer: one}]",
        "[{placeholder: Text, layer: two}, {placeholder: Text, layer: one}]",
    ],
)
def test_two_answers_for_one_placeholder_are_refused_because_nobody_knows_which_is_meant(job: Path, rows: str) -> None:
    with pytest.raises(SidecarRefusedError, match="`Text` stands in 2 lines"):
        read(job, rows)


def shown(job: Path, **changes: str | None) -> None:
    """What the first placeholder is proposed with, instead."""
    matches = list(from_json(Matching, (job / ".job/work/match/matches.json").read_bytes()).matches)
    matches[0] = dataclasses.replace(matches[0], **changes)  # type: ignore[arg-type]
    (job / ".job/work/match/matches.json").write_text(to_json(Matching(tuple(matches))))
    (job / "review.yaml").write_text(review_text("J1", 1, matches, ()))


def values(matching: Matching) -> list[str | None]:
    return [match.value for match in matching.matches]


def test_another_layer_brings_its_own_text_where_the_text_of_before_still_stands_behind_value(job: Path) -> None:
    rows = yaml.safe_load((job / "review.yaml").read_text())["matches"]
    rows[0] |= {"layer": "two"}
    rows[1] |= {"layer": "one"}
    rows[2] |= {"layer": None}
    assert values(read(job, yaml.safe_dump(rows))) == ["TWO", "ONE", None]


@pytest.mark.parametrize("layer", ["two", None])
def test_a_text_that_was_ordered_stays_when_only_the_layer_is_changed(job: Path, layer: str | None) -> None:
    shown(job, value="From the CSV")
    rows = yaml.safe_load((job / "review.yaml").read_text())["matches"]
    rows[0] |= {"layer": layer}
    assert values(read(job, yaml.safe_dump(rows)))[0] == "From the CSV"


def test_a_layer_alone_is_enough_for_its_text_to_be_set(job: Path) -> None:
    answer = "[{placeholder: Text, comp: end, layer: two}, {placeholder: Text, comp: main, layer: one, value: },"
    answer += "{placeholder: Text, comp: main, layer: three, value: ''}]"
    assert values(read(job, answer)) == ["ONE", "", "TWO"]


def test_what_was_proposed_stays_the_first_alternative_to_what_a_person_has_chosen(job: Path) -> None:
    """Else a slip, such as a text for a picture, is answered with the advice to take some other layer."""
    rows = yaml.safe_load((job / "review.yaml").read_text())["matches"]
    rows[0] |= {"layer": "two"}
    first = read(job, yaml.safe_dump(rows))
    assert [(one.layer, one.confidence) for one in first.matches[0].candidates] == [("one", 0.9)]
    assert first.matches[1].candidates == ()
    (job / ".job/approved.json").write_text(to_json(first))
    rows[0] |= {"layer": "three"}
    again = read(job, yaml.safe_dump(rows))
    assert [one.layer for one in again.matches[0].candidates] == ["one"]
    rows[0] |= {"layer": "one"}
    assert read(job, yaml.safe_dump(rows)).matches[0].candidates == ()
