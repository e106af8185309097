"""What the engine costs with 100 and with 10,000 jobs that wait for a person, each beside a limit of this machine.

Prints ratios; the times beside them are of this machine in this run. Workers are not asked for anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import yaml

from hotfolderd.config import Config
from hotfolderd.engine.hints import EVERYTHING, Hints
from hotfolderd.lines import LINES
from hotfolderd.model import to_json
from hotfolderd.parts import Parts, put_together
from hotfolderd.pipeline import APPROVAL, JOB_FOLDERS, REVIEW, Step
from hotfolderd.records import Intent, Question
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.line import ASK_APPROVAL, ASK_REVIEW
from hotfolderd.store import Store
from hotfolderd.work import WORK, Done, Result

FEW, MANY = 100, 10_000
TRANSITIONS = 60
AT_ONCE = 100
SETTLE_S = 2.0  # as in the configuration, unless somebody sets it


def build_waiting_jobs(
    root: Root, count: int, *, stage: str = REVIEW, ask: Step = ASK_REVIEW, prefix: str = "JOB"
) -> None:
    """Jobs that wait for a person, as the daemon leaves them there."""
    store = Store(root, LINES, lambda: datetime.now(UTC))
    gate = LINES["template"].gate_of(stage)
    assert gate
    for number in range(count):
        name = f"{prefix}{number:05d}"
        folder = root.path / stage / name
        (folder / ".job").mkdir(parents=True)
        job = store.create(folder, {"job": name, "kind": "template", "batch": "BATCH_1", "client": "Studio"})
        question = Question(gate.name, 1, 0, job.created_at)
        asked = dataclasses.replace(job, question=question, revisions={gate.name: 1}, stage="1-processing")
        store.arrive(
            folder, dataclasses.replace(asked, intent=Intent("1-processing", stage, "stage_transition", "system"))
        )
        done = Done(ask.name, "f", (), "d", Result(), 0.1)
        (folder / WORK / ask.name).mkdir(parents=True)
        (folder / WORK / ask.name / "done.json").write_text(to_json(done))
        for place in (folder, folder / WORK / ask.name):
            (place / gate.sidecar).write_text(sidecar(name, "pending"))
        (folder / f"{gate.name}.html").write_text(f"<!doctype html><title>{gate.name}</title>")


def sidecar(job: str, decision: str) -> str:
    return f"for: {{job: {job}, revision: 1}}\ndecision: {decision}\nby: anna\nend: true\n"


def engine_over(count: int, folder: Path) -> tuple[Parts, Hints]:
    root = make_root(folder / "folders")
    build_waiting_jobs(root, count)
    build_waiting_jobs(root, AT_ONCE, stage=APPROVAL, ask=ASK_APPROVAL, prefix="FILM")
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


def updates(parts: Parts) -> Iterator[float]:
    """Seconds that one change of a job's state takes: its event, record and status, and what is noted of it."""
    name = f"JOB{TRANSITIONS:05d}"
    while True:
        seat = parts.reconciler.seats.of(name)
        assert seat
        began = time.perf_counter()
        seat.job = parts.store.save(seat.path, seat.job, ("user_action:priority", "Priority set to medium"))
        parts.reconciler.seats.note(seat)
        yield time.perf_counter() - began


def bare_look(root: Root) -> None:
    """What can hardly be cheaper: list the folders of the line and ask for the same entries of each job."""
    for folder in JOB_FOLDERS:
        with os.scandir(root.path / folder) as entries:
            names = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        for name in names:
            os.stat(name)  # noqa: PTH116  the barest there is
            for asked in ("review.yaml", "control.yaml"):
                with contextlib.suppress(FileNotFoundError):
                    os.lstat(f"{name}/{asked}")


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


def approve_at_once(root: Path) -> float:
    """100 approvals are saved: seconds from the moment when the last is still to the last receipt, by their times."""
    folders = [root / APPROVAL / f"FILM{number:05d}" for number in range(AT_ONCE)]
    for folder in folders:
        (folder / "approval.yaml").write_text(sidecar(folder.name, "approve"))
    still_at = time.time() + SETTLE_S
    receipts = [folder / "decisions" / "0001-approval.receipt.yaml" for folder in folders]
    written: dict[Path, float] = {}
    while len(written) < AT_ONCE and time.time() < still_at + 60:
        time.sleep(0.1)
        for path in receipts:
            for place in (path, root / "7-completed" / path.parts[-3] / path.parts[-2] / path.name):
                with contextlib.suppress(FileNotFoundError):
                    written.setdefault(path, place.stat().st_mtime)
    assert len(written) == AT_ONCE, f"{AT_ONCE - len(written)} approvals have no receipt"
    return max(written.values()) - still_at


def bare_approvals(folder: Path) -> float:
    """Seconds for the least that they need: a record and a receipt each, written beside, synced, renamed, synced."""
    content = b"x" * 1500
    for number in range(AT_ONCE):
        (folder / str(number)).mkdir(parents=True)
    began = time.perf_counter()
    for number in range(AT_ONCE):
        for name in ("record", "receipt"):
            place = folder / str(number)
            handle = os.open(place / "beside", os.O_WRONLY | os.O_CREAT)
            os.write(handle, content)
            os.fsync(handle)
            os.close(handle)
            os.rename(place / "beside", place / name)  # noqa: PTH104  the barest there is
            handle = os.open(place, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
    return time.perf_counter() - began


@dataclasses.dataclass
class Resident:
    """A daemon of its own: share of one core while nothing happens, MiB before and after approvals, their seconds."""

    idle_share: float
    mib: float
    approvals_s: float = 0.0
    mib_after: float = 0.0


def resident_daemon(folder: Path, seconds: float = 60.0, *, approvals: bool = True) -> Resident:
    """What a daemon over the jobs of a root takes."""
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
            found = Resident(used / seconds, process.memory_info().rss / 2**20)
            if approvals:
                found.approvals_s = approve_at_once(folder / "folders")
                found.mib_after = process.memory_info().rss / 2**20
            return found
        finally:
            daemon.terminate()


def _wait_until_calm(process: psutil.Process, health: Path) -> None:
    """Until it has looked at everything for the first time, and its workers were ended as they had nothing to do."""
    while not health.exists():
        time.sleep(0.1)
    used, calm_s = -1.0, 0
    while calm_s < 80:
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
        pairs = list(itertools.islice(zip(updates(few), updates(many), strict=True), TRANSITIONS))
        a, b = (statistics.median(times) for times in zip(*pairs, strict=True))
        show(f"one state update, {MANY} jobs : {FEW} jobs", b / a, b, a)
        ours, read = reaction(few, few_hints)
        show("save to woken loop : save to bare inotify read", ours / read, ours, read)
        for parts in (few, many):
            parts.watcher.stop()
            parts.workers.stop(0.5)
        make_root(place / "none" / "folders")
        found = resident_daemon(place / "none", approvals=False)
        print(
            f"{'idle daemon before the first job':<56} {found.idle_share:.3%} of a core, {found.mib:.0f} MiB resident"
        )
        for count, name in ((FEW, "few"), (MANY, "many")):
            found = resident_daemon(place / name)
            print(
                f"{f'idle daemon over {count} jobs':<56} {found.idle_share:.3%} of a core, {found.mib:.0f} MiB resident"
            )
            bare = bare_approvals(place / name / "bare")
            what = f"{AT_ONCE} approvals at once, {count} jobs : bare fsyncs"
            show(what, found.approvals_s / bare, found.approvals_s, bare)
            print(f"{'  resident after them':<56} {found.mib_after:.0f} MiB")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
