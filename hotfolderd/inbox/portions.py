"""What of a batch is built next: a few jobs at first, so that people review them while the rest is built.

Reads the state of a batch, and what of it was built before; writes nothing.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path

from hotfolderd.inbox.batches import Batch
from hotfolderd.inbox.building import BatchPlan, JobPlan

# More jobs are not built before the first of them begin; after that as many at once as have begun.
_JOBS_AT_FIRST = 200
# Nor are more bytes copied, save for a single job: files that several rows name are copied for each but the last.
_COPIED_BYTES = 512 << 20


def may_begin(batch: Batch) -> int:
    """How many of the waiting jobs may begin before somebody says start: what is left of `max_jobs`, or all."""
    waiting = len(batch.waiting)
    if batch.max_jobs is None:
        return waiting
    return max(0, min(waiting, batch.begun_before + batch.max_jobs - (len(batch.jobs) - waiting)))


def next_portion(batch: Batch, intake: Path, folder: Path) -> BatchPlan:
    """The plan of what is built next. `folder` is that of the batch, `intake` where jobs are built.

    What lies there already comes with it: of a build that was cut off, which may have had another portion and has taken
    files from the inbox, so that to build fewer would lose them; and jobs whose name is taken in the line. They hold
    none of the others up.
    """
    place = intake / batch.batch
    begun = {path.name for path in place.iterdir()} if place.exists() else set()
    most = min(may_begin(batch), max(_JOBS_AT_FIRST, len(batch.jobs) - len(batch.waiting)))
    count = sum(1 for _ in itertools.islice(_as_many_as_are_soon_copied(batch, begun), most))
    last_begun = max((number for number, plan in enumerate(batch.waiting, start=1) if plan.job in begun), default=0)
    count = max(count, last_begun)
    chosen, later = batch.waiting[:count], batch.waiting[count:]
    return BatchPlan(
        batch.batch,
        batch.home,
        str(place),
        str(folder / "replaced"),
        chosen,
        keep=tuple({piece.source for plan in later for piece in plan.pieces} | set(batch.keep)),
        seen=batch.seen,
        table=batch.leftovers,
    )


def _as_many_as_are_soon_copied(batch: Batch, begun: Container[str]) -> Iterator[JobPlan]:
    """The first of the waiting jobs: as many that are not `begun` as need `_COPIED_BYTES` copied, and at least one."""
    sizes = {name: size for name, _, size, *_ in batch.seen}
    users = Counter(piece.source for plan in batch.waiting for piece in plan.pieces)
    users.update(batch.keep)
    number = copied = 0
    for plan in batch.waiting:
        counts = plan.job not in begun
        for piece in plan.pieces:
            users[piece.source] -= 1
            copied += sizes.get(piece.source, 0) if users[piece.source] and counts else 0
        if number and copied > _COPIED_BYTES:
            return
        number += counts
        yield plan
