"""The whole line with steps done by a real dask cluster on this machine: two workers, and whatever ends them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from house import House

from hotfolderd.demo.batch import make_small_batch

sys.path.append(str(Path(__file__).parents[1] / "engine"))
DaskCluster = importlib.import_module("dask_cluster").DaskCluster

JOBS = 6


def through_the_line(house: House, jobs: list[str], within_s: float = 150.0) -> None:
    """Approve whatever is asked until all jobs are delivered."""
    house.wait_until(lambda: house.approve_all(jobs), "all deliveries", within_s=within_s)


def names(count: int = JOBS) -> list[str]:
    return [f"TINY{number:04d}" for number in range(1, count + 1)]


def steps_done(house: House, job: str) -> list[str]:
    return [one["data"]["step"] for one in house.events(job) if "duration_ms" in one["data"]]


def test_a_batch_goes_down_the_line_on_two_workers_of_a_cluster(tmp_path: Path) -> None:
    with DaskCluster(tmp_path) as cluster:
        cluster.add_worker()
        cluster.add_worker("--no-nanny")
        settings = {"kind": "cluster", "address": cluster.address}
        with House(tmp_path, workers=settings) as house, house.watched():
            make_small_batch(house.inbox, JOBS)
            through_the_line(house, names())
            house.wait_until(lambda: house.health()["workers_note"] == "", "a cluster that is well")
            for job in names():
                done = steps_done(house, job)
                assert len(done) == len(set(done)), f"{job}: a step was done twice: {done}"
            assert len(list(house.root.glob("deployed/*/*/TINY*/manifest.json"))) == JOBS
            assert list(house.root.glob("*/*/.job/work/*.new")) == []
