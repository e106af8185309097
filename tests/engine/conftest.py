"""A studio with the toy line for every test of the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studio import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "folders")


@pytest.fixture
def open_studio(tmp_path: Path) -> Callable[..., Studio]:
    """A studio with settings of its own."""

    def open_studio(**settings: Any) -> Studio:
        return Studio(tmp_path / "folders", **settings)

    return open_studio
