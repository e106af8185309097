"""Replies: what answers a question already, for a whole batch or by a rule, so that nobody need be asked.

Looks for it in what was decided before; writes it into the sidecar, where it is read like what a person writes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotfolderd.disk import write_atomic
from hotfolderd.engine.seats import Seats
from hotfolderd.pipeline import Gate, function_named
from hotfolderd.records import Job, Record
from hotfolderd.review.decision import Reply
from hotfolderd.review.reading import SidecarRefusedError, Written, read_written
from hotfolderd.store import Store
from hotfolderd.work import WORK

log = logging.getLogger(__name__)


class Replies:
    """What is known before anybody answers. `facts`: what gates are asked with."""

    def __init__(self, store: Store, seats: Seats, facts: Mapping[str, Any]) -> None:
        self._store = store
        self._seats = seats
        self._facts = facts

    def write(self, folder: Path, job: Job, gate: Gate) -> bool:
        """Write into the sidecar of a question what answers it already, if something does; it is read like any other.

        Only in the first round, and only where nobody has touched the sidecar.
        """
        found = self._found_for(folder, job, gate)
        if found is not None and content_of(folder / gate.sidecar) == found.text.encode():
            return True  # a crash came after it was written
        if found is None or not is_untouched(folder, gate):
            return False
        text = f"{gate.sidecar} answered for {found.by}: {found.why}"
        log.info("%s: %s", job.job, text)
        self._store.note(folder, job, "review_answered", text, by=found.by)
        write_atomic(folder / gate.sidecar, found.text)
        return True

    def _found_for(self, folder: Path, job: Job, gate: Gate) -> Reply | None:
        """What answers a question already. Where that cannot be told, a person is asked."""
        if not gate.answered_by or job.question is None or job.question.gate != gate.name:
            return None
        try:
            found: Reply | None = function_named(gate.answered_by)(self._store.root, folder, job, self._facts)
            if found is None:
                return None
            with Record(folder) as record:
                return None if any(one["gate"] == gate.name for one in record.decisions()) else found
        except Exception as error:  # noqa: BLE001  whatever is wrong with an answer, the question itself stands
            log.warning("%s: %s: %s; a person is asked", folder, type(error).__name__, error)
            return None

    def is_by_rule(self, folder: Path, job: Job, gate: Gate, written: Written) -> bool:
        """Whether a sidecar holds what the system itself answers."""
        found = self._found_for(folder, job, gate)
        return found is not None and found.by_rule and found.text.encode() == written.data

    def serve_others(self, job: Job, gate: Gate) -> list[str]:
        """Have those jobs of a batch looked at that wait and are answered by what was decided for one: which."""
        others = [
            seat
            for seat in self._seats.asked_with(job)
            if is_untouched(seat.path, gate) and self._found_for(seat.path, seat.job, gate) is not None
        ]
        for seat in others:
            seat.maybe_answered = True
            self._seats.changed.add(seat.job.job)
        return [seat.job.job for seat in others]


def is_untouched(folder: Path, gate: Gate) -> bool:
    """Whether the sidecar lies there byte for byte as it was asked."""
    content = content_of(folder / gate.sidecar)
    return content is not None and content == prepared(folder, gate)


def content_of(path: Path) -> bytes | None:
    """What a sidecar holds; None where it cannot be read."""
    try:
        return read_written(path).data
    except (SidecarRefusedError, OSError):
        return None


def prepared(folder: Path, gate: Gate) -> bytes | None:
    """The sidecar as it was written for the last question; None where there is none."""
    try:
        return (folder / WORK / gate.ask.name / gate.sidecar).read_bytes()
    except FileNotFoundError:
        return None
