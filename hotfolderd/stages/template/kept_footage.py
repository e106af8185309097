"""The footage that the populated project still shows: what of it goes along, and what nobody has.

Reads the template, the approved matches and the names of the files in `assets/`; writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.media.foreign_paths import file_name
from hotfolderd.media.same_names import fold
from hotfolderd.model import Footage, Match, Template
from hotfolderd.stages.template.assets import footage_files


@dataclass(frozen=True, slots=True)
class Kept:
    """A footage item of the template, the job's file for it, and the name that this file has in the delivery."""

    item_id: int
    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class KeptFootage:
    """What goes along (several items may show one file), and the paths of what is still shown and not in the job."""

    kept: tuple[Kept, ...]
    absent: tuple[str, ...]

    def files(self) -> dict[str, Path]:
        """The files by their names in the delivery."""
        return {one.name: one.file for one in self.kept}

    def taken(self) -> set[str]:
        """The names, without case, that no picture may have in the delivery.

        Those of what is missing, too: whoever looks for that by its name would find the picture and show it there.
        """
        return {fold(name) for name in (*self.files(), *map(file_name, self.absent))}


def kept_footage(job: Path, template: Template, matches: Sequence[Match]) -> KeptFootage:
    """What a template still shows when the approved pictures are in it.

    A file keeps the name that the template has for it. Where two items spell it differently, only the first one's
    spelling can be delivered, because many disks take both for one; the other counts as absent.
    """
    files = footage_files(job)
    names: dict[str, str] = {}
    kept: list[Kept] = []
    absent: set[str] = set()
    for one in _shown_still(template, matches):
        key = fold(one.file_name)
        if key in files and names.setdefault(key, one.file_name) == one.file_name:
            kept.append(Kept(one.item_id, files[key], one.file_name))
        elif one.path:
            absent.add(one.path)
    return KeptFootage(tuple(kept), tuple(sorted(absent)))


def _shown_still(template: Template, matches: Sequence[Match]) -> list[Footage]:
    by_id = {one.id: one for one in template.placeholders}
    filled = [by_id[one.placeholder_id] for one in matches if one.layer is not None and one.placeholder_id in by_id]
    replaced = Counter(one.source.item_id for one in filled if one.source)
    return [one for one in template.footage if one.users > replaced[one.item_id]]
