"""Real worker processes: what crashes or hangs in one costs one attempt of one job."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pebble import CONSTS
from studio import Studio

from hotfolderd.engine import workers as engine_workers
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.workers import Finished, LocalWorkers, WorkerLimits
from hotfolderd.guard import Allowance
from hotfolderd.pipeline import FAILED, REVIEW
from hotfolderd.work import STOPPED, Broken, Done, Order, perform


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalWorkers]:
    """One pool for all tests of this module: starting it is what takes time."""
    pool = LocalWorkers(WorkerLimits(processes=2, each=Allowance(memory_mib=2048)), lambda: None)
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
    assert workers.busy() == 1
    value = wait(workers)["a"]
    assert isinstance(value, int)
    assert value != os.getpid()
    assert workers.busy() == 0
    assert workers.free() >= 2


def test_one_more_is_taken_as_long_as_tasks_are_brief_and_no_longer() -> None:
    """So that a worker finds its next task; but none waits behind a long one, where nobody could call it back."""
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None, patience_s=0.5)
    try:
        assert workers.free() == 1, "nothing is known yet"
        until = time.monotonic() + 60
        while workers.free() == 1:
            assert time.monotonic() < until, "the last ones were brief"
            workers.submit("brief", f"{HERE}:process_id", None, 20.0)
            wait(workers)
        assert workers.free() == 2
        workers.submit("long", f"{HERE}:sleep", 2.0, 20.0)
        assert (workers.free(), workers.busy()) == (1, 1)
        workers.submit("behind", f"{HERE}:process_id", None, 20.0)
        assert (workers.free(), workers.busy()) == (0, 1)
        behind = wait(workers, 2)["behind"]
        assert isinstance(behind, int), "it is not lost, although it waited for longer than the patience"
        assert workers.free() == 1, "the last ones were not brief"
        workers.submit("long", f"{HERE}:sleep", 1.5, 20.0)
        time.sleep(1.1)
        assert workers.free() == 0
        assert "long" in wait(workers)
    finally:
        workers.stop(1.0)


def test_a_task_that_waited_behind_a_long_one_has_its_whole_time_from_when_it_began() -> None:
    """Its limit and the patience are over before it begins; nothing is lost, so the pool goes on."""
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None, patience_s=3.0)
    try:
        workers.submit("long", f"{HERE}:sleep", 5.0, 30.0)
        workers.submit("behind", f"{HERE}:sleep", 0.5, 1.0)
        assert wait(workers, 2, 40.0) == {"long": None, "behind": None}
    finally:
        workers.stop(1.0)


def test_workers_that_rest_are_ended_and_are_there_again_for_the_next_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a process nor a thread of them is left; and the next task does not make them rest at once."""
    before, threads = children(), threading.active_count()
    workers = LocalWorkers(WorkerLimits(processes=2), lambda: None)
    try:
        assert len(children() - before) == 2
        monkeypatch.setitem(engine_workers._REST_AFTER_S, workers._context.get_start_method(), 0.0)
        workers.finished()
        assert children() <= before
        assert threading.active_count() == threads
        assert workers.free() == 2
        monkeypatch.setitem(engine_workers._REST_AFTER_S, workers._context.get_start_method(), 60.0)
        workers._worked_at -= 3600.0
        first = None
        for _ in range(2):
            workers.submit("quick", f"{HERE}:process_id", None, 10.0)
            until = time.monotonic() + 20.0
            while not workers._tasks["quick"].future.done():
                assert time.monotonic() < until
                time.sleep(0.01)
            (done,) = workers.finished()
            assert isinstance(done.value, int)
            assert done.value in children()
            first = first or children()
            assert children() == first
        workers._worked_at -= 3600.0
        workers.finished()
        assert children() <= before
    finally:
        workers.stop(1.0)
    assert workers.finished() == []


def test_workers_are_looked_after_often_only_while_they_work() -> None:
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None)
    try:
        workers.submit("quick", f"{HERE}:process_id", None, 10.0)
        assert CONSTS.sleep_unit < 0.5
        wait(workers)
        assert CONSTS.sleep_unit == 0.5
    finally:
        workers.stop(1.0)


