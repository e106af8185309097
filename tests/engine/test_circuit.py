"""When a step is left alone because it fails for every job: the table of the circuit."""

from __future__ import annotations

import pytest

from hotfolderd.engine.circuit import Circuit, CircuitPolicy, MachineFaults

POLICY = CircuitPolicy(failures=3, jobs=2, base_s=60.0, cap_s=200.0)
NOW = 1000.0


def after(failures: str, circuit: Circuit | None = None) -> Circuit:
    """A circuit after failures of these jobs, one letter each."""
    circuit = circuit or Circuit()
    for job in failures:
        circuit = circuit.broke(job, f"{job} broke", NOW, POLICY)
    return circuit


@pytest.mark.parametrize(
    ("failures", "is_open"),
    [
        ("", False),
        ("A", False),
        ("AB", False),
        ("AAA", False),
        ("AAAAAA", False),
        ("AAB", True),
        ("ABA", True),
        ("ABC", True),
        ("AAAB", True),
    ],
)
def test_it_opens_after_three_failures_in_a_row_of_two_jobs(failures: str, is_open: bool) -> None:
    assert after(failures).is_open is is_open


def test_a_closed_one_lets_everybody_begin_and_knows_no_trial() -> None:
    circuit = after("AA")
    assert circuit.waits_until(NOW, POLICY) is None
    assert circuit.begun("B") == circuit


def test_an_open_one_lets_one_job_try_after_the_pause() -> None:
    circuit = after("AAB")
    assert circuit.message == "B broke"
    assert circuit.waits_until(NOW, POLICY) == NOW + 60
    assert circuit.waits_until(NOW + 59.9, POLICY) == NOW + 60
    assert circuit.waits_until(NOW + 60, POLICY) is None
    tried = circuit.begun("C")
    assert tried.waits_until(NOW + 61, POLICY) == NOW + 121, "while one tries, the others wait"


def test_pauses_grow_with_each_trial_that_fails_up_to_a_limit() -> None:
    circuit, now, pauses = after("AAB"), NOW, []
    for job in "CDEF":
        pauses.append(circuit.until - now)
        now = circuit.until
        circuit = circuit.begun(job).broke(job, "still", now, POLICY)
        assert circuit.trial == ""
    assert pauses == [60, 120, 200, 200]
    assert circuit.message == "still"


def test_a_job_that_began_before_it_opened_makes_no_pause_longer() -> None:
    circuit = after("AAB")
    late = circuit.broke("C", "late", NOW + 50, POLICY)
    assert (late.until, late.pauses, late.message) == (circuit.until, 1, "B broke")


def test_a_trial_that_ends_without_a_verdict_makes_room_for_the_next_at_once() -> None:
    circuit = after("AAB").begun("C")
    assert circuit.left("A", NOW + 70) == circuit, "only the trial counts"
    assert circuit.left("C", NOW + 70).waits_until(NOW + 70, POLICY) is None
    assert circuit.left("C", NOW + 70).is_open


def test_what_waits_for_the_machine_is_told_at_its_first_and_last_job() -> None:
    faults = MachineFaults()
    assert faults.met("A") == (1, True)
    assert faults.met("B") == (1, False)
    assert faults.met("A") == (2, False)
    assert not faults.passed("C"), "it never waited"
    assert not faults.passed("A")
    assert faults.passed("B")
    assert not faults.passed("B")
    assert faults.met("A") == (1, True)
