"""Trials: one story, one fault, the restart, and what is broken then."""

from __future__ import annotations

import logging
import random
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import invariants
from deaths import at, die, in_child, role
from stories import STORIES, Story, play

from hotfolderd import disk


@dataclass
class Stage:
    """A story made ready: its beginning on the disk, what is reached in it, and how it ends without a fault."""

    story: Story
    beginning: Path
    reached: list[tuple[str, str]] = field(default_factory=list)
    reference: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a trial."""

    what: str
    broken: list[str]
    told_again: int = 0
    kills: int = 0
    faults: int = 0


LETTERS = {"return from the override": "a bad letter", "override": "a bad letter"}


def prepare(folder: Path, stories: tuple[Story, ...] = STORIES) -> list[Stage]:
    """Play every story up to its beginning, keep that, and once to its end without a fault."""
    logging.disable(logging.CRITICAL)
    stages = []
    for number, story in enumerate(stories):
        stage = Stage(story, folder / f"beginning-{number}")
        stage.beginning.mkdir()
        play(stage.beginning, story, only_before=True)
        ground = folder / f"reference-{number}"
        shutil.copytree(stage.beginning, ground)
        root = ground / "folders"
        disk.set_failpoint(lambda name, path, s=stage, root=root: s.reached.append((name, role(name, path, root))))
        try:
            play(ground, story)
        finally:
            disk.set_failpoint(None)
        broken = invariants.at_rest(root, letters(story), story.ends)
        assert broken == [], f"{story.name}, without any fault: {broken}"
        stage.reference = invariants.state(root)
        shutil.rmtree(ground)
        stages.append(stage)
    return stages


def letters(story: Story) -> dict[str, str]:
    """The content of the letters that were dropped."""
    return dict.fromkeys(story.ends, LETTERS.get(story.name, "dear reader"))


def fresh(stage: Stage, ground: Path) -> Path:
    """The beginning of a story, in a place of its own."""
    shutil.rmtree(ground, ignore_errors=True)
    shutil.copytree(stage.beginning, ground)
    return ground


def judge(
    stage: Stage,
    ground: Path,
    what: str,
    play_on: Callable[[], object] | None = None,
    *,
    quietly: bool = True,
    **counts: int,
) -> Outcome:
    """Play a story on to its end and say what is broken then."""
    root = ground / "folders"
    broken = invariants.always(root)
    again = 0
    try:
        (play_on or (lambda: play(ground, stage.story)))()
        broken += invariants.at_rest(root, letters(stage.story), stage.story.ends)
        broken += invariants.like(root, stage.reference, quietly=quietly)
        again = sum(invariants.told_again(root, stage.reference).values())
    except Exception:  # noqa: BLE001  whatever happens is a finding of the trial
        broken.append(traceback.format_exc(limit=-6))
    return Outcome(f"{stage.story.name}: {what}", broken, again, **counts)


def kill_once(stage: Stage, number: int, ground: Path) -> Outcome:
    """Kill at one failpoint, then play to the end."""
    what = f"killed at {number} ({stage.reached[number][1]})"
    _kill(stage, fresh(stage, ground), number)
    return judge(stage, ground, what, kills=1)


def kill_twice(stage: Stage, number: int, ground: Path) -> Outcome:
    """Kill at one failpoint, and again at one of those that come soon after the restart."""
    chance = random.Random(f"{stage.story.name} {number}")
    _kill(stage, fresh(stage, ground), number)
    second = int(min(60, chance.expovariate(0.12)))
    killed = in_child(lambda: play(ground, stage.story), at(second, die)) == -9
    what = f"killed at {number} ({stage.reached[number][1]}) and {second} after"
    return judge(stage, ground, what, kills=1 + killed)


def kill_and_lose(stage: Stage, number: int, ground: Path) -> Outcome:
    """Kill at one failpoint, and lose what was in the midst of being written: a torn history, an empty status."""
    name, place = stage.reached[number]
    what = f"killed at {number} ({place}), unsynced content lost"
    touched: list[Path] = []
    _kill(stage, fresh(stage, ground), number)
    for path in (ground / "folders").glob("*/*/status.yaml"):
        path.write_bytes(b"")
        touched.append(path)
    if name == "append.done" and place.endswith("events.jsonl"):
        for path in (ground / "folders").glob("*/*/.job/events.jsonl"):
            data = path.read_bytes()
            path.write_bytes(data[: -(len(data) - data[:-1].rfind(b"\n")) // 2])
    return judge(stage, ground, what, kills=1)


def _kill(stage: Stage, ground: Path, number: int) -> None:
    note = ground.parent / f"{ground.name}.txt"
    code = in_child(lambda: play(ground, stage.story), at(number, die), note)
    if code != -9:
        said = note.read_text() if note.exists() else ""
        raise AssertionError(f"{stage.story.name} at {number}: the child was not killed, it ended with {code}\n{said}")
