"""A project file behind the gate: checked as a chunk tree first, only then given to py-aep.

Reads an `.aep`, `.aet` or `.aepx`. Writes only to a temporary folder of its own, because py-aep reads and saves files
by their path. Holds the one border to py-aep: whatever that library raises leaves here as a JobError.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import py_aep

from hotfolderd.errors import HotfolderError, JobError
from hotfolderd.media import ae_version, rifx
from hotfolderd.media.project import sketching, text_documents, viewers
from hotfolderd.media.project_file import Form, read_tree

Platform = Literal["macos", "windows"]
T = TypeVar("T")

text_documents.quicken()
viewers.put_off()
sketching.allow()

_RENDER_QUEUE = "LRdr"
_QUEUE_READABLE_FROM = 15


@dataclass(frozen=True, slots=True)
class Opened:
    """A project in both of its views: `tree` is the file, chunk by chunk, and `project` what py-aep makes of it.

    Changing `project` does not change `tree`; `saved` gives the tree of the changed project.
    """

    path: Path
    form: Form
    tree: rifx.Tree
    project: py_aep.Project

    @property
    def queue_unread(self) -> bool:
        """Whether there is something in the render queue that was kept from py-aep."""
        entries = rifx.at(self.tree.root, f"{_RENDER_QUEUE}/LItm")
        return _keeps_queue_from_py_aep(self.tree) and any(entry.children for entry in entries)


def open_project(path: Path, platform: Platform = "macos") -> Opened:
    """The project at `path`. `platform` is where After Effects runs: it decides how py-aep writes what it adds.

    Raises JobError if the file is damaged, too old or too large, or py-aep cannot read it.
    """
    form, tree = read_tree(path)
    readable = rifx.Tree(_without_queue(tree.root), tree.xmp) if _keeps_queue_from_py_aep(tree) else tree
    with tempfile.TemporaryDirectory(prefix="hotfolderd-") as folder:
        copy = Path(folder) / "project.aep"
        copy.write_bytes(rifx.dump(readable))
        app = ask(f"{path.name}: the project", lambda: py_aep.parse(copy, platform=platform))
    return Opened(path, form, tree, app.project)


def saved(opened: Opened) -> rifx.Tree:
    """The tree of `opened.project` as py-aep saves it now, with the render queue of the original."""
    with tempfile.TemporaryDirectory(prefix="hotfolderd-") as folder:
        copy = Path(folder) / "project.aep"
        ask(f"{opened.path.name}: the project", lambda: opened.project.save(copy))
        tree = rifx.parse(copy.read_bytes())
    if _keeps_queue_from_py_aep(opened.tree):
        original = next(chunk for chunk in opened.tree.root.children if chunk.list_type == _RENDER_QUEUE)
        place = next(i for i, chunk in enumerate(tree.root.children) if chunk.list_type == _RENDER_QUEUE)
        tree.root.children[place] = original
    return tree


def ask(what: str, question: Callable[[], T]) -> T:
    """The answer of py-aep. Raises JobError, beginning with `what`, if the library raises anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return question()
    except HotfolderError:
        raise
    except Exception as error:
        # The border to a foreign parser: py-aep 0.18.2 raises a score of unrelated classes on what it cannot read.
        found = " ".join(str(error).split())[:300].rstrip(".") or "no reason given"
        raise JobError(
            f"{what}: py-aep cannot work with it: {found}. "
            "Open the project in After Effects, save it again, and send that file."
        ) from error


def _keeps_queue_from_py_aep(tree: rifx.Tree) -> bool:
    """py-aep 0.18.2 fails on the render queue of After Effects 14 and older; it can go once `EmptyState.aep` parses."""
    has_queue = any(chunk.list_type == _RENDER_QUEUE for chunk in tree.root.children)
    return has_queue and ae_version.version(tree)[0] < _QUEUE_READABLE_FROM


def _without_queue(root: rifx.Chunk) -> rifx.Chunk:
    children = [
        rifx.Chunk("LIST", list_type=_RENDER_QUEUE) if chunk.list_type == _RENDER_QUEUE else chunk
        for chunk in root.children
    ]
    return rifx.Chunk(root.id, root.data, root.list_type, children)
