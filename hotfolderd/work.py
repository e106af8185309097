"""A step at work: what it is given (`Workbench`), what it gives back (`Result`), and `perform`, which runs it.

Reads the job folder; writes only below `.job/work/<step>`, beside and then renamed, and what jobs may share into the
cache. It never moves a job folder and never writes its record.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import time
import traceback
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hotfolderd.cache import Cache
from hotfolderd.disk import (
    make_folder,
    remove_file,
    remove_tree,
    rename_new,
    sha256_in,
    sha256_of,
    sync_tree,
    write_atomic,
)
from hotfolderd.errors import JobError, ToolError
from hotfolderd.foreign import below, open_file
from hotfolderd.model import Issue, Notice, from_json, to_json
from hotfolderd.pipeline import function_named

T = TypeVar("T")
WORK = Path(".job") / "work"
DONE = "done.json"
_BEGUN = ".new"
STOPPED = "Stopped"
_PROGRESS = ".progress.json"
_OF_THE_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENFILE, errno.ENOTCONN, errno.EHOSTDOWN)
)


@dataclass(frozen=True, slots=True)
class Share:
    """Where the result of a step is kept for other jobs.

    `step` stands for the step itself and the facts that it is given; `files` is the `package.module:function` that
    names, with their sha256, the files of a job that decide the rest. See `pipeline.Step`.
    """

    cache: Cache
    step: str
    files: str


@dataclass(frozen=True, slots=True)
class Order:
    """One step of one job, as it is given to a worker; it can be pickled and needs nothing but the job folder.

    `keys` are secrets for a program or server outside; nobody writes them anywhere.
    `roots`: the path of the root as the daemon knows it, and as this machine does; both empty where they are the same.
    """

    job_folder: str
    step: str
    run: str
    fingerprint: str
    facts: dict[str, Any]
    share: Share | None = None
    roots: tuple[str, str] = ("", "")
    keys: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What a step has to say besides its files.

    `verdict` chooses the next folder where a stage has several. `supersedes` names steps whose issues these replace.
    `events` (action and message) are added to the job's history. `keeps` are files outside the step's own folder, by
    their paths in the job folder, that its result rests on: if one is lost, the step is done again. `unfinished`: it
    has stopped because somebody has an order for the job, and goes on when that was heard; or, with `again_at` (seconds
    since 1970), because of what its `message` says, and goes on then. `notices` are told when the
    step is done; those of a step that asks are the words in which its question is put.
    """

    verdict: str = ""
    issues: tuple[Issue, ...] = ()
    message: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    keeps: tuple[str, ...] = ()
    unfinished: bool = False
    again_at: float = 0.0
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a step made, relative to the job folder (if people may see it) or to its own work folder."""

    path: str
    size: int
    sha256: str

    @property
    def public(self) -> bool:
        """Whether the file is put into the job folder: previews, output, and the page and sidecar of a question."""
        return self.path.startswith(("previews/", "output/")) or (
            "/" not in self.path and self.path.endswith((".yaml", ".html"))
        )

    @property
    def sidecar(self) -> bool:
        """Whether people edit the file, so that the copy in the job folder may differ."""
        return "/" not in self.path and self.path.endswith(".yaml")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished step as it lies in `.job/work/<step>/done.json`. `digest` stands for the content of all its files.

    `kept` are the files that `Result.keeps` names, as they were.
    """

    step: str
    fingerprint: str
    outputs: tuple[Output, ...]
    digest: str
    result: Result
    seconds: float
    kept: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A step that did not succeed.

    `error_class` is JobError, ToolError, MachineError, the name of an exception that is our bug, or `STOPPED` where the
    worker was ended with the daemon.
    """

    step: str
    error_class: str
    message: str
    traceback: str
    seconds: float = 0.0

    @property
    def may_pass(self) -> bool:
        """Whether trying again can help."""
        return self.error_class == "ToolError" or self.of_the_machine

    @property
    def of_the_machine(self) -> bool:
        """Whether the machine is at fault, so that it is no attempt of the job."""
        return self.error_class == "MachineError"


def broken_by(step: str, error: BaseException, seconds: float = 0.0) -> Broken:
    """What an exception means for a step: the class of the fault, and the message for people.

    A full disk is the machine's fault, whatever a step has made of it.
    """
    name, text = type(error).__name__, f"{type(error).__name__}: {error}"
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(error, JobError | ToolError):
        text = str(error)
    elif isinstance(error, OSError):
        name = "ToolError"
        text = f"{error.filename or step}: {error.strerror or error}. Look at the disk and the folder's permissions."
    if isinstance(cause, OSError) and cause.errno in _OF_THE_MACHINE:
        name = "MachineError"
    return Broken(step, name, text, "".join(traceback.format_exception(error)), seconds)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is while it runs (0 to 100), what it does, and what people are to be told of it already."""

    progress: int
    doing: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a step may use: `job` to read, `out` to write, `facts` with the settings and facts that the step names.

    `keys` are the secrets that it names.
    Paths in `facts`, and those that are kept in files, are the daemon's: `here` says where this machine has them.
    """

    job: Path
    out: Path
    facts: Mapping[str, Any]
    roots: tuple[str, str] = ("", "")
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    step: str = ""

    def here(self, path: str) -> Path:
        """Where this machine has what lies at a path of the daemon."""
        root, here = self.roots
        return Path(here, Path(path).relative_to(root)) if root and Path(path).is_relative_to(root) else Path(path)

    def result_of(self, step: str) -> Path:
        """The folder with the private files of an earlier step."""
        return self.job / WORK / step

    def files_of(self, step: str) -> dict[str, str]:
        """The sha256 of every file of an earlier step, by its path in the job folder; empty where it is not done."""
        done = read_done(self.job, step)
        private = WORK / step
        return {o.path if o.public else f"{private}/{o.path}": o.sha256 for o in done.outputs} if done else {}

    def load(self, kind: type[T], step: str, name: str) -> T:
        """A value that an earlier step saved."""
        return from_json(kind, (self.result_of(step) / name).read_bytes())

    def save(self, value: Any, name: str) -> None:
        """Save for later steps what JSON holds; there may be values of `model` in it."""
        (self.out / name).write_text(to_json(value), encoding="utf-8")

    def tell(self, progress: int, doing: str, notices: Iterable[Notice] = ()) -> None:
        """Say how far the step is; see `pipeline.Step`. `notices`: all that shall be told before it is done.

        A crash may lose them: its result names them again.
        """
        path = self.job / WORK / f"{self.step}{_PROGRESS}"
        write_atomic(path, to_json(Progress(progress, doing, tuple(notices))), durable=False)

    def picture(self, path: str) -> Path:
        """A published file of the job, or of this step while it is still at work."""
        mine = self.out / path
        return mine if mine.exists() else self.job / path


def read_done(job_folder: Path, step: str) -> Done | None:
    """What is known of a finished step, or None where it is not done or its note cannot be read."""
    try:
        return from_json(Done, (job_folder / WORK / step / DONE).read_bytes())
    except (OSError, ValueError):
        return None


def clear_begun(job_folder: Path, step: str = "*") -> None:
    """Remove what a step, or any step, had begun to make and never ended; nobody may be at work on it."""
    for left_by_a_crash in (job_folder / WORK).glob(f"{step}.*{_BEGUN}"):
        remove_tree(left_by_a_crash)


def perform(order: Order) -> Done | Broken:
    """Run a step; in a worker process. Its files lie in place when this returns `Done`."""
    job = Path(order.job_folder)
    work = job / WORK
    out = work / f"{order.step}.{uuid.uuid4().int % 10**12}{_BEGUN}"  # process ids are not unique in a cluster
    began = time.monotonic()
    try:
        if not job.is_dir():  # moved away by somebody: nothing may grow in its old place
            raise FileNotFoundError(errno.ENOENT, "the job folder is not here any more", str(job))
        clear_begun(job, order.step)
        remove_file(work / f"{order.step}{_PROGRESS}")
        make_folder(out)
        with below(job):
            bench = Workbench(job, out, order.facts, order.roots, order.keys, order.step)
            shared = _Shared.of(order, bench)
            outputs, result = (shared and shared.taken(out)) or _made(order, bench)
            kept = tuple(_output(job, path) for path in result.keeps)
        files = [(o.path, o.sha256) for o in (*outputs, *kept)]
        digest = hashlib.sha256(repr([*files, result.verdict]).encode()).hexdigest()
        done = Done(order.step, order.fingerprint, outputs, digest, result, round(time.monotonic() - began, 3), kept)
        write_atomic(out / DONE, to_json(done), durable=False)
        sync_tree(out)
        if shared:
            shared.give(out)
        remove_tree(work / order.step)
        rename_new(out, work / order.step)
    except Exception as error:  # noqa: BLE001  the one place where a bug in a step becomes a failed job, not a dead line
        with contextlib.suppress(OSError):  # what stays is removed before the next attempt
            remove_tree(out)
        return broken_by(order.step, error, time.monotonic() - began)
    return done


def _made(order: Order, bench: Workbench) -> tuple[tuple[Output, ...], Result]:
    """What the step itself makes."""
    result: Result = function_named(order.run)(bench)
    return _outputs(bench.out), result


def _outputs(folder: Path) -> tuple[Output, ...]:
    """All files below a folder but the note of a finished step."""
    top = len(f"{folder}/")
    names = [f"{place}/{name}"[top:] for place, _, files in os.walk(folder) for name in files]
    return tuple(_output(folder, name) for name in sorted(names, key=lambda name: name.split("/")) if name != DONE)


def _output(folder: Path, name: str) -> Output:
    with open_file(folder / name) as stream:
        return Output(name, os.fstat(stream.fileno()).st_size, sha256_in(stream))


def read_progress(job_folder: Path, step: str) -> Progress | None:
    """How far a step says that it is; None where it has said nothing yet."""
    try:
        return from_json(Progress, (job_folder / WORK / f"{step}{_PROGRESS}").read_bytes())
    except (OSError, ValueError):
        return None


class _Shared:
    """One result in the cache: the name that it has there, and the files of this job that it rests on."""

    def __init__(self, share: Share, step: str, job: Path, files: Mapping[str, str]) -> None:
        self._cache = share.cache
        self._job = job
        self._files = files
        self._before = self._states()
        whole = json.dumps([share.step, _installed(), files], sort_keys=True)
        self._name = f"{step}/{hashlib.sha256(whole.encode()).hexdigest()}"
        self._is_there = False

    @classmethod
    def of(cls, order: Order, bench: Workbench) -> _Shared | None:
        """What may be shared of an order; None where nothing may."""
        files: Mapping[str, str] = function_named(order.share.files)(bench) if order.share else {}
        return cls(order.share, order.step, bench.job, files) if order.share and files else None

    def taken(self, out: Path) -> tuple[tuple[Output, ...], Result] | None:
        """The result of another job, copied into `out`; None where there is none. Damage is found and thrown away."""
        if self._cache.take(self._name, DONE, out):
            with contextlib.suppress(OSError, ValueError):
                done = from_json(Done, (out / DONE).read_bytes())
                if _outputs(out) == done.outputs:
                    self._is_there = True
                    return done.outputs, done.result
            self._cache.drop(self._name)
        remove_tree(out)
        make_folder(out)
        return None

    def give(self, out: Path) -> None:
        """Keep the result for other jobs, if the files are still those by which it will be found."""
        if not self._is_there and self._states() == self._before and self._hold_what_they_did():
            self._cache.put(self._name, DONE, out)

    def _hold_what_they_did(self) -> bool:
        try:
            return all(sha256_of(self._job / path) == digest for path, digest in self._files.items())
        except (OSError, JobError):  # it is gone, or no plain file any more
            return False

    def _states(self) -> list[tuple[int, ...] | None]:
        return [_state(self._job / path) for path in self._files]


def _state(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is written or replaced; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@functools.cache
def _installed() -> list[tuple[str, str]]:
    """The versions of this program and of all libraries: another one may draw another picture."""
    import importlib.metadata  # noqa: PLC0415  workers need it, the daemon does not

    return sorted((found.name, found.version) for found in importlib.metadata.distributions())
