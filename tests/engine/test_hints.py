"""Hints: what was told between two rounds is there in the second, and then no more. Queues: whose turn it is."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfolderd.engine.hints import Hint, Hints
from hotfolderd.engine.seats import Queue


def test_what_was_rung_is_taken_once() -> None:
    hints = Hints()
    assert hints.take() == Hint()
    hints.ring(Path("a"))
    hints.ring(Path("b"))
    hints.ring(Path("a"))
    assert hints.take() == Hint(frozenset({Path("a"), Path("b")}))
    hints.ring(None)
    assert hints.take().everything
    assert hints.take() == Hint()


@pytest.mark.parametrize("ring", [lambda hints: hints.wake(), lambda hints: hints.ring(Path("a"))])
def test_a_ring_ends_the_wait(ring: object) -> None:
    hints = Hints()
    threading.Timer(0.05, ring, [hints]).start()  # type: ignore[arg-type]
    began = time.monotonic()
    hints.wait(60)
    assert time.monotonic() - began < 30


def test_nothing_rung_by_many_threads_is_lost() -> None:
    hints, taken = Hints(), set()
    threads = [
        threading.Thread(target=lambda n=n: [hints.ring(Path(f"{n}/{i}")) for i in range(500)])  # type: ignore[misc]
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken |= hints.take().folders
    taken |= hints.take().folders
    assert len(taken) == 2000


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.tuples(st.integers(0, 2), st.sampled_from("xy"))))
    )
)
def test_a_queue_is_the_sorted_list_of_what_is_inside(changes: list[tuple[str, tuple[int, str] | None]]) -> None:
    queue, inside = Queue(), {}
    for name, place in changes:
        order = None if place is None else (*place, name)
        queue.note(name, order)
        inside[name] = order
        wanted = [order[2] for order in sorted(order for order in inside.values() if order)]
        assert list(queue) == wanted
        assert len(queue) == len(wanted)
        assert queue.first() == (wanted[0] if wanted else None)
        assert queue.first(besides={name}) == next((one for one in wanted if one != name), None)


_RUNG_BY_SIGNALS = """
import signal, time
from hotfolderd.engine.hints import Hints
hints, rung = Hints(), 0
signal.signal(signal.SIGALRM, lambda *_: hints.wake())
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
end = time.monotonic() + 1
while time.monotonic() < end:
    hints.take()
    hints.wait(0.000001)
signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_a_signal_that_rings_amid_a_look_at_the_bell_never_waits_for_itself() -> None:
    subprocess.run([sys.executable, "-c", _RUNG_BY_SIGNALS], check=True, timeout=60)
