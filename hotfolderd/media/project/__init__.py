"""After Effects projects: read as a template, populated without After Effects, and proved afterwards.

The only rooms that know py-aep. `reading` makes a `Template` of a file, `writing` makes the final project of a template
and the ordered fills, `proof` compares what was written with the template, chunk by chunk. Nothing here draws, renders,
or starts After Effects.
"""

from __future__ import annotations

from hotfolderd.media.project.orders import Done, Fill, PictureFill, Populated, Skipped
from hotfolderd.media.project.proof import verify
from hotfolderd.media.project.reading import read_template
from hotfolderd.media.project.writing import populate

__all__ = ["Done", "Fill", "PictureFill", "Populated", "Skipped", "populate", "read_template", "verify"]
