"""Preparing the question of the review: `review.yaml` and `review.html`.

Reads the matching (as approved before, where there is one) and the pictures; writes the two files.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hotfolderd.model import Design, Matching, Template
from hotfolderd.review.pages import BANDS, render
from hotfolderd.review.writing import review_text
from hotfolderd.stages.asking import earlier_decisions, numbered_issues, open_issues, question
from hotfolderd.stages.template.approved import read_approved
from hotfolderd.stages.template.changes import Change, changes_since
from hotfolderd.stages.template.draw_review import read_drawn, statistics
from hotfolderd.stages.template.match import MATCHES
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import DESIGN, TEMPLATE
from hotfolderd.stages.template.shown import shown_matching
from hotfolderd.stages.template.shown_pairs import ShownPair, layers_to_choose, shown_pairs
from hotfolderd.work import Result, Workbench

_CHOICES = (
    {"value": "approve", "label": "Approve", "hint": "these pairs and texts go on to the validation"},
    {"value": "hold", "label": "Hold", "hint": "put the job aside until somebody resumes it"},
)
_BY_HAND = "decision: approve   # approve | hold\nby: your name"


def run(bench: Workbench) -> Result:
    """The sidecar and the page of one round."""
    ordered = read_ordered(bench.job)
    design = bench.load(Design, "read-design", DESIGN)
    matching = shown_matching(bench.job)
    drawn = read_drawn(bench)
    revision = bench.facts["round"]["revision"]
    text = review_text(ordered.job, revision, matching.matches, matching.unused_layers)
    (bench.out / "review.yaml").write_text(text, encoding="utf-8")
    issues = open_issues(bench)
    pairs = shown_pairs(matching, design, bench.load(Template, "read-template", TEMPLATE), drawn, issues, text)
    layers = layers_to_choose(design, drawn)
    found = ((number, one) for number, one in numbered_issues(bench) if one.severity != "info")
    warnings = [{"id": number, "message": one.message} for number, one in found]
    decisions = earlier_decisions(bench)
    page = render(
        "review.html",
        bench.job,
        shows=[layer[key] for layer in layers for key in ("picture", "full") if layer[key]],
        ordered=ordered,
        revision=revision,
        sidecar="review.yaml",
        statistics=statistics(matching),
        groups=groups_of(pairs),
        counts={**dict.fromkeys(BANDS, 0), **Counter(one.band for one in pairs), "warnings": len(warnings)},
        changes=_changes(bench, matching, design),
        back=_sent_back(decisions),
        unused=[layer for path in matching.unused_layers if (layer := design.layer(path)) and layer.kind != "group"],
        issues=issues,
        warnings=warnings,
        decisions=decisions,
        drawn_design=drawn.design,
        flat=design.flat,
        sheet="previews/contact_sheet.png",
        choices=_CHOICES,
        with_batch=True,
        reason_for="",
        return_for="",
        by_hand=_BY_HAND,
        question=question("review", ordered.job, revision) | {"matches": _matches(matching), "layers": layers},
    )
    (bench.out / "review.html").write_text(page, encoding="utf-8")
    return Result(message=f"round {revision}")


def groups_of(pairs: list[ShownPair]) -> list[dict[str, Any]]:
    """The pairs as the page lists them: what needs a look first, and within it the least sure first."""
    urgent = [one for one in pairs if one.urgent]
    urgent.sort(key=lambda one: (one.band == "none", one.match.confidence))
    groups = (
        ("Look at these closely", "Doubtful, not filled, or with a critical issue.", urgent, False),
        ("Likely", "70 to 79 %.", [o for o in pairs if not o.urgent and o.band == "medium"], False),
        ("Sure", "80 % and more.", [o for o in pairs if not o.urgent and o.band == "high"], True),
    )
    return [
        {"title": title, "words": words, "pairs": found, "compact": compact}
        for title, words, found, compact in groups
        if found
    ]


def _changes(bench: Workbench, matching: Matching, design: Design) -> list[Change] | None:
    """What is different from the last approval; None where there was none."""
    before = read_approved(bench.job)
    proposal = bench.load(Matching, "match", MATCHES)
    return None if before is None else changes_since(before, matching, proposal, design)


def _sent_back(decisions: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The decision that brought the job back to its review, if one did."""
    last = decisions[-1] if decisions else None
    return last if last is not None and last["decision"] in ("return", "reject") else None


def _matches(matching: Matching) -> list[dict[str, Any]]:
    keys = ("placeholder", "comp", "kind", "layer", "value", "fit")
    return [{key: getattr(one, key) for key in keys} for one in matching.matches]
