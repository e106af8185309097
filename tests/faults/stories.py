"""Short stories of people and jobs on the toy line, made so that they can be played again after any crash.

An act of a person is done again until its effect is seen, as a person would who finds the work not done. What a person
writes or moves is synced, so that it is not lost with the power. People remember what they have done in `people.json`
beside the root.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from studio import Studio, WorkersHere, _call

from hotfolderd.disk import fsync_dir
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.workers import Finished
from hotfolderd.notify import Postman
from hotfolderd.pipeline import (
    APPROVAL,
    ARCHIVE,
    COMPLETED,
    FAILED,
    GENERATION,
    ON_HOLD,
    OVERRIDE,
    REVIEW,
    VALIDATION,
)
from hotfolderd.review.editing import set_keys
from hotfolderd.root import tidy_up
from hotfolderd.work import Broken

GATES = {REVIEW: "review.yaml", OVERRIDE: "override.yaml", APPROVAL: "approval.yaml"}
REASON = "it is meant to be so"
PASSES = 60
ATTEMPTS = 10

Act = Callable[[Studio], bool]


@dataclass(frozen=True)
class Story:
    """`acts` in order, each done before the next; `before` are those that lead to the beginning; `ends`: by job."""

    name: str
    acts: tuple[Act, ...]
    ends: dict[str, str]
    before: tuple[Act, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)


class HonestWorkers(WorkersHere):
    """Workers in this process that make of an error what worker processes make of it."""

    def finished(self) -> list[Finished]:
        return ended(self)


def ended(workers: WorkersHere) -> list[Finished]:
    """The results of all tasks; an error is `Broken`, as worker processes return it."""
    tasks, workers.tasks = workers.tasks, {}
    return [Finished(key, _value(key, *task)) for key, task in tasks.items()]


def _value(key: str, function: str, argument: object) -> object:
    try:
        return _call(function, argument)
    except Exception as error:  # noqa: BLE001  see `hotfolderd.engine.workers`
        return Broken(key, type(error).__name__, str(error), traceback.format_exc())


def open_studio(ground: Path) -> Studio:
    """A daemon that was just started on the root of a story."""
    studio = Studio(ground / "folders", retry=RetryPolicy(ATTEMPTS, 1.0, 4.0), workers=HonestWorkers())
    _send_at_once(studio)
    tidy_up(studio.root)  # as the daemon does when it has the lock
    memory = ground / "people.json"
    done = len(json.loads(memory.read_bytes())) if memory.exists() else 0
    studio.clock.seconds += 10_000.0 * (done + 1)
    return studio


def _send_at_once(studio: Studio) -> None:
    """The quickest postman there can be: a message is on its way before the line goes on."""
    tell = studio.notices.tell

    def tell_and_send(*arguments: Any, **rest: Any) -> None:
        tell(*arguments, **rest)
        with contextlib.suppress(OSError):  # in the daemon that is another thread
            Postman(studio.root, studio.notices, ()).send_waiting()

    studio.notices.tell = tell_and_send  # type: ignore[method-assign]


def play(ground: Path, story: Story, *, only_before: bool = False) -> Studio:
    """Play a story from wherever it stands to its end. Errors of the disk end a pass, as in the daemon's loop."""
    studio = open_studio(ground)
    acts = [*enumerate(story.before)] if only_before else [*enumerate((*story.before, *story.acts))]
    for _ in range(PASSES):
        try:
            studio.work()
            Postman(studio.root, studio.notices, ()).send_waiting()
            left = _act(ground, studio, acts)
        except OSError:
            left = True
        studio.clock.seconds += 61.0
        resting = any(seat.rests_until for seat in studio.reconciler.seats)  # after an error, it is looked at again
        if not left and not resting and (only_before or _ended(studio, story)):
            return studio
    stands = {job: studio.stage(job) for job in story.ends if studio.root.find_job(job)}
    raise AssertionError(f"the story {story.name} does not come to its end; the jobs stand in {stands}")


