"""Where a job will be delivered, and under which names: decided before the project is built, because it holds paths.

Reads `deployed/`; writes nothing.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from hotfolderd.model import Match
from hotfolderd.stages.template.ordered import Ordered

BUILD = "build.json"
FOOTAGE = "footage"
TEMPLATE = "template"
_NAME_LENGTH = 100


def folder_name(text: str, instead: str) -> str:
    """A name that is a harmless folder name on every system."""
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(c if c.isalnum() or c in " -_." else "_" for c in plain).strip(" .")
    return plain[:_NAME_LENGTH].strip(" .") or instead


def delivery_folder(
    deployed: Path, ordered: Ordered, pattern: str, is_taken: Callable[[Path], bool] = Path.exists
) -> Path:
    """The folder that a pattern such as `{client}/{batch}/{job}` names, never one in which something was delivered.

    `{version}` counts from 1; a pattern without it gets `_v2`, `_v3` … where that is needed.
    """
    names = {
        "client": folder_name(ordered.client, "no-client"),
        "project": folder_name(ordered.project, "no-project"),
        "batch": ordered.batch,
        "job": ordered.job,
        "output": project_stem(ordered),
    }
    for version in itertools.count(1):
        parts = pattern.format(**names, version=version).split("/")
        target = deployed.joinpath(*(folder_name(part, "_") for part in parts))
        if version > 1 and "{version}" not in pattern:
            target = target.with_name(f"{target.name}_v{version}")
        if not is_taken(target):
            return target
    raise AssertionError("never reached")


def picture_name(match: Match, taken: set[str]) -> str:
    """The file name of a placeholder's picture, different from those taken."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,4}$", "", match.placeholder)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_")[:80] or "picture"
    name, number = f"{stem}.png", 2
    while name.lower() in taken:
        name, number = f"{stem}_{number}.png", number + 1
    taken.add(name.lower())
    return name


def project_stem(ordered: Ordered) -> str:
    """The output name without its suffix."""
    return re.sub(r"\.(aep|aepx)$", "", ordered.output_name, flags=re.IGNORECASE)
