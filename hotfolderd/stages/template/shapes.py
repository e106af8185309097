"""Shapes of pictures and frames: portrait, square or landscape, how far apart two are, and what to do about it.

Numbers in, words out. Reads nothing, writes nothing.
"""

from __future__ import annotations

from typing import Any, Literal

from hotfolderd.model import Comp, Design

Shape = Literal["portrait", "square", "landscape"]
_PORTRAIT_BELOW, _LANDSCAPE_ABOVE = 0.9, 1.1
# Up to this difference of the ratios (of the larger one): what to do, and how sure it is that nobody must look.
_STEPS = ((0.05, "none", 1.0), (0.10, "minor_scale", 0.85), (0.20, "moderate", 0.60))
_MANY_PIXELS = 100


def dimensions(width: float, height: float) -> str:
    """`1920×1080`."""
    return f"{width:.0f}×{height:.0f}"


def orientation(width: float, height: float) -> Shape:
    """By the sides alone: a picture one pixel higher than wide is portrait."""
    if width == height:
        return "square"
    return "portrait" if width < height else "landscape"


def shape(width: float, height: float) -> Shape:
    """As the eye sees it: nearly square is square."""
    ratio = width / height
    if ratio < _PORTRAIT_BELOW:
        return "portrait"
    return "landscape" if ratio > _LANDSCAPE_ABOVE else "square"


def difference_percent(width: float, height: float, frame_width: float, frame_height: float) -> float:
    """By how much the ratio of the picture differs from that of the frame, in percent of the latter."""
    # Multiplied out, so that exactly ten percent is not eleven digits more than ten.
    return 100 * abs(width * frame_height - frame_width * height) / (frame_width * height)


def recommendation(width: float, height: float, frame_width: float, frame_height: float) -> tuple[str, float]:
    """`none`, `minor_scale`, `moderate` or `human_review`, and the confidence (0 to 1) that nobody need look."""
    if shape(width, height) != shape(frame_width, frame_height):
        return "human_review", 0.0
    ratio, frame_ratio = width / height, frame_width / frame_height
    difference = round(abs(ratio - frame_ratio) / max(ratio, frame_ratio), 9)
    return next(((advice, sure) for below, advice, sure in _STEPS if difference < below), ("human_review", 0.3))


def document_advice(design: Design, comp: Comp) -> dict[str, Any]:
    """The design as a whole against the main comp: shapes, advice, and what `fit` and `fill` would do to it."""
    sizes = design.width, design.height, comp.width, comp.height
    if min(sizes) <= 0:
        return {}
    advice, sure = recommendation(*sizes)
    across, down = comp.width / design.width, comp.height / design.height
    fit, fill = min(across, down), max(across, down)
    bars_x, bars_y = comp.width - design.width * fit, comp.height - design.height * fit
    return {
        "design_dimensions": dimensions(design.width, design.height),
        "design_class": shape(design.width, design.height),
        "comp": comp.name,
        "comp_dimensions": dimensions(comp.width, comp.height),
        "comp_class": shape(comp.width, comp.height),
        "difference_percent": round(difference_percent(*sizes), 1),
        "resolution_mismatch": max(abs(design.width - comp.width), abs(design.height - comp.height)) > _MANY_PIXELS,
        "recommendation": advice,
        "confidence": sure,
        "fit": {
            "scale": round(fit, 4),
            "bars": "vertical" if bars_x > 1 else "horizontal" if bars_y > 1 else None,
            "bars_px": round(max(bars_x, bars_y)),
        },
        "fill": {
            "scale": round(fill, 4),
            "cropped_px": round(max(design.width * fill - comp.width, design.height * fill - comp.height)),
        },
    }
