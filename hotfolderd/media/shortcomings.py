"""What our own drawing of a layer leaves out, in words that a reviewer understands.

Reads py-aep's objects; writes nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_aep.enums import BlendingMode, LineOrientation, MaskMode, ParagraphJustification
from py_aep.enums.text_document import FontCapsOption
from py_aep.models.layers.av_layer import AVLayer
from py_aep.models.layers.shape_layer import ShapeLayer

from hotfolderd.media.placing import Blend

BLENDS: dict[BlendingMode, Blend] = {
    BlendingMode.NORMAL: "normal",
    BlendingMode.MULTIPLY: "multiply",
    BlendingMode.SCREEN: "screen",
    BlendingMode.ADD: "add",
    BlendingMode.LINEAR_DODGE: "add",
}
_CONTROLS = ("Control", "Pseudo/")
_FULL_JUSTIFY = tuple(mode for mode in ParagraphJustification if mode.name.startswith("FULL"))


def of_layer(layer: AVLayer) -> Iterator[str]:
    """What is not drawn of a layer that is seen, one sentence part for each thing."""
    if isinstance(layer, ShapeLayer):
        yield "shape layers are not drawn"
    if layer.adjustment_layer:
        yield "adjustment layers are not drawn"
    effects = [str(effect.name) for effect in layer.effects or () if effect.enabled and _changes_pixels(effect)]
    if effects and layer.effects_active:
        yield f"effects are not drawn ({', '.join(effects)})"
    yield from _cutting(layer)
    if layer.is_3d:
        yield "3D is only approximate: no camera, no lights, no perspective inside the layer"
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
    if document.line_orientation != LineOrientation.HORIZONTAL:
        yield "vertical text is drawn horizontally"
    if document.apply_stroke:
        yield "the stroke of the text is not drawn"
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


def _cutting(layer: AVLayer) -> Iterator[str]:
    if any(getattr(mask, "mask_mode", MaskMode.NONE) is not MaskMode.NONE for mask in layer.masks or ()):
        yield "masks are not drawn, the whole layer is shown"
    if layer.has_track_matte:
        yield "the track matte is not applied, the whole layer is shown"


def _blending(layer: AVLayer) -> Iterator[str]:
    if layer.blending_mode not in BLENDS:
        yield f"blend mode {layer.blending_mode.name.replace('_', ' ').lower()} is drawn as normal"
    if layer.preserve_transparency:
        yield "'preserve underlying transparency' is not applied"
    styles = _optional(layer, "ADBE Layer Styles")
    if styles is not None and styles.enabled:
        on = [
            str(style.name) for style in styles.properties if style.enabled and "Blend Options" not in style.match_name
        ]
        if on:
            yield f"layer styles are not drawn ({', '.join(on)})"


def _expressions(layer: AVLayer) -> Iterator[str]:
    groups: list[Any] = [layer.transform]
    if layer.text is not None:
        groups.append(layer.text)
    names = [str(p.name) for group in groups for p in group.properties if getattr(p, "expression_enabled", False)]
    if names:
        yield f"expressions are not evaluated ({', '.join(names)}), the values saved below them are shown"
    parent = layer.parent
    if parent is not None and any(getattr(p, "expression_enabled", False) for p in parent.transform.properties):
        yield f"expressions of its parent {parent.name} are not evaluated"


def _changes_pixels(effect: Any) -> bool:
    return not any(word in str(effect.match_name) for word in _CONTROLS)


def _optional(group: Any, match_name: str) -> Any:
    try:
        return group[match_name]
    except KeyError:
        return None
