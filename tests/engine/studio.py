"""A studio at work without waiting: a root with the toy line, a clock that jumps, workers that work at once."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import yaml
from toy_line import LINE, runs

from hotfolderd.disk import rename_new
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.dispatch import Policy
from hotfolderd.engine.reconciler import Reconciler
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.seats import Seats
from hotfolderd.engine.settle import Stillness
from hotfolderd.engine.tray import Tray
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.notify import Notices
from hotfolderd.pipeline import PROCESSING
from hotfolderd.records import Job, Record, read_job
from hotfolderd.review import checking as _checking  # noqa: F401  as in a daemon that has taken a decision before
from hotfolderd.review.editing import set_keys
from hotfolderd.root import Root, make_root
from hotfolderd.store import Store

START = 1_800_000_000.0
SETTLE_S = 2.0
LINES = {LINE.kind: LINE}


class Clock:
    """A wall clock, a monotonic clock and a calendar that only move when they are told to."""

    def __init__(self, seconds: float = START) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


class WorkersHere:
    """Workers in this process: a task is done when its result is collected. See `Workers`."""

    def __init__(self, places: int = 4) -> None:
        self.places = places
        self.tasks: dict[str, tuple[str, Any]] = {}
        self.begun: list[str] = []

    def free(self) -> int:
        return self.places - len(self.tasks)

    def submit(self, key: str, function: str, argument: Any, timeout_s: float) -> None:  # noqa: ARG002  see `Workers`
        assert key not in self.tasks
        self.tasks[key] = (function, argument)
        self.begun.append(key)

    def finished(self) -> list[Finished]:
        tasks, self.tasks = self.tasks, {}
        return [Finished(key, _call(*task)) for key, task in tasks.items()]

    def stop(self, grace_s: float) -> None:  # noqa: ARG002  see `Workers`
        self.tasks.clear()


def _call(function: str, argument: Any) -> Any:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(argument)


class Studio:
    """One root and whatever works on it. `restart` forgets all that a daemon holds in memory."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.root: Root = make_root(path)
        self.clock = Clock()
        self.settings = settings
        self.restart()

    def restart(self, **settings: Any) -> None:
        settings = self.settings = {**self.settings, **settings}
        now: Callable[[], datetime] = settings.get("now", self.clock.now)
        self.workers: Workers = settings.get("workers") or WorkersHere()
        self.notices = Notices(self.root, self.clock.now)
        self.outside: Workers | None = settings.get("outside")
        self.store = Store(settings.get("store_root", self.root), settings.get("lines", LINES), now)
        self.stillness = Stillness(self.clock)
        self.facts = {"colour": settings.get("colour", "red"), "rule": settings.get("rule", "")}
        self.facts |= settings.get("facts", {})
        policy = Policy(settings.get("max_jobs", 5), settings.get("retry", RetryPolicy(3, 40.0, 200.0)), self.facts)
        self.reconciler = Reconciler(
            self.root,
            self.store,
            self.workers,
            self.notices,
            self._desk,
            policy,
            clock=self.clock,
            outside=self.outside,
        )

    def _desk(self, seats: Seats) -> Desk:
        self.next_asked = seats.next_asked
        return Desk(
            self.store,
            self.notices,
            Tray(self.stillness, SETTLE_S),
            reviewers=self.settings.get("reviewers", {}),
            seats=seats,
            facts=self.facts,
            now=self.settings.get("now", self.clock.now),
        )

    # what people do --------------------------------------------------------------------------------------------

    def order(
        self,
        job: str,
        letter: str = "dear reader",
        *,
        priority: str = "medium",
        batch: str = "B1",
        synced: bool = False,
        **faults: str,
    ) -> Path:
        """A job as the intake makes it. `read="ToolError 2"` lets the step `read` fail twice; `_` stands for `-`.

        `synced`: its files survive a power cut from the beginning, as those of the intake do.
        """
        built = self.root.intake / job
        (built / "assets").mkdir(parents=True)
        (built / "assets" / "letter.txt").write_text(letter)
        for step, fault in faults.items():
            (built / "assets" / f"{step.replace('_', '-')}.fault").write_text(fault)
        order = {"job": job, "kind": "toy", "batch": batch, "priority": priority, "client": "ACME"}
        (built / "job.yaml").write_text(yaml.safe_dump(order))
        for path in (*built.rglob("*"), built) if synced else ():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        self.store.create(built, order)
        place = self.root.path / PROCESSING / job
        rename_new(built, place)
        return place

    def decide(self, job: str, decision: str, **keys: str) -> None:
        """Edit the sidecar of the question that the job waits for."""
        path = self.place(job) / f"{self.record(job).question.gate}.yaml"  # type: ignore[union-attr]  # it was asked
        path.write_text(set_keys(path.read_text(), {"decision": decision, **keys}))

    def control(self, job: str, **keys: str) -> None:
        (self.place(job) / "control.yaml").write_text(yaml.safe_dump(keys))

    def drag(self, job: str, folder: str) -> Path:
        """Move a job folder by hand."""
        target = self.root.path / folder / job
        self.place(job).rename(target)
        return target

    # what the daemon does --------------------------------------------------------------------------------------

    def turn(self) -> float | None:
        """One pass of the daemon's loop; seconds until it wants to look again."""
        self.reconciler.collect(self.workers.finished())
        return self.reconciler.round()

    def work(self, patience_s: float = 8.0) -> None:
        """Pass after pass until nothing is due within `patience_s`; the clock jumps to what is due sooner."""
        for _ in range(200):
            due = self.turn()
            if self.reconciler.running() or self.reconciler.waiting_for_workers():
                continue
            if due is None or due > patience_s:
                return
            self.clock.seconds += due + 0.001
        raise AssertionError("the studio does not come to rest")

    # what is seen ----------------------------------------------------------------------------------------------

    def place(self, job: str) -> Path:
        found = self.root.find_job(job)
        assert found is not None, f"{job} is lost"
        return found[1]

    def stage(self, job: str) -> str:
        return self.place(job).parent.name

    def record(self, job: str) -> Job:
        return read_job(self.place(job))

    def status(self, job: str) -> Any:
        return yaml.safe_load((self.place(job) / "status.yaml").read_bytes())

    def runs(self, job: str) -> list[str]:
        return runs(self.place(job))

    def events(self, job: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.place(job) / ".job" / "events.jsonl").read_text().splitlines()]

    def actions(self, job: str) -> list[str]:
        return [event["action"] for event in self.events(job)]

    def travelled(self, job: str) -> list[str]:
        """The folders that the job came into, by its history."""
        return [e["data"]["target"] for e in self.events(job) if e["message"].startswith("Job ") and e["data"]]

    def decisions(self, job: str) -> list[dict[str, Any]]:
        with Record(self.place(job)) as record:
            return record.decisions()

    def receipt(self, job: str, name: str) -> Any:
        return yaml.safe_load((self.place(job) / "decisions" / f"{name}.receipt.yaml").read_bytes())

    def answers(self, job: str) -> list[str]:
        """What lies in `decisions/`."""
        place = self.place(job) / "decisions"
        return sorted(path.name for path in place.iterdir()) if place.exists() else []

    def problems(self, job: str, sidecar: str) -> str:
        path = self.place(job) / f"{sidecar}.problems.txt"
        return path.read_text() if path.exists() else ""

    def messages(self, event: str = "") -> list[dict[str, str]]:
        found = [json.loads(path.read_bytes()) for path in (self.root.private / "outbox").glob("*.json")]
        return [one for one in found if one["event"].startswith(event)]


class Killed(BaseException):
    """Stands for kill -9 in this process: nothing of ours catches it."""


def killed_child(work: Callable[[], object]) -> int:
    """Do something in a forked process that dies of `die`; its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die() -> NoReturn:
    """End the process at once: no handlers, no flushing."""
    os._exit(9)
