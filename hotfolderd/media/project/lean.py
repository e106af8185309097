"""A project without what no placeholder is read from, so that py-aep need not read it either.

Each layer has its groups of properties, and py-aep reads all of them as soon as it is asked for one. Where a layer
stands and what it says is in two of them; those left out here are After Effects' own, the same in every layer, and
most of a layer's bytes. Gives another tree; the one it is given stays as it was. What is read so must never be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotfolderd.media.rifx import Chunk, Tree

_LEFT_OUT = frozenset(
    {
        b"ADBE Audio Group",
        b"ADBE Data Group",
        b"ADBE Extrsn Options Group",
        b"ADBE Layer Overrides",
        b"ADBE Layer Sets",
        b"ADBE Layer Styles",
        b"ADBE Material Options Group",
        b"ADBE Plane Options Group",
        b"ADBE Source Options Group",
    }
)


def lean(tree: Tree) -> Tree:
    """The project with all items and layers, without those groups."""
    return Tree(_inside(tree.root), tree.xmp)


def _inside(chunk: Chunk) -> Chunk:
    """The chunk with what is left of its layers; `Fold` and `Sfdr` hold items, `Item` layers, `Layr` groups."""
    change = _CHANGES.get(chunk.list_type)
    return (
        chunk if change is None else Chunk(chunk.id, list_type=chunk.list_type, children=list(change(chunk.children)))
    )


def _each(children: list[Chunk]) -> Iterator[Chunk]:
    return map(_inside, children)


def _layer(children: list[Chunk]) -> Iterator[Chunk]:
    for child in children:
        is_properties = child.list_type == "tdgp"
        yield Chunk("LIST", list_type="tdgp", children=list(_groups(child.children))) if is_properties else child


def _groups(children: list[Chunk]) -> Iterator[Chunk]:
    """A `tdmn` names the chunks that follow it."""
    stays = True
    for child in children:
        if child.id == "tdmn":
            stays = child.data.split(b"\0", 1)[0] not in _LEFT_OUT
        if stays:
            yield child


_CHANGES: dict[str, Callable[[list[Chunk]], Iterator[Chunk]]] = {
    "Egg!": _each,
    "Fold": _each,
    "Sfdr": _each,
    "Item": _each,
    "Layr": _layer,
}
