"""The final project, written without After Effects.

Reads a template and the ordered pictures, writes an `.aep`, and an `.aepx` where the template is one. py-aep makes the
changes it is asked for; everything else is carried over chunk by chunk, and `proof` has the last word on that. The
template itself is never touched, and its version of After Effects is kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import py_aep

from hotfolderd.errors import HotfolderError
from hotfolderd.media import ae_version, aepx, rifx
from hotfolderd.media.foreign_paths import is_posix
from hotfolderd.media.project.opening import Opened, Platform, ask, open_project, saved
from hotfolderd.media.project.orders import Done, Fill, PictureFill, Populated, Relink, Rename
from hotfolderd.media.project.placeholders import documents_of, visible_name
from hotfolderd.media.project.planning import Order, layer_of, plan
from hotfolderd.media.project.proof import verify
from hotfolderd.media.project.reading import template_of
from hotfolderd.media.project.references import PATH, reference
from hotfolderd.media.project.relinking import relink, relinkable
from hotfolderd.media.project.renaming import plan_renames

UNTESTED = "Opening in After Effects was not tested: there is none on this machine."
_PROJECT_SUFFIXES = frozenset({".aep", ".aepx", ".aet"})


def populate(
    template_path: Path,
    fills: Sequence[Fill],
    out: Path,
    *,
    relinks: Sequence[Relink] = (),
    tidy_names: bool = False,
) -> Populated:
    """Writes the project of `template_path` with `fills` in it, proves what was written, and reports.

    `out` is the project to write, with or without suffix: an `.aep`, and beside it an `.aepx` if the template is one.
    A picture that replaces the source of one layer among several gets an item of its own; names of layers stay, unless
    `tidy_names` asks for those that Plainly takes. `relinks` name footage that no picture replaces; an item that has no
    file of its own is left out.

    Raises JobError if the template or a fill is at fault, ToolError if the written files are not what was ordered; then
    they are gone again.
    """
    opened = open_project(template_path, _platform(fills, relinks))
    template = template_of(opened)
    orders, skipped = plan(opened, template, fills)
    filled = {order.placeholder.id for order in orders}
    renames, left_alone = plan_renames(opened, template, filled) if tidy_names else ([], [])
    done, items = _carry_out(opened, orders)
    ask(f"{template_path.name}: its names", partial(_rename, opened.project, renames))
    tree = saved(opened)
    _settle_pictures(opened.tree, tree, orders, items)
    places = relinkable(opened.tree, relinks)
    relink(tree, places)
    written = _write(tree, out, both=opened.form == "aepx")
    try:
        proof = verify(template_path, fills, written, relinks=places, tidy_names=tidy_names)
    except HotfolderError:
        for path in written:
            path.unlink()
        raise
    notes = (
        UNTESTED,
        f"The template's version is kept: it needs After Effects {ae_version.saved_by(opened.tree)} or newer.",
        *left_alone,
        *ask(f"{template_path.name}: its proxies", partial(_proxies, opened.project)),
        *template.notes,
    )
    return Populated(
        tuple(map(str, written)),
        tuple(done),
        tuple(skipped),
        notes,
        proof.proved,
        tuple(renames),
        tuple(places),
        proof.changes,
        {order.placeholder.id: order.item_name for order in orders if order.item_name},
    )


def _platform(fills: Sequence[Fill], relinks: Sequence[Relink]) -> Platform:
    """Where After Effects runs, seen from the delivered paths."""
    paths = [fill.picture.delivered for fill in fills if fill.picture is not None]
    paths += [one.delivered for one in relinks]
    return "windows" if paths and not is_posix(paths[0]) else "macos"


def _carry_out(opened: Opened, orders: Sequence[Order]) -> tuple[list[Done], dict[str, int]]:
    """Does the orders in py-aep's project; also the item id of each picture, by placeholder id."""
    done: list[Done] = []
    items: dict[str, int] = {}
    imported: dict[PictureFill, py_aep.FootageItem] = {}
    for order in orders:
        layer = layer_of(opened.project, order.placeholder)
        what = f"layer {order.placeholder.name} of comp {order.placeholder.comp}"
        if order.how == "text":
            was = ask(what, partial(_set_text, layer, order))
            done.append(_done(order, was, order.text))
            continue
        footage = order.placeholder.source
        assert footage is not None
        item = ask(
            f"{what}, picture {order.picture.path.name}",
            partial(_set_picture, opened.project, layer, order, imported),
        )
        items[order.placeholder.id] = item.id
        done.append(_done(order, footage.path or footage.name, order.picture.delivered))
    return done, items


