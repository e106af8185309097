"""What whoever runs the line does from the command line, with the real daemon at work on the root."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from house import House

from hotfolderd.demo.batch import make_small_batch


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def done(house: House, *words: str) -> str:
    """Call a command that must succeed."""
    found = house.command(*words)
    assert found.returncode == 0, f"{words}: {found.stdout}{found.stderr}"
    return found.stdout


def batch_of(house: House) -> dict[str, Any]:
    (name,) = [path.name for path in (house.root / "batches").iterdir() if path.is_dir()]
    content: dict[str, Any] = json.loads(done(house, "batch", name, "--json"))
    return content


def drained(manager: socket.socket) -> list[bytes]:
    """What the service manager was told and has not yet heard."""
    words = []
    manager.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            words.append(manager.recv(999))
    return words


def test_jobs_are_held_hurried_cancelled_archived_and_brought_back_by_command(house: House) -> None:
    """And the batch is said to be processing, partially complete, and never complete without all its jobs."""
    make_small_batch(house.inbox, 3)
    with house:
        for number in (1, 2, 3):
            house.wait_for(f"2-review/TINY000{number}/review.yaml")
        assert batch_of(house)["status"] == "processing"
        done(house, "hold", "TINY0001", "--reason", "the client is away")
        done(house, "priority", "TINY0003", "high", "--by", "anna")
        done(house, "cancel", "TINY0002")
        house.wait_for("on-hold/TINY0001/status.yaml")
        house.wait_for("archive/TINY0002/status.yaml")
        house.wait_until(lambda: house.status("TINY0003")["priority"] == "high", "the priority")
        first = json.loads(done(house, "next", "--json"))["next"][0]
        assert (first["job"], Path(first["file"])) == ("TINY0003", house.root / "2-review/TINY0003/review.yaml")
        assert house.command("unarchive", "TINY0002").returncode == 4  # a cancelled one stays
        assert house.command("resume", "TINY0003").returncode == 4
        done(house, "resume", "TINY0001")
        house.wait_for("2-review/TINY0001/review.yaml")

        watching = subprocess.Popen(
            [sys.executable, "-m", "hotfolderd", "--config", str(house.config), "status", "TINY0001", "--watch"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert watching.stdout is not None
        first_line = watching.stdout.readline()
        house.wait_until(lambda: house.approve_all(["TINY0001", "TINY0003"]), "both to be delivered")
        said, _ = watching.communicate(timeout=30)
        assert watching.returncode == 0
        lines = [line.split("\t") for line in [first_line.rstrip("\n"), *said.splitlines()]]
        shown = [(line[1], line[2], line[3]) for line in lines]
        stages = [stage for stage, _, _ in shown]
        assert list(dict.fromkeys(stages)) == ["2-review", "3-validation", "5-generation", "6-approval", "7-completed"]
        assert sorted(stages) == stages, "never back"
        assert shown[-1] == ("7-completed", "completed", "100 %")
        assert ("6-approval", "awaiting_approval", "85 %") in shown
        assert len(set(map(tuple, lines))) == len(lines), "each line is a change"

        house.wait_until(lambda: batch_of(house)["status"] == "partially_complete", "the batch's end")
        assert batch_of(house)["status_counts"] == {"completed": 2, "cancelled": 1}
        done(house, "archive", "TINY0001")
        house.wait_for("archive/TINY0001/status.yaml")
        house.wait_until(lambda: house.status("TINY0001")["stage"] == "archive", "the arrival")
        done(house, "unarchive", "TINY0001")
        house.wait_for("7-completed/TINY0001/status.yaml")
        actions = [row["action"] for row in json.loads(done(house, "events", "TINY0001", "--json"))["events"]]
        assert [one for one in actions if one in ("held", "resumed", "archived", "unarchived")] == [
            "held",
            "resumed",
            "archived",
            "unarchived",
        ]


def test_failed_jobs_are_all_tried_again_at_once_and_then_the_batch_is_complete(house: House) -> None:
    """Their files were mended meanwhile; a watch on one of them ends with 1 when it fails."""
    make_small_batch(house.inbox, 2)
    good = house.inbox / "tiny0001.psd"
    with house:
        for number in (1, 2):
            house.wait_for(f"2-review/TINY000{number}/review.yaml")
        kept = {}
        for number in (1, 2):
            (design,) = (house.root / f"2-review/TINY000{number}/assets").glob("*.psd")
            kept[number] = design.read_bytes()
            design.write_bytes(b"8BPS and no more")
            house.edit(house.root / f"2-review/TINY000{number}/review.yaml", decision="approve")
        for number in (1, 2):
            house.wait_for(f"failed/TINY000{number}/status.yaml")
        assert not good.exists()
        assert house.command("status", "TINY0001", "--watch").returncode == 1
        house.wait_until(lambda: batch_of(house)["status"] == "failed", "the batch to have failed")
        assert house.command("retry", "TINY0001", "--from", "fly").returncode == 4
        assert house.command("retry").returncode == 2
        for number, content in kept.items():
            (design,) = (house.root / f"failed/TINY000{number}/assets").glob("*.psd")
            design.write_bytes(content)
        assert "2 of 2 failed jobs are tried again" in done(house, "retry", "--all-failed")
        house.wait_until(lambda: house.approve_all(["TINY0001", "TINY0002"]), "both to be delivered")
        house.wait_until(lambda: batch_of(house)["status"] == "complete", "the batch to be complete")
        assert batch_of(house)["completed"] == 2


def test_a_changed_configuration_is_taken_while_jobs_are_under_way_and_none_is_lost(house: House) -> None:
    """Reviewers are set while jobs are worked on: they hold for the next decision, and every job is delivered."""
    make_small_batch(house.inbox, 3)
    house.settings["metrics"] = {"file": str(house.root.parent / "line.prom")}
    with house:
        house.wait_for("2-review/TINY0001/review.yaml")
        house.config.write_text(json.dumps({**house.settings, "reviewers": {"review": ["anna"]}}))
        house.wait_until(lambda: "the changed configuration is taken" in house.log.read_text(), "the change")
        for number in (1, 2, 3):
            sidecar = house.wait_for(f"2-review/TINY000{number}/review.yaml")
        house.edit(sidecar, decision="approve", by="nobody")
        refused = house.wait_for("2-review/TINY0003/review.problems.txt")
        assert "may not decide here" in refused.read_text()
        assert house.command("approve", "TINY0001", "--by", "nobody").returncode == 4
        house.config.write_text("settle_s: soon\n")
        house.wait_until(lambda: "the one before holds" in house.health().get("config_note", ""), "the refusal")
        house.config.write_text(json.dumps({**house.settings, "reviewers": {"review": ["anna"]}}))
        house.wait_until(lambda: not house.health()["config_note"], "the note to go")
        for number in (1, 2, 3):
            house.edit(house.root / f"2-review/TINY000{number}/review.yaml", decision="approve", by="anna")
        names = ["TINY0001", "TINY0002", "TINY0003"]
        house.wait_until(lambda: house.approve_all(names), "all to be delivered")
        assert 'stage="2-review"}' in (house.root.parent / "line.prom").read_text()
    assert house.process is not None
    assert house.process.returncode == 0
    assert not list((house.root / "failed").glob("*/job.yaml"))


def test_health_is_told_to_monitors_and_to_the_service_manager(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready after the first round, fed by the next ones, not while the daemon is stopped; `--health` follows."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert house.command("status", "--health").returncode in (1, 2)
        with house:
            assert b"READY=1" in manager.recv(999)
            assert done(house, "status", "--health").startswith("ok: ")
            assert manager.recv(999).startswith(b"WATCHDOG=1")
            assert house.process is not None
            os.kill(house.process.pid, signal.SIGSTOP)  # it hangs
            drained(manager)
            time.sleep(5.5)  # longer than it is ever silent
            assert drained(manager) == []
            os.kill(house.process.pid, signal.SIGCONT)
            manager.settimeout(20)
            assert manager.recv(999).startswith(b"WATCHDOG=1")
        assert drained(manager)[-1] == b"STOPPING=1"
    gone = house.command("status", "--health", "--json")
    assert (gone.returncode, json.loads(gone.stdout)["state"]) == (1, "wrong")


def test_cleaning_up_and_a_new_index_harm_no_daemon_at_work(house: House) -> None:
    """A job leaves the archive for good, the index is made anew, and the daemon goes on with the next job."""
    house.settings["retention"] = {"archive_days": 0.000001}
    make_small_batch(house.inbox, 2)
    with house:
        for number in (1, 2):
            house.wait_for(f"2-review/TINY000{number}/review.yaml")
        done(house, "cancel", "TINY0001")
        house.wait_for("archive/TINY0001/status.yaml")
        house.wait_until(lambda: house.status("TINY0001")["stage"] == "archive", "the arrival")
        time.sleep(0.2)
        assert "archive/TINY0001" in done(house, "gc")
        assert (house.root / "archive/TINY0001").is_dir()
        assert "removed  archive/TINY0001" in done(house, "gc", "--delete")
        assert house.where("TINY0001") is None
        assert "1 jobs" in done(house, "rebuild-index")
        house.wait_until(lambda: house.approve_all(["TINY0002"]), "the other to be delivered")
        jobs = json.loads(done(house, "status", "--json"))["jobs"]
        assert [(job["job"], job["stage"]) for job in jobs] == [("TINY0002", "7-completed")]
    assert "Traceback" not in house.log.read_text()
    shutil.rmtree(house.root)
