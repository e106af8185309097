"""The documents say what is true: their YAML loads, what they name exists, and nothing that exists is left out.

A YAML block of a document begins with a comment line that names the file it stands for; the name chooses its model.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import hotfolderd
from hotfolderd.cli.app import _exit_code, load_commands
from hotfolderd.cli.place import app
from hotfolderd.config import Config, check_config
from hotfolderd.engine import control, rules
from hotfolderd.errors import ConfigError, JobError, RefusedError, UnknownJobError
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.batch_settings import BatchSettings
from hotfolderd.inbox.columns import OPTIONAL, REQUIRED, TEXT_PREFIX
from hotfolderd.inbox.episode import Episode
from hotfolderd.inbox.names import SETTINGS_SUFFIXES
from hotfolderd.inbox.table import read_table
from hotfolderd.pipeline import ALL_FOLDERS, BATCHES
from hotfolderd.review.episode_models import EpisodeReviewSidecar
from hotfolderd.review.models import GATES, ControlSidecar
from hotfolderd.review.reading import parse
from hotfolderd.review.strict_yaml import load

load_commands()

REPOSITORY = Path(__file__).parents[2]
README = REPOSITORY / "README.md"
ARCHITECTURE = REPOSITORY / "docs" / "ARCHITECTURE.md"
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
TEXTS = REPOSITORY / "hotfolderd" / "texts"


def blocks(document: Path, language: str) -> list[tuple[int, str]]:
    """Every fenced block of a language: the line of its first line (from 1), and its text."""
    text = document.read_text("utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, one.start(1)) + 1, one.group(1)) for one in found]


def section(title: str) -> str:
    """What stands in the README below a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title}"
    return found.group(1)


