"""What a failure costs: attempts counted before they begin, steps that are left alone, faults of the machine."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable

import pytest
from studio import START, Studio, WorkersHere

from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.engine.workers import Finished
from hotfolderd.pipeline import FAILED, ON_HOLD, PROCESSING, REVIEW
from hotfolderd.records import Job
from hotfolderd.work import STOPPED, Broken

# what counts as an attempt ----------------------------------------------------------------------------------------


def begin(studio: Studio, job: str, step: str) -> None:
    """Turn until a worker has the step of a job in hand and has not come back."""
    for _ in range(40):
        studio.reconciler.round()
        seat = studio.reconciler.seats.of(job)
        if seat is not None and seat.running is not None and seat.running.name == step:
            return
        studio.reconciler.collect(studio.workers.finished())
    raise AssertionError(f"{step} of {job} was not begun")


def told(studio: Studio) -> list[tuple[str, str, str]]:
    """Have what people are told of a step and of the machine listed from now on."""
    said: list[tuple[str, str, str]] = []

    def tell(event: str, job: Job | None, title: str, body: str = "", *, once: str = "") -> None:
        said.append((event, title, body))

    studio.reconciler._dispatch._failures._tell = tell
    return said


def test_an_attempt_is_on_the_disk_before_it_begins(studio: Studio) -> None:
    studio.order("J1")
    begin(studio, "J1", "read")
    assert studio.record("J1").attempts == 1
    studio.work()
    assert studio.record("J1").attempts == 0


def test_a_step_that_ends_the_daemon_each_time_fails_its_job_after_nine_attempts(studio: Studio) -> None:
    """Later than one that fails by itself: a daemon may be ended three times in one step for no reason of the job's."""
    studio.order("J1")
    for attempt in range(1, 10):
        begin(studio, "J1", "read")
        assert studio.record("J1").attempts == attempt
        studio.restart()  # as after kill -9: nothing was noted
    studio.work()
    assert studio.stage("J1") == FAILED
    assert studio.runs("J1") == ["identify"], "the step is not begun a tenth time"
    failure = studio.record("J1").failure
    assert failure is not None
    assert (failure.step, failure.attempts, failure.error_class) == ("read", 9, "ToolError")
    assert "hotfolderd or the machine ended" in failure.message
    assert "9 times" in failure.message
    studio.control("J1", action="retry")
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_crashes_and_faults_of_one_step_are_counted_together(studio: Studio) -> None:
    studio.order("J1", read="ToolError")
    begin(studio, "J1", "read")
    studio.restart()
    studio.work(patience_s=300)
    failure = studio.record("J1").failure
    assert failure is not None
    assert (failure.attempts, studio.runs("J1").count("read")) == (3, 2)


def test_jobs_that_were_in_hand_when_the_daemon_died_are_not_blamed_for_another(studio: Studio) -> None:
    """After a crash each job that was in hand works alone, so that only the one that kills uses up its attempts."""
    for name in ("A", "B", "killer", "C"):
        studio.order(name)
    studio.order("late")
    deaths = 0
    for _ in range(200):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 3.0)
        seat = studio.reconciler.seats.of("killer")
        if seat is not None and seat.running is not None and seat.running.name == "read":
            if deaths:
                assert studio.reconciler.running() == 1, "a suspect works alone"
            deaths += 1
            studio.restart()
    assert deaths == 9
    assert studio.stage("killer") == FAILED
    for name in ("A", "B", "C", "late"):
        assert studio.stage(name) == REVIEW, name
        assert studio.runs(name).count("read") <= 2


def test_a_step_that_was_ended_with_the_daemon_costs_no_attempt(studio: Studio) -> None:
    studio.order("J1")
    for _ in range(5):
        begin(studio, "J1", "read")
        studio.reconciler.drain()
        studio.reconciler.collect([Finished("J1", Broken("read", STOPPED, "ended with the daemon", ""))])
        assert studio.record("J1").attempts == 0
        studio.restart()
    studio.work()
    assert studio.stage("J1") == REVIEW
    assert "retry_scheduled" not in studio.actions("J1")


# a step that fails for every job, and a machine that fails ---------------------------------------------------------


