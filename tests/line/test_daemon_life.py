"""The life of the daemon: one at a time, ended cleanly, killed without loss."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from house import House

from hotfolderd.demo.batch import make_small_batch


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_second_daemon_on_the_same_root_is_refused(house: House) -> None:
    """It names the first, exits 2 and touches nothing."""
    with house:
        house.wait_for(".hotfolderd/health.json")
        second = house.command("run", "--until-idle")
        assert second.returncode == 2
        assert "another daemon works on this root" in second.stderr
        assert house.process is not None
        assert str(house.process.pid) in second.stderr


def test_sigterm_ends_the_daemon_and_all_its_processes_and_harms_no_job(house: House) -> None:
    """Exit 0 in the midst of the work, no worker left behind; what was half done is done after the next start."""
    house.settings["shutdown_grace_s"] = 0.0
    make_small_batch(house.inbox, 4)
    house.start()
    house.wait_for("2-review/TINY0001/review.yaml")
    assert house.process is not None
    family = psutil.Process(house.process.pid).children(recursive=True)
    assert family, "the daemon works in processes of its own"
    assert house.stop() == 0
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    names = [f"TINY{number:04d}" for number in range(1, 5)]
    assert [name for name in names if house.where(name) not in ("1-processing", "2-review")] == []
    with house:
        for name in names:
            house.wait_for(f"2-review/{name}/review.yaml")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_daemon_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(house: House, seed: int) -> None:
    """kill -9 at random moments, from the intake to the delivery: every job is delivered once, whole."""
    chance = random.Random(seed)
    make_small_batch(house.inbox, 4)
    names = [f"TINY{number:04d}" for number in range(1, 5)]
    end = time.monotonic() + 240
    kills = 0
    while time.monotonic() < end:
        house.start()
        if kills < 12:
            time.sleep(chance.uniform(0.6, 2.6))
            assert house.process is not None
            house.process.kill()
            house.process.wait()
            kills += 1
        else:
            house.wait_until(lambda: house.approve_all(names), "all deliveries", within_s=120)
            house.stop()
            break
        house.approve_all(names)
    assert [house.where(name) for name in names] == ["7-completed"] * 4
    for name in names:
        assert len(list(house.root.glob(f"*/{name}"))) == 1
        assert len(list(house.root.glob(f"deployed/*/*/{name}*"))) == 1
        manifest = json.loads(next(house.root.glob(f"deployed/*/*/{name}/manifest.json")).read_text())
        assert [one["decision"] for one in manifest["decisions"]] == ["approve", "approve"]
        assert not list((house.folder(name) / ".job/work").glob("*.new")), "half-done work was left"
    assert list((house.root / ".hotfolderd/intake").iterdir()) == []


def test_a_folder_dragged_along_the_line_counts_as_the_decision_that_leads_there(house: House) -> None:
    """2 → 3 is an approval; 1 → 5 is put back and told."""
    with house:
        make_small_batch(house.inbox, 2)
        for job in ("TINY0001", "TINY0002"):
            house.wait_for(f"2-review/{job}/review.yaml")
        (house.root / "2-review/TINY0001").rename(house.root / "3-validation/TINY0001")
        house.wait_for("6-approval/TINY0001/approval.yaml")
        (house.root / "2-review/TINY0002").rename(house.root / "5-generation/TINY0002")
        house.told("put back to 2-review")
        assert house.where("TINY0002") == "2-review"
        assert (house.root / "2-review/TINY0002/review.yaml").exists()


def test_a_manual_batch_starts_when_it_is_told_to_and_so_many_jobs_at_a_time(house: House) -> None:
    """start: manual waits for `hotfolderd start`; max_jobs limits each start."""
    make_small_batch(house.inbox, 3)
    (house.inbox / "tiny.batch.yaml").write_text("start: manual\nmax_jobs: 2\n")
    house.run_until_idle()
    batch = next(house.root.glob("batches/BATCH*"))
    assert "status: validated" in (batch / "batch.yaml").read_text()
    assert list(house.root.glob("*/TINY*")) == []
    for jobs in (2, 3):
        started = house.command("start", batch.name)
        assert started.returncode == 0, started.stderr
        with house:
            house.wait_until(lambda jobs=jobs: len(list(house.root.glob("2-review/TINY*"))) == jobs, f"{jobs} jobs")
    assert house.command("start", batch.name).returncode == 4
    assert house.command("start", "BATCH_1").returncode == 3
    assert not (house.inbox / "tiny.csv").exists()
    assert (batch / "tiny.csv").exists()


def test_the_daemon_stops_at_once_when_nothing_runs(house: House) -> None:
    """SIGINT is as good as SIGTERM."""
    house.start()
    house.wait_for(".hotfolderd/health.json")
    began = time.monotonic()
    assert house.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 15
