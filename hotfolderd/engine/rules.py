"""What to do next with one job: a pure function and its table.

The first row that fits decides. "Elsewhere" means that the folder does not stand where the record says.

| the folder stands            | seen                                            | move                          |
|------------------------------|-------------------------------------------------|-------------------------------|
| elsewhere                    | a move was begun                                | Arrive: finish it, look again |
| elsewhere                    | a person may move it so (retry, hold, archive…) | Follow: as if it was ordered  |
| elsewhere                    | a person may decide so by the gate it left      | Decide: put back, then answer |
| elsewhere                    | anything else                                   | PutBack                       |
| in the inbox                 | it was on its way into the line                 | Go: into the line             |
| anywhere                     | a worker is on it                               | Wait                          |
| completed, failed, held, archive |                                             | Wait                          |
| a person's stage             | nobody has answered                             | Wait                          |
| machine, or answered         | an attempt is due later                         | Wait until then               |
| machine, or answered         | a step is not done                              | Run                           |
| machine, or answered         | the target asks a person and is not prepared    | Run (the asking step)         |
| answered, to stay            | nothing is left to do                           | AskAgain: the next round      |
| machine, or answered         | nothing is left to do                           | Go                            |

"Working, and nobody works on it" is no row: after a crash the step is simply not done.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from hotfolderd.pipeline import (
    ARCHIVE,
    COMPLETED,
    FAILED,
    INBOX,
    ON_HOLD,
    Gate,
    Stage,
    may_move,
)
from hotfolderd.records import Job
from hotfolderd.work import Broken


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (in seconds, by the clock that it is handed) or before something changes."""

    until: float | None = None


@dataclass(frozen=True, slots=True)
class Arrive:
    """A move was begun: finish it. Where a person has moved the folder on since, that is judged from its target."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A person moved the folder where persons may move it: do what that means."""

    action: str


@dataclass(frozen=True, slots=True)
class Decide:
    """A person moved the folder as one decision of its gate would: put it back and take that decision."""

    decision: str


@dataclass(frozen=True, slots=True)
class PutBack:
    """A person moved the folder where it must not go."""


@dataclass(frozen=True, slots=True)
class Run:
    """Give the next step to a worker. `asking` is true for the step that prepares the target's question."""

    asking: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """All is done here: move the folder to the target."""

    target: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """What the answer asked for is done where the job stands, and the question is prepared anew: put it again."""


Move = Wait | Arrive | Follow | Decide | PutBack | Run | Go | AskAgain


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at before deciding.

    `left_gate` is the gate of the stage that the record names. `step_due`: a step of this stage (or of the answer) is
    not done. `target`: where the verdict or the answer leads. `target_gate`: the question that is put there.
    """

    folder: str
    running: bool
    step_due: bool
    target: str | None
    target_gate: Gate | None
    left_gate: Gate | None = None


def next_move(job: Job, stage: Stage | None, seen: Seen, now: float, *, longest_s: float = math.inf) -> Move:
    """Decide what to do with a job. `stage` is that of the folder it stands in, None for a side folder.

    No attempt is put off for more than `longest_s`: one that lies further ahead was noted by a clock that has been set
    back since, and is due.
    """
    if seen.folder != job.stage:
        return _elsewhere(job, seen)
    if seen.folder == INBOX and job.intent:
        return Go(job.intent.target)
    if seen.running or stage is None or seen.folder == COMPLETED:
        return Wait()
    if stage.gate and job.answer is None:
        return Wait()
    if job.retry_at is not None and 0 < job.retry_at - now <= longest_s:
        return Wait(job.retry_at)
    if seen.step_due:
        return Run()
    if seen.target is None:
        return Wait()
    if seen.target_gate and not asked(job, seen.target_gate):
        return Run(asking=True)
    return AskAgain() if stage.gate and seen.target == seen.folder else Go(seen.target)


def asked(job: Job, gate: Gate) -> bool:
    """Whether the question of a gate was prepared after the last decision."""
    question = job.question
    return question is not None and question.gate == gate.name and question.after_decisions == job.decisions


def _elsewhere(job: Job, seen: Seen) -> Move:
    if job.intent and job.intent.source == job.stage:
        return Arrive()
    action = by_hand(job.stage, seen.folder, job.left_from)
    if action:
        return Follow(action)
    if seen.left_gate and job.answer is None:
        for decision, outcome in seen.left_gate.outcomes.items():
            if outcome.target == seen.folder and not outcome.needs_reason:
                return Decide(decision)
    return PutBack()


def may_travel(source: str, target: str, left_from: str | None) -> bool:
    """Whether a job may move so: as `pipeline.may_move`, but a cancelled job never comes out as a completed one."""
    if source == ARCHIVE and left_from not in (None, target):
        return False
    return may_move(source, target, left_from=left_from)


def by_hand(source: str, target: str, left_from: str | None) -> str | None:
    """What it means when a person drags a folder from one to the other, or None where that means nothing."""
    if not may_travel(source, target, left_from):
        return None
    meanings = {
        FAILED: "retry" if target == left_from else "hold" if target == ON_HOLD else None,
        ON_HOLD: "resume",
        COMPLETED: "archive",
        ARCHIVE: "unarchive",
    }
    if source in meanings:
        return meanings[source] if target != ARCHIVE or source == COMPLETED else "cancel"
    return {ON_HOLD: "hold", ARCHIVE: "cancel"}.get(target)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon a step is tried again. Times in seconds; the delay doubles and is spread by half."""

    attempts: int = 3
    base_s: float = 2.0
    cap_s: float = 60.0

    def delay_s(self, attempt: int, spread: float | None = None) -> float:
        """The wait after the given attempt (1 is the first). `spread` between 0.5 and 1.5, random unless given."""
        factor = random.uniform(0.5, 1.5) if spread is None else spread
        return min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 30)) * factor


def retry_after(job: Job, broken: Broken, policy: RetryPolicy) -> float | None:
    """Seconds until the next attempt, or None where the job has failed for good.

    `job.attempts` counts the one that has just failed: it was counted before it began.
    """
    if not broken.may_pass or job.attempts >= policy.attempts:
        return None
    return policy.delay_s(max(1, job.attempts))
