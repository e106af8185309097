"""The root: where its folders lie, and making them.

Reads and writes the stage folders with their README.txt, and `.hotfolderd/`; never a job.
"""

from __future__ import annotations

import importlib.resources
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.disk import make_folder, may_rename, remove_temporary, remove_tree, write_atomic
from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import ALL_FOLDERS, BATCHES, DEPLOYED, INBOX, JOB_FOLDERS

ROOT_ID = "root.id"


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
    def learned(self) -> Path:
        """What was learned from approvals, by the template's digest; may be deleted at any time."""
        return self.private / "learned"

    @property
    def renders(self) -> Path:
        """Where renderers on other machines fetch projects and leave movies; nothing in it outlives its rendering."""
        return self.private / "renders"

    @property
    def intake(self) -> Path:
        """Where job folders are built before they enter the line."""
        return self.private / "intake"

    def exists(self) -> bool:
        """Whether this looks like a root that `init` made."""
        return all((self.path / folder).is_dir() for folder in ALL_FOLDERS)

    def job_names(self) -> Iterator[tuple[str, str]]:
        """Every job folder: the folder of the line that it stands in, and its name.

        Names that begin with a dot are not jobs. Where somebody has moved a job where none belongs, it is known by its
        record.
        """
        for folder in JOB_FOLDERS:
            with os.scandir(self.path / folder) as entries:
                found = [e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
            yield from ((folder, name) for name in found)
        for folder in (INBOX, BATCHES, DEPLOYED):
            with os.scandir(self.path / folder) as entries:
                names = [e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
            for name in names:
                if os.path.isfile(f"{self.path}/{folder}/{name}/.job/record.json"):  # noqa: PTH113  asked each look
                    yield folder, name

    def job_folders(self) -> Iterator[tuple[str, Path]]:
        """All job folders, by folder of the line and by name. See `job_names`."""
        for folder, name in sorted(self.job_names(), key=lambda one: (ALL_FOLDERS.index(one[0]), one[1])):
            yield folder, self.path / folder / name

    def find_job(self, job: str) -> tuple[str, Path] | None:
        """Where a job stands, by the name of its folder; None if there is none."""
        if not job or "/" in job or job.startswith("."):
            return None
        for folder in JOB_FOLDERS:
            path = self.path / folder / job
            if path.is_dir():
                return folder, path
        for folder in (INBOX, BATCHES, DEPLOYED):
            path = self.path / folder / job
            if (path / ".job" / "record.json").is_file():
                return folder, path
        return None


def make_root(path: Path) -> Root:
    """Make what is missing of a root: stage folders with a README.txt each. What is there is left alone."""
    root = Root(path)
    texts = importlib.resources.files("hotfolderd") / "texts" / "folders"
    for folder in ALL_FOLDERS:
        make_folder(path / folder)
        readme = path / folder / "README.txt"
        if not readme.exists():
            write_atomic(readme, (texts / f"{folder}.txt").read_bytes())
    make_folder(root.intake)
    identify(root)
    return root


def check_root(path: Path) -> Root:
    """The root, fit to run on. Raises ConfigError for one that is missing, not writable or on two file systems."""
    root = Root(path)
    if not root.exists():
        raise ConfigError(f"{path}: the stage folders are not here. Make them with `hotfolderd init {path}`.")
    try:
        make_folder(root.intake)
    except OSError as error:
        text = f"{root.intake}: cannot be made ({error.strerror}). Give the daemon's user the right to write there."
        raise ConfigError(text) from error
    apart = [folder for folder in ALL_FOLDERS if not may_rename(root.intake, path / folder)]
    if apart:
        raise ConfigError(
            f"{path}: {', '.join(apart)}: on another file system than the rest, or mounted by itself, so jobs cannot "
            "be moved by one rename. Put the whole root on one file system and mount it as a whole."
        )
    for folder in ALL_FOLDERS:
        if not os.access(path / folder, os.W_OK | os.X_OK):
            raise ConfigError(f"{path / folder}: cannot be written. Give the daemon's user the right to write there.")
    return root


def tidy_up(root: Root) -> None:
    """Remove what a daemon that was killed left half written, outside of job folders; for the holder of the lock."""
    places = [root.path, root.private, *(root.path / folder for folder in ALL_FOLDERS)]
    places += [path for parent in (root.private, root.batches) for path in parent.iterdir() if path.is_dir()]
    places += [path for path in root.batches.glob("*/answers") if path.is_dir()]
    for place in places:
        remove_temporary(place)
    for unborn in root.batches.glob(".BATCH_*.new"):
        remove_tree(unborn)


def id_of(root: Root) -> str:
    """By what a root is known wherever it is mounted; empty if it does not say."""
    try:
        return (root.private / ROOT_ID).read_bytes().decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def identify(root: Root) -> str:
    """The identity of a root, given to it if it has none."""
    if not id_of(root):
        write_atomic(root.private / ROOT_ID, f"{uuid.uuid4().hex}\n")
    return id_of(root)
