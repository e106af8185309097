"""`events`, `stats`, `report`, `batch` and `next` on a recorded history, as they are called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotfolderd.cli.app import _exit_code, load_commands
from hotfolderd.cli.place import app
from hotfolderd.errors import HotfolderError
from hotfolderd.root import Root

load_commands()


@dataclass(frozen=True, slots=True)
class Called:
    returncode: int
    stdout: str


def call(root: Root, *words: str) -> Called:
    """Call a command in this process: what it prints and how it ends are the same, a second is saved for each."""
    result = CliRunner().invoke(app, ["--root", str(root.path), *words])
    error = result.exception
    if isinstance(error, HotfolderError):
        return Called(_exit_code(error), result.stdout)
    assert error is None or isinstance(error, SystemExit), error
    return Called(result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("D",), 5),  # created, and two arrivals that were told twice
        (("--user", "ben"), 3),
        (("--action", "stage_approved"), 3),
        (("--action", "stage_approved", "--since", "2026-11-20T10:12+00:00"), 1),
        (("--action", "stage_approved", "--until", "2026-11-20T10:05+00:00"), 1),
        (("--batch", "B2"), 5),
        (("--batch", "B1", "--user", "cleo"), 1),
        (("--user", "ben", "--limit", "2"), 2),
        (("--user", "nobody"), 0),
    ],
)
def test_events_are_chosen_by_job_time_person_action_and_batch(root: Root, words: tuple[str, ...], count: int) -> None:
    """Oldest first, each as it stands in the history."""
    found = json.loads(call(root, "events", *words, "--json").stdout)["events"]
    assert len(found) == count
    assert [one["ts"] for one in found] == sorted(one["ts"] for one in found)


def test_events_in_words_are_one_line_each(root: Root) -> None:
    lines = call(root, "events", "--user", "cleo").stdout.splitlines()
    assert lines == ["2026-11-20T10:09:30.000Z\tB\tvalidation_overridden\tcleo\tvalidation_overridden by cleo"]


def test_a_report_is_written_in_each_form_and_needs_a_batch_or_a_date(root: Root, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert call(root, "report", "--batch", "B1", "--format", "html", "--out", str(page)).returncode == 0
    assert "50% (1 of 2 completed)" in page.read_text()
    content = json.loads(call(root, "report", "--since", "2026-11-20T10:30+00:00", "--format", "json").stdout)
    assert [one["job"] for one in content["each"]] == ["C", "D"]
    assert "right at first     50% (1 of 2 completed)" in call(root, "report", "--batch", "B1").stdout
    assert call(root, "report", "--batch", "B1", "--format", "csv").stdout.startswith("job,kind,batch,client")
    for words, code in (
        (("report",), 2),
        (("report", "--batch", "B1", "--since", "1d"), 2),
        (("report", "--since", "whenever"), 2),
        (("report", "--batch", "B9"), 3),
        (("events", "NOBODY"), 3),
    ):
        assert call(root, *words).returncode == code, words


def test_statistics_tell_of_stages_times_and_the_newest_batches(root: Root) -> None:
    stats = json.loads(call(root, "stats", "--json", "--timing").stdout)
    assert stats["summary"]["avg_completion_time"] == 1220.0
    assert [one["batch"] for one in stats["recent_batches"]] == ["B2", "B1"]
    assert stats["timing"][0]["p95_ms"] == 190.0
    text = call(root, "stats").stdout
    assert "from drop to done: 20 min 20 s on average" in text
    assert "read-design    20  100 ms  190 ms  200 ms" in call(root, "stats", "--timing").stdout


def test_a_batch_is_told_by_stage_and_status(root: Root) -> None:
    content = json.loads(call(root, "batch", "B1", "--json").stdout)
    assert content["stage_counts"] == {"7-completed": 2, "failed": 1}
    assert content["status_counts"] == {"completed": 2, "failed": 1}
    assert (content["jobs"], content["completed"], content["failed"]) == (3, 2, 1)
    assert call(root, "batch").stdout.splitlines()[0].split("\t")[:3] == ["B2", "processing", "autumn"]
    assert call(root, "batch", "B9").returncode == 3
