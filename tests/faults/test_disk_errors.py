"""A disk that fails: at each failpoint, once and for a while, with each error. The jobs stay, then all goes on."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trials
from deaths import spread
from stories import play
from tally import count
from test_kills import report
from trials import Outcome, Stage, fresh, judge

from hotfolderd import disk

ERRORS = (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EACCES)
LENGTHS = (1, 3)
Case = tuple[Stage, int, int, int]


@pytest.fixture(scope="module")
def stages(memory: Path) -> list[Stage]:
    folder = memory / "errors"
    folder.mkdir()
    return trials.prepare(folder)


@contextmanager
def failing(number: int, code: int, length: int) -> Iterator[Callable[[], int]]:
    """Have the changes from that number on (counted from 0, `length` of them) fail; how many have failed."""
    seen = failed = 0

    def failpoint(name: str, path: Path) -> None:
        nonlocal seen, failed
        if name.endswith(".done"):
            return
        seen += 1
        if number < seen <= number + length:
            failed += 1
            raise OSError(code, os.strerror(code), str(path))

    disk.set_failpoint(failpoint)
    try:
        yield lambda: failed
    finally:
        disk.set_failpoint(None)


def fail(case: Case, ground: Path) -> Outcome:
    """One trial: the same process goes on, as the daemon does."""
    stage, number, code, length = case
    fresh(stage, ground)
    before = [kind for name, kind in stage.reached if not name.endswith(".done")]
    what = f"{errno.errorcode[code]} at {number} ({before[number]}), {length} times"
    with failing(number, code, length) as failed:
        outcome = judge(stage, ground, what, lambda: play(ground, stage.story), quietly=False)
        return dataclasses.replace(outcome, faults=failed())


def all_cases(stages: list[Stage]) -> list[Case]:
    return [
        (stage, number, code, length)
        for stage in stages
        for number in range(sum(not name.endswith(".done") for name, _ in stage.reached))
        for code in ERRORS
        for length in LENGTHS
    ]


def some_cases(stages: list[Stage]) -> list[Case]:
    """Every kind of change with every error once and for a while; every fifth occurrence with one of them."""
    cases: list[Case] = []
    known: set[str] = set()
    for stage in stages:
        before = [kind for name, kind in stage.reached if not name.endswith(".done")]
        for number, kind in enumerate(before):
            if kind not in known:
                cases += [(stage, number, code, LENGTHS[code % 2]) for code in ERRORS]
                known.add(kind)
            elif number % 5 == 0:
                cases.append((stage, number, ERRORS[number % len(ERRORS)], LENGTHS[number // 5 % 2]))
    return cases


def test_an_error_of_the_disk_stops_no_line_and_loses_no_job(stages: list[Stage], field: Path, soak: bool) -> None:
    """The process never ends; the job stays where it is; when the disk works again everything comes to its end."""
    cases = all_cases(stages) if soak else some_cases(stages)
    outcomes = spread(cases, lambda case: fail(case, field / f"ground-{os.getpid()}"), field)
    count(
        f"disk errors: {len(outcomes)} runs, {sum(one.faults for one in outcomes)} failed changes, "
        f"{sum(bool(one.broken) for one in outcomes)} with a broken invariant"
    )
    assert all(one.faults for one in outcomes), "each run met its error"
    assert report(outcomes) == ""
