"""What the orders of a `control.yaml` do: retry, hold, resume, cancel, archive, unarchive, priority.

Acts through the store; answers through the desk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from hotfolderd.engine.desk import Control, Desk
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, ON_HOLD, may_move
from hotfolderd.records import Job
from hotfolderd.store import Store


class Movable(Protocol):
    """A job with its place, as the reconciler holds it."""

    folder: str
    path: Path
    job: Job


_MOVES = {
    "retry": ("retry_attempt", (FAILED,)),
    "resume": ("resumed", (ON_HOLD,)),
    "hold": ("held", None),
    "cancel": ("cancel", None),
    "archive": ("archived", (COMPLETED,)),
    "unarchive": ("unarchived", (ARCHIVE,)),
}
_TARGETS = {"hold": ON_HOLD, "cancel": ARCHIVE, "archive": ARCHIVE, "unarchive": COMPLETED}


def obey(store: Store, desk: Desk, seat: Movable, control: Control) -> None:
    """Carry out an order, or answer that it means nothing here. The file is put away first, the folder moves last."""
    order, by = control.order, control.by
    if order.action == "priority":
        assert order.priority is not None, "the model demands it"
        desk.control_done(seat.path, seat.job, control, f"Priority set to {order.priority}")
        seat.job = store.set_priority(seat.path, seat.job, order.priority, by=by)
        return
    action, only_from = _MOVES[order.action]
    target = _TARGETS.get(order.action) or seat.job.left_from
    if target is None or (only_from and seat.folder not in only_from) or not _allowed(seat, target):
        text = f"`{order.action}` means nothing for a job in {seat.folder}"
        desk.control_done(seat.path, seat.job, control, text, accepted=False)
        store.note(seat.path, seat.job, "sidecar_refused", text, by=by)
        return
    message = f"{order.action} by {by}" + (f": {order.reason}" if order.reason else "")
    desk.control_done(seat.path, seat.job, control, message)
    seat.path = store.move(seat.path, seat.job, target, action, by=by, message=message)
    seat.folder, seat.job = target, store.load(seat.path)


def _allowed(seat: Movable, target: str) -> bool:
    return may_move(seat.folder, target, left_from=seat.job.left_from)
