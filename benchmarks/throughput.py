"""What a whole batch costs, from the inbox to the review, with a daemon process of its own and its worker processes.

    python benchmarks/throughput.py [tiny | middle | large | FOLDER] [--jobs 100] [--workers 1 2 4] [--more 1000]
        [--json FILE]

FOLDER holds one design, one `.aepx` and its footage; the demonstration's poster is the default, `tiny` a design of
200×250 pixels, for what the daemon costs by itself, `middle` one of 1920×1080 with twelve layers, `large` one of
4000×3000 with thirty. A batch is either all of one pair, whose results the jobs share, or of designs that differ in
their bytes, so that each is read, drawn and matched for itself; the template is one for all, as it is for people. The
daemon has done one other job before, as the obvious code has. The clock starts when the drop, which is marked as
complete, is there, and ends when the last job stands in `2-review`. With `--more` a larger batch of one pair is done by
two workers: what a job costs there, divided by what it costs in the small batch, is how it grows (to reach: 1.2).

Beside it stand the obvious code (`yardsticks/obvious.py`), one job after another in one process, measured on a few of
the same jobs and extrapolated, and the bare limit: copying and syncing the files of which such a job consists when it
waits for its review. Nothing is removed until all have run: on ext4 it is several times as dear to make files where
thousands were deleted in the last minutes, by whatever program. Processor time means more than time on the wall, on a
machine that others use: the share of the machine that was left idle, and the load before each run, are printed for
that.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stage_one import BEFORE, COMPARED, Measured, compared_in
from yardsticks.jobs import Pair, demo_pair, job_folders, large_pair, pair_in, tiny_pair
from yardsticks.line import House, Ran
from yardsticks.measuring import used_s

from hotfolderd.pipeline import REVIEW

FEW = 4
ALIKE, APART = "one pair", "independent"
REACH_TWO, REACH_GROWTH, REACH_A_MINUTE = 1.7, 1.2, 600
HEAD = "batch          jobs workers  a minute  daemon ms  workers ms  first job s  daemon MiB  worker MiB  idle   load"


@dataclass(frozen=True)
class Beside:
    """What stands beside the daemon: seconds a job on the wall and of the processor."""

    obvious_s: float
    obvious_cpu_s: float
    copy_s: float
    copy_cpu_s: float


def run(pair: Pair, count: int, workers: int, kind: str, place: Path) -> tuple[Ran, Beside | None]:
    """One batch through a daemon. What stands beside it is measured on its jobs, for the smallest run of a kind."""
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(dir=place))  # not removed before the last run: see above
    with House(folder, workers) as house:
        house.warm_up(tiny_pair(folder / "tiny"))
        house.drop(pair, count, alike=kind == ALIKE)
        ran = house.run(count)
        beside = stand_beside(pair, house.root / REVIEW, folder) if workers == 1 and kind == ALIKE else None
    idle = ran.idle_s / ran.wall_s / (os.cpu_count() or 1)
    print(
        f"{kind:<13} {count:5d} {workers:7d} {ran.a_minute:9.0f} {ran.daemon_s / count * 1000:10.0f}"
        f" {ran.workers_s / count * 1000:11.0f} {ran.first_s:12.1f} {ran.daemon_mib:11.0f} {ran.worker_mib:11.0f}"
        f" {idle:5.0%} {load:6.1f}",
        flush=True,
    )
    return ran, beside


def stand_beside(pair: Pair, done: Path, place: Path) -> Beside:
    """The obvious code, and a copy of the files, on a few of the jobs that the daemon has done."""
    jobs = job_folders(pair, place / "obvious", FEW + BEFORE)
    for job in jobs:
        (job / COMPARED).write_text(json.dumps(compared_in(done / "JOB00000")))
    found = Measured()
    found.run("obvious", "topil", jobs)
    began, used = time.perf_counter(), used_s()
    for number in range(FEW):
        copy_and_sync(done / f"JOB{number:05d}", place / "copies" / str(number))
    copied = (time.perf_counter() - began) / FEW, (used_s() - used) / FEW
    return Beside(found.seconds["obvious wall_s"], found.seconds["obvious cpu_s"], *copied)


def copy_and_sync(source: Path, target: Path) -> None:
    for place, _, names in os.walk(source):
        there = target / Path(place).relative_to(source)
        there.mkdir(parents=True)
        for name in names:
            shutil.copyfile(Path(place, name), there / name)
            handle = os.open(there / name, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)


def compare(found: dict[tuple[str, int, int], Ran], beside: Beside, count: int) -> None:
    """The ratios, each with what is to be reached."""
    a_minute, cpu_ms = 60 / beside.obvious_s, beside.obvious_cpu_s * 1000
    print(f"\nthe obvious code, {FEW} jobs one after another, extrapolated: {a_minute:.0f} a minute,", end=" ")
    print(f"{cpu_ms:.0f} ms of processor time a job; to copy and sync the files of a job:", end=" ")
    print(f"{beside.copy_s * 1000:.0f} ms, {beside.copy_cpu_s * 1000:.0f} ms of it processor")
    for (kind, jobs, workers), ran in found.items():
        if jobs == count:
            obvious, copied = ran.cpu_s / beside.obvious_cpu_s, ran.cpu_s / beside.copy_cpu_s
            print(
                f"{kind}, {workers} workers: {ran.a_minute / a_minute:.1f} × as many jobs as the obvious code;", end=" "
            )
            print(f"processor time of a job {obvious:.2f} of it, and {copied:.0f} × the copy")


def show_growth(found: dict[tuple[str, int, int], Ran], count: int) -> None:
    """What a second worker brings, and what a job costs in a larger batch."""
    for kind in (ALIKE, APART):
        one, two = found.get((kind, count, 1)), found.get((kind, count, 2))
        if one and two:
            reach = f" (to reach: {REACH_TWO})" if kind == APART else ""
            print(f"two workers : one, {kind}: {two.a_minute / one.a_minute:.2f}{reach}")
    for (kind, jobs, workers), ran in found.items():
        less = found.get((kind, count, workers))
        if jobs != count and less:
            growth = f"processor {ran.cpu_s / less.cpu_s:.2f}, wall {less.a_minute / ran.a_minute:.2f}"
            print(f"a job of {jobs} : of {count}, {kind}, {workers} workers: {growth} (to reach: {REACH_GROWTH})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--more", type=int, nargs="*", default=[1000])
    parser.add_argument("--json", type=Path, help="write what was measured for benchmarks/simulator.py")
    parser.add_argument("pair", nargs="?", default="demo")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        place = Path(name)
        makers = {
            "demo": demo_pair,
            "tiny": tiny_pair,
            "middle": partial(large_pair, size=(1920, 1080), layers=12),
            "large": partial(large_pair, size=(4000, 3000), layers=30),
        }
        pair = makers[given.pair](place / "pair") if given.pair in makers else pair_in(Path(given.pair).resolve())
        print(f"{pair.name}; to reach with one pair: {REACH_A_MINUTE} a minute\n{HEAD}")
        runs = [(kind, given.jobs, workers) for kind in (ALIKE, APART) for workers in given.workers]
        runs += [(ALIKE, more, 2) for more in given.more]
        found, besides = {}, []
        for kind, jobs, workers in runs:
            found[kind, jobs, workers], beside = run(pair, jobs, workers, kind, place)
            besides += [beside] if beside else []
        if besides:
            compare(found, besides[0], given.jobs)
        show_growth(found, given.jobs)
    if given.json:
        rows = [{"kind": kind, **dataclasses.asdict(ran)} for (kind, _, _), ran in found.items()]
        given.json.write_text(json.dumps({"pair": pair.name, "cores": os.cpu_count(), "runs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
