"""What is wrong with a set of matches, before anything is built from them.

Reads the design, the template and the (approved) matching as values, gives issues, the gravest first. Never opens a
file: whether a font or a piece of footage is at hand, and whether a text has room, is asked of the caller. Never
changes a match.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from hotfolderd.matching.sides import is_drawable
from hotfolderd.model import Design, DesignLayer, Issue, Match, Matching, Template
from hotfolderd.review.nearest import nearest
from hotfolderd.stages.template.alternatives import Alternatives, kind_fits
from hotfolderd.stages.template.asset_checks import (
    colours,
    duplicate_names,
    missing_fonts,
    missing_footage,
    one_name_for_several,
    unused_layers,
)
from hotfolderd.stages.template.checked import Available, CheckLimits, Lacking, Overflow, Pair
from hotfolderd.stages.template.picture_checks import check_drawn, check_picture, check_sound
from hotfolderd.stages.template.text_checks import check_essential, check_expression, check_letters, check_text

__all__ = ["CheckLimits", "check_matches"]

_SEVERITIES = {"critical": 0, "warning": 1, "info": 2}


def check_matches(
    design: Design,
    template: Template,
    matching: Matching,
    *,
    fonts_available: Available,
    footage_available: Available,
    overflow: Overflow = lambda _placeholder, _text: None,
    lacking: Lacking = lambda _placeholder, _text: "",
    limits: CheckLimits | None = None,
) -> list[Issue]:
    """All issues of the matches, critical ones first, else in the template's order.

    `fonts_available` is asked by PostScript name, `footage_available` by file name (without folders). `overflow` says
    by what part of its box a text is too wide for a placeholder, None where that cannot be told, `lacking` which of its
    letters the placeholder's font has not.
    """
    limits = limits or CheckLimits()
    by_id = {one.id: one for one in template.placeholders}
    issues = [_no_such_placeholder(one, template) for one in matching.matches if one.placeholder_id not in by_id]
    pairs = [
        Pair(one, by_id[one.placeholder_id], design.layer(one.layer) if one.layer is not None else None)
        for one in matching.matches
        if one.placeholder_id in by_id
    ]
    used = frozenset(one.layer for one in matching.matches)
    others = Alternatives(design, template, used, limits)
    for pair in pairs:
        issues += _check_pair(pair, others, overflow, lacking)
    issues += _unanswered(template, pairs)
    issues += missing_footage(design, template, pairs, footage_available)
    issues += one_name_for_several(design, template, pairs, footage_available)
    issues += missing_fonts(template, pairs, fonts_available)
    issues += unused_layers(design, used)
    issues += duplicate_names(design, template)
    issues += colours(design)
    return sorted((_blocking(one, limits) for one in issues), key=lambda one: _SEVERITIES[one.severity])


def _blocking(issue: Issue, limits: CheckLimits) -> Issue:
    """A critical issue of a type that shall not block is a warning, and says so."""
    if issue.severity != "critical" or not limits.block_on or issue.type in limits.block_on:
        return issue
    return dataclasses.replace(issue, severity="warning", details={**issue.details, "not_blocking": True})


def _check_pair(pair: Pair, others: Alternatives, overflow: Overflow, lacking: Lacking) -> Iterator[Issue]:
    match, layer = pair.match, pair.layer
    if match.layer is not None and layer is None:
        yield _no_such_layer(pair, others.design)
        return
    if not pair.fills:
        other = others.better_candidate(pair)
        yield _unmatched(match, other, others.advice(other, pair.placeholder))
    if layer is not None and not kind_fits(layer, pair.placeholder):
        yield _wrong_kind(pair, layer, others)
        return
    if layer is not None and pair.placeholder.kind == "image":
        yield from check_drawn(pair, layer, others.design.notes)
        yield from check_picture(pair, layer, others)
        yield from check_sound(pair)
    if pair.placeholder.kind == "text" and match.value is not None:
        yield from check_text(pair, match.value, overflow, others.limits)
        yield from check_letters(pair, lacking(pair.placeholder, match.value))
    if layer is not None and match.confidence < others.limits.confidence_low:
        yield _doubtful(match)
    yield from check_expression(pair)
    yield from check_essential(pair)


def _wrong_kind(pair: Pair, layer: DesignLayer, others: Alternatives) -> Issue:
    match, wanted = pair.match, pair.placeholder.kind
    what = layer.kind if is_drawable(layer) or layer.kind in ("group", "adjustment") else f"empty {layer.kind}"
    other = others.better_candidate(pair) or (others.better_picture(pair.placeholder) if wanted == "image" else None)
    advice = others.advice(other, pair.placeholder)
    return Issue(
        "type_mismatch",
        "critical",
        f"Type mismatch: '{layer.path}' ({what} layer) cannot fill '{match.placeholder}' ({wanted})",
        advice or f"Choose {'a text layer' if wanted == 'text' else 'a picture'}, or null.",
        match.placeholder,
        layer.path,
        {
            "layer_kind": layer.kind,
            "placeholder_kind": wanted,
            "comp": match.comp,
            "better_layer": other.path if other else None,
        },
    )


def _no_such_layer(pair: Pair, design: Design) -> Issue:
    match, path = pair.match, pair.match.layer or ""
    fitting = [layer.path for layer in design.layers if kind_fits(layer, pair.placeholder)]
    near = nearest(path, fitting)
    fix = f"Use layer `{near}` instead." if near else "Write the layer's path as it stands in the design, or null."
    details = {"comp": match.comp, "better_layer": near}
    message = f"Layer not found: the design has no layer '{path}' (for '{match.placeholder}')"
    return Issue("missing_asset", "critical", message, fix, match.placeholder, path, details)


def _no_such_placeholder(match: Match, template: Template) -> Issue:
    message = f"Placeholder not found: the template has no '{match.placeholder}' in '{match.comp}'"
    near = nearest(match.placeholder, [one.name for one in template.placeholders])
    meant = f" Did you mean `{near}`?" if near else ""
    fix = f"Remove this match, or use the template that it was made for.{meant}"
    details = {"placeholder_id": match.placeholder_id, "comp": match.comp, "suggestion": near}
    return Issue("placeholder_not_matched", "critical", message, fix, match.placeholder, match.layer, details)


def _unmatched(match: Match, other: DesignLayer | None = None, advice: str = "") -> Issue:
    choose = f"If it should change: {advice}" if advice else "Choose a layer if it should change."
    return Issue(
        "placeholder_not_matched",
        "warning",
        f"Placeholder not matched: {match.placeholder} ({match.kind})",
        f"It stays as the template has it. {choose}{_next_best(match)}",
        match.placeholder,
        None,
        {"comp": match.comp, "kind": match.kind, "why": match.why, "better_layer": other.path if other else None},
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
        f"Look at both pictures and confirm or change it.{_next_best(match)}",
        match.placeholder,
        match.layer,
        {"confidence": match.confidence, "why": match.why, "comp": match.comp},
    )


def _next_best(match: Match) -> str:
    others = [f"'{one.layer}' ({one.confidence:.2f})" for one in match.candidates]
    return f" Next best: {', '.join(others)}." if others else ""
