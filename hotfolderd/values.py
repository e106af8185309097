"""Frozen dataclasses out of the plain values that this program wrote of them as JSON, each checked against its field.

For files of our own (records, plans, what steps saved). What people write is checked by pydantic, which tells them what
is wrong where: that takes 15 MiB of memory, and a daemon that only waits needs none of it. Reads and writes nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, Union

T = TypeVar("T")
_Reader = Callable[[Any], Any]
_SHOWN_CHARACTERS = 40


def from_plain(kind: type[T], value: Any) -> T:
    """The value of a dataclass that a JSON object holds. Raises ValueError where it holds something else.

    A field that is missing has its default; a key that is no field is left out, as one of a later version. A list
    becomes a tuple where the field is one, a whole number a `float` likewise; nothing else is converted.
    """
    of_any_kind: Any = kind
    found: T = _reader(of_any_kind)(value)
    return found


def _wrong(value: Any, wanted: str) -> ValueError:
    shown = repr(value)
    short = shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"
    return ValueError(f"{short} is not {wanted}")


@functools.cache
def _reader(kind: Any) -> _Reader:
    """What reads a value of a type. Raises TypeError for a type that no field of ours has."""
    if dataclasses.is_dataclass(kind):
        return _of_fields(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return _one_of(parts)
    if origin in (Union, types.UnionType):
        return _any_of([_reader(part) for part in parts])
    if origin is tuple and parts[1:] == (...,):
        return _list_of(tuple, _reader(parts[0]))
    if origin is tuple:
        return _tuple_of([_reader(part) for part in parts])
    if origin is list:
        return _list_of(list, _reader(parts[0]))
    if origin in (dict, Mapping):
        return _dict_of(*(_reader(part) for part in parts))
    raise TypeError(f"{kind!r}: no file of ours holds such a value")


def _of_fields(kind: Any) -> _Reader:
    hints = typing.get_type_hints(kind)
    none = dataclasses.MISSING
    fields = [
        (one.name, _reader(hints[one.name]), one.default is none and one.default_factory is none)
        for one in dataclasses.fields(kind)
    ]

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _wrong(value, kind.__name__)
        given = {}
        for name, part, needed in fields:
            if name in value:
                try:
                    given[name] = part(value[name])
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None
            elif needed:
                raise ValueError(f"{name} is missing")
        return kind(**given)

    return read


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _wrong(value, "a text")
    if not value.isascii():
        value.encode()  # half a character (a surrogate), which no file could take
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise _wrong(value, "a whole number")
    return value


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is not int:
        raise _wrong(value, "a number")
    return float(value)


def _yes_or_no(value: Any) -> bool:
    if type(value) is not bool:
        raise _wrong(value, "true or false")
    return value


def _nothing(value: Any) -> None:
    if value is not None:
        raise _wrong(value, "null")


def _anything(value: Any) -> Any:
    return value


_PLAIN: dict[Any, _Reader] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _yes_or_no,
    type(None): _nothing,
    Any: _anything,
    object: _anything,
}


def _one_of(choices: tuple[Any, ...]) -> _Reader:
    known = {choice: choice for choice in choices}

    def read(value: Any) -> Any:
        if not isinstance(value, str | int) or value not in known:
            raise _wrong(value, f"one of {', '.join(map(str, choices))}")
        return known[value]  # the one that all share, not the copy that was read

    return read


def _any_of(readers: list[_Reader]) -> _Reader:
    may_be_none = _nothing in readers
    others = [one for one in readers if one is not _nothing]

    def read(value: Any) -> Any:
        if value is None and may_be_none:
            return None
        for one in others[:-1]:
            try:
                return one(value)
            except ValueError:
                continue
        return others[-1](value)

    return read


def _list_of(make: Callable[[list[Any]], Any], part: _Reader) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise _wrong(value, "a list")
        return make([part(one) for one in value])

    return read


def _tuple_of(parts: list[_Reader]) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not list or len(value) != len(parts):
            raise _wrong(value, f"a list of {len(parts)}")
        return tuple([part(one) for part, one in zip(parts, value, strict=True)])

    return read


def _dict_of(key: _Reader, part: _Reader) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _wrong(value, "an object")
        return {key(name): part(one) for name, one in value.items()}

    return read
