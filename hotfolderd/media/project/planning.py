"""How each ordered fill will be carried out, decided before anything is changed.

Reads the opened template and the headers of the ordered pictures. Writes nothing. `populate` follows the plan, `verify`
makes it again and allows exactly what it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import py_aep
from PIL import Image, UnidentifiedImageError

from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.media import rifx
from hotfolderd.media.foreign_paths import ABSOLUTE, file_name
from hotfolderd.media.pictures import FORMATS
from hotfolderd.media.project.expressions import expressions
from hotfolderd.media.project.opening import Opened, ask
from hotfolderd.media.project.orders import Fill, How, PictureFill, Skipped
from hotfolderd.media.project.placeholders import documents_of
from hotfolderd.model import Placeholder, Template

_SAME_FORMAT = {".jpeg": ".jpg", ".jpe": ".jpg", ".tiff": ".tif"}


@dataclass(frozen=True, slots=True)
class Order:
    """One fill, how it is done, and what a person should look at afterwards.

    `keeps_item_name` and `keeps_layer_name` say that the name must be written out, because it came from the old file.
    `item_name` is what the footage item is called afterwards, empty for a text and for an item that is imported.
    """

    fill: Fill
    placeholder: Placeholder
    how: How
    keeps_item_name: bool = False
    keeps_layer_name: bool = False
    item_name: str = ""
    note: str = ""

    @property
    def picture(self) -> PictureFill:
        """The picture of an order that is not for a text."""
        assert self.fill.picture is not None
        return self.fill.picture

    @property
    def text(self) -> str:
        """The text of an order for one, lines ending in `\\n`."""
        assert self.fill.text is not None
        return self.fill.text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def item_id(self) -> int:
        """The footage item that the placeholder has in the template."""
        assert self.placeholder.source is not None
        return self.placeholder.source.item_id


def plan(opened: Opened, template: Template, fills: Sequence[Fill]) -> tuple[list[Order], list[Skipped]]:
    """The orders in the sequence of `fills`, and the fills that cannot be done.

    Raises JobError if a fill names no placeholder of the template, names one twice, is of the wrong kind, or its
    picture cannot be read.
    """
    placeholders = {placeholder.id: placeholder for placeholder in template.placeholders}
    orders: list[Order] = []
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for fill in fills:
        placeholder = placeholders.get(fill.placeholder_id)
        _check_fill(fill, placeholder, seen, opened.path.name)
        assert placeholder is not None
        seen.add(fill.placeholder_id)
        if fill.kind == "image":
            orders.append(_picture_order(opened, fill, placeholder))
            continue
        layer = layer_of(opened.project, placeholder)
        assert isinstance(layer, py_aep.TextLayer)
        why = _why_text_cannot_be_set(layer, placeholder)
        if why:
            skipped.append(Skipped(placeholder.id, placeholder.name, why))
        else:
            orders.append(Order(fill, placeholder, "text", keeps_layer_name=not layer.is_name_set))
    return orders, skipped


def layer_of(project: py_aep.Project, placeholder: Placeholder) -> py_aep.AVLayer:
    """The layer behind a placeholder."""

    def look() -> py_aep.Layer:
        comp = project.items[placeholder.comp_id]
        assert isinstance(comp, py_aep.CompItem)
        return comp.layers_by_id[placeholder.layer_id]

    layer = ask(f"layer {placeholder.name}", look)
    assert isinstance(layer, py_aep.AVLayer)
    return layer


def _check_fill(fill: Fill, placeholder: Placeholder | None, seen: set[str], project: str) -> None:
    where = f"{project}: fill of {fill.placeholder_id}"
    if placeholder is None:
        raise JobError(f"{where}: the project has no such placeholder. Match the design again.")
    if fill.placeholder_id in seen:
        raise JobError(f"{where}: {placeholder.name} is filled twice. Keep one match for it.")
    if fill.kind != placeholder.kind:
        raise JobError(
            f"{where}: {placeholder.name} takes {placeholder.kind}, found {fill.kind}. Match a layer of the same kind."
        )
    if (fill.kind == "text") != (fill.text is not None) or (fill.kind == "image") != (fill.picture is not None):
        raise JobError(f"{where}: {placeholder.name} needs a value of kind {fill.kind}. Match the design again.")


def _why_text_cannot_be_set(layer: py_aep.TextLayer, placeholder: Placeholder) -> str:
    if placeholder.expression is not None:
        code = " ".join(placeholder.expression.split())
        code = code if len(code) <= 80 else code[:79] + "…"
        return f"its Source Text expression overrides whatever is set, so nothing was changed: {code}"
    texts = ask(f"layer {placeholder.name}", lambda: {document.text for document in documents_of(layer)})
    if len(texts) > 1:
        return f"its text changes over time ({len(texts)} different texts in keyframes), so nothing was changed"
    return ""


def _picture_order(opened: Opened, fill: Fill, placeholder: Placeholder) -> Order:
    picture, footage = fill.picture, placeholder.source
    assert picture is not None
    assert footage is not None
    if not ABSOLUTE.match(picture.delivered):
        raise JobError(
            f"{placeholder.name}: the delivered path must be absolute, found {picture.delivered!r}: After Effects "
            "shows footage with a relative path as missing. Set the path map in the configuration."
        )
    has_alpha = _has_alpha(picture)
    item = opened.project.items[footage.item_id]
    assert isinstance(item, py_aep.FootageItem)
    alike = ask(f"footage {footage.name}", lambda: _is_alike(item, picture, has_alpha))
    # An item with a proxy shows the proxy, whatever its own source is.
    how: How = "imported" if footage.users > 1 or item.use_proxy else "relinked" if alike else "replaced"
    layer = layer_of(opened.project, placeholder)
    name_from_file = layer.is_name_from_source and file_name(picture.delivered) != layer.name
    note = ""
    if (picture.width, picture.height) != (footage.width, footage.height):
        note = (
            f"the picture is {picture.width}×{picture.height}, the old one {footage.width}×{footage.height}: scale and "
            "position of the layer were left as they are"
        )
    keeps_item_name = how != "imported" and _item_name_matters(opened, item, picture, name_from_file)
    item_name = item.name if keeps_item_name or _own_name(opened, item) else file_name(picture.delivered)
    return Order(
        fill,
        placeholder,
        how,
        keeps_item_name=keeps_item_name,
        keeps_layer_name=how == "imported" and name_from_file,
        item_name=item_name if how != "imported" else "",
        note=note,
    )


def _own_name(opened: Opened, item: py_aep.FootageItem) -> bytes:
    """The name that somebody gave the item; empty where it is called after its file."""
    chunk = dict(rifx.items(opened.tree))[item.id]
    return next((child.data for child in chunk.children if child.id == "Utf8"), b"")


def _item_name_matters(opened: Opened, item: py_aep.FootageItem, picture: PictureFill, inherited: bool) -> bool:
    """Whether the name the item has from its file is borne by a layer or named in an expression, and would change."""
    if _own_name(opened, item) or file_name(picture.delivered) == item.name:
        return False
    return inherited or any(f'"{item.name}"' in code or f"'{item.name}'" in code for code in all_code(opened.tree))


def all_code(tree: rifx.Tree) -> Iterator[str]:
    """The text of every enabled expression."""
    for _, item in rifx.items(tree):
        for _, layer in rifx.layers(item):
            for expression in expressions(layer):
                yield expression.text


def _is_alike(item: py_aep.FootageItem, picture: PictureFill, has_alpha: bool) -> bool:
    """Whether the new picture needs nothing but another path: a still of the same format, size and alpha.

    Our pictures have straight alpha, so that another interpretation of it cannot stay; a source that is replaced gets
    it from py-aep 0.18.2.
    """
    source = item.main_source
    if not isinstance(source, py_aep.FileSource) or source.target_is_folder or source.layer_name or item.duration:
        return False
    same_format = _suffix(source.file) == _suffix(picture.delivered) == _suffix(picture.path.name)
    same_size = (item.width, item.height) == (picture.width, picture.height)
    straight = source.alpha_mode == py_aep.AlphaMode.STRAIGHT and not source.invert_alpha
    return same_format and same_size and bool(source.has_alpha) == has_alpha and (straight or not has_alpha)


def _suffix(path: str) -> str:
    suffix = Path(path.replace("\\", "/")).suffix.lower()
    return _SAME_FORMAT.get(suffix, suffix)


def _has_alpha(picture: PictureFill) -> bool:
    """Whether the picture has transparency. Raises JobError if it cannot be read or is not of the size announced."""
    try:
        with open_file(picture.path) as stream, Image.open(stream, formats=FORMATS) as image:
            size, has_alpha = image.size, bool(image.has_transparency_data)
    except (OSError, UnidentifiedImageError) as error:
        raise JobError(f"{picture.path.name}: the picture cannot be read: {error}. Export it again.") from error
    if size != (picture.width, picture.height):
        raise JobError(
            f"{picture.path.name}: {picture.width}×{picture.height} pixels were ordered, the file has "
            f"{size[0]}×{size[1]}. Export it again."
        )
    return has_alpha
