"""What the orders of a `control.yaml` do: retry, hold, resume, cancel, archive, unarchive, priority, downloaded.

Acts through the store and the mover; answers through the desk. The order is carried out first and its file put away
last; the record keeps the mark of the order, so that after a crash between it is only answered, not carried out again.
"""

from __future__ import annotations

from hotfolderd.engine.desk import Control, Desk
from hotfolderd.engine.movement import Mover
from hotfolderd.engine.rules import may_travel
from hotfolderd.engine.seat import Seat
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, ON_HOLD
from hotfolderd.records import Intent, Job
from hotfolderd.store import Store

_MOVES = {
    "retry": ("retry_attempt", (FAILED,)),
    "resume": ("resumed", (ON_HOLD,)),
    "hold": ("held", None),
    "cancel": ("cancel", None),
    "archive": ("archived", (COMPLETED,)),
    "unarchive": ("unarchived", (ARCHIVE,)),
}
_TARGETS = {"hold": ON_HOLD, "cancel": ARCHIVE, "archive": ARCHIVE, "unarchive": COMPLETED}


def means_something(action: str, folder: str, job: Job) -> bool:
    """Whether an order can be carried out for a job that stands in a folder."""
    if action == "priority":
        return True
    if action == "downloaded":
        return folder == COMPLETED and job.status == "awaiting_download"
    _, only_from = _MOVES[action]
    target = _TARGETS.get(action) or job.left_from
    return target is not None and may_travel(folder, target, job.left_from) and (not only_from or folder in only_from)


def obey(store: Store, desk: Desk, mover: Mover, seat: Seat, control: Control) -> None:
    """Carry out an order, or answer that it means nothing here."""
    order, by = control.order, control.by
    message = f"{order.action} by {by}" + (f": {order.reason}" if order.reason else "")
    if seat.job.obeyed == control.mark:
        desk.control_done(seat.path, seat.job, control, message)
        return
    if order.action == "priority":
        assert order.priority is not None, "the model demands it"
        seat.job = store.set_priority(seat.path, seat.job, order.priority, by=by)
        desk.control_done(seat.path, seat.job, control, f"Priority set to {order.priority}")
        return
    if order.action == "downloaded" and means_something("downloaded", seat.folder, seat.job):
        seat.job = store.note_download(seat.path, seat.job, by=by, order=control.mark)
        desk.control_done(seat.path, seat.job, control, message)
        return
    action, _ = _MOVES.get(order.action, ("", None))
    target = _TARGETS.get(order.action) or seat.job.left_from
    if target is None or not means_something(order.action, seat.folder, seat.job):
        desk.control_refused(seat.path, seat.job, control, f"`{order.action}` means nothing for a job in {seat.folder}")
        return
    if order.action == "retry" and not _retry_from(store, desk, seat, control, target):
        return
    mover.move(seat, Intent(seat.job.stage, target, action, by, message, control.mark))
    desk.control_done(seat.path, seat.job, control, message)


def _retry_from(store: Store, desk: Desk, seat: Seat, control: Control, target: str) -> bool:
    """Have the named step and those after it done again; False (and answered) where the stage has no such step."""
    name = control.order.from_ or "auto"
    if name == "auto":
        return True
    stage = store.stage_of(seat.job, target)
    steps = [step.name for step in stage.steps] if stage else []
    if name not in steps:
        names = ", ".join(("auto", *steps))
        text = f"`from: {name}` names no step of {target}. Write one of: {names}"
        desk.control_refused(seat.path, seat.job, control, text)
        return False
    seat.job = store.forget_steps(seat.path, seat.job, steps[steps.index(name) :])
    return True
