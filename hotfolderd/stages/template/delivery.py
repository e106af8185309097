"""The names of what is delivered of a template job: decided before the project is built, because it holds paths.

Reads and writes nothing.
"""

from __future__ import annotations

import re

from hotfolderd.inbox.names import is_device
from hotfolderd.model import Match
from hotfolderd.stages.delivery import Named
from hotfolderd.stages.template.ordered import Ordered

BUILD = "build.json"
FOOTAGE = "footage"
TEMPLATE = "template"


def picture_name(match: Match, taken: set[str]) -> str:
    """The file name of a placeholder's picture, different from those taken."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,4}$", "", match.placeholder)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_")[:80] or "picture"
    stem = f"picture_{stem}" if is_device(stem) else stem
    name, number = f"{stem}.png", 2
    while name.lower() in taken:
        name, number = f"{stem}_{number}.png", number + 1
    taken.add(name.lower())
    return name


def project_stem(ordered: Ordered) -> str:
    """The output name without its suffix."""
    return re.sub(r"\.(aep|aepx)$", "", ordered.output_name, flags=re.IGNORECASE)


def named(ordered: Ordered) -> Named:
    """What the delivery can be named after."""
    return Named(ordered.job, ordered.batch, ordered.client, ordered.project, project_stem(ordered))
