"""A generator is asked no oftener than its limits say, by a clock that jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hotfolderd.film.generators.limiter import LaterError, RateLimiter, RateLimits, ready_at


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def limiter(limits: RateLimits, clock: Clock, starts: tuple[float, ...] = ()) -> RateLimiter:
    return RateLimiter(limits, clock=clock, sleep=clock.sleep, starts=starts)


def test_clips_of_a_minute_are_begun_evenly_spread() -> None:
    clock = Clock()
    one = limiter(RateLimits(per_minute=6), clock)
    waits = [one.acquire() for _ in range(8)]
    assert waits == [0, *[10] * 7]
    assert all(later - earlier == 10 for earlier, later in pairwise(one.starts))


def test_a_day_is_counted_over_a_restart() -> None:
    clock = Clock()
    first = limiter(RateLimits(per_day=3), clock)
    for _ in range(3):
        first.acquire()
        clock.now += 5
    second = limiter(RateLimits(per_day=3), clock, tuple(first.starts))
    assert ready_at(second.limits, second.starts, clock.now) == 1000 + 86_400
    with pytest.raises(LaterError) as raised:
        second.acquire(longest_s=60)
    assert raised.value.after_s == 86_400 - 15
    assert second.acquire() == pytest.approx(86_400 - 15)
    assert second.acquire() == pytest.approx(5)


def test_no_more_run_at_once_than_may() -> None:
    clock = Clock()
    one = limiter(RateLimits(max_concurrent=2), clock)
    assert (one.acquire(), one.acquire()) == (0, 0)
    with pytest.raises(LaterError):
        one.acquire(longest_s=0.1)
    one.release()
    assert one.acquire() == 0


def test_without_limits_nothing_waits_and_a_limit_of_none_is_refused() -> None:
    clock = Clock()
    one = limiter(RateLimits(), clock)
    assert [one.acquire() for _ in range(50)] == [0] * 50
    with pytest.raises(ValueError, match="per_minute is 0"):
        RateLimits(per_minute=0)
