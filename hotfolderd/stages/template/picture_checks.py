"""Whether a picture has the shape and the size of the frame that it goes into.

Reads values of the model, gives issues. Never opens a picture: sizes are those it will be exported at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotfolderd.matching.sides import is_drawable
from hotfolderd.matching.sizes import frame_size, picture_size
from hotfolderd.model import Design, DesignLayer, Issue, Placeholder, Template
from hotfolderd.stages.template.checked import CheckLimits, Pair


def check_picture(
    pair: Pair, layer: DesignLayer, design: Design, template: Template, used: set[str | None], limits: CheckLimits
) -> Iterator[Issue]:
    """Ratio and resolution of the picture as it will be exported against the frame that it goes into."""
    placeholder = pair.placeholder
    width, height = picture_size(design, layer, placeholder)
    frame_width, frame_height, frame = frame_size(template, placeholder, whole_comp=limits.reference == "composition")
    if min(width, height, frame_width, frame_height) <= 0:
        return
    comp = template.comp(placeholder.comp_id)
    details = {
        "psd_layer": layer.path,
        "psd_dimensions": _dimensions(width, height),
        "psd_orientation": _orientation(width, height),
        "comp_dimensions": _dimensions(comp.width, comp.height),
        "comp_orientation": _orientation(comp.width, comp.height),
        "target": frame,
        "target_dimensions": _dimensions(frame_width, frame_height),
        "target_orientation": _orientation(frame_width, frame_height),
        "fit": pair.match.fit,
    }
    difference = _difference_percent(width, height, frame_width, frame_height)
    if difference > limits.aspect_percent:
        better = _better_layer(design, template, placeholder, used, limits)
        advice = f"Use layer '{better}': same orientation." if better else ""
        yield Issue(
            "aspect_ratio_mismatch",
            "critical",
            f"Aspect ratio mismatch: '{layer.path}' ({details['psd_dimensions']}, {details['psd_orientation']}) "
            f"will be distorted in {details['target_orientation']} {frame} ({details['target_dimensions']})",
            advice or _crop_words(width / height, frame_width / frame_height),
            pair.match.placeholder,
            layer.path,
            {**details, "difference_percent": round(difference, 1), "better_layer": better},
        )
    percent = 100 * max(frame_width / width, frame_height / height)
    if round(percent) > limits.upscale_warning_percent:
        yield _too_small(pair, layer, percent, details, critical=percent > limits.upscale_critical_percent)


def _too_small(pair: Pair, layer: DesignLayer, percent: float, details: dict[str, Any], *, critical: bool) -> Issue:
    effect = "causing pixelation" if critical else "may reduce quality"
    return Issue(
        "resolution_critical" if critical else "resolution_warning",
        "critical" if critical else "warning",
        f"Low resolution: '{layer.path}' ({details['psd_dimensions']}) will be upscaled {percent:.0f}% "
        f"for {details['target']} {details['target_dimensions']}, {effect}",
        f"Put a picture of at least {details['target_dimensions']} pixels into the design.",
        pair.match.placeholder,
        layer.path,
        {**details, "scale_percent": round(percent, 1), "max_scale": round(percent / 100, 3)},
    )


def _crop_words(ratio: float, frame_ratio: float) -> str:
    share = 100 * (1 - min(ratio, frame_ratio) / max(ratio, frame_ratio))
    return (
        f"Crop the layer to the frame's shape, or override: 'fill' cuts {share:.0f}% of the picture away, "
        f"'fit' leaves {share:.0f}% of the frame empty."
    )


def _better_layer(
    design: Design, template: Template, placeholder: Placeholder, used: set[str | None], limits: CheckLimits
) -> str | None:
    """The unused visible picture whose shape is nearest to the frame, if its shape and size will do."""
    width, height, _ = frame_size(template, placeholder, whole_comp=limits.reference == "composition")
    found = []
    for layer in design.layers:
        if layer.path in used or not layer.visible or layer.kind == "text" or not is_drawable(layer):
            continue
        own_width, own_height = picture_size(design, layer, placeholder)
        difference = _difference_percent(own_width, own_height, width, height)
        large_enough = 100 * max(width / own_width, height / own_height) <= limits.upscale_critical_percent
        if difference <= limits.aspect_percent and large_enough:
            found.append((difference, layer.path))
    return min(found)[1] if found else None


def _difference_percent(width: float, height: float, frame_width: float, frame_height: float) -> float:
    # Multiplied out, so that exactly ten percent is not eleven digits more than ten.
    return 100 * abs(width * frame_height - frame_width * height) / (frame_width * height)


def _dimensions(width: float, height: float) -> str:
    return f"{width:.0f}×{height:.0f}"


def _orientation(width: float, height: float) -> str:
    if width == height:
        return "square"
    return "portrait" if width < height else "landscape"
