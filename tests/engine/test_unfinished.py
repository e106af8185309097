"""A step that says when it can go on: the job waits until then, without an attempt, a worker or a false word."""

from __future__ import annotations

from pathlib import Path

import pytest
from studio import Studio

from hotfolderd.pipeline import ON_HOLD, PROCESSING, REVIEW


def order(studio: Studio, wait_s: float) -> Path:
    place = studio.order("J1")
    later = place / "assets" / "draw.later"
    later.write_text(str(studio.clock.seconds + wait_s))
    return later


def test_the_job_waits_and_goes_on_then(studio: Studio) -> None:
    order(studio, 60)
    studio.work()
    record = studio.record("J1")
    assert (record.stage, record.attempts, record.doing) == (PROCESSING, 0, "the ink is wet")
    assert record.retry_at == pytest.approx(studio.clock.seconds + 60, abs=5)
    assert studio.reconciler.running() == 0, "no worker waits"
    assert studio.status("J1")["doing"] == "the ink is wet"
    assert studio.runs("J1").count("draw") == 1
    (studio.place("J1") / "assets" / "draw.later").unlink()
    studio.clock.seconds += 61
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_again_and_again_is_no_attempt(studio: Studio) -> None:
    later = order(studio, 60)
    for _ in range(12):
        studio.work()
        studio.clock.seconds += 61
        later.write_text(str(studio.clock.seconds + 60))
    assert studio.stage("J1") == PROCESSING, "it would have failed after three attempts"


def test_no_longer_than_any_attempt_is_put_off(studio: Studio) -> None:
    """A time that lies far ahead would be taken for that of a clock that was set back, and the step run at once."""
    order(studio, 86_400)
    studio.work()
    retry_at = studio.record("J1").retry_at
    assert retry_at is not None
    assert retry_at <= studio.clock.seconds + 200
    assert studio.runs("J1").count("draw") == 1


def test_an_order_is_heard_meanwhile_and_a_restart_goes_on_waiting(studio: Studio) -> None:
    order(studio, 100)
    studio.work()
    studio.restart()
    studio.work()
    assert studio.runs("J1").count("draw") == 1
    studio.control("J1", action="hold", by="anna")
    studio.work()
    assert studio.stage("J1") == ON_HOLD
