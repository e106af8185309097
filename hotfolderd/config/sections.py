"""The sections of `config.yaml` about the machine and the work: workers, inbox, checks, output, upkeep."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hotfolderd.media.foreign_paths import what_is_wrong
from hotfolderd.model import Category, Severity

DELIVERY_NAMES = ("client", "project", "batch", "job", "output", "version")


# What a match can be critical for.
CriticalType = Literal[
    "aspect_ratio_mismatch",
    "resolution_critical",
    "missing_asset",
    "type_mismatch",
    "placeholder_not_matched",
    "text_overflow",
]


class Section(BaseModel):
    """What all sections share: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkerSettings(Section):
    """`workers`: where the heavy work is done, and how much of the machine it may use."""

    kind: Literal["local", "cluster"] = "local"
    address: str = ""
    needs: dict[str, str] = {}
    processes: int = Field(default=0, ge=0, le=256)
    max_concurrent_jobs: int = Field(default=5, ge=1, le=1000)
    memory_mib: int = Field(default=6144, ge=512)
    max_file_mib: int = Field(default=8192, ge=64)

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.kind == "cluster") != bool(self.address):
            raise ValueError("`kind: cluster` and `address: tcp://host:8786` (its scheduler) go together")
        return self


class InboxSettings(Section):
    """`inbox`: what may be dropped and how long the daemon waits for the rest of it."""

    incomplete_s: float = Field(default=10.0, ge=0)
    patience_s: float = Field(default=3600.0, ge=0)
    max_rows: int = Field(default=1000, ge=1)
    max_csv_mib: int = Field(default=50, ge=1)
    max_design_mib: int = Field(default=500, ge=1)
    max_project_mib: int = Field(default=50, ge=1)
    min_side_px: int = Field(default=100, ge=1)
    max_side_px: int = Field(default=10_000, ge=1)


class ValidationSettings(Section):
    """`validation`: when a match is critical. Ratios, not per cent."""

    reference: Literal["placeholder", "composition"] = "placeholder"
    aspect_tolerance: float = Field(default=0.10, gt=0)
    upscale_warning: float = Field(default=1.0, gt=0)
    upscale_critical: float = Field(default=2.0, gt=0)
    downscale_info: float = Field(default=0.5, ge=0)
    low_confidence: float = Field(default=0.7, ge=0, le=1)
    text_warning: int = Field(default=50, ge=1)
    text_critical: int = Field(default=100, ge=1)
    text_overflow_warning: float = Field(default=0.05, ge=0)
    text_overflow_critical: float = Field(default=0.20, ge=0)
    font_size_warning_px: float = Field(default=72.0, gt=0)
    font_size_info_px: float = Field(default=12.0, ge=0)
    block_on: tuple[CriticalType, ...] = ()


class PreviewSettings(Section):
    """`preview`: the side-by-side video."""

    max_s: float = Field(default=30.0, gt=0)
    fps: float = Field(default=10.0, gt=0, le=60)
    max_side_px: int = Field(default=1920, ge=120, le=8192)
    moving_side_px: int = Field(default=960, ge=120, le=8192)


class PathPrefix(Section):
    """One entry of `delivery.path_map`: a folder of this machine, and how the machine with After Effects names it."""

    from_: str = Field(alias="from", description="a folder of this machine")
    to: str = Field(description="how the machine with After Effects names it")

    @field_validator("from_")
    @classmethod
    def _is_a_folder_here(cls, path: str) -> str:
        if not path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"write an absolute path of this machine, such as /srv/studio, found {path!r}")
        return str(Path(path))

    @field_validator("to")
    @classmethod
    def _is_a_folder_there(cls, path: str) -> str:
        wrong = what_is_wrong(path)
        if wrong:
            raise ValueError(f"{path!r}: {wrong}")
        return path


class DeliverySettings(Section):
    """`delivery`: where a finished job goes below `deployed/`, and as what."""

    folder: str = "{client}/{batch}/{job}"
    path_map: tuple[PathPrefix, ...] = ()
    package: bool = False
    complete_on: Literal["deploy", "download"] = "deploy"

    @field_validator("path_map")
    @classmethod
    def _names_each_once(cls, entries: tuple[PathPrefix, ...]) -> tuple[PathPrefix, ...]:
        twice = [path for path, count in Counter(one.from_ for one in entries).items() if count > 1]
        if twice:
            raise ValueError(f"`from: {twice[0]}` stands there twice. Keep one of them.")
        return entries

    @field_validator("folder")
    @classmethod
    def _can_be_filled_in(cls, pattern: str) -> str:
        try:
            fields = list(string.Formatter().parse(pattern))
        except ValueError as error:
            raise ValueError(f"{error}. Write names in braces: {DELIVERY_NAMES}") from error
        names = [name for _, name, _, _ in fields if name is not None]
        if any(name not in DELIVERY_NAMES for name in names) or any(spec or turned for _, _, spec, turned in fields):
            raise ValueError(f"only these may stand in braces, and nothing beside them: {', '.join(DELIVERY_NAMES)}")
        if "job" not in names:
            raise ValueError("{job} is missing: the jobs of a batch would all go to one folder")
        if any(part.strip(" .") == "" for part in pattern.split("/")):
            raise ValueError("write folders below deployed/, parted by single slashes")
        return pattern


class OutputSettings(Section):
    """`output`: when the output needs a sign-off, and what checks it besides our own rules."""

    signoff_when: Literal["critical", "not_ready"] = "critical"
    severity: dict[Category, Severity] = {}
    auto_fix: bool = False
    validator: tuple[str, ...] = ()
    validator_s: float = Field(default=120.0, gt=0)


class CacheSettings(Section):
    """`cache`: what was read for one job and is kept for the next one with the same files."""

    max_mib: int = Field(default=2048, ge=0)


class DiskSettings(Section):
    """`disk`: what must be left free."""

    min_free_mib: float = Field(default=256.0, ge=0)


class RetrySettings(Section):
    """`retry`: how a step is tried again when a program or the machine is at fault."""

    attempts: int = Field(default=3, ge=1)
    base_s: float = Field(default=2.0, ge=0)
    cap_s: float = Field(default=60.0, ge=0)


class LogSettings(Section):
    """`log`: how the log on stderr reads."""

    format: Literal["text", "json"] = "text"


class MetricsSettings(Section):
    """`metrics`: figures for a monitor, as a text file that Prometheus' node exporter reads."""

    file: str | None = None


class RetentionSettings(Section):
    """`retention`: what `hotfolderd gc` may remove, by its age in days; None: never."""

    archive_days: float | None = Field(default=None, gt=0)
    messages_days: float | None = Field(default=90, gt=0)
    batches_days: float | None = Field(default=None, gt=0)
