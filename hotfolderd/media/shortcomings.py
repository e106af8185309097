"""What our own drawing of a layer leaves out, in words that a reviewer understands.

Reads py-aep's objects; writes nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from py_aep.enums import BlendingMode, LineOrientation, ParagraphJustification
from py_aep.enums.text_document import FontCapsOption
from py_aep.models.items.footage import FootageItem
from py_aep.models.layers.av_layer import AVLayer
from py_aep.models.layers.camera_layer import CameraLayer
from py_aep.models.layers.shape_layer import ShapeLayer
from py_aep.models.sources.solid import SolidSource

from hotfolderd.media import masks, shape_reading
from hotfolderd.media.blending import Blend
from hotfolderd.media.project.placeholders import differing
from hotfolderd.media.typeset import belong_together

_BLENDS: dict[BlendingMode, Blend] = {
    BlendingMode.LINEAR_DODGE: "add",
    BlendingMode.CLASSIC_COLOR_BURN: "color burn",
    BlendingMode.CLASSIC_COLOR_DODGE: "color dodge",
    BlendingMode.CLASSIC_DIFFERENCE: "difference",
    BlendingMode.SILHOUETE_ALPHA: "silhouette alpha",
}
_CONTROLS = ("Control", "Pseudo/")
# Effects after which a solid is still about what it was; whatever else is on a solid makes a picture of its own.
_MILD = (
    "Shadow", "Blur", "Glo2", "Noise2", "Tint", "HUE SATURATION", "Curves", "Levels", "Brightness", "Exposure",
    "Lumetri", "Geometry2", "Corner Pin", "Wipe", "Venetian", "Dissolve", "Bevel", "Roughen", "Displace", "Warp",
    "Choker", "Minimax", "Set Matte", "Color Balance", "Photo Filter", "Vibrance", "Sharpen", "Change",
)  # fmt: skip
_FULL_JUSTIFY = tuple(mode for mode in ParagraphJustification if mode.name.startswith("FULL"))


def of_layer(layer: AVLayer) -> Iterator[str]:
    """What is not drawn of a layer that is seen, one sentence part for each thing."""
    if layer.adjustment_layer:
        yield "adjustment layers are not drawn"
    effects = [str(effect.name) for effect in layer.effects or () if effect.enabled and _changes_pixels(effect)]
    if effects and layer.effects_active:
        yield f"effects are not drawn ({', '.join(effects)})"
    yield from masks.shortcomings(layer)
    if layer.is_3d:
        yield "3D is only approximate: no camera, no lights, no perspective inside the layer"
        for camera in layer.containing_comp.layers:
            if isinstance(camera, CameraLayer) and camera.enabled:
                yield f"the camera {camera.name} is not applied: in After Effects the layer is elsewhere or larger"
                break
    if layer.motion_blur and layer.containing_comp.motion_blur:
        yield "motion blur is not drawn"
    yield from _blending(layer)
    if layer.essential_property_uuids:
        yield "essential properties of the nested comp are not applied"
    yield from _expressions(layer)


def of_text(layer: AVLayer, document: Any) -> Iterator[str]:
    """What is not drawn of a text layer beyond `of_layer`."""
    text: Any = layer.text
    if any(animator.enabled for animator in text["ADBE Text Animators"].properties):
        yield "text animators are not drawn"
    if text["ADBE Text Path Options"]["ADBE Text Path"].value:
        yield "text on a path is drawn straight"
    if differs := differing(document):
        yield f"its several styles ({', '.join(differs)}) are drawn as the first"
    if document.tracking and belong_together(document.text):
        yield "the tracking of letters that belong together is not applied"
    if document.line_orientation != LineOrientation.HORIZONTAL:
        yield "vertical text is drawn horizontally"
    if document.justification in _FULL_JUSTIFY:
        yield "justified text is drawn ragged"
    if document.font_caps_option in {FontCapsOption.FONT_SMALL_CAPS, FontCapsOption.FONT_ALL_SMALL_CAPS}:
        yield "small caps are drawn as capitals"
    if document.faux_bold or document.faux_italic:
        yield "faux bold and faux italic are not drawn"
    if not all(scale in {None, 1.0} for scale in (document.horizontal_scale, document.vertical_scale)):
        yield "horizontal and vertical scale of the text are not applied"
    if any((document.baseline_shift, document.space_before, document.space_after, document.first_line_indent)):
        yield "baseline shift, indents and paragraph spacing are not applied"


def blend_of(layer: AVLayer) -> Blend | None:
    """How the layer is laid over what is below it, None where that cannot be drawn."""
    mode = layer.blending_mode
    words = _BLENDS.get(mode) or mode.name.replace("_", " ").lower()
    return words if words in get_args(Blend) else None  # type: ignore[return-value]  # it was looked up


def _blending(layer: AVLayer) -> Iterator[str]:
    if blend_of(layer) is None:
        yield f"blend mode {layer.blending_mode.name.replace('_', ' ').lower()} is drawn as normal"
    styles = _optional(layer, "ADBE Layer Styles")
    if styles is not None and styles.enabled:
        on = [
            str(style.name) for style in styles.properties if style.enabled and "Blend Options" not in style.match_name
        ]
        if on:
            yield f"layer styles are not drawn ({', '.join(on)})"


def _expressions(layer: AVLayer) -> Iterator[str]:
    own: list[Any] = [*layer.transform.properties, *masks.streams(layer)]
    if layer.text is not None:
        own += layer.text.properties
    if isinstance(layer, ShapeLayer):
        own += shape_reading.streams(layer)
    names = list(dict.fromkeys(str(p.name) for p in own if getattr(p, "expression_enabled", False)))
    if names:
        yield f"expressions are not evaluated ({', '.join(names)}), the values saved below them are shown"
    parent = layer.parent
    if parent is not None and any(getattr(p, "expression_enabled", False) for p in parent.transform.properties):
        yield f"expressions of its parent {parent.name} are not evaluated"


def made_by_effects(layer: AVLayer) -> list[str]:
    """The effects that make the picture of a solid, whose own colour is then not what is seen."""
    source = layer.source
    if not isinstance(source, FootageItem) or not isinstance(source.main_source, SolidSource):
        return []
    on = [effect for effect in layer.effects or () if effect.enabled and _changes_pixels(effect)]
    makes = [str(effect.name) for effect in on if not any(word in str(effect.match_name) for word in _MILD)]
    return makes if layer.effects_active else []


def _changes_pixels(effect: Any) -> bool:
    return not any(word in str(effect.match_name) for word in _CONTROLS)


def _optional(group: Any, match_name: str) -> Any:
    try:
        return group[match_name]
    except KeyError:
        return None