def test_a_step_that_fails_for_every_job_is_left_alone_and_goes_on_when_it_works(
    open_studio: Callable[..., Studio],
) -> None:
    studio = open_studio(retry=RetryPolicy(3, 1.0, 60.0))
    said = told(studio)
    names = [f"J{number}" for number in range(8)]
    for name in names:
        studio.order(name, read="ToolError")
    for _ in range(30):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 1.0)
    begun = {name: studio.runs(name).count("read") for name in names}
    assert 3 <= sum(begun.values()) <= 6, "those that were at work when it opened, and no more"
    assert [event for event, _, _ in said] == ["step_stuck"]
    assert said[0][1] == "read: fails for every job"
    assert "press: is jammed" in said[0][2]
    waiting = [name for name in names if begun[name] == 0]
    assert waiting
    for name in waiting:
        assert "Waiting: read fails for every job: press: is jammed" in studio.status(name)["doing"]
        assert studio.record(name).attempts == 0
        assert studio.record(name).retry_at is None
    due = studio.turn()
    assert due is not None, "the daemon looks again by itself"
    assert 0 < due <= 60

    for name in names:
        (studio.place(name) / "assets" / "read.fault").unlink()
    studio.clock.seconds += 61
    while "step_works_again" not in [event for event, _, _ in said]:
        at_read = [seat for seat in studio.reconciler.seats if seat.running and seat.running.name == "read"]
        assert len(at_read) <= 1, "one job tries"
        studio.turn()
        studio.clock.seconds += 0.1
        assert studio.clock() < START + 200
    studio.work(patience_s=100)
    assert [studio.stage(name) for name in names] == [REVIEW] * 8
    assert [event for event, _, _ in said] == ["step_stuck", "step_works_again"]


def test_trials_are_spread_over_the_jobs_and_each_pause_is_longer(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(retry=RetryPolicy(3, 1.0, 60.0))
    for name in "ABCDEF":
        studio.order(name, read="ToolError", priority="high" if name == "A" else "medium")
    trials: list[float] = []
    before = 0
    for _ in range(2000):
        due = studio.turn()
        now = sum(studio.runs(name).count("read") for name in "ABCDEF")
        if now > before:
            before = now
            trials.append(studio.clock())
        if studio.clock() - trials[0] > 1500 if trials else False:
            break
        studio.clock.seconds += min(due or 0.1, 5.0) + 0.001
    assert [studio.stage(name) for name in "ABCDEF"] == [PROCESSING] * 6, "no job was sacrificed"
    pauses = [later - earlier for earlier, later in itertools.pairwise(trials)][-3:]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 1.5 * pauses[0]


def test_bad_jobs_that_hold_a_step_up_do_not_hold_a_good_one_up_for_long(
    open_studio: Callable[..., Studio],
) -> None:
    studio = open_studio(retry=RetryPolicy(3, 1.0, 60.0), workers=WorkersHere(1))
    studio.order("bad1", read="ToolError", priority="high")
    studio.order("bad2", read="ToolError", priority="high")
    studio.order("good")
    began = studio.clock()
    while studio.stage("good") != REVIEW:
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 5.0)
        assert studio.clock() - began < 200
    studio.work(patience_s=4000)
    assert (studio.stage("bad1"), studio.stage("bad2")) == (FAILED, FAILED)


@pytest.mark.parametrize("noticed", [False, True])
def test_a_trial_whose_job_is_taken_away_leaves_room_for_another(
    open_studio: Callable[..., Studio], noticed: bool
) -> None:
    studio = open_studio(retry=RetryPolicy(3, 1.0, 60.0))
    for name in "ABCD":
        studio.order(name, read="ToolError 1")
    for _ in range(30):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.0, 1.0)
    studio.clock.seconds += 61
    studio.reconciler.round()
    (trial,) = [seat for seat in studio.reconciler.seats if seat.running is not None]
    studio.drag(trial.job.job, ON_HOLD)
    if noticed:  # before the worker comes back
        studio.reconciler.round()
    studio.work(patience_s=400)
    others = [name for name in "ABCD" if name != trial.job.job]
    assert [studio.stage(name) for name in others] == [REVIEW] * 3


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE])
def test_a_fault_of_the_machine_is_no_attempt_of_any_job(studio: Studio, code: int) -> None:
    said = told(studio)
    studio.order("J1", read=f"errno-{code} 9")
    studio.order("J2", read=f"errno-{code} 9")
    waits: list[float] = []
    for _ in range(4000):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.1, 20.0)
        job = studio.record("J1")
        if job.retry_at and job.retry_at - studio.clock() > 19 and "machine" in studio.status("J1")["doing"]:
            waits.append(job.retry_at)
            assert job.attempts == 0
        if all(studio.stage(name) == REVIEW for name in ("J1", "J2")):
            break
    assert (studio.stage("J1"), studio.stage("J2")) == (REVIEW, REVIEW)
    assert studio.runs("J1").count("read") == 10
    assert [event for event, _, _ in said if event.startswith("machine")] == ["machine_fault", "machine_well"]
    assert waits, "it waits with a time on the disk"


