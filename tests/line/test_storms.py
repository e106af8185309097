"""Storms: 10,000 drops at once, 10,000 waiting jobs of which 200 are decided at once; with events, without, with losses.

`HOTFOLDERD_SOAK=1` makes it 100,000 of each.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from house import House

from hotfolderd.daemon import LINES
from hotfolderd.demo.batch import make_small_batch
from hotfolderd.model import Match, Matching, to_json
from hotfolderd.pipeline import REVIEW
from hotfolderd.records import Intent, Question
from hotfolderd.root import Root
from hotfolderd.stages.template.line import ASK_REVIEW, MATCH
from hotfolderd.store import Store
from hotfolderd.work import WORK, Done, Result

SOAK = bool(os.environ.get("HOTFOLDERD_SOAK"))
FILES = 100_000 if SOAK else 10_000
FOLDERS = FILES // 50
SMALL_JOBS = 20
WAITING = 100_000 if SOAK else 10_000
DECIDED = 200
WITHIN_S = 3600.0 if SOAK else 150.0
_MEMORY = Path("/dev/shm")
SHOWN = Match("txt_title", "1", "tiny", "text", "title", "A title")

# The watcher as it is, of whose events none arrives; but it seems to be well.
LOSES_ALL_EVENTS = """
import hotfolderd.watcher.watcher as watcher
from hotfolderd.watcher.native import canary_folder
right = watcher.native
watcher.native = lambda root, tell: right(root, lambda at: tell(at) if at == canary_folder(root) else None)
"""
BLINDNESS = {
    "native": ("", {"watch": "native", "rescan_s": 3600.0}),
    "polling": ("", {"watch": "polling"}),
    "all events lost": (LOSES_ALL_EVENTS, {"watch": "native", "rescan_s": 2.0}),
}


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """An empty folder, in memory where the system has such a place."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def small_batch(memory: Path) -> Path:
    folder = memory / "batch"
    folder.mkdir()
    make_small_batch(folder, SMALL_JOBS)
    return folder


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_of_10000_files_dropped_at_once_none_is_overlooked(blindness: str, memory: Path, small_batch: Path) -> None:
    """Each drop is listed with what becomes of it, and the 20 real jobs among them reach their review meanwhile."""
    place = Path(tempfile.mkdtemp(dir=memory))
    patch, settings = BLINDNESS[blindness]
    house = House(place, workers={"processes": 2}, **settings)
    house.patch(patch)
    design = (small_batch / "tiny0001.psd").read_bytes()[:2000]
    strays = FILES - FOLDERS - len(list(small_batch.rglob("*.*")))
    with house:
        house.wait_for(".hotfolderd/health.json")
        for number in range(FOLDERS):
            folder = house.inbox / f"single{number:05d}"
            folder.mkdir()
            (folder / "design.psd").write_bytes(design)
        shutil.copytree(small_batch, house.inbox / "hidden")
        for number in range(strays):
            (house.inbox / f"stray{number:05d}.psd").write_bytes(b"8BPS")
        jobs = [f"TINY{number:04d}" for number in range(1, SMALL_JOBS + 1)]

        def settled() -> bool:
            states = Counter(one["state"] for one in drops_of(house).values())
            return states["left alone"] == strays and states["refused"] + states["waiting for files"] == FOLDERS

        house.wait_until(settled, "all drops to be seen", within_s=WITHIN_S)
        for job in jobs:
            house.wait_for(f"2-review/{job}/review.yaml", within_s=WITHIN_S)
        shown = json.loads(house.command("status", "--json").stdout)
        assert {one["job"]: one["stage"] for one in shown["jobs"]} == dict.fromkeys(jobs, "2-review")
        dropped = {f"single{n:05d}" for n in range(FOLDERS)} | {f"stray{n:05d}.psd" for n in range(strays)}
        assert {one["name"].removeprefix("0-inbox/") for one in shown["drops"]} == dropped
        assert all(one["state"] and one["detail"] for one in shown["drops"])
    shutil.rmtree(place)


def drops_of(house: House) -> dict[str, dict[str, str]]:
    path = house.root / ".hotfolderd" / "drops.json"
    return {one["name"]: one for one in json.loads(path.read_bytes())} if path.exists() else {}


# 10,000 waiting jobs ------------------------------------------------------------------------------------------------


