"""Texts of a project, read by `text_engine` in the place of py-aep's own reader: the same values, sooner.

`quicken` puts it there, for this process. Reads bytes, writes nothing.
"""

from __future__ import annotations

import contextlib
import functools
import re
from typing import Any

from py_aep.cos.cos import CosName, CosParser, CosString
from py_aep.parsers import specialized_properties

from hotfolderd.media.text_engine import OtherwiseError, Syntax

_SPACE = b" \n\t\r\x0b\x0c"
_TOKEN = re.compile(
    rb"""[ \n\t\r\x0b\x0c]*+(?:
        (?P<open><<|\[) | (?P<close>>>|\]) | /(?P<name>[!"$&'*-.0-;=?-Z\\^-z|~]*+)(?!\#)
      | (?P<real>[+-]?(?:[0-9]++\.[0-9]*+|\.[0-9]++)) | (?P<whole>[+-]?[0-9]++)
      | (?P<word>(?:true|false|null)(?![A-Za-z]))
      | \((?P<text>[^\\)]*+(?:\\(?:[nrbf()\\]|[0-7]{1,3})[^\\)]*+)*+)\)
      | (?P<end>\Z) | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_BEGIN = re.compile(rb"[ \n\t\r\x0b\x0c]*(?:(<<)|(?=/))")
_ESCAPE = re.compile(rb"\\([nrbf()\\]|[0-7]{1,3})")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"(": b"(", b")": b")", b"\\": b"\\"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))


@functools.lru_cache(maxsize=1024)
def _name(name: bytes) -> str:
    return name.decode("ascii")


def _string(token: bytes) -> CosString | bytes:
    """A string, decoded as py-aep does it: by the mark at its beginning, else as UTF-8, else not at all."""
    data = _ESCAPE.sub(_unescaped, token) if b"\\" in token else token
    mark, encoding = next((one for one in _MARKS if data.startswith(one[0])), (b"", "utf-8"))
    plain = data.removeprefix(mark)
    try:
        return CosString(plain.decode(encoding), utf16=encoding == "utf-16-be", raw=None if mark else plain)
    except UnicodeDecodeError:
        return plain


def _unescaped(found: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(found[1]) or bytes((int(found[1], 8),))  # ValueError above 255, where py-aep has an error, too


_SYNTAX = Syntax(
    token=_TOKEN,
    key=_name,
    dictionary=dict,
    array=list,
    entries=lambda container: container,
    values={
        "name": lambda token: CosName(_name(token)),
        "text": _string,
        "whole": int,
        "real": float,
        "word": {b"true": True, b"false": False, b"null": None}.__getitem__,
    },
)


class TextParser(CosParser):
    """In the place of py-aep's `CosParser` where texts are read; gives the same values."""

    def parse(self) -> Any:
        """As py-aep does. Raises what py-aep raises."""
        start = self.file.tell()
        data = self.file.read(-1 if self.max_pos is None else max(0, self.max_pos))
        begun = _BEGIN.match(data)
        if begun is not None:
            found: dict[str, Any] = {}
            with contextlib.suppress(OtherwiseError, ValueError):
                end = _SYNTAX.read(data, begun.end(), found, bare=begun[1] is None)
                if not data[end:].strip(_SPACE):
                    return found
        self.file.seek(start)
        return super().parse()


def quicken() -> None:
    """Have py-aep read with this."""
    specialized_properties.CosParser = TextParser  # type: ignore[attr-defined]
