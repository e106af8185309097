"""What After Effects said while it worked, judged: its exit code is 0 for much that nobody wants on air.

Reads the text of a log; writes nothing. The words are those of an English After Effects; codes are the same in all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.model import Issue

Kind = Literal[
    "comp_not_found",
    "missing_footage",
    "missing_fonts",
    "missing_effects",
    "codec",
    "memory",
    "logged_errors",
    "error",
    "warning",
]
MOST_WARNINGS = 20
_LONGEST_LINE = 300
_LOG_TAIL = 20_000


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line that matches `pattern` means `kind`; `blame` is the error that it is, `remedy` what a person does."""

    kind: Kind
    pattern: re.Pattern[str]
    blame: type[HotfolderError] | None = None
    remedy: str = ""


def _rule(kind: Kind, pattern: str, blame: type[HotfolderError] | None = None, remedy: str = "") -> _Rule:
    return _Rule(kind, re.compile(pattern, re.IGNORECASE), blame, remedy)


# The first that fits names a line; the first that is found at all names the failure.
_RULES = (
    _rule(
        "comp_not_found",
        r"no comp was found with the given name|comp(osition)? \S.* (was|could) not (be )?found",
        JobError,
        "Open the template in After Effects and see whether its comp is there, then drop it again.",
    ),
    _rule(
        "missing_footage",
        r"file not found|missing footage|footage .*(missing|not found)|files? (is|are) missing",
        JobError,
        "Put the footage into the job's assets/footage, or match its placeholder to a layer.",
    ),
    _rule(
        "missing_fonts",
        r"missing fonts?\b|fonts? (is|are) missing|font family:|font .*(not available|substituted)",
        JobError,
        "Install the fonts of the template on the machine with After Effects, "
        "or allow it by render.tolerate: [missing_fonts].",
    ),
    _rule(
        "missing_effects",
        r"missing (effects?|plug-?ins?|dependenc)|effects? (is|are) missing|dependencies are missing",
        JobError,
        "Install the plug-ins of the template on the machine with After Effects, "
        "or allow it by render.tolerate: [missing_effects].",
    ),
    _rule(
        "codec",
        r"1610153459",
        ToolError,
        "This codec cannot be written there: choose another render.output_module, or install the codec.",
    ),
    _rule(
        "memory",
        r"out of memory|(not enough|insufficient|low on) memory|unable to allocate|memory allocation failed",
        ToolError,
        "Close other programs on that machine, or have it render fewer frames at once.",
    ),
    _rule(
        "logged_errors",
        r"logged (one|\d+) errors?",
        ToolError,
        "Render the comp by hand in After Effects and see what it says.",
    ),
    _rule(
        "error",
        r"^\s*(aerender\s+)?error\b|aerender error|after effects error|unable to render",
        ToolError,
        "Render the comp by hand in After Effects and see what it says.",
    ),
    _rule("warning", r"^\s*warning\b|after effects warning"),
)
_TOLERABLE: dict[Kind, str] = {
    "missing_fonts": "missing_font",
    "missing_footage": "missing_asset",
    "missing_effects": "render_warning",
    "logged_errors": "render_warning",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of a log that means something."""

    kind: Kind
    line: str


def findings(log: str) -> list[Finding]:
    """What is told in a log, line by line, each once."""
    found: dict[Finding, None] = {}
    for line in log.replace("\r", "\n").split("\n"):
        if line.lstrip().startswith("PROGRESS:"):  # it holds names of comps and paths, which may say anything
            continue
        rule = next((rule for rule in _RULES if rule.pattern.search(line)), None)
        if rule is not None:
            found[Finding(rule.kind, clean(line))] = None
    return list(found)


def judge(name: str, log: str, tolerate: Collection[str] = ()) -> list[Issue]:
    """The issues that a log is worth. Raises JobError or ToolError for what makes a result that nobody may have.

    `name` is the program; `tolerate` names kinds that are told as warnings instead.
    """
    found = findings(log)
    for rule in _RULES:
        lines = [one.line for one in found if one.kind == rule.kind]
        if rule.blame is not None and lines and rule.kind not in tolerate:
            raise with_log(rule.blame(f"{name}: {' | '.join(lines[:3])}. {rule.remedy}"), log)
    return list(_issues(name, found))


def with_log(error: HotfolderError, log: str) -> HotfolderError:
    """The error with the end of the log as a note, which comes into the job's `.failed.txt`."""
    error.add_note(f"What the program said:\n{log[-_LOG_TAIL:]}")
    return error


def clean(line: str) -> str:
    """One line of a foreign text, of limited length and without what breaks a page or a terminal."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in line[: 4 * _LONGEST_LINE]).split()).rstrip(".")
    return plain if len(plain) <= _LONGEST_LINE else f"{plain[: _LONGEST_LINE - 1]}…"


def _issues(name: str, found: list[Finding]) -> Iterator[Issue]:
    for one in found[:MOST_WARNINGS]:
        yield Issue(_TOLERABLE.get(one.kind, "render_warning"), "warning", f"{name}: {one.line}")
    if len(found) > MOST_WARNINGS:
        yield Issue("render_warning", "warning", f"{name}: {len(found) - MOST_WARNINGS} more warnings")
