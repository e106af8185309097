"""`report.txt` of a delivery: what was set, what the project shows besides, what was proved, and every change.

Values only. Reads nothing, writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from hotfolderd.model import Issue
from hotfolderd.stages.template.delivery import FOOTAGE
from hotfolderd.stages.template.ordered import Ordered

MOST_CHANGES = 300
_NEW_ITEM = re.compile(r"(.*Item#\d+)(?:[/+].*)?: new, [\d,]+ bytes (\(imported .*\))")


def gathered(changes: Sequence[str]) -> list[str]:
    """The changed chunks, a line each; those of one new item are one line."""
    lines: list[str] = []
    for key, same in groupby(changes, lambda line: found.groups() if (found := _NEW_ITEM.fullmatch(line)) else None):
        those = list(same)
        lines += those if key is None else [f"{key[0]}: a new item of {len(those)} chunks {key[1]}"]
    return lines


def report_text(
    ordered: Ordered, build: dict[str, Any], issues: list[Issue], fonts: list[dict[str, str | None]]
) -> str:
    """`report.txt`, line by line."""
    changes = gathered(build["changes"])
    lines = [
        f"{ordered.job}: {ordered.client or 'no client'}, {ordered.project or 'no project'} (batch {ordered.batch})",
        "",
        "What was set",
        *(f"  {one['placeholder']}: {one['now']}" for one in build["done"]),
        *(f"  {one['placeholder']}: NOT SET, {one['why']}" for one in build["skipped"]),
        *(f"  renamed: {one['was']} is called {one['now']} now" for one in build["renamed"]),
        "",
        "What the project shows besides",
        *(f"  {FOOTAGE}/{name}" for name in build["kept_footage"]),
        *(f"  MISSING: {path}" for path in build["absent_footage"]),
        *([] if build["kept_footage"] or build["absent_footage"] else ["  no other footage"]),
        "",
        f"Where it lies: {build['delivery']}",
        *([f"  with After Effects: {build['seen_as']}"] if build["seen_as"] != build["delivery"] else []),
        "",
        "Fonts of its texts",
        *(f"  {one['font']}: {one['file'] or 'NOT FOUND HERE'}" for one in fonts),
        *([] if fonts else ["  none"]),
        "",
        "What was proved",
        *(f"  {text}" for text in build["verified"]),
        "",
        "What was not proved",
        *(f"  {text}" for text in build["notes"]),
        "  previews/side_by_side.mp4 is an approximate preview, not rendered by After Effects.",
        "  populate.jsx has not been run in After Effects here.",
        "",
        "Every chunk that differs from the template",
        *(f"  {line}" for line in changes[:MOST_CHANGES]),
        *([f"  and {len(changes) - MOST_CHANGES:,} more"] if len(changes) > MOST_CHANGES else []),
        *([] if changes else ["  none"]),
        "",
        "Issues",
        *(f"  {issue.severity}: {issue.message}" for issue in issues),
    ]
    return "\n".join(lines) + "\n"
