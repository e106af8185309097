"""Storms: 10,000 drops at once, 200 of 10,000 waiting jobs decided at once, hundreds of saves; events that are lost.

`HOTFOLDERD_SOAK=1` makes it 100,000 of each.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from house import House

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.lines import LINES
from hotfolderd.model import Match, Matching, to_json
from hotfolderd.pipeline import REVIEW, VALIDATION
from hotfolderd.records import Intent, Question
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.line import ASK_REVIEW, MATCH
from hotfolderd.store import Store
from hotfolderd.work import WORK, Done, Result

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS / "engine"), str(TESTS / "review")]
studio = importlib.import_module("studio")
saving = importlib.import_module("test_saving_styles")

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
def deaf(root, tell):
    return right(root, lambda at: tell(at) if at == canary_folder(root) else None)
watcher.Watcher.__init__.__kwdefaults__["build"] = deaf
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
        review, failed = house.root / REVIEW, house.root / "failed"
        house.wait_until(lambda: not any((review / name).exists() for name in chosen), "all decisions", WITHIN_S)
        # Their designs are not there, so the first step behind the review gives them up.
        house.wait_until(lambda: all((failed / name).exists() for name in chosen), "the end of all", WITHIN_S)
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
    return (
        index.exists()
        and index.stat().st_mtime > psutil.Process(house.process.pid).create_time()
        and names[0] in index.read_text()
    )


def standing(house: House, stage: str) -> set[str]:
    return {path.name for path in (house.root / stage).iterdir() if path.is_dir()}


# events with no rescan to help them ---------------------------------------------------------------------------------

REACTION_S = 20.0
# The thread that reads the system's events ends when this file is there.
ENDS_THE_READER = """
import threading, time
from pathlib import Path
from hotfolderd.watcher import inotify
right = inotify.Inotify.__init__
def init(self, root, tell):
    right(self, root, tell)
    def end():
        order = root.path.parent / "end-the-reader"
        while not order.exists():
            time.sleep(0.05)
        order.unlink()
        self._reader.stop()
    threading.Thread(target=end, daemon=True).start()
