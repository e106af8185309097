"""A seat: one job as it was last seen, and what is in hand for it. Looks at its folder; changes nothing."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.engine.settle import packed
from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.pipeline import Gate, Line, Stage, Step
from hotfolderd.records import Job

Order = tuple[int, str, str]
CONTROL = "control.yaml"
_NOTHING = (0, 0, 0, 0)
_WITHOUT_ORDER = 8 * (2 + len(_NOTHING))  # bytes of a glimpse


@dataclass(slots=True)
class Seat:
    """One job as it was last seen, and what is in hand for it.

    `place` is the path of the job folder, `watched` that in which changes are told.
    `disturbed`: the folder was moved while a worker was in it. `missing`: it was not there at the last look. `glimpse`
    is what was seen of it when it was last attended to. `maybe_answered`: its question may be answered already, which
    nobody has looked up yet. After an error nobody looks at it before `rests_until`;
    `troubles` counts the errors since it last went on.
    """

    folder: str
    place: str
    job: Job
    line: Line
    running: Step | None = None
    disturbed: bool = False
    missing: bool = False
    watched: str | None = None
    glimpse: bytes = b""
    asking: bool = False
    ready: bool = False
    maybe_answered: bool = True
    due: float | None = None
    troubles: int = 0
    rests_until: float = 0.0

    @property
    def path(self) -> Path:
        """The job folder; kept as a text, since there are many thousands."""
        return Path(self.place)

    @path.setter
    def path(self, path: Path) -> None:
        self.place = sys.intern(str(path))

    @property
    def in_place(self) -> bool:
        """Whether the folder stands where the record says."""
        return self.folder == self.job.stage

    @property
    def stage(self) -> Stage | None:
        """The stage of the folder it stands in; None in a side folder."""
        return self.line.stages.get(self.folder)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The work that is to be done here: of the stage, or of the answer that was given."""
        stage, answer = self.stage, self.job.answer
        if stage is None:
            return ()
        return stage.gate.outcomes[answer.decision].steps if stage.gate and answer else stage.steps

    @property
    def target(self) -> str | None:
        """Where the job goes from here, by the verdict of the last step or by the answer; None where that is open."""
        stage = self.stage
        if stage is None:
            return None
        if stage.gate:
            return self.job.answer.target if self.job.answer else None
        verdict = self.job.verdicts.get(stage.steps[-1].name, "") if stage.steps else ""
        return stage.next.get(verdict)

    @property
    def target_gate(self) -> Gate | None:
        """The question that is put where the job goes."""
        return self.line.gate_of(self.target) if self.target else None

    @property
    def unasked(self) -> dict[str, Gate]:
        """The questions of the line that are not put here, by the folder that puts them; none in a side folder."""
        if self.stage is None:
            return {}
        return {
            folder: stage.gate for folder, stage in self.line.stages.items() if stage.gate and stage is not self.stage
        }

    @property
    def order(self) -> Order:
        """What comes first: by priority, then by age."""
        return PRIORITY_ORDER[self.job.priority], self.job.created_at, self.job.job

    @property
    def is_asked(self) -> bool:
        """Whether the job waits for a decision where it stands."""
        stage = self.stage
        return stage is not None and stage.gate is not None and self.job.answer is None

    def look(self) -> bytes:
        """What changes when a person does something in the folder: three looks at the disk, nothing read.

        The first 8 bytes are the folder's own.
        """
        seen = self._glance()
        with contextlib.suppress(FileNotFoundError):
            seen += packed(_marks(f"{self.place}/{CONTROL}"))
        return seen

    def differs(self, *, whole: bool) -> bool:
        """Whether a person may have done something here since the job was attended to.

        Where there was no order and the folder's own time stands still, there is none now: it is asked for only in a
        `whole` look, since the disk's clock may not have ticked between, and some shares do not keep that time.
        """
        if whole or len(self.glimpse) > _WITHOUT_ORDER:
            return self.look() != self.glimpse
        return self._glance() != self.glimpse

    def _glance(self) -> bytes:
        """The folder itself, and the answer to what is asked in it."""
        own = os.stat(self.place)  # noqa: PTH116  asked of every job
        stage = self.stage
        marks: tuple[int, ...] = _NOTHING
        if stage and stage.gate:
            with contextlib.suppress(FileNotFoundError):
                marks = _marks(f"{self.place}/{stage.gate.sidecar}")
        return packed((own.st_ino, own.st_mtime_ns, *marks))


def _marks(path: str) -> tuple[int, ...]:
    at = os.lstat(path)
    return at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns
