"""What the checks of a matching speak of: the limits, what is asked of the caller, and a match with what it names.

Values only. Reads nothing, writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Literal

from hotfolderd.model import DesignLayer, Match, Placeholder

Available = Callable[[str], bool] | Container[str]
Overflow = Callable[[Placeholder, str], float | None]
Lacking = Callable[[Placeholder, str], str]


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """From where on a match is a warning or critical.

    Percentages are of the frame: `aspect_percent` the difference of ratios, `upscale_…_percent` and
    `downscale_info_percent` the size that the picture is drawn at (100 is its own), `overflow_…_percent` by how much a
    text is too wide for its box. Texts are counted in characters. `reference` is what pictures are held against: the
    placeholder's own frame, or the whole comp. `block_on` are the types that may be critical; empty: all.
    """

    aspect_percent: float = 10.0
    upscale_warning_percent: float = 100.0
    upscale_critical_percent: float = 200.0
    downscale_info_percent: float = 50.0
    text_warning: int = 50
    text_critical: int = 100
    overflow_warning_percent: float = 5.0
    overflow_critical_percent: float = 20.0
    font_size_warning_px: float = 72.0
    font_size_info_px: float = 12.0
    confidence_low: float = 0.7
    reference: Literal["placeholder", "composition"] = "placeholder"
    block_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair:
    """A match with what it names; `layer` is None where the design has no such layer or none is chosen."""

    match: Match
    placeholder: Placeholder
    layer: DesignLayer | None

    @property
    def fills(self) -> bool:
        """True if something will be set: a layer, or a text of its own."""
        return self.layer is not None or self.match.value is not None


def is_available(available: Available, name: str) -> bool:
    """Ask by call or by membership, whichever was handed in."""
    return bool(available(name)) if callable(available) else name in available
