"""The word that was probably meant: for keys, values, layers, columns, files. Reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(wanted: str, known: Iterable[str], least: float = 70) -> str | None:
    """The word in `known` that `wanted` was probably meant to be, or None. `least` is a similarity from 0 to 100."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  only where somebody has made a mistake

    words = sorted(set(known))
    # A folder in front must not outweigh a slip in the name, so words are compared without case only.
    found = process.extractOne(wanted, words, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=least)
    return found[0] if found else None


def one_of(wanted: str, known: Iterable[str], most: int = 40) -> str:
    """`Did you mean x? Write one of: x, y, z.`, the first part where one is near; of very many only the first."""
    words = list(dict.fromkeys(known))
    near = nearest(wanted, words, least=60)
    more = f" and {len(words) - most} more" if len(words) > most else ""
    meant = f"Did you mean `{near}`? " if near else ""
    return f"{meant}Write one of: {', '.join(words[:most])}{more}."
