"""The syntax in which Adobe's text engine says what stands in a text layer, in designs and in projects alike.

`<< /Name value … >>`, `[ … ]`, numbers, words and strings; the two formats differ in small things, and the libraries in
what they make of it. They read it byte by byte, which is most of what a file with many texts costs: some 10 ms for each
text layer. This reads it by one regular expression, and leaves to the library whatever looks the least bit otherwise.
Reads bytes, writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 60  # psd-tools allows 64


class OtherwiseError(Exception):
    """Something that the library's own reader shall see."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How tokens look, and what a library makes of them.

    `token` matches one with the white space before it, in one of the groups open, close, name, end and those that
    `values` has makers for; whatever else stands there in the group other. `key` makes the name of an entry, `entries`
    gives the dict within a dictionary, or the list within an array.
    """

    token: re.Pattern[bytes]
    key: Callable[[bytes], Any]
    dictionary: Callable[[], Any]
    array: Callable[[], Any]
    entries: Callable[[Any], Any]
    values: Mapping[str, Callable[[bytes], Any]]

    def read(self, data: bytes, position: int, root: Any, *, bare: bool = False) -> int:
        """Fill the dictionary `root` from behind its `<<` to its `>>`; the position behind that.

        `bare`: its entries stand in no brackets, and go to the end of the data.
        Raises OtherwiseError, and ValueError as the makers do: then the library shall read it.
        """
        inside, key, named = self.entries(root), None, True
        around: list[Any] = []
        values = self.values
        for found in self.token.finditer(data, position):
            kind = found.lastgroup
            assert kind is not None
            token = found[kind]
            if kind in ("close", "end"):
                wanted = b"]" if not named else b"" if bare and not around else b">>"
                if key is not None or token != wanted:
                    raise OtherwiseError
                if not around:
                    return found.end()
                inside = around.pop()
                named = isinstance(inside, dict)
            elif named and key is None:
                if kind != "name":
                    raise OtherwiseError
                key = self.key(token)
            elif kind == "other":
                raise OtherwiseError
            else:
                opened = kind == "open"
                value = self._opened(token) if opened else values[kind](token)
                if named:
                    inside[key], key = value, None
                else:
                    inside.append(value)
                if opened:
                    around.append(inside)
                    inside = self.entries(value)
                    named = isinstance(inside, dict)
                    if len(around) > _DEEPEST:
                        raise OtherwiseError
        raise OtherwiseError

    def _opened(self, token: bytes) -> Any:
        return self.dictionary() if token == b"<<" else self.array()
