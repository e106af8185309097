"""The file of an order: `job.yaml` as the daemon wrote it. Reads that one file."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

from hotfolderd.foreign import open_file
from hotfolderd.review.strict_yaml import load

JOB_FILE = "job.yaml"
_MOST_BYTES = 16 << 20  # an order may bring the texts of two hundred placeholders


def read_order_file(job_folder: Path) -> Any:
    """What it holds. Raises OSError, or SidecarError where it is no YAML of ours."""
    with open_file(job_folder / JOB_FILE) as file:
        data = file.read(_MOST_BYTES + 1)
    return copy.deepcopy(_parsed(data))


@functools.lru_cache(maxsize=2)
def _parsed(data: bytes) -> dict[str, Any]:
    """Each step of a job asks for it, most often in the same worker."""
    return load(data, most_bytes=_MOST_BYTES)