def fabricate(house: House, count: int) -> list[str]:
    """Jobs that wait in 2-review, as the daemon leaves them there, but without their designs."""
    store = Store(Root(house.root), LINES, lambda: datetime.now(UTC))
    names = [f"JOB{number:06d}" for number in range(count)]
    first = house.root / REVIEW / names[0]
    (first / ".job").mkdir(parents=True)
    (first / "job.yaml").write_text(f"job: {names[0]}\n")
    job = store.create(first, {"job": names[0], "kind": "template", "batch": "BATCH_1", "client": "Studio"})
    question = Question("review", 1, 0, job.created_at)
    asked = dataclasses.replace(job, question=question, revisions={"review": 1}, stage="1-processing")
    intent = Intent("1-processing", REVIEW, "stage_transition", "system")
    store.arrive(first, dataclasses.replace(asked, intent=intent))
    for step, name, content in (
        (ASK_REVIEW, "done.json", to_json(Done(ASK_REVIEW.name, "f", (), "d", Result(), 0.1))),
        (MATCH, "matches.json", to_json(Matching((SHOWN,), ()))),
    ):
        (first / WORK / step.name).mkdir(parents=True)
        (first / WORK / step.name / name).write_text(content)
    sidecar = f"for: {{job: {names[0]}, revision: 1}}\ndecision: pending\nend: true\n"
    (first / "review.yaml").write_text(sidecar)
    (first / WORK / ASK_REVIEW.name / "review.yaml").write_text(sidecar)
    folders = [path.relative_to(first) for path in first.rglob("*") if path.is_dir()]
    files = {path.relative_to(first): path.read_text() for path in first.rglob("*") if path.is_file()}
    for number, name in enumerate(names[1:], 1):
        place = house.root / REVIEW / name
        place.mkdir()
        for folder in sorted(folders):
            (place / folder).mkdir()
        for path, text in files.items():
            (place / path).write_text(text.replace(names[0], name).replace(job.uid, f"{number:032x}"))
    return names


def in_place(sidecar: Path, text: str) -> None:
    sidecar.write_text(text)


def by_rename(sidecar: Path, text: str) -> None:
    beside = sidecar.with_name(".review.yaml.new")
    beside.write_text(text)
    beside.rename(sidecar)


@pytest.fixture(scope="module")
def waiting(memory: Path) -> Iterator[tuple[House, list[str]]]:
    """A root with all waiting jobs; each test takes its own from the end of the names."""
    place = memory / "waiting"
    place.mkdir()
    house = House(place, workers={"processes": 2})
    yield house, fabricate(house, WAITING)
    shutil.rmtree(place)


@pytest.mark.parametrize("watch", ["native", "polling"])
def test_200_of_10000_waiting_jobs_decided_at_once_are_each_receipted_once(
    watch: str, waiting: tuple[House, list[str]]
) -> None:
    """Half of them saved in place, half by a rename; with events and no rescan, and with rescans and no events."""
    house, names = waiting
    house.settings |= {"watch": watch, "rescan_s": 3600.0}
    house.log.unlink(missing_ok=True)
    chosen = [names.pop() for _ in range(DECIDED)]
    with house:
        house.wait_until(lambda: "round_at" in house.health() and is_listed(house, chosen), "the first look", WITHIN_S)
        for number, name in enumerate(chosen):
            sidecar = house.root / REVIEW / name / "review.yaml"
            text = sidecar.read_text().replace("decision: pending", "decision: approve\nby: anna")
            (in_place if number % 2 else by_rename)(sidecar, text)
        house.wait_until(lambda: not (standing(house, REVIEW) & set(chosen)), "all decisions", within_s=WITHIN_S)
        # Their designs are not there, so the first step behind the review gives them up.
        house.wait_until(lambda: standing(house, "failed") >= set(chosen), "the end of all", within_s=WITHIN_S)
    for name in chosen:
        folder = house.root / "failed" / name
        assert {path.name for path in (folder / "decisions").iterdir()} == {
            "0001-review.yaml",
            "0001-review.receipt.yaml",
        }
        assert [one["action"] for one in house.events(name)].count("stage_approved") == 1
        assert house.messages().count(f"{name}: Stage 2 approved by anna") == 1
    assert standing(house, REVIEW) == set(names), "nobody decided anything else"


def is_listed(house: House, names: list[str]) -> bool:
    """Whether the daemon that was just started knows these jobs: it writes its index after its first round."""
    assert house.process is not None
    index = house.root / ".hotfolderd" / "index.json"
    return index.exists() and index.stat().st_mtime > psutil.Process(house.process.pid).create_time() and all(
        name in index.read_text() for name in names[:1]
    )


def standing(house: House, stage: str) -> set[str]:
    return {path.name for path in (house.root / stage).iterdir() if path.is_dir()}
