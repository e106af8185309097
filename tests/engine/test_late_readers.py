"""What reads sidecars is imported once files that were saved together are seen, and never ends the daemon."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hotfolderd.engine.readers import Readers


def test_readers_are_imported_a_moment_after_the_first_was_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"late_{letter}" for letter in "abc"]
    for name in names:
        (tmp_path / f"{name}.py").write_text("def read():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    readers = Readers()
    assert readers.load_when_due(100.0) is None, "nothing is wanted"
    readers.want("late_a:read", "no_such_module:read", "late_b:no_such_function")
    first = readers.load_when_due(100.0)
    assert first is not None
    assert 0.1 < first < 1.0
    readers.want("late_c:read")
    assert readers.load_when_due(100.0 + first / 2) == pytest.approx(first / 2), "the first one counts"
    assert not set(names) & set(sys.modules)
    assert readers.load_when_due(100.0 + first) is None
    assert set(names) <= set(sys.modules)
    readers.want("late_a:read")
    assert readers.load_when_due(200.0) is None, "it is there"
    for name in names:
        sys.modules.pop(name)
