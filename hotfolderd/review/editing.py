"""Editing a sidecar as a person would: one top-level key, the rest of the file left as it is. Gives texts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hotfolderd.review.writing import scalar

_LAST_LINE = re.compile(r"^end:[ \t]*true\s*?$", re.MULTILINE)


def set_keys(text: str, values: Mapping[str, str]) -> str:
    """The text with top-level keys set; a key that is not there is added before the last line."""
    for key, value in values.items():
        line = f"{key}: {scalar(value)}"
        # A value may go on in indented lines, with empty ones between.
        pattern = re.compile(rf"^{re.escape(key)}:[^\n]*(?:\n(?:[ \t\r]*\n)*[ \t]+[^\s][^\n]*)*", re.MULTILINE)
        if pattern.search(text):
            text = pattern.sub(lambda _: line, text, count=1)  # noqa: B023  used at once
        else:
            last = [found.start() for found in _LAST_LINE.finditer(text)]
            body, end = (text[: last[-1]], "end: true\n") if last else (text, "")
            text = f"{body.rstrip()}\n{line}\n{end}"
    return text
