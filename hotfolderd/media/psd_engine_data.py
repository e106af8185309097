"""Text layers of a design, read by `text_engine` in the place of psd-tools' own reader: the same objects, sooner.

Newer versions of Photoshop keep all texts once more in a block for the whole document, in the same syntax. Neither we
nor psd-tools draw anything of it, and reading it takes psd-tools 20 ms for a single line of text: it stays as bytes.
`quicken` puts it there, for this process. Reads bytes, writes nothing.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import re
from typing import Any

from psd_tools.constants import Tag
from psd_tools.psd import engine_data, tagged_blocks
from psd_tools.psd.parse_limits import consume_bytes

from hotfolderd.media.text_engine import OtherwiseError, Syntax

_TOKEN = re.compile(
    rb"""[ \n\t]*+(?:
        (?P<text>\(\xfe\xff.*?(?<=[^\\])\))
      | (?: (?P<open><<|\[) | (?P<close>>>|\]) | /(?P<name>[A-Za-z0-9_]{1,99}+)
          | (?P<whole>-?[0-9]{1,20}+) | (?P<real>-?[0-9]{0,20}+\.[0-9]{1,20}+) | (?P<word>true|false) ) (?=[ \n\t]|\Z)
      | (?P<other>.|\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_BEGIN = re.compile(rb"[ \n\t]*<<(?=[ \n\t])")
_MOST_KNOWN = 1024  # of each kind, so that one object serves wherever the same stands: nobody here changes it


@functools.lru_cache(_MOST_KNOWN)
def _name(name: bytes) -> engine_data.Property:
    return engine_data.Property(name.decode("ascii"))


@functools.lru_cache(_MOST_KNOWN)
def _whole(token: bytes) -> engine_data.Integer:
    return engine_data.Integer(int(token))


@functools.lru_cache(_MOST_KNOWN)
def _real(token: bytes) -> engine_data.Float:
    return engine_data.Float(float(token))


_SYNTAX = Syntax(
    token=_TOKEN,
    key=_name,
    dictionary=engine_data.Dict,
    array=engine_data.List,
    entries=operator.attrgetter("_items"),
    values={
        "name": _name,
        "text": engine_data.String.frombytes,
        "whole": _whole,
        "real": _real,
        "word": lambda token: engine_data.Bool(token == b"true"),
    },
)


class EngineData(engine_data.EngineData):
    """In the place of the class of psd-tools when a file is read; what it gives is of that class."""

    @classmethod
    def frombytes(cls, data: Any, *args: Any, **kwargs: Any) -> Any:
        """As psd-tools does. Raises what psd-tools raises."""
        begun = _BEGIN.match(data)
        if begun is not None:
            consume_bytes(len(data))
            found = engine_data.EngineData()
            with contextlib.suppress(OtherwiseError, ValueError):
                _SYNTAX.read(data, begun.end(), found)
                return found
        return engine_data.EngineData.frombytes(data, *args, **kwargs)


def quicken() -> None:
    """Have psd-tools read with this, and leave as bytes what nobody asks for."""
    tagged_blocks.TYPES.pop(Tag.TEXT_ENGINE_DATA, None)
    tagged_blocks.EngineData = EngineData  # type: ignore[attr-defined]
