"""What this folder has counted is printed at the end of the run: each project, and every chunk that was changed."""

from __future__ import annotations

import sys


def pytest_counted() -> list[str]:
    doors = sys.modules.get("test_both_doors")
    return list(doors.COUNTED) if doors is not None else []
