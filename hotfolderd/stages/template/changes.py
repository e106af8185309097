"""What is different from the last approval, in words: for whoever looks at a job a second time. Values only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotfolderd.model import Design, Match, Matching


@dataclass(frozen=True, slots=True)
class Change:
    """What is new about one placeholder."""

    placeholder: str
    words: str


def changes_since(before: Matching, shown: Matching, proposal: Matching, design: Design) -> list[Change]:
    """What was approved (`before`) against what is shown, what is proposed and what the design says now."""
    old = {one.placeholder_id: one for one in before.matches}
    proposed = {one.placeholder_id: one for one in proposal.matches}
    found = [
        Change(match.placeholder, words)
        for match in shown.matches
        for words in _of(match, old.get(match.placeholder_id), proposed.get(match.placeholder_id), design)
    ]
    now = {one.placeholder_id for one in shown.matches}
    gone = [Change(one.placeholder, "It is not in the template any more.") for one in before.matches]
    return found + [change for change, one in zip(gone, before.matches, strict=True) if one.placeholder_id not in now]


def _of(match: Match, before: Match | None, proposed: Match | None, design: Design) -> Iterator[str]:
    if before is None:
        yield f"It is new in the template; proposed is {_said(match)}."
        return
    if (match.layer, match.value, match.fit) != (before.layer, before.value, before.fit):
        yield f"{_said(before)} was approved, now it is {_said(match)}."
    layer = design.layer(match.layer) if match.layer is not None else None
    if match.layer is not None and layer is None:
        yield f"The layer “{match.layer}” is not in the design any more."
    elif layer is not None and layer.text is not None and match.value not in (None, layer.text.text):
        yield f"The layer “{match.layer}” says “{layer.text.text}” in the design; approved was “{match.value}”."
    if proposed is not None and proposed.layer != match.layer:
        yield f"{_said(match)} was approved; the proposal is {_said(proposed)}, {proposed.confidence * 100:.0f} %."


def _said(match: Match) -> str:
    if match.layer is None and match.value is None:
        return "nothing (it stays as it is)"
    layer = f"layer “{match.layer}”" if match.layer is not None else "no layer"
    return f"{layer} with the text “{match.value}”" if match.value is not None else layer
