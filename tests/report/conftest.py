from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from recorded import recorded_root

from hotfolderd.root import Root


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """A recorded history; nobody writes into it."""
    return recorded_root(tmp_path_factory.mktemp("recorded"))
