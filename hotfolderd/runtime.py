"""The settings as the daemon runs with them: checked before, plain values, and nothing but what it needs.

`config.Config.runtime` makes them of `config.yaml`, for `run` in a process of its own (`settings.Reading`): what checks
settings takes more memory than all else in a daemon that waits. Reads and writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import hotfolderd

FILE_NAME = "config.yaml"
PREFIX = "HOTFOLDERD_"  # of what the environment says instead
# Below the private folder of a root: the mark of the configuration that a daemon there has taken.
ACCEPTED = "config.accepted"


@dataclass(frozen=True, slots=True)
class Workers:
    """Worker processes on this machine. `programs` and `ports`: what those for steps outside may use."""

    processes: int
    max_concurrent_jobs: int
    memory_mib: int
    max_file_mib: int
    at_once_outside: int
    wide_outside: bool
    programs: tuple[str, ...]
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers on other machines. See `WorkerSettings`; `most` jobs are there at once."""

    address: str
    most: int
    needs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inbox:
    """How large a drop may be, and how long the rest of it is waited for. See `InboxSettings`."""

    incomplete_s: float
    patience_s: float
    max_rows: int
    max_csv_mib: int
    max_design_mib: int
    max_project_mib: int
    min_side_px: int
    max_side_px: int


@dataclass(frozen=True, slots=True)
class Retry:
    """How a step is tried again. See `RetrySettings`."""

    attempts: int
    base_s: float
    cap_s: float


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told; `tags` say of what, nothing: of everything. `url` is a secret."""

    url: str = field(repr=False)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told, and when. See `NotifySettings`; times of the day are written as `08:00`."""

    urls: tuple[Addressee, ...]
    urls_file: str | None
    base_url: str
    gather_s: float
    gather_most_s: float
    remind_after_h: tuple[float, ...]
    digest_at: str | None
    quiet_from: str | None
    quiet_until: str | None
    max_per_minute: int
    picture_max_mib: float


@dataclass(frozen=True, slots=True)
class Runtime:
    """All of them. Times end in `_s`, sizes in `_mib`.

    `asked_root` is the root that the file names, `root` the one that is worked on. `facts` are what steps may name in
    `uses` and gates are asked with; `allowed` says who may decide at each gate, nobody named: everybody. `secrets` may
    stand in no log. `accepted` is the mark of the file that they were read from; empty where that is not sure.
    """

    root: Path
    asked_root: Path
    settle_s: float
    settle_network_s: float
    poll_s: float
    rescan_s: float
    watch: Literal["auto", "native", "polling"]
    shutdown_grace_s: float
    min_free_mib: float
    workers: Workers
    cluster: Cluster | None
    inbox: Inbox
    retry: Retry
    notify: Notify
    allowed: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    log_format: Literal["text", "json"] = "text"
    metrics_file: str | None = None
    accepted: str = field(default="", compare=False)


def file_for(*, root: Path | None, file: Path | None) -> Path:
    """The file that the configuration is read from; it need not be there."""
    return file if file is not None else (root or Path("folders")).resolve().parent / FILE_NAME


def mark_of(data: bytes) -> str:
    """What tells the bytes of a configuration, as this version reads them, from all others."""
    return hashlib.sha256(f"{hotfolderd.__version__}\n".encode() + data).hexdigest()
