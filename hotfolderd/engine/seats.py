"""The seats: one for each job of the root, as it was last seen, and what is in hand for it.

Looks at the folders of the line and reads records; moves nothing. A folder that is no job of its own (a copy, a renamed
one, one without a record) is told of once and left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.notify import Notices
from hotfolderd.pipeline import COMPLETED, Gate, Line, Stage, Step
from hotfolderd.records import Job
from hotfolderd.root import Root
from hotfolderd.store import Store

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seat:
    """One job as it was last seen, and what is in hand for it.

    `disturbed`: the folder was moved while a worker was in it. After an error nobody looks at it before `rests_until`;
    `troubles` counts the errors since it last went on.
    """

    folder: str
    path: Path
    job: Job
    line: Line
    running: Step | None = None
    disturbed: bool = False
    asking: bool = False
    ready: bool = False
    due: float | None = None
    troubles: int = 0
    rests_until: float = 0.0

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
        """The questions of the line, by folder, while a machine's stage has the job."""
        if self.stage is None or self.stage.gate or self.folder == COMPLETED:
            return {}
        return {folder: stage.gate for folder, stage in self.line.stages.items() if stage.gate}

    @property
    def order(self) -> tuple[int, str, str]:
        """What comes first: by priority, then by age."""
        return PRIORITY_ORDER[self.job.priority], self.job.created_at, self.job.job


class Seats:
    """All seats, brought in line with the folders. `guarded` keeps an error of one job from the others."""

    def __init__(
        self, root: Root, store: Store, notices: Notices, guarded: Callable[[Seat], AbstractContextManager[None]]
    ) -> None:
        self._root = root
        self._store = store
        self._notices = notices
        self._guarded = guarded
        self._seats: dict[str, Seat] = {}
        self._strangers: set[str] = set()

    def __iter__(self) -> Iterator[Seat]:
        return iter(list(self._seats.values()))

    def of(self, job: str) -> Seat | None:
        """The seat of a job, or None."""
        return self._seats.get(job)

    def running(self) -> int:
        """How many jobs have a step at work."""
        return sum(seat.running is not None for seat in self._seats.values())

    def next_asked(self, stage: str, besides: str) -> str | None:
        """The job that a person should look at next in a stage: by priority, then by age."""
        waiting = [
            seat
            for seat in self._seats.values()
            if seat.folder == stage and seat.job.job != besides and seat.job.answer is None
        ]
        return min(waiting, key=lambda seat: seat.order).job.job if waiting else None

    def look_around(self) -> None:
        """Bring the seats in line with the folders."""
        found: dict[str, list[tuple[str, Path]]] = {}
        for folder, path in self._root.job_folders():
            found.setdefault(path.name, []).append((folder, path))
        for name in set(self._seats) - set(found):
            if self._seats[name].running is None:
                del self._seats[name]
        for name, places in found.items():
            seat = self._seats.get(name)
            folder, path = places[0] if len(places) == 1 else self._right_one(seat, places)
            if seat is None:
                self._meet(folder, path)
            elif seat.path != path:
                seat.disturbed = seat.running is not None
                with self._guarded(seat):
                    seat.folder, seat.path, seat.job = folder, path, self._store.load(path)

    def _right_one(self, seat: Seat | None, places: list[tuple[str, Path]]) -> tuple[str, Path]:
        """Of several folders of one name that which was seen before, or stands where its record says."""
        right = next((place for place in places if seat and place[1] == seat.path), None)
        right = right or next((place for place in places if self._says_so(*place)), places[0])
        for folder, path in places:
            if (folder, path) != right:
                self._stranger(path, f"there is a second job folder of this name in {right[0]}")
        return right

    def _says_so(self, folder: str, path: Path) -> bool:
        try:
            return self._store.load(path).stage == folder
        except (OSError, ValueError, LookupError):
            return False

    def _meet(self, folder: str, path: Path) -> None:
        try:
            job = self._store.load(path)
        except (OSError, ValueError, LookupError) as error:
            self._stranger(path, f"its record cannot be read ({error})")
            return
        if job.job != path.name:
            self._stranger(path, f"it holds the record of the job {job.job}, so it was renamed or copied")
            return
        if job.kind not in self._store.kinds:
            self._stranger(path, f"its kind `{job.kind}` is not known to this version")
            return
        self._strangers.discard(str(path))
        self._seats[path.name] = Seat(folder, path, job, self._store.line_of(job))

    def _stranger(self, path: Path, why: str) -> None:
        """Say once of a folder that it is not taken for a job; it stays as it is."""
        if str(path) not in self._strangers:
            self._strangers.add(str(path))
            log.warning("%s: left alone: %s", path, why)
            text = f"{why}. Give it back its name, or drop its files into 0-inbox."
            self._notices.tell("illegal_move", None, f"{path.parent.name}/{path.name} is left alone", text)
