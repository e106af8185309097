"""A step at work: what it is given (`Workbench`), what it gives back (`Result`), and `perform`, which runs it.

Reads the job folder; writes only below `.job/work/<step>`, beside and then renamed. It never moves a job folder and
never writes its record.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hotfolderd.disk import make_folder, remove_tree, rename_new, sha256_of, sync_tree, write_atomic
from hotfolderd.errors import JobError, ToolError
from hotfolderd.model import Issue, from_json, to_json
from hotfolderd.pipeline import function_named

T = TypeVar("T")
WORK = Path(".job") / "work"
DONE = "done.json"


@dataclass(frozen=True, slots=True)
class Order:
    """One step of one job, as it is given to a worker; it can be pickled and needs nothing but the job folder."""

    job_folder: str
    step: str
    run: str
    fingerprint: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What a step has to say besides its files.

    `verdict` chooses the next folder where a stage has several. `supersedes` names steps whose issues these replace.
    """

    verdict: str = ""
    issues: tuple[Issue, ...] = ()
    message: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()


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
    """A finished step as it lies in `.job/work/<step>/done.json`. `digest` stands for the content of all its files."""

    step: str
    fingerprint: str
    outputs: tuple[Output, ...]
    digest: str
    result: Result
    seconds: float


@dataclass(frozen=True, slots=True)
class Broken:
    """A step that did not succeed. `error_class` is JobError, ToolError or the name of an exception that is our bug."""

    step: str
    error_class: str
    message: str
    traceback: str
    seconds: float = 0.0

    @property
    def may_pass(self) -> bool:
        """Whether trying again can help."""
        return self.error_class == "ToolError"


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a step may use: `job` to read, `out` to write, `facts` with the settings and facts that the step names."""

    job: Path
    out: Path
    facts: Mapping[str, Any]

    def result_of(self, step: str) -> Path:
        """The folder with the private files of an earlier step."""
        return self.job / WORK / step

    def load(self, kind: type[T], step: str, name: str) -> T:
        """A value that an earlier step saved."""
        return from_json(kind, (self.result_of(step) / name).read_bytes())

    def save(self, value: Any, name: str) -> None:
        """Save a value of `model` for later steps."""
        (self.out / name).write_text(to_json(value), encoding="utf-8")

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


def perform(order: Order) -> Done | Broken:
    """Run a step; in a worker process. Its files lie in place when this returns `Done`."""
    job = Path(order.job_folder)
    work = job / WORK
    out = work / f"{order.step}.{os.getpid()}.new"
    began = time.monotonic()
    try:
        if not job.is_dir():  # moved away by somebody: nothing may grow in its old place
            raise FileNotFoundError(errno.ENOENT, "the job folder is not here any more", str(job))
        for left_by_a_crash in work.glob(f"{order.step}.*.new"):
            remove_tree(left_by_a_crash)
        make_folder(out)
        result: Result = function_named(order.run)(Workbench(job, out, order.facts))
        outputs = _outputs(out)
        digest = hashlib.sha256(repr([(o.path, o.sha256) for o in outputs] + [result.verdict]).encode()).hexdigest()
        done = Done(order.step, order.fingerprint, outputs, digest, result, round(time.monotonic() - began, 3))
        write_atomic(out / DONE, to_json(done))
        sync_tree(out)
        remove_tree(work / order.step)
        rename_new(out, work / order.step)
    except (JobError, ToolError) as error:
        remove_tree(out)
        return Broken(order.step, type(error).__name__, str(error), traceback.format_exc(), time.monotonic() - began)
    except OSError as error:
        remove_tree(out)
        text = f"{error.filename or job}: {error.strerror or error}. Look at the disk and the folder's permissions."
        return Broken(order.step, "ToolError", text, traceback.format_exc(), time.monotonic() - began)
    except Exception as error:  # noqa: BLE001  the one place where a bug in a step becomes a failed job, not a dead line
        remove_tree(out)
        name = type(error).__name__
        return Broken(order.step, name, f"{name}: {error}", traceback.format_exc(), time.monotonic() - began)
    return done


def _outputs(folder: Path) -> tuple[Output, ...]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(Output(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path)) for path in files)
