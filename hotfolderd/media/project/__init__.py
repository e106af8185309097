"""After Effects projects: read as a template, populated without After Effects, and proved afterwards.

The only rooms that know py-aep. `reading` makes a `Template` of a file, `writing` makes the final project of a template
and the ordered fills, `relinking` names other footage at its delivered place, `proof` compares what was written with
the template, chunk by chunk, `inventory` lists what is rendered of a project, `renaming` plans names that Plainly
takes. Nothing here draws, renders, or starts After Effects.
"""

from __future__ import annotations

from hotfolderd.media.project.inventory import Inventory, read_inventory
from hotfolderd.media.project.orders import Done, Fill, PictureFill, Populated, Relink, Rename, Skipped
from hotfolderd.media.project.proof import verify
from hotfolderd.media.project.reading import read_template
from hotfolderd.media.project.relinking import relink_template
from hotfolderd.media.project.writing import populate

__all__ = [
    "Done",
    "Fill",
    "Inventory",
    "PictureFill",
    "Populated",
    "Relink",
    "Rename",
    "Skipped",
    "populate",
    "read_inventory",
    "read_template",
    "relink_template",
    "verify",
]
