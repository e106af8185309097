"""A generator that fails five times in a row is left alone for a minute; then one clip tries."""

from __future__ import annotations

from hotfolderd.film.generators.circuit import CircuitPolicy, GeneratorCircuit

POLICY = CircuitPolicy()
AT = 1_800_000_000.0


def broken(times: int, at: float = AT) -> GeneratorCircuit:
    circuit = GeneratorCircuit()
    for number in range(times):
        circuit = circuit.broke(f"J1/{number}", "it is away", at, POLICY)
    return circuit


def test_it_opens_with_the_fifth_failure_in_a_row_and_not_before() -> None:
    assert not broken(4).open
    assert broken(4).waits_until("J1/9", AT, POLICY) is None
    assert broken(5).open
    assert broken(5).waits_until("J2/1", AT, POLICY) == AT + 60
    assert broken(5).message == "it is away"


def test_after_the_pause_one_clip_tries_and_the_others_wait_for_it() -> None:
    circuit = broken(5)
    later = AT + 60
    assert circuit.waits_until("J2/1", later, POLICY) is None
    circuit = circuit.begun("J2/1", later, 180)
    assert circuit.waits_until("J2/1", later, POLICY) is None, "the trial itself, after a restart"
    assert circuit.waits_until("J1/1", later, POLICY) == later + 180
    assert circuit.waits_until("J1/1", later + 181, POLICY) is None, "who tried was killed"


def test_a_trial_that_fails_begins_the_next_pause_of_the_same_length() -> None:
    circuit = broken(5).begun("J2/1", AT + 60, 180).broke("J2/1", "still away", AT + 65, POLICY)
    assert (circuit.open, circuit.trial, circuit.message) == (True, "", "still away")
    assert circuit.waits_until("J2/1", AT + 65, POLICY) == AT + 125


def test_a_clip_that_was_begun_before_it_opened_makes_no_pause_longer() -> None:
    circuit = broken(5).broke("J1/7", "late", AT + 30, POLICY)
    assert circuit.waits_until("J1/1", AT + 30, POLICY) == AT + 60


def test_a_trial_that_says_nothing_of_the_generator_lets_another_try() -> None:
    circuit = broken(5).begun("J2/1", AT + 60, 180)
    assert circuit.left("J1/1") == circuit
    assert circuit.left("J2/1").waits_until("J1/1", AT + 61, POLICY) is None


def test_a_clock_that_was_set_back_holds_nobody_up_for_longer_than_a_pause() -> None:
    assert broken(5, AT + 86_400).waits_until("J1/1", AT, POLICY) is None


def test_a_closed_circuit_notes_no_trial() -> None:
    assert GeneratorCircuit().begun("J1/1", AT, 180) == GeneratorCircuit()
