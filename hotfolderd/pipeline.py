"""The line: its stage folders, the moves that are allowed between them, and what a stage, a gate and a step are.

Nothing here reads or writes anything. A kind of job (`template`, `episode`) describes itself as a `Line`; the engine
knows only these words, never a particular stage.

Moves of the line (every other move is refused, whoever asks):

    0-inbox → 1-processing → 2-review → 3-validation → 4-override → 5-generation → 6-approval → 7-completed
                                └──────────────────────┘ (no critical issue: 4 is skipped)
                             2-review ← 4-override (return)
Rework: 6 → 2 and 6 → 5 (rejected, regenerate), failed → the stage it failed in, any → on-hold → back, any → archive
(cancelled), 7 → archive and back.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

INBOX = "0-inbox"
PROCESSING = "1-processing"
REVIEW = "2-review"
VALIDATION = "3-validation"
OVERRIDE = "4-override"
GENERATION = "5-generation"
APPROVAL = "6-approval"
COMPLETED = "7-completed"
FAILED = "failed"
ON_HOLD = "on-hold"
ARCHIVE = "archive"
BATCHES = "batches"
DEPLOYED = "deployed"

STAGES = (INBOX, PROCESSING, REVIEW, VALIDATION, OVERRIDE, GENERATION, APPROVAL, COMPLETED)
JOB_FOLDERS = (*STAGES[1:], FAILED, ON_HOLD, ARCHIVE)
ALL_FOLDERS = (*STAGES, FAILED, ON_HOLD, ARCHIVE, BATCHES, DEPLOYED)

FORWARD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        INBOX: (PROCESSING,),
        PROCESSING: (REVIEW,),
        REVIEW: (VALIDATION,),
        VALIDATION: (OVERRIDE, GENERATION),
        OVERRIDE: (REVIEW, GENERATION),
        GENERATION: (APPROVAL,),
        APPROVAL: (COMPLETED,),
        COMPLETED: (),
    }
)
REWORK: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {APPROVAL: (REVIEW, GENERATION), COMPLETED: (ARCHIVE,), ARCHIVE: (COMPLETED,)}
)

Status = Literal[
    "pending",
    "processing",
    "script_generated",
    "assets_generating",
    "assets_generated",
    "generating_segments",
    "awaiting_review",
    "validating",
    "awaiting_validation_review",
    "generating_extendscript",
    "rendering_preview",
    "rendering",
    "awaiting_approval",
    "ready_for_validation",
    "validation_failed",
    "awaiting_download",
    "completed",
    "failed",
    "on_hold",
    "cancelled",
]


def may_move(source: str, target: str, *, left_from: str | None = None) -> bool:
    """Whether the line allows a move between two folders.

    `left_from` is the stage from which a job came to `failed` or `on-hold`: the only one that it may return to.
    """
    if source in (FAILED, ON_HOLD) and target == left_from:
        return True
    if target == FAILED:
        return source in STAGES[1:-1]
    if target == ON_HOLD:
        return source in STAGES[1:-1] or source == FAILED
    if target == ARCHIVE:
        return source not in (ARCHIVE, INBOX)
    return target in FORWARD.get(source, ()) or target in REWORK.get(source, ())


def function_named(name: str) -> Callable[..., Any]:
    """The function that `package.module:function` names. Its module is imported now and not before."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of machine work on one job.

    `run` is `package.module:function`; it is imported in the worker only, because it needs heavy libraries. It is
    called with a `work.Workbench` and returns a `work.Result`. `version` grows when the step would now give another
    result. `after` names the steps whose results it uses, `reads` the files (relative to the job folder; `assets/` for
    the times and sizes of all that lies below) whose content decides, `uses` the settings and facts that it is given.
    All are part of its fingerprint, so that a step is done again exactly when its result could differ.

    A step whose result several jobs may share names in `shared_by` a `package.module:function`. It is called in the
    worker with the `Workbench` and returns, by path in the job folder, the sha256 of every file that is read; nothing
    else of the job may decide the result or stand in it. An empty answer shares nothing.

    `progress` 0 leaves it as it was. A long step that `tells` says while it runs how far it is, by `Workbench.tell`;
    people see it in `status.yaml`.
    `when` names a fact: where it is None the step is left out of the line. `outside`: it needs a program or a server of
    the configuration, and is done by a worker with the guard for that. `keys` names secrets that it is handed; they are
    in no fingerprint and in no file.
    """

    name: str
    run: str
    doing: str
    status: Status
    progress: int
    version: int = 1
    after: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    shared_by: str = ""
    timeout_s: float = 600.0
    tells: bool = False
    when: str = ""
    outside: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision leads to: the target folder and the work that is done before the move.

    `target` None means that the decision's `return_to` names it, or that nothing moves. A target that is the gate's own
    folder means that the work is done where the job stands, and the question is put again. `rebuild` makes the steps of
    the target stage run again although nothing they read has changed. `mend_in` is the stage to which a job is retried
    if its own files made the steps fail: the answer no longer holds then. `settles` marks critical issues as resolved.
    `after` is `package.module:function`: called in the daemon with the `Root`, the job folder and the job when the
    decision was recorded and before its receipt is written; after a crash once more. `then` is what people are told of
    what follows.
    """

    target: str | None
    steps: tuple[Step, ...] = ()
    needs_reason: bool = False
    rebuild: bool = False
    mend_in: str | None = None
    settles: bool = False
    after: str = ""
    action: str = ""
    message: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A question to a person: the sidecar `<name>.yaml`, the step that prepares it, and what each decision leads to.

    `read` is `package.module:function`: called with the job folder, the job and the sidecar's content, it returns a
    `review.decision.Decision` (`pending` where nothing is decided) or raises `review.reading.SidecarRefusedError`.
    `answered_by` too: called with the `Root`, the job folder, the job and the facts, it returns a
    `review.decision.Reply` where the question is answered already, or None. It is asked in the first round only, and
    must give the same reply to the same question.
    """

    name: str
    ask: Step
    read: str
    outcomes: Mapping[str, Outcome]
    asks: str
    answered_by: str = ""

    @property
    def sidecar(self) -> str:
        """The name of the file that the person edits."""
        return f"{self.name}.yaml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One folder of the line.

    A machine's stage has steps and `next`, the folder by the verdict of its last step; a person's stage has a gate.
    `says` holds what is told when the job leaves for a folder, `doing` what its status says where nothing is done.
    """

    folder: str
    status: Status
    progress: int
    steps: tuple[Step, ...] = ()
    gate: Gate | None = None
    next: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """How one kind of job travels: its stages by folder. `failed` is what the status of one that has failed says.

    `failures`: the events (of `notify/matrix.py`) by which people are told that a job has failed in a step, by the
    step's name; that of every other step is `job_failed`.
    """

    kind: str
    stages: Mapping[str, Stage]
    failed: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)

    def gate_of(self, folder: str) -> Gate | None:
        """The question that is put in that folder, or None where nobody is asked."""
        stage = self.stages.get(folder)
        return stage.gate if stage else None
