"""What a review shows: the design and its matches. Reads the results of earlier steps; runs in the daemon, too."""

from __future__ import annotations

from pathlib import Path

from hotfolderd.model import Design, Matching, from_json
from hotfolderd.stages.template.approved import read_approved
from hotfolderd.work import WORK


def design_of(folder: Path) -> Design:
    """The design of a job as it was read last."""
    return from_json(Design, (folder / WORK / "read-design" / "design.json").read_bytes())


def shown_matching(folder: Path) -> Matching:
    """The matches that the review shows: those approved before, or else the proposal."""
    proposal = from_json(Matching, (folder / WORK / "match" / "matches.json").read_bytes())
    before = read_approved(folder)
    if before is None:
        return proposal
    kept = {one.placeholder_id: one for one in before.matches}
    matches = tuple(kept.get(one.placeholder_id, one) for one in proposal.matches)
    used = {one.layer for one in matches}
    everything = {one.layer for one in proposal.matches if one.layer} | set(proposal.unused_layers)
    return Matching(matches, tuple(sorted(layer for layer in everything if layer not in used)))
