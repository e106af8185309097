"""The references are those that the models make, and hold every key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotfolderd.cli.reference import references
from hotfolderd.cli.schemas import MODELS
from hotfolderd.config import Config

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(references()))
def test_a_reference_is_what_make_schemas_makes(name: str) -> None:
    """Else call `make schemas`."""
    assert (REFERENCE / name).read_text("utf-8") == references()[name]


def test_no_reference_lies_there_that_nothing_makes() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(references())


def test_every_setting_and_every_key_has_its_row_and_says_what_it_means() -> None:
    settings, sidecars = (references()[name] for name in ("configuration.md", "sidecars.md"))
    rows = re.findall(r"^\| `([^`]+)` \|.*\| (.*?) \|$", settings + sidecars, re.MULTILINE)
    assert {key for key, _ in rows} >= set(Config.model_fields) - {
        name for name, field in Config.model_fields.items() if hasattr(field.annotation, "model_fields")
    }
    for model, _ in MODELS.values():
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in settings + sidecars, (model, name)
    assert [key for key, meaning in rows if not meaning.strip()] == []
