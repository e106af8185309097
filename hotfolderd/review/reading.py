"""Reading what a person wrote: a sidecar's bytes to its model, or a list of problems with lines and advice.

Reads one file; writes nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hotfolderd.errors import RefusedError
from hotfolderd.review.strict_yaml import MAX_BYTES, SidecarError, decode, load

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Written:
    """A sidecar as it lies on the disk: its content, digest, owner and a fingerprint that changes with every save."""

    data: bytes
    sha256: str
    owner: str
    fingerprint: tuple[int, int, int, int]


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
        raise SidecarRefusedError([f"{path.name}: cannot be read ({error.strerror}). Write a plain file."]) from error
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


def parse(data: bytes, model: type[M], name: str) -> M:
    """The model that a sidecar's bytes hold. Raises SidecarRefusedError with every fault and its line."""
    try:
        content = load(data)
    except SidecarError as error:
        raise SidecarRefusedError([f"{name}: {error}"]) from error
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
        raise SidecarRefusedError([_in_words(detail, root, model, name) for detail in error.errors()]) from error


def _in_words(detail: ErrorDetails, root: yaml.Node | None, model: type[BaseModel], name: str) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    line = _line(root, detail["loc"])
    where = f"{name}, line {line}" if line else name
    found = detail["input"]
    if detail["type"] == "extra_forbidden":
        key, known = str(detail["loc"][-1]), _keys(_model_at(model, detail["loc"][:-1]))
        near = difflib.get_close_matches(key, known, n=1)
        advice = f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(known)}."
        return f"{where}: the key `{key}` is not known here. {advice}"
    if detail["type"] == "value_error":
        text = detail["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{where}: {f'`{place}`: ' if place else ''}{text}."
    if detail["type"] == "missing":
        return f"{where}: `{place}` is missing. Write it."
    return f"{where}: `{place}` is {found!r}. {detail['msg'].removeprefix('Input ').capitalize()}."


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


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int | None:
    """The line (from 1) of the value at `loc`, or of the nearest thing around it."""
    line = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
