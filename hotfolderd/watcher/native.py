"""What the watcher asks of the system's own way of telling changes. There are two: `inotify` and `tree`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hotfolderd.pipeline import JOB_FOLDERS
from hotfolderd.root import Root

Tell = Callable[[Path | None], None]
"""Called from another thread with the watched folder in which something changed; None: anything may have changed."""

# What only this program writes into a job folder: files that are not whole yet, and what it says of the job there.
OF_OURS = (".", "status.yaml")


class Native(Protocol):
    """Changes below a root as the system tells them. Made, it is watching. Making it raises OSError if it cannot."""

    def alive(self) -> bool:
        """Whether the threads that read events still run."""
        ...

    def tend(self) -> None:
        """Watch folders of the line that came anew, and new folders of the inbox. Raises OSError if it cannot."""
        ...

    def attend(self, folder: Path) -> None:
        """Also watch one folder; nothing happens for one that is gone. Raises OSError at the system's limit."""
        ...

    def leave(self, folder: Path) -> None:
        """Watch that folder no longer."""
        ...

    def lost(self) -> list[Path]:
        """The attended folders whose watch has ended since this was last asked."""
        ...

    def limited(self) -> bool:
        """Whether the system's limit keeps folders of the inbox from being watched."""
        ...

    def retry(self) -> None:
        """Try again what the limit has refused."""
        ...

    def stop(self) -> None:
        """End watching."""
        ...


def canary_folder(root: Root) -> Path:
    """Where the watcher makes a change now and then, to see whether it is told."""
    return root.private / "canary"


def line_folders(root: Root) -> list[Path]:
    """The folders in which jobs come and go."""
    return [root.path / folder for folder in JOB_FOLDERS]
