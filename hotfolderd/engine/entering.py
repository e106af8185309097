"""Built job folders on their way into the line, where the rules find the intent that is in their records.

Renames them from `.hotfolderd/intake/<batch>` into `1-processing`, a few at a time, so that thousands of them keep
nobody's answer waiting. What a crash leaves is built, and enters, again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from hotfolderd.disk import load_own_yaml, rename_new
from hotfolderd.inbox.building import JobPlan
from hotfolderd.pipeline import PROCESSING
from hotfolderd.root import Root
from hotfolderd.store import Store

# Short enough that the workers, whose results wait meanwhile, have enough to do.
_AT_ONCE_S = 0.02


@dataclass(slots=True)
class Entries:
    """The jobs of a batch: those still `coming`, those that `entered`, and those whose name is `taken` in the line."""

    coming: deque[JobPlan]
    entered: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)


class Entering:
    """The batches whose built jobs are entering the line."""

    def __init__(self, root: Root, store: Store) -> None:
        self._root = root
        self._store = store
        self._batches: dict[str, Entries] = {}

    def __contains__(self, batch: str) -> bool:
        return batch in self._batches

    def begin(self, batch: str, built: Iterable[JobPlan]) -> None:
        """Let the jobs of a batch enter from now on."""
        self._batches[batch] = Entries(deque(built))

    def go_on(self, batch: str) -> Entries:
        """Let some of a batch's jobs enter, one at least. After the last, and after an error, it is no longer here.

        Raises OSError, ValueError or LookupError for what cannot be put into the line.
        """
        entries = self._batches.pop(batch)
        until = time.monotonic() + _AT_ONCE_S
        while entries.coming:
            plan = entries.coming.popleft()
            (entries.entered if self._enter(batch, plan) else entries.taken).add(plan.job)
            if time.monotonic() >= until:
                break
        if entries.coming:
            self._batches[batch] = entries
        return entries

    def _enter(self, batch: str, plan: JobPlan) -> bool:
        """Put one job folder into the line; False where its name is taken."""
        if self._root.find_job(plan.job) is not None:
            return False
        built = self._root.intake / batch / plan.job
        self._store.create(built, load_own_yaml(plan.order))
        try:
            rename_new(built, self._root.path / PROCESSING / plan.job)
        except FileExistsError:
            return False
        return True
