"""Reading what a person wrote: a sidecar's bytes to its model, or a list of problems with places and advice.

Reads one file; writes nothing.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import yaml

from hotfolderd.errors import RefusedError
from hotfolderd.review.strict_yaml import MAX_BYTES, SidecarError, decode, load

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
# Where a line begins so, the file holds a key, or something that `parse` refuses: it need not be read twice.
_A_KEY = re.compile(rb"(?m)^[a-z_]+:[ \r\n]")
# Whoever writes on and on while a file is read has not saved it yet.
_READINGS = 20
_PLACED = re.compile(r"(.*?), line ([0-9]+), column ([0-9]+): ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """A sidecar as it lies on the disk: its content, digest, owner and a fingerprint that changes with every save."""

    data: bytes
    sha256: str
    owner: str
    fingerprint: tuple[int, int, int, int]

    def where(self, name: str, *places: tuple[int | str, ...]) -> str:
        """`name, line 7, column 12`: the first of these keys that is written, such as `("matches", 0, "layer")`."""
        return place_of(name, yaml.compose(decode(self.data), Loader=yaml.SafeLoader), places)


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
    return _mark(found)


def _mark(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def read_written(path: Path) -> Written:
    """The file as it is now; a link, a pipe or a file of more than 256 KiB is a problem, never followed or read.

    So is one that never stands still while it is read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        text = {
            errno.ELOOP: "is a link, which is not followed. Write a plain file",
            errno.EACCES: "the daemon's user may not read it. Give it the permission, or save the file anew",
        }.get(error.errno or 0, f"cannot be read ({error.strerror}). Write a plain file")
        raise SidecarRefusedError([f"{path.name}: {text}."]) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise SidecarRefusedError([f"{path.name}: is not a plain file. Write a plain file."])
        data, mark = _content(handle, path.name)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise SidecarRefusedError(
            [f"{path.name}: is larger than {MAX_BYTES // 1024} KiB. Keep only the keys asked for."]
        )
    return Written(data, hashlib.sha256(data).hexdigest(), _owner(found.st_uid), mark)


def _content(handle: int, name: str) -> tuple[bytes, tuple[int, int, int, int]]:
    """What an open file holds, up to a byte too much, and its fingerprint: the same in two readings in a row."""
    before = None
    for _ in range(_READINGS):
        mark = _mark(os.fstat(handle))
        now = _reading(handle), mark
        if now == before:
            return now
        before = now
    raise SidecarRefusedError([f"{name}: is written while it is read. Save it once more."])


def _reading(handle: int) -> bytes:
    """One reading of an open file; some network and user-space file systems give less at a time than is asked for."""
    data = b""
    while len(data) <= MAX_BYTES and (more := os.pread(handle, MAX_BYTES + 1 - len(data), len(data))):
        data += more
    return data


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
    if _A_KEY.search(data):
        return
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
    from hotfolderd.review.checking import check  # noqa: PLC0415  pydantic: not before there is something to check

    root = functools.cache(lambda: yaml.compose(decode(data), Loader=yaml.SafeLoader))
    checked, problems = check(content, model, lambda at, of_key: place_of(name, root(), at, of_key=of_key))
    if checked is None:
        raise SidecarRefusedError(sorted(problems, key=_place_in))
    return checked


def as_address(problem: str) -> str:
    """A problem as editors and terminals jump to it: `review.yaml:7:12: …` for `review.yaml, line 7, column 12: …`."""
    return _PLACED.sub(r"\1:\2:\3: ", problem, count=1)


def _place_in(problem: str) -> tuple[int, int]:
    found = _PLACED.match(problem)
    return (int(found[2]), int(found[3])) if found else (0, 0)


def place_of(
    name: str, root: yaml.Node | None, places: Sequence[tuple[int | str, ...]], *, of_key: bool = False
) -> str:
    """`name, line 7, column 12` of the first of these places that is written; `name` where none is."""
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
