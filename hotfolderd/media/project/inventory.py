"""What a finished project really holds where it is rendered: comps, layers, footage, folders.

Reads an opened project. Writes nothing and judges nothing. What nobody renders (an imported copy of the design behind a
layer that is off) is not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import py_aep

from hotfolderd.errors import JobError
from hotfolderd.media.project.opening import Opened, ask, open_project
from hotfolderd.media.project.placeholders import documents_of, visible_name
from hotfolderd.media.project.reading import template_of
from hotfolderd.model import Template

RENDER_PREFIX = "render_"
_CONTROLS = ("Control", "Pseudo/")


@dataclass(frozen=True, slots=True)
class SeenLayer:
    """A layer of a rendered comp. `id` is that of a placeholder: item id of the comp, `:`, layer id.

    `on`: it takes part in the picture or the sound. `name_from_source`: it has no name of its own, but that of a comp
    or a file. `effects` counts those that are on and do more than hold a value; `all_caps` is true of a text that its
    style sets wholly in capitals.
    """

    id: str
    name: str
    comp: str
    on: bool
    name_from_source: bool = False
    effects: int = 0
    three_d: bool = False
    all_caps: bool = False
    fonts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenComp:
    """A rendered comp. `renderer` is the name that After Effects' scripts know its 3D renderer by."""

    item_id: int
    name: str
    renderer: str
    layers: tuple[SeenLayer, ...]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A piece of footage that a layer shows or sounds which is on; `comp` and `layer` name the first one.

    `path` is None for a placeholder of After Effects.
    """

    item_id: int
    name: str
    path: str | None
    comp: str
    layer: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that is rendered. `render_comps` are the names of all comps that begin with `render_`.

    `folders` are those of the project panel that hold something of it; `notes` say what could not be read.
    """

    comps: tuple[SeenComp, ...]
    files: tuple[SeenFile, ...]
    folders: tuple[str, ...] = ()
    render_comps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_inventory(path: Path, filled: Collection[str]) -> tuple[Template, Inventory]:
    """The project at `path` as a template and as an inventory. Raises as `read_template` and `take_inventory`."""
    opened = open_project(path)
    template = template_of(opened)
    return template, take_inventory(opened, template, filled)


def take_inventory(opened: Opened, template: Template, filled: Collection[str]) -> Inventory:
    """What is rendered of a project: the main comp, comps named `render_…`, comps with a filled placeholder, and all
    that these show.

    `template` is what `reading.template_of` made of `opened`, `filled` holds the ids of placeholders. Raises JobError
    if the project's comps cannot be read; a single layer that cannot is left out and noted.
    """
    named = [comp for comp in template.comps if comp.target and comp.name.lower().startswith(RENDER_PREFIX)]
    roots = {template.main_comp, *(comp.item_id for comp in named)}
    roots |= {one.comp_id for one in template.placeholders if one.id in filled}
    fonts = {one.id: one.text.fonts for one in template.placeholders if one.text}
    look = _Look(fonts)
    by_id = {comp.id: comp for comp in ask(f"{opened.path.name}: its comps", lambda: opened.project.compositions)}
    for item_id in sorted(roots & by_id.keys()):
        look.into(by_id[item_id])
    return Inventory(
        comps=tuple(look.comps.values()),
        files=tuple(look.files.values()),
        folders=tuple(dict.fromkeys(look.folders)),
        render_comps=tuple(comp.name for comp in named),
        notes=tuple(look.notes),
    )


@dataclass(slots=True)
class _Look:
    """Goes through comps, each once, from those that are rendered down to all that they use."""

    fonts: dict[str, tuple[str, ...]]
    comps: dict[int, SeenComp] = field(default_factory=dict)
    files: dict[int, SeenFile] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def into(self, root: py_aep.CompItem) -> None:
        """Notes a comp and everything that it shows."""
        waiting = [root]
        while waiting:
            comp = waiting.pop(0)
            if comp.id not in self.comps:
                waiting += ask(f"comp {comp.name}", lambda comp=comp: self._comp(comp))  # type: ignore[misc]

    def _comp(self, comp: py_aep.CompItem) -> list[py_aep.CompItem]:
        """Notes one comp; the comps that it shows."""
        layers: list[SeenLayer] = []
        inner: list[py_aep.CompItem] = []
        for layer in comp.layers:
            what = f"layer {layer.name} of comp {comp.name}"
            try:
                seen = ask(what, lambda layer=layer: self._layer(comp, layer))  # type: ignore[misc]
            except JobError as error:
                self.notes.append(str(error))
                continue
            layers.append(seen)
            source = layer.source if seen.on and isinstance(layer, py_aep.AVLayer) else None
            if isinstance(source, py_aep.CompItem):
                inner.append(source)
            elif isinstance(source, py_aep.FootageItem):
                self._footage(source, seen)
        self.comps[comp.id] = SeenComp(comp.id, comp.name, comp.renderer, tuple(layers))
        self._folders_of(comp)
        return inner

    def _layer(self, comp: py_aep.CompItem, layer: py_aep.Layer) -> SeenLayer:
        layer_id = f"{comp.id}:{layer.id}"
        if not isinstance(layer, py_aep.AVLayer):  # a camera, a light
            return SeenLayer(layer_id, str(layer.name), comp.name, bool(layer.enabled))
        texts = documents_of(layer) if isinstance(layer, py_aep.TextLayer) else []
        return SeenLayer(
            id=layer_id,
            name=visible_name(layer),
            comp=comp.name,
            on=_is_on(layer),
            name_from_source=bool(layer.is_name_from_source) and not _is_solid(layer.source),
            effects=sum(map(_costs, layer.effects or ())) if layer.effects_active else 0,
            three_d=bool(layer.is_3d),
            all_caps=bool(texts) and all(document.all_caps for document in texts),
            fonts=self.fonts.get(layer_id, ()),
        )

    def _footage(self, item: py_aep.FootageItem, layer: SeenLayer) -> None:
        if item.id in self.files or _is_solid(item):
            return
        self.files[item.id] = SeenFile(item.id, str(item.name), item.file or None, layer.comp, layer.name)
        self._folders_of(item)

    def _folders_of(self, item: py_aep.Item) -> None:
        self.folders += _names_above(item)


def _is_on(layer: py_aep.AVLayer) -> bool:
    """Whether it is seen, cuts out another layer (a matte's eye is off), or is heard."""
    if layer.guide_layer:
        return False
    return bool(layer.enabled or layer.is_track_matte or (layer.has_audio and layer.audio_enabled))


def _is_solid(item: object) -> bool:
    return isinstance(item, py_aep.FootageItem) and isinstance(item.main_source, py_aep.SolidSource)


def _costs(effect: object) -> bool:
    """Whether an effect is on and does something; a mere control for expressions does not."""
    match_name = str(getattr(effect, "match_name", ""))
    return bool(getattr(effect, "enabled", False)) and not any(word in match_name for word in _CONTROLS)


def _names_above(item: py_aep.Item) -> Iterator[str]:
    """The names of the folders around an item, without the project's own."""
    folder = item.parent_folder
    seen: set[int] = set()
    while folder is not None and folder.parent_folder is not None and folder.id not in seen:
        seen.add(folder.id)
        yield str(folder.name)
        folder = folder.parent_folder
