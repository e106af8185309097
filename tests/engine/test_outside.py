"""Steps that need a program outside: done by workers of their own, which hold up nobody else; left out if not set."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studio import Studio, WorkersHere
from toy_line import DRAW, IDENTIFY, LINE, READ

from hotfolderd.engine.steps import order_for
from hotfolderd.pipeline import FAILED, PROCESSING, REVIEW, Line, Stage, Step
from hotfolderd.work import Done, perform

RENDER = Step(
    "render",
    "toy_line:draw",
    "Rendering",
    "processing",
    15,
    uses=("colour",),
    when="renderer",
    outside=True,
    keys=("key",),
)
SECRET = "rosebud-4711-sledge"


class SlowWorkers(WorkersHere):
    """They return nothing before they are told to."""

    held = True

    def finished(self) -> list[Any]:
        return [] if self.held else super().finished()


@pytest.fixture
def line() -> dict[str, Line]:
    stages = dict(LINE.stages)
    stages[PROCESSING] = Stage(PROCESSING, "processing", 5, steps=(IDENTIFY, READ, RENDER, DRAW), next={"": REVIEW})
    return {"toy": dataclasses.replace(LINE, stages=stages)}


def turn(studio: Studio, times: int = 12) -> None:
    """Rounds of the daemon with both kinds of workers."""
    assert studio.outside is not None
    for _ in range(times):
        studio.reconciler.collect(studio.workers.finished() + studio.outside.finished())
        studio.reconciler.round()


def test_a_step_that_is_not_asked_for_is_left_out(open_studio: Callable[..., Studio], line: dict[str, Line]) -> None:
    studio = open_studio(lines=line, facts={"renderer": None, "key": ""})
    studio.order("A")
    studio.work()
    assert studio.stage("A") == "2-review"
    assert "render" not in studio.record("A").finished


def test_workers_outside_do_that_step_and_no_other(open_studio: Callable[..., Studio], line: dict[str, Line]) -> None:
    outside = WorkersHere()
    studio = open_studio(lines=line, facts={"renderer": {}, "key": SECRET}, outside=outside)
    studio.order("A")
    turn(studio)
    assert studio.stage("A") == "2-review"
    assert outside.begun == ["A"]
    assert isinstance(studio.workers, WorkersHere)
    assert studio.workers.begun.count("A") == 4, "identify, read, draw, ask-review"


def test_a_long_rendering_holds_up_nobody_else(open_studio: Callable[..., Studio], line: dict[str, Line]) -> None:
    """One place outside, and one here: A renders, B waits for that place, and all others go on."""
    outside = SlowWorkers(1)
    studio = open_studio(
        lines=line, facts={"renderer": {}, "key": ""}, outside=outside, workers=WorkersHere(1), max_jobs=3
    )
    for job in ("A", "B"):
        studio.order(job)
    turn(studio)
    assert outside.begun == ["A"]
    studio.order("C", read="JobError")
    turn(studio)
    assert studio.stage("C") == FAILED, "it had nothing to do with the renderer"
    assert studio.stage("B") == PROCESSING
    assert studio.record("B").attempts == 0, "waiting is no attempt"
    assert studio.reconciler.round() != 0.0, "the daemon does not run in circles meanwhile"
    outside.held = False
    turn(studio)
    assert [studio.stage(job) for job in ("A", "B")] == [REVIEW, REVIEW]
    assert outside.begun == ["A", "B"]


def test_a_rendering_that_a_crash_interrupted_does_not_stop_the_line(
    open_studio: Callable[..., Studio], line: dict[str, Line]
) -> None:
    """A job whose attempt never came to an end works alone, lest another be blamed; not for an hour of rendering."""
    outside, here = SlowWorkers(1), SlowWorkers(2)
    here.held = False
    studio = open_studio(lines=line, facts={"renderer": {}, "key": ""}, outside=outside, workers=here)
    studio.order("A")
    turn(studio)
    here.held = True
    studio.order("B")
    turn(studio)
    assert (outside.begun, here.begun[-1]) == (["A"], "B")
    fresh = SlowWorkers(1)
    studio.restart(outside=fresh, workers=WorkersHere())
    turn(studio)
    assert fresh.begun == ["A"], "it is begun anew"
    assert studio.runs("B") == ["identify", "read"], "B, which is as suspect, did not wait for the rendering"
    studio.order("C", read="JobError")
    turn(studio)
    assert studio.stage("C") == FAILED


def test_a_key_is_handed_over_and_written_nowhere(open_studio: Callable[..., Studio], line: dict[str, Line]) -> None:
    studio = open_studio(lines=line, facts={"renderer": {}, "key": SECRET}, outside=WorkersHere())
    studio.order("A")
    turn(studio)
    place = studio.place("A")
    order = order_for(place, RENDER, studio.facts)
    assert order.keys == {"key": SECRET}
    assert SECRET not in repr(order)
    assert order.fingerprint == order_for(place, RENDER, {**studio.facts, "key": "another"}).fingerprint
    done = perform(order)
    assert isinstance(done, Done)
    written = [path for path in Path(studio.root.path).rglob("*") if path.is_file()]
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
