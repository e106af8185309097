"""Writing sidecars: pre-filled, commented YAML in which every text of a stranger is quoted.

Gives texts; writes nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from hotfolderd.model import Issue, Match

SCHEMAS = "../../.hotfolderd/schemas"
_COMMENT_COLUMN = 26
_BRIEF = 200
_GRADING = ("ready", "critical", "warnings", "info", "score", "grade")


def scalar(value: Any) -> str:
    """One value in one line of YAML, quoted where it must be, also within brackets."""
    if isinstance(value, str) and not value.isprintable():
        # Not ASCII as JSON has it: YAML would take the two halves of an emoji for two characters.
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
    if isinstance(value, list):
        return f"[{', '.join(scalar(item) for item in value)}]"
    return _remembered(value) if len(str(value)) <= _BRIEF else _dumped(value)


def _dumped(value: Any) -> str:
    text: str = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1_000_000)
    return text.strip()[1:-1]


# In a batch the same names stand in each sidecar.
_remembered = functools.lru_cache(maxsize=1024, typed=True)(_dumped)


def flow(value: Mapping[str, Any]) -> str:
    """A mapping in one line: `{a: 1, b: two}`."""
    return f"{{{', '.join(f'{key}: {scalar(one)}' for key, one in value.items())}}}"


def line(key: str, value: Any, comment: str = "") -> str:
    """`key: value` with a comment at a common column."""
    shown = "" if value is None else scalar(value)
    text = f"{key}: {shown}".rstrip()
    return f"{text:<{_COMMENT_COLUMN}}# {comment}" if comment else text


def head(gate: str, job: str, revision: int, page: str) -> list[str]:
    """The first lines of every sidecar."""
    return [
        f"# yaml-language-server: $schema={SCHEMAS}/{gate}.json",
        f"# {page} in this folder shows what this is about. Edit, save: that is all. The last line must stay.",
        f"for: {flow({'job': job, 'revision': revision})}",
    ]


def review_text(job: str, revision: int, matches: Iterable[Match], unused: Iterable[str]) -> str:
    """`review.yaml` of a template job."""
    lines = [
        *head("review", job, revision, "review.html"),
        line("decision", "pending", "approve | hold"),
        line("by", None, "your name; empty: the owner of this file"),
        line("apply_to", "job", "job | batch: also those jobs of the batch that have the same template and layers"),
        "matches:",
    ]
    for match in matches:
        lines += _match_lines(match)
    lines += [
        f"unused_layers: {scalar(list(unused))}",
        line("resolve_warnings", [], "- {id: 3, notes: font installed}"),
        line("notes", ""),
        "end: true",
    ]
    return "\n".join(lines) + "\n"


def _match_lines(match: Match) -> list[str]:
    rows = [
        f"  - placeholder: {scalar(match.placeholder)}",
        f"    comp: {scalar(match.comp)}",
        f"    kind: {match.kind}",
        f"    layer: {scalar(match.layer)}",
    ]
    if match.kind == "text":
        rows.append(f"    value: {scalar(match.value)}")
    elif match.fit or match.layer is None:
        rows.append(f"    fit: {match.fit or 'fit'}  # fit | fill | stretch")
    rows += [f"    confidence: {round(match.confidence, 2)}", f"    why: {scalar(match.why)}"]
    if match.candidates:
        others = [f"{one.layer} {one.confidence:.2f}" for one in match.candidates]
        rows.append(f"    or: {scalar(others)}")
    return rows


def override_text(job: str, revision: int, issues: Iterable[Issue]) -> str:
    """`override.yaml`."""
    lines = [
        *head("override", job, revision, "override.html"),
        line("decision", "pending", "override | return | hold"),
        line("reason", "", "override: at least 10 characters"),
        line("by", None, "your name; empty: the owner of this file"),
        line("notes", ""),
        "issues:  # what was found; changing this list changes nothing",
    ]
    for number, issue in enumerate(issues, start=1):
        row = {"id": number, "severity": issue.severity, "type": issue.type}
        if issue.placeholder:
            row["placeholder"] = issue.placeholder
        if issue.layer:
            row["layer"] = issue.layer
        lines.append(f"  - {flow({**row, 'message': issue.message, 'fix': issue.fix})}")
    return "\n".join([*lines, "end: true"]) + "\n"


def approval_text(job: str, revision: int, validation: Mapping[str, Any]) -> str:
    """`approval.yaml`."""
    choices = "approve | reject | regenerate | hold"
    if not validation.get("ready", True):
        choices = "force_approve | reject | regenerate | hold"
    lines = [
        *head("approval", job, revision, "approval.html"),
        line("decision", "pending", choices),
        line("by", None, "your name; empty: the owner of this file"),
        line("notes", ""),
        line("reason", "", "force_approve and reject: at least 10 characters"),
        line("return_to", "2-review", "reject: 2-review | 5-generation"),
        f"output_validation: {flow({key: validation[key] for key in _GRADING if key in validation})}",
        "end: true",
    ]
    return "\n".join(lines) + "\n"
