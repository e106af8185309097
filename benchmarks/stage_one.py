"""What the first stage of a job costs, from taking stock to the prepared review, against the code one writes first.

    python benchmarks/stage_one.py [--jobs 8] [PAIR…]

PAIR is a folder with one design, one `.aepx` and its footage; beside it come the demonstration's poster and two designs
made here. The real steps run as in a worker, one after another and in two processes at once, with nothing shared from
job to job. `yardsticks/obvious.py` makes the same kinds of files with psd-tools, Pillow's defaults and xml.etree. Each
run is a process of its own that has done one job before the clock starts. On one core the ratio is of processor time;
in two processes, of the busier one's processor time to all that the obvious code takes, and of the time on the wall.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from yardsticks.jobs import Pair, demo_pair, job_folders, large_pair, pair_in
from yardsticks.measuring import peak_mib, used_s

from hotfolderd.engine import heap

ROUNDS = 3
REACH_ALONE, REACH_TWO = 0.10, 0.055
PREPARED = ("review.yaml", "review.html", "previews/contact_sheet.png", "previews/similarity.json")


def real_steps(job: Path) -> None:
    """Every step of the first stage, and the question of the review, each published as the daemon does."""
    from hotfolderd.config import Config  # noqa: PLC0415  the other process shall not pay for it
    from hotfolderd.engine.steps import next_order, order_for  # noqa: PLC0415
    from hotfolderd.pipeline import PROCESSING  # noqa: PLC0415
    from hotfolderd.publishing import publish  # noqa: PLC0415
    from hotfolderd.stages.template.line import ASK_REVIEW, LINE  # noqa: PLC0415
    from hotfolderd.work import Done, perform  # noqa: PLC0415

    facts = {**Config(root=job.parents[1]).facts(), "cache": None, "round": {"revision": 1}}
    finished: dict[str, str] = {}
    while (found := next_order(job, LINE.stages[PROCESSING].steps, facts, finished)) is not None:
        done = perform(found[1])
        assert isinstance(done, Done), done
        publish(job, done)
        finished[done.step] = done.fingerprint
    done = perform(order_for(job, ASK_REVIEW, facts))
    assert isinstance(done, Done), done
    publish(job, done)


def obvious_code(job: Path) -> None:
    from yardsticks.obvious import stage_one  # noqa: PLC0415

    stage_one(job, [tuple(one) for one in json.loads((job.parent / "compared.json").read_bytes())])


def compared_in(job: Path) -> list[tuple[str, str | None]]:
    """Which placeholder was drawn beside which layer in a job that the real steps have done."""
    data = json.loads((job / "previews/matching_data.json").read_bytes())
    names = {one["placeholder_id"]: (one["placeholder"], one["layer"]) for one in data["auto_matches"]}
    found = []
    for key in data["comparisons"]:
        number, _, rival = key.partition(" ")
        found.append((names[number][0], rival or names[number][1]))
    return found


def work(kind: str, jobs: list[Path]) -> None:
    """In a process of its own: one job to warm up, then the others by the clock."""
    do = real_steps if kind == "real" else obvious_code
    if kind == "real":
        heap.hold()
    do(jobs[0])
    began, wall = used_s(), time.perf_counter()
    for job in jobs[1:]:
        do(job)
    print(json.dumps({"cpu_s": used_s() - began, "wall_s": time.perf_counter() - wall, "mib": peak_mib()}))


def start(kind: str, jobs: list[Path]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, "--work", kind, *map(str, jobs)], stdout=subprocess.PIPE)


def ended(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    said, _ = child.communicate(timeout=1800)
    if child.returncode:
        raise SystemExit(f"a run ended with {child.returncode}")
    found: dict[str, Any] = json.loads(said)
    return found


def measure(pair: Pair, place: Path, count: int) -> None:
    best: dict[str, float] = {}
    mib: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        best[name] = min(best.get(name, value), value)

    for number in range(ROUNDS):
        folder = place / f"round{number}"
        real = job_folders(pair, folder / "real", count + 1)
        two = job_folders(pair, folder / "two", count + 2)
        found = ended(start("real", real))
        note("alone", found["cpu_s"] / count)
        mib["real"] = found["mib"]
        halves = [ended(child) for child in [start("real", two[::2]), start("real", two[1::2])]]
        note("busier", max(half["cpu_s"] for half in halves) / count)
        note("two wall", max(half["wall_s"] for half in halves) / count)
        obvious = job_folders(pair, folder / "obvious", count + 1)
        (obvious[0].parent / "compared.json").write_text(json.dumps(compared_in(real[0])))
        found = ended(start("obvious", obvious))
        note("obvious", found["cpu_s"] / count)
        note("obvious wall", found["wall_s"] / count)
        mib["obvious"] = found["mib"]
        for job in (*real, *two, *obvious):
            assert all((job / name).is_file() for name in PREPARED), job
        shutil.rmtree(folder)
    pictures = "one core {:.3f} (to reach {:g}) · two cores {:.3f}, on the wall {:.3f} (to reach {:g})"
    ratios = best["alone"] / best["obvious"], REACH_ALONE, best["busier"] / best["obvious"]
    print(f"{pair.name}: {pictures.format(*ratios, best['two wall'] / best['obvious wall'], REACH_TWO)}")
    times = f"{best['alone'] * 1000:.0f} ms : {best['obvious'] * 1000:.0f} ms of processor time a job"
    print(f"    {times}; at most {mib['real']:.0f} MiB : {mib['obvious']:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--work", choices=("real", "obvious"), help=argparse.SUPPRESS)
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    if given.work:
        work(given.work, given.folders)
        return
    with tempfile.TemporaryDirectory(prefix="stage-one-") as name:
        place = Path(name)
        for folder in given.folders:
            measure(pair_in(folder.resolve()), place / "given", given.jobs)
        measure(demo_pair(place / "demo"), place / "a", given.jobs)
        measure(large_pair(place / "middle", (1920, 1080), 12), place / "b", given.jobs)
        measure(large_pair(place / "large", (4000, 3000), 30), place / "c", 2)


if __name__ == "__main__":
    main()
