"""A manifest that a producer wrote last into a dropped folder: whether every file that it lists is there as listed.

Reads `manifest.json` and the listed files; writes nothing. Runs in a worker: every listed file is read through.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hotfolderd.disk import sha256_of
from hotfolderd.errors import RefusedError
from hotfolderd.inbox.manifest_file import MANIFEST, is_list
from hotfolderd.inbox.paths import Shelf, check_path, read_small_file
from hotfolderd.inbox.problem import Problem, shown

_MOST_BYTES = 16 << 20
_WAIT = "If its copy is not running any more, copy it again, or correct manifest.json."


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    path: str
    size: int
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


_ENTRIES = TypeAdapter(list[_Entry])


def lacking(shelf: Shelf) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """What is still to come by the manifest of a folder, and what is wrong with the manifest; both empty without one.

    A manifest is a JSON list of `{path, size, sha256}`; a file of that name which holds something else is not ours.
    """
    place = shelf.find(MANIFEST)
    if place.state != "file":
        return (), ()
    try:
        data = read_small_file(shelf.home / place.path, _MOST_BYTES)
    except RefusedError as error:
        return (), (Problem(str(error), ""),)
    if not is_list(data):
        return (), ()
    try:
        entries = _ENTRIES.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{MANIFEST} cannot be read: {f'{where}: ' if where else ''}{first['msg']}"
        return (Problem(what, "It is a list of {path, size, sha256}, written when all files are there."),), ()
    awaited, errors = [], []
    for entry in entries:
        try:
            fault = _fault(shelf, check_path(entry.path), entry)
        except RefusedError as error:
            errors.append(Problem(f"{MANIFEST}: {error}", ""))
            continue
        if fault:
            awaited.append(Problem(f"{MANIFEST} lists {shown(entry.path)}, {fault}", _WAIT))
    return tuple(awaited), tuple(errors)


def _fault(shelf: Shelf, wanted: str, entry: _Entry) -> str:
    """How a listed file differs from what is listed; empty where it does not."""
    place = shelf.find(wanted)
    if place.state != "file":
        return "which is not there"
    path = shelf.home / place.path
    try:
        size = path.lstat().st_size
        if size != entry.size:
            return f"which has {size} of its {entry.size} bytes"
        if sha256_of(path) != entry.sha256.lower():
            return "whose content is another (sha256)"
    except OSError as error:
        return f"which cannot be read ({error.strerror})"
    return ""
