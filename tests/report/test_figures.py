"""Reports on a recorded history (`recorded.py`); every expected number was worked out by hand from its times."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from recorded import NOW

from hotfolderd.errors import ConfigError
from hotfolderd.report import histories, moment, report_on, stats_of
from hotfolderd.report.figures import percentile, timing
from hotfolderd.report.showing import as_csv, as_html, as_text, duration
from hotfolderd.root import Root


@pytest.fixture(scope="module")
def report(root: Root) -> dict[str, Any]:
    everything = histories(root, NOW)
    return report_on("batch spring (B1)", [one for one in everything if one.row["batch"] == "B1"], everything, NOW)


def stage(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [row for row in report["stages"] if row["stage"] == name]
    return found


def test_jobs_are_counted_by_how_they_ended(report: dict[str, Any]) -> None:
    assert report["jobs"] == {"total": 3, "completed": 2, "failed": 1, "cancelled": 0, "in_progress": 0}


def test_the_throughput_reaches_from_the_first_drop_to_the_last_delivery(report: dict[str, Any]) -> None:
    """10:00:00 to 10:23:40 are 1,420 s; A took 1,420 s, B 1,020 s."""
    through = report["throughput"]
    assert (through["completed"], through["span_s"]) == (2, 1420.0)
    assert through["per_hour"] == pytest.approx(2 * 3600 / 1420)
    assert (through["mean_s"], through["p50_s"], through["p95_s"]) == (1220.0, 1020.0, 1420.0)


@pytest.mark.parametrize(
    ("name", "stays", "machine_s", "human_s", "p50_s"),
    [
        ("0-inbox", 3, (10 + 20 + 10) / 3, 0, 10),
        ("1-processing", 3, (60 + 100 + 30) / 3, 0, 60),
        ("2-review", 3, 10 / 3, (600 + 120 + 60) / 3, 120),
        ("3-validation", 3, (10 + 30 + 10) / 3, 0, 10),
        ("4-override", 1, 10, 300, 310),
        ("5-generation", 3, 120, 0, 120),
        ("6-approval", 3, (10 + 5 + 5) / 3, (600 + 60 + 60) / 3, 65),
    ],
)
def test_the_time_in_each_stage_is_split_into_the_machine_s_and_people_s(
    report: dict[str, Any], name: str, stays: int, machine_s: float, human_s: float, p50_s: float
) -> None:
    """Until somebody decided it is people's, after that the machine's; arrivals that are told twice count once."""
    row = stage(report, name)
    assert row["stays"] == stays
    assert row["machine_s"] == pytest.approx(machine_s)
    assert row["human_s"] == pytest.approx(human_s)
    assert row["p50_s"] == p50_s


def test_a_stay_that_has_not_ended_is_in_no_average(report: dict[str, Any]) -> None:
    """C has failed, and nobody has retried it yet."""
    assert [row["stage"] for row in report["stages"]][-1] == "6-approval"


def test_the_override_rate_is_of_the_jobs_that_were_validated(report: dict[str, Any]) -> None:
    """A and B were validated, C never was; B had critical issues and went on."""
    assert report["override"] == {"validated": 2, "critical": 1, "overridden": 1, "rate": 0.5}


def test_right_at_first_are_those_that_nobody_sent_back(report: dict[str, Any]) -> None:
    """B was rejected once."""
    assert report["first_time"] == {"completed": 2, "at_first": 1, "rate": 0.5}


def test_the_most_frequent_warnings_come_first_and_information_does_not_count(report: dict[str, Any]) -> None:
    assert report["warnings"] == [
        {"type": "text_overflow", "count": 3, "jobs": 2},
        {"type": "low_confidence_match", "count": 1, "jobs": 1},
    ]


def test_confidence_is_held_against_what_was_approved(report: dict[str, Any]) -> None:
    """0.3 kept; 0.6 taken out; 0.8 corrected; 0.9, 0.95 and 1.0 kept. A proposal without a layer claims nothing."""
    rows = [(row["from"], row["pairs"], row["kept"], row["rate"]) for row in report["confidence"]]
    assert rows == [(0.0, 1, 1, 1.0), (0.5, 1, 0, 0.0), (0.7, 1, 0, 0.0), (0.9, 3, 3, 1.0)]


def test_an_open_job_is_done_when_each_stage_takes_what_is_usual(root: Root) -> None:
    """D has been in the review for 600 s, longer than the usual 120; 10 + 120 + 65 s are left."""
    everything = histories(root, NOW)
    of_d = report_on("B2", [one for one in everything if one.row["job"] == "D"], everything, NOW)
    assert of_d["eta"] == [{"job": "D", "stage": "2-review", "left_s": 195.0, "at": "2026-11-20T12:14:55.000Z"}]
    sooner = NOW - timedelta(seconds=570)  # 30 s after its arrival: 90 s of the usual review are left
    everything = histories(root, sooner)
    of_d = report_on("B2", [one for one in everything if one.row["job"] == "D"], everything, sooner)
    assert of_d["eta"][0]["left_s"] == 285.0


def test_without_a_history_nothing_is_foretold(root: Root) -> None:
    """One job has passed 4-override, none but D is known here."""
    alone = [one for one in histories(root, NOW) if one.row["job"] == "D"]
    assert report_on("B2", alone, alone, NOW)["eta"] == []


def test_steps_have_percentiles_by_nearest_rank(root: Root) -> None:
    """Of 10, 20, … 200 ms half are at most 100, 95 % at most 190, 99 % at most 200; what only began has no time."""
    assert timing(histories(root, NOW)) == [
        {"step": "read-design", "runs": 20, "p50_ms": 100.0, "p95_ms": 190.0, "p99_ms": 200.0}
    ]
    assert percentile([], 50) is None
    assert percentile([7.0], 99) == 7.0


def test_the_statistics_of_the_root(root: Root) -> None:
    stats = stats_of(histories(root, NOW), [{"batch": "B2"}], NOW)
    assert stats["summary"] == {
        "total": 4,
        "completed": 2,
        "failed": 1,
        "cancelled": 0,
        "in_progress": 1,
        "avg_completion_time": 1220.0,
    }
    assert {name: count for name, count in stats["stage_counts"].items() if count} == {
        "2-review": 1,
        "7-completed": 2,
        "failed": 1,
    }
    assert stats["status_counts"] == {"awaiting_review": 1, "completed": 2, "failed": 1}


def test_each_job_is_a_row_of_the_csv_and_no_name_becomes_a_formula(report: dict[str, Any]) -> None:
    """A's client is called =Kestrel."""
    rows = {row["job"]: row for row in csv.DictReader(io.StringIO(as_csv(report)))}
    assert set(rows) == {"A", "B", "C"}
    assert rows["A"]["client"] == "'=Kestrel"
    assert (float(rows["A"]["machine_s"]), float(rows["A"]["human_s"])) == (220.0, 1200.0)
    assert (rows["B"]["overridden"], rows["B"]["went_back"], rows["C"]["completed"]) == ("True", "True", "")


def test_text_and_page_say_the_same_figures(report: dict[str, Any]) -> None:
    text, page = as_text(report), as_html({**report, "of": "<script>alert(1)</script>"})
    for said in ("50% (1 of 2 completed)", "5.1 jobs an hour, over 23 min 40 s", "text_overflow"):
        assert said in text
        assert said in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0.0, "0 s"),
        (0.0384, "38 ms"),
        (1.44, "1.4 s"),
        (59.6, "1 min 00 s"),
        (125.0, "2 min 05 s"),
        (7500.0, "2 h 05 min"),
        (100_000.0, "1 d 3 h"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.fixture
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_utc")
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T14:30", datetime(2026, 11, 20, 14, 30, tzinfo=UTC)),
        ("2026-11-20T14:30+02:00", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("90min", NOW - timedelta(minutes=90)),
        ("3d", NOW - timedelta(days=3)),
    ],
)
def test_a_time_may_be_a_date_or_so_long_ago(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at


@pytest.mark.parametrize("text", ["yesterday", "", "3 fortnights", "999999999d", "2026-13-01"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ConfigError, match="is no time"):
        moment(text, NOW)
