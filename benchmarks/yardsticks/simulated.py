"""The line as a discrete-event simulation: jobs of batches, worker processes, the daemon, a shared folder, people.

Pure arithmetic over costs that are handed in: it reads and writes nothing. All times are seconds of simulated time,
from midnight of the first day.

A job goes three ways through the machines (to the review, to the approval, to the delivery) and before the second and
the third through a person. On each way it holds one worker: while the daemon deals with it (one daemon, one thing at a
time), while the scheduler of a cluster passes its tasks on, while it is computed on a core, while it waits for the
disk, and while the shared folder serves it. On one machine the daemon computes on the cores that the workers use; in a
cluster it has a machine of its own.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import simpy

DAY_S = 86400.0
WAYS = ("to the review", "to the approval", "to the delivery")
ASKED = ("review", "approval")


@dataclass(frozen=True)
class Way:
    """What one way of a job costs (seconds): of the daemon, of a worker's processor, and waiting for the disk.

    `tasks` is the number of steps, each one message of a scheduler.
    """

    daemon_s: float
    worker_s: float
    wait_s: float
    tasks: int


@dataclass(frozen=True)
class Share:
    """A shared folder: bytes a second, seconds that a client waits for an operation, and that the server works on it.

    `operations` and `mb` are what one way of one job needs.
    """

    mb_a_second: float = 110.0
    latency_s: float = 0.0005
    server_s: float = 0.00005
    operations: int = 800
    mb: float = 5.0

    @property
    def served_s(self) -> float:
        """How long the server is busy with one way of one job."""
        return self.operations * self.server_s + self.mb / self.mb_a_second


@dataclass(frozen=True)
class People:
    """Who decides: how many, minutes for a review and an approval, hours of work. `asked`: the share of questions that
    a person must answer one by one; the others are answered for their batch or by a rule."""

    count: int = 2
    minutes: tuple[float, float] = (2.0, 1.0)
    hours: tuple[float, float] = (9.0, 17.0)
    asked: float = 1.0


@dataclass(frozen=True)
class Plan:
    """What is simulated. One machine has no scheduler and no shared folder; `workers` are those of each machine."""

    ways: tuple[Way, ...]
    machines: int = 1
    cores: int = 2
    workers: int = 2
    scheduler_s: float = 0.001
    share: Share = field(default_factory=Share)
    people: People = field(default_factory=People)
    build_s: float = 0.0


@dataclass
class Outcome:
    """What came of it: jobs that arrived and were delivered, seconds of waiting for each stage, and how busy all was.

    `busy` is the share of its capacity that each resource has worked; people only count while they are at work.
    """

    arrived: int = 0
    delivered: int = 0
    inside: int = 0
    last_s: float = 0.0
    waits: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)

    @property
    def fullest(self) -> tuple[str, float]:
        """The resource that is nearest to its limit, and how near."""
        return max(self.busy.items(), key=lambda one: one[1])

    def waited(self, stage: str) -> tuple[float, float]:
        """Median and 95th percentile of the seconds that jobs have waited for a stage."""
        found = sorted(self.waits.get(stage, [])) or [0.0]
        return statistics.median(found), found[min(len(found) - 1, int(0.95 * len(found)))]


class _Used:
    """A resource, and the seconds for which it was in use, of all its places together."""

    def __init__(self, env: simpy.Environment, places: int) -> None:
        self.env, self.places = env, places
        self.resource = simpy.Resource(env, places)
        self.seconds = 0.0

    def use(self, seconds: float) -> Iterator[Any]:
        if seconds <= 0:
            return
        with self.resource.request() as turn:
            yield turn
            began = self.env.now
            try:
                yield self.env.timeout(seconds)
            finally:
                self.seconds += self.env.now - began


class _Line:
    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan, self.env, self.random = plan, simpy.Environment(), random.Random(seed)
        self.outcome = Outcome()
        machines = plan.machines
        self.workers = _Used(self.env, machines * plan.workers)
        self.cores = _Used(self.env, machines * plan.cores)
        self.daemon = _Used(self.env, 1)
        self.scheduler = _Used(self.env, 1)
        self.share = _Used(self.env, 1)
        self.people = _Used(self.env, max(1, plan.people.count))

    def batch(self, at: float, jobs: int) -> Iterator[Any]:
        """A drop: one worker builds its jobs, then all of them begin."""
        yield self.env.timeout(at)
        self.outcome.arrived += jobs
        self.outcome.inside += jobs
        yield from self.workers.use(self.plan.build_s * jobs)
        for _ in range(jobs):
            self.env.process(self.job())

    def job(self) -> Iterator[Any]:
        for number, way in enumerate(self.plan.ways):
            yield from self._travel(WAYS[number], way)
            if number < min(len(ASKED), len(self.plan.ways) - 1) and self.random.random() < self.plan.people.asked:
                yield from self._ask(number)
        self.outcome.delivered += 1
        self.outcome.inside -= 1
        self.outcome.last_s = self.env.now

    def _travel(self, name: str, way: Way) -> Iterator[Any]:
        plan, came = self.plan, self.env.now
        with self.workers.resource.request() as turn:
            yield turn
            began = self.env.now
            self.outcome.waits.setdefault(name, []).append(began - came)
            try:
                if plan.machines == 1:
                    with self.daemon.resource.request() as heard:
                        yield heard
                        yield from self.cores.use(way.daemon_s)
                        self.daemon.seconds += way.daemon_s
                else:
                    yield from self.daemon.use(way.daemon_s)
                    yield from self.scheduler.use(plan.scheduler_s * way.tasks)
                    yield self.env.timeout(plan.share.operations * plan.share.latency_s)
                    yield from self.share.use(plan.share.served_s)
                yield from self.cores.use(way.worker_s)
                yield self.env.timeout(way.wait_s)
            finally:
                self.workers.seconds += self.env.now - began

    def _ask(self, number: int) -> Iterator[Any]:
        """A person looks at it, in hours of work; what was begun is ended."""
        came = self.env.now
        people = self.plan.people
        with self.people.resource.request() as turn:
            yield turn
            yield self.env.timeout(_until_work(self.env.now, people.hours))
            self.outcome.waits.setdefault(ASKED[number], []).append(self.env.now - came)
            began = self.env.now
            yield self.env.timeout(people.minutes[number] * 60)
            self.people.seconds += self.env.now - began


def _until_work(now: float, hours: tuple[float, float]) -> float:
    """Seconds until people are at work."""
    of_day = now % DAY_S
    begin, end = (hour * 3600 for hour in hours)
    if begin <= of_day < end:
        return 0.0
    return begin - of_day if of_day < begin else begin - of_day + DAY_S


def simulate(plan: Plan, batches: list[tuple[float, int]], until_s: float | None = None, seed: int = 1) -> Outcome:
    """Let batches (seconds, number of jobs) through the line, until all is done or a time has come."""
    line = _Line(plan, seed)
    for at, jobs in batches:
        line.env.process(line.batch(at, jobs))
    line.env.run(until_s)
    outcome, span_s = line.outcome, (line.env.now if until_s else line.outcome.last_s) or 1.0
    used = {"workers": line.workers, "cores": line.cores, "daemon": line.daemon}
    if plan.machines > 1:
        used |= {"scheduler": line.scheduler, "shared folder": line.share}
    outcome.busy = {name: one.seconds / (span_s * one.places) for name, one in used.items()}
    if any(stage in outcome.waits for stage in ASKED):
        first, last = plan.people.hours
        days = max(1.0, -(-span_s // DAY_S))
        outcome.busy["people"] = min(1.0, line.people.seconds / (days * (last - first) * 3600 * line.people.places))
    return outcome


def days_of_batches(jobs_a_day: int, batch: int, days: int, hours: tuple[float, float]) -> list[tuple[float, int]]:
    """So many jobs a day, in batches spread evenly over the hours of work."""
    count = -(-jobs_a_day // batch)
    sizes = [jobs_a_day // count + (number < jobs_a_day % count) for number in range(count)]
    first, last = (hour * 3600 for hour in hours)
    return [
        (day * DAY_S + first + (number + 0.5) * (last - first) / count, size)
        for day in range(days)
        for number, size in enumerate(sizes)
    ]
