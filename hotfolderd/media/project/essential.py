"""Essential properties: which layers show a text or a picture that was set where their comp is nested.

Reads comps of py-aep and the chunks they were made of. Writes nothing. Whether such a value was really changed there is
not told: After Effects lists it where it was touched once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import py_aep

from hotfolderd.media import rifx
from hotfolderd.media.project.expressions import SOURCE_TEXT

_MEDIA_REPLACEMENT = 14
_PANELS = ("CIF3", "CIF2", "CIFO")  # the newest counts: the others may be left from before
_CONTROL = "CCtl"


def set_where_nested(
    compositions: Sequence[py_aep.CompItem], chunks: Mapping[int, rifx.Chunk]
) -> dict[tuple[int, int], str]:
    """By the ids of comp and layer: the layer of an outer comp that has a text or a picture of its own for it.

    `chunks` are those of the items, by id: py-aep reads a comp's markers to tell whether it has controls.
    """
    with_controls = {comp.id for comp in compositions if has_controls(chunks[comp.id])}
    found: dict[tuple[int, int], str] = {}
    for comp in compositions if with_controls else ():
        for layer in comp.layers:
            if not isinstance(layer, py_aep.AVLayer):
                continue
            if isinstance(layer.source, py_aep.CompItem) and layer.source.id in with_controls:
                for key in _set_at(layer):
                    found.setdefault(key, f"layer '{layer.name}' of '{comp.name}'")
    return found


def has_controls(comp: rifx.Chunk) -> bool:
    """Whether a comp shows properties of its layers where it is nested; `comp` is its item."""
    panel = next((chunk for name in _PANELS for chunk in comp.children if chunk.list_type == name), None)
    return panel is not None and any(chunk.list_type == _CONTROL for chunk in panel.children)


def _set_at(layer: py_aep.AVLayer) -> Iterator[tuple[int, int]]:
    for control in layer.essential_property_controllers:
        is_text = any(step.match_name == SOURCE_TEXT for step in control.source_property_path or ())
        comp_id, layer_id = control.source_comp_id, control.source_layer_id
        if comp_id is None or layer_id is None:  # a group of controls
            continue
        if is_text or control.controller_type == _MEDIA_REPLACEMENT:
            yield comp_id, layer_id
