"""How the line grows: one to a hundred machines, a hundred to ten thousand jobs a day, simulated from measured costs.

    python benchmarks/simulator.py [--measured FILE] [--people 2] [--asked 1 0.02] [--batch 100] [--days 2]

The costs of a job are measured at the start, with a daemon of its own on the tiny design and the demonstration's poster
(FILE: what an earlier run has written to it; it is written where it is not there). What cannot be measured on one
machine is assumed, and the options say it: the shared folder, the scheduler, and how long people look at a job. The
model stands in `yardsticks/simulated.py`. Before anything else it is compared with this machine: one worker is fitted
(what a worker waits for the disk is what is left of its time), two workers are predicted, and the ratio is printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yardsticks.jobs import demo_pair
from yardsticks.line import House, Ran
from yardsticks.simulated import WAYS, People, Plan, Share, Way, days_of_batches, simulate

from hotfolderd.lines import LINES
from hotfolderd.pipeline import APPROVAL, COMPLETED, GENERATION, PROCESSING, REVIEW, VALIDATION

JOBS = 24
MACHINES = (1, 2, 4, 10, 100)
LOADS = (100, 1_000, 10_000)
SCHEDULED = 300
AT_ONCE = 2_000


@dataclass(frozen=True)
class Measured:
    """What was measured here: each way with one worker, the first with two, and what a scheduler needs for a task."""

    one: list[Ran]
    two: Ran
    scheduler_s: float
    load: float
    cores: int


def measure() -> Measured:
    """A batch of independent jobs through the whole line with one worker, another to its review with two."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="simulator-") as name:
        place = Path(name)
        pair = demo_pair(place / "pair")
        for folder in ("one", "two"):
            (place / folder).mkdir()
        with House(place / "one", 1) as house:
            house.drop(pair, JOBS, alike=False)
            one = [house.run(JOBS, REVIEW)]
            for stage, gate, target in ((REVIEW, "review", APPROVAL), (APPROVAL, "approval", COMPLETED)):
                house.approve(stage, gate)
                one.append(house.run(JOBS, target))
        with House(place / "two", 2) as house:
            house.drop(pair, JOBS, alike=False)
            two = house.run(JOBS, REVIEW)
    return Measured(one, two, scheduler_s(), load, os.cpu_count() or 1)


def scheduler_s() -> float:
    """Seconds of a dask scheduler for a task that does nothing, with its only worker in the same process."""
    from distributed import Client, LocalCluster  # noqa: PLC0415  heavy, and only here

    local = LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    with local as cluster, Client(cluster) as client:
        began = time.process_time()
        client.gather([client.submit(abs, number, pure=False) for number in range(SCHEDULED)])
        return (time.process_time() - began) / SCHEDULED


def measured_in(path: Path | None) -> Measured:
    if path is not None and path.exists():
        data: dict[str, Any] = json.loads(path.read_text())
        return Measured(
            [Ran(**one) for one in data["one"]], Ran(**data["two"]), data["scheduler_s"], data["load"], data["cores"]
        )
    found = measure()
    if path is not None:
        path.write_text(json.dumps(dataclasses.asdict(found), indent=1) + "\n")
    return found


def lead_s(ran: Ran) -> float:
    """Seconds from a drop until its first job begins: workers start, the drop is examined, its jobs are built.

    The first job has come to its review after that and its own time, of which each worker needs as much for each job.
    """
    return max(0.0, (ran.jobs * ran.first_s - ran.workers * ran.wall_s) / (ran.jobs - ran.workers))


def ways_of(found: Measured) -> tuple[Way, ...]:
    """The ways of a job. What one worker's time has left beside both processors' is waiting for the disk."""
    stages = LINES["template"].stages
    tasks = (
        len(stages[PROCESSING].steps) + 1,
        len(stages[VALIDATION].steps) + len(stages[GENERATION].steps) + 1,
        1,
    )
    ways = []
    for number, (ran, steps) in enumerate(zip(found.one, tasks, strict=True)):
        each_s = (ran.wall_s - (0.0 if number else lead_s(ran))) / ran.jobs
        daemon_s = ran.daemon_s / ran.jobs
        worker_s = min(ran.workers_s / ran.jobs, max(0.0, each_s - daemon_s))  # without that of the examination
        ways.append(Way(daemon_s, worker_s, max(0.0, each_s - daemon_s - worker_s), steps))
    return tuple(ways)


