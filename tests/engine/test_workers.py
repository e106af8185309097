"""Real worker processes: what crashes or hangs in one costs one attempt of one job."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from studio import Studio

from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.workers import Finished, LocalWorkers, WorkerLimits
from hotfolderd.pipeline import FAILED, REVIEW
from hotfolderd.work import Broken, Done, Order, perform


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalWorkers]:
    """One pool for all tests of this module: starting it is what takes time."""
    pool = LocalWorkers(WorkerLimits(processes=2, memory_mib=2048), lambda: None)
    yield pool
    pool.stop(1.0)


def wait(workers: LocalWorkers, number: int = 1, patience_s: float = 20.0) -> dict[str, Any]:
    """What the next tasks return, by key."""
    found: list[Finished] = []
    until = time.monotonic() + patience_s
    while len(found) < number:
        assert time.monotonic() < until, "the worker does not come back"
        found += workers.finished()
        time.sleep(0.01)
    return {one.key: one.value for one in found}


# tasks as a worker knows them: module-level functions of one argument


def process_id(_argument: object) -> int:
    return os.getpid()


def eat(mib: int) -> int:
    return len(bytearray(mib << 20))


def burn(_argument: object) -> None:
    while True:
        pass


def unsendable(_argument: object) -> object:
    return lambda: None


def leave(code: int) -> None:
    os._exit(code)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


HERE = "test_workers"


def test_a_task_is_done_in_another_process(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:process_id", None, 20.0)
    assert workers.free() == 1
    value = wait(workers)["a"]
    assert isinstance(value, int)
    assert value != os.getpid()
    assert workers.free() == 2


def test_a_task_that_ends_its_process_is_something_that_may_pass(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:leave", 3, 20.0)
    workers.submit("b", f"{HERE}:process_id", None, 20.0)
    values = wait(workers, 2)
    assert isinstance(values["a"], Broken)
    assert values["a"].may_pass
    assert "the worker died (3)" in values["a"].message
    assert isinstance(values["b"], int), "the other was not harmed"


def test_a_task_that_hangs_is_killed_at_its_time_limit(workers: LocalWorkers) -> None:
    began = time.monotonic()
    workers.submit("a", f"{HERE}:sleep", 60.0, 0.5)
    value = wait(workers)["a"]
    assert time.monotonic() - began < 5
    assert isinstance(value, Broken)
    assert value.may_pass
    assert "time limit" in value.message


def test_a_task_may_not_use_all_the_memory(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:eat", 4096, 20.0)
    value = wait(workers)["a"]
    assert isinstance(value, Broken)
    assert "MemoryError" in value.message
    workers.submit("a", f"{HERE}:eat", 10, 20.0)
    assert wait(workers)["a"] == 10 << 20


def test_a_result_that_cannot_be_sent_is_a_broken_task(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:unsendable", None, 20.0)
    assert isinstance(wait(workers)["a"], Broken)


def test_a_function_that_is_not_there_is_a_broken_task(workers: LocalWorkers) -> None:
    workers.submit("a", "no_such_module:run", None, 20.0)
    value = wait(workers)["a"]
    assert isinstance(value, Broken)
    assert value.error_class == "ModuleNotFoundError"
    assert "Traceback" in value.traceback


def test_jobs_with_real_workers_harm_nobody_when_they_crash_or_hang(
    open_studio: Callable[..., Studio], workers: LocalWorkers
) -> None:
    """A worker that exits, is killed or stumbles on a bug costs attempts of its own job; the fifth goes its way."""
    studio = open_studio(workers=workers, retry=RetryPolicy(2, 0.001, 0.001))
    studio.order("exits", read="exit")
    studio.order("killed", read="killed 1")
    studio.order("bug", read="bug")
    studio.order("good")
    wanted = {"exits": FAILED, "killed": REVIEW, "bug": FAILED, "good": REVIEW}
    until = time.monotonic() + 30
    while {name: studio.stage(name) for name in wanted} != wanted:
        assert time.monotonic() < until, {name: studio.stage(name) for name in wanted}
        studio.turn()
        studio.clock.seconds += 0.01
        time.sleep(0.005)
    failure = studio.record("exits").failure
    assert failure is not None
    assert (failure.error_class, failure.attempts) == ("ToolError", 2)
    assert "worker died (7)" in failure.message
    assert studio.runs("killed").count("read") == 2
    bug = studio.record("bug").failure
    assert bug is not None
    assert (bug.error_class, bug.attempts) == ("ValueError", 1)
    assert "nobody thought of this" in (studio.place("bug") / bug.log).read_text()


def test_a_step_that_hangs_is_tried_again(open_studio: Callable[..., Studio], workers: LocalWorkers) -> None:
    """The time limit of the toy's steps is short enough only here."""
    studio = open_studio()
    place = studio.order("J1", read="hang")
    order = Order(str(place), "read", "toy_line:read", "f", {})
    workers.submit("J1", "hotfolderd.work:perform", order, 0.5)
    value = wait(workers)["J1"]
    assert isinstance(value, Broken)
    assert value.may_pass
    (place / "assets" / "read.fault").unlink()
    workers.submit("J1", "hotfolderd.work:perform", order, 20.0)
    assert isinstance(wait(workers)["J1"], Done), "what the killed worker left behind is in nobody's way"