def test_a_task_that_ends_its_process_is_something_that_may_pass(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:leave", 3, 20.0)
    workers.submit("b", f"{HERE}:process_id", None, 20.0)
    values = wait(workers, 2)
    assert isinstance(values["a"], Broken)
    assert values["a"].may_pass
    assert "the worker process died (exit code 3)" in values["a"].message
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
    assert "worker process died (exit code 7)" in failure.message
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


# when the processes themselves die ----------------------------------------------------------------------------------


def kill_yourself(_argument: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(_argument: object) -> None:
    ctypes.string_at(0)


def leave_politely(_argument: object) -> None:
    sys.exit(3)


class Bomb:
    """Is pickled well and cannot be unpickled."""

    def __reduce__(self) -> tuple[object, tuple[int, int]]:
        return divmod, (1, 0)


def bomb(_argument: object) -> Bomb:
    return Bomb()


class StrangeError(Exception):
    """An exception that cannot be made again from its arguments, as some of foreign libraries are."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def strange(_argument: object) -> None:
    raise StrangeError("what ", "is this")


def huge(mib: int) -> bytes:
    return bytes(mib << 20)


def children() -> set[int]:
    """All processes below this one but the servers of multiprocessing, which end with it."""
    found = psutil.Process().children(recursive=True)
    servers = {one.pid for one in psutil.Process().children()}
    return {one.pid for one in found if one.pid not in servers and one.status() != psutil.STATUS_ZOMBIE}


def fork_server() -> psutil.Process:
    children = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    (found,) = [one for one in children if "forkserver" in " ".join(one.cmdline())]
    return found


def works(workers: LocalWorkers, key: str = "again") -> bool:
    workers.submit(key, f"{HERE}:process_id", None, 20.0)
    return isinstance(wait(workers)[key], int)


@pytest.mark.parametrize(
    ("task", "ending"), [("kill_yourself", "SIGKILL, often of too little"), ("segfault", "SIGSEGV")]
)
def test_the_signal_that_ended_a_worker_is_named(workers: LocalWorkers, task: str, ending: str) -> None:
    workers.submit("a", f"{HERE}:{task}", None, 20.0)
    value = wait(workers)["a"]
    assert isinstance(value, Broken)
    assert value.error_class == "ToolError"
    assert ending in value.message
    assert works(workers)


@pytest.mark.parametrize(
    ("task", "error_class", "words"),
    [
        ("bomb", "ZeroDivisionError", "by zero"),
        ("strange", "StrangeError", "what is this"),
        ("leave_politely", "SystemExit", "3"),
    ],
)
def test_what_a_worker_sends_cannot_harm_the_daemon(
    workers: LocalWorkers, task: str, error_class: str, words: str
) -> None:
    workers.submit("a", f"{HERE}:{task}", None, 20.0)
    value = wait(workers)["a"]
    assert isinstance(value, Broken)
    assert (value.error_class, value.may_pass) == (error_class, False)
    assert words in value.message
    assert works(workers)


def test_a_huge_result_is_refused_by_the_worker_and_a_large_one_is_taken(workers: LocalWorkers) -> None:
    workers.submit("a", f"{HERE}:huge", 200, 30.0)
    workers.submit("b", f"{HERE}:huge", 30, 30.0)
    values = wait(workers, 2)
    assert isinstance(values["a"], Broken)
    assert "200 MiB" in values["a"].message
    assert values["b"] == bytes(30 << 20)


def test_a_worker_is_renewed_after_some_tasks() -> None:
    workers = LocalWorkers(WorkerLimits(processes=1, tasks_each=2), lambda: None)
    seen = []
    for _ in range(6):
        workers.submit("a", f"{HERE}:process_id", None, 20.0)
        seen.append(wait(workers)["a"])
    workers.stop(1.0)
    assert [seen.count(pid) for pid in dict.fromkeys(seen)] == [2, 2, 2]


def test_a_worker_killed_from_outside_while_idle_is_replaced(workers: LocalWorkers) -> None:
    assert works(workers)
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    workers.submit("a", f"{HERE}:process_id", None, 20.0)
    value = wait(workers)["a"]
    assert isinstance(value, int) or value.may_pass
    assert works(workers)


@pytest.mark.skipif(sys.platform != "linux", reason="only there workers are forked by a server")
@pytest.mark.parametrize("busy", [False, True])
def test_a_fork_server_that_dies_is_replaced_and_its_tasks_are_tried_again(busy: bool) -> None:
    workers = LocalWorkers(WorkerLimits(processes=2), lambda: None)
    assert works(workers)
    if busy:
        workers.submit("a", f"{HERE}:sleep", 60.0, 120.0)
        until = time.monotonic() + 20
        while not any(task.future.running() for task in workers._tasks.values()):
            assert time.monotonic() < until
            time.sleep(0.01)
    fork_server().kill()
    if busy:
        value = wait(workers, patience_s=40.0)["a"]
        assert isinstance(value, Broken)
        assert value.error_class == "ToolError"
    until = time.monotonic() + 40
    while True:  # the pool notices a moment later
        assert time.monotonic() < until
        with contextlib.suppress(OSError):
            workers.submit("b", f"{HERE}:process_id", None, 20.0)
            if isinstance(wait(workers)["b"], int):
                break
    workers.stop(1.0)


def test_stopping_leaves_no_process_and_says_what_was_ended() -> None:
    before = children()
    workers = LocalWorkers(WorkerLimits(processes=2), lambda: None)
    workers.submit("hangs", f"{HERE}:sleep", 60.0, 120.0)
    workers.submit("ends", f"{HERE}:process_id", None, 20.0)
    until = time.monotonic() + 20
    while not workers._tasks["ends"].future.done():
        assert time.monotonic() < until
        time.sleep(0.01)
    workers.stop(0.5)
    values = wait(workers, 2)
    assert isinstance(values["ends"], int)
    assert values["hangs"].error_class == STOPPED
    assert children() <= before
    assert workers.finished() == []


def test_a_worker_that_the_system_ends_while_stopping_is_no_failure() -> None:
    """systemd and Ctrl-C send their signal to every process of the daemon."""
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None)
    workers.submit("a", f"{HERE}:sleep", 60.0, 120.0)
    until = time.monotonic() + 20
    while not workers._tasks["a"].future.running():
        assert time.monotonic() < until
        time.sleep(0.01)
    timer = threading.Timer(0.3, lambda: [os.kill(pid, signal.SIGTERM) for pid in children()])
    timer.start()
    workers.stop(10.0)
    timer.join()
    assert wait(workers)["a"].error_class == STOPPED


def test_a_task_that_no_worker_can_take_is_given_up_and_the_pool_is_made_anew() -> None:
    """A process that is killed while it holds the lock of the pool keeps all others from their work for ever."""
    workers = LocalWorkers(WorkerLimits(processes=1), lambda: None, patience_s=60.0)
    assert works(workers)
    workers._patience_s = 1.0
    assert workers._pool is not None
    assert workers._pool._pool_manager.worker_manager.workers_channel.mutex.acquire(timeout=10)
    workers.submit("a", f"{HERE}:process_id", None, 20.0)
    value = wait(workers, patience_s=40.0)["a"]
    assert isinstance(value, Broken)
    assert value.may_pass
    workers._patience_s = 60.0
    assert works(workers)
    workers.stop(1.0)


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs root for a /dev/shm of its own")
@pytest.mark.parametrize("when", ["at the start", "later"])
def test_a_full_dev_shm_is_said_clearly_and_loses_nothing(when: str, tmp_path: Path) -> None:
    script = tmp_path / "full.py"
    script.write_text(FULL)
    mounted = f"mount -t tmpfs -o size=64k none /dev/shm && exec {sys.executable} {script} '{when}'"
    argv = ["unshare", "-m", "sh", "-c", mounted]
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "works"


FULL = """
import contextlib, errno, os, sys, time
from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.errors import ConfigError
from test_workers import fork_server, wait

def fill():
    with contextlib.suppress(OSError), open("/dev/shm/filler", "wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))

def works(workers):
    workers.submit("a", "test_workers:process_id", None, 20.0)
    value = wait(workers)["a"]
    print(value)
    return isinstance(value, int)

if __name__ == "__main__":
    if sys.argv[1] == "at the start":
        fill()
        try:
            LocalWorkers(WorkerLimits(1), lambda: None)
            raise SystemExit("it should not start")
        except ConfigError as error:
            assert "No space left" in str(error), error
            assert "/dev/shm" in str(error), error
        os.remove("/dev/shm/filler")
        workers = LocalWorkers(WorkerLimits(1), lambda: None)
    else:
        workers = LocalWorkers(WorkerLimits(1), lambda: None)
        assert works(workers)
        fill()
        assert works(workers), "a pool that is at work needs no more room"
        fork_server().kill()
        until = time.monotonic() + 30
        done = False
        while not done:  # the new pool takes the room of the old one, or is refused and nothing is in hand
            assert time.monotonic() < until
            try:
                workers.submit("a", "test_workers:process_id", None, 20.0)
                done = isinstance(wait(workers)["a"], int)
            except OSError as error:
                assert error.errno in (errno.ENOSPC, errno.ENFILE), error
                assert workers.free() == 1
                done = error.errno == errno.ENOSPC
        os.remove("/dev/shm/filler")
        while not works(workers):  # that the server is dead is noticed a moment later
            assert time.monotonic() < until
    assert works(workers)
    workers.stop(1.0)
    print("works")
"""