def _done(order: Order, was: str, now: str) -> Done:
    return Done(order.placeholder.id, order.placeholder.name, order.how, was, now, order.note)


def _set_text(layer: py_aep.AVLayer, order: Order) -> str:
    """Sets the text in the style of its first character and gives the text that was there."""
    assert isinstance(layer, py_aep.TextLayer)
    name = visible_name(layer)
    documents = documents_of(layer)
    was = str(documents[0].text)
    for document in documents:
        if document.text != order.text:
            document.text = order.text
    if order.keeps_layer_name:
        layer.name = name
    return was


def _set_picture(
    project: py_aep.Project,
    layer: py_aep.AVLayer,
    order: Order,
    imported: dict[PictureFill, py_aep.FootageItem],
) -> py_aep.FootageItem:
    """Gives the layer its picture, as far as py-aep has to, and gives the item that has it now."""
    item = layer.source
    assert isinstance(item, py_aep.FootageItem)
    layer_name, item_name = layer.name, item.name
    if order.how == "replaced":
        item.replace(order.picture.path)
    elif order.how == "imported":
        if order.picture not in imported:
            fresh = project.import_file(py_aep.ImportOptions(order.picture.path))
            assert isinstance(fresh, py_aep.FootageItem)
            if fresh.pixel_aspect != item.pixel_aspect:
                fresh.pixel_aspect = item.pixel_aspect
            imported[order.picture] = fresh
        item = imported[order.picture]
        layer.replace_source(item)
    if order.keeps_item_name:
        item.name = item_name
    if order.keeps_layer_name:
        layer.name = layer_name
    return item


def _proxies(project: py_aep.Project) -> list[str]:
    """What items show instead of their own source: such files are neither relinked nor delivered."""
    items = [item for item in project.items.values() if isinstance(item, py_aep.CompItem | py_aep.FootageItem)]
    shown = [(item.name, item.proxy_source) for item in items if item.use_proxy]
    return [
        f"'{name}' shows a proxy, which is not in the delivery: {proxy.file}"
        for name, proxy in shown
        if isinstance(proxy, py_aep.FileSource)
    ]


def _rename(project: py_aep.Project, renames: Sequence[Rename]) -> None:
    for one in renames:
        comp = project.items[one.comp_id]
        assert isinstance(comp, py_aep.CompItem)
        named = comp if one.layer_id is None else comp.layers_by_id[one.layer_id]
        named.name = one.now


def _settle_pictures(before: rifx.Tree, after: rifx.Tree, orders: Sequence[Order], items: dict[str, int]) -> None:
    """Writes the delivered paths, and identities that are the same each time the same is ordered.

    py-aep writes the path the picture has now and a random `pgui`; a replaced item keeps the one it had.
    """
    old = dict(rifx.items(before))
    new = dict(rifx.items(after))
    for order in orders:
        if order.how == "text":
            continue
        item_id = items[order.placeholder.id]
        rifx.replace_data(rifx.at(new[item_id], PATH)[0], reference(order.picture.delivered))
        if order.how == "relinked":
            continue
        kept = [chunk.data for chunk in rifx.at(old[item_id], "Pin/pgui")[:1]] if item_id in old else []
        identity = kept[0] if kept else uuid.uuid5(uuid.NAMESPACE_URL, f"{item_id} {order.picture.delivered}").bytes
        for chunk in rifx.at(new[item_id], "Pin/pgui")[:1]:
            rifx.replace_data(chunk, identity)


def _write(tree: rifx.Tree, out: Path, *, both: bool) -> list[Path]:
    base = out.with_suffix("") if out.suffix.lower() in _PROJECT_SUFFIXES else out
    aep = base.with_name(base.name + ".aep")
    files = {aep: rifx.dump(tree)}
    if both:
        files[base.with_name(base.name + ".aepx")] = aepx.from_rifx(tree)
    base.parent.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        path.write_bytes(data)
    return list(files)
