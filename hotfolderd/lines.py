"""The kinds of jobs that there are, and what can be said of all of them: who is asked where, what workers must know."""

from __future__ import annotations

from hotfolderd.pipeline import Gate, Line, Stage
from hotfolderd.stages.episode.line import LINE as EPISODE_LINE
from hotfolderd.stages.template.line import LINE as TEMPLATE_LINE

LINES: dict[str, Line] = {line.kind: line for line in (TEMPLATE_LINE, EPISODE_LINE)}


def gates() -> dict[str, Gate]:
    """What is asked in which folder: its name and sidecar are the same for all kinds of jobs, its words are not."""
    return {folder: stage.gate for line in LINES.values() for folder, stage in line.stages.items() if stage.gate}


def step_modules() -> list[str]:
    """The modules that workers import: those of all steps, and that which examines drops."""
    steps = [step for stage in _all_stages() for step in stage.steps]
    for gate in _all_gates():
        steps += [gate.ask, *(step for outcome in gate.outcomes.values() for step in outcome.steps)]
    return ["hotfolderd.inbox.contents", *dict.fromkeys(step.run.partition(":")[0] for step in steps)]


def _all_stages() -> list[Stage]:
    return [stage for line in LINES.values() for stage in line.stages.values()]


def _all_gates() -> list[Gate]:
    return [stage.gate for stage in _all_stages() if stage.gate]
