"""The dashboard in a real browser, from the disk: no error, no request but the page, filters that find."""

from __future__ import annotations

import dataclasses
import time
from contextlib import suppress
from pathlib import Path

import pytest
from chromium import Page

from hotfolderd.dashboard import BatchSeen, Dashboard, JobSeen, Seen
from hotfolderd.lines import gates
from hotfolderd.records import Failure, Job
from hotfolderd.root import Root, make_root

AT = "2026-11-20T10:00:00.000Z"
GATES = gates()
EVIL = '"><img src="https://example.org/x" onerror="window.taken=1"><script>window.taken=1</script>\u202e'


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = make_root(tmp_path / "folders")
    (root.batches / "B1").mkdir()
    return root


def one_job(number: int) -> JobSeen:
    """Of 30: every third of another client, in review; every fifth failed."""
    folder = "failed" if number % 5 == 0 else "2-review"
    job = Job(f"J{number:02d}", "template", "u", "B1", folder, "awaiting_review", AT, AT, since=AT)
    job = dataclasses.replace(job, client=("FC", "Müller & Söhne", EVIL)[number % 3], project="Derby #1")
    if folder == "failed":
        failure = Failure("1-processing", "match", "JobError", EVIL, "Mend it", ".job/match.failed.txt", 1, AT)
        return JobSeen(folder, dataclasses.replace(job, status="failed", failure=failure))
    return JobSeen(folder, job, sidecar="review.yaml")


def write(root: Root, *jobs: JobSeen) -> Path:
    dashboard = Dashboard(root)
    dashboard.batch_changed(BatchSeen("B1", EVIL, "processing", EVIL, AT, None, len(jobs), (), 0, manual=False))
    drops = [{"name": f"0-inbox/{EVIL}", "kind": "csv", "state": "refused", "detail": EVIL}]
    dashboard.write(lambda: Seen(jobs, gates=GATES, drops=drops, notes=[EVIL], workers=2))
    return root.path / "dashboard.html"


def cards(page: Page) -> int:
    """How many cards can be seen, or could be after a fold is opened."""
    found: int = page.evaluate("[...document.querySelectorAll('.card')].filter(one => !one.closest('[hidden]')).length")
    return found


def choose(page: Page, name: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const field = document.forms[0].elements[{name!r}]; field.value = {value!r};"
        "field.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def work_in(page: Page) -> None:
    """Have somebody at work in the page, so that it is not read again by itself."""
    page.evaluate("document.forms[0].elements.text.focus()")


def is_there_anew(page: Page) -> bool:
    """Whether a page without the old mark is there as a whole; asked in the midst of the change, there is none."""
    with suppress(AssertionError):
        return not page.evaluate("window.old || document.readyState !== 'complete'")
    return False


def test_it_opens_from_the_disk_without_an_error_and_asks_for_nothing_else(page: Page, root: Root) -> None:
    for number, file in enumerate((write(root, *map(one_job, range(30))), root.batches / "B1/batch.html"), 1):
        page.open(file)
        assert page.errors == []
        assert page.failed == []
        assert set(page.asked.values()) <= {write_uri(root.path / "dashboard.html"), write_uri(file)}
        assert len(page.asked) == number
        assert page.dialogs == []
        assert page.evaluate("'taken' in window") is False
        assert page.evaluate("document.images.length") == 0


def write_uri(file: Path) -> str:
    return file.absolute().as_uri()


def test_search_and_filters_find_and_outlive_a_refresh(page: Page, root: Root) -> None:
    page.open(write(root, *map(one_job, range(30))))
    work_in(page)
    assert cards(page) == 30
    choose(page, "client", "Müller & Söhne")
    assert cards(page) == 10
    choose(page, "text", "derby j01")
    assert cards(page) == 1
    assert page.evaluate("document.querySelector('output').value") == "1 of the 30 jobs on this page"
    page.open(root.path / "dashboard.html")
    work_in(page)
    assert cards(page) == 30
    choose(page, "status", "failed")
    assert cards(page) == 6
    assert page.evaluate("document.getElementById('2-review').hidden")
    before = page.evaluate("location.hash")
    page.evaluate("document.querySelector('.todo a').click()")
    assert page.evaluate("location.hash") == before == "#?status=failed"
    page.evaluate("window.old = true")
    page.evaluate("location.reload()")
    while not is_there_anew(page):
        pass
    work_in(page)
    assert page.evaluate("location.hash") == before
    assert cards(page) == 6
    page.evaluate("document.forms[0].reset()")
    while cards(page) != 30:
        pass
    assert page.errors == []


def test_it_is_read_again_by_itself_unless_it_shall_keep_still(page: Page, root: Root) -> None:
    page.open(write(root, one_job(1)))
    choose(page, "client", "Müller & Söhne")
    page.evaluate("document.forms[0].elements.text.focus()")
    write(root, one_job(1), one_job(4))
    end = time.monotonic() + 60
    found = 0
    while found != 2:
        assert time.monotonic() < end, "it was not read again"
        time.sleep(0.2)
        with suppress(AssertionError):  # asked in the midst of the change
            found = cards(page)
    assert page.evaluate("document.activeElement.name") == "text"
    page.evaluate("document.forms[0].elements.still.click()")
    write(root, one_job(1))
    time.sleep(7)
    assert cards(page) == 2
    assert page.errors == []


def test_without_scripts_everything_can_be_read(page: Page, root: Root) -> None:
    page.without_scripts()
    page.open(write(root, *map(one_job, range(30))))
    assert page.evaluate("document.querySelectorAll('.card').length") == 30
    assert page.evaluate("getComputedStyle(document.forms[0]).display") == "none"
    assert page.evaluate("document.querySelector('.column details').open") is False
    page.evaluate("document.querySelector('.column summary').click()")
    assert page.evaluate("document.querySelector('.column details').open") is True
    assert page.errors == []


@pytest.mark.parametrize(("width", "phone"), [(320, True), (390, True), (1280, False)])
def test_nothing_runs_over_the_edge(page: Page, root: Root, width: int, phone: bool) -> None:
    page.look_like(width, phone=phone)
    jobs = [
        *map(one_job, range(30)),
        JobSeen("2-review", dataclasses.replace(one_job(1).job, job="W" * 200), sidecar="x"),
    ]
    for file in (write(root, *jobs), root.batches / "B1/batch.html"):
        page.open(file)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
