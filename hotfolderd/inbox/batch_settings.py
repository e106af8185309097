"""What may stand in `<name>.batch.yaml` beside a CSV: who sends the batch, when it starts, and what of it is taken.

Reads that one file; writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hotfolderd.review.models import Text
from hotfolderd.review.reading import parse, read_written

SUFFIXES = (".batch.yaml", ".batch.yml")


class BatchSettings(BaseModel):
    """The settings of a batch; every key may be left out.

    `max_jobs` limits how many jobs of the batch are started, None for all. `on_invalid_rows: reject` makes no job at
    all where one row is wrong; `accept_valid` makes those that are right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    submitted_by: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    start: Literal["auto", "manual"] = "auto"
    max_jobs: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    on_invalid_rows: Literal["reject", "accept_valid"] = "reject"


def settings_files(csv_name: str) -> tuple[str, ...]:
    """The names that the settings of a CSV may have: `spring.csv` → `spring.batch.yaml`, `spring.batch.yml`."""
    stem = csv_name[: -len(".csv")] if csv_name.lower().endswith(".csv") else csv_name
    return tuple(stem + suffix for suffix in SUFFIXES)


def read_batch_settings(path: Path) -> BatchSettings:
    """The settings in a file. Raises SidecarRefusedError, whose `problems` name every fault with its line."""
    return parse(read_written(path).data, BatchSettings, path.name)
