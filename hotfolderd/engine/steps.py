"""Which step of a stage is to do next: fingerprints against what lies in `.job/work`.

Reads the notes of finished steps and the small files that a step names, each once for one question; never runs
anything.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hotfolderd.disk import sha256_in
from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.pipeline import Step
from hotfolderd.work import DONE, WORK, Done, Order, Share, read_done

_NOTES_KEPT = 512


def next_order(
    folder: Path, steps: Iterable[Step], facts: Mapping[str, Any], finished: Mapping[str, str]
) -> tuple[Step, Order] | None:
    """The first step that is not done for what the job holds now, ready for a worker; None if all are done.

    `finished` holds the fingerprints of the steps that the record knows of: one that ended unseen is done again. See
    `order_for`.
    """
    look = _Look(folder, facts)
    for step in steps:
        if step.when and facts[step.when] is None:
            continue
        order = look.order(step)
        done = look.done(step.name)
        if done is None or not done.fingerprint == order.fingerprint == finished.get(step.name):
            return step, order
        if not outputs_present(folder, done):
            return step, order
    return None


def order_for(folder: Path, step: Step, facts: Mapping[str, Any]) -> Order:
    """The order for a step, with the fingerprint of everything that decides its result.

    A fact may be a function without arguments: it is asked where a step uses the fact, once. `cache` (a `cache.Cache`
    or None) is where results are shared; it decides nothing, so it is in no fingerprint.
    """
    return _Look(folder, facts).order(step)


def outputs_present(folder: Path, done: Done) -> bool:
    """Whether every file of a finished step, and that it rests on, is there with its size, published or about to be."""
    for output in done.outputs:
        if output.sidecar:
            continue
        published = output.public and _has_size(f"{folder}/{output.path}", output.size)
        if not published and not _has_size(f"{folder}/{WORK}/{done.step}/{output.path}", output.size):
            return False
    return all(_has_size(f"{folder}/{output.path}", output.size) for output in done.kept)


class _Look:
    """A job folder at one moment: each of its files, and each fact, is asked for once."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self._folder = folder
        self._facts = facts
        self.done = functools.cache(self._done)
        self._fact = functools.cache(self._asked)
        self._read = functools.cache(self._content)

    def order(self, step: Step) -> Order:
        """See `order_for`."""
        given = {name: self._fact(name) for name in step.uses}
        earlier = {name: self._digest(name) for name in step.after}
        read = {name: self._read(name) for name in step.reads}
        fingerprint = _sha256([step.name, step.version, step.run, given, earlier, read])
        keys = {name: self._fact(name) for name in step.keys}
        share = self._share(step, given)
        return Order(str(self._folder), step.name, step.run, fingerprint, given, share, keys=keys)

    def _share(self, step: Step, given: Mapping[str, Any]) -> Share | None:
        cache = self._facts.get("cache")
        if not step.shared_by or cache is None:
            return None
        return Share(cache, _sha256([step.name, step.version, step.run, given]), step.shared_by)

    def _done(self, step: str) -> Done | None:
        path = f"{self._folder}/{WORK}/{step}/{DONE}"
        try:
            stat = os.stat(path)  # noqa: PTH116  asked for every step of every job that goes on
        except OSError:
            return None
        return _noted(str(self._folder), step, (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))

    def _digest(self, step: str) -> str:
        done = self.done(step)
        return done.digest if done else ""

    def _asked(self, name: str) -> Any:
        fact = self._facts[name]
        return fact() if callable(fact) else fact

    def _content(self, name: str) -> str | list[list[Any]]:
        if name.endswith("/"):
            return _signature(f"{self._folder}/{name}")
        try:
            with open_file(self._folder / name) as stream:
                return sha256_in(stream)
        except JobError as error:  # a link, a pipe: the step says so
            return str(error)
        except FileNotFoundError:
            return ""


@functools.lru_cache(_NOTES_KEPT)
def _noted(folder: str, step: str, _state: tuple[int, ...]) -> Done | None:
    """A note as it was in a state of its file. It is only ever replaced, so that each content has a file of its own."""
    return read_done(Path(folder), step)


def _sha256(whole: list[Any]) -> str:
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _has_size(path: str, size: int) -> bool:
    try:
        return os.stat(path).st_size == size  # noqa: PTH116  asked for every picture of every job that goes on
    except OSError:
        return False


def _signature(folder: str) -> list[list[Any]]:
    """Names, sizes and times of all files below a folder: enough to notice that one was replaced."""
    top = folder.rstrip("/")
    found: list[list[Any]] = []
    for place, _, names in os.walk(top):
        for path in (f"{place}/{name}" for name in names):
            stat = os.lstat(path)
            found.append([path.removeprefix(f"{top}/"), stat.st_size, stat.st_mtime_ns, stat.st_ino])
    return sorted(found)
