"""When the making of segments stops for an order."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.stages.episode import make_segments
from hotfolderd.work import Workbench

HOUR_NS = 3600 * 10**9


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    out = tmp_path / "out"
    out.mkdir()
    return Workbench(tmp_path, out, {})


def test_an_order_that_was_written_after_the_step_was_ordered_stops_it(bench: Workbench) -> None:
    since = make_segments._came_ns(bench.out)
    assert not make_segments._is_ordered(bench, since)
    (bench.job / "control.yaml").write_text("action: hold\n")
    assert make_segments._is_ordered(bench, since - 1)
    assert not make_segments._is_ordered(bench, make_segments._came_ns(bench.job / "control.yaml"))


def test_an_order_from_before_the_clock_was_set_back_stops_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused long ago and lies there still: else the step would end at once, again and again."""
    (bench.job / "control.yaml").write_text("action: hodl\n")
    came = make_segments._came_ns
    monkeypatch.setattr(make_segments, "_came_ns", lambda path: came(path) + HOUR_NS * (path.name == "control.yaml"))
    assert not make_segments._is_ordered(bench, came(bench.out))
