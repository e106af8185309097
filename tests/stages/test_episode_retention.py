"""T18: which media of old versions go, and that what is known of them stays."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotfolderd.model import to_json
from hotfolderd.records import stamp
from hotfolderd.stages.episode.board import APPROVED, BOARD, Board, FilmPlan, Made, Params, Segment, Version, clip_of
from hotfolderd.stages.episode.retention import DELETED, Keeping, prune_job, to_prune

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def version(number: int, **known: object) -> Version:
    clip = Made("0" * 64, 4, 1.0, 10.0, 160, 90, 0.1, stamp(NOW), "storyboard", {})
    return Version(number, Params(number), state="made", made=clip, **known)  # type: ignore[arg-type]  # fields by name


def board_of(*versions: Version, current: int, approved: int | None = None) -> Board:
    return Board((Segment(1, versions, current, approved),))


def test_of_five_versions_three_media_stay_and_the_approved_one() -> None:
    versions = tuple(version(number) for number in range(1, 6))
    assert to_prune(board_of(*versions, current=5), (), NOW) == ((1, 1), (1, 2))
    assert to_prune(board_of(*versions, current=5, approved=1), (), NOW) == ((1, 2),)


def test_pinned_current_and_compiled_ones_stay() -> None:
    versions = (version(1), version(2, pinned=True), *(version(number) for number in range(3, 8)))
    assert to_prune(board_of(*versions, current=3), {(1, 4)}, NOW) == ((1, 1),)


@pytest.mark.parametrize(("days", "goes"), [(6.9, False), (7.0, True), (30.0, True)])
def test_a_rejected_version_goes_after_seven_days_even_among_the_last_three(days: float, goes: bool) -> None:
    rejected = version(1, approval="rejected", rejected_at=stamp(NOW - timedelta(days=days)))
    board = board_of(rejected, version(2), current=2)
    assert (to_prune(board, (), NOW) == ((1, 1),)) == goes


def test_the_only_version_there_is_stays_though_it_was_rejected() -> None:
    rejected = version(1, approval="rejected", rejected_at=stamp(NOW - timedelta(days=99)))
    assert to_prune(board_of(rejected, current=1), (), NOW) == ()


def test_how_long_can_be_set() -> None:
    versions = tuple(version(number) for number in range(1, 6))
    assert to_prune(board_of(*versions, current=5), (), NOW, Keeping(versions=5)) == ()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job folder with five versions of one segment, of which the second is in the film that is ordered."""
    board = board_of(*(version(number) for number in range(1, 6)), current=5)
    for number in range(1, 6):
        clip = tmp_path / clip_of(1, number)
        clip.parent.mkdir(parents=True)
        clip.write_bytes(b"clip")
        (clip.parent / "metrics.json").write_text("{}")
    work = tmp_path / ".job" / "work" / "make-segments"
    work.mkdir(parents=True)
    (work / BOARD).write_text(to_json(board))
    (tmp_path / APPROVED).write_text(to_json(dataclasses.replace(board, film=FilmPlan(((1, 2),)))))
    return tmp_path


def test_a_dry_run_says_what_would_go_and_touches_nothing(job: Path) -> None:
    before = sorted(job.rglob("*"))
    assert prune_job(job, NOW, dry_run=True) == (clip_of(1, 1),)
    assert sorted(job.rglob("*")) == before


def test_media_go_and_what_is_known_stays(job: Path) -> None:
    assert prune_job(job, NOW) == (clip_of(1, 1),)
    assert not (job / clip_of(1, 1)).exists()
    assert (job / "segments/001/v1/metrics.json").exists()
    assert json.loads((job / "segments/001/v1" / DELETED).read_bytes()) == {"media_deleted_at": stamp(NOW)}
    assert all((job / clip_of(1, number)).exists() for number in (2, 3, 4, 5)), "the film is protected"
    assert prune_job(job, NOW) == ()


def test_a_folder_that_is_no_episode_is_left_alone(tmp_path: Path) -> None:
    assert prune_job(tmp_path, NOW) == ()
