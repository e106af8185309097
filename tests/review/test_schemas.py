"""The schemas that editors check files with: they are those of the models, and judge as the models do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hotfolderd.cli.schemas import MODELS, built
from hotfolderd.config import write_default
from hotfolderd.model import Issue, Match
from hotfolderd.review.reading import SidecarRefusedError, parse
from hotfolderd.review.schemas import schemas, write_schemas
from hotfolderd.review.writing import approval_text, override_text, review_text

REPOSITORY = Path(__file__).parents[2]
MATCHES = [
    Match("title", "1:1", "main", "text", "Words/title", "2026", None, 0.94, "why: because"),
    Match("logo", "1:2", "main", "image", None),
]
# The files by example, as people are promised to be able to write them.
EXAMPLES = {
    "review": """\
for: {job: TEST001, revision: 1}
decision: pending
by:
apply_to: job
matches:
  - placeholder: player1fullname
    comp: test-aep
    kind: text
    layer: BEN FORMAN
    value: Ben Forman
    confidence: 0.94
    why: same kind, first of three from the top on both sides
    or: [ELOISE GRACE 0.41]
  - {placeholder: featuredimage1, comp: test-aep, kind: image, layer: cutout, fit: fill, why: its name}
unused_layers: [Background]
resolve_warnings: []
notes: ""
end: true
""",
    "override": """\
for: {job: TEST001, revision: 2}
decision: pending
reason: ""
by:
issues:
  - {id: 1, severity: critical, type: missing_font, message: a, placeholder: b, layer: cutout, fix: ""}
end: true
""",
    "approval": """\
for: {job: TEST001, revision: 1}
decision: pending
by:
notes: ""
reason: ""
return_to: 2-review
output_validation: {ready: true, critical: 0, warnings: 1, score: 95, grade: A}
end: true
""",
    "control": """\
action: retry
from: auto
priority: high
reason: ""
by: anna
""",
    "batch-control": "action: start\n",
    "batch": """\
submitted_by: anna
start: auto
max_jobs: 100
on_invalid_rows: reject
""",
    "episode": """\
episode: lighthouse
title: The Lighthouse
client: TestClient
workflow: step_by_step
generation:
  {mode: sequential, batch_size: 1, start_from: 1, auto_approve: false, generator: storyboard, max_regenerations: 10}
video: {width: 1280, height: 720, fps: 25}
scenes:
  - {number: 1, location: Lighthouse, description: Sarah cleans a chart, characters: [Sarah], dialogue: "Easy, boy.",
     duration: 5, style: cinematic, seed: 1, image: scene1.png, audio: scene1.wav}
