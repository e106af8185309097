"""The settings beside a CSV: what they may say, and how wrong ones are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.inbox.batch_settings import BatchSettings, read_batch_settings
from hotfolderd.inbox.names import settings_files
from hotfolderd.review.reading import SidecarRefusedError


def test_everything_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.batch.yaml"
    path.write_text("# nothing yet\n")
    assert read_batch_settings(path) == BatchSettings(
        submitted_by=None, start="auto", max_jobs=None, on_invalid_rows="reject"
    )


def test_what_is_written_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.batch.yaml"
    path.write_bytes("submitted_by: 007\nstart: manual # later\nmax_jobs: 3\n".encode("utf-16"))
    settings = read_batch_settings(path)
    assert (settings.submitted_by, settings.start, settings.max_jobs) == ("007", "manual", 3)
    path.write_text("submitted_by: 5\n")
    assert read_batch_settings(path).submitted_by == "5"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("start: auto\nstart: manual\n", "line 2, column 1: the key “start” is written twice"),
        ("# x\nstart: yes\n", "line 2, column 8: `start` is 'yes'"),
        ("max_jobs: 0\n", "line 1, column 11: `max_jobs` is 0"),
        ("max_jobs: 2.5\n", "line 1, column 11: `max_jobs` is 2.5"),
        ("on_invalid_row: reject\n", "Did you mean `on_invalid_rows`?"),
        ("submitted_by: &a anna\n", "line 1, column 15: found an anchor"),
        ("- a\n", "line 1, column 1: found a list where keys should stand"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "a.batch.yaml"
    path.write_text(text)
    with pytest.raises(SidecarRefusedError) as caught:
        read_batch_settings(path)
    assert "a.batch.yaml" in caught.value.problems[0]
    assert found in caught.value.problems[0].replace("a.batch.yaml, ", "").replace("a.batch.yaml: ", "")


def test_the_settings_bear_the_name_of_their_table() -> None:
    assert settings_files("Spring.CSV") == ("Spring.batch.yaml", "Spring.batch.yml")
