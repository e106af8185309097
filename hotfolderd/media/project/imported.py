"""Which comps are nothing but an imported copy of a Photoshop or Illustrator file.

Reads comps of py-aep. Writes nothing. Nobody fills such a comp: After Effects made it out of the design.
"""

from __future__ import annotations

from collections.abc import Sequence

import py_aep

_LAYERED = (".psd", ".psb", ".ai", ".pdf", ".eps")


def imported_copies(compositions: Sequence[py_aep.CompItem]) -> dict[int, str]:
    """The file name by item id, for each comp whose layers are all layers of that one file (groups, too)."""
    found: dict[int, str] = {}
    for composition in compositions:
        files = _files(composition, frozenset())
        file = files.pop() if len(files) == 1 else None
        if file:
            found[composition.id] = file.replace("\\", "/").rsplit("/", 1)[-1]
    return found


def _files(composition: py_aep.CompItem, outer: frozenset[int]) -> set[str | None]:
    """The layered files that its layers come from; None stands for a layer that comes from anything else."""
    files: set[str | None] = set()
    for layer in composition.layers:
        source = layer.source if isinstance(layer, py_aep.AVLayer) else None
        if isinstance(source, py_aep.CompItem) and source.id not in outer:
            files |= _files(source, outer | {composition.id})
        else:
            files.add(_layered_file(source))
    return files


def _layered_file(item: object) -> str | None:
    source = item.main_source if isinstance(item, py_aep.FootageItem) else None
    if not isinstance(source, py_aep.FileSource) or not source.layer_name:
        return None
    return source.file if source.file.lower().endswith(_LAYERED) else None
