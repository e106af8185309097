"""The root: where its folders lie, making them, and holding it against a second daemon.

Reads and writes the stage folders with their README.txt and `.hotfolderd/`; never a job.
"""

from __future__ import annotations

import fcntl
import importlib.resources
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.disk import write_atomic
from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import ALL_FOLDERS, BATCHES, DEPLOYED, INBOX, JOB_FOLDERS


@dataclass(frozen=True, slots=True)
class Root:
    """The folder that holds the line."""

    path: Path

    @property
    def inbox(self) -> Path:
        """Where people drop."""
        return self.path / INBOX

    @property
    def batches(self) -> Path:
        """One folder for each CSV that was taken in."""
        return self.path / BATCHES

    @property
    def deployed(self) -> Path:
        """What was delivered."""
        return self.path / DEPLOYED

    @property
    def private(self) -> Path:
        """What belongs to no job: lock, outbox, jobs being built."""
        return self.path / ".hotfolderd"

    @property
    def intake(self) -> Path:
        """Where job folders are built before they enter the line."""
        return self.private / "intake"

    def exists(self) -> bool:
        """Whether this looks like a root that `init` made."""
        return all((self.path / folder).is_dir() for folder in ALL_FOLDERS)

    def job_folders(self) -> Iterator[tuple[str, Path]]:
        """All job folders with the folder of the line that they stand in; names that begin with a dot are not jobs."""
        for folder in JOB_FOLDERS:
            with os.scandir(self.path / folder) as entries:
                found = [e.path for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
            for path in sorted(found):
                yield folder, Path(path)
        yield from self._astray()

    def _astray(self) -> Iterator[tuple[str, Path]]:
        """Job folders that somebody has moved where no job belongs; they are known by their record."""
        for folder in (INBOX, BATCHES, DEPLOYED):
            with os.scandir(self.path / folder) as entries:
                found = [e.path for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
            for path in sorted(found):
                if os.path.isfile(f"{path}/.job/record.json"):  # noqa: PTH113  asked of every batch, each round
                    yield folder, Path(path)

    def find_job(self, job: str) -> tuple[str, Path] | None:
        """Where a job stands, by the name of its folder; None if there is none."""
        if not job or "/" in job or job.startswith("."):
            return None
        for folder in JOB_FOLDERS:
            path = self.path / folder / job
            if path.is_dir():
                return folder, path
        return next(((folder, path) for folder, path in self._astray() if path.name == job), None)


def make_root(path: Path) -> Root:
    """Make what is missing of a root: stage folders with a README.txt each. What is there is left alone."""
    root = Root(path)
    texts = importlib.resources.files("hotfolderd") / "texts" / "folders"
    for folder in ALL_FOLDERS:
        (path / folder).mkdir(parents=True, exist_ok=True)
        readme = path / folder / "README.txt"
        if not readme.exists():
            readme.write_bytes((texts / f"{folder}.txt").read_bytes())
    root.intake.mkdir(parents=True, exist_ok=True)
    return root


def check_root(path: Path) -> Root:
    """The root, fit to run on. Raises ConfigError for one that is missing, not writable or on two file systems."""
    root = Root(path)
    if not root.exists():
        raise ConfigError(f"{path}: the stage folders are not here. Make them with `hotfolderd init {path}`.")
    try:
        root.intake.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"{root.intake}: cannot be made ({error.strerror}). Give the daemon's user the right to write there."
        raise ConfigError(text) from error
    devices = {place.stat().st_dev for place in (root.intake, *(path / folder for folder in ALL_FOLDERS))}
    if len(devices) > 1:
        raise ConfigError(
            f"{path}: its folders lie on {len(devices)} file systems, so jobs cannot be moved by one rename. "
            "Put the whole root on one."
        )
    for folder in ALL_FOLDERS:
        if not os.access(path / folder, os.W_OK | os.X_OK):
            raise ConfigError(f"{path / folder}: cannot be written. Give the daemon's user the right to write there.")
    return root


class RootLock:
    """The exclusive hold on a root; the system lets it go when the process ends, however it ends."""

    def __init__(self, root: Root) -> None:
        self._path = root.private / "lock"
        self._handle: int | None = None

    def __enter__(self) -> RootLock:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 400, 0).decode("utf-8", "replace") or "unknown"
            os.close(handle)
            raise ConfigError(
                f"{self._path}: another daemon works on this root ({holder}). Stop it first, or use another root."
            ) from error
        self._handle = handle
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_held(root: Root) -> bool:
    """Whether a daemon works on this root now."""
    try:
        handle = os.open(root.private / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def note_health(root: Root, text: str) -> None:
    """Write the heartbeat that a monitor may look at."""
    write_atomic(root.private / "health.json", text, durable=False)