def table(text: str, first_column: str) -> list[list[str]]:
    """The rows of the table whose header begins with that column."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {first_column} |"):
            rows = [row for row in _rows(lines) if not set(row[0]) <= {"-"}]
            assert rows, f"the table {first_column} is empty"
            return rows
    raise AssertionError(f"there is no table {first_column}")


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        # `--root ROOT | --config FILE` stands between backticks, so it is no border of a cell.
        cells = re.split(r" ?\|(?=(?:[^`]*`[^`]*`)*[^`]*$) ?", line)
        yield [cell.strip() for cell in cells[1:-1]]


YAML_BLOCKS = [(document, line, text) for document in DOCUMENTS for line, text in blocks(document, "yaml")]


def model_for(document: Path, file: Path) -> type[BaseModel] | None:
    """The model of the file that a block stands for; None where the program reads no more of it than keys."""
    if file.name.endswith(SETTINGS_SUFFIXES):
        return BatchSettings
    if file.parts[0] == BATCHES:
        return None
    models: dict[str, type[BaseModel]] = {
        **{f"{name}.yaml": model for name, model in GATES.items()},
        "control.yaml": ControlSidecar,
        "config.yaml": Config,
        "episode.yaml": Episode,
    }
    if document.name == "EPISODES.md" and file.name == "review.yaml":
        return EpisodeReviewSidecar
    assert file.name in models, f"no model is known for {file}"
    return models[file.name]


# yaml ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "line", "text"), YAML_BLOCKS, ids=[f"{document.name}-{line}" for document, line, _ in YAML_BLOCKS]
)
def test_every_yaml_block_is_taken_by_the_model_of_the_file_it_names(document: Path, line: int, text: str) -> None:
    first = re.match(r"# (\S+\.yaml)\n", text)
    assert first, (
        f"{document.name}, line {line}: the first line of a YAML block names its file: `# 2-review/J/review.yaml`"
    )
    file = Path(first.group(1))
    assert load(text), f"{document.name}, line {line}: holds no keys"
    model = model_for(document, file)
    if model is not None:
        parse(text.encode(), model, f"{document.name} from line {line}")
    stage = file.parts[0] if len(file.parts) > 1 else None
    assert stage is None or stage in ALL_FOLDERS
    gate = file.stem if file.stem in GATES else None
    assert gate is None or (stage or "").endswith(f"-{gate}"), f"{file.name} is not asked in {stage}"


def test_the_readme_shows_every_file_that_a_person_writes() -> None:
    shown = {Path(text.splitlines()[0][2:]).name for document, _, text in YAML_BLOCKS if document == README}
    wanted = {*(f"{gate}.yaml" for gate in GATES), "control.yaml", "config.yaml", "spring.batch.yaml"}
    assert shown == wanted


def test_the_yaml_shown_has_every_key_that_the_program_writes_or_reads() -> None:
    for _, _, text in YAML_BLOCKS:
        file = Path(text.splitlines()[0][2:])
        if file.name.endswith(SETTINGS_SUFFIXES):
            assert set(load(text)) == set(BatchSettings.model_fields)
        if file.stem in GATES and file.parts[0] in ALL_FOLDERS:
            assert {"for", "decision", "by", "notes", "end"} <= set(load(text))


@pytest.mark.parametrize("gate", sorted(GATES))
def test_every_decision_of_a_gate_stands_in_the_comment_beside_it(gate: str) -> None:
    text = next(text for document, _, text in YAML_BLOCKS if document == README and f"/{gate}.yaml\n" in text)
    shown = {text_of(load(text)["decision"])} | comment_words(text, "decision")
    known = set(GATES[gate].model_json_schema()["properties"]["decision"]["enum"])
    # What is written only where an output is invalid stands in the table below the block.
    assert (
        shown | {"pending"} == known | {"pending"}
        if gate != "approval"
        else shown | {"pending", "force_approve"} == known
    )


def text_of(value: object) -> str:
    assert isinstance(value, str)
    return value


def comment_words(text: str, key: str) -> set[str]:
    found = re.search(rf"^{key}:[^#\n]*# (.*)$", text, re.MULTILINE)
    assert found, f"there is no comment beside {key}"
    return set(found.group(1).split(" | "))


def test_the_table_of_control_orders_names_each_one_once() -> None:
    rows = table(section("Sidecars"), "action")
    known = set(ControlSidecar.model_json_schema()["properties"]["action"]["enum"]) - {"pending"}
    assert sorted(row[0].strip("`") for row in rows) == sorted(known)
    assert known - {"priority", "downloaded"} == set(control._MOVES)


# csv ----------------------------------------------------------------------------------------------------------------


def test_the_csv_of_the_readme_is_right_and_its_columns_are_all_there_are() -> None:
    ((_, text),) = blocks(README, "csv")
    found = read_table(text.encode(), frozenset(), Limits(), "batch")
    assert not found.errors
    assert [row.errors for row in found.rows] == [(), ()]
    described = table(section("Dropping"), "column")
    names = [row[0].strip("`") for row in described]
    assert names == [*REQUIRED, *OPTIONAL, f"{TEXT_PREFIX}PLACEHOLDER"]
    assert [row[0].strip("`") for row in described if row[1] == "yes"] == list(REQUIRED)


def test_the_limits_of_a_drop_are_those_of_the_program() -> None:
    limits = Limits()
    text = section("Dropping")
    assert f"{limits.rows:,} rows and {limits.csv_mib} MiB a CSV" in text
    assert (
        f"{limits.psd_mib} MiB and {limits.most_px:,} pixels a side a design; {limits.project_mib} MiB a project"
        in text
    )


# commands -----------------------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """The commands of the program by name, as typer has built them."""
    group: Any = typer.main.get_command(app)
    return dict(group.commands)


def described_commands() -> dict[str, str]:
    rows = [re.fullmatch(r"`hotfolderd ([a-z-]+)(.*)`", row[0]) for row in table(section("Commands"), "command")]
    assert all(rows), "a row of the command reference is not `hotfolderd COMMAND …`"
    return {row.group(1): row.group(2) for row in rows if row}


def test_the_command_reference_names_every_command_and_no_other() -> None:
    assert sorted(described_commands()) == sorted(commands())


def test_the_command_reference_names_every_option_of_a_command_and_no_other() -> None:
    for name, usage in described_commands().items():
        known = {option for one in commands()[name].params for option in one.opts if option.startswith("--")}
        assert set(re.findall(r"--[a-z-]+", usage)) == known - {"--help"}, name


def test_arguments_are_optional_in_the_command_reference_where_they_are_in_the_program() -> None:
    for name, usage in described_commands().items():
        plain = re.sub(r"\[?--[a-z-]+( [A-Z]+)?\]?", "", usage)
        shown = [(word.strip("[]….").lower(), word.startswith("[")) for word in plain.split()]
        arguments = [one for one in commands()[name].params if one.param_type_name == "argument"]
        assert [optional for _, optional in shown] == [not one.required for one in arguments], name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_named_in_a_document_exists(document: Path) -> None:
    code = "\n".join(re.findall(r"`hotfolderd [^`]*`|^hotfolderd .*$", document.read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"hotfolderd (?:--root \S+ )?([a-z][a-z-]*)", code))
    assert named <= set(commands())


def test_the_exit_codes_are_those_of_the_program() -> None:
    codes = {row[0]: row[1] for row in table(section("Commands"), "exit code")}
    assert sorted(codes) == ["0", "1", "2", "3", "4"]
    cases = {JobError: "failed", ConfigError: "configuration", UnknownJobError: "no such job", RefusedError: "refused"}
    for error, word in cases.items():
        assert word in codes[str(_exit_code(error("")))], error


# folders and files --------------------------------------------------------------------------------------------------


def test_the_table_of_folders_is_the_line_in_its_order() -> None:
    rows = table(section("The folders"), "folder")
    assert [row[0].strip("`") for row in rows] == list(ALL_FOLDERS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_stage_folder_named_in_a_document_exists(document: Path) -> None:
    named = set(re.findall(r"(?<![\w-])[0-9]-[a-z]+\b", document.read_text("utf-8")))
    assert named <= set(ALL_FOLDERS)


def test_the_folders_of_the_repository_hold_the_texts_that_init_writes() -> None:
    there = {path.name for path in (REPOSITORY / "folders").iterdir() if path.is_dir() and path.name[0] != "."}
    assert there == set(ALL_FOLDERS)
    assert {path.stem for path in (TEXTS / "folders").iterdir()} == set(ALL_FOLDERS)
    for folder in ALL_FOLDERS:
        readme = (REPOSITORY / "folders" / folder / "README.txt").read_bytes()
        assert readme == (TEXTS / "folders" / f"{folder}.txt").read_bytes(), folder


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_or_a_heading_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name) if name else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_source_file_named_in_a_document_exists(document: Path) -> None:
    for name in re.findall(r"`((?:hotfolderd/|tests/|[a-z_]+/)*[a-z_]+\.py)`", document.read_text("utf-8")):
        places = (REPOSITORY, REPOSITORY / "hotfolderd", REPOSITORY / "hotfolderd" / "stages" / "template")
        assert any((place / name).exists() for place in places), name


def test_the_architecture_names_every_room() -> None:
    text = ARCHITECTURE.read_text("utf-8")
    picture = text[text.index("## The rooms") : text.index("`engine` knows what a stage is")]
    named = {name for line in picture.splitlines() for name in re.findall(r"(?:^|(?<=\.py  ))([a-z]+)(?:/|\.py)", line)}
    package = REPOSITORY / "hotfolderd"
    rooms = {path.stem for path in package.glob("[a-z]*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    assert named == rooms


def test_the_table_of_the_rules_stands_in_the_architecture_word_by_word() -> None:
    assert rules.__doc__
    wanted = [line.strip() for line in rules.__doc__.splitlines() if line.startswith("|")]
    there = [line for line in ARCHITECTURE.read_text("utf-8").splitlines() if line.startswith("|")]
    assert len(wanted) > 10
    at = there.index(wanted[0])
    assert there[at : at + len(wanted)] == wanted


def test_make_has_every_target_that_a_document_names() -> None:
    texts = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", texts, re.MULTILINE))
    assert named >= {"demo", "test"}
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


# configuration and version ------------------------------------------------------------------------------------------


def test_the_example_configuration_is_the_one_that_init_writes() -> None:
    assert (REPOSITORY / "config.example.yaml").read_bytes() == (TEXTS / "config.example.yaml").read_bytes()


def test_the_example_configuration_holds_every_setting_with_its_default() -> None:
    example = check_config(REPOSITORY / "config.example.yaml")
    assert example == Config()
    assert left_out(example) == []


def left_out(settings: BaseModel) -> list[str]:
    """The settings, with their sections, that do not stand in the file."""
    missing = [name for name in type(settings).model_fields if name not in settings.model_fields_set]
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            missing += [f"{name}.{one}" for one in left_out(value)]
    return missing


def test_the_changelog_begins_with_the_version_of_the_program() -> None:
    headings = re.findall(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert headings[0] == hotfolderd.__version__ == project["version"]


def test_the_licence_is_the_one_that_the_package_names() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    text = (REPOSITORY / "LICENSE").read_text("utf-8")
    assert text.startswith(f"{project['license']} License\n")
    assert "2026 hotfolderd contributors" in text
