"""The studio and the house for tests that break things; what was done is counted and printed at the end."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE.parent / "engine", HERE.parent / "line", HERE):
    sys.path.insert(0, str(folder))

from tally import SOAK, TALLY  # noqa: E402  the path is set above

_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """What a test silenced is heard again afterwards."""
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def soak() -> bool:
    """Whether everything is done (`make soak`), not a seeded sample."""
    return SOAK


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """An empty folder, in memory where the system has such a place."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def field(memory: Path) -> Iterator[Path]:
    """An empty folder for one test."""
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def pytest_counted() -> list[str]:
    return TALLY
