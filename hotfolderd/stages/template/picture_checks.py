"""Whether a picture has the shape and the size of the frame that it goes into, and what goes with what it replaces.

Reads values of the model, gives issues. Never opens a picture: sizes are those it will be exported at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hotfolderd.matching.sizes import picture_size
from hotfolderd.model import DesignLayer, Issue, Template
from hotfolderd.stages.template.alternatives import Alternatives
from hotfolderd.stages.template.checked import Pair
from hotfolderd.stages.template.shapes import difference_percent, dimensions, orientation, recommendation, shape


def check_drawn(pair: Pair, layer: DesignLayer, notes: Iterable[str]) -> Iterator[Issue]:
    """A layer that the export could not draw, by its notes on the design: there is nothing to fill the frame with."""
    begin = f"Layer '{layer.path}' could not be drawn: "
    why = next((note.removeprefix(begin) for note in notes if note.startswith(begin)), None)
    if why is None:
        return
    yield Issue(
        "missing_asset",
        "critical",
        f"No picture: '{layer.path}' for '{pair.match.placeholder}' could not be drawn. {why}",
        "Choose another layer, or null; an override would fail. In Photoshop: make it smaller, or merge it with its "
        "mask, its effects and what is clipped to it.",
        pair.match.placeholder,
        layer.path,
        {"comp": pair.match.comp, "better_layer": None},
    )


def check_sound(pair: Pair) -> Iterator[Issue]:
    """A clip that is heard, and would be replaced by a picture, which is not."""
    if pair.placeholder.heard:
        name = pair.placeholder.source.file_name if pair.placeholder.source else pair.placeholder.name
        yield Issue(
            "sound_lost",
            "warning",
            f"Sound: {name} in '{pair.match.placeholder}' has sound; the picture that replaces it has none",
            "Put the sound on a layer of its own in the template; or choose null, and the clip stays.",
            pair.match.placeholder,
            pair.match.layer,
            {"file_name": name, "comp": pair.match.comp},
        )


def check_picture(pair: Pair, layer: DesignLayer, others: Alternatives) -> Iterator[Issue]:
    """Ratio and resolution of the picture as it will be exported against the frame that it goes into."""
    placeholder, limits = pair.placeholder, others.limits
    width, height = picture_size(others.design, layer, placeholder)
    frame_width, frame_height, frame = others.frame(placeholder)
    sizes = width, height, frame_width, frame_height
    if min(sizes) <= 0:
        return
    details = _details(pair, layer, others.template, sizes, frame)
    other = others.better_picture(placeholder)
    better = {"better_layer": other.path if other else None}
    advice = others.advice(other, placeholder)
    difference = difference_percent(*sizes)
    if difference > limits.aspect_percent:
        yield Issue(
            "aspect_ratio_mismatch",
            "critical",
            f"Aspect ratio mismatch: '{layer.path}' ({details['psd_dimensions']}, {details['psd_orientation']}) "
            f"will be distorted in {details['target_orientation']} {frame}",
            advice or _crop_words(width / height, frame_width / frame_height, details["target_dimensions"]),
            pair.match.placeholder,
            layer.path,
            {**details, **better, "difference_percent": round(difference, 1)},
        )
    percent = 100 * max(frame_width / width, frame_height / height)
    sized = {**details, **better, "scale_percent": round(percent, 1), "max_scale": round(percent / 100, 3)}
    if round(percent) > limits.upscale_warning_percent:
        yield _too_small(pair, layer, sized, advice, critical=percent > limits.upscale_critical_percent)
    elif percent < limits.downscale_info_percent:
        yield Issue(
            "resolution_info",
            "info",
            f"High resolution: '{layer.path}' ({details['psd_dimensions']}) is shown at {percent:.0f}% of its size",
            "Nothing to do; a smaller picture would do, too.",
            pair.match.placeholder,
            layer.path,
            {**sized, "better_layer": None},
        )


def _details(
    pair: Pair, layer: DesignLayer, template: Template, sizes: tuple[float, float, float, float], frame: str
) -> dict[str, Any]:
    comp = template.comp(pair.placeholder.comp_id)
    picture, target = sizes[:2], sizes[2:]
    advice, sure = recommendation(*sizes)
    return {
        "psd_layer": layer.path,
        "psd_dimensions": dimensions(*picture),
        "psd_orientation": orientation(*picture),
        "psd_class": shape(*picture),
        "comp": comp.name,
        "comp_dimensions": dimensions(comp.width, comp.height),
        "comp_orientation": orientation(comp.width, comp.height),
        "target": frame,
        "target_dimensions": dimensions(*target),
        "target_orientation": orientation(*target),
        "target_class": shape(*target),
        "recommendation": advice,
        "recommendation_confidence": sure,
        "fit": pair.match.fit,
    }


def _too_small(pair: Pair, layer: DesignLayer, details: dict[str, Any], advice: str, *, critical: bool) -> Issue:
    return Issue(
        "resolution_critical" if critical else "resolution_warning",
        "critical" if critical else "warning",
        f"Low resolution: '{layer.path}' ({details['psd_dimensions']}) will be upscaled "
        f"{details['scale_percent']:.0f}%, {'causing pixelation' if critical else 'may reduce quality'}",
        advice or f"Put a picture of at least {details['target_dimensions']} pixels into the design.",
        pair.match.placeholder,
        layer.path,
        details,
    )


def _crop_words(ratio: float, frame_ratio: float, frame: str) -> str:
    share = 100 * (1 - min(ratio, frame_ratio) / max(ratio, frame_ratio))
    return (
        f"Crop the layer to the frame's shape ({frame}), or override: 'fill' cuts {share:.0f}% of the picture away, "
        f"'fit' leaves {share:.0f}% of the frame empty."
    )
