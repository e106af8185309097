"""The matching step with a memory: what was approved before comes first, the rest is matched with what is left."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hotfolderd.config import Config
from hotfolderd.engine.steps import order_for
from hotfolderd.matching.memory import Approval, Memory, Pair, structure_of
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
from hotfolderd.stages.template import match
from hotfolderd.stages.template.line import MATCH, THE_DESIGN, THE_TEMPLATE
from hotfolderd.work import WORK, Result, Workbench

SHA = "e" * 64
NAMES = ("txt_title", "txt_name", "txt_city")


def a_layer(name: str, text: str, top: float) -> DesignLayer:
    return DesignLayer(name, name, "text", Box(10, top, 100, 20), True, 1.0, 0, TextLook(text, "Inter", 20))


def a_design(*more: DesignLayer) -> Design:
    layers = (a_layer("title", "Cup", 10), a_layer("name", "Ann", 100), *more)
    return Design("assets/a.psd", 200, 300, "RGB", 8, layers)


TEMPLATE = Template(
    "assets/t.aep",
    "aep",
    "25",
    (Comp(1, "main", 200, 300, 25.0, 1.0, 3),),
    tuple(
        Placeholder(f"1:{at}", name, "text", "main", 1, at, at, Box(10, 10 + 90 * at, 100, 20), text=TextLook(name))
        for at, name in enumerate(NAMES)
    ),
    (),
    1,
)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A job of which both files were read, and nothing is learned."""
    job, config = tmp_path / "folders" / "1-processing" / "J1", Config(root=tmp_path / "folders")
    for step in ("identify", "read-design", "read-template", "match.new"):
        (job / WORK / step).mkdir(parents=True)
    for note in (THE_DESIGN, THE_TEMPLATE):
        (job / note).write_text(f"{SHA}  assets/a\n")
    (job / WORK / "read-template" / "template.json").write_text(to_json(TEMPLATE))
    order = {"job": "J1", "batch": "B1", "design": "assets/a.psd", "template": "assets/t.aep", "output_name": "a.aep"}
    (job / "job.yaml").write_text(yaml.safe_dump(order))
    facts = {**config.facts(), "fonts": {}}
    return Workbench(job, job / WORK / "match.new", facts)


def run(bench: Workbench, design: Design) -> tuple[dict[str, Match], Matching, Result]:
    (bench.job / WORK / "read-design" / "design.json").write_text(to_json(design))
    result = match.run(bench)
    matching = from_json(Matching, (bench.out / "matches.json").read_bytes())
    return {one.placeholder: one for one in matching.matches}, matching, result


def learn(bench: Workbench, **answers: str | None) -> None:
    pairs = tuple(Pair(one.id, "text", answers[one.name]) for one in TEMPLATE.placeholders if one.name in answers)
    approval = Approval("J0", "u0", "anna", "2026-11-20T10:00:00.000Z", structure_of(a_design(), SHA), pairs)
    folder = Path(bench.facts["learned"])
    folder.mkdir(parents=True)
    (folder / f"{SHA}.json").write_text(to_json(Memory((approval,))))


def test_without_a_memory_all_is_matched(bench: Workbench) -> None:
    found, _, result = run(bench, a_design())
    assert (found["txt_title"].layer, found["txt_name"].layer) == ("title", "name")
    assert not any(one.remembered for one in found.values())
    assert "0 as approved before" in result.message


def test_memory_comes_first_and_what_it_takes_is_not_proposed_again(bench: Workbench) -> None:
    """The title and the name were swapped by a person; the new layer goes to the placeholder that is left."""
    learn(bench, txt_title="name", txt_name="title", txt_city=None)
    found, matching, result = run(bench, a_design(a_layer("city", "Oslo", 190)))
    assert [one.placeholder for one in matching.matches] == list(NAMES)
    assert [found[name].layer for name in NAMES] == ["name", "title", "city"]
    assert [found[name].remembered for name in NAMES] == [True, True, False]
    assert found["txt_title"].why == "as approved by anna on 2026-11-20"
    assert "as approved" not in found["txt_city"].why
    assert matching.unused_layers == ()
    assert "2 as approved before" in result.message


def test_a_layer_that_memory_has_taken_is_not_proposed_for_what_is_new(bench: Workbench) -> None:
    learn(bench, txt_title="name")
    found, matching, _ = run(bench, a_design())
    assert found["txt_title"].layer == "name"
    assert found["txt_name"].layer != "name"
    used = [one.layer for one in matching.matches if one.layer]
    assert len(used) == len(set(used))
    assert set(matching.unused_layers) == {"title", "name"} - set(used)


def test_what_people_left_as_it_is_is_no_warning_any_more(bench: Workbench) -> None:
    before = [one.severity for one in run(bench, a_design())[2].issues if one.placeholder == "txt_city"]
    learn(bench, txt_title="title", txt_name="name", txt_city=None)
    found, _, result = run(bench, a_design())
    assert found["txt_city"].why == "left as it is, as approved by anna on 2026-11-20"
    assert before == ["warning"]
    assert [one.severity for one in result.issues if one.placeholder == "txt_city"] == ["info"]


def test_a_job_stays_as_it_was_shown_whatever_is_learned_later(bench: Workbench) -> None:
    before = order_for(bench.job, MATCH, bench.facts).fingerprint
    learn(bench, txt_title="name")
    assert order_for(bench.job, MATCH, bench.facts).fingerprint == before
