"""The house's own validator: a program of the configuration that looks at the final project and prints its issues.

Starts that program, without a shell; reads what it prints; writes nothing. The program is trusted to run, its words are
not: they are cut, cleaned and shown as text. That it could not do its work never counts as "valid".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hotfolderd.errors import ToolError
from hotfolderd.media import process
from hotfolderd.model import Issue, Severity

MOST_BYTES = 1 << 20
MOST_ISSUES = 200
_MOST_CHARACTERS = 500
_INVALID = 1
_SEVERITIES: dict[str, Severity] = {
    "critical": "critical",
    "error": "critical",
    "fatal": "critical",
    "warning": "warning",
    "warn": "warning",
    "info": "info",
    "notice": "info",
}
_GRAVITY: tuple[Severity, ...] = ("critical", "warning", "info")
_REMEDY = "Run it by hand on the project, or take it out of output.validator in the configuration."


def run_validator(command: Sequence[str], project: Path, timeout_s: float) -> list[Issue]:
    """What the program says of a project; `{project}` in an argument stands for its path.

    It prints JSON, `{"issues": […]}` or the array alone: objects (`severity`, `category` or `type`, `message`, `fix`,
    `layer`, `comp`, the longer names of `output_validation.json` too) or mere texts; what has no severity is a warning.
    Exit code 0: it has looked; 1: it has looked and found the project invalid. Raises ToolError for everything else.
    """
    argv = [part.replace("{project}", str(project)) for part in command]
    done = process.run(
        argv, timeout_s=timeout_s, accept=lambda code: code in (0, _INVALID), most_bytes=MOST_BYTES, remedy=_REMEDY
    )
    name = Path(argv[0]).name
    issues = [_issue(name, one) for one in _listed(name, done.stdout)]
    if len(issues) > MOST_ISSUES:
        more = f"{name} names {len(issues) - MOST_ISSUES} more issues, which are not shown"
        issues.sort(key=lambda issue: _GRAVITY.index(issue.severity))
        worst = issues[MOST_ISSUES].severity
        issues = [*issues[:MOST_ISSUES], _said(worst, more)]
    if done.code == _INVALID and not any(issue.severity == "critical" for issue in issues):
        issues.append(_said("critical", f"{name} says that the project is invalid (exit code {_INVALID})"))
    return issues


def _listed(name: str, printed: bytes) -> list[Any]:
    try:
        found = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{name}: what it printed is no JSON: {_clean(printed[:80])!r}. {_REMEDY}") from error
    issues = found.get("issues") if isinstance(found, dict) else found
    if not isinstance(issues, list) or not all(isinstance(one, dict | str) for one in issues):
        raise ToolError(
            f'{name}: it should print {{"issues": […]}} or an array, found {_clean(printed[:80])!r}. {_REMEDY}'
        )
    return issues


def _issue(name: str, one: dict[str, Any] | str) -> Issue:
    if isinstance(one, str):
        return _said("warning", f"{name}: {_clean(one)}")
    severity = _SEVERITIES.get(str(one.get("severity", "")).lower(), "warning")
    kind = _first(one, "category", "type")
    message = _first(one, "message", "details", "description") or "no message"
    return _said(
        severity,
        f"{name}: {f'{kind}: ' if kind else ''}{message}",
        _first(one, "fix", "fix_suggestion"),
        _first(one, "layer_name", "layer", "layerName"),
        _first(one, "composition_name", "comp", "compName", "composition"),
    )


def _said(severity: Severity, message: str, fix: str = "", layer: str = "", comp: str = "") -> Issue:
    details = {"category": "validator", "layer_name": layer, "composition_name": comp}
    return Issue("plainly_validator", severity, message, fix, placeholder=layer or None, details=details)


def _first(one: dict[str, Any], *keys: str) -> str:
    """The first of these keys that holds a text or a number."""
    return next(
        (_clean(one[key]) for key in keys if isinstance(one.get(key), str | int | float) and one[key] != ""), ""
    )


def _clean(value: object) -> str:
    """Words that break no line, no terminal and no page."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = "".join(c if c.isprintable() else " " for c in text[: 4 * _MOST_CHARACTERS])
    text = " ".join(text.split())
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
