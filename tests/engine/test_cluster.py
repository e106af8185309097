"""Steps on a real dask cluster: what ends a worker, a scheduler or a step costs no job anything."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from dask_cluster import DaskCluster
from studio import Studio

from hotfolderd.engine.cluster import ClusterWorkers
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.guard import Allowance
from hotfolderd.pipeline import FAILED, REVIEW
from hotfolderd.root import Root, make_root
from hotfolderd.work import STOPPED, Broken, Done, Order

TOYS = str(Path(__file__).parent)
LIMITS = Allowance(memory_mib=2048)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path, PYTHONPATH=TOYS) as cluster:
        yield cluster


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "folders")


@pytest.fixture
def reach(cluster: DaskCluster) -> Iterator[Callable[..., ClusterWorkers]]:
    """The daemon's side of the cluster; left at the end."""
    made: list[ClusterWorkers] = []

    def reach(root: Root, **settings: Any) -> ClusterWorkers:
        made.append(ClusterWorkers(cluster.address, root, LIMITS, lambda: None, **settings))
        return made[-1]

    yield reach
    for workers in made:
        workers.stop(0.0)


def wait_until(holds: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)


def result(workers: ClusterWorkers, within_s: float = 60.0) -> Any:
    found: list[Any] = []
    wait_until(lambda: found.extend(workers.finished()) or found, "a result", within_s)
    assert len(found) == 1
    return found[0].value


def read(place: Path) -> Order:
    return Order(str(place), "read", "toy_line:read", "f", {})


def submit(workers: ClusterWorkers, place: Path, timeout_s: float = 60.0) -> None:
    wait_until(workers.free, "a free worker")
    workers.submit(place.name, "hotfolderd.work:perform", read(place), timeout_s)


