"""The harness itself: every fault of `planted.py` is caught, and the sound engine is not accused by the same trials."""

from __future__ import annotations

import os
from pathlib import Path

from deaths import in_child, spread
from planted import PLANTS, Planted, hunt
from tally import count


def test_every_planted_fault_is_caught(field: Path) -> None:
    """Each is planted in a process of its own; what caught it is printed."""

    def caught(planted: Planted) -> str:
        note = field / f"caught-{PLANTS.index(planted)}"

        def look() -> None:
            trials, outcome = hunt(planted, field)
            if outcome:
                first = (outcome.broken or ["a message was told again without need"])[0].strip().splitlines()[-1]
                note.write_text(f"{trials} trials; {outcome.what}: {first}")

        code = in_child(look, None, field / f"traceback-{os.getpid()}")
        if code != 0:
            raise AssertionError((field / f"traceback-{os.getpid()}").read_text())
        return note.read_text() if note.exists() else ""

    results = spread(PLANTS, caught, field)
    for planted, result in zip(PLANTS, results, strict=True):
        count(f"planted: {planted.name}: {'caught after ' + result if result else 'NOT CAUGHT'}"[:300])
    assert [planted.name for planted, result in zip(PLANTS, results, strict=True) if not result] == []
