"""Faults planted into the engine, one at a time and in a process of its own: each must be caught by the harness.

Without a crash none of them shows: every story still comes to its end with all invariants. `hunt` plants one and looks
for the first trial that tells of it.
"""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trials
from stories import STORIES
from trials import Outcome, Stage, kill_and_lose, kill_once, kill_twice

from hotfolderd import disk
from hotfolderd.engine import reconciler, rules, steps
from hotfolderd.notify import Notices
from hotfolderd.notify.outbox import Outbox
from hotfolderd.pipeline import INBOX
from hotfolderd.publishing import DECISIONS
from hotfolderd.records import Record
from hotfolderd.store import Store

MOST_TRIALS = 240


@dataclass(frozen=True)
class Planted:
    """A fault: how it is planted, and in which stories (by their names) it can show."""

    name: str
    plant: Callable[[], None]
    stories: tuple[str, ...]


def everywhere(old: Any, new: Any) -> None:
    """Put one function in the place of another in all modules of the package."""
    for name, module in list(sys.modules.items()):
        if name.startswith("hotfolderd"):
            for key, value in list(vars(module).items()):
                if value is old:
                    setattr(module, key, new)


def written_in_place() -> None:
    """`write_atomic` writes over the file itself."""

    def write_atomic(path: Path, data: bytes | str, *, first: Callable[[], None] | None = None, **_: Any) -> None:
        content = data.encode() if isinstance(data, str) else data
        disk.reached("write", path)
        if first:
            first()
        with path.open("wb") as stream:
            stream.write(content[: len(content) // 2])
            stream.flush()
            disk.reached("write.beside", path)
            stream.write(content[len(content) // 2 :])
        disk.reached("write.done", path)

    everywhere(disk.write_atomic, write_atomic)


def history_after_the_record() -> None:
    """What the history tells of a change is written when the record holds it already."""
    write = disk.write_atomic

    def write_atomic(path: Path, data: bytes | str, *, first: Callable[[], None] | None = None, **rest: Any) -> None:
        write(path, data, **rest)
        if first:
            first()

    everywhere(write, write_atomic)


def moved_by_copying() -> None:
    """A folder is moved by a copy and the removal of the old one."""
    rename = disk.rename_new

    def rename_new(source: Path, target: Path) -> None:
        if not source.is_dir():
            rename(source, target)
            return
        if os.path.lexists(target):
            raise FileExistsError(target)
        disk.reached("rename", target)
        shutil.copytree(source, target)
        disk.reached("rename.copied", target)
        shutil.rmtree(source)
        disk.reached("rename.done", target)

    everywhere(rename, rename_new)


def moved_before_the_decision_is_recorded() -> None:
    """The row of the decision is written only when the folder has moved."""
    waiting: list[Any] = []
    add, arrive = Record.add_decision, Store.arrive

    def arrive_and_record(self: Store, folder: Path, job: Any) -> Any:
        job = arrive(self, folder, job)
        with Record(folder) as record:
            while waiting:
                add(record, waiting.pop())
        return job

    Record.add_decision = lambda _self, decision: waiting.append(decision)  # type: ignore[method-assign]
    Store.arrive = arrive_and_record  # type: ignore[method-assign]


def filed_before_it_is_recorded() -> None:
    """The sidecar is put away before the decision is in the record."""
    take = Store.take_decision

    def take_decision(self: Store, folder: Path, job: Any, answer: Any, **rest: Any) -> Any:
        disk.make_folder(folder / DECISIONS)
        disk.rename_new(folder / f"{answer.gate}.yaml", folder / DECISIONS / f"{answer.number:04d}-{answer.gate}.yaml")
        return take(self, folder, job, answer, **rest)

    Store.take_decision = take_decision  # type: ignore[method-assign]


def moved_without_intent() -> None:
    """A move is not noted before the rename."""
    setter = Record.job.fset
    assert setter is not None

    def write(self: Record, job: Any) -> None:
        entering = job.intent is not None and job.intent.source == INBOX
        setter(self, job if entering else dataclasses.replace(job, intent=None))

    Record.job = property(Record.job.fget, write)  # type: ignore[assignment]


def told_after_the_fact() -> None:
    """Messages are kept in memory until the next round."""
    waiting: list[Callable[[], None]] = []
    tell, look = Notices.tell, reconciler.Reconciler.round

    def told_later(self: Notices, *arguments: Any, **rest: Any) -> None:
        waiting.append(lambda: tell(self, *arguments, **rest))

    def round_(self: reconciler.Reconciler) -> float | None:
        while waiting:
            waiting.pop(0)()
        return look(self)

    Notices.tell = told_later  # type: ignore[method-assign]
    reconciler.Reconciler.round = round_  # type: ignore[method-assign]


def result_not_checked_against_the_record() -> None:
    """A step counts as done when its files lie there, whether or not the record knows of them."""
    look = steps.next_order

    class Everything(dict[str, str]):
        def get(self, step: str, default: Any = None) -> Any:  # noqa: ARG002  whatever is asked for is in the record
            return AnyFingerprint()

    class AnyFingerprint(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    everywhere(look, lambda folder, todo, facts, _finished: look(folder, todo, facts, Everything()))


def arrival_not_finished() -> None:
    """A move that was begun is not finished after a crash; the folder is put back."""
    decide = rules.next_move

    def next_move(job: Any, *rest: Any, **more: Any) -> Any:
        move = decide(job, *rest, **more)
        crossing = isinstance(move, rules.Arrive) and job.intent.source != INBOX
        return rules.PutBack() if crossing else move

    everywhere(decide, next_move)


def told_without_asking_whether_it_was() -> None:
    """A message is taken and sent whether or not it was sent already."""
    Outbox.knows = lambda _self, _key: False  # type: ignore[method-assign]
    Outbox.has_got = lambda _self, _key, _target: False  # type: ignore[method-assign]


def leftovers_stay() -> None:
    """Nobody removes what writing left beside the files."""
    everywhere(disk.remove_temporary, lambda _folder: None)


def answer_not_kept() -> None:
    """The decision is recorded, but not that it has yet to be carried out."""
    setter = Record.job.fset
    assert setter is not None
    Record.job = property(  # type: ignore[assignment]
        Record.job.fget, lambda self, job: setter(self, dataclasses.replace(job, answer=None))
    )


def receipts_only_at_once() -> None:
    """A decision whose filing was cut off is not filed again."""
    from hotfolderd.engine.desk import Desk  # noqa: PLC0415  only here

    Desk.file_again = lambda *_: None  # type: ignore[method-assign]


def next_round_noted_first() -> None:
    """That a question was put again is noted before people are told."""
    from hotfolderd.engine.movement import Mover  # noqa: PLC0415  only here

    ask, note = Mover.ask_again, Store.ask_again

    def noted(self: Mover, seat: Any) -> None:
        seen = seat.job
        seat.job = note(self._store, seat.path, seat.job)
        after, seat.job = seat.job, dataclasses.replace(seat.job, answer=seen.answer)
        Store.ask_again = lambda _self, _folder, _job: after  # type: ignore[method-assign]
        try:
            ask(self, seat)
        finally:
            Store.ask_again = note  # type: ignore[method-assign]

    Mover.ask_again = noted  # type: ignore[method-assign]


APPROVE, ENTER, FAIL = "approve the review", "enter, and a tool that fails twice", "fail, mend and retry"
AGAIN = "asked again, twice, where it stands"
PLANTS = (
    Planted("files are written in place", written_in_place, (APPROVE,)),
    Planted("the history is written after the record", history_after_the_record, (APPROVE,)),
    Planted("a folder is moved by copying", moved_by_copying, (APPROVE,)),
    Planted("moved before the decision is recorded", moved_before_the_decision_is_recorded, (APPROVE,)),
    Planted("the sidecar is filed before the record is written", filed_before_it_is_recorded, (APPROVE,)),
    Planted("a move is not noted before it is made", moved_without_intent, (APPROVE, FAIL)),
    Planted("people are told after the intent is cleared", told_after_the_fact, (APPROVE,)),
    Planted(
        "a step's result is not checked against the record", result_not_checked_against_the_record, (ENTER, APPROVE)
    ),
    Planted("an arrival is not finished after a crash", arrival_not_finished, (APPROVE,)),
    Planted("a message is told again though it was sent", told_without_asking_whether_it_was, (APPROVE, ENTER)),
    Planted("what writing left beside stays", leftovers_stay, (ENTER,)),
    Planted("the answer is not kept until it is carried out", answer_not_kept, (APPROVE,)),
    Planted("a decision that was cut off is not filed", receipts_only_at_once, (APPROVE,)),
    Planted("the next round is noted before people are told", next_round_noted_first, (AGAIN,)),
)


def hunt(planted: Planted, folder: Path, seed: int = 1) -> tuple[int, Outcome | None]:
    """Plant a fault in this process and try until it shows; how many trials that took, and what it showed."""
    ground = folder / f"ground-{os.getpid()}"
    place = folder / f"stages-{os.getpid()}"
    place.mkdir()
    planted.plant()
    stages = trials.prepare(place, tuple(story for story in STORIES if story.name in planted.stories))
    cases = [(stage, number) for stage in stages for number in range(len(stage.reached))]
    random.Random(seed).shuffle(cases)
    for count, (stage, number) in enumerate(cases[:MOST_TRIALS], 1):
        outcome = (kill_once, kill_twice, kill_and_lose)[count % 3](stage, number, ground)
        if outcome.broken or told_without_need(stage, number, outcome):
            return count, outcome
    return len(cases[:MOST_TRIALS]), None


def told_without_need(stage: Stage, number: int, outcome: Outcome) -> bool:
    """Whether a message came twice although no sending was cut off."""
    kind = stage.reached[number][1]
    sending = any(word in kind for word in ("outbox/", "sent/", "messages.txt"))
    return outcome.told_again > 0 and outcome.kills == 1 and not sending
