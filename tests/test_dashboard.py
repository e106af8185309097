"""The dashboard: what it shows of jobs, that strangers' texts stay texts, and that writing it costs nobody anything."""

from __future__ import annotations

import dataclasses
import errno
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from hotfolderd.dashboard import BatchSeen, Dashboard, JobSeen, Seen, page, write_first
from hotfolderd.dashboard.batch_page import batch_page
from hotfolderd.disk import set_failpoint
from hotfolderd.lines import gates
from hotfolderd.pipeline import JOB_FOLDERS, Status
from hotfolderd.records import Answer, Failure, Job
from hotfolderd.root import Root, make_root

AT = "2026-11-20T10:00:00.000Z"
GATES = gates()
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title><svg onload=alert(1)>",
    "&lt;b&gt;",
    "a\u202etxt.exe\u2066",
    "line\nand\ttab\x00\x1b[31m\x7f",
    "caf\udce9 \ud800",
    "javascript:alert(1)",
    "../../../etc/passwd",
    "שלום עולם",
    "{{ 7 * 7 }} ${x} %s {0}",
    "x" * 5000,
)
STATUS: dict[str, Status] = {
    "1-processing": "processing", "2-review": "awaiting_review", "3-validation": "validating",
    "4-override": "awaiting_validation_review", "5-generation": "rendering_preview", "6-approval": "awaiting_approval",
    "7-completed": "completed", "failed": "failed", "on-hold": "on_hold", "archive": "cancelled",
}  # fmt: skip


