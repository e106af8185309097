"""A comp as a list of pictures in time: which layers are seen at a moment, where, how opaque, and what is on them.

Reads py-aep's objects and the headers of footage pictures; draws nothing and writes nothing. What two moments have in
common is told by comparing their states, which are plain values: equal states look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from py_aep.enums import TrackMatteType
from py_aep.models.items.composition import CompItem
from py_aep.models.items.footage import FootageItem
from py_aep.models.layers.av_layer import AVLayer
from py_aep.models.layers.shape_layer import ShapeLayer
from py_aep.resolvers.transform import build_world_matrix, project_to_comp

from hotfolderd.errors import JobError
from hotfolderd.media import masks, shape_reading, shortcomings
from hotfolderd.media.blending import Blend
from hotfolderd.media.layer_contents import Content, Matte, Missing, Nested, Shown, Still, of_footage, text_block
from hotfolderd.media.masks import Mask
from hotfolderd.media.placing import Affine, chain, sound
from hotfolderd.media.shape_paths import Moment

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
    """A layer that is seen at some time, or that cuts another one as its matte."""

    def __init__(self, layer: AVLayer, casting: Casting, depth: int, users: tuple[int, ...] = ()) -> None:
        self.layer, self.ignored = layer, casting.ignored
        self.nested: Scene | None = None
        self.content: Content | None = None
        self.blend: Blend = shortcomings.blend_of(layer) or "normal"
        self._still: Shown | None = None
        self._still_matrix: Affine | None = None
        self._still_masks: tuple[Mask, ...] | None = None
        self._steady: dict[tuple[int, str], tuple[Any, Any]] = {}
        for words in shortcomings.of_layer(layer):
            self.note(words)
        made_by = shortcomings.made_by_effects(layer)
        if made_by:
            self.note(f"it is left out, what it shows is made by effects ({', '.join(made_by)})")
        self.draws = not layer.adjustment_layer and not made_by
        self._cast(casting, depth)
        self.matte = self._matte(casting, depth, users)

    def _cast(self, casting: Casting, depth: int) -> None:
        layer, source = self.layer, self.layer.source
        if layer.text is not None:
            for words in shortcomings.of_text(layer, self._document(max(0.0, layer.in_point))):
                self.note(words)
        elif isinstance(source, CompItem):
            self.nested = Scene(source, casting, depth + 1)
        elif isinstance(source, FootageItem) and source.width and source.height:
            self.content = of_footage(source, casting.footage, self.note)
        elif not isinstance(layer, ShapeLayer):
            self.draws = False
            if source is not None and source.has_audio:
                self.note("sound is not in the preview")

    def _matte(self, casting: Casting, depth: int, users: tuple[int, ...]) -> _Actor | None:
        """The layer that cuts this one, whether it is shown itself or not."""
        layer = self.layer
        # From After Effects 23 on a 0 says that the matte was taken away; before, there is nothing but the layer above.
        taken_away = layer._ldta.matte_layer_id == 0  # noqa: SLF001 - nothing public tells the two apart
        if not layer.has_track_matte or taken_away or not self.draws:
            return None
        other = layer.track_matte_layer
        if other is None or other.id in (*users, layer.id):
            self.note("its track matte is not there, the whole layer is shown")
            return None
        matte = _Actor(other, casting, depth, (*users, layer.id))
        if not matte.draws or isinstance(matte.content, Missing):
            self.note(f"it is left out, its track matte {other.name} cannot be drawn")
            self.draws = False
        return matte

    def note(self, words: str) -> None:
        """Says once what is not drawn of this layer."""
        self.ignored[f"{self.layer.containing_comp.name} / {self.layer.name}: {words}"] = None

    def at(self, time_s: float) -> Shown | None:
        """How the layer looks then, None while it is not seen."""
        first, last = sorted((self.layer.in_point, self.layer.out_point))
        # A frame begins a little late where its time cannot be written exactly.
        if not first - 1e-6 <= time_s < last - 1e-6 or self.layer.null_layer:
            return None
        try:
            shown = self._still or self._uncut(time_s)
        except (ValueError, OverflowError):
            self.note("it is left out, its place or its look cannot be told")
            return None
        if shown is None or self.matte is None:
            return shown
        kind = self.layer.track_matte_type
        inverted = kind in {TrackMatteType.ALPHA_INVERTED, TrackMatteType.LUMA_INVERTED}
        over = self.matte.at(time_s)
        if over is None and not inverted:
            return None
        luma = kind in {TrackMatteType.LUMA, TrackMatteType.LUMA_INVERTED}
        return replace(shown, matte=Matte(over, luma, inverted))

    def _uncut(self, time_s: float) -> Shown | None:
        opacity = float(_value(self.layer.transform, "ADBE Opacity", time_s)) / 100
        content = self._content(time_s) if opacity > 0 else None
        if content is None:
            return None
        matrix, cut = self._matrix(time_s, content), self._masks_at(time_s, content)
        atop = bool(self.layer.preserve_transparency)
        shown = Shown(content, matrix, min(1.0, opacity), self.blend, cut, None, atop)
        if not self._moves and self.nested is None:
            self._still = shown
        return shown

    @cached_property
    def _moves(self) -> bool:
        return self._content_moves or self._masks_move or self._place_moves

    @cached_property
    def _place_moves(self) -> bool:
        layer: Any = self.layer
        own: list[Any] = []
        while layer is not None:
            own += layer.transform.properties
            layer = layer.parent
        return _any_moves(own)

    @cached_property
    def _content_moves(self) -> bool:
        layer: Any = self.layer
        if layer.text is not None:
            return _any_moves([layer.text["ADBE Text Document"]])
        return isinstance(layer, ShapeLayer) and _any_moves(shape_reading.streams(layer))

    @cached_property
    def _masks_move(self) -> bool:
        return _any_moves(masks.streams(self.layer))

    def _content(self, time_s: float) -> Content | None:
        if self.nested is not None:
            comp = self.nested.comp
            layers = self.nested.at(self._source_time(time_s))
            collapsed = bool(self.layer.collapse_transformation)
            return Nested(comp.width, comp.height, layers, collapsed) if layers else None
        if self.content is not None:
            return self.content
        if self.layer.text is not None:
            content: Content | None = text_block(self._document(time_s))
        elif isinstance(self.layer, ShapeLayer):
            content = shape_reading.art_at(self.layer, Moment(time_s, self._steady), self.note)
        else:
            return None
        if not self._content_moves:
            self.content = content
        return content

    def _masks_at(self, time_s: float, content: Content) -> tuple[Mask, ...]:
        if self._still_masks is not None:
            return self._still_masks
        found = masks.masks_at(self.layer, time_s, self._grown(content))
        if not self._masks_move:
            self._still_masks = found
        return found

    def _grown(self, content: Content) -> tuple[float, float]:
        """How much larger footage is than the project expects: its masks are kept as parts of its size."""
        if not isinstance(content, Still):
            return 1.0, 1.0
        return content.width / self.layer.width, content.height / self.layer.height

    def _source_time(self, time_s: float) -> float:
        layer = self.layer
        if layer.time_remap_enabled:
            return float(_value(layer, "ADBE Time Remapping", time_s))
        return (time_s - layer.start_time) / ((layer.stretch or 100.0) / 100)

    def _document(self, time_s: float) -> Any:
        return _value(self.layer.text, "ADBE Text Document", time_s)

    def _matrix(self, time_s: float, content: Content) -> Affine:
        if self._still_matrix is not None:
            return self._still_matrix
        matrix = self._grown_matrix(time_s, content)
        if not self._place_moves:
            self._still_matrix = matrix
        return matrix

    def _grown_matrix(self, time_s: float, content: Content) -> Affine:
        """Three points tell an affine transform; far apart, so that rounding does not count."""
        layer, comp = self.layer, self.layer.containing_comp
        flat = not layer.is_3d
        try:
            world = build_world_matrix(layer, time_s, flatten_2d=flat, auto_orient=True)
        except NotImplementedError:
            self.note("its auto-orientation is not applied")
            world = build_world_matrix(layer, time_s, flatten_2d=flat)
        (x0, y0), (x1, y1), (x2, y2) = (
            project_to_comp(world.transform_point([x, y, 0.0]), comp.width, comp.height, comp.pixel_aspect)[:2]
            for x, y in ((0.0, 0.0), (1000.0, 0.0), (0.0, 1000.0))
        )
        matrix = ((x1 - x0) / 1000, (x2 - x0) / 1000, x0, (y1 - y0) / 1000, (y2 - y0) / 1000, y0)
        sound(*matrix)
        across, down = self._grown(content)
        if (across, down) != (1.0, 1.0):
            # After Effects keeps the anchor point of footage as a part of its size.
            anchor = _value(layer.transform, "ADBE Anchor Point", time_s)
            shift = anchor[0] * (1 - across), anchor[1] * (1 - down)
            matrix = chain(matrix, (1.0, 0.0, shift[0], 0.0, 1.0, shift[1]))
        return matrix


def _value(group: Any, match_name: str, time_s: float) -> Any:
    return group[match_name].value_at_time(time_s)


def _any_moves(streams: Iterable[Any]) -> bool:
    return any(getattr(stream, "keyframes", ()) for stream in streams)
