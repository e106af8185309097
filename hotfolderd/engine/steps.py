"""Which step of a stage is to do next: fingerprints against what lies in `.job/work`.

Reads the notes of finished steps and the small files that a step names; never runs anything.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hotfolderd.pipeline import Step
from hotfolderd.work import WORK, Done, Order, read_done


def next_order(
    folder: Path, steps: Iterable[Step], facts: Mapping[str, Any], finished: Mapping[str, str]
) -> tuple[Step, Order] | None:
    """The first step that is not done for what the job holds now, ready for a worker; None if all are done.

    `finished` holds the fingerprints of the steps that the record knows of: one that ended unseen is done again.
    """
    for step in steps:
        order = order_for(folder, step, facts)
        done = read_done(folder, step.name)
        if done is None or not done.fingerprint == order.fingerprint == finished.get(step.name):
            return step, order
        if not outputs_present(folder, done):
            return step, order
    return None


def order_for(folder: Path, step: Step, facts: Mapping[str, Any]) -> Order:
    """The order for a step, with the fingerprint of everything that decides its result."""
    given = {name: facts[name] for name in step.uses}
    earlier = {name: _digest_of(folder, name) for name in step.after}
    read = {name: _content(folder, name) for name in step.reads}
    whole = json.dumps([step.name, step.version, step.run, given, earlier, read], sort_keys=True)
    return Order(str(folder), step.name, step.run, hashlib.sha256(whole.encode()).hexdigest(), given)


def outputs_present(folder: Path, done: Done) -> bool:
    """Whether every file of a finished step is still there with its size, published or about to be."""
    for output in done.outputs:
        if output.sidecar:
            continue
        places = [folder / WORK / done.step / output.path]
        if output.public:
            places.append(folder / output.path)
        if not any(_has_size(place, output.size) for place in places):
            return False
    return True


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _digest_of(folder: Path, step: str) -> str:
    done = read_done(folder, step)
    return done.digest if done else ""


def _content(folder: Path, name: str) -> str | list[list[Any]]:
    if name.endswith("/"):
        return _signature(folder / name)
    try:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _signature(folder: Path) -> list[list[Any]]:
    """Names, sizes and times of all files below a folder: enough to notice that one was replaced."""
    found: list[list[Any]] = []
    for place, _, names in os.walk(folder):
        for name in names:
            stat = Path(place, name).lstat()
            found.append([str(Path(place, name).relative_to(folder)), stat.st_size, stat.st_mtime_ns, stat.st_ino])
    return sorted(found)
