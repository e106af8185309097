"""A comp as a list of pictures in time: which layers are seen at a moment, where, how opaque, and what is on them.

Reads py-aep's objects and the headers of footage pictures; draws nothing and writes nothing. What two moments have in
common is told by comparing their states, which are plain values: equal states look the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from py_aep.models.items.composition import CompItem
from py_aep.models.items.footage import FootageItem
from py_aep.models.layers.av_layer import AVLayer

from hotfolderd.errors import JobError
from hotfolderd.media import shortcomings
from hotfolderd.media.layer_contents import Content, Nested, Shown, Still, of_footage, text_block
from hotfolderd.media.placing import Affine, chain

MAX_DEPTH = 12
MAX_LAYERS = 4000


@dataclass(slots=True)
class Casting:
    """What all comps of a scene share: the footage, what is not drawn (in words, each once), how many layers there are.

    `footage` is as `footage_by_name` gives it.
    """

    footage: Mapping[str, Path]
    ignored: dict[str, None] = field(default_factory=dict)
    layers: int = 0


class Scene:
    """A comp that can be asked how it looks at a time; comps nested in it are scenes of their own, one for each use."""

    def __init__(self, comp: CompItem, casting: Casting, depth: int = 0) -> None:
        self.comp = comp
        casting.layers += len(comp.layers)
        if depth > MAX_DEPTH:
            raise JobError(f"{comp.name}: comps lie more than {MAX_DEPTH} deep in each other. Flatten the project.")
        if casting.layers > MAX_LAYERS:
            raise JobError(f"{comp.name}: more than {MAX_LAYERS} layers, those of nested comps included. Simplify it.")
        _check_parents(comp)
        seen = [layer for layer in reversed(comp.layers) if isinstance(layer, AVLayer) and _is_seen(layer)]
        self.layers = [actor for layer in seen if (actor := _Actor(layer, casting, depth)).draws]
        if comp.pixel_aspect != 1.0:
            casting.ignored[f"{comp.name}: its pixels are not square, they are drawn square"] = None

    def at(self, time_s: float) -> tuple[Shown, ...]:
        """What is seen at `time_s`, from the bottom to the top."""
        return tuple(shown for actor in self.layers if (shown := actor.at(time_s)) is not None)


def _is_seen(layer: AVLayer) -> bool:
    comp = layer.containing_comp
    return bool(
        layer.enabled
        and not layer.guide_layer
        and not layer.null_layer
        and (layer.solo or not comp.solo_layers)
        and min(layer.in_point, layer.out_point) < comp.duration
        and max(layer.in_point, layer.out_point) > 0
    )


def _check_parents(comp: CompItem) -> None:
    for layer in comp.layers:
        steps, parent = 0, layer.parent
        while parent is not None:
            steps, parent = steps + 1, parent.parent
            if steps > len(comp.layers):
                raise JobError(f"{comp.name} / {layer.name}: is its own parent. Set another parent in After Effects.")


class _Actor:
    """A layer that is seen at some time."""

    def __init__(self, layer: AVLayer, casting: Casting, depth: int) -> None:
        self.layer, self.ignored = layer, casting.ignored
        self.nested: Scene | None = None
        self.content: Content | None = None
        self.draws = not layer.adjustment_layer
        self.blend = shortcomings.BLENDS.get(layer.blending_mode, "normal")
        self._still: Shown | None = None
        for words in shortcomings.of_layer(layer):
            self.note(words)
        source = layer.source
        if layer.text is not None:
            for words in shortcomings.of_text(layer, self._document(max(0.0, layer.in_point))):
                self.note(words)
        elif isinstance(source, CompItem):
            self.nested = Scene(source, casting, depth + 1)
            if layer.collapse_transformation:
                self.note("collapsed transformations are not applied, the nested comp is drawn flat")
        elif isinstance(source, FootageItem) and source.width and source.height:
            self.content = of_footage(source, casting.footage, self.note)
        else:
            self.draws = False
            if source is not None and source.has_audio:
                self.note("sound is not in the preview")

    def note(self, words: str) -> None:
        """Says once what is not drawn of this layer."""
        self.ignored[f"{self.layer.containing_comp.name} / {self.layer.name}: {words}"] = None

    def at(self, time_s: float) -> Shown | None:
        """How the layer looks then, None while it is not seen."""
        first, last = sorted((self.layer.in_point, self.layer.out_point))
        # A frame begins a little late where its time cannot be written exactly.
        if not first - 1e-6 <= time_s < last - 1e-6:
            return None
        if self._still is not None:
            return self._still
        opacity = float(_value(self.layer.transform, "ADBE Opacity", time_s)) / 100
        content = self._content(time_s)
        if opacity <= 0 or content is None:
            shown = None
        else:
            shown = Shown(content, self._matrix(time_s, content), min(1.0, opacity), self.blend)
        if not self._moves and self.nested is None:
            self._still = shown
        return shown

    @cached_property
    def _moves(self) -> bool:
        layer: Any = self.layer
        if layer.text is not None and layer.text["ADBE Text Document"].keyframes:
            return True
        while layer is not None:
            if any(getattr(p, "keyframes", ()) for p in layer.transform.properties):
                return True
            layer = layer.parent
        return False

    def _content(self, time_s: float) -> Content | None:
        if self.nested is not None:
            comp = self.nested.comp
            layers = self.nested.at(self._source_time(time_s))
            return Nested(comp.width, comp.height, layers) if layers else None
        if self.layer.text is not None:
            return text_block(self._document(time_s))
        return self.content

    def _source_time(self, time_s: float) -> float:
        layer = self.layer
        if layer.time_remap_enabled:
            return float(_value(layer, "ADBE Time Remapping", time_s))
        return (time_s - layer.start_time) / ((layer.stretch or 100.0) / 100)

    def _document(self, time_s: float) -> Any:
        return _value(self.layer.text, "ADBE Text Document", time_s)

    def _matrix(self, time_s: float, content: Content) -> Affine:
        """Three points tell an affine transform; far apart, so that rounding does not count."""
        layer = self.layer
        x0, y0 = layer.source_point_to_comp([0.0, 0.0], time_s)
        x1, y1 = layer.source_point_to_comp([1000.0, 0.0], time_s)
        x2, y2 = layer.source_point_to_comp([0.0, 1000.0], time_s)
        matrix = ((x1 - x0) / 1000, (x2 - x0) / 1000, x0, (y1 - y0) / 1000, (y2 - y0) / 1000, y0)
        width, height = layer.width, layer.height
        if isinstance(content, Still) and (content.width, content.height) != (width, height):
            # After Effects keeps the anchor point of footage as a part of its size.
            anchor = _value(layer.transform, "ADBE Anchor Point", time_s)
            shift = anchor[0] * (1 - content.width / width), anchor[1] * (1 - content.height / height)
            matrix = chain(matrix, (1.0, 0.0, shift[0], 0.0, 1.0, shift[1]))
        return matrix


def _value(group: Any, match_name: str, time_s: float) -> Any:
    return group[match_name].value_at_time(time_s)
