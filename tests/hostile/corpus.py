"""What a case of the corpus is, what makes an answer to it readable, and what was seen of all of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

LEAST_CHARACTERS = 20
_CLASS = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Interrupt)\b|\bTraceback\b|<_io\.|object at 0x")
# Sentences of ours about what to do begin with one of these, or ask what was meant.
_VERBS = """Write Delete Save Send Copy Put Open Make Replace Remove Rename Keep Merge Move Crop Look Drop Split Use
    Close Export Fix Give Add Scale Begin Upload Return Edit Type Name Correct Check Have Did Are If Should Row It
    copy write use delete put"""
_ADVICE = re.compile(rf"(?:^|[.;?!:,…] |\()(?:{'|'.join(_VERBS.split())})\b")


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


@dataclass
class Tally:
    """What was seen of all cases, for the summary at the end."""

    count: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    deaths: int = 0
    mutations: int = 0
    slowest: tuple[float, str] = (0.0, "")

    def add(self, kind: str, name: str, *, accepted: bool, seconds: float) -> None:
        self.count[kind] = self.count.get(kind, 0) + 1
        self.accepted += accepted
        self.slowest = max(self.slowest, (seconds, f"{kind}: {name}"))

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.count.items())
        return (
            f"hostile corpus: {sum(self.count.values())} cases ({kinds}); {self.accepted} accepted, "
            f"{self.deaths} workers died, slowest {self.slowest[0]:.1f} s ({self.slowest[1]}); "
            f"{self.mutations} mutations"
        )


TALLY = Tally()
