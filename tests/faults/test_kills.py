"""Killed at every failpoint, once, twice, and with what was not synced lost: nothing is lost and nothing done twice."""

from __future__ import annotations

import os
import re
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import trials
from deaths import at, die, in_child, role, spread
from inbox_story import broken_inbox, drop, play_inbox
from tally import count
from trials import Outcome, Stage, kill_and_lose, kill_once, kill_twice

from hotfolderd import disk

Way = Callable[[Stage, int, Path], Outcome]
WAYS: tuple[Way, ...] = (kill_once, kill_twice, kill_and_lose)
SHOWN = 8


@pytest.fixture(scope="module")
def stages(memory: Path) -> list[Stage]:
    folder = memory / "kills"
    folder.mkdir()
    return trials.prepare(folder)


def all_cases(stages: list[Stage]) -> list[tuple[Stage, int, Way]]:
    return [(stage, number, way) for stage in stages for number in range(len(stage.reached)) for way in WAYS]


def some_cases(stages: list[Stage]) -> list[tuple[Stage, int, Way]]:
    """Every kind of occurrence (whatever the folder of the line) in all ways, every occurrence in one of them.

    After a change the disk stays as it is until the next failpoint, so a kill `….done` is as one before what follows.
    """
    cases: list[tuple[Stage, int, Way]] = []
    known: set[str] = set()
    for stage in stages:
        for number, (name, kind) in enumerate(stage.reached):
            anywhere = re.sub(r" [^/]+/JOB", " STAGE/JOB", kind)
            new = anywhere not in known
            known.add(anywhere)
            if new or not name.endswith(".done"):
                cases += [(stage, number, way) for way in (WAYS if new else (WAYS[number % len(WAYS)],))]
    return cases


def test_killed_at_any_failpoint_the_line_goes_on_without_loss(stages: list[Stage], field: Path, soak: bool) -> None:
    """Real kill -9 in a process of its own; then a restart, the rest of the story, and all invariants."""
    cases = all_cases(stages) if soak else some_cases(stages)
    outcomes = spread(cases, lambda case: case[2](case[0], case[1], field / f"ground-{os.getpid()}"), field)
    kinds = {kind for stage in stages for _, kind in stage.reached}
    kills = sum(outcome.kills for outcome in outcomes)
    occurrences = sum(len(stage.reached) for stage in stages)
    count(
        f"kill matrix: {len(outcomes)} runs, {kills} kills at {occurrences} failpoints of {len(kinds)} kinds, "
        f"{sum(bool(one.broken) for one in outcomes)} with a broken invariant, "
        f"{sum(one.told_again for one in outcomes)} messages told twice"
    )
    assert report(outcomes) == ""
    # What was lost with the power is written again at the start, after which a put-back folder looks moved anew.
    allowed = [one.kills + ("unsynced" in one.what) for one in outcomes]
    twice = [one.what for one, most in zip(outcomes, allowed, strict=True) if one.told_again > most]
    assert twice == [], "at most one message is told again for each crash"
    sending = ("outbox/", "sent/", "messages.txt")
    needless = [
        one.what for one in outcomes if one.told_again and one.kills == 1 and not _has(one.what, (*sending, "unsynced"))
    ]
    assert needless == [], "only where sending was cut off may a message be told again"


def test_killed_at_any_failpoint_the_intake_takes_a_drop_in_once(field: Path, soak: bool) -> None:
    """From the inbox to the job folders: every file that was dropped is in one place, whole, no job is made twice."""
    reached: list[str] = []
    ground = field / "reference"
    drop(ground)
    disk.set_failpoint(lambda name, path: reached.append(role(name, path, ground)))
    play_inbox(ground)
    disk.set_failpoint(None)
    assert broken_inbox(ground) == []
    numbers = range(len(reached))
    if not soak:
        first = {kind: number for number, kind in reversed(list(enumerate(reached)))}
        numbers = sorted(first.values())
    cases = [(n, twice) for n in numbers for twice in (False, True) if soak or twice == n % 2]
    outcomes = spread(cases, lambda case: cut_off(*case, field), field)
    kills = sum(one.kills for one in outcomes)
    broken = sum(bool(one.broken) for one in outcomes)
    count(
        f"kill matrix of the intake: {len(outcomes)} runs, {kills} kills at {len(reached)} failpoints, {broken} broken"
    )
    assert report(outcomes) == ""


def cut_off(number: int, twice: bool, field: Path) -> Outcome:
    """Kill the intake at one failpoint (and again soon after the restart), then let it go on."""
    ground = field / f"intake-{os.getpid()}"
    shutil.rmtree(ground, ignore_errors=True)
    drop(ground)
    kills = int(in_child(lambda: play_inbox(ground), at(number, die)) == -9)
    if twice:
        kills += in_child(lambda: play_inbox(ground), at(number * 7 % 23, die)) == -9
    broken = []
    try:
        play_inbox(ground)
        broken = broken_inbox(ground)
    except Exception:  # noqa: BLE001  whatever happens is a finding of the trial
        broken.append(traceback.format_exc(limit=-4))
    return Outcome(f"the intake, killed at {number}{' and again' if twice else ''}", broken, kills=kills)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def report(outcomes: list[Outcome]) -> str:
    """What is broken: each kind of breach once, with how often it was seen."""
    kinds: Counter[str] = Counter()
    first: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.broken:
            key = outcome.broken[-1][-80:]
            kinds[key] += 1
            first.setdefault(key, outcome)
    lines = [
        f"{number}×, first when {first[key].what}:\n  " + "\n  ".join(first[key].broken)
        for key, number in kinds.most_common(SHOWN)
    ]
    return "\n".join(lines)
