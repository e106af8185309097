"""The whole configuration as a frozen value, and what the parts of the program are handed of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from hotfolderd.cache import Cache
from hotfolderd.config.films import EpisodeSettings
from hotfolderd.config.people import NotifySettings, ReviewerSettings, ReviewSettings
from hotfolderd.config.sections import (
    CacheSettings,
    DeliverySettings,
    DiskSettings,
    InboxSettings,
    LogSettings,
    MetricsSettings,
    OutputSettings,
    PreviewSettings,
    RetentionSettings,
    RetrySettings,
    Section,
    ValidationSettings,
    WorkerSettings,
)
from hotfolderd.media.font_folders import InstalledFonts
from hotfolderd.programs.settings import RenderSettings
from hotfolderd.root import Root
from hotfolderd.runtime import Addressee, Cluster, Inbox, Notify, Retry, Runtime, Workers


class Config(Section):
    """All settings, with their defaults. Times end in `_s`, sizes in `_mib` or `_px`."""

    root: Path = Path("folders")
    settle_s: float = Field(default=2.0, ge=0)
    settle_network_s: float = Field(default=30.0, ge=0)
    poll_s: float = Field(default=1.0, gt=0)
    rescan_s: float = Field(default=30.0, gt=0)
    watch: Literal["auto", "native", "polling"] = "auto"
    shutdown_grace_s: float = Field(default=20.0, ge=0)
    workers: WorkerSettings = WorkerSettings()
    inbox: InboxSettings = InboxSettings()
    disk: DiskSettings = DiskSettings()
    validation: ValidationSettings = ValidationSettings()
    preview: PreviewSettings = PreviewSettings()
    render: RenderSettings = RenderSettings()
    delivery: DeliverySettings = DeliverySettings()
    output: OutputSettings = OutputSettings()
    cache: CacheSettings = CacheSettings()
    retry: RetrySettings = RetrySettings()
    review: ReviewSettings = ReviewSettings()
    episodes: EpisodeSettings = EpisodeSettings()
    reviewers: ReviewerSettings = ReviewerSettings()
    notify: NotifySettings = NotifySettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    retention: RetentionSettings = RetentionSettings()

    @property
    def processes(self) -> int:
        """How many worker processes to keep: as set, or one for each core, at most 5."""
        return self.workers.processes or min(5, os.cpu_count() or 1)

    @property
    def drops(self) -> Inbox:
        """How large a drop may be, and how long the rest of it is waited for."""
        return Inbox(**self.inbox.model_dump())

    def runtime(self, root: Path | None = None) -> Runtime:
        """What the daemon is handed; with another `root` it works on that one, whatever the file says.

        Raises ConfigError if a program that is wanted is not there.
        """
        at = self if root is None else self.model_copy(update={"root": root})
        notify = self.notify.model_dump() | {"urls": tuple(Addressee(one.url, one.tags) for one in self.notify.urls)}
        return Runtime(
            root=at.root,
            asked_root=self.root,
            settle_s=self.settle_s,
            settle_network_s=self.settle_network_s,
            poll_s=self.poll_s,
            rescan_s=self.rescan_s,
            watch=self.watch,
            shutdown_grace_s=self.shutdown_grace_s,
            min_free_mib=self.disk.min_free_mib,
            workers=self._workers(),
            cluster=self._cluster(),
            inbox=self.drops,
            retry=Retry(**self.retry.model_dump()),
            notify=Notify(**notify),
            allowed=self.allowed(),
            facts=at.facts(),
            secrets=self.secrets(),
            log_format=self.log.format,
            metrics_file=self.metrics.file,
        )

    def _workers(self) -> Workers:
        programs = self.render.programs()
        return Workers(
            processes=self.processes,
            max_concurrent_jobs=self.workers.max_concurrent_jobs,
            memory_mib=self.workers.memory_mib,
            max_file_mib=self.workers.max_file_mib,
            at_once_outside=self.render.at_once,
            wide_outside=bool(programs),
            programs=(*programs, *self.episodes.programs()),
            ports=(*self.render.ports(), *self.episodes.ports()),
        )

    def _cluster(self) -> Cluster | None:
        asked = self.workers
        return Cluster(asked.address, asked.processes, asked.needs) if asked.kind == "cluster" else None

    def facts(self) -> dict[str, Any]:
        """What steps may name in `uses` and gates are asked with, and the cache (None: nothing is shared)."""
        cache = Cache(str(Root(self.root).private / "cache"), self.cache.max_mib)
        return {
            "validation": self.validation.model_dump(),
            "preview": self.preview.model_dump(),
            **self.render.facts(Root(self.root)),
            "output": self.output.model_dump(exclude={"auto_fix"}),
            "auto_fix": self.output.auto_fix,
            "delivery": self.delivery.model_dump(exclude={"path_map", "complete_on"}),
            "path_map": [[one.from_, one.to] for one in self.delivery.path_map],
            "complete_on": self.delivery.complete_on,
            "review": self.review.model_dump(),
            "episodes": self.episodes.model_dump(exclude={"voice"})
            | {"generators": str(Root(self.root).private / "generators")},
            "voice": self.episodes.voice,
            "learned": str(Root(self.root).learned),
            "fonts": InstalledFonts(),
            "cache": cache if self.cache.max_mib else None,
        }

    def secrets(self) -> tuple[str, ...]:
        """What may stand in no log: the addresses of messages, the secret of a server."""
        return (*self.notify.secrets, *([self.render.nexrender.secret] if self.render.nexrender.secret else []))

    def allowed(self) -> dict[str, tuple[str, ...]]:
        """Who may decide at each gate."""
        return {name: tuple(people) for name, people in self.reviewers.model_dump().items()}
