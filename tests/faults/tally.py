"""What was done to the line, in lines for the end of the test run."""

from __future__ import annotations

import os

SOAK = bool(os.environ.get("HOTFOLDERD_SOAK"))
TALLY: list[str] = []


def count(text: str) -> None:
    """Have a line printed in the summary, and at once where output is shown."""
    TALLY.append(text)
    print(text, flush=True)  # noqa: T201  a soak of an hour must show that it lives
