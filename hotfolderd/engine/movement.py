"""Moving jobs: along the line, after people have dragged a folder, and telling people where a job has arrived.

Moves through the store; writes `2-review/NEXT.txt`. It never decides where a job goes.
"""

from __future__ import annotations

import dataclasses
import logging

from hotfolderd.disk import write_atomic
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.seats import Seat, Seats
from hotfolderd.errors import RefusedError
from hotfolderd.notify import Notices
from hotfolderd.pipeline import COMPLETED, REVIEW
from hotfolderd.records import Intent
from hotfolderd.review.reading import owner_of
from hotfolderd.root import Root
from hotfolderd.store import Store

log = logging.getLogger(__name__)


class Mover:
    """Moves job folders and tells of it."""

    def __init__(self, root: Root, store: Store, notices: Notices, desk: Desk, seats: Seats) -> None:
        self._root = root
        self._store = store
        self._notices = notices
        self._desk = desk
        self._seats = seats

    def arrive(self, seat: Seat) -> None:
        """Finish a move that was begun before a crash."""
        seat.job = self._store.arrive(seat.path, seat.job)
        self.announce(seat)

    def go(self, seat: Seat, target: str) -> None:
        """Move a job that is done here to its target."""
        stage = seat.stage
        said = stage.says.get(target, "") if stage else ""
        by = seat.job.answer.by if seat.job.answer else "system"
        arriving = self._store.stage_of(seat.job, target)
        if said and arriving:
            self._store.amend_receipt(seat.path, seat.job.decisions, message=said, status=arriving.status, stage=target)
        self._relocate(seat, target, "stage_transition", by=by, message=said)

    def _relocate(self, seat: Seat, target: str, action: str, *, by: str, message: str) -> None:
        source = seat.folder
        path = self._store.move(seat.path, seat.job, target, action, by=by, message=message)
        seat.folder, seat.path, seat.job = target, path, self._store.load(path)
        log.info("%s: %s → %s (%s)", seat.job.job, source, target, by)
        self.announce(seat, message)

    def announce(self, seat: Seat, said: str = "") -> None:
        """Tell people about a job that has arrived, and keep the pointer to the next review."""
        stage = seat.stage
        where = seat.path
        job = seat.job
        if stage and stage.gate:
            event = {"review": "review_ready", "override": "validation_issues"}.get(stage.gate.name, "preview_ready")
            body = f"{said}\n{stage.gate.asks}\n{where / stage.gate.sidecar}\n{where / f'{stage.gate.name}.html'}"
            title = f"{job.job} ({job.client or 'no client'}): {stage.gate.name} needed"
            self._notices.tell(event, job, title, body.strip())
        elif seat.folder == COMPLETED:
            self._notices.tell("deployed", job, f"{job.job}: delivered. Ready to download: {job.deployed}", str(where))
        elif job.failure:
            text = f"{job.failure.message}\n{job.failure.what_to_do}\n{where}"
            self._notices.tell("job_failed", job, f"{job.job}: failed", text)
        elif said:
            self._notices.tell("stage_transition", job, f"{job.job}: {said}")
        following = self._seats.next_asked(REVIEW, "")
        write_atomic(self._root.path / REVIEW / "NEXT.txt", (following or "") + "\n", durable=False)

    def follow(self, seat: Seat, action: str) -> None:
        """Take a folder that a person has moved lawfully as if it had been ordered, by those who may order."""
        by = owner_of(seat.path)
        if not self._desk.may_control(by):
            self.put_back(seat)
            return
        names = {"retry": "retry_attempt", "hold": "held", "resume": "resumed", "archive": "archived"}
        message = f"Moved by hand from {seat.job.stage} to {seat.folder}"
        intent = Intent(seat.job.stage, seat.folder, names.get(action, action), by, message)
        seat.job = self._store.arrive(seat.path, dataclasses.replace(seat.job, intent=intent))
        self.announce(seat)

    def put_back(self, seat: Seat) -> None:
        """Return a folder that a person has moved where it must not go, and say so."""
        wrong, right = seat.folder, seat.job.stage
        text = f"Invalid transition from stage {right} to {wrong}"
        path = self._root.path / right / seat.path.name
        log.warning("%s: %s; put back", seat.job.job, text)
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = right, path
        self._store.note(path, seat.job, "illegal_move", text)
        title = f"{seat.job.job}: put back to {right}"
        self._notices.tell("illegal_move", seat.job, title, f"{text}. Edit its sidecar instead.")

    def decide_by_hand(self, seat: Seat, decision: str) -> None:
        """Take a folder dragged along the line for the decision that leads there, written into its sidecar."""
        wanted = seat.folder
        stage = seat.line.stages.get(seat.job.stage)
        assert stage is not None
        assert stage.gate is not None
        try:
            self._desk.dragged(seat.path, stage.gate, decision)
        except RefusedError as error:
            log.warning("%s: %s", seat.job.job, error)
            self.put_back(seat)
            return
        path = self._root.path / stage.folder / seat.path.name
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = stage.folder, path
        text = f"Moved by hand from {stage.folder} to {wanted}: taken for `decision: {decision}`"
        self._store.note(path, seat.job, "moved_by_hand", text)
