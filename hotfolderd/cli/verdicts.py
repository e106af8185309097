"""What `check` says of a file when it has been looked at, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hotfolderd.cli.place import say
from hotfolderd.review.reading import as_address

Verdict = Literal["right", "wrong", "not there"]


def right(path: Path, more: str = "") -> Verdict:
    """Say that nothing is wrong with a file, and what `more` there is to know."""
    say(f"{path}: right{more}")
    return "right"


def wrong(path: Path, problems: list[str]) -> Verdict:
    """Say every mistake under its address, then how many there are."""
    names = (str(path), f"{path.parent}/{path.name}", path.name)
    for problem in problems:
        name = next((one for one in names if problem.startswith((f"{one}:", f"{one},"))), None)
        say(as_address(f"{path}: {problem}" if name is None else f"{path}{problem[len(name) :]}"))
    say(f"{path}: wrong ({len(problems)} mistake{'s' if len(problems) > 1 else ''})")
    return "wrong"
