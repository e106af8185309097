"""Whether a text has room in its placeholder, is set in a usual size, and will be shown at all.

Reads values of the model, gives issues. Never opens a font: how far a text runs over is asked of the caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from hotfolderd.model import Issue, Severity
from hotfolderd.stages.template.checked import CheckLimits, Overflow, Pair

_LETTERS_SHOWN = 12
_RUNS_CODE = ("$.evalfile", "system.callsystem", "file(")


def check_text(pair: Pair, value: str, overflow: Overflow, limits: CheckLimits) -> Iterator[Issue]:
    """Its length, or its measured width where box and font are known; then the size of its font, and its styles."""
    over = overflow(pair.placeholder, value) if pair.placeholder.paragraph else None
    if over is None:
        yield from _check_length(pair, value, limits)
    else:
        yield from _check_width(pair, value, 100 * over, limits)
    yield from _check_font_size(pair, limits)
    yield from _check_styles(pair, value)


def _check_width(pair: Pair, value: str, percent: float, limits: CheckLimits) -> Iterator[Issue]:
    if round(percent, 1) <= limits.overflow_warning_percent:
        return
    critical = percent > limits.overflow_critical_percent
    yield Issue(
        "text_overflow",
        "critical" if critical else "warning",
        f"Text overflow: '{pair.match.placeholder}' gets {len(value)} characters, {percent:.0f}% too wide for its box",
        "Shorten the text (value), or make the box larger or the type smaller in the template.",
        pair.match.placeholder,
        pair.match.layer,
        {"overflow_percent": round(percent, 1), "length": len(value), "box_known": True, "comp": pair.match.comp},
    )


def _check_length(pair: Pair, value: str, limits: CheckLimits) -> Iterator[Issue]:
    """Long texts, unless the template's own text is as long; without a box, or its font, to measure by.

    Without a box of its own a text may run as wide as it will: that is information only.
    """
    sample = len(pair.placeholder.text.text) if pair.placeholder.text else 0
    if len(value) <= max(limits.text_warning, sample):
        return
    critical = len(value) > limits.text_critical
    limit = limits.text_critical if critical else limits.text_warning
    known = pair.placeholder.paragraph is not None
    severity: Severity = ("critical" if critical else "warning") if known else "info"
    yield Issue(
        "text_overflow",
        severity,
        f"Long text: '{pair.match.placeholder}' gets {len(value)} characters (more than {limit}) and may run over",
        "Shorten the text (value), or look at the preview whether it has room."
        + (" Put its font into the job's assets/fonts to have it measured." if known else ""),
        pair.match.placeholder,
        pair.match.layer,
        {"length": len(value), "limit": limit, "sample_length": sample, "box_known": known, "comp": pair.match.comp},
    )


def _check_font_size(pair: Pair, limits: CheckLimits) -> Iterator[Issue]:
    size = pair.placeholder.text.size_px if pair.placeholder.text else None
    if not size or limits.font_size_info_px <= size <= limits.font_size_warning_px:
        return
    large = size > limits.font_size_warning_px
    what: Literal["Large", "Small"] = "Large" if large else "Small"
    limit = limits.font_size_warning_px if large else limits.font_size_info_px
    yield Issue(
        "font_size",
        "warning" if large else "info",
        f"{what} type: '{pair.match.placeholder}' is set in {size:g} px ({'more' if large else 'less'} than {limit:g})",
        "Look at the preview whether the text has room." if large else "Look at the preview whether it can be read.",
        pair.match.placeholder,
        pair.match.layer,
        {"size_px": size, "limit_px": limit, "comp": pair.match.comp},
    )


def _check_styles(pair: Pair, value: str) -> Iterator[Issue]:
    """A text that is set anew has one style, that of its first character, as After Effects does it."""
    look = pair.placeholder.text
    if look is None or not look.differs or value == look.text:
        return
    yield Issue(
        "several_styles",
        "warning",
        f"One style for all: '{pair.match.placeholder}' has several styles ({', '.join(look.differs)}) in the "
        "template; what is set gets that of its first character",
        "Divide it into one layer for each style in the template, or set the styles in After Effects afterwards.",
        pair.match.placeholder,
        pair.match.layer,
        {"differs": list(look.differs), "comp": pair.match.comp},
    )


def check_letters(pair: Pair, lacking: str) -> Iterator[Issue]:
    """Letters that its font has not: After Effects takes them from another one, the preview draws boxes."""
    look = pair.placeholder.text
    if not lacking or look is None:
        return
    shown = " ".join(lacking[:_LETTERS_SHOWN]) + (" …" if len(lacking) > _LETTERS_SHOWN else "")
    yield Issue(
        "missing_letters",
        "warning",
        f"Letters from another font: '{pair.match.placeholder}' is set in {look.font}, which has no {shown}",
        "Choose a font that has them in the template, or write the text without them.",
        pair.match.placeholder,
        pair.match.layer,
        {"font": look.font, "letters": lacking, "comp": pair.match.comp},
    )


def check_expression(pair: Pair) -> Iterator[Issue]:
    """A Source Text expression that ignores what is set, or that runs code where After Effects is."""
    expression = pair.placeholder.expression
    if expression is None:
        return
    runs_code = any(word in expression.casefold().replace(" ", "") for word in _RUNS_CODE)
    if not (pair.fills or runs_code):
        return
    danger = " It also reads files or runs programs on the machine with After Effects." if runs_code else ""
    yield Issue(
        "expression_overrides_text",
        "warning",
        f"Expression overrides text: '{pair.match.placeholder}' has a Source Text expression that ignores what is set."
        + danger,
        "Switch the expression off in the template, or build it on `value`.",
        pair.match.placeholder,
        pair.match.layer,
        {"expression": expression[:500], "runs_code": runs_code, "comp": pair.match.comp},
    )


def check_essential(pair: Pair) -> Iterator[Issue]:
    """What is set in a comp is not seen where the comp is shown with a value of its own for it."""
    by = pair.placeholder.set_by
    if by is None or not pair.fills:
        return
    yield Issue(
        "essential_property",
        "warning",
        f"Essential property: '{pair.match.placeholder}' of '{pair.match.comp}' may be set at {by}, too; that is shown "
        "instead of what is set in the comp",
        "Reset it there (Essential Properties of that layer) in the template, or set it there in After Effects.",
        pair.match.placeholder,
        pair.match.layer,
        {"set_by": by, "comp": pair.match.comp},
    )