def show_costs(found: Measured, ways: tuple[Way, ...], share: Share, people: People) -> None:
    print(f"measured here, {JOBS} independent jobs of the demonstration's poster, load {found.load:.1f}; ms a job:")
    for name, way in zip(WAYS, ways, strict=True):
        print(f"    {name:<16} {way.tasks:2d} steps; processor: daemon {way.daemon_s * 1000:4.0f}", end=", ")
        print(f"worker {way.worker_s * 1000:5.0f}; waiting (disk, other programs) {way.wait_s * 1000:5.0f}")
    lead = lead_s(found.one[0])
    print(f"    before the first begins: {lead:.1f} s for a drop of {JOBS} jobs (workers start, examining, building)")
    print(f"    scheduler        {found.scheduler_s * 1000:.2f} a task (dask, its worker in the same process)")
    print(f"assumed: shared folder {share.mb_a_second:g} MB/s, an operation {share.latency_s * 1000:g} ms", end=" ")
    print(f"(server {share.server_s * 1000:g} ms), {share.operations} operations and {share.mb:g} MB a way;")
    print(f"    {people.count} people from {people.hours[0]:g} to {people.hours[1]:g} h,", end=" ")
    print(f"{people.minutes[0]:g} min a review, {people.minutes[1]:g} min an approval\n")


def validate(found: Measured, ways: tuple[Way, ...]) -> None:
    """The model against this machine, on the first way. Two workers wait as long as one, but at the same time.

    It knows nothing of other programs: where they use much of the cores, the figure that is predicted is too high.
    """
    print("simulated : measured, jobs a minute to the review on this machine")
    dearer = found.two.cpu_s / found.one[0].cpu_s
    then = dataclasses.replace(ways[0], daemon_s=ways[0].daemon_s * dearer, worker_s=ways[0].worker_s * dearer)
    rows = [
        (found.one[0], ways[0], "fitted"),
        (found.two, ways[0], "predicted"),
        (found.two, then, f"predicted, with the {dearer:.2f}-fold processor time that a job took then"),
    ]
    for ran, way, how in rows:
        plan = Plan((way,), 1, found.cores, ran.workers, build_s=lead_s(ran) / ran.jobs)
        got = 60 * ran.jobs / simulate(plan, [(0.0, ran.jobs)]).last_s
        others = max(0.0, 1 - (ran.idle_s + ran.daemon_s + ran.workers_s) / (found.cores * ran.wall_s))
        print(
            f"    {ran.workers} workers  {got:6.1f} : {ran.a_minute:6.1f} = {got / ran.a_minute:.2f}  ({how};", end=" "
        )
        print(f"other programs had {others:.0%} of the cores)")
    print()


def show_limits(plan: Plan, batch: int) -> None:
    """As fast as the machines can, nobody is asked."""
    print(f"{AT_ONCE} jobs at once, in drops of {batch}, the whole way, nobody asked: what the machines can do")
    print("machines  jobs a minute  fullest")
    for machines in MACHINES:
        here = dataclasses.replace(plan, machines=machines, people=People(asked=0.0))
        outcome = simulate(here, [(0.0, batch)] * (AT_ONCE // batch))
        fullest = sorted(outcome.busy.items(), key=lambda one: -one[1])[:3]
        busy = ", ".join(f"{name} {share:.0%}" for name, share in fullest)
        print(f"{machines:8d}  {60 * AT_ONCE / outcome.last_s:13.0f}  {busy}")
    print()


def show_days(plan: Plan, batch: int, days: int) -> None:
    asked = plan.people.asked
    print(f"{days} days, batches of {batch}, people are asked about {asked:.0%} of the jobs one by one;", end=" ")
    print("waiting in minutes, the median / what 95 of 100 stay below")
    print("machines  jobs a day  delivered a day     for a worker     for a review  for an approval  fullest")
    for load in LOADS:
        for machines in MACHINES:
            here = dataclasses.replace(plan, machines=machines)
            batches = days_of_batches(load, batch, days, plan.people.hours)
            outcome = simulate(here, batches, days * 86400.0)
            waits = [outcome.waited(stage) for stage in (WAYS[0], "review", "approval")]
            told = "  ".join(f"{median / 60:6.1f} / {late / 60:6.1f}" for median, late in waits)
            name, share = outcome.fullest
            print(f"{machines:8d}  {load:10d}  {outcome.delivered / days:15.0f}  {told}", end="  ")
            print(f"{name} {share:.0%}", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--measured", type=Path)
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--asked", type=float, nargs="+", default=[1.0, 0.02])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--days", type=int, default=2)
    given = parser.parse_args()
    found = measured_in(given.measured)
    ways, share, people = ways_of(found), Share(), People(given.people)
    show_costs(found, ways, share, people)
    validate(found, ways)
    build_s = lead_s(found.one[0]) / given.batch  # mostly the start of workers and the examination: once for a drop
    plan = Plan(ways, 1, found.cores, found.cores, found.scheduler_s, share, people, build_s)
    show_limits(plan, given.batch)
    for asked in given.asked:
        show_days(dataclasses.replace(plan, people=dataclasses.replace(people, asked=asked)), given.batch, given.days)


if __name__ == "__main__":
    main()
