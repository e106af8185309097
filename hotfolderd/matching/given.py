"""Texts that were ordered for placeholders by name, as the columns `text:NAME` of a CSV do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hotfolderd.media.same_names import fold


def asked(name: str) -> str:
    """A placeholder's name as an order names it: case, the form of accents and blanks around it do not count."""
    return fold(name.strip())


def texts_given(texts: Mapping[str, str]) -> Callable[[str], str | None]:
    """What gives the text ordered for the placeholder of a name; None where none was."""
    given = {asked(name): text for name, text in texts.items()}
    return lambda name: given.get(asked(name))