inotify.Inotify.__init__ = init
"""


@pytest.fixture
def attentive(memory: Path) -> Iterator[House]:
    """A house whose daemon hears of changes by events only: the next look at everything is an hour away."""
    place = Path(tempfile.mkdtemp(dir=memory))
    house = House(place, workers={"processes": 2}, watch="native", rescan_s=3600.0)
    house.patch(ENDS_THE_READER)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop()
    shutil.rmtree(place)


def reacts(house: House, what: Path | str) -> None:
    house.wait_for(what, within_s=REACTION_S)


def hold(house: House, job: str) -> str:
    return (house.root / REVIEW / job / "review.yaml").read_text().replace("decision: pending", "decision: hold")


def test_everything_that_people_do_is_heard_of_by_events_alone(attentive: House, memory: Path) -> None:
    """Drops, starts, saves in two styles, orders, drags, deletions and copies, with the next rescan an hour away."""
    house = attentive
    other = House(Path(tempfile.mkdtemp(dir=memory)))
    (copied,) = fabricate(other, 1)
    with house:
        house.wait_for(".hotfolderd/health.json")
        (house.inbox / "tiny.batch.yaml").write_text("start: manual\n")
        make_small_batch(house.inbox, 5)
        house.wait_until(lambda: list(house.root.glob("batches/BATCH*/batch.yaml")), "the batch", REACTION_S)
        batch = next(house.root.glob("batches/BATCH*"))
        (batch / "control.yaml").write_text("action: start\n")
        house.wait_until(lambda: any(house.root.glob("1-processing/*/")), "the start", REACTION_S)
        for number in range(1, 6):
            house.wait_for(f"2-review/TINY{number:04d}/review.yaml")
        review = house.root / REVIEW
        in_place(review / "TINY0001/review.yaml", hold(house, "TINY0001"))
        reacts(house, "on-hold/TINY0001/decisions/0001-review.receipt.yaml")
        by_rename(review / "TINY0002/review.yaml", hold(house, "TINY0002"))
        reacts(house, "on-hold/TINY0002/decisions/0001-review.receipt.yaml")
        (review / "TINY0003/control.yaml").write_text("action: cancel\nby: anna\nreason: not needed any more\n")
        house.wait_until(lambda: house.where("TINY0003") == "archive", "the order", REACTION_S)
        (review / "TINY0004").rename(house.root / "on-hold/TINY0004")
        house.wait_until(lambda: house.status("TINY0004")["status"] == "on_hold", "the drag", REACTION_S)
        (review / "TINY0005/review.yaml").unlink()
        reacts(house, "2-review/TINY0005/review.yaml")
        # Copied as slow programs do: the folder, some files, and its record at the end.
        skip = shutil.ignore_patterns(".job")
        shutil.copytree(other.root / REVIEW / copied, review / copied, ignore=skip)
        time.sleep(0.3)
        shutil.copytree(other.root / REVIEW / copied / ".job", review / copied / ".job")
        house.wait_until(lambda: copied in index_of(house), "the copy", REACTION_S)
        in_place(review / copied / "review.yaml", hold(house, copied))
        reacts(house, f"on-hold/{copied}/decisions/0001-review.receipt.yaml")
        assert "left alone" not in house.messages()


def index_of(house: House) -> str:
    return (house.root / ".hotfolderd" / "index.json").read_text()


def test_a_watcher_whose_thread_ended_is_replaced_and_says_so(attentive: House) -> None:
    """`health.json` tells it, and the next drop is heard of at once."""
    house = attentive
    with house:
        house.wait_for(".hotfolderd/health.json")
        (house.root.parent / "end-the-reader").touch()
        house.wait_until(lambda: "began anew" in house.health()["watcher_note"], "a new watcher", REACTION_S)
        assert house.health()["watcher"] == "native"
        (house.inbox / "stray.psd").write_bytes(b"8BPS")
        house.wait_until(lambda: "0-inbox/stray.psd" in drops_of(house), "the drop", REACTION_S)


def test_a_root_that_goes_away_or_is_another_is_left_alone_until_it_is_back(attentive: House) -> None:
    """Renamed away; replaced by an empty root; its inbox deleted: said in the log, and all goes on afterwards."""
    house = attentive
    away = house.root.with_name("away")
    fabricate(house, 2)

    def drop(name: str) -> None:
        (house.inbox / name).write_bytes(b"8BPS")
        house.wait_until(lambda: f"0-inbox/{name}" in drops_of(house), name, REACTION_S)

    def said(text: str, times: int = 1) -> None:
        house.wait_until(lambda: house.log.read_text().count(text) >= times, text, REACTION_S)

    with house:
        house.wait_for(".hotfolderd/health.json")
        drop("first.psd")
        house.root.rename(away)
        said("the root is not there")
        away.rename(house.root)
        said("the root is back")
        drop("second.psd")

        house.root.rename(away)
        make_root(house.root)
        (house.inbox / "others.psd").write_bytes(b"8BPS")
        said("another root stands here")
        before = tree(house.root)
        time.sleep(2.0)  # long enough for several rounds
        assert tree(house.root) == before, "a root that is not ours was touched"
        shutil.rmtree(house.root)
        away.rename(house.root)
        said("the root is back", 2)
        drop("third.psd")
        in_place(house.root / REVIEW / "JOB000000/review.yaml", hold(house, "JOB000000"))
        reacts(house, "on-hold/JOB000000/decisions/0001-review.receipt.yaml")

        shutil.rmtree(house.inbox)
        said("0-inbox is missing")
        house.inbox.mkdir()
        said("the root is back", 3)
        drop("fourth.psd")
        in_place(house.root / REVIEW / "JOB000001/review.yaml", hold(house, "JOB000001"))
        reacts(house, "on-hold/JOB000001/decisions/0001-review.receipt.yaml")


def tree(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_ctime_ns for path in [folder, *folder.rglob("*")]}


# a storm of saves ---------------------------------------------------------------------------------------------------

SAVES = 20_000 if SOAK else 500
RESAVES = 3


def version(job: str, number: int) -> bytes:
    """One whole version of a sidecar; their lengths differ, so that an old rest can lie behind a new start."""
    resolved = "".join(f"  - {{id: {one}, notes: saved {number}}}\n" for one in range(1, 4 + number % 7))
    head = f"for: {{job: {job}, revision: 1}}\ndecision: approve\nby: anna\n"
    return f"{head}resolve_warnings:\n{resolved}notes: save {number}\nend: true\n".encode()


def save_all(review: Path, jobs: list[str], save: Callable[[Path, bytes], None], saves: Any) -> None:
    for job in jobs:
        for number in range(RESAVES):
            if not (review / job).is_dir():
                break
            with contextlib.suppress(FileNotFoundError):  # answered and moved on while it was saved
                save(review / job / "review.yaml", version(job, number))
                saves.value += 1
    os._exit(0)


@pytest.mark.parametrize("style", saving.STYLES)
def test_of_500_saves_in_any_style_no_half_is_taken(style: str, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine turns all the time and waits for no stillness: each decision is one whole version, word for word."""
    monkeypatch.setattr(studio, "SETTLE_S", 0.0)
    place = Path(tempfile.mkdtemp(dir=memory))
    line = studio.Studio(place / "folders", max_jobs=0)
    jobs = waiting_letters(line, -(-SAVES // RESAVES))
    review = line.root.path / REVIEW
    line.turn()
    fork = multiprocessing.get_context("fork")
    saves = fork.Value("i", 0)
    writer = fork.Process(target=save_all, args=(review, jobs, saving.STYLES[style], saves))
    writer.start()
    while writer.is_alive():
        line.turn()
    writer.join()
    line.clock.seconds += 60  # a job that was disturbed rests for a while
    for _ in range(5):
        line.turn()
    assert writer.exitcode == 0
    assert saves.value > len(jobs), "nothing was saved while it was taken"
    print(f"{style}: {saves.value} saves of {len(jobs)} sidecars")  # noqa: T201  shown by a soak
    assert [job for job in jobs if line.stage(job) != VALIDATION] == []
    others = 0
    for job in jobs:
        versions = {hashlib.sha256(version(job, number)).hexdigest(): number for number in range(RESAVES)}
        (decision,) = line.decisions(job)
        assert decision["sha256"] in versions
        kept = hashlib.sha256((line.place(job) / "decisions" / "0001-review.yaml").read_bytes()).hexdigest()
        assert kept in versions
        others += kept != decision["sha256"]
        assert decision["notes"] == f"save {versions[decision['sha256']]}"
    # Between the last look at a file and its rename lies an instant: a save in it is kept in its place.
    most = len(jobs) if style in ("truncate and write", "slow chunks") else len(jobs) // 20
    assert others <= most, f"{others} files are not what was decided"
    shutil.rmtree(place)


def waiting_letters(line: Any, count: int) -> list[str]:
    """Jobs of the toy line that wait in 2-review: one that was brought there, and copies of it."""
    bringing = studio.Studio(line.root.path)
    bringing.order("L000000")
    bringing.work()
    first = bringing.place("L000000")
    uid = bringing.record("L000000").uid
    files = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    names = [f"L{number:06d}" for number in range(count)]
    for number, name in enumerate(names[1:], 1):
        for path, data in files.items():
            (first.with_name(name) / path).parent.mkdir(parents=True, exist_ok=True)
            text = data.replace(b"L000000", name.encode()).replace(uid.encode(), f"{number:032x}".encode())
            (first.with_name(name) / path).write_bytes(text)
    return names