def test_stopping_does_not_wait_for_a_task_that_hangs() -> None:
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None)
    workers.submit("a", f"{HERE}:sleep", 60.0, 120.0)
    time.sleep(0.3)
    began = time.monotonic()
    workers.stop(0.2)
    assert time.monotonic() - began < 10


def test_the_daemon_is_woken_when_a_task_has_ended() -> None:
    woken: list[float] = []
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: woken.append(time.monotonic()))
    workers.submit("a", f"{HERE}:process_id", None, 20.0)
    wait(workers)
    workers.stop(1.0)
    assert woken


# perform: a step in any process --------------------------------------------------------------------------------------


def order(job: Path, run: str = "toy_line:read", step: str = "read") -> Order:
    return Order(str(job), step, run, "f", {})


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "letter.txt").write_text("one two")
    return tmp_path


def test_a_step_leaves_its_files_or_nothing(job: Path) -> None:
    assert isinstance(perform(order(job)), Done)
    work = job / ".job" / "work"
    assert sorted(p.name for p in (work / "read").iterdir()) == ["done.json", "words.json"]
    (job / "assets" / "read.fault").write_text("bug")
    broken = perform(order(job))
    assert isinstance(broken, Broken)
    assert [p.name for p in work.iterdir()] == ["read"], "what lay there before is still there, nothing else"


@pytest.mark.parametrize(
    ("fault", "error_class", "may_pass"),
    [("JobError", "JobError", False), ("ToolError", "ToolError", True), ("bug", "ValueError", False)],
)
def test_the_class_of_a_fault_is_kept(job: Path, fault: str, error_class: str, may_pass: bool) -> None:
    (job / "assets" / "read.fault").write_text(fault)
    broken = perform(order(job))
    assert isinstance(broken, Broken)
    assert (broken.error_class, broken.may_pass) == (error_class, may_pass)
    assert "Traceback" in broken.traceback


def test_a_missing_file_is_a_fault_of_the_machine(job: Path) -> None:
    (job / "assets" / "letter.txt").unlink()
    broken = perform(order(job))
    assert isinstance(broken, Broken)
    assert broken.may_pass
    assert "letter.txt" in broken.message


def test_nothing_grows_where_a_job_folder_was(tmp_path: Path) -> None:
    broken = perform(order(tmp_path / "gone"))
    assert isinstance(broken, Broken)
    assert broken.may_pass
    assert list(tmp_path.iterdir()) == []