def left_over(place: Path) -> list[Path]:
    return list((place / ".job" / "work").glob("*.new"))


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_step_whose_worker_is_killed_is_done_by_another_without_a_trace(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    """Killed with -9 amid the step: what it had begun ends with it, and its half-made files are gone."""
    place = studio.order("J1", read="hang 1")
    workers = reach(studio.root)
    first = cluster.add_worker("--no-nanny")
    submit(workers, place)
    wait_until(lambda: studio.runs("J1"), "the step to begin")
    doing = family(first)
    assert len(doing) >= 3, "the step is done in a process of its own"
    first.kill()
    wait_until(lambda: all(is_gone(one) for one in doing), "the end of all that the worker had begun")
    assert left_over(place), "it was killed amid its work"
    cluster.add_worker("--no-nanny")
    assert isinstance(result(workers), Done)
    assert studio.runs("J1") == ["read", "read"]
    assert left_over(place) == []


def test_a_scheduler_that_ends_costs_no_attempt_and_its_successor_is_found(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    place = studio.order("J1", read="hang 1")
    workers = reach(studio.root)
    cluster.add_worker("--no-nanny")
    submit(workers, place)
    wait_until(lambda: studio.runs("J1"), "the step to begin")
    assert cluster.scheduler is not None
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    lost = result(workers)
    assert isinstance(lost, Broken)
    assert lost.of_the_machine
    wait_until(lambda: not workers.free() and workers.note, "the loss to be noticed")
    assert "no scheduler answers" in workers.note
    with pytest.raises(ConnectionError):
        workers.submit("J1", "hotfolderd.work:perform", read(place), 60.0)
    cluster.start_scheduler()
    cluster.add_worker("--no-nanny")
    submit(workers, place)
    assert isinstance(result(workers), Done)
    assert workers.note == ""
    assert left_over(place) == []


def test_limits_of_time_and_memory_hold_on_the_other_machine_too(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    """With dask's nanny, whose workers may not start processes of their own accord."""
    cluster.add_worker()
    workers = reach(studio.root)
    hanging = studio.order("J1", read="hang")
    submit(workers, hanging, timeout_s=0.5)
    value = result(workers)
    assert isinstance(value, Broken)
    assert value.may_pass
    assert "time limit" in value.message
    dying = studio.order("J2", read="exit")
    submit(workers, dying)
    value = result(workers)
    assert isinstance(value, Broken)
    assert "exit code 7" in value.message


def test_a_worker_finds_the_root_where_its_machine_has_it(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers], tmp_path: Path
) -> None:
    """A machine that has something else there, or nothing, does nothing and says so; that is no attempt of a job."""
    place = studio.order("J1")
    workers = reach(studio.root)
    other = make_root(tmp_path / "other").path
    for wrong in (tmp_path / "nowhere", other):
        worker = cluster.add_worker("--no-nanny", HOTFOLDERD_ROOT=str(wrong))
        submit(workers, place)
        value = result(workers)
        assert isinstance(value, Broken)
        assert value.of_the_machine
        assert f"{wrong}: is not the daemon's root" in value.message
        worker.kill()
        wait_until(lambda: not workers.free(), "the loss of the worker")
    mounted = tmp_path / "mounted"
    mounted.symlink_to(studio.root.path)
    cluster.add_worker("--no-nanny", HOTFOLDERD_ROOT=str(mounted))
    submit(workers, place)
    assert isinstance(result(workers), Done)
    assert (place / ".job/work/read/words.json").exists()


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare for a mount")
def test_a_root_that_is_mounted_elsewhere_is_enough(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers], tmp_path: Path
) -> None:
    """The worker's machine has the share at another place, and at the daemon's path nothing at all."""
    place = studio.order("J1")
    mounted = tmp_path / "elsewhere"
    mounted.mkdir()
    workers = reach(studio.root)
    script = f'mount --bind "{studio.root.path}" "{mounted}" && mount -t tmpfs none "{studio.root.path}" && exec "$@"'
    cluster.add_worker(
        "--no-nanny", before=("unshare", "--mount", "sh", "-c", script, "sh"), HOTFOLDERD_ROOT=str(mounted)
    )
    submit(workers, place)
    assert isinstance(result(workers), Done)
    assert (place / ".job/work/read/words.json").exists()


def test_a_step_that_needs_a_machine_of_a_kind_waits_for_it(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    place = studio.order("J1")
    workers = reach(studio.root, needs={"read": "aftereffects"})
    cluster.add_worker("--no-nanny")
    submit(workers, place)
    time.sleep(1.5)
    assert workers.finished() == []
    assert studio.runs("J1") == []
    cluster.add_worker("--no-nanny", "--resources", "aftereffects=1")
    assert isinstance(result(workers), Done)


def test_what_the_cluster_never_brings_back_is_given_up(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    place = studio.order("J1")
    workers = reach(studio.root, needs={"read": "nobody-has-it"}, patience_s=1.0)
    cluster.add_worker("--no-nanny")
    submit(workers, place, timeout_s=0.5)
    value = result(workers)
    assert isinstance(value, Broken)
    assert "did not bring it back" in value.message
    assert workers.free() == 1


def test_stopping_gives_back_what_is_at_work_as_no_failure(
    studio: Studio, cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    place = studio.order("J1", read="hang")
    workers = reach(studio.root)
    cluster.add_worker("--no-nanny")
    submit(workers, place)
    wait_until(lambda: studio.runs("J1"), "the step to begin")
    began = time.monotonic()
    workers.stop(0.2)
    assert time.monotonic() - began < 15
    value = result(workers)
    assert isinstance(value, Broken)
    assert value.error_class == STOPPED


def test_jobs_travel_while_workers_die(
    open_studio: Callable[..., Studio], cluster: DaskCluster, reach: Callable[..., ClusterWorkers]
) -> None:
    """Each job comes to its review with every step done once in effect, though both workers are killed on the way."""
    studio = open_studio()
    workers = reach(studio.root)
    studio.restart(workers=workers, retry=RetryPolicy(3, 0.001, 0.001))
    for number in range(6):
        studio.order(f"J{number}", draw="hang 1")
    studio.order("broken", read="JobError")
    first = [cluster.add_worker("--no-nanny"), cluster.add_worker("--no-nanny")]
    wanted = {f"J{number}": REVIEW for number in range(6)} | {"broken": FAILED}

    def turn() -> bool:
        studio.turn()
        studio.clock.seconds += 0.01
        return {name: studio.stage(name) for name in wanted} == wanted

    for worker in first:
        wait_until(
            lambda: turn() or any(studio.runs(f"J{n}").count("draw") == 1 for n in range(6)), "a step that hangs"
        )
        worker.send_signal(signal.SIGKILL)
        cluster.add_worker("--no-nanny")
    for number in range(6):
        (studio.place(f"J{number}") / "assets" / "draw.fault").unlink()
    for worker in cluster.workers[2:]:  # whatever still hangs there ends
        worker.kill()
    cluster.add_worker("--no-nanny")
    cluster.add_worker("--no-nanny")
    wait_until(turn, "all jobs to reach their review", 90.0)
    for name in wanted:
        assert left_over(studio.place(name)) == []
    assert all(studio.record(f"J{number}").attempts == 0 for number in range(6))
