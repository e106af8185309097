"""What a case of the corpus is, and what makes an answer to it readable."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LEAST_CHARACTERS = 20
_CLASS = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Interrupt)\b|\bTraceback\b|<_io\.|object at 0x")
# Sentences of ours about what to do begin with one of these, or ask what was meant.
_ADVICE = re.compile(
    r"(?:^|[.;?:,] |\()(?:Should be|Row 1 must|It has|Write|Delete|Save|Send|Copy|Put|Open|Make|Replace|Remove|Rename|Keep|Merge|Crop|Look|Drop|"
    r"Split|Use|Close|Did you|Are |Export|Fix|Close|Give|Add|Scale|If its copy|Begin|use |Upload|Return|Edit|Type|"
    r"delete|put|press|copy it|write it|Name|Correct|Check|Have|Move|write it)"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile input. `accepted` says what must become of it: True, False, or None where either is right."""

    name: str
    data: bytes
    accepted: bool | None = False


def unreadable(sentence: str, file: str) -> str:
    """Why a person could not make sense of an error about `file`; empty if nothing is wrong with it."""
    if len(sentence) < LEAST_CHARACTERS:
        return "is too short"
    if found := _CLASS.search(sentence):
        return f"holds {found[0]!r}, a word of programmers"
    bad = next((c for c in sentence if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}), None)
    if bad is not None and bad != "\n":
        return f"holds the character U+{ord(bad):04X}"
    if file not in sentence:
        return f"does not name {file}"
    if not _ADVICE.search(sentence):
        return "does not say what to do"
    return ""
