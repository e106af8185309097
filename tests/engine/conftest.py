"""A studio with the toy line for every test of the engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from studio import Studio

from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, ON_HOLD, OVERRIDE, REVIEW

# Syncing to a real disk is what costs most here; what must survive a power cut is not seen by these tests anyway.
_MEMORY = Path("/dev/shm")


@pytest.fixture
def ground() -> Iterator[Path]:
    """An empty folder, in memory where the system has such a place."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def _entering_however_slow_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """All built jobs of a batch enter the line in one round, so that the tests may count rounds."""
    monkeypatch.setattr("hotfolderd.engine.entering._AT_ONCE_S", 60.0)


@pytest.fixture
def studio(ground: Path) -> Studio:
    return Studio(ground / "folders")


@pytest.fixture
def open_studio(ground: Path) -> Callable[..., Studio]:
    """A studio with settings of its own."""

    def open_studio(**settings: Any) -> Studio:
        return Studio(ground / "folders", **settings)

    return open_studio


@pytest.fixture(scope="session")
def waiting_roots() -> Iterator[dict[str, Path]]:
    """Roots with one job `J1` in a stage, made once for each stage by `waiting_in`."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield {"": Path(name)}


@pytest.fixture
def waiting_in(ground: Path, waiting_roots: dict[str, Path]) -> Callable[..., Studio]:
    """A studio in which the job `J1` waits in a stage, brought there by the engine."""

    def waiting_in(stage: str, **settings: Any) -> Studio:
        if stage not in waiting_roots:
            path = waiting_roots[""] / stage
            bring(Studio(path), "J1", stage)
            waiting_roots[stage] = path
        shutil.copytree(waiting_roots[stage], ground / "folders")
        return Studio(ground / "folders", **settings)

    return waiting_in


def bring(studio: Studio, job: str, stage: str) -> None:
    """Bring a new job into a stage by decisions."""
    faults = {"read": "JobError 1"} if stage == FAILED else {}
    studio.order(job, "a bad letter" if stage == OVERRIDE else "dear reader", **faults)
    studio.work()
    if stage not in (REVIEW, FAILED, ON_HOLD):
        studio.decide(job, "approve", by="anna")
        studio.work()
    if stage in (COMPLETED, ARCHIVE):
        studio.decide(job, "approve", by="anna")
        studio.work()
    if stage in (ARCHIVE, ON_HOLD):
        studio.control(job, action={ARCHIVE: "archive", ON_HOLD: "hold"}[stage])
        studio.work()
    assert studio.stage(job) == stage
