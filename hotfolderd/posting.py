"""What is told by time alone, and the postman, put together from the configuration and the jobs as they stand.

Reads nothing but what it is handed; messages are kept by `notify`.
"""

from __future__ import annotations

import logging
import time as clocks
from collections.abc import Callable, Collection, Mapping
from datetime import time
from typing import TYPE_CHECKING

from hotfolderd.engine.seats import Seats
from hotfolderd.notify import (
    Asked,
    DailyDigest,
    Desk,
    Digest,
    Manners,
    Notices,
    Postman,
    Recipient,
    Reminders,
)
from hotfolderd.pipeline import COMPLETED, FAILED, PROCESSING
from hotfolderd.root import Root
from hotfolderd.runtime import Runtime

if TYPE_CHECKING:
    from hotfolderd.config import Config

log = logging.getLogger(__name__)
_AGAIN_S = 30.0


class Timely:
    """Reminds and digests. A disk that does not take it stops nobody: it is tried again."""

    def __init__(
        self,
        config: Runtime,
        root: Root,
        notices: Notices,
        seats: Seats,
        notes: Callable[[], list[str]],
    ) -> None:
        self._seats = seats
        self._reviewers: Mapping[str, tuple[str, ...]] = config.allowed
        self._notes = notes
        self._reminders = Reminders(root, notices)
        self._digest = DailyDigest(root, notices, _time_of_day(config.notify.digest_at))
        self._again_at = 0.0

    def round(self) -> None:
        """Tell what is due."""
        now = clocks.monotonic()
        if now < self._again_at:
            return
        try:
            self._reminders.round(now, self._asked)
            self._digest.round(now, self._seen)
        except OSError as error:
            log.warning("%s; reminders wait", error)
            self._again_at = now + _AGAIN_S

    def _asked(self) -> list[Asked]:
        found = []
        for seat in self._seats:
            gate = seat.stage.gate if seat.stage else None
            if gate is None or not seat.is_asked or not seat.in_place:
                continue
            job, who = seat.job, self._reviewers.get(gate.name, ())
            sidecar = f"{seat.place}/{gate.sidecar}"
            found.append(Asked(job.job, job.uid, job.client, job.batch, gate.name, job.since, sidecar, who))
        return found

    def _seen(self) -> Digest:
        seats = list(self._seats)
        return Digest(
            self._asked(),
            sum(seat.running is not None or seat.ready for seat in seats),
            [seat.job.job for seat in seats if seat.folder == FAILED],
            [(seat.job.job, seat.job.completed_at or "") for seat in seats if seat.folder == COMPLETED],
            self._notes(),
        )


def postman_of(config: Runtime, root: Root, notices: Notices, seats: Seats, entering: Callable[[str], bool]) -> Postman:
    """The postman of a root. `entering`: whether jobs of a batch are yet to enter the line."""
    settings = config.notify

    def coming(batch: str, folders: Collection[str]) -> bool:
        """Asked in the postman's thread: only looks."""
        in_line = any(seat.job.batch == batch and seat.folder in folders for seat in seats)
        return in_line or (PROCESSING in folders and entering(batch))

    manners = Manners(
        settings.gather_s,
        settings.gather_most_s,
        _time_of_day(settings.quiet_from),
        _time_of_day(settings.quiet_until),
        settings.max_per_minute,
    )
    desk = Desk(root, settings.base_url, settings.picture_max_mib)
    return Postman(root, notices, recipients(config), manners=manners, desk=desk, coming=coming)


def recipients(config: Runtime | Config) -> list[Recipient]:
    """Who is told, with what each hears."""
    return [Recipient(one.url, one.tags) for one in config.notify.urls]


def _time_of_day(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
