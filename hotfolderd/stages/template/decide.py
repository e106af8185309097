"""What a sidecar of a template job decides: read against what was asked.

Reads the sidecar's bytes (handed in) and the results of earlier steps; writes nothing. Runs in the daemon, so it
imports nothing heavy.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from hotfolderd.model import Candidate, Design, Match, Matching, Template, from_json, to_json
from hotfolderd.records import Job
from hotfolderd.review.decision import Decision, check_round, decider
from hotfolderd.review.models import MatchLine, ReviewSidecar
from hotfolderd.review.nearest import one_of
from hotfolderd.review.reading import SidecarRefusedError, Written, parse
from hotfolderd.stages.template.shown import design_of, shown_matching
from hotfolderd.work import WORK

_BY_A_PERSON = "set by a person"


def read_review(folder: Path, job: Job, written: Written) -> Decision:
    """`review.yaml`: the matches as corrected by a person."""
    name = "review.yaml"
    sidecar = parse(written.data, ReviewSidecar, name)
    check_round(sidecar, written, job, "review", name)
    by = decider(sidecar, written)
    shared = sidecar.apply_to == "batch"
    if sidecar.decision != "approve":
        remarks = ("It concerns this job alone: only `approve` goes for the batch.",) if shared else ()
        return Decision(sidecar.decision, by, notes=sidecar.notes, remarks=remarks)
    matching = corrected(folder, written, sidecar.matches)
    if all(one.layer is None and one.value is None for one in matching.matches):
        text = f"{name}: no placeholder would be filled. Write a `layer:` or a `value:` for at least one,"
        raise SidecarRefusedError([f"{text} or `action: cancel` into control.yaml."])
    empty = sum(one.layer is None and one.value is None for one in matching.matches)
    remarks = (f"{empty} placeholders stay as they are in the template.",) if empty else ()
    resolved = tuple(one.id for one in sidecar.resolve_warnings)
    return Decision(
        "approve",
        by,
        notes=sidecar.notes,
        approved=to_json(matching),
        resolved=resolved,
        remarks=remarks,
        shared=shared,
    )


def corrected(folder: Path, written: Written, lines: list[MatchLine] | None) -> Matching:
    """What was shown, with a person's corrections. Raises SidecarRefusedError naming every line that fits nothing."""
    shown = shown_matching(folder)
    if lines is None:
        return shown
    design = design_of(folder)
    template = from_json(Template, (folder / WORK / "read-template" / "template.json").read_bytes())
    problems: list[str] = []
    answers: dict[str, Match] = {}
    twins = Counter((line.placeholder, line.comp) for line in lines)
    turn: Counter[tuple[str, str]] = Counter()
    for at, line in enumerate(lines):
        name = line.placeholder, line.comp
        found = [one for one in shown.matches if one.placeholder == line.placeholder and line.comp in ("", one.comp)]
        too_many = bool(found) and twins[name] > (len(found) if line.comp else 1)
        if line.comp and len(found) > 1 and twins[name] == len(found):
            found = [found[turn[name]]]  # of one name in one comp: line by line, as they were shown
            turn[name] += 1
        if too_many:
            where = written.where("review.yaml", ("matches", at, "placeholder"))
            problems.append(
                f"{where}: `{line.placeholder}` stands in {twins[name]} lines, so nobody knows which is meant. "
                "Keep one, and give the others back the names that they had."
            )
        elif line.comp and len(found) > 1:
            where = written.where("review.yaml", ("matches", at, "placeholder"))
            problems.append(
                f"{where}: the comp `{line.comp}` has {len(found)} placeholders `{line.placeholder}`. Keep a line for "
                "each, in their order; `skip: true` leaves one as it is."
            )
        elif not found:
            advice = one_of(line.placeholder, sorted({p.name for p in template.placeholders}))
            where = written.where("review.yaml", ("matches", at, "placeholder"))
            problems.append(f"{where}: the template has no placeholder `{line.placeholder}`. {advice}")
        elif line.layer is not None and not line.skip and design.layer(line.layer) is None:
            advice = one_of(line.layer, (layer.path for layer in design.layers))
            where = written.where("review.yaml", ("matches", at, "layer"))
            problems.append(f"{where}: the design has no layer `{line.layer}`. {advice} Or write null.")
        else:
            answers.update({one.placeholder_id: _one(one, line, design) for one in found})
    if problems:
        raise SidecarRefusedError(problems)
    # A line that a person took out leaves its placeholder as it is in the template.
    matches = tuple(answers.get(one.placeholder_id, _left_alone(one)) for one in shown.matches)
    used = {one.layer for one in matches}
    return Matching(matches, tuple(layer.path for layer in design.layers if layer.path not in used))


def _left_alone(match: Match) -> Match:
    return dataclasses.replace(match, layer=None, value=None, confidence=0.0, why="left as it is", remembered=False)


def _text_of(design: Design, path: str | None) -> str | None:
    """What a layer says; None for one that is no text, and where there is none."""
    layer = design.layer(path) if path is not None else None
    return layer.text.text if layer and layer.text else None


def _one(match: Match, line: MatchLine, design: Design) -> Match:
    if line.skip:
        return _left_alone(match)
    layer, value, fit = line.layer, line.value, line.fit or match.fit
    if layer == match.layer and value == match.value and (fit == match.fit or layer is None):
        return match
    if match.kind == "text" and layer != match.layer and value == match.value == _text_of(design, match.layer):
        value = None  # what the layer of before says goes with it; a text that was given for the placeholder stays
    if match.kind == "text" and value is None:
        value = _text_of(design, layer)
    if match.kind == "image":
        value, fit = None, fit or "fit"
    return dataclasses.replace(
        match,
        layer=layer,
        value=value,
        fit=fit,
        confidence=1.0,
        why=_BY_A_PERSON,
        candidates=_others(match, layer),
        remembered=False,
    )


def _others(match: Match, layer: str | None) -> tuple[Candidate, ...]:
    """What could be chosen instead: the layer that was proposed first, so that a slip is easily taken back."""
    before = (Candidate(match.layer, match.confidence),) if match.layer and match.why != _BY_A_PERSON else ()
    return tuple(one for one in (*before, *match.candidates) if one.layer != layer)[:3]