class Page(HTMLParser):
    """A page as a browser sees it: its elements with their attributes, the text of each card, and what it links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cards: list[dict[str, str]] = []
        self.text = text
        self.said = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self._inside = tag
        if "card" in (found.get("class") or "").split():
            self.cards.append({"text": "", **{key: value or "" for key, value in found.items()}})

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.said += data
            if self.cards:
                self.cards[-1]["text"] += data

    @property
    def shape(self) -> Counter[tuple[str, ...]]:
        """Its elements with the names of their attributes."""
        return Counter((tag, *found) for tag, found in self.elements)

    @property
    def links(self) -> list[str]:
        return [href for tag, found in self.elements if tag == "a" and (href := found.get("href"))]

    @property
    def strip(self) -> dict[str, int]:
        """The counts by folder."""
        return {folder: int(count) for count, folder in re.findall(r"<b>(\d+)</b> ([\w-]+)", self.text)}


def job(name: str, folder: str, **changes: Any) -> Job:
    plain = Job(name, "template", "u", "B1", folder, STATUS[folder], AT, AT, since=AT, client="FC", project="Derby")
    return dataclasses.replace(plain, **changes)


def seen_job(name: str, folder: str, *, at_work: bool = False, **changes: Any) -> JobSeen:
    gate = GATES.get(folder)
    return JobSeen(folder, job(name, folder, **changes), at_work, gate.sidecar if gate else "")


def seen(*jobs: JobSeen, **changes: Any) -> Seen:
    return Seen(jobs, gates=GATES, workers=2, **changes)


def batch(number: str = "B1", **changes: Any) -> BatchSeen:
    plain = BatchSeen(number, "spring", "processing", "anna", AT, None, 3, (), 0, manual=False)
    return dataclasses.replace(plain, **changes)


def made(moment: Seen, root: Path = Path("/line")) -> Page:
    return Page(page.whole(page.body(moment, root), root, "<i>state</i>", AT, moment))


# what is shown ------------------------------------------------------------------------------------------------------


def test_every_stage_has_its_count_and_every_job_its_card() -> None:
    jobs = [seen_job(f"J{n}{folder}", folder) for n in range(3) for folder in JOB_FOLDERS]
    drops = [{"name": "0-inbox/a.csv", "kind": "csv", "state": "refused", "detail": "row 3"}]
    shown = made(seen(*jobs, drops=drops))
    assert shown.strip == {"0-inbox": 1, **dict.fromkeys(JOB_FOLDERS, 3)}
    assert len(shown.cards) == 30
    assert "0-inbox/a.csv" in shown.said
    assert "row 3" in shown.said
    assert "1 drop not taken" in shown.said


def test_who_must_do_what_comes_first_with_links_to_the_page_and_the_file() -> None:
    jobs = [
        seen_job("LATER", "6-approval", created_at="2026-11-20T11:00:00Z"),
        seen_job("URGENT", "6-approval", created_at="2026-11-20T12:00:00Z", priority="high"),
        seen_job("ALONE", "2-review"),
    ]
    shown = made(seen(*jobs, reviewers={"approval": ("bert",)}))
    assert "2 jobs need approval by bert; next: URGENT, asked 2026-11-20" in shown.said
    assert "1 job needs review; next: ALONE" in shown.said
    beginnings = ("ALONEnext", "URGENTnexthigh", "LATERFC")
    assert [card["text"].startswith(one) for card, one in zip(shown.cards, beginnings, strict=True)] == [True] * 3
    assert {"6-approval/URGENT/approval.html", "6-approval/URGENT/approval.yaml"} <= set(shown.links)


def test_each_kind_of_job_is_asked_in_its_own_words() -> None:
    jobs = [seen_job(f"J{n}", "2-review", needs="review.yaml: confirm the matches") for n in range(2)]
    jobs.append(seen_job("FILM", "2-review", kind="episode", needs="review.yaml: watch each segment"))
    said = made(seen(*jobs)).said
    assert said.count("confirm the matches") == 1
    assert said.count("watch each segment") == 1


def test_a_job_that_was_answered_is_asked_of_nobody() -> None:
    answer = Answer("approval", "approve", "7-completed", "anna", AT, 1, "")
    one = dataclasses.replace(seen_job("J1", "6-approval", answer=answer), sidecar="")
    shown = made(seen(one))
    assert ">next<" not in shown.text
    assert made(seen(one, seen_job("J2", "6-approval"))).text.count(">next<") == 1
    assert "Nobody is waited for." in shown.said
    assert "Answered: approve by anna" in shown.said
    assert not [link for link in shown.links if link.endswith(".yaml")]


def test_running_steps_show_how_far_they_are() -> None:
    shown = made(seen(seen_job("J1", "1-processing", at_work=True, doing="Reading the design", progress=15)))
    assert ("progress", {"aria-label": "done", "max": "100", "value": "15"}) in shown.elements
    assert shown.said.count("Reading the design") == 2
    assert "Waiting for a worker" in made(seen(seen_job("J1", "1-processing"))).said


def test_a_failed_job_says_why_and_what_to_do() -> None:
    failure = Failure(
        "1-processing", "match", "JobError", "design.psd: cut <off>", "Mend it", ".job/match.failed.txt", 3, AT
    )
    shown = made(seen(seen_job("J1", "failed", failure=failure)))
    assert "design.psd: cut <off>" in shown.said
    assert "Mend it" in shown.said
    assert {"failed/J1/", "failed/J1/status.yaml", "failed/J1/.job/match.failed.txt"} <= set(shown.links)


def test_what_was_delivered_is_linked_where_it_lies_in_this_root() -> None:
    here = seen_job("J1", "7-completed", deployed="/line/deployed/F C/B1/J1")
    away = seen_job("J2", "7-completed", deployed="/other/deployed/FC/B1/J2")
    shown = made(seen(here, away))
    assert "deployed/F%20C/B1/J1/" in shown.links
    assert "/other/deployed/FC/B1/J2" in shown.said
    assert not [link for link in shown.links if "other" in link]


def test_what_is_wrong_with_the_machine_stands_on_top() -> None:
    doing = "Waiting for the machine: No space left on device"
    jobs = [seen_job(f"J{n}", "1-processing", doing=doing) for n in range(3)]
    shown = made(seen(*jobs, notes=["The disk is nearly full"]))
    assert f"3 jobs: {doing}" in shown.said
    assert shown.said.index("The disk is nearly full") < shown.said.index("Nobody is waited for")


def test_a_large_line_shows_about_2000_jobs_and_says_how_to_see_the_others() -> None:
    jobs = [seen_job(f"J{n}", "2-review") for n in range(4000)] + [seen_job(f"D{n}", "7-completed") for n in range(999)]
    text = page.body(seen(*jobs), Path("/line"))
    shown = Page(text)
    assert len(shown.cards) == 2000
    assert shown.strip["2-review"] == 4000
    assert "hotfolderd jobs --stage 2-review --limit 4000" in shown.said
    assert len(text) < 3_000_000


def test_a_line_of_120_jobs_is_shown_within_a_second(tmp_path: Path) -> None:
    jobs = [seen_job(f"J{n}", JOB_FOLDERS[n % len(JOB_FOLDERS)], client="Müller & Söhne") for n in range(120)]
    root = make_root(tmp_path / "folders")
    began = time.process_time()
    Dashboard(root).write(lambda: seen(*jobs))
    assert time.process_time() - began < 1
    assert len(Page((root.path / "dashboard.html").read_text()).cards) == 120


def test_of_what_is_at_its_end_the_last_comes_first() -> None:
    jobs = [seen_job(f"D{day}", "7-completed", since=f"2026-11-{day}T10:00:00Z") for day in (12, 14, 13)]
    assert [card["text"][:3] for card in made(seen(*jobs)).cards] == ["D14", "D13", "D12"]


def test_batches_are_listed_with_what_has_become_of_their_jobs() -> None:
    jobs = [seen_job("J1", "7-completed"), seen_job("J2", "failed"), seen_job("J3", "2-review")]
    shown = made(seen(*jobs, batches=[batch()]))
    assert "batches/B1/batch.html" in shown.links
    assert ("progress", {"aria-label": "delivered", "max": "3", "value": "1"}) in shown.elements
    assert all("batch spring" in card["text"] for card in shown.cards)


# strangers' texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_a_stranger_s_text_is_text_wherever_it_stands(text: str) -> None:
    """The same elements and attributes as with harmless words, nothing invisible, no link that leaves the folder."""
    shown, harmless = Page(everywhere(text)), Page(everywhere("word"))
    assert shown.shape == harmless.shape
    assert all(c.isprintable() or c == "\n" for c in shown.said)
    assert not [href for href in shown.links if ":" in href or href.startswith(("/", "\\"))]
    for href in shown.links:
        parts = href.removeprefix("../../").split("/")
        assert len(parts) <= 4
        assert ".." not in map(unquote, parts)


def everywhere(text: str) -> str:
    """Both pages, with a text in every place that a stranger may fill."""
    failure = Failure(text, text, text, text, text, text, 1, AT)
    delivered = f"/line/deployed/{text.replace('/', '_')}"
    names = {"client": text, "project": text, "batch": text, "needs": text, "doing": text, "since": text}
    jobs = [
        *(seen_job("J1", folder, **names, at_work=True) for folder in JOB_FOLDERS),
        *(seen_job(text, folder, **names, deployed=delivered) for folder in JOB_FOLDERS),
        seen_job("J3", "failed", failure=failure, **names),
        dataclasses.replace(
            seen_job("J4", "2-review", answer=Answer("review", text, text, text, AT, 1, "")), sidecar=""
        ),
    ]
    drops = [{"name": f"0-inbox/{text}", "kind": "csv", "state": text, "detail": text}]
    one = batch(
        text, name=text, submitted_by=text, taken_at=text, not_started=(text,), rejected_rows=1, completed_at=text
    )
    moment = seen(*jobs, drops=drops, notes=[text], batches=[one], reviewers={"review": (text,)})
    body = page.body(moment, Path("/line"))
    return page.whole(body, Path(f"/{text}"), "", text, moment) + batch_page(one, jobs, [text], text)


def test_a_page_runs_its_own_script_only_and_loads_nothing() -> None:
    text = page.whole(page.body(seen(), Path("/line")), Path("/line"), "", AT, seen())
    shown = Page(text)
    policy = next(
        found["content"] for tag, found in shown.elements if found.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [found for _, found in shown.elements if {"src", "style", "srcset"} & found.keys()]
    assert not [name for _, found in shown.elements for name in found if name.startswith("on")]


# writing ------------------------------------------------------------------------------------------------------------


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.looking_s = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclasses.dataclass
class Studio:
    root: Root
    clock: Clock
    dashboard: Dashboard
    jobs: list[JobSeen]
    looks: int = 0

    @property
    def page(self) -> Path:
        return self.root.path / "dashboard.html"

    def batch_page(self, name: str = "B1") -> Path:
        return self.root.batches / name / "batch.html"

    def look(self) -> Seen:
        self.looks += 1
        self.clock.seconds += self.clock.looking_s
        return seen(*self.jobs)

    def write(self) -> None:
        self.dashboard.write(self.look)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    root, clock = make_root(tmp_path / "folders"), Clock()
    (root.batches / "B1").mkdir()
    return Studio(root, clock, Dashboard(root, clock=clock), [seen_job("J1", "2-review")])


@pytest.fixture
def refused(studio: Studio) -> Iterator[Studio]:
    def fail(_: str, path: Path) -> None:
        if path.suffix == ".html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    set_failpoint(fail)
    yield studio
    set_failpoint(None)


def test_it_is_written_when_something_changed_and_at_most_once_a_second(studio: Studio) -> None:
    assert studio.dashboard.due_s() == 0.0
    studio.write()
    assert "J1" in studio.page.read_text()
    assert studio.dashboard.due_s() is None
    studio.dashboard.changed()
    due_s = studio.dashboard.due_s()
    assert due_s is not None
    assert 0.99 < due_s <= 1.0
    studio.clock.seconds += 1
    assert studio.dashboard.due_s() == 0.0


def test_it_takes_a_twentieth_of_the_time_at_most(studio: Studio) -> None:
    studio.clock.looking_s = 0.3
    studio.write()
    studio.dashboard.changed()
    due_s = studio.dashboard.due_s()
    assert due_s is not None
    assert 5.9 < due_s < 6.1


def test_a_page_that_would_be_the_same_is_not_written(studio: Studio) -> None:
    studio.dashboard.batch_changed(batch())
    studio.write()
    before = studio.page.stat().st_mtime_ns, studio.batch_page().stat().st_mtime_ns
    studio.dashboard.changed()
    studio.write()
    assert (studio.page.stat().st_mtime_ns, studio.batch_page().stat().st_mtime_ns) == before
    studio.dashboard.notice("disk full")
    assert studio.dashboard.due_s() is not None
    studio.write()
    studio.dashboard.notice("disk full")
    assert studio.dashboard.due_s() is None


def test_a_page_that_cannot_be_written_stops_nothing_and_is_told_of_once(
    refused: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    refused.dashboard.batch_changed(batch())
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            refused.write()
            refused.clock.seconds += 60
    assert len(caplog.records) == 1
    assert "the dashboard is written later" in caplog.text
    set_failpoint(None)
    assert refused.dashboard.due_s() == 0.0, "it is still to be written"
    refused.write()
    assert refused.page.exists()
    assert refused.batch_page().exists()


def test_a_page_that_cannot_be_written_is_not_tried_all_the_time(refused: Studio) -> None:
    refused.write()
    due_s = refused.dashboard.due_s()
    assert due_s is not None
    assert due_s >= 9


def test_a_fault_in_making_it_stops_nothing(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    def look() -> Seen:
        raise ZeroDivisionError

    studio.dashboard.write(look)
    studio.dashboard.write(look)
    assert caplog.text.count("Traceback") == 1
    studio.write()
    assert studio.page.exists()


def test_how_the_daemon_leaves_the_root_is_said(studio: Studio) -> None:
    write_first(studio.root)
    assert "has not run here yet" in studio.page.read_text()
    studio.write()
    assert "is running" in studio.page.read_text()
    write_first(studio.root)
    assert "is running" in studio.page.read_text()
    studio.dashboard.write(studio.look, running=False)
    text = studio.page.read_text()
    assert "is not running" in text
    assert "J1" in text


# pages of batches ---------------------------------------------------------------------------------------------------


def test_only_the_pages_of_batches_that_changed_are_written(studio: Studio) -> None:
    (studio.root.batches / "B2").mkdir()
    studio.jobs.append(seen_job("J2", "2-review", batch="B2"))
    for name in ("B1", "B2", "GONE", "../.."):
        studio.dashboard.batch_changed(batch(name))
    studio.write()
    before = [studio.batch_page(name).stat().st_mtime_ns for name in ("B1", "B2")]
    studio.jobs[1] = seen_job("J2", "3-validation", batch="B2", updated_at="2026-11-20T11:00:00.000Z")
    studio.write()
    after = [studio.batch_page(name).stat().st_mtime_ns for name in ("B1", "B2")]
    assert before[0] == after[0]
    assert before[1] < after[1]
    assert "3-validation" in studio.batch_page("B2").read_text()
    assert not (studio.root.path.parent / "batch.html").exists()
    assert "GONE" not in studio.page.read_text()


def test_a_page_that_an_earlier_daemon_left_is_kept_while_it_is_right(studio: Studio) -> None:
    (studio.root.batches / "B1/plan.json").touch()
    studio.dashboard.batch_changed(batch())
    studio.write()
    os.utime(studio.root.batches / "B1/plan.json", (1000, 1000))
    before = studio.batch_page().stat().st_mtime_ns
    for changed_at, same in ((AT, True), ("2999-01-01T00:00:00.000Z", False)):
        later = Dashboard(studio.root)
        later.batch_changed(batch())
        studio.jobs = [seen_job("J1", "2-review", updated_at=changed_at)]
        later.write(studio.look)
        assert (studio.batch_page().stat().st_mtime_ns == before) is same


def test_the_page_of_a_batch_shows_its_jobs_and_why_rows_were_refused(studio: Studio) -> None:
    report = (
        "BATCH VALIDATION: spring.csv\n====\n✅ Row 2: J1\n"
        "❌ Row 3: J<2> - 2 error(s)\n   • no design\n   • no project\n✅ Row 4: J4\n   ⚠️ small\n====\nTotal jobs: 3\n"
    )
    (studio.root.batches / "B1/report.txt").write_text(report)
    studio.dashboard.batch_changed(batch(rejected_rows=1, not_started=("J9",), manual=True, total=3))
    studio.write()
    shown = Page(studio.batch_page().read_text())
    assert "Row 3: J<2> - 2 error(s)\n• no design\n• no project" in shown.said
    assert "Row 4" not in shown.said
    assert "hotfolderd start B1" in shown.said
    assert "1 not in the line" in shown.said
    assert {"../../dashboard.html", "../../2-review/J1/review.html", "report.txt"} <= set(shown.links)


def test_a_report_that_is_a_link_is_not_followed(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("❌ Row 1: secret\n")
    (studio.root.batches / "B1/report.txt").symlink_to(tmp_path / "secret.txt")
    studio.dashboard.batch_changed(batch(rejected_rows=1))
    studio.write()
    assert "secret" not in studio.batch_page().read_text()


def test_many_batches_are_written_one_after_the_other(studio: Studio) -> None:
    class Slow(Clock):
        def __call__(self) -> float:
            self.seconds += 0.03
            return self.seconds

    slow = Dashboard(studio.root, clock=Slow())
    for number in range(20):
        (studio.root.batches / f"C{number}").mkdir()
        slow.batch_changed(batch(f"C{number}"))
    slow.write(studio.look)
    first = len(list(studio.root.batches.glob("*/batch.html")))
    assert 0 < first < 20
    for _ in range(20):
        if slow.due_s() is not None:
            slow.write(studio.look)
    assert len(list(studio.root.batches.glob("*/batch.html"))) == 20
    assert slow.due_s() is None
