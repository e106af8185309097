"""A project whose footage lies elsewhere now: for a renderer that works before the delivery, or what one has saved.

Reads a project file and changes nothing in it but the paths of footage; gives the tree, or writes it where it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import py_aep

from hotfolderd.errors import JobError
from hotfolderd.media import aepx, aepx_values, rifx
from hotfolderd.media.project.opening import ask, open_project
from hotfolderd.media.project_file import read_tree

_WHERE = "Pin/Als2/alas"


def relinked(path: Path, new_path: Callable[[str], str | None]) -> tuple[rifx.Tree, int]:
    """The tree of a project with the new paths that `new_path` has for old ones (None: it stays); how many changed.

    Raises JobError if the file is damaged or no project.
    """
    _, tree = read_tree(path)
    count = 0
    for _, item in rifx.items(tree):
        for chunk in rifx.at(item, _WHERE):
            try:
                named = aepx_values.reference_attributes(chunk.data)
            except ValueError as error:
                raise JobError(f"{path.name}: {error}. Save the template again in After Effects.") from error
            now = new_path(named["fullpath"])
            if now is not None and now != named["fullpath"]:
                posix = now.startswith("/") and not now.startswith("//")
                changed = {**named, "fullpath": now, "platform": "MacPOSIX" if posix else "Win"}
                rifx.replace_data(chunk, aepx_values.alas(changed))
                count += 1
    return tree, count


def write_as(tree: rifx.Tree, path: Path) -> None:
    """Write a project in the form that the suffix of `path` names: `.aepx`, or RIFX."""
    path.write_bytes(aepx.from_rifx(tree) if path.suffix.lower() == ".aepx" else rifx.dump(tree))


def first_frame(path: Path, comp_id: int) -> int:
    """The number of the first frame of a comp, as After Effects counts them there; mostly 0."""
    opened = open_project(path)

    def look() -> int:
        comp = opened.project.items[comp_id]
        assert isinstance(comp, py_aep.CompItem)
        return int(comp.display_start_frame)

    return ask(f"{path.name}: comp {comp_id}", look)
