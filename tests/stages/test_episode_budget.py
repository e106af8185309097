"""What a segment may cost: 120 s and 50 MiB for each 5 s of clip, unless the configuration says otherwise."""

from __future__ import annotations

import dataclasses

import pytest

from hotfolderd.config.films import EpisodeSettings
from hotfolderd.stages.episode.board import Made
from hotfolderd.stages.episode.budget import over_budget

DEFAULTS = EpisodeSettings().model_dump()
MADE = Made("0", 1 << 20, 5.0, 25.0, 1280, 720, 1.0, "2026-11-20T10:00:00.000Z", "http", {})


def types(made: Made, **settings: float) -> list[str]:
    return [issue.type for issue in over_budget(3, made, {**DEFAULTS, **settings})]


@pytest.mark.parametrize(
    ("seconds", "duration_s", "found"),
    [(120.0, 5.0, []), (120.1, 5.0, ["slow_generation"]), (120.1, 10.0, []), (25.0, 1.0, ["slow_generation"])],
)
def test_a_generator_may_take_two_minutes_for_each_five_seconds(
    seconds: float, duration_s: float, found: list[str]
) -> None:
    assert types(dataclasses.replace(MADE, seconds=seconds, duration_s=duration_s)) == found


@pytest.mark.parametrize(
    ("mib", "duration_s", "found"),
    [(50.0, 5.0, []), (50.1, 5.0, ["segment_large"]), (60.0, 10.0, []), (11.0, 1.0, ["segment_large"])],
)
def test_a_clip_may_have_fifty_mib_for_each_five_seconds(mib: float, duration_s: float, found: list[str]) -> None:
    assert types(dataclasses.replace(MADE, size_bytes=int(mib * 2**20), duration_s=duration_s)) == found


def test_the_words_name_segment_generator_figures_and_the_setting() -> None:
    slow, large = over_budget(3, MADE, {**DEFAULTS, "slow_after_s": 0.5, "large_after_mib": 0.5})
    assert slow.message == "Segment 3: http took 1.0 s for 5.0 s of clip, expected were at most 0.5 s"
    assert "episodes.slow_after_s" in slow.fix
    assert large.message == "Segment 3: its clip has 1.0 MiB for 5.0 s, expected were at most 0.5 MiB"
    assert (slow.severity, large.severity) == ("warning", "warning")


def test_a_clip_without_a_length_is_flagged_elsewhere() -> None:
    assert types(dataclasses.replace(MADE, duration_s=0.0, seconds=999.0)) == []
