"""`review.auto_approve_above`: off unless it is set, and never low."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.config import Config, load_config
from hotfolderd.errors import ConfigError


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return load_config(root=None, file=path)


@pytest.mark.parametrize("text", ["root: folders\n", "review: {}\n", "review: {auto_approve_above: null}\n"])
def test_it_is_off_unless_it_is_set(tmp_path: Path, text: str) -> None:
    assert config(tmp_path, text).facts()["review"] == {"auto_approve_above": None}


def test_it_reaches_the_gates_with_the_place_of_the_memory(tmp_path: Path) -> None:
    facts = config(tmp_path, "review: {auto_approve_above: 0.95}\n").facts()
    assert facts["review"] == {"auto_approve_above": 0.95}
    assert facts["learned"] == str(tmp_path / "folders" / ".hotfolderd" / "learned")


@pytest.mark.parametrize("value", ["0.4", "1.01", "yes", "all", "95", "[0.9]"])
def test_what_is_too_low_or_no_number_is_refused_with_its_line(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml:2|config\.yaml, line 2"):
        config(tmp_path, f"review:\n  auto_approve_above: {value}\n")
