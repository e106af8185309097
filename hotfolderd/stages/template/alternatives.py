"""Which other layer would do better in a placeholder: of its kind, used nowhere else, of its shape and large enough.

Reads values of the model. Never changes a match.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotfolderd.matching.sides import is_drawable
from hotfolderd.matching.sizes import frame_size, picture_size
from hotfolderd.model import Design, DesignLayer, Placeholder, Template
from hotfolderd.stages.template.checked import CheckLimits, Pair
from hotfolderd.stages.template.shapes import difference_percent, dimensions, orientation


def kind_fits(layer: DesignLayer, placeholder: Placeholder) -> bool:
    """Whether the placeholder can show that layer at all."""
    return is_drawable(layer) and (layer.kind == "text") == (placeholder.kind == "text")


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The layers of a design that could be used instead; `used` are those that fill a placeholder already."""

    design: Design
    template: Template
    used: frozenset[str | None]
    limits: CheckLimits

    def frame(self, placeholder: Placeholder) -> tuple[float, float, str]:
        """Width, height and nature of what a picture is held against."""
        return frame_size(self.template, placeholder, whole_comp=self.limits.reference == "composition")

    def better_picture(self, placeholder: Placeholder) -> DesignLayer | None:
        """The unused visible picture whose shape is nearest to the frame, if it need not be drawn larger than it is.

        Where there is none of that size: one that need not be enlarged critically.
        """
        width, height, _ = self.frame(placeholder)
        found = []
        for order, layer in enumerate(self.design.layers):
            if layer.path in self.used or not layer.visible or not kind_fits(layer, placeholder):
                continue
            own_width, own_height = picture_size(self.design, layer, placeholder)
            difference = difference_percent(own_width, own_height, width, height)
            percent = 100 * max(width / own_width, height / own_height)
            if difference <= self.limits.aspect_percent and percent <= self.limits.upscale_critical_percent:
                enlarged = round(percent) > self.limits.upscale_warning_percent
                found.append((enlarged, round(difference, 1), -own_width * own_height, order))
        return self.design.layers[min(found)[-1]] if found else None

    def better_candidate(self, pair: Pair) -> DesignLayer | None:
        """The next-best layer of the matching that is free and of the right kind."""
        layers = (self.design.layer(one.layer) for one in pair.match.candidates)
        fitting = (one for one in layers if one is not None and kind_fits(one, pair.placeholder))
        return next((one for one in fitting if one.path not in self.used), None)

    def advice(self, layer: DesignLayer | None, placeholder: Placeholder) -> str:
        """What to do, in words: ``Use layer `X` instead: same orientation, 1920×1080.``; empty without a layer."""
        if layer is None:
            return ""
        if placeholder.kind == "text":
            return f"Use layer `{layer.path}` instead: “{layer.text.text if layer.text else ''}”."
        size, frame = picture_size(self.design, layer, placeholder), self.frame(placeholder)[:2]
        same = "same orientation, " if orientation(*size) == orientation(*frame) else ""
        return f"Use layer `{layer.path}` instead: {same}{dimensions(*size)}."
