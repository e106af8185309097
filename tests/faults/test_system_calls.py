"""Killed, or failed by the system, at the calls that change the disk: nothing between two failpoints is missed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import tracer
import trials
from deaths import spread
from stories import play
from tally import count
from test_kills import report
from trials import Outcome, Stage, fresh, judge

SAMPLE = 110
ACTIONS = ("signal=SIGKILL", "error=EIO", "error=ENOSPC")
Case = tuple[Stage, str, int, str]

pytestmark = pytest.mark.skipif(bool(tracer.why_not()), reason=tracer.why_not() or "it can")


@pytest.fixture(scope="module")
def stages(memory: Path) -> list[Stage]:
    folder = memory / "calls"
    folder.mkdir()
    return trials.prepare(folder)


def all_cases(stages: list[Stage], folder: Path) -> list[Case]:
    found: list[Case] = []
    for stage in stages:
        ground = fresh(stage, folder / "counted")
        calls = tracer.changes(lambda stage=stage, ground=ground: play(ground, stage.story), folder)
        found += [(stage, call, number, action) for call, number in calls for action in ACTIONS]
    return found


def strike(case: Case, ground: Path) -> Outcome:
    """One trial: the fault, a restart, the rest of the story."""
    stage, call, number, action = case
    fresh(stage, ground)
    note = ground.parent / f"{ground.name}-notes"
    note.mkdir(exist_ok=True)
    code = tracer.inject(lambda: play(ground, stage.story), note, call, number, action)
    outcome = judge(
        stage, ground, f"{action} at {call} {number}", quietly=False, kills=int(code == -9), faults=int(code != -9)
    )
    said = note / "child.txt"
    # An error at the very start ends the daemon with a message, as it should.
    if code not in (0, -9) and "OSError" not in said.read_text() and "[Errno" not in said.read_text():
        outcome.broken.append(f"ended with {code}: {said.read_text()}")
    return outcome


def test_killed_or_failed_at_any_system_call_the_line_goes_on(stages: list[Stage], field: Path, soak: bool) -> None:
    everything = all_cases(stages, field)
    cases = everything if soak else random.Random(1).sample(everything, SAMPLE)
    outcomes = spread(cases, lambda case: strike(case, field / f"ground-{os.getpid()}"), field)
    count(
        f"strace: {len(outcomes)} of {len(everything)} faults at system calls: {sum(one.kills for one in outcomes)} "
        f"kills, {sum(one.faults for one in outcomes)} errors, {sum(bool(one.broken) for one in outcomes)} with a "
        f"broken invariant, {sum(one.told_again for one in outcomes)} messages told twice"
    )
    assert report(outcomes) == ""
    for (stage, *_), outcome in zip(cases, outcomes, strict=True):
        assert outcome.told_again <= len(stage.story.ends), (stage.story.name, outcome)
