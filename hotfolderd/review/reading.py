"""Reading what a person wrote: a sidecar's bytes to its model, or a list of problems with places and advice.

Reads one file; writes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hotfolderd.errors import RefusedError
from hotfolderd.review.models import FaultError
from hotfolderd.review.nearest import nearest
from hotfolderd.review.strict_yaml import MAX_BYTES, SidecarError, decode, load

M = TypeVar("M", bound=BaseModel)
_SHOWN_CHARACTERS = 100
_PLACED = re.compile(r"(.*?), line ([0-9]+), column ([0-9]+): ", re.DOTALL)
_CHOICE = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Written:
    """A sidecar as it lies on the disk: its content, digest, owner and a fingerprint that changes with every save."""

    data: bytes
    sha256: str
    owner: str
    fingerprint: tuple[int, int, int, int]

    def where(self, name: str, *places: tuple[int | str, ...]) -> str:
        """`name, line 7, column 12`: the first of these keys that is written, such as `("matches", 0, "layer")`."""
        return _where(name, yaml.compose(decode(self.data), Loader=yaml.SafeLoader), places)


class SidecarRefusedError(RefusedError):
    """A sidecar that cannot be taken. `problems` are lines for people: where, what is wrong, what to write."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def fingerprint(path: Path) -> tuple[int, int, int, int] | None:
    """What changes with every save of a file: inode, size, times; None where there is nothing of that name."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def read_written(path: Path) -> Written:
    """The file as it is now; a link, a pipe or a file of more than 256 KiB is a problem, never followed or read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        text = {
            errno.ELOOP: "is a link, which is not followed. Write a plain file",
            errno.EACCES: "the daemon's user may not read it. Give it the permission, or save the file anew",
        }.get(error.errno or 0, f"cannot be read ({error.strerror}). Write a plain file")
        raise SidecarRefusedError([f"{path.name}: {text}."]) from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise SidecarRefusedError([f"{path.name}: is not a plain file. Write a plain file."])
    with os.fdopen(handle, "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SidecarRefusedError(
            [f"{path.name}: is larger than {MAX_BYTES // 1024} KiB. Keep only the keys asked for."]
        )
    mark = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return Written(data, hashlib.sha256(data).hexdigest(), _owner(found.st_uid), mark)


def owner_of(path: Path) -> str:
    """The user who owns a file or folder: the name, or `uid` and a number that this machine has no name for."""
    return _owner(path.stat().st_uid)


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"


def refuse_empty(data: bytes, name: str) -> None:
    """Raise SidecarRefusedError if no key is written at all: an editor or a full disk may have lost the content."""
    try:
        empty = not load(data)
    except SidecarError:
        return  # `parse` says what is wrong
    if empty:
        words = (
            "is empty, so nothing is decided. Write your decision, or have the prepared file back by deleting this one"
        )
        raise SidecarRefusedError([f"{name}: {words}."])


def parse(data: bytes, model: type[M], name: str) -> M:
    """The model that a sidecar's bytes hold. Raises SidecarRefusedError with every fault and its place."""
    try:
        content = load(data)
    except SidecarError as error:
        raise SidecarRefusedError([f"{name}, {error}"]) from error
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise SidecarRefusedError(
            [f"{name}: holds a {type(content).__name__}, not keys. Write lines like `decision: …`."]
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        root = yaml.compose(decode(data), Loader=yaml.SafeLoader)
        problems = [_in_words(detail, root, model, name) for detail in error.errors()]
        raise SidecarRefusedError(sorted(problems, key=_place_in)) from error


def as_address(problem: str) -> str:
    """A problem as editors and terminals jump to it: `review.yaml:7:12: …` for `review.yaml, line 7, column 12: …`."""
    return _PLACED.sub(r"\1:\2:\3: ", problem, count=1)


def _place_in(problem: str) -> tuple[int, int]:
    found = _PLACED.match(problem)
    return (int(found[2]), int(found[3])) if found else (0, 0)


def _in_words(detail: ErrorDetails, root: yaml.Node | None, model: type[BaseModel], name: str) -> str:
    place = _printable(".".join(str(part) for part in detail["loc"]))
    fault = detail.get("ctx", {}).get("error")
    keys = fault.keys if isinstance(fault, FaultError) else []
    at = [(*detail["loc"], *key) for key in keys] or [detail["loc"]]
    where = _where(name, root, at, of_key=detail["type"] == "extra_forbidden")
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


def _where(name: str, root: yaml.Node | None, places: Sequence[tuple[int | str, ...]], *, of_key: bool = False) -> str:
    found = (_place(root, place, of_key=of_key) for place in places)
    place = next((one for one in found if one), None)
    return f"{name}, line {place[0]}, column {place[1]}" if place else name


def _place(node: yaml.Node | None, loc: tuple[int | str, ...], *, of_key: bool) -> tuple[int, int] | None:
    """Line and column (from 1) of the value at `loc`, or of the nearest thing around it.

    A value that begins below its key is placed at the key; so is each, if `of_key`.
    """
    mark = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
            if not of_key and node.start_mark.line == mark.line:
                mark = node.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else None