def test_a_second_full_disk_is_told_again_though_a_job_was_taken_away_meanwhile(studio: Studio) -> None:
    said = told(studio)
    studio.order("J1", read=f"errno-{errno.ENOSPC}")
    for _ in range(5):
        studio.turn()
    assert "Waiting for the machine" in studio.status("J1")["doing"]
    assert "No space left" in studio.status("J1")["doing"]
    studio.control("J1", action="cancel")
    studio.work()
    studio.order("J2", read=f"errno-{errno.ENOSPC}")
    for _ in range(5):
        studio.turn()
    assert [event for event, _, _ in said] == ["machine_fault", "machine_fault"]


def test_workers_that_cannot_be_started_cost_no_attempt(studio: Studio) -> None:
    class NoWorkers(WorkersHere):
        def submit(self, *_task: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    studio.order("J1")
    studio.restart(workers=NoWorkers())
    for _ in range(60):
        due = studio.turn()
        studio.clock.seconds += min(due or 0.1, 50.0)
    job = studio.record("J1")
    assert (studio.stage("J1"), job.attempts) == (PROCESSING, 0)
    assert "no worker process can be started: No space left" in job.doing
    studio.restart(workers=WorkersHere())
    studio.work(patience_s=300)
    assert studio.stage("J1") == REVIEW


# what a failure says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error_class", "advice"),
    [
        ("JobError", "JobError", "in assets/"),
        ("ToolError", "ToolError", "on this machine"),
        ("bug", "ValueError", "fault of hotfolderd"),
        ("memory", "MemoryError", "workers.memory_mib"),
    ],
)
def test_each_class_of_failure_says_what_to_do_and_keeps_its_log(
    studio: Studio, fault: str, error_class: str, advice: str
) -> None:
    place = studio.order("J1", read=fault)
    studio.work(patience_s=300)
    status = studio.status("J1")["failure"]
    assert (status["step"], status["error_class"]) == ("read", error_class)
    assert advice in status["what_to_do"]
    assert "hotfolderd retry J1" in status["what_to_do"]
    assert status["attempts"] == studio.runs("J1").count("read")
    log = (studio.place("J1") / status["log"]).read_text()
    assert status["message"] in log
    assert "Traceback" in log
    assert "config.yaml" not in log
    studio.restart()
    studio.turn()
    assert studio.status("J1")["failure"] == status, "a restart changes nothing"
    assert studio.stage("J1") == FAILED
    assert not place.exists()


def test_a_failure_with_a_hostile_text_is_kept_readable(studio: Studio) -> None:
    """Names of files come from strangers: control characters, broken encodings, megabytes."""
    hostile = "x" * 3_000_000 + "\x1b[2J\x07 \udcff \u202e"
    studio.order("J1")
    begin(studio, "J1", "read")
    studio.reconciler.collect([Finished("J1", Broken("read", "JobError", hostile, hostile))])
    studio.work()
    assert studio.stage("J1") == FAILED
    status = (studio.place("J1") / "status.yaml").read_bytes()
    log = (studio.place("J1") / ".job" / "read.failed.txt").read_bytes()
    assert len(status) < 20_000
    assert len(log) < 400_000
    for text in (status, log):
        assert b"\x1b" not in text
        text.decode("utf-8")


# fair order -------------------------------------------------------------------------------------------------------


def test_fifty_ready_jobs_are_begun_by_priority_then_by_age_and_few_at_once(
    open_studio: Callable[..., Studio],
) -> None:
    workers = WorkersHere(10)
    studio = open_studio(max_jobs=3, workers=workers)
    levels = ["low", "high", "medium"]
    wanted: dict[str, list[str]] = {level: [] for level in levels}
    for number in range(50):
        level = levels[number % 3]
        studio.order(f"J{49 - number:02d}", priority=level)
        studio.clock.seconds += 1
        wanted[level].append(f"J{49 - number:02d}")
    most = 0
    while not all(studio.stage(name) == REVIEW for names in wanted.values() for name in names):
        studio.reconciler.round()
        most = max(most, studio.reconciler.running())
        studio.reconciler.collect(workers.finished())
    assert most == 3
    assert list(dict.fromkeys(workers.begun)) == [
        *wanted["high"], *wanted["medium"], *wanted["low"],
    ]  # fmt: skip
