"""The desk: takes what people wrote in a job folder, answers it with a receipt, or says what is wrong with it.

Reads `control.yaml` and the sidecar of the gate; writes `*.problems.txt`, and decisions through the store. It never
moves a job folder.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfolderd.disk import remove_file, write_atomic
from hotfolderd.engine.announcing import decided
from hotfolderd.engine.readers import Readers
from hotfolderd.engine.replies import Replies, is_untouched, prepared
from hotfolderd.engine.seat import CONTROL
from hotfolderd.engine.seats import Seats
from hotfolderd.engine.tray import Tray
from hotfolderd.errors import RefusedError
from hotfolderd.inbox.names import is_litter
from hotfolderd.notify import About, Notices
from hotfolderd.pipeline import ON_HOLD, OVERRIDE, REVIEW, Gate, Outcome, function_named
from hotfolderd.publishing import DECISIONS, restore_sidecar
from hotfolderd.records import Answer, Job, stamp
from hotfolderd.review.decision import Decision, check_reviewer
from hotfolderd.review.editing import set_keys
from hotfolderd.review.reading import (
    SidecarRefusedError,
    Written,
    fingerprint,
    owner_of,
    parse,
    read_written,
    refuse_empty,
)
from hotfolderd.review.strict_yaml import decode, load
from hotfolderd.store import Store

if TYPE_CHECKING:
    from hotfolderd.review.models import ControlSidecar

log = logging.getLogger(__name__)
_CHECKS = "hotfolderd.review.checking:check"
_CONTROL_READER = "hotfolderd.review.models:ControlSidecar"
_ANSWERS = "(review|override|approval|control)"
_COPY = re.compile(rf"(?!{_ANSWERS}\.yaml$){_ANSWERS}\b.*\.ya?ml(\.txt)?", re.IGNORECASE)
# A file that a person made by hand has no last line to prove that it is whole, so it must be still for longer.
PATIENCE_WITHOUT_END = 3.0


@dataclass(frozen=True, slots=True)
class Control:
    """A `control.yaml` that was read and is still in place."""

    order: ControlSidecar
    by: str
    written: Written

    @property
    def mark(self) -> str:
        """What tells this file from every other: an order that was carried out is known again after a crash."""
        inode, _, mtime_ns, _ = self.written.fingerprint
        return f"{self.written.sha256[:16]}:{inode}:{mtime_ns}"


class Desk:
    """Takes decisions from the files in the `tray`. `facts`: what gates are asked with.

    `readers`: what is needed for the files that settle.
    """

    def __init__(
        self,
        store: Store,
        notices: Notices,
        tray: Tray,
        *,
        reviewers: Mapping[str, tuple[str, ...]],
        seats: Seats,
        facts: Mapping[str, Any],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._notices = notices
        self.tray = tray
        self._reviewers = reviewers
        self._seats = seats
        self.replies = Replies(store, seats, facts)
        self._now = now
        self.readers = Readers()

    def may_control(self, by: str) -> bool:
        """Whether a person may give orders, such as by dragging a folder."""
        people = self._reviewers.get("control", ())
        return not people or by in people

    def deciders(self, gate: Gate) -> tuple[str, ...]:
        """Who may decide at a gate; nobody named: everybody."""
        return self._reviewers.get(gate.name, ())

    def order_due_s(self, folder: Path) -> float | None:
        """Seconds until what lies in `control.yaml` may be read; None where there is nothing new."""
        return self.tray.due_s(folder / CONTROL)

    def control(self, folder: Path, job: Job) -> Control | None:
        """What a person orders in `control.yaml`; None where there is nothing or nothing yet."""
        path = folder / CONTROL
        wait_s = self.order_due_s(folder)
        if wait_s:
            self.readers.want(_CONTROL_READER, _CHECKS)
        if wait_s != 0.0:
            return None
        try:
            written = self.tray.read(path)
            order = parse(written.data, _control_sidecar(), CONTROL)
            if order.action == "pending":
                return None
            by = order.by.strip() or written.owner
            check_reviewer(by, self._reviewers, "control", CONTROL)
        except SidecarRefusedError as error:
            self._refuse(folder, job, path, error)
            return None
        self.tray.unread(path)
        return Control(order, by, written)

    def control_done(self, folder: Path, job: Job, control: Control, message: str, *, accepted: bool = True) -> None:
        """Put a `control.yaml` away with its receipt. Its number follows the last one there."""
        taken = sorted((folder / DECISIONS).glob("[0-9][0-9][0-9][0-9]-*"))
        number = 1 + int(taken[-1].name[:4]) if taken else 1
        if taken and taken[-1].name == f"{number - 1:04d}-control.receipt.yaml":
            number -= 1  # a crash came between this receipt and its file
        receipt = self._receipt(job, control.by, message) | {"accepted": accepted}
        self._store.put_away(folder, CONTROL, number, receipt)
        self.tray.dealt_with(folder / CONTROL)

    def control_refused(self, folder: Path, job: Job, control: Control, text: str) -> None:
        """Answer an order that means nothing here."""
        about = About(who=(control.by,), stage="control")
        title = f"{job.job}: control.yaml was not taken"
        self._notices.tell("sidecar_refused", job, title, text, once=control.mark, about=about)
        self._store.note(folder, job, "sidecar_refused", text, by=control.by)
        self.control_done(folder, job, control, text, accepted=False)

    def decision(self, folder: Path, job: Job, gate: Gate) -> Job | None:
        """Take the decision of the gate's sidecar, if it holds one that may be taken: the job as it is then."""
        path = folder / gate.sidecar
        wait_s = self.tray.due_s(path)
        if wait_s and not is_untouched(folder, gate):
            self.readers.want(gate.read, _CHECKS)
        if wait_s != 0.0:
            return None
        try:
            written = self.tray.read(path)
            if not (_names_its_round(written) or self.tray.is_whole(path, written, patience=PATIENCE_WITHOUT_END)):
                return None
            self.tray.dealt_with(path)
            untouched = written.data == prepared(folder, gate)
            if not untouched:  # as every sidecar is when its job has just arrived: that need not be read
                refuse_empty(written.data, gate.sidecar)
            decision = None if untouched else self._read(gate, folder, job, written)
            if decision is None or decision.decision == "pending":
                remove_file(folder / f"{gate.name}.problems.txt")
                return None
            if not (self.deciders(gate) and self.replies.is_by_rule(folder, job, gate, written)):
                check_reviewer(decision.by, self._reviewers, gate.name, gate.sidecar)
        except SidecarRefusedError as error:
            self._refuse(folder, job, path, error)
            return None
        return self.take(folder, job, gate, decision, written.sha256)

    def take(self, folder: Path, job: Job, gate: Gate, decision: Decision, sha256: str) -> Job:
        """Record a decision, put its sidecar away, write the receipt: in this order, so no crash applies it twice."""
        outcome = gate.outcomes[decision.decision]
        target = outcome.target or decision.return_to
        assert target is not None, f"{gate.name}: {decision.decision} leads nowhere"
        answer = Answer(
            gate=gate.name,
            decision=decision.decision,
            target=target,
            by=decision.by,
            at=stamp(self._now()),
            number=job.decisions + 1,
            sha256=sha256,
            reason=decision.reason,
            notes=decision.notes,
            rebuild=outcome.rebuild,
            shared=decision.shared,
            said=decision.said,
            notices=decision.notices,
        )
        message = _said(outcome, answer)
        job = self._store.take_decision(
            folder,
            job,
            answer,
            approved=decision.approved,
            events=((outcome.action, message), *decision.events),
            resolved=decision.resolved,
            settles=outcome.settles,
        )
        end = "" if message.endswith((".", "!", "?", "…")) else "."
        text = " ".join((f"{message}{end}", *decision.remarks))
        self._file(folder, job, gate, message, text)
        return job

    def file_again(self, folder: Path, job: Job, gate: Gate) -> None:
        """Finish a decision that a crash left half done: recorded, but the sidecar still in its place."""
        answer = job.answer
        if answer is None or answer.gate != gate.name:
            return
        path = folder / gate.sidecar
        receipt = folder / DECISIONS / f"{answer.number:04d}-{gate.name}.receipt.yaml"
        if receipt.exists() and self.tray.due_s(path) is None:
            return
        try:
            unfiled = self.tray.read(path).sha256 == answer.sha256
        except SidecarRefusedError:
            unfiled = False
        if unfiled or not receipt.exists():
            message = _said(gate.outcomes[answer.decision], answer)
            self._file(folder, job, gate, message, message, changed=not unfiled)

    def dragged(self, folder: Path, gate: Gate, decision: str) -> None:
        """Write into the sidecar the decision that a person took by moving the folder; it is read like any other.

        Raises RefusedError where the sidecar cannot be edited, or is not whole.
        """
        if fingerprint(folder / gate.sidecar) is None:
            restore_sidecar(folder, gate.sidecar, gate.ask.name)
        written = read_written(folder / gate.sidecar)
        if not _names_its_round(written):  # cut off by a save, perhaps with corrections: not what the person means
            raise RefusedError(f"{gate.sidecar} is not whole. Delete it to have it as it was asked")
        write_atomic(folder / gate.sidecar, set_keys(decode(written.data), {"decision": decision}))

    def lay_out(self, folder: Path, job: Job, gate: Gate) -> None:
        """Have the sidecar of a question lie there again: with what was written before a hold, or as it was asked."""
        kept = folder / DECISIONS / f"{job.decisions:04d}-{gate.name}.yaml"
        try:
            text = decode(read_written(kept).data)
            said = load(text)
        except RefusedError:
            said = {}
        round_ = {"job": job.job, "revision": job.revisions.get(gate.name)}
        if said.get("decision") == "hold" and said.get("for") == round_:
            write_atomic(folder / gate.sidecar, set_keys(text, {"decision": "pending"}))
        else:
            restore_sidecar(folder, gate.sidecar, gate.ask.name)

    def restore(self, folder: Path, gate: Gate) -> None:
        """Write a sidecar again as it was asked, where a person has deleted it alone, a while ago."""
        if self.tray.absent_s(folder / gate.sidecar) == 0.0:
            restore_sidecar(folder, gate.sidecar, gate.ask.name)

    def tell_of_copies(self, folder: Path, job: Job, gate: Gate) -> None:
        """Tell people of files that look like an answer and are none: conflict copies, other endings."""
        for name in os.listdir(folder):  # noqa: PTH208  asked at each look at each job
            if _COPY.fullmatch(name) and not is_litter(name):
                path = folder / name
                title = f"{job.job}: {path.name} is not read"
                text = f"{path}\nOnly {gate.sidecar} is. Put what it says in there, and delete it."
                self._notices.tell("sidecar_refused", job, title, text, once=f"copy {path.name} {job.decisions}")

    def refuse_early(self, folder: Path, job: Job, gates: Mapping[str, Gate]) -> None:
        """Say of a sidecar that its question is not put here. `gates`: by the folder that asks."""
        for place, gate in gates.items():
            path = folder / gate.sidecar
            if self.tray.due_s(path) != 0.0:
                continue
            try:
                if self.tray.read(path).data == prepared(folder, gate):
                    continue
                advice = f"Wait until it stands in {place}: the file is then written anew"
                if job.status in ("completed", "awaiting_download"):
                    advice = "Delete the file; what is to be made anew is dropped anew"
                text = f"nothing is asked here, the job is in {job.stage}. {advice}"
                raise SidecarRefusedError([f"{gate.sidecar}: {text}."])
            except SidecarRefusedError as error:
                self._refuse(folder, job, path, error)

    def _file(self, folder: Path, job: Job, gate: Gate, said: str, text: str, *, changed: bool = False) -> None:
        """Tell of a recorded decision, write its receipt and put its sidecar away. Safe to do again."""
        answer = job.answer
        assert answer is not None, "only a recorded decision is put away"
        once = f"decision {answer.number}"
        receipt = self._receipt(job, answer.by, text) | {"decision": answer.decision, "stage": answer.target}
        target = self._store.stage_of(job, answer.target)
        if target is not None:
            receipt["status"] = target.status
        elif answer.target == ON_HOLD:
            receipt["status"] = "on_hold"
        if answer.notes:
            receipt["notes"] = answer.notes
        if gate.outcomes[answer.decision].after:
            function_named(gate.outcomes[answer.decision].after)(self._store.root, folder, job)
        served = self.replies.serve_others(job, gate) if answer.shared else []
        if answer.shared:
            receipt["serves"] = len(served)
        receipt["next"] = self._following(job, {job.job, *served})
        then = gate.outcomes[answer.decision].then
        decided(self._notices, job, answer, said, text, then, receipt["next"])
        if receipt["next"] is None and job.stage == REVIEW != answer.target and not served:
            self._notices.tell("no_more_reviews", job, "No more Stage 2 jobs. Excellent work!", once=once)
        self._store.put_away(folder, gate.sidecar, answer.number, receipt, changed=changed)
        self.tray.dealt_with(folder / gate.sidecar)

    def _following(self, job: Job, besides: Collection[str]) -> dict[str, str] | None:
        """The job to look at next, and its file: one that waits for the same decision; after an override, a review."""
        for place in (OVERRIDE, REVIEW) if job.stage == OVERRIDE else (job.stage,):
            following, stage = self._seats.next_asked(place, besides), self._store.stage_of(job, place)
            if following and stage and stage.gate:
                return {"job": following, "file": f"{place}/{following}/{stage.gate.sidecar}"}
        return None

    def _receipt(self, job: Job, by: str, message: str) -> dict[str, Any]:
        at = stamp(self._now())
        return {
            "accepted": True,
            "at": at,
            "by": by,
            "message": message,
            "status": job.status,
            "stage": job.stage,
            "next": None,
        }

    def _read(self, gate: Gate, folder: Path, job: Job, written: Written) -> Decision:
        decision: Decision = function_named(gate.read)(folder, job, written)
        return decision

    def _refuse(self, folder: Path, job: Job, path: Path, error: SidecarRefusedError) -> None:
        """Say on a file beside it what is wrong with a sidecar; told once for each content."""
        note = path.with_name(f"{path.stem}.problems.txt")
        lines = [
            f"{path.name} was not taken. It stays as it is; save it again when it is right.",
            "",
            *(f"- {problem}" for problem in error.problems),
            "",
        ]
        text = "\n".join(lines)
        if note.is_file() and note.read_bytes() == text.encode():
            return
        once = f"{text}{fingerprint(path)}"
        about = About(who=_author(path), stage=path.stem)
        title = f"{job.job}: {path.name} was not taken"
        self._notices.tell("sidecar_refused", job, title, text, once=once, about=about)
        self._store.note(folder, job, "sidecar_refused", str(error))
        write_atomic(note, text)


def _control_sidecar() -> type[ControlSidecar]:
    from hotfolderd.review.models import ControlSidecar  # noqa: PLC0415  see `readers.py`

    return ControlSidecar


def _said(outcome: Outcome, answer: Answer) -> str:
    """What people are told of a decision."""
    return answer.said or outcome.message.format(by=answer.by, reason=answer.reason)


def _author(path: Path) -> tuple[str, ...]:
    """Who has written a file, as far as that can be told."""
    try:
        return (owner_of(path),)
    except OSError:  # it is gone, or a link that leads nowhere
        return ()


def _names_its_round(written: Written) -> bool:
    """Whether a sidecar carries our `for:` block, and so must end with our last line."""
    return b"\nfor:" in b"\n" + written.data
