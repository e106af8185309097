"""T17: how seldom a generator is asked, by a clock that jumps; counted over all jobs and restarts."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from hotfolderd.config import check_config
from hotfolderd.errors import ConfigError
from hotfolderd.film.generators.limiter import RateLimits
from hotfolderd.stages.episode.limiting import wait_for_turn

START = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = START
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def begin(folder: Path, clock: Clock, name: str = "http", **limits: int) -> float:
    """When a clip may be begun."""
    limit = RateLimits(**limits)  # type: ignore[arg-type]  # names of the fields
    wait_for_turn(folder, name, limit, tell=clock.waits.append, clock=clock, sleep=clock.sleep)
    return clock.now - START


def test_six_a_minute_are_ten_seconds_apart(tmp_path: Path) -> None:
    clock = Clock()
    starts = [begin(tmp_path, clock, per_minute=6) for _ in range(7)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert all(gap >= 9.99 for gap in gaps), starts
    assert starts[-1] <= 70
    assert clock.waits, "people are told until when it waits"


def test_a_restart_goes_on_counting_and_generators_are_counted_apart(tmp_path: Path) -> None:
    clock = Clock()
    assert begin(tmp_path, clock, per_minute=6) == 0
    again = Clock()
    assert begin(tmp_path, again, "command", per_minute=6) == 0
    assert begin(tmp_path, again, per_minute=6) >= 9.99


def test_a_day_has_its_limit(tmp_path: Path) -> None:
    clock = Clock()
    starts = [begin(tmp_path, clock, per_day=2) for _ in range(3)]
    assert starts[2] - starts[0] >= 86_000


def test_without_a_limit_nothing_is_written(tmp_path: Path) -> None:
    begin(tmp_path / "generators", Clock())
    assert not (tmp_path / "generators").exists()


@pytest.mark.parametrize("voice", ["German", "-w/tmp/x", "de/../x", "d"])
def test_a_voice_that_can_be_none_is_refused_before_the_daemon_starts(tmp_path: Path, voice: str) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"episodes": {"voice": voice}}))
    with pytest.raises(ConfigError, match="is no voice of espeak-ng"):
        check_config(tmp_path / "config.yaml")


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://x/y", "http://x:abc", "http://:80"])
def test_an_address_that_is_none_is_refused_before_the_daemon_starts(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"episodes": {"http": {"url": url}}}))
    with pytest.raises(ConfigError, match="is no address"):
        check_config(tmp_path / "config.yaml")
