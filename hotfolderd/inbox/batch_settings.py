"""What may stand in `<name>.batch.yaml` beside a CSV: who sends the batch, when it starts, and what of it is taken.

And in `control.yaml` in the folder of a batch: the order to start it.

Reads that one file; writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hotfolderd.review.models import Text, Words
from hotfolderd.review.reading import parse, read_written


class BatchSettings(BaseModel):
    """The settings of a batch; every key may be left out.

    `max_jobs` limits how many jobs of the batch are started, None for all. `on_invalid_rows: reject` makes no job at
    all where one row is wrong; `accept_valid` makes those that are right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    submitted_by: Annotated[Text, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Who sends the batch."
    )
    start: Literal["auto", "manual"] = Field(default="auto", description="manual waits until somebody says start.")
    max_jobs: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Start so many jobs; the rest waits until somebody says start."
    )
    on_invalid_rows: Literal["reject", "accept_valid"] = Field(
        default="reject", description="reject: all or nothing; accept_valid: take the rows that are right."
    )


class BatchControl(BaseModel):
    """`control.yaml` in the folder of a batch: the jobs that wait are started."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["start"] = Field(description="start: build the jobs that wait, or the next ones of max_jobs.")
    by: Words = Field(default="", description="Who orders it.")
    reason: Words = Field(default="", description="Why; for the record.")
    end: Literal[True] | None = Field(default=None, description="Proves that the file was saved whole; the last line.")


def read_batch_settings(path: Path) -> BatchSettings:
    """The settings in a file. Raises SidecarRefusedError, whose `problems` name every fault with its line."""
    return parse(read_written(path).data, BatchSettings, path.name)
