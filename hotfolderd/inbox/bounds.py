"""How large a drop is as a whole: how many files, how deep, how many bytes its jobs would take.

Reads folders and the entries of files; opens none and writes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.names import is_litter
from hotfolderd.inbox.paths import Shelf
from hotfolderd.inbox.problem import Problem, shown

_MIB = 1 << 20


def check_shape(shelf: Shelf, limits: Limits) -> list[Problem]:
    """What is wrong with the number and the depth of a drop's files. Ends as soon as there are too many."""
    seen, waiting = 0, [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        for name, kind in shelf.entries(folder).items():
            path = f"{folder}/{name}" if folder else name
            if is_litter(name, folder=kind == "folder"):
                continue
            seen += 1
            if kind == "folder":
                if depth >= limits.depth:
                    what = f"The folders are nested deeper than {limits.depth}: {shown(path)}"
                    return [Problem(what, "Put the files further up.")]
                waiting.append((path, depth + 1))
        if seen > limits.files:
            what = f"The folder holds more than {limits.files} files and folders"
            return [Problem(what, "Drop only what the jobs need, or split it into several folders.")]
    return []


def check_bytes(home: Path, files: Iterable[str], limits: Limits) -> list[Problem]:
    """What is wrong with the size of the files, each counted once, that the jobs of a drop use."""
    total = 0
    for name in files:
        with contextlib.suppress(OSError):  # what is not there any more takes no place
            total += (home / name).lstat().st_size
    if total <= limits.drop_mib * _MIB:
        return []
    what = f"The files of the drop have {total / _MIB:,.0f} MiB in all, at most {limits.drop_mib:,} MiB are allowed"
    return [Problem(what, "Split it into several drops.")]
