"""The circuit of a generator is one for all jobs and processes of a root, and holds up the scenes of no other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hotfolderd.film.generators.circuit import CircuitPolicy
from hotfolderd.stages.episode.board import Segment
from hotfolderd.stages.episode.circuits import SharedCircuit, open_circuits, said_of
from hotfolderd.stages.episode.waiting import Waiting

START = 1_800_000_000.0
POLICY = CircuitPolicy()


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def circuit(folder: Path, clock: Clock, name: str = "http") -> SharedCircuit:
    return SharedCircuit(folder, name, POLICY, clock)


FAILING = """
import sys
from pathlib import Path
from hotfolderd.film.generators.circuit import CircuitPolicy
from hotfolderd.stages.episode.circuits import SharedCircuit
one = SharedCircuit(Path(sys.argv[1]), "http", CircuitPolicy(failures=int(sys.argv[2])))
for number in range(50):
    clip = f"{sys.argv[3]}/{number}"
    if one.begin(clip, 60):
        one.broke(clip, "it is away")
"""


def test_failures_of_several_processes_are_counted_together_and_none_is_lost(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FAILING, str(tmp_path), "1000"]
    running = [subprocess.Popen([*words, f"J{number}"]) for number in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert SharedCircuit(tmp_path, "http", POLICY).seen().failed == 150


def test_it_opens_for_other_jobs_and_processes_too(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FAILING, str(tmp_path), "5", "J1"], check=True, timeout=60)
    other = SharedCircuit(tmp_path, "http", POLICY)
    assert other.seen().failed == 5, "the sixth was not begun"
    assert not other.begin("J2/1", 60)
    assert SharedCircuit(tmp_path, "command", POLICY).begin("J2/1", 60), "another generator goes on"


def test_after_the_pause_exactly_one_of_many_threads_tries(tmp_path: Path, clock: Clock) -> None:
    one = circuit(tmp_path, clock)
    for number in range(5):
        one.broke(f"J1/{number}", "it is away")
    clock.now += 60
    begun: list[str] = []

    def ask(clip: str) -> None:
        if one.begin(clip, 60):
            begun.append(clip)

    threads = [threading.Thread(target=ask, args=(f"J1/{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1
    one.worked()
    assert open_circuits(tmp_path) == {}
    assert one.begin("J1/7", 60)


def test_a_success_between_begins_the_count_anew(tmp_path: Path, clock: Clock) -> None:
    one = circuit(tmp_path, clock)
    for _ in range(4):
        one.broke("J1/1", "it is away")
    one.worked()
    for _ in range(4):
        one.broke("J1/1", "it is away")
    assert open_circuits(tmp_path) == {}
    one.broke("J1/1", "it is away.")
    (seen,) = open_circuits(tmp_path).values()
    words = said_of("http", seen, clock.now + 20)
    assert words == "The generator http fails for every scene: it is away. Its scenes wait; one of them tries in 40 s."


def test_what_a_program_said_does_nothing_to_a_terminal(tmp_path: Path, clock: Clock) -> None:
    one = circuit(tmp_path, clock)
    for _ in range(5):
        one.broke("J1/1", "\x1b]0;owned\x07\x1b[2J it is away")
    (seen,) = open_circuits(tmp_path).values()
    assert said_of("http", seen, clock.now).isprintable()


def test_a_file_that_cannot_be_read_holds_nobody_up(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "http.circuit").write_bytes(b"\x00half")
    assert circuit(tmp_path, clock).begin("J1/1", 60)


# the queue ------------------------------------------------------------------------------------------------------------


def queue(clock: Clock, open_until: dict[int, float], numbers: tuple[int, ...]) -> Waiting:
    def until(segment: Segment) -> float | None:
        at = open_until.get(segment.number)
        return at if at is not None and at > clock.now else None

    return Waiting([Segment(number) for number in numbers], until, stop=lambda: clock.now > START + 1000)


def taken(waiting: Waiting) -> int | None:
    segment = waiting.take()
    return segment.number if segment else None


def test_segments_of_a_generator_that_is_left_alone_hold_up_no_others(clock: Clock) -> None:
    waiting = queue(clock, {1: START + 70, 3: START + 60}, (1, 2, 3, 4))
    assert [taken(waiting), taken(waiting), taken(waiting)] == [2, 4, None]
    assert waiting.soonest() == (START + 60, Segment(3))
    clock.now += 65
    assert [taken(waiting), taken(waiting)] == [3, None]
    assert waiting.soonest() == (START + 70, Segment(1))


def test_an_order_ends_it(clock: Clock) -> None:
    waiting = queue(clock, {}, (1,))
    clock.now += 1001
    assert taken(waiting) is None
    assert waiting.soonest() is None, "it waits for nothing"


def test_what_is_put_back_comes_after_the_others(clock: Clock) -> None:
    waiting = queue(clock, {}, (1, 2))
    first = waiting.take()
    assert first is not None
    waiting.put_back(first)
    assert [taken(waiting), taken(waiting), taken(waiting)] == [2, 1, None]
    waiting.put_back(first)
    waiting.end()
    assert taken(waiting) is None
