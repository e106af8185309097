"""The benchmarks' simulation of the line: its arithmetic, on cases that can be reckoned by hand. Nothing is timed."""

from __future__ import annotations

import importlib
import random
import statistics
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("yardsticks.simulated")


@pytest.mark.parametrize("machines", [1, 3])
@pytest.mark.parametrize("until_s", [None, 39_000.0])
def test_every_job_that_arrived_is_delivered_or_in_the_line_and_nothing_works_more_than_all_the_time(
    simulated: ModuleType, machines: int, until_s: float | None
) -> None:
    way = simulated.Way(daemon_s=0.05, worker_s=0.4, wait_s=0.1, tasks=6)
    plan = simulated.Plan((way, way, way), machines=machines)
    batches = simulated.days_of_batches(130, 20, 2, plan.people.hours)
    outcome = simulated.simulate(plan, batches, until_s)
    assert outcome.arrived == outcome.delivered + outcome.inside
    assert sum(jobs for _, jobs in batches) == 260
    assert (outcome.inside == 0) == (until_s is None)
    assert all(0.0 <= share <= 1.0 + 1e-9 for share in outcome.busy.values()), outcome.busy
    assert {"scheduler", "shared folder"} <= outcome.busy.keys() or machines == 1


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_jobs_that_come_by_chance_to_one_server_wait_as_long_as_the_formula_for_m_d_1_says(
    simulated: ModuleType, load: float
) -> None:
    """Pollaczek and Khinchine: with a constant service of 1 s the mean wait is load / (2 (1 − load)) seconds."""
    chance = random.Random(5)
    at, batches = 0.0, []
    for _ in range(30_000):
        at += chance.expovariate(load)
        batches.append((at, 1))
    plan = simulated.Plan((simulated.Way(0.0, 1.0, 0.0, 1),), machines=1, cores=1, workers=1)
    outcome = simulated.simulate(plan, batches)
    mean_s = statistics.mean(outcome.waits[simulated.WAYS[0]])
    assert mean_s == pytest.approx(load / (2 * (1 - load)), rel=0.1)
    assert outcome.busy["workers"] == pytest.approx(load, rel=0.03)


def test_a_batch_takes_as_long_as_its_narrowest_resource(simulated: ModuleType) -> None:
    """100 jobs, each 0.1 s of the daemon and 1 s of a worker: two workers are at their limit, or the one daemon."""
    way = simulated.Way(daemon_s=0.1, worker_s=1.0, wait_s=0.0, tasks=1)
    two = simulated.simulate(simulated.Plan((way,), cores=3, workers=2), [(0.0, 100)])
    assert two.last_s == pytest.approx(50 * 1.1, rel=0.03)
    assert two.fullest[0] == "workers"
    none = simulated.Share(latency_s=0.0, server_s=0.0, mb=0.0)
    many = simulated.simulate(simulated.Plan((way,), machines=100, scheduler_s=0.0, share=none), [(0.0, 100)])
    assert many.last_s == pytest.approx(100 * 0.1 + 1.0, rel=0.01)
    assert many.fullest[0] == "daemon"


def test_people_answer_in_their_hours_only(simulated: ModuleType) -> None:
    """A job that comes in the evening is reviewed the next morning at nine."""
    way = simulated.Way(0.0, 60.0, 0.0, 1)
    evening = 20 * 3600.0
    outcome = simulated.simulate(simulated.Plan((way, way)), [(evening, 1)])
    assert outcome.waited("review")[0] == pytest.approx(13 * 3600 - 60)
    assert outcome.delivered == 1
