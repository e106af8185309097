"""What the pages show, as plain values that the daemon hands over. Nothing here reads or writes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotfolderd.pipeline import ALL_FOLDERS, JOB_FOLDERS, Gate
from hotfolderd.records import Job


@dataclass(frozen=True, slots=True)
class JobSeen:
    """One job. `folder`: where it stands; `sidecar`: the file that a person must edit there, "" where none is asked.

    `stuck`: an error kept it from being attended to, and it is looked at again later.
    """

    folder: str
    job: Job
    at_work: bool = False
    sidecar: str = ""
    stuck: bool = False

    @property
    def column(self) -> str:
        """The stage or side folder that it is counted in; where somebody left it elsewhere, that of its record."""
        return self.folder if self.folder in JOB_FOLDERS or self.job.stage not in ALL_FOLDERS else self.job.stage


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """One batch. `total`: how many jobs it has; `not_started`: the names of those that are not built yet."""

    batch: str
    name: str
    status: str
    submitted_by: str
    taken_at: str
    completed_at: str | None
    total: int
    not_started: tuple[str, ...]
    rejected_rows: int
    manual: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the dashboard shows of one moment.

    `drops` are the rows of `status` for what waits in the inbox (`name`, `kind`, `state`, `detail`). `notes` say what
    is wrong with the machine, `remark` how changes are noticed where that is not as usual. `gates` and `reviewers`:
    what is asked in which folder, and who may answer at which gate; nobody named means everybody. `batches` are those
    whose folder is there. `free_mib`: room on the disk.
    """

    jobs: Sequence[JobSeen] = ()
    batches: Sequence[BatchSeen] = ()
    drops: Sequence[Mapping[str, str]] = ()
    notes: Sequence[str] = ()
    remark: str = ""
    gates: Mapping[str, Gate] = field(default_factory=dict)
    reviewers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    workers: int = 0
    busy: int = 0
    free_mib: float | None = None
