"""Moving jobs: along the line, after people have dragged a folder, and telling people where a job has arrived.

Moves through the store; writes `2-review/NEXT.txt`. It never decides where a job goes. People are told of a move after
the rename and before its intent is cleared: a crash between tells them again under the same key, which is one message.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterable

from hotfolderd.disk import write_atomic
from hotfolderd.engine.announcing import arrived, tell_all
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.seat import Seat
from hotfolderd.engine.seats import Seats
from hotfolderd.errors import RefusedError
from hotfolderd.model import Notice
from hotfolderd.notify import Notices
from hotfolderd.pipeline import FAILED, REVIEW, Gate, Step
from hotfolderd.records import Failure, Intent, Job
from hotfolderd.review.reading import owner_of
from hotfolderd.root import Root
from hotfolderd.store import Store
from hotfolderd.work import read_progress

log = logging.getLogger(__name__)


class Mover:
    """Moves job folders and tells of it."""

    def __init__(self, root: Root, store: Store, notices: Notices, desk: Desk, seats: Seats) -> None:
        self._root = root
        self._store = store
        self._notices = notices
        self._desk = desk
        self._seats = seats
        self._next_shown: str | None = None

    def move(self, seat: Seat, intent: Intent) -> None:
        """Move a job as intended, tell people, and note that it has arrived."""
        seat.path, seat.job = self._store.move(seat.path, seat.job, intent)
        seat.folder = intent.target
        log.info("%s: %s → %s (%s)", seat.job.job, intent.source, intent.target, intent.by)
        self.arrive(seat)

    def arrive(self, seat: Seat) -> None:
        """Finish a move that was begun, perhaps before a crash. Nobody is told of what is answered already.

        The folder may stand elsewhere by now: somebody has moved it on. What that means is decided afterwards.
        """
        intent = seat.job.intent
        assert intent is not None
        gate, answer = seat.line.gate_of(intent.target), seat.job.answer
        asked = None if gate and answer and answer.gate == gate.name else gate
        if asked is None or not self._desk.replies.write(seat.path, seat.job, asked):
            self._announce(seat.job, intent, seat.path.name, gate)
        seat.maybe_answered = False
        if asked and not os.path.lexists(seat.path / asked.sidecar):
            self._desk.lay_out(seat.path, seat.job, asked)  # it comes back to its question
        seat.job = self._store.arrive(seat.path, seat.job)
        self._seats.note(seat)
        self._show_next()

    def go(self, seat: Seat, target: str) -> None:
        """Move a job that is done here to its target."""
        stage = seat.stage
        said = stage.says.get(target, "") if stage else ""
        by = seat.job.answer.by if seat.job.answer else "system"
        arriving = self._store.stage_of(seat.job, target)
        if said and arriving:
            self._store.amend_receipt(seat.path, seat.job.decisions, message=said, status=arriving.status, stage=target)
        self.move(seat, Intent(seat.job.stage, target, "stage_transition", by, said))

    def ask_again(self, seat: Seat) -> None:
        """Put a question again where the job stands: people are told, then the answer is noted as carried out.

        A crash between tells them again under the same key. What was read of the last sidecar says nothing of this one.
        """
        gate, question, answer = seat.target_gate, seat.job.question, seat.job.answer
        assert gate is not None
        assert question is not None
        assert answer is not None
        if question.says:
            self._store.amend_receipt(seat.path, answer.number, result=question.says)
        self._announce(seat.job, Intent(seat.folder, seat.folder, "asked_again", "system"), seat.path.name, gate)
        seat.job = self._store.ask_again(seat.path, seat.job)
        self._desk.tray.unread_all(seat.path)
        self._seats.note(seat)
        self._show_next()

    def show_progress(self, seat: Seat, step: Step) -> None:
        """Show how far a running step is, and tell what it has to tell meanwhile."""
        told = read_progress(seat.path, step.name)
        if told is None:
            return
        job = dataclasses.replace(seat.job, progress=told.progress, doing=told.doing)
        if job != seat.job:
            tell_all(self._notices, seat.job, told.notices)
            seat.job = self._store.show_progress(seat.path, seat.job, told)

    def tell(self, seat: Seat, found: Iterable[Notice]) -> None:
        """Tell people what a finished step has to tell, before that is noted: a crash between tells it again."""
        tell_all(self._notices, seat.job, found)

    def fail(self, seat: Seat, failure: Failure) -> None:
        """Move a job to `failed/` with the reason and what to do."""
        seat.job = dataclasses.replace(seat.job, failure=failure)
        self.move(seat, Intent(seat.job.stage, FAILED, "preprocessing_failed", "system", failure.message))

    def _announce(self, job: Job, intent: Intent, name: str, gate: Gate | None) -> None:
        """Tell people about a job whose folder, of this name, has come where its intent leads."""
        where = self._root.path / intent.target / name
        who = self._desk.deciders(gate) if gate else ()
        question = job.question if gate and job.question and job.question.gate == gate.name else None
        again = question is not None and intent.source == intent.target
        once = f"{question.at} {intent.target} again" if question and again else f"{job.since} {intent.target}"
        failures = self._store.line_of(job).failures
        arrived(self._notices, job, intent, where, gate, who, once=once, question=question, failures=failures)

    def _show_next(self) -> None:
        """Keep the pointer to the next review."""
        following = self._seats.next_asked(REVIEW) or ""
        if following != self._next_shown:
            write_atomic(self._root.path / REVIEW / "NEXT.txt", following + "\n", durable=False)
            self._next_shown = following

    def follow(self, seat: Seat, action: str) -> None:
        """Take a folder that a person has moved lawfully as if it had been ordered, by those who may order."""
        by = owner_of(seat.path)
        if not self._desk.may_control(by):
            self.put_back(seat)
            return
        names = {"retry": "retry_attempt", "hold": "held", "resume": "resumed", "archive": "archived"}
        message = f"Moved by hand from {seat.job.stage} to {seat.folder}"
        intent = Intent(seat.job.stage, seat.folder, names.get(action, action), by, message)
        seat.job = dataclasses.replace(seat.job, intent=intent)
        self.arrive(seat)

    def put_back(self, seat: Seat) -> None:
        """Return a folder that a person has moved where it must not go, and say so."""
        wrong, right = seat.folder, seat.job.stage
        text = f"Invalid transition from stage {right} to {wrong}"
        path = self._root.path / right / seat.path.name
        log.warning("%s: %s; put back", seat.job.job, text)
        title = f"{seat.job.job}: put back to {right}"
        once = f"{wrong} {seat.job.since} {seat.path.parent.stat().st_mtime_ns}"
        self._notices.tell("illegal_move", seat.job, title, f"{text}. Edit its sidecar instead.", once=once)
        self._store.note(seat.path, seat.job, "illegal_move", text)
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = right, path

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
        text = f"Moved by hand from {stage.folder} to {wanted}: taken for `decision: {decision}`"
        self._store.note(seat.path, seat.job, "moved_by_hand", text)
        path = self._root.path / stage.folder / seat.path.name
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = stage.folder, path
