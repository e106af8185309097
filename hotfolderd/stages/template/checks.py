"""What is wrong with a set of matches, before anything is built from them.

Reads the design, the template and the (approved) matching as values, gives issues, the gravest first. Never opens a
file: whether a font or a piece of footage is at hand is asked of the caller. Never changes a match.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import process

from hotfolderd.matching.sides import is_drawable
from hotfolderd.model import Design, DesignLayer, Issue, Match, Matching, Placeholder, Template
from hotfolderd.stages.template.asset_checks import duplicate_names, missing_fonts, missing_footage, unused_layers
from hotfolderd.stages.template.checked import Available, CheckLimits, Pair
from hotfolderd.stages.template.picture_checks import check_picture

__all__ = ["CheckLimits", "check_matches"]

_SEVERITIES = {"critical": 0, "warning": 1, "info": 2}
_RUNS_CODE = ("$.evalfile", "system.callsystem", "file(")


def check_matches(
    design: Design,
    template: Template,
    matching: Matching,
    *,
    fonts_available: Available,
    footage_available: Available,
    limits: CheckLimits | None = None,
) -> list[Issue]:
    """All issues of the matches, critical ones first, else in the template's order.

    `fonts_available` is asked by PostScript name, `footage_available` by file name (without folders).
    """
    limits = limits or CheckLimits()
    by_id = {one.id: one for one in template.placeholders}
    issues = [_no_such_placeholder(one) for one in matching.matches if one.placeholder_id not in by_id]
    pairs = [
        Pair(one, by_id[one.placeholder_id], design.layer(one.layer) if one.layer is not None else None)
        for one in matching.matches
        if one.placeholder_id in by_id
    ]
    used = {one.layer for one in matching.matches}
    for pair in pairs:
        issues += _check_pair(pair, design, template, used, limits)
    issues += _unanswered(template, pairs)
    issues += missing_footage(design, template, pairs, footage_available)
    issues += missing_fonts(template, pairs, fonts_available)
    issues += unused_layers(design, used)
    issues += duplicate_names(design, template)
    return sorted(issues, key=lambda one: _SEVERITIES[one.severity])


def _check_pair(
    pair: Pair, design: Design, template: Template, used: set[str | None], limits: CheckLimits
) -> Iterator[Issue]:
    match, layer = pair.match, pair.layer
    if match.layer is not None and layer is None:
        yield _no_such_layer(match, design)
        return
    if not pair.fills:
        yield _unmatched(match)
    if layer is not None and not _kind_fits(layer, pair.placeholder):
        yield _wrong_kind(pair, layer)
        return
    if layer is not None and pair.placeholder.kind == "image":
        yield from check_picture(pair, layer, design, template, used, limits)
    if pair.placeholder.kind == "text" and match.value is not None:
        yield from _check_text(pair, match.value, limits)
    if layer is not None and match.confidence < limits.confidence_low:
        yield _doubtful(match)
    yield from _check_expression(pair)


def _kind_fits(layer: DesignLayer, placeholder: Placeholder) -> bool:
    return is_drawable(layer) and (layer.kind == "text") == (placeholder.kind == "text")


def _wrong_kind(pair: Pair, layer: DesignLayer) -> Issue:
    match = pair.match
    what = layer.kind if is_drawable(layer) or layer.kind in ("group", "adjustment") else f"empty {layer.kind}"
    return Issue(
        "type_mismatch",
        "critical",
        f"Type mismatch: '{layer.path}' ({what} layer) cannot fill '{match.placeholder}' ({pair.placeholder.kind})",
        f"Choose {'a text layer' if pair.placeholder.kind == 'text' else 'a picture'}, or null.{_instead(match)}",
        match.placeholder,
        layer.path,
        {"layer_kind": layer.kind, "placeholder_kind": pair.placeholder.kind, "comp": match.comp},
    )


def _no_such_layer(match: Match, design: Design) -> Issue:
    path = match.layer or ""
    near = process.extractOne(path, [layer.path for layer in design.layers], score_cutoff=60)
    fix = f"Use layer '{near[0]}'." if near else "Write the layer's path as it stands in the design, or null."
    details = {"comp": match.comp, "suggestion": near[0] if near else None}
    message = f"Layer not found: the design has no layer '{path}' (for '{match.placeholder}')"
    return Issue("missing_asset", "critical", message, fix, match.placeholder, path, details)


def _no_such_placeholder(match: Match) -> Issue:
    message = f"Placeholder not found: the template has no '{match.placeholder}' in '{match.comp}'"
    fix = "Remove this match, or use the template that it was made for."
    details = {"placeholder_id": match.placeholder_id, "comp": match.comp}
    return Issue("placeholder_not_matched", "critical", message, fix, match.placeholder, match.layer, details)


def _unmatched(match: Match) -> Issue:
    return Issue(
        "placeholder_not_matched",
        "warning",
        f"Placeholder not matched: {match.placeholder} ({match.kind})",
        f"It stays as the template has it. Choose a layer if it should change.{_instead(match)}",
        match.placeholder,
        None,
        {"comp": match.comp, "kind": match.kind, "why": match.why},
    )


def _unanswered(template: Template, pairs: list[Pair]) -> Iterator[Issue]:
    """Placeholders of comps to be filled that the matching does not even list."""
    listed = {pair.placeholder.id for pair in pairs}
    targets = {comp.item_id for comp in template.comps if comp.target}
    for one in template.placeholders:
        if one.id not in listed and one.comp_id in targets:
            yield _unmatched(Match(one.name, one.id, one.comp, one.kind, None, why="not listed"))


def _doubtful(match: Match) -> Issue:
    return Issue(
        "low_confidence_match",
        "warning",
        f"Low confidence ({match.confidence:.2f}): '{match.layer}' for '{match.placeholder}'",
        f"Look at both pictures and confirm or change it.{_instead(match)}",
        match.placeholder,
        match.layer,
        {"confidence": match.confidence, "why": match.why, "comp": match.comp},
    )


def _instead(match: Match) -> str:
    others = [f"'{one.layer}' ({one.confidence:.2f})" for one in match.candidates]
    return f" Next best: {', '.join(others)}." if others else ""


def _check_text(pair: Pair, value: str, limits: CheckLimits) -> Iterator[Issue]:
    """Long texts, unless the template's own text is as long; without a known box only as information."""
    sample = len(pair.placeholder.text.text) if pair.placeholder.text else 0
    if len(value) <= max(limits.text_warning, sample):
        return
    critical = len(value) > limits.text_critical
    limit = limits.text_critical if critical else limits.text_warning
    known = pair.placeholder.box is not None
    yield Issue(
        "text_overflow",
        ("critical" if critical else "warning") if known else "info",
        f"Long text: '{pair.match.placeholder}' gets {len(value)} characters (more than {limit}) and may run over",
        "Shorten the text (value), or make room in the template.",
        pair.match.placeholder,
        pair.match.layer,
        {"length": len(value), "limit": limit, "sample_length": sample, "box_known": known, "comp": pair.match.comp},
    )


def _check_expression(pair: Pair) -> Iterator[Issue]:
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
