"""What the engine costs with 100 and with 10,000 jobs that wait for a person, each beside a limit of this machine.

Prints ratios; the times beside them are of this machine in this run. Workers are not asked for anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import yaml

from hotfolderd.config import Config
from hotfolderd.engine.hints import EVERYTHING, Hints
from hotfolderd.lines import LINES
from hotfolderd.model import to_json
from hotfolderd.parts import Parts, put_together
from hotfolderd.pipeline import JOB_FOLDERS, REVIEW
from hotfolderd.records import Intent, Question
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.line import ASK_REVIEW
from hotfolderd.store import Store
from hotfolderd.work import WORK, Done, Result

FEW, MANY = 100, 10_000
TRANSITIONS = 60


def build_waiting_jobs(root: Root, count: int) -> None:
    """Jobs that wait in 2-review, as the daemon leaves them there."""
    store = Store(root, LINES, lambda: datetime.now(UTC))
    for number in range(count):
        name = f"JOB{number:05d}"
        folder = root.path / REVIEW / name
        (folder / ".job").mkdir(parents=True)
        job = store.create(folder, {"job": name, "kind": "template", "batch": "BATCH_1", "client": "Studio"})
        question = Question("review", 1, 0, job.created_at)
        asked = dataclasses.replace(job, question=question, revisions={"review": 1}, stage="1-processing")
        store.arrive(
            folder, dataclasses.replace(asked, intent=Intent("1-processing", REVIEW, "stage_transition", "system"))
        )
        done = Done(ASK_REVIEW.name, "f", (), "d", Result(), 0.1)
        (folder / WORK / ASK_REVIEW.name).mkdir(parents=True)
        (folder / WORK / ASK_REVIEW.name / "done.json").write_text(to_json(done))
        for place in (folder, folder / WORK / ASK_REVIEW.name):
            text = f"for: {{job: {name}, revision: 1}}\ndecision: pending\nend: true\n"
            (place / "review.yaml").write_text(text)
        (folder / "review.html").write_text("<!doctype html><title>review</title>")


def engine_over(count: int, folder: Path) -> tuple[Parts, Hints]:
    root = make_root(folder / "folders")
    build_waiting_jobs(root, count)
    hints = Hints()
    parts = put_together(Config(root=root.path, settle_s=0.0).runtime(), root, hints)
    while parts.round(EVERYTHING) == 0.0:
        pass
    return parts, hints


def transitions(parts: Parts, hints: Hints) -> list[float]:
    """Seconds for a job to be put on hold by its `control.yaml`, from the saved file to the folder in its new place."""
    taken = []
    for number in range(TRANSITIONS):
        name = f"JOB{number:05d}"
        (parts.root.path / REVIEW / name / "control.yaml").write_text("action: hold\nby: anna\n")
        target = parts.root.path / "on-hold" / name
        began = time.perf_counter()
        while not target.exists() or (parts.reconciler.seats.of(name).job.intent is not None):
            parts.round(hints.take())
            if not target.exists():
                hints.wait(0.05)
        taken.append(time.perf_counter() - began)
    return taken


def bare_look(root: Root) -> None:
    """What can hardly be cheaper: list the folders of the line and ask for the same entries of each job."""
    for folder in JOB_FOLDERS:
        with os.scandir(root.path / folder) as entries:
            names = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        for name in names:
            os.stat(name)  # noqa: PTH116  the barest there is
            os.lstat(f"{name}/review.yaml")
            with contextlib.suppress(FileNotFoundError):
                os.lstat(f"{name}/control.yaml")


def fastest(work: Callable[[], object], times: int = 7) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def reaction(parts: Parts, hints: Hints) -> tuple[float, float]:
    """Median seconds from a save in a waiting job's folder to the loop that wakes, and to a bare inotify read."""
    folder = parts.root.path / REVIEW / f"JOB{FEW - 1:05d}"
    parts.watcher.attend(folder)
    ours, bare = [], []
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init()
    libc.inotify_add_watch(handle, os.fsencode(folder), 0x8 | 0x80)
    try:
        for number in range(200):
            hints.take()
            began = time.perf_counter()
            (folder / "note.txt").write_text(str(number))
            os.read(handle, 4096)
            bare.append(time.perf_counter() - began)
            while folder not in hints.take().folders:
                hints.wait(1.0)
            ours.append(time.perf_counter() - began)
            time.sleep(0.002)
    finally:
        os.close(handle)
    return statistics.median(ours), statistics.median(bare)


def resident_daemon(folder: Path, seconds: float = 20.0) -> tuple[float, float]:
    """A daemon of its own over the waiting jobs: share of one core while nothing happens, and MiB of memory."""
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"root": "folders"}))
    argv = [sys.executable, "-m", "hotfolderd", "--config", str(config), "run"]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as daemon:
        try:
            process = psutil.Process(daemon.pid)
            _wait_until_calm(process, folder / "folders/.hotfolderd/health.json")
            before = process.cpu_times()
            time.sleep(seconds)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            return used / seconds, process.memory_info().rss / 2**20
        finally:
            daemon.terminate()


def _wait_until_calm(process: psutil.Process, health: Path) -> None:
    """Until it has looked at everything for the first time, and has hardly worked for five seconds."""
    while not health.exists():
        time.sleep(0.1)
    used, calm_s = -1.0, 0
    while calm_s < 5:
        times = process.cpu_times()
        calm_s = calm_s + 1 if times.user + times.system - used < 0.05 else 0
        used = times.user + times.system
        time.sleep(1.0)


def show(what: str, ratio: float, ours_s: float, limit_s: float) -> None:
    print(f"{what:<56} {ratio:6.2f}   ({ours_s * 1000:.2f} ms : {limit_s * 1000:.2f} ms)")


def main() -> None:
    place = Path(tempfile.mkdtemp(prefix="engine-bench-"))
    try:
        few, few_hints = engine_over(FEW, place / "few")
        many, many_hints = engine_over(MANY, place / "many")
        a, b = statistics.median(transitions(few, few_hints)), statistics.median(transitions(many, many_hints))
        show(f"one transition, {MANY} jobs : {FEW} jobs", b / a, b, a)
        look, bare = fastest(lambda: many.round(EVERYTHING)), fastest(lambda: bare_look(many.root))
        show(f"a light round over {MANY} jobs : bare scandir and stat", look / bare, look, bare)
        ours, read = reaction(few, few_hints)
        show("save to woken loop : save to bare inotify read", ours / read, ours, read)
        for parts in (few, many):
            parts.watcher.stop()
            parts.workers.stop(0.5)
        for count, name in ((FEW, "few"), (MANY, "many")):
            share, memory = resident_daemon(place / name)
            print(f"{f'idle daemon over {count} jobs':<56} {share:.3%} of a core, {memory:.0f} MiB resident")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
