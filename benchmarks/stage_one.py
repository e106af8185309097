"""What the first stage of a job costs, from taking stock to the prepared review, against the code one writes first.

    python benchmarks/stage_one.py [--jobs 4] [PAIR…]

PAIR is a folder with one design, one `.aepx` and its footage; beside it come the demonstration's poster and two designs
of photographs made here. The real steps run as in a worker, one job after another and in two processes at once, with
nothing shared from job to job; and once more as in a batch, each job with a design of its own and one template for all,
which is read, drawn and kept for the others by the first of them. `yardsticks/obvious.py` makes the same kinds of files
with psd-tools, Pillow's defaults and xml.etree, once with each of psd-tools' two ways to a layer's picture. Each run is
a process of its own that has done two jobs before the clock starts: one of another kind, and the first of its own. On
one core the ratio is of processor time; in two processes it is of that of the busier one, and beside it of the time on
the wall, which means little on a machine that others use.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from yardsticks.jobs import Pair, demo_pair, job_folders, large_pair, pair_in
from yardsticks.measuring import peak_mib, used_s

from hotfolderd.engine import heap
from hotfolderd.lines import step_modules

ROUNDS, ROUNDS_LARGE = 5, 2  # on a machine that others use, the best of few is chance
REAL, OBVIOUS = ("real", "batch"), ("topil", "composite")
BEFORE = 2
COMPARED = "compared.json"
REACH_ALONE, REACH_TWO = 0.10, 0.055
PREPARED = ("review.yaml", "review.html", "previews/contact_sheet.png", "previews/similarity.json")


def real_steps(job: Path, *, shared: bool) -> None:
    """Every step of the first stage, and the question of the review, each published as the daemon does."""
    from hotfolderd.config import Config  # noqa: PLC0415  the other process shall not pay for it
    from hotfolderd.engine.steps import next_order, order_for  # noqa: PLC0415
    from hotfolderd.pipeline import PROCESSING  # noqa: PLC0415
    from hotfolderd.publishing import publish  # noqa: PLC0415
    from hotfolderd.stages.template.line import ASK_REVIEW, LINE  # noqa: PLC0415
    from hotfolderd.work import Done, perform  # noqa: PLC0415

    facts = {**Config(root=job.parents[1]).facts(), "round": {"revision": 1}}
    if not shared:
        facts["cache"] = None
    finished: dict[str, str] = {}
    while (found := next_order(job, LINE.stages[PROCESSING].steps, facts, finished)) is not None:
        done = perform(found[1])
        assert isinstance(done, Done), done
        publish(job, done)
        finished[done.step] = done.fingerprint
    done = perform(order_for(job, ASK_REVIEW, facts))
    assert isinstance(done, Done), done
    publish(job, done)


def obvious_code(job: Path, way: str) -> None:
    from yardsticks import obvious  # noqa: PLC0415

    draw = obvious.with_topil if way == "topil" else obvious.with_composite
    obvious.stage_one(job, [tuple(one) for one in json.loads((job / COMPARED).read_bytes())], draw)


def compared_in(job: Path) -> list[tuple[str, str | None]]:
    """Which placeholder was drawn beside which layer in a job that the real steps have done."""
    data = json.loads((job / "previews/matching_data.json").read_bytes())
    names = {one["placeholder_id"]: (one["placeholder"], one["layer"]) for one in data["auto_matches"]}
    found = []
    for key in data["comparisons"]:
        number, _, rival = key.partition(" ")
        found.append((names[number][0], rival or names[number][1]))
    return found


def work(way: str, jobs: list[Path]) -> None:
    """In a process of its own: two jobs to warm up, then the others by the clock."""
    if way in REAL:
        for name in step_modules():
            importlib.import_module(name)
        heap.hold()
    do = partial(real_steps, shared=way == "batch") if way in REAL else partial(obvious_code, way=way)
    for job in jobs[:BEFORE]:
        do(job)
    began, wall = used_s(), time.perf_counter()
    for job in jobs[BEFORE:]:
        do(job)
    print(json.dumps({"cpu_s": used_s() - began, "wall_s": time.perf_counter() - wall, "mib": peak_mib()}))


@dataclass
class Measured:
    """The best of some rounds: seconds of a job, and MiB."""

    seconds: dict[str, float] = field(default_factory=dict)
    mib: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, way: str, *groups: list[Path]) -> None:
        """Work on several groups of jobs at once, each in a process; the busiest one counts."""
        began = [
            subprocess.Popen([sys.executable, __file__, "--work", way, *map(str, jobs)], stdout=subprocess.PIPE)
            for jobs in groups
        ]
        said = [json.loads(child.communicate(timeout=3600)[0] or "null") for child in began]
        if None in said:
            raise SystemExit(f"a run of {way} failed")
        count = sum(len(jobs) - BEFORE for jobs in groups)
        for key in ("cpu_s", "wall_s"):
            best = max(one[key] for one in said) / count
            self.seconds[f"{name} {key}"] = min(best, self.seconds.get(f"{name} {key}", best))
        self.mib[name] = max(one["mib"] for one in said)


def measure(pair: Pair, warm: Pair, place: Path, count: int, rounds: int) -> None:
    found = Measured()
    for number in range(rounds):
        folder = place / str(number)
        jobs = {name: job_folders(pair, folder / name, count + 1) for name in ("real", "a", "b", *OBVIOUS)}
        jobs |= {name: job_folders(pair, folder / name, count + 1, apart=True) for name in ("batch", "c", "d")}
        jobs = {name: job_folders(warm, folder / f"warm-{name}", 1) + each for name, each in jobs.items()}
        found.run("one", "real", jobs["real"])
        found.run("two", "real", jobs["a"], jobs["b"])
        found.run("one of a batch", "batch", jobs["batch"])
        found.run("two of a batch", "batch", jobs["c"], jobs["d"])
        for way in OBVIOUS:
            for job in jobs[way]:
                (job / COMPARED).write_text(json.dumps(compared_in(jobs["real"][-1])))
            found.run(way, way, jobs[way])
        for job in (job for each in jobs.values() for job in each):
            assert all((job / name).is_file() for name in PREPARED), job
    show(pair, found)


def show(pair: Pair, found: Measured) -> None:
    own, batch = found.seconds["one cpu_s"], found.seconds["one of a batch cpu_s"]
    print(f"{pair.name}: {own * 1000:.0f} ms of processor time a job, at most {found.mib['one']:.0f} MiB;", end=" ")
    print(f"one of a batch {batch * 1000:.0f} ms")
    for way in OBVIOUS:
        other = found.seconds[f"{way} cpu_s"]
        print(f"    with {way:<9} {other * 1000:6.0f} ms, {found.mib[way]:4.0f} MiB", end="")
        for kind, before in (("", " · "), (" of a batch", " · of a batch: ")):
            alone, busier = found.seconds[f"one{kind} cpu_s"] / other, found.seconds[f"two{kind} cpu_s"] / other
            wall = found.seconds[f"two{kind} wall_s"] / found.seconds[f"{way} wall_s"]
            print(f"{before}one core {alone:.3f}, two cores {busier:.3f}, on the wall {wall:.3f}", end="")
        print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--work", choices=(*REAL, *OBVIOUS), help=argparse.SUPPRESS)
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    if given.work:
        work(given.work, given.folders)
        return
    with tempfile.TemporaryDirectory(prefix="stage-one-") as name:
        place = Path(name)
        warm = demo_pair(place / "demo")
        print(f"to reach: {REACH_ALONE:g} on one core, {REACH_TWO:g} on two")
        for folder in given.folders:
            measure(pair_in(folder.resolve()), warm, place / "given", given.jobs, ROUNDS)
        measure(warm, warm, place / "a", given.jobs, ROUNDS)
        measure(large_pair(place / "middle", (1920, 1080), 12), warm, place / "b", given.jobs, ROUNDS_LARGE)
        measure(large_pair(place / "large", (4000, 3000), 30), warm, place / "c", 1, 1)


if __name__ == "__main__":
    main()
