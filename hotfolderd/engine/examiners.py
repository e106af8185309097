"""Drops in the hands of workers: several look into the designs of a large one, then one examines it.

What they say of a design is true while nothing of the drop changes, which whoever takes it in looks after. Submits and
collects tasks; reads and writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.inbox.batch import Content
from hotfolderd.inbox.columns import PSD_SUFFIXES
from hotfolderd.inbox.drops import Designs, Examination
from hotfolderd.work import Broken

log = logging.getLogger(__name__)
_LIMIT_S = 1800.0
# So many designs are looked into sooner than they could be shared out; so many are one task at most.
_FEW, _AT_ONCE = 4, 16


@dataclass(slots=True)
class _Drop:
    """A drop that is examined. `to_come` are designs that no worker has yet, `at_work` the tasks that they are in."""

    order: Examination
    to_come: list[Designs]
    at_work: set[str] = field(default_factory=set)
    seen: dict[str, Content] = field(default_factory=dict)
    last: bool = False


class Examiners:
    """Has drops examined. A drop is known by its key, which is also that of its last task."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._drops: dict[str, _Drop] = {}
        self._tasks: dict[str, str] = {}
        self._count = 0

    def wants_worker(self) -> bool:
        """Whether a drop waits for a worker."""
        return any(_has_task(drop) for drop in self._drops.values())

    def has(self, task: Finished) -> bool:
        """Whether a task is of here."""
        return task.key in self._tasks

    def begin(self, key: str, order: Examination) -> None:
        """Have a drop examined, by all workers that are free now. Raises OSError where no task can be begun."""
        self._drops[key] = _Drop(order, _shared_out(order, self._workers.free()))
        self._submit(key)

    def go_on(self) -> Iterator[tuple[str, OSError]]:
        """Give free workers what is to come. Yields the drops that nobody examines, since no task can be begun."""
        for key in list(self._drops):
            try:
                self._submit(key)
            except OSError as error:
                yield key, error

    def collect(self, task: Finished) -> tuple[str, Any] | None:
        """A drop and what its examination came to, if it has ended with this task."""
        key = self._tasks.pop(task.key)
        drop = self._drops.get(key)
        if drop is None or task.key not in drop.at_work:
            return None
        drop.at_work.discard(task.key)
        if drop.last:
            del self._drops[key]
            return key, task.value
        if isinstance(task.value, Broken):  # whoever examines the whole looks again, and says so
            log.warning("%s: some designs were not looked into: %s", drop.order.drop.path.name, task.value.message)
        else:
            drop.seen.update(task.value)
        return None

    def _submit(self, key: str) -> None:
        drop = self._drops[key]
        try:
            while _has_task(drop) and self._workers.free() > 0:
                name, function, argument = self._next(key, drop)
                self._workers.submit(name, function, argument, _LIMIT_S)
                drop.at_work.add(name)
                self._tasks[name] = key
        except OSError:
            del self._drops[key]
            raise

    def _next(self, key: str, drop: _Drop) -> tuple[str, str, Any]:
        if drop.to_come:
            self._count += 1
            return f"{key} designs {self._count}", "hotfolderd.inbox.contents:look_into_designs", drop.to_come.pop(0)
        drop.last = True
        return key, "hotfolderd.inbox.examine:examine_drop", drop.order.knowing(drop.seen)


def _has_task(drop: _Drop) -> bool:
    return bool(drop.to_come) or not (drop.at_work or drop.last)


def _shared_out(order: Examination, workers: int) -> list[Designs]:
    """The designs of a drop in so many parts that all workers have ended at about the same time."""
    drop = order.drop
    paths = [path.relative_to(drop.home).as_posix() for path in drop.files if path.suffix.lower() in PSD_SUFFIXES]
    if drop.kind == "episode" or workers < 2 or len(paths) < _FEW:
        return []
    size = min(_AT_ONCE, -(-len(paths) // (2 * workers)))
    parts = (paths[first : first + size] for first in range(0, len(paths), size))
    return [Designs(drop.home, tuple(part), order.limits) for part in parts]