def _act(ground: Path, studio: Studio, acts: list[tuple[int, Act]]) -> bool:
    """Do what is next; True while something is left."""
    memory = ground / "people.json"
    done = json.loads(memory.read_bytes()) if memory.exists() else []
    for number, act in acts:
        if number in done:
            continue
        if not act(studio):
            return True
        done.append(number)
        _remember(memory, done)
        return True
    return False


def _remember(memory: Path, done: list[int]) -> None:
    beside = memory.with_suffix(".beside")
    write_synced(beside, json.dumps(done))
    beside.replace(memory)
    fsync_dir(memory.parent)


def _ended(studio: Studio, story: Story) -> bool:
    for job, stage in story.ends.items():
        if studio.stage(job) != stage:
            return False
        record = studio.record(job)
        if record.stage != stage or record.intent or (record.answer and stage not in (COMPLETED, ON_HOLD, FAILED)):
            return False
    return True


def write_synced(path: Path, text: str) -> None:
    """Write in place as a simple editor does, and sync."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fsync_dir(path.parent)


# what people do ---------------------------------------------------------------------------------------------------


def order(job: str, letter: str = "dear reader", **faults: str) -> Act:
    """Have a job built and put into the line; what is half built is built again."""

    def act(studio: Studio) -> bool:
        if studio.root.find_job(job) is None:
            shutil.rmtree(studio.root.intake / job, ignore_errors=True)
            studio.order(job, letter, synced=True, **faults)
        return True

    return act


def decide(job: str, stage: str, decision: str, number: int, **keys: str) -> Act:
    """Take the decision of that number, counted from 1, where the job is asked for it."""

    def act(studio: Studio) -> bool:
        if len(studio.decisions(job)) >= number:
            return True
        sidecar = studio.place(job) / GATES[stage]
        if studio.stage(job) != stage or studio.record(job).answer or not sidecar.exists():
            return False
        text = sidecar.read_text()
        if not text.endswith("end: true\n"):  # half saved: deleted, so that it is laid out again
            sidecar.unlink()
        elif "\ndecision: pending" in text:
            write_synced(sidecar, set_keys(text, {"decision": decision, "by": "anna", **keys}))
        return False

    return act


def control(job: str, stage: str, arrives: str, **keys: str) -> Act:
    """Write a `control.yaml` where the job stands in `stage`; done when it stands in `arrives` and was answered."""

    def act(studio: Studio) -> bool:
        order = studio.place(job) / "control.yaml"
        if studio.stage(job) == stage != arrives:
            write_synced(order, yaml.safe_dump(keys))
        return studio.stage(job) == arrives and not order.exists() and studio.record(job).intent is None

    return act


def reorder(job: str, priority: str) -> Act:
    """Give a job another priority."""

    def act(studio: Studio) -> bool:
        if studio.record(job).priority != priority:
            write_synced(
                studio.place(job) / "control.yaml", yaml.safe_dump({"action": "priority", "priority": priority})
            )
        return studio.record(job).priority == priority

    return act


def drag(job: str, stage: str, folder: str, decisions: int | None = None) -> Act:
    """Move the folder by hand; done when it stands there, or so many decisions were taken."""

    def act(studio: Studio) -> bool:
        if studio.stage(job) == folder or (decisions and len(studio.decisions(job)) >= decisions):
            return True
        if studio.stage(job) != stage:
            return False
        studio.drag(job, folder)
        fsync_dir(studio.root.path / folder)
        fsync_dir(studio.root.path / stage)
        return True

    return act


def mend(job: str, step: str) -> Act:
    """Take the fault of a step away where the job has failed."""

    def act(studio: Studio) -> bool:
        if studio.stage(job) != FAILED:
            return False
        (studio.place(job) / "assets" / f"{step}.fault").unlink(missing_ok=True)
        fsync_dir(studio.place(job) / "assets")
        return True

    return act


def stands(job: str, stage: str) -> Act:
    """Wait for a job to arrive."""
    return lambda studio: studio.stage(job) == stage and studio.record(job).intent is None


# the stories ------------------------------------------------------------------------------------------------------


def _stories() -> Iterator[Story]:
    at_review = (order("J1"), stands("J1", REVIEW))
    at_approval = (*at_review, decide("J1", REVIEW, "approve", 1), stands("J1", APPROVAL))
    bad = (order("J1", "a bad letter"), stands("J1", REVIEW))
    at_override = (*bad, decide("J1", REVIEW, "approve", 1), stands("J1", OVERRIDE))
    yield Story("enter, and a tool that fails twice", (order("J1", read="ToolError 2"),), {"J1": REVIEW})
    yield Story("approve the review", (decide("J1", REVIEW, "approve", 1),), {"J1": APPROVAL}, at_review)
    yield Story(
        "return from the override",
        (
            decide("J1", REVIEW, "approve", 1),
            decide("J1", OVERRIDE, "return", 2),
            stands("J1", REVIEW),
        ),
        {"J1": REVIEW},
        bad,
    )
    yield Story("override", (decide("J1", OVERRIDE, "override", 2, reason=REASON),), {"J1": APPROVAL}, at_override)
    yield Story(
        "deliver, archive and take back",
        (
            decide("J1", APPROVAL, "approve", 2),
            control("J1", COMPLETED, ARCHIVE, action="archive"),
            drag("J1", ARCHIVE, COMPLETED),
        ),
        {"J1": COMPLETED},
        at_approval,
    )
    yield Story(
        "reject and approve again",
        (
            decide("J1", APPROVAL, "reject", 2, reason=REASON),
            decide("J1", REVIEW, "approve", 3),
        ),
        {"J1": APPROVAL},
        at_approval,
    )
    yield Story("regenerate", (decide("J1", APPROVAL, "regenerate", 2),), {"J1": APPROVAL}, at_approval)
    yield Story(
        "asked again, twice, where it stands",
        (
            decide("J1", REVIEW, "pending", 1, notes="again"),
            decide("J1", REVIEW, "pending", 2, notes="again"),
            stands("J1", REVIEW),
            decide("J1", REVIEW, "approve", 3),
        ),
        {"J1": APPROVAL},
        at_review,
    )
    yield Story(
        "fail, mend and retry",
        (
            order("J1", draw="JobError"),
            mend("J1", "draw"),
            control("J1", FAILED, REVIEW, action="retry"),
        ),
        {"J1": REVIEW},
    )
    yield Story(
        "hold, resume, cancel",
        (
            reorder("J1", "high"),
            control("J1", REVIEW, ON_HOLD, action="hold"),
            control("J1", ON_HOLD, REVIEW, action="resume"),
            decide("J1", REVIEW, "hold", 1),
            stands("J1", ON_HOLD),
            drag("J1", ON_HOLD, REVIEW),
            control("J1", REVIEW, ARCHIVE, action="cancel"),
        ),
        {"J1": ARCHIVE},
        at_review,
    )
    yield Story(
        "approve for the whole batch",
        (
            decide("J1", REVIEW, "approve", 1, apply_to="batch"),
            stands("J2", APPROVAL),
            order("J3"),
            stands("J3", APPROVAL),
        ),
        {"J1": APPROVAL, "J2": APPROVAL, "J3": APPROVAL},
        (*at_review, order("J2"), stands("J2", REVIEW)),
    )
    yield Story(
        "drag where it may go, and where it may not, with another job waiting",
        (
            drag("J1", REVIEW, GENERATION),
            stands("J1", REVIEW),
            drag("J1", REVIEW, VALIDATION, decisions=1),
            stands("J1", APPROVAL),
            decide("J2", REVIEW, "approve", 1),
        ),
        {"J1": APPROVAL, "J2": APPROVAL},
        (*at_review, order("J2"), stands("J2", REVIEW)),
    )


STORIES = tuple(_stories())
