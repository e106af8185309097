"""Footage that no picture replaces, named where the delivery has it.

Changes one chunk of each item in a tree, the path; the kind of the footage, the layer of a Photoshop file that it shows
and how it is interpreted stay as they are. `relink_template` reads a template and writes a copy of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hotfolderd.errors import ToolError
from hotfolderd.media import aepx, rifx
from hotfolderd.media.project.differences import REMEDY, compare
from hotfolderd.media.project.orders import Relink
from hotfolderd.media.project.permits import for_relinks
from hotfolderd.media.project.references import FROM_PROJECT, FROM_TEMPLATE, PATH, names_one_file, reference
from hotfolderd.media.project.references import what_is_wrong as wrong_with
from hotfolderd.media.project_file import read_project_bytes, read_tree


def relinkable(tree: rifx.Tree, relinks: Sequence[Relink]) -> list[Relink]:
    """Those that can be carried out: the item is there and has a file of its own."""
    items = dict(rifx.items(tree))
    return [one for one in relinks if one.item_id in items and names_one_file(items[one.item_id])]


def relink(tree: rifx.Tree, relinks: Sequence[Relink], climbs: int = FROM_PROJECT) -> None:
    """Change the paths of items, for a project that lies `climbs` parts below the delivery."""
    items = dict(rifx.items(tree))
    for one in relinks:
        rifx.replace_data(rifx.at(items[one.item_id], PATH)[0], reference(one.delivered, climbs))


def check_relinks(name: str, tree: rifx.Tree, relinks: Sequence[Relink], *, in_template: bool = False) -> None:
    """Raises ToolError if the path of an item does not lead to its delivered file."""
    items = dict(rifx.items(tree))
    for one in relinks:
        data = rifx.at(items[one.item_id], PATH)[0].data
        wrong = wrong_with(data, one.delivered, "template" if in_template else "")
        if wrong:
            raise ToolError(f"{name}: footage {one.delivered} {wrong}. {REMEDY}")


def relink_template(template_path: Path, relinks: Sequence[Relink], out: Path) -> None:
    """Write the template in its own form to `out`, in `template/` of the delivery, with these items relinked.

    Without any it is the same byte for byte. Raises JobError if it cannot be read, ToolError if anything else changed;
    then nothing is left.
    """
    form, tree = read_tree(template_path)
    wanted = relinkable(tree, relinks)
    if wanted:
        relink(tree, wanted, FROM_TEMPLATE)
        out.write_bytes(aepx.from_rifx(tree) if form == "aepx" else rifx.dump(tree))
    else:
        out.write_bytes(read_project_bytes(template_path))
    try:
        written = read_tree(out)[1]
        compare(out.name, read_tree(template_path)[1], written, list(for_relinks(wanted)))
        check_relinks(out.name, written, wanted, in_template=True)
    except ToolError:
        out.unlink()
        raise
