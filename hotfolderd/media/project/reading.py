"""An After Effects project as a `Template`: comps, placeholders, footage, fonts.

Reads an `.aep`, `.aet` or `.aepx`. Writes nothing. Every size, rate and duration comes from the file; whether footage
exists on this machine is not looked at.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import py_aep

from hotfolderd.errors import JobError
from hotfolderd.media import ae_version, rifx
from hotfolderd.media.project.essential import set_where_nested
from hotfolderd.media.project.imported import imported_copies
from hotfolderd.media.project.opening import Opened, ask, open_project
from hotfolderd.media.project.placeholders import Reader
from hotfolderd.media.project.sketching import sketched
from hotfolderd.model import Comp, Footage, Placeholder, Template

_MAIN_NAME = re.compile(r"^render[_ ]|(?<![a-z])(?:main|final)(?![a-z])", re.IGNORECASE)
_STAND_IN_FONTS = frozenset({"AdobeInvisFont"})


def read_template(path: Path) -> Template:
    """The project at `path` as a template.

    Raises JobError if the file is damaged, too old, too large, without a composition, or unreadable for py-aep.
    """
    return template_of(open_project(path), only_to_read=True)


def template_of(opened: Opened, *, only_to_read: bool = False) -> Template:
    """The template of an opened project; `only_to_read`: one that will not be saved. See `read_template`."""
    path, project = opened.path, opened.project
    users = ask(f"{path.name}: its layers", lambda: count_users(project))
    compositions = ask(f"{path.name}: its compositions", lambda: sorted(project.compositions, key=lambda c: c.id))
    if not compositions:
        raise JobError(f"{path.name}: there is no composition in it. Send a project with a composition to fill.")
    imported = ask(f"{path.name}: its compositions", lambda: imported_copies(compositions))
    footage = tuple(_all_footage(opened, users))
    chunks = dict(rifx.items(opened.tree))
    nested = ask(f"{path.name}: its essential properties", lambda: set_where_nested(compositions, chunks))
    reader = Reader({item.item_id: item for item in footage}, users, nested)
    comps: list[Comp] = []
    placeholders: list[Placeholder] = []
    for composition in compositions:
        comp = _comp(composition, imported.get(composition.id))
        comps.append(comp)
        if comp.target:
            with sketched() if only_to_read else contextlib.nullcontext():
                placeholders.extend(reader.placeholders(composition, dict(rifx.layers(chunks[composition.id]))))
    notes = list(reader.notes)
    if opened.queue_unread:
        notes.append(
            "The render queue was not read (py-aep cannot read one of After Effects 14 and older); it stays as it is."
        )
    return Template(
        path=str(path),
        form=opened.form,
        version=ae_version.saved_by(opened.tree),
        comps=tuple(comps),
        placeholders=tuple(placeholders),
        footage=footage,
        main_comp=_main_comp(comps, compositions, placeholders),
        fonts=tuple(sorted(reader.fonts - _STAND_IN_FONTS)),
        notes=tuple(notes),
    )


def count_users(project: py_aep.Project) -> Counter[int]:
    """How many layers, of all comps, have each item as their source, by item id."""
    layers = (layer for comp in project.compositions for layer in comp.layers)
    return Counter(layer.source.id for layer in layers if isinstance(layer, py_aep.AVLayer) and layer.source)


def _comp(composition: py_aep.CompItem, imported_from: str | None) -> Comp:
    def read() -> Comp:
        layers = len(composition.layers)
        why_not = f"it is an imported copy of {imported_from}" if imported_from else ""
        why_not = why_not if layers else "it has no layers"
        return Comp(
            item_id=composition.id,
            name=composition.name,
            width=composition.width,
            height=composition.height,
            frame_rate=round(composition.frame_rate, 3),
            duration_s=round(composition.duration, 6),
            layers=layers,
            background="#" + "".join(f"{round(part * 255):02x}" for part in composition.bg_color[:3]),
            target=not why_not,
            why_not=why_not,
        )

    return ask(f"comp {composition.name}", read)


def _all_footage(opened: Opened, users: Counter[int]) -> Iterator[Footage]:
    """Every footage item, solids left out."""
    for item in opened.project.items.values():
        if isinstance(item, py_aep.FootageItem) and not isinstance(item.main_source, py_aep.SolidSource):
            yield ask(f"footage {item.name}", partial(footage_of, item, users[item.id]))


def footage_of(item: py_aep.FootageItem, users: int) -> Footage:
    """A footage item in our words; a solid or a placeholder of After Effects has no path."""
    return Footage(
        item_id=item.id,
        name=item.name,
        path=item.file or None,
        width=item.width,
        height=item.height,
        duration_s=round(item.duration, 6),
        has_video=bool(item.has_video) and item.width > 0,
        has_audio=bool(item.has_audio),
        users=users,
    )


def _main_comp(comps: list[Comp], compositions: list[py_aep.CompItem], placeholders: list[Placeholder]) -> int:
    """The comp that is delivered: named main, render_ or final, else the top one, the largest, longest, fullest."""
    targets = [comp for comp in comps if comp.target] or comps
    ids = {comp.item_id for comp in targets}
    inside = {
        layer.source.id
        for composition in compositions
        if composition.id in ids
        for layer in composition.layers
        if isinstance(layer, py_aep.AVLayer) and layer.source
    }
    filled = Counter(placeholder.comp_id for placeholder in placeholders)

    def rank(comp: Comp) -> tuple[object, ...]:
        return (
            bool(_MAIN_NAME.search(comp.name)),
            comp.item_id not in inside,
            comp.width * comp.height,
            comp.duration_s,
            filled[comp.item_id],
            -comp.item_id,
        )

    return max(targets, key=rank).item_id
