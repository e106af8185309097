"""How large a picture will be, how large the frame it goes into, and how it should fill that frame.

Reads values of the model, gives sizes in pixels. Never opens a picture.
"""

from __future__ import annotations

from hotfolderd.matching.names import parse
from hotfolderd.model import Design, DesignLayer, Fit, Placeholder, Template

# Pictures without an edge of their own: cropping them cuts into the subject.
_WHOLE = frozenset(("logo", "icon", "cutout", "signature", "qr", "sponsor", "product", "badge", "flag", "trophy"))
_SAME_RATIO = 0.01


def picture_size(design: Design, layer: DesignLayer, placeholder: Placeholder) -> tuple[float, float]:
    """Width and height of the picture that will stand in for this placeholder.

    A placeholder whose source has the size of the canvas takes the layer on the whole canvas, any other the layer cut
    to its box.
    """
    source = placeholder.source
    if layer.full_canvas or (source and (source.width, source.height) == (design.width, design.height)):
        return design.width, design.height
    return layer.box.width, layer.box.height


def frame_size(template: Template, placeholder: Placeholder, *, whole_comp: bool = False) -> tuple[float, float, str]:
    """Width, height and nature of the frame: the placeholder's source as it is seen, else its box, else its comp."""
    source, box = placeholder.source, placeholder.box
    if not whole_comp and source and source.width > 0 and source.height > 0:
        return source.width * placeholder.pixel_ratio, source.height, "placeholder"
    if not whole_comp and box and box.width > 0 and box.height > 0:
        return box.width, box.height, "placeholder"
    comp = template.comp(placeholder.comp_id)
    return comp.width, comp.height, "composition"


def choose_fit(design: Design, template: Template, layer: DesignLayer, placeholder: Placeholder) -> Fit:
    """`fill` (cover the frame, crop the rest) for a picture of another ratio, as for a photograph in a card.

    `fit` (all of it visible) where the ratio is the same, and for what must never be cut: logos, cutouts, icons.
    """
    width, height = picture_size(design, layer, placeholder)
    frame_width, frame_height, _ = frame_size(template, placeholder)
    if not (width and height and frame_width and frame_height):
        return "fit"
    ratio, frame_ratio = width / height, frame_width / frame_height
    if abs(ratio - frame_ratio) / frame_ratio <= _SAME_RATIO:
        return "fit"
    words = {*parse(layer.name).meaning, *parse(placeholder.name).meaning}
    return "fit" if words & _WHOLE and "background" not in words else "fill"