""",
    "config": (REPOSITORY / "config.example.yaml").read_text("utf-8"),
}
WRITTEN = {
    "review": review_text("007", 1, MATCHES, ["dot", "2"]),
    "override": override_text("J1", 1, [Issue("missing_font", "warning", "a: b", "c", "title", "d")]),
    "approval": approval_text("J1", 3, {"ready": False, "critical": 1, "grade": "D"}),
}
RIGHT = [
    *EXAMPLES.items(),
    *WRITTEN.items(),
    ("review", "decision: approve\n"),
    ("review", "decision: approve\nby: 7\nmatches:\n  - {placeholder: 12, value: true, layer:}\nunused_layers:\n"),
    ("override", "decision: override\nreason: ten chars!\n"),
    ("override", "decision: return\n"),
    ("approval", "decision: reject\nreason: not as ordered\nreturn_to: 5-generation\n"),
    ("control", "action: priority\npriority: low\nend: true\n"),
    ("episode", "episode: 7\n"),
    ("config", "settle_s: 3\n"),
    ("config", "validation: {block_on: [missing_asset], reference: composition}\n"),
]
WRONG = [
    ("review", "decison: approve\n"),
    ("review", "decision: yes\n"),
    ("review", "decision: override\n"),
    ("review", "matches: title\n"),
    ("review", "matches: [{layer: x}]\n"),
    ("review", "matches: [{placeholder: x, fit: filll}]\n"),
    ("review", "matches: [{placeholder: x, skip: perhaps}]\n"),
    ("review", "resolve_warnings: [{notes: x}]\n"),
    ("review", "for: {job: J1, revision: 1}\ndecision: approve\n"),  # not saved to its end
    ("review", "for: {job: J1}\nend: true\n"),
    ("review", "end: no\n"),
    ("override", "decision: override\n"),
    ("override", "decision: override\nreason: short\n"),
    ("override", "decision: approve\n"),
    ("approval", "decision: force_approve\n"),
    ("approval", "decision: reject\nreason: no\n"),
    ("approval", "return_to: 4-override\n"),
    ("control", "by: anna\n"),
    ("control", "action: explode\n"),
    ("control", "action: priority\n"),
    ("control", "action: priority\npriority: urgent\n"),
    ("batch-control", "action: stop\n"),
    ("batch", "max_jobs: 0\n"),
    ("batch", "start: yes\n"),
    ("batch", "submited_by: anna\n"),
    ("episode", "scenes: [{description: x}]\n"),
    ("episode", "scenes: [{number: 1, description: x, duration: 0}]\n"),
    ("episode", "scenes: [{number: 1, description: x, duraton: 3}]\n"),
    ("episode", "video: {width: 1281}\n"),
    ("episode", "generation: {mode: both}\n"),
    ("episode", "workflow: stepwise\n"),
    ("config", "settle: 3\n"),
    ("config", "settle_s: soon\n"),
    ("config", "watch: always\n"),
    ("config", "validation: {block_on: [everything]}\n"),
    ("config", "retry: {attempts: 0}\n"),
]


def by_model(name: str, text: str) -> bool:
    try:
        parse(text.encode(), MODELS[name][0], "x")
    except SidecarRefusedError:
        return False
    return True


def by_schema(name: str, text: str) -> bool:
    """As an editor sees it, which takes 0.10 for a number."""
    checker = jsonschema.Draft7Validator(json.loads(schemas()[f"{name}.json"]))
    return bool(checker.is_valid(yaml.safe_load(text)))


def test_the_schemas_that_are_shipped_are_those_of_the_models() -> None:
    """If not: `make schemas`."""
    assert schemas() == built()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_schema_is_one_and_says_which_file_it_is_for(name: str) -> None:
    content = json.loads(schemas()[f"{name}.json"])
    jsonschema.Draft7Validator.check_schema(content)
    assert content["title"] == MODELS[name][1]
    assert content["additionalProperties"] is False
    model = MODELS[name][0]
    assert set(content["properties"]) == {field.alias or key for key, field in model.model_fields.items()}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_key_is_described_in_one_line(name: str) -> None:
    """An editor shows it beside the key. The settings have theirs from the comments of the example."""
    content = json.loads(schemas()[f"{name}.json"])
    bare = [key for key, one in keys_of(content) if not one.get("description") or "\n" in one["description"]]
    assert bare == []


def keys_of(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in (content, *content.get("$defs", {}).values()):
        for key, one in part["properties"].items():
            yield key, content["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one


@pytest.mark.parametrize(("name", "text"), RIGHT)
def test_what_the_models_take_the_schemas_take(name: str, text: str) -> None:
    assert by_model(name, text)
    assert by_schema(name, text)


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_what_the_models_refuse_the_schemas_refuse(name: str, text: str) -> None:
    assert not by_model(name, text)
    assert not by_schema(name, text)


def test_every_file_leads_from_its_first_line_to_its_schema(tmp_path: Path) -> None:
    """From a job folder into the root; from the configuration beside the root; from the example in the repository."""
    root = tmp_path / "my root"
    write_schemas(root / ".hotfolderd")
    (root / "2-review/J1").mkdir(parents=True)
    sidecar = root / "2-review/J1/review.yaml"
    sidecar.write_text(WRITTEN["review"])
    config = write_default(root)
    assert config is not None
    for file, name in ((sidecar, "review"), (config, "config"), (REPOSITORY / "config.example.yaml", "config")):
        first, _, _ = file.read_text("utf-8").partition("\n")
        link = first.removeprefix("# yaml-language-server: $schema=")
        assert link != first
        assert " " not in link
        target = file.parent / link.replace("%20", " ")
        assert target.read_text("utf-8") == schemas()[f"{name}.json"]


def test_the_schemas_of_a_root_are_written_again_only_where_they_differ(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    folder = tmp_path / "schemas"
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schemas()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (folder / "review.json").write_text("{}")
    (folder / "control.json").unlink()
    write_schemas(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schemas()
    kept = {name for name, at in before.items() if (folder / name).stat().st_mtime_ns == at}
    assert kept == set(before) - {"review.json", "control.json"}


def test_the_command_prints_a_schema_and_names_the_nearest_one() -> None:
    def call(name: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "hotfolderd", "schema", name]
        return subprocess.run(argv, capture_output=True, text=True, timeout=180, check=False)

    assert call("episode").stdout == schemas()["episode.json"]
    done = call("epsiode")
    assert done.returncode == 2
    assert "Did you mean `episode`?" in done.stderr
