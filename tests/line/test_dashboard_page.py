"""The dashboard of a real daemon: it follows the jobs, leaves an idle daemon idle, and says when nobody works."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest
from house import House

from hotfolderd.demo.batch import make_small_batch

NAMES = [f"TINY{number:04d}" for number in range(1, 4)]
FOLLOWS_WITHIN_S = 20.0  # mostly one second; the machine may be slow


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def dashboard(house: House) -> str:
    return (house.root / "dashboard.html").read_text()


def shows(house: House, *wanted: str) -> Callable[[], bool]:
    return lambda: all(text in dashboard(house) for text in wanted)


def count(folder: str, number: int) -> str:
    return f"<b>{number}</b> {folder}"


def dead_links(page: Path) -> list[str]:
    """What a page links that is not there."""
    found = re.findall(r'href="([^"#][^"]*)"', page.read_text())
    assert found
    return [href for href in found if not (page.parent / unquote(href)).exists()]


def test_the_dashboard_follows_the_jobs_and_every_link_leads_somewhere(house: House) -> None:
    with house:
        make_small_batch(house.inbox, 3)
        (house.inbox / "wrong.csv").write_text("job_id,psd_path\nX,nothing.psd\n")
        for name in NAMES:
            house.wait_for(f"2-review/{name}/review.yaml")
        wanted = shows(house, count("2-review", 3), "3 jobs need review", "0-inbox/wrong.csv", "1 drop not taken")
        house.wait_until(wanted, "the reviews on the dashboard", FOLLOWS_WITHIN_S)
        assert dead_links(house.root / "dashboard.html") == []
        house.edit(house.folder("TINY0001") / "review.yaml", decision="approve")
        house.edit(house.folder("TINY0002") / "review.yaml", decision="hold")
        wanted = shows(house, count("6-approval", 1), count("on-hold", 1), "1 job needs approval")
        house.wait_until(wanted, "the approval on the dashboard")
        assert dead_links(house.root / "dashboard.html") == []
        batch = next(house.root.glob("batches/*/batch.html"))
        assert dead_links(batch) == []
        house.command("resume", "TINY0002")
        house.wait_until(lambda: house.approve_all(NAMES), "all deliveries")
        house.wait_until(shows(house, count("7-completed", 3)), "the deliveries on the dashboard", FOLLOWS_WITHIN_S)
        done = "<p>complete. "
        house.wait_until(lambda: done in batch.read_text(), "the end of the batch", FOLLOWS_WITHIN_S)
        for page in (house.root / "dashboard.html", batch):
            assert dead_links(page) == []
        assert len(re.findall(r'href="deployed/[^"]+"', dashboard(house))) == 3


def test_an_idle_daemon_writes_no_page_and_is_woken_by_none(house: House) -> None:
    """With a batch that waits for its start, whose folder is watched: its page lies in that very folder."""
    make_small_batch(house.inbox, 3)
    (house.inbox / "tiny.batch.yaml").write_text("start: manual\n")
    with house:
        house.wait_until(lambda: list(house.root.glob("batches/*/batch.html")), "the page of the batch")
        house.wait_until(shows(house, "1 batch not begun"), "the batch on the dashboard")
        pages = [house.root / "dashboard.html", *house.root.glob("batches/*/batch.html")]
        house.wait_until(lambda: time.time() - max(page.stat().st_mtime for page in pages) > 4, "quiet", 60)
        before = [page.stat().st_mtime_ns for page in pages]
        assert house.process is not None
        daemon = psutil.Process(house.process.pid)
        spent = sum(daemon.cpu_times()[:2])
        time.sleep(7)  # longer than the longest wait of its loop
        assert [page.stat().st_mtime_ns for page in pages] == before
        assert sum(daemon.cpu_times()[:2]) - spent < 0.5


def test_the_dashboard_says_when_the_daemon_does_not_run(house: House) -> None:
    with house:
        house.wait_for("dashboard.html")
        house.wait_until(shows(house, "hotfolderd is running"), "the dashboard")
        assert house.stop() == 0
    assert "hotfolderd is not running" in dashboard(house)
    house.start()
    house.wait_until(shows(house, "hotfolderd is running"), "the dashboard")
    assert house.process is not None
    house.process.kill()
    house.process.wait()
    assert "As of <time" in dashboard(house), "one that was killed can only leave the time"
    with house:
        make_small_batch(house.inbox, 1)
        house.wait_until(shows(house, count("2-review", 1)), "the dashboard after the kill")


def test_a_dashboard_that_cannot_be_written_does_not_disturb_the_line(house: House) -> None:
    (house.root / "dashboard.html").mkdir()
    with house:
        make_small_batch(house.inbox, 1)
        house.wait_for("2-review/TINY0001/review.yaml")
        house.edit(house.folder("TINY0001") / "review.yaml", decision="approve")
        house.wait_for("6-approval/TINY0001/approval.yaml")
    assert house.log.read_text().count("the dashboard is written later") == 1
