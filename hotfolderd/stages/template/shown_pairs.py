"""What a page says of each pair: its pictures, its rivals, what is wrong with it, and its lines in the sidecar.

Reads the results of earlier steps; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotfolderd.matching.sides import is_drawable
from hotfolderd.model import Design, DesignLayer, Issue, Match, Matching, Placeholder, Template
from hotfolderd.review.pages import band
from hotfolderd.stages.template.draw_review import Drawn

_FIRST_LINE = "  - placeholder: "


@dataclass(frozen=True, slots=True)
class Rival:
    """Another layer for a placeholder. `index` is its place among the layers to choose from, None if it is not one."""

    layer: str
    confidence: float
    picture: str | None
    comparison: str | None
    index: int | None


@dataclass(frozen=True, slots=True)
class ShownPair:
    """One placeholder as a page shows it; pictures are paths in the job folder.

    `band` is the colour's name (`review.pages.band`), `full` the layer's picture at its full size, `source` the
    footage's file name. `lines` are those of the sidecar, from `first_line` (1 is its first), empty where it has none.
    """

    index: int
    match: Match
    band: str
    picture: str | None
    full: str | None
    placeholder_picture: str
    comparison: str | None
    text_was: str
    source: str
    candidates: tuple[Rival, ...]
    issues: tuple[Issue, ...]
    lines: str = ""
    first_line: int = 0

    @property
    def critical(self) -> bool:
        """Whether a critical issue is about it."""
        return any(issue.severity == "critical" for issue in self.issues)

    @property
    def urgent(self) -> bool:
        """Whether a person should look at it before all others."""
        return self.band in ("low", "none") or self.critical


def shown_pairs(
    matching: Matching,
    design: Design,
    template: Template,
    drawn: Drawn,
    issues: Sequence[Issue],
    sidecar: str = "",
) -> list[ShownPair]:
    """Every match as the page shows it, in the order of the matching. `sidecar` is the text of `review.yaml`."""
    by_id = {one.id: one for one in template.placeholders}
    blocks = match_lines(sidecar)
    numbers = {layer.path: number for number, layer in enumerate(choosable(design))}
    return [
        _shown(index, match, by_id.get(match.placeholder_id), design, drawn, issues, numbers, blocks)
        for index, match in enumerate(matching.matches)
    ]


def _shown(
    index: int,
    match: Match,
    placeholder: Placeholder | None,
    design: Design,
    drawn: Drawn,
    issues: Sequence[Issue],
    numbers: Mapping[str, int],
    blocks: Sequence[tuple[int, str]],
) -> ShownPair:
    layer = design.layer(match.layer) if match.layer is not None else None
    compared = drawn.comparisons.get(match.placeholder_id, {})
    first_line, lines = blocks[index] if index < len(blocks) else (0, "")
    return ShownPair(
        index,
        match,
        band(match.confidence, match.layer is not None or match.value is not None),
        picture_of(layer, drawn),
        layer.picture if layer else None,
        drawn.placeholders[match.placeholder_id],
        compared.get(match.layer or ""),
        placeholder.text.text if placeholder and placeholder.text else "",
        placeholder.source.file_name if placeholder and placeholder.source else "",
        tuple(
            Rival(
                one.layer,
                one.confidence,
                picture_of(design.layer(one.layer), drawn),
                compared.get(one.layer),
                numbers.get(one.layer),
            )
            for one in match.candidates
            if one.layer != match.layer
        ),
        tuple(issue for issue in issues if _is_about(issue, match)),
        lines,
        first_line,
    )


def picture_of(layer: DesignLayer | None, drawn: Drawn) -> str | None:
    """The picture that a page shows of a layer: that of a pair, or else the thumbnail of the export."""
    return (drawn.layers.get(layer.path) or layer.thumbnail) if layer else None


def choosable(design: Design) -> list[DesignLayer]:
    """The layers that a placeholder can show, from the top of the design down."""
    return [layer for layer in reversed(design.layers) if is_drawable(layer)]


def layers_to_choose(design: Design, drawn: Drawn) -> list[dict[str, Any]]:
    """The same for the page's script, which names a layer by its place in this list."""
    return [
        {
            "path": layer.path,
            "kind": "text" if layer.kind == "text" else "image",
            "text": layer.text.text if layer.text else "",
            "picture": picture_of(layer, drawn),
            "full": layer.picture,
            "hidden": not layer.visible,
        }
        for layer in choosable(design)
    ]


def match_lines(sidecar: str) -> list[tuple[int, str]]:
    """The lines of each match in a `review.yaml` of ours, with the number of the first."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(sidecar.splitlines(), start=1):
        if line.startswith(_FIRST_LINE):
            found.append((number, [line]))
        elif found and line.startswith("    "):
            found[-1][1].append(line)
    return [(number, "\n".join(lines)) for number, lines in found]


def _is_about(issue: Issue, match: Match) -> bool:
    """Whether the issue belongs beside the pair; its confidence is shown there anyway."""
    its = issue.placeholder == match.placeholder and issue.details.get("comp") in (None, match.comp)
    return its and issue.type != "low_confidence_match"
