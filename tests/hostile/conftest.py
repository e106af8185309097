"""A small job's files, and workers with the limits of the daemon."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from corpus import TALLY
from hostile_doors import Outcome

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import dump_yaml
from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.work import Broken

LIMIT_S = 120.0
PARCEL = 12  # handing over one task takes longer than most cases


def pytest_counted() -> list[str]:
    return [str(TALLY)] if TALLY.count or TALLY.mutations else []


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`design.psd`, `template.aepx`, `template.aep`, `tiny_bg.png`: a whole job."""
    folder = tmp_path_factory.mktemp("files")
    make_small_batch(folder / "a", 1, template="template.aepx", share_design=True)
    make_small_batch(folder / "b", 1, template="template.aep", share_design=True)
    (folder / "a" / "tiny.psd").rename(folder / "design.psd")
    (folder / "a" / "footage" / "tiny_bg.png").rename(folder / "tiny_bg.png")
    (folder / "a" / "template.aepx").rename(folder / "template.aepx")
    (folder / "b" / "template.aep").rename(folder / "template.aep")
    return folder


@pytest.fixture(scope="session")
def workers() -> Iterator[LocalWorkers]:
    preload = ["hotfolderd.media.project", "hotfolderd.media.psd", "hotfolderd.media.video", "hotfolderd.inbox.examine"]
    made = LocalWorkers(WorkerLimits(), lambda: None, preload)
    yield made
    made.stop(1)


@pytest.fixture(scope="session")
def through(workers: LocalWorkers) -> Callable[[Mapping[str, tuple[str, str]]], dict[str, Any]]:
    """Sends `{key: (door, argument)}` through the doors; what came out by key: `Outcome`, or `Broken` for a death."""

    def once(parcels: list[list[str]], tasks: Mapping[str, tuple[str, str]]) -> dict[str, Outcome | Broken]:
        waiting, found = list(enumerate(parcels)), {}
        deadline = time.monotonic() + LIMIT_S * (1 + len(parcels))
        while len(found) < sum(map(len, parcels)):
            while waiting and workers.free():
                number, keys = waiting.pop(0)
                workers.submit(str(number), "hostile_doors:several", tuple(tasks[key] for key in keys), LIMIT_S)
            for task in workers.finished():
                keys = parcels[int(task.key)]
                found |= (
                    dict.fromkeys(keys, task.value)
                    if isinstance(task.value, Broken)
                    else dict(zip(keys, task.value, strict=True))
                )
            assert time.monotonic() < deadline, f"still waiting for {set(tasks) - set(found)}"
            time.sleep(0.002)
        return found

    def through(tasks: Mapping[str, tuple[str, str]]) -> dict[str, Outcome | Broken]:
        keys = list(tasks)
        found = once([keys[at : at + PARCEL] for at in range(0, len(keys), PARCEL)], tasks)
        ended = [key for key, value in found.items() if isinstance(value, Broken)]
        found |= once([[key] for key in ended], tasks)  # one by one, to see which it was
        TALLY.deaths += sum(isinstance(value, Broken) for value in found.values())
        return found

    return through


@pytest.fixture
def drop_with(files: Path, tmp_path: Path) -> Callable[..., Path]:
    """A dropped folder of a whole job in which some files are replaced: `drop_with("1", {"design.psd": data})`."""

    def drop_with(name: str, instead: Mapping[str, bytes], *, template: str = "template.aepx") -> Path:
        folder = tmp_path / name
        (folder / "footage").mkdir(parents=True)
        for file, place in ((files / "design.psd", "design.psd"), (files / template, template)):
            if place not in instead:
                shutil.copyfile(file, folder / place)
        if "footage/tiny_bg.png" not in instead:
            shutil.copyfile(files / "tiny_bg.png", folder / "footage" / "tiny_bg.png")
        for place, data in instead.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(data)
        return folder

    return drop_with


@pytest.fixture
def job_with(files: Path, tmp_path: Path) -> Callable[..., Path]:
    """A job folder in which some assets are replaced: `job_with("1", {"design.psd": data})`."""

    def job_with(name: str, instead: Mapping[str, bytes], *, template: str = "template.aepx") -> Path:
        folder = tmp_path / name
        (folder / "assets").mkdir(parents=True)
        order = {"job": "J1", "batch": "B1", "design": "assets/design.psd", "template": f"assets/{template}"}
        (folder / "job.yaml").write_text(dump_yaml({**order, "output_name": "out.aep"}))
        for file in ("design.psd", template):
            if file not in instead:
                shutil.copyfile(files / file, folder / "assets" / file)
        for place, data in instead.items():
            (folder / "assets" / place).write_bytes(data)
        return folder

    return job_with
