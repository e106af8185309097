"""The times of the folders of the line since they were listed: they tell whether a job folder can have come or gone.

Looks at the folders themselves, not at what is in them.
"""

from __future__ import annotations

import os
import time

from hotfolderd.pipeline import ALL_FOLDERS
from hotfolderd.root import Root

# The times of a disk may be as coarse as two seconds.
_YOUNG_NS = 2_500_000_000
_Times = tuple[tuple[int, int], ...]


class FolderTimes:
    """Whether the folders of the line rest since they were last listed."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._listed: _Times | None = None

    def about_to_list(self) -> None:
        """Keep the times, before the folders are listed. Raises OSError where one is not there."""
        times, young = self._times(), time.time_ns() - _YOUNG_NS
        # Where one is so young, the disk's clock may not tick between the listing and the next change.
        self._listed = times if max(changed_ns for _, changed_ns in times) < young else None

    def forget(self) -> None:
        """Have them listed again in any case: not all that was found could be understood."""
        self._listed = None

    def rest(self) -> bool:
        """Whether nothing can have come to the folders since, or have gone."""
        try:
            return self._listed is not None and self._times() == self._listed
        except OSError:
            return False

    def _times(self) -> _Times:
        found = (os.stat(self._root.path / folder) for folder in ALL_FOLDERS)  # noqa: PTH116  asked of each
        return tuple((one.st_ino, one.st_mtime_ns) for one in found)
