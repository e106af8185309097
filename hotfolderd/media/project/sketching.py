"""Of a layer's properties only those that tell what it says and where it stands: what reading a template asks for.

py-aep builds all of a layer's properties as soon as one is asked for, with those that After Effects leaves out of the
file: effects, layer styles, materials, a hundred and more. Within `sketched` it builds transform and text only, of
layers that it has not met before. For projects that are read and thrown away: such a layer must not be saved.
Reads and writes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from py_aep import AVLayer
from py_aep.ae_version import get_ae_version_major
from py_aep.models.layers.layer import Layer
from py_aep.parsers.property import parse_properties
from py_aep.parsers.utils import get_match_name_runs
from py_aep.synthesis import core

_TRANSFORM, _TEXT = "ADBE Transform Group", "ADBE Text Properties"
_sketching: ContextVar[bool] = ContextVar("sketching", default=False)
_build_whole_tree = Layer._build_property_tree  # noqa: SLF001  where all properties of a layer are built


@contextlib.contextmanager
def sketched() -> Iterator[None]:
    """Have py-aep build no more of a layer than said above, until this is left."""
    before = _sketching.set(True)
    try:
        yield
    finally:
        _sketching.reset(before)


def _build_tree(layer: Layer, effect_param_defs: dict[str, Any]) -> None:
    chunk = layer._tdgp  # noqa: SLF001
    runs = get_match_name_runs(chunk) if chunk is not None and _sketching.get() else []
    if not isinstance(layer, AVLayer) or not any(name == _TRANSFORM for name, _ in runs):
        _build_whole_tree(layer, effect_param_defs)  # cameras and lights stand where their other properties say
        return
    layer._properties = parse_properties(  # noqa: SLF001
        match_name_runs=[run for run in runs if run[0] in (_TRANSFORM, _TEXT)],
        child_depth=1,
        effect_param_defs=effect_param_defs,
        composition=layer.containing_comp,
        layer=layer,
    )
    for group in layer._properties:  # noqa: SLF001
        group._parent_property = layer  # noqa: SLF001
    core._set_transform_defaults(layer, get_ae_version_major(layer))  # noqa: SLF001
    core._follow_live_defaults(layer)  # noqa: SLF001


def allow() -> None:
    """Teach py-aep to sketch, in this process."""
    Layer._build_property_tree = _build_tree  # type: ignore[method-assign, assignment]  # noqa: SLF001
