"""A small part of the benchmark's labelled pairs, made anew with another seed: right answers, honest confidence, quick.

The generator lies with the benchmarks, where the whole of it is measured.
"""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
EACH, SEED = 3, 77


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("matching")


def test_the_pairs_to_tune_on_are_matched_rightly_and_with_honest_confidence(benchmark: ModuleType) -> None:
    pairs = benchmark.make_pairs(benchmark.TUNE, seed=SEED, each=EACH)
    said = benchmark.ask(benchmark.ours, pairs)
    assert len(said) > 800
    assert benchmark.top_1(said) >= 0.99, [one for one in said if not one.is_right]
    wrong, sure = benchmark.wrong_but_sure(said)
    assert sure > 0.8 * len(said)
    assert wrong <= 0.005 * sure
    for edge, count, mean, right in benchmark.reliability(said):
        if count >= 30:
            assert right >= mean - 0.06, f"of {count} said to be {mean:.2f} sure (from {edge}) {right:.2f} were right"


def test_both_named_alternatives_are_far_behind(benchmark: ModuleType) -> None:
    pairs = benchmark.make_pairs(benchmark.TUNE, seed=SEED, each=1)
    ours, contained, greedy = (benchmark.top_1(benchmark.ask(ask, pairs)) for ask in benchmark.MATCHERS.values())
    assert ours > greedy + 0.2 > contained + 0.2


def test_the_made_up_answers_are_possible(benchmark: ModuleType) -> None:
    """Every right layer exists, is of the right kind, is visible, and serves one name only."""
    for pair in benchmark.make_pairs(benchmark.TEST, seed=SEED, each=1):
        names: dict[str, str] = {}
        for placeholder in pair.template.placeholders:
            right = pair.truth[placeholder.id]
            if right is not None:
                layer = pair.design.layer(right)
                assert layer is not None
                assert layer.visible
                assert (layer.kind == "text") == (placeholder.kind == "text")
                assert names.setdefault(right, placeholder.name) == placeholder.name


def test_the_same_seed_makes_the_same_pairs(benchmark: ModuleType) -> None:
    once, again = (benchmark.make_pairs(benchmark.TUNE, seed=5, each=1) for _ in range(2))
    assert once == again


def test_a_thousand_layers_and_a_thousand_placeholders_take_seconds(benchmark: ModuleType) -> None:
    """Some 2 s on two free cores; the limit allows for a machine that is busy with other things."""
    pair = benchmark.large_pair(1000)
    began = time.process_time()
    said = benchmark.ask(benchmark.ours, [pair])
    assert time.process_time() - began < 30
    assert benchmark.top_1(said) == 1.0
