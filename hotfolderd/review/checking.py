"""What a person wrote, checked by pydantic: the model, or every fault in words that say what to write.

Reads and writes nothing. `reading.parse` imports it when there is something to check: pydantic takes 15 MiB of memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hotfolderd.review.fault import FaultError
from hotfolderd.review.nearest import nearest

M = TypeVar("M", bound=BaseModel)
WhereIs = Callable[[Sequence[tuple[int | str, ...]], bool], str]
"""Gives the place of the first of these paths of keys that is written; if True, that of the key itself."""
_SHOWN_CHARACTERS = 100
_CHOICE = re.compile(r"'([^']*)'")


def check(content: dict[Any, Any], model: type[M], where_is: WhereIs) -> tuple[M | None, list[str]]:
    """The model that a content holds, or None with what is wrong with it."""
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, [_in_words(detail, model, where_is) for detail in error.errors()]


def _in_words(detail: ErrorDetails, model: type[BaseModel], where_is: WhereIs) -> str:
    place = _printable(".".join(str(part) for part in detail["loc"]))
    fault = detail.get("ctx", {}).get("error")
    keys = fault.keys if isinstance(fault, FaultError) else []
    at = [(*detail["loc"], *key) for key in keys] or [detail["loc"]]
    where = where_is(at, detail["type"] == "extra_forbidden")
    found = _shown(detail["input"])
    if detail["type"] == "extra_forbidden":
        key, known = str(detail["loc"][-1]), _keys(_model_at(model, detail["loc"][:-1]))
        near = nearest(key, known, least=60)
        advice = f"Did you mean `{near}`?" if near else f"Write one of: {', '.join(known)}."
        return f"{where}: the key `{_printable(key)}` is not known here. {advice}"
    if detail["type"] == "value_error":
        text = detail["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{where}: {f'`{place}`: ' if place else ''}{text}."
    if detail["type"] == "missing":
        return f"{where}: `{place}` is missing. Write it."
    advice = f"{detail['msg'].removeprefix('Input ').capitalize()}.{_meant(detail)}"
    return f"{where}: `{place}` is {found}. {advice}"


def _meant(detail: ErrorDetails) -> str:
    """The choice that was probably meant, where there are choices."""
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return ""
    near = nearest(detail["input"], _CHOICE.findall(detail.get("ctx", {}).get("expected", "")), least=60)
    return f" Did you mean `{near}`?" if near else ""


def _shown(value: object) -> str:
    """What was written, as Python writes it, and short."""
    return _printable(repr(value))


def _printable(text: str) -> str:
    text = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of the part of a sidecar that `loc` leads to."""
    for part in loc:
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        kinds = (*kinds, *(inner for kind in kinds for inner in get_args(kind)))
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return model


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
