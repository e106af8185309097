"""Killed at random moments, in all stages: the toy line by forks, the whole daemon with the real line as a process."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
import trials
from deaths import spread
from house import House
from inbox_story import JOBS, drop
from stories import STORIES, play
from tally import count
from test_kills import report
from trials import Outcome, Stage, fresh, judge

from hotfolderd import index
from hotfolderd.disk import sha256_of
from hotfolderd.root import Root

KILLS = 240
SOAK_KILLS = 10_000
DAEMON_KILLS = 20
SHARES = 40  # a part of the kills, after which a soak tells how far it is


@pytest.fixture(scope="module")
def stages(memory: Path) -> list[Stage]:
    folder = memory / "random"
    folder.mkdir()
    return trials.prepare(folder)


def kill_until_the_end(case: tuple[Stage, int], ground: Path) -> Outcome:
    """Play a story in a child that is killed after 0 to 30 ms, again and again, until it once comes to its end."""
    stage, seed = case
    chance = random.Random(seed)
    fresh(stage, ground)
    kills = 0
    limit_s = 0.03
    while True:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                play(ground, stage.story)
                code = 0
            finally:
                os._exit(code)
        time.sleep(chance.uniform(0.0, limit_s))
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        kills += code == -9
        if code != -9 or kills >= 30:
            return judge(stage, ground, f"killed {kills} times at random, seed {seed}", quietly=False, kills=kills)
        limit_s *= 1.15  # so that the story comes forward however slow the machine is


def test_killed_at_random_moments_nothing_is_lost(stages: list[Stage], field: Path, soak: bool) -> None:
    """Many kills of one line, one after the other."""
    wanted = SOAK_KILLS if soak else KILLS
    seed = kills = again = 0
    outcomes: list[Outcome] = []
    while kills < wanted:
        cases = [(stages[(seed + n) % len(stages)], seed + n) for n in range(SHARES if soak else 6)]
        seed += len(cases)
        found = spread(cases, lambda case: kill_until_the_end(case, field / f"ground-{os.getpid()}"), field)
        kills += sum(one.kills for one in found)
        again += sum(one.told_again for one in found)
        outcomes += found
        if soak:
            print(f"  {kills} kills, {sum(bool(one.broken) for one in outcomes)} broken", flush=True)  # noqa: T201
    broken = sum(bool(one.broken) for one in outcomes)
    count(f"random kills: {kills} in {len(outcomes)} plays, {broken} broken, {again} messages told twice")
    assert report(outcomes) == ""
    assert all(one.told_again <= one.kills for one in outcomes)


def test_the_daemon_killed_at_random_moments_loses_nothing(tmp_path: Path, soak: bool) -> None:
    """The real line from the inbox to the delivery; in the end every file that was dropped is there, once and whole."""
    chance = random.Random(7)
    drop(tmp_path)
    house = House(tmp_path)
    designs = {path.name: sha256_of(path) for path in house.inbox.glob("*.psd")}
    kills = DAEMON_KILLS * (10 if soak else 1)
    for _ in range(kills):
        house.start()
        assert house.process is not None
        time.sleep(chance.uniform(0.2, 1.6))
        house.process.kill()
        house.process.wait()
        house.approve_all(JOBS)
    with house:
        house.wait_until(lambda: house.approve_all(JOBS), "all deliveries", within_s=120)
    count(f"kills of the daemon: {kills}, {len(JOBS)} jobs delivered")
    assert [house.where(job) for job in JOBS] == ["7-completed"] * len(JOBS)
    for name, digest in designs.items():
        found = list(house.root.glob(f"*/*/assets/{name}"))
        assert [sha256_of(path) for path in found] == [digest], name
    for job in JOBS:
        assert len(list(house.root.glob(f"deployed/*/*/{job}*"))) == 1
        assert [receipt["decision"] for receipt in house.receipts(job)] == ["approve", "approve"]
    live = index.read(Root(house.root))
    index.rebuild(Root(house.root))
    assert index.read(Root(house.root)) == live, "the index that was kept is the one that the folders give"
    left = [path for path in house.root.rglob("*") if path.name.endswith((".tmp", ".part", ".new"))]
    assert left == []


def test_there_is_a_story_in_every_stage() -> None:
    """What is killed at random stands in all folders of the line."""
    assert len({stage for story in STORIES for stage in story.ends.values()}) >= 4
