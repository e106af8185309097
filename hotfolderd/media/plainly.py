"""Plainly's rules: what its plugin warns of, what its packaging refuses, and what its help pages advise.

Judges an inventory of a project (values); opens no project and writes nothing. What it cannot know by itself, which
fonts and which footage are at hand, it is told. Plainly has no public validator of its own: these rules stand for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hotfolderd.media.project.inventory import RENDER_PREFIX, Inventory, SeenComp, SeenFile, SeenLayer
from hotfolderd.media.project.names import has_prefix, odd_characters
from hotfolderd.model import Category, Issue, Severity

PREFIX_RULES: frozenset[Category] = frozenset({"naming", "composition"})
"""Categories that are advice on names and never keep a project back."""

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_LONGEST_WINDOWS_PATH = 255
_RENDERERS = {"ADBE Advanced 3d", "ADBE Calder"}
_RENDERER_NAMES = {"ADBE Ernst": "Cinema 4D", "ADBE Picasso": "Ray-traced 3D"}
_FONT_SUFFIXES = (".otf", ".ttf", ".ttc")
_RELINKED_BADLY = (".psd", ".ai")
_TO_BE_FLATTENED = (*_RELINKED_BADLY, ".eps")
_MOST_EFFECTS, _MANY_EFFECTS = 10, 5
_MANY_LAYERS, _MANY_COMPS = 100, 20


@dataclass(frozen=True, slots=True)
class AtHand:
    """What lies outside the project.

    `font` gives the file name of a font by its PostScript name, None where it is missing or only a substitute is there.
    `footage` says whether the file of a path comes with the project. `absent` are paths that nothing rendered shows.
    """

    font: Callable[[str], str | None]
    footage: Callable[[str], bool]
    absent: Collection[str] = ()


def check(inventory: Inventory, filled: Collection[str], at_hand: AtHand) -> list[Issue]:
    """Every rule that the project breaks, an issue each; `details["category"]` is one of `Category`.

    `filled` holds the ids of the layers that were set: those are the dynamic ones.
    """
    layers = [layer for comp in inventory.comps for layer in comp.layers]
    return [
        *_characters(inventory, layers),
        *_sound(inventory.files),
        *_all_caps(layers),
        *_renderers(inventory.comps),
        *_missing_footage(inventory.files, at_hand),
        *_fonts(layers, at_hand),
        *_long_paths(inventory.files),
        *_prefixes(layers, filled),
        *_render_comps(inventory.render_comps),
        *_effects(layers),
        *_layered_files(inventory.files),
        *_size(inventory, layers),
        *(_issue("performance", "info", f"Could not be checked: {note}") for note in inventory.notes),
    ]


def _issue(
    category: Category, severity: Severity, message: str, fix: str = "", *, layer: str = "", comp: str = "", **more: Any
) -> Issue:
    details = {"category": category, "layer_name": layer, "composition_name": comp, **more}
    return Issue(f"plainly_{category}", severity, message, fix, placeholder=layer or None, details=details)


def _characters(inventory: Inventory, layers: list[SeenLayer]) -> Iterator[Issue]:
    """A layer that bears the name of its source is not told of again, and not at all where nothing shows the source."""
    told = {comp.name for comp in inventory.comps} | {_file_name(file) for file in inventory.files}
    for comp in inventory.comps:
        if odd := odd_characters(comp.name):
            text = f"Comp '{comp.name}': its name has {odd}"
            yield _issue("characters", "critical", text, _rename(comp.name), comp=comp.name)
    for layer in layers:
        inherited = layer.name_from_source and (not layer.on or layer.name in told)
        if not inherited and (odd := odd_characters(layer.name)):
            text = f"Layer '{layer.name}' of '{layer.comp}': its name has {odd}"
            yield _issue("characters", "critical", text, _rename(layer.name), layer=layer.name, comp=layer.comp)
    for file in inventory.files:
        name = _file_name(file)
        if odd := odd_characters(name):
            text = f"Footage '{name}' (layer '{file.layer}' of '{file.comp}'): its name has {odd}"
            yield _issue("characters", _weight(name), text, _rename(name), layer=file.layer, comp=file.comp)
    for name in inventory.folders:
        if odd := odd_characters(name):
            yield _issue("characters", _weight(name), f"Folder '{name}': its name has {odd}", _rename(name))


def _weight(name: str) -> Severity:
    """Of a file or folder: letters of other alphabets break on the way, a bracket seldom does."""
    return "warning" if name.isascii() else "critical"


def _rename(name: str) -> str:
    return "Use English letters, digits, _ and - only" + ("" if name.isascii() else ": no accents, no other alphabets")


def _sound(files: tuple[SeenFile, ...]) -> Iterator[Issue]:
    for file in files:
        if _suffix(file) == ".mp3":
            text = f"Sound '{_file_name(file)}' is an .mp3 (layer '{file.layer}' of '{file.comp}')"
            yield _issue("audio", "critical", text, "Replace it with a .wav", layer=file.layer, comp=file.comp)


def _all_caps(layers: list[SeenLayer]) -> Iterator[Issue]:
    for layer in layers:
        if layer.on and layer.all_caps:
            text = f"Text layer '{layer.name}' of '{layer.comp}' is set in All Caps"
            fix = "Switch All Caps off in the Character panel and write the text in capitals"
            yield _issue("text", "warning", text, fix, layer=layer.name, comp=layer.comp, rule="AllCaps")


def _renderers(comps: tuple[SeenComp, ...]) -> Iterator[Issue]:
    for comp in comps:
        if comp.renderer not in _RENDERERS:
            used = any(layer.three_d and layer.on for layer in comp.layers)
            name = _RENDERER_NAMES.get(comp.renderer, comp.renderer)
            text = f"Comp '{comp.name}' uses the 3D renderer {name}{'' if used else ', though it has no 3D layer'}"
            fix = "Choose Classic 3D or Advanced 3D in the comp's settings"
            severity: Severity = "critical" if used else "info"
            yield _issue("renderer", severity, text, fix, comp=comp.name, rule="Unsupported3DRenderer")


def _missing_footage(files: tuple[SeenFile, ...], at_hand: AtHand) -> Iterator[Issue]:
    for file in files:
        if file.path is not None and not at_hand.footage(file.path):
            text = f"Footage is missing: {file.path} (layer '{file.layer}' of '{file.comp}')"
            fix = "Put it into the job's assets/footage and generate again, or match its placeholder to a layer"
            yield _issue("packaging", "warning", text, fix, layer=file.layer, comp=file.comp, path=file.path)
    if at_hand.absent:
        count = len(at_hand.absent)
        text = f"{count} files are missing that nothing rendered shows: {', '.join(sorted(at_hand.absent)[:5])}"
        yield _issue("packaging", "info", text, "Remove unused footage from the template (File > Dependencies)")


def _fonts(layers: list[SeenLayer], at_hand: AtHand) -> Iterator[Issue]:
    users: dict[str, SeenLayer] = {}
    for layer in layers:
        for font in layer.fonts if layer.on else ():
            users.setdefault(font, layer)
    for font, layer in users.items():
        file = at_hand.font(font)
        where = f"(layer '{layer.name}' of '{layer.comp}')"
        if file is None:
            text = f"Font {font} is missing here, so that a substitute may be used {where}"
            fix = "Install it where After Effects runs, or put the font file into the job's assets/fonts"
        elif not file.lower().endswith(_FONT_SUFFIXES):
            text = f"Font {font} lies in {file} {where}"
            fix = "Plainly takes .otf, .ttf and .ttc only: use the font in one of these"
        else:
            continue
        yield _issue("packaging", "warning", text, fix, layer=layer.name, comp=layer.comp, font=font)


def _long_paths(files: tuple[SeenFile, ...]) -> Iterator[Issue]:
    for file in files:
        path = file.path or ""
        if _WINDOWS_PATH.match(path) and len(path) > _LONGEST_WINDOWS_PATH:
            text = f"A Windows path has {len(path)} characters, {_LONGEST_WINDOWS_PATH} are allowed: {path}"
            fix = "Use shorter names for client, batch or job"
            yield _issue("packaging", "critical", text, fix, layer=file.layer, comp=file.comp, path=path)


def _prefixes(layers: list[SeenLayer], filled: Collection[str]) -> Iterator[Issue]:
    for layer in layers:
        if layer.id in filled and not has_prefix(layer.name):
            text = f"Dynamic layer '{layer.name}' of '{layer.comp}' has no prefix that says what goes into it"
            fix = "Begin its name with txt_, img_, vid_, audio_ or color_"
            yield _issue("naming", "warning", text, fix, layer=layer.name, comp=layer.comp)


def _render_comps(names: tuple[str, ...]) -> Iterator[Issue]:
    if not names:
        text = f"No comp is named {RENDER_PREFIX}…: Plainly does not know which one to render"
        yield _issue("composition", "warning", text, f"Begin the name of the comp to render with {RENDER_PREFIX}")
    elif len(names) > 1:
        text = f"{len(names)} comps are named {RENDER_PREFIX}…: {', '.join(names[:5])}"
        yield _issue("composition", "info", text, "Check that all of them shall be rendered")


def _effects(layers: list[SeenLayer]) -> Iterator[Issue]:
    for layer in layers:
        if layer.on and layer.effects > _MANY_EFFECTS:
            text = f"Layer '{layer.name}' of '{layer.comp}' has {layer.effects} effects"
            severity: Severity = "warning" if layer.effects > _MOST_EFFECTS else "info"
            yield _issue("effects", severity, text, "Fewer render faster", layer=layer.name, comp=layer.comp)


def _layered_files(files: tuple[SeenFile, ...]) -> Iterator[Issue]:
    for file in files:
        if _suffix(file) in _TO_BE_FLATTENED:
            text = f"Footage '{_file_name(file)}' is no plain picture (layer '{file.layer}' of '{file.comp}')"
            rule = {"rule": "FileProblem"} if _suffix(file) in _RELINKED_BADLY else {}
            fix = "Replace it with a .png or .jpg"
            yield _issue("assets", "warning", text, fix, layer=file.layer, comp=file.comp, **rule)


def _size(inventory: Inventory, layers: list[SeenLayer]) -> Iterator[Issue]:
    if len(layers) > _MANY_LAYERS:
        yield _issue("performance", "info", f"{len(layers)} layers are rendered", "Fewer render faster")
    if len(inventory.comps) > _MANY_COMPS:
        yield _issue("performance", "info", f"{len(inventory.comps)} comps are rendered", "Fewer render faster")


def _file_name(file: SeenFile) -> str:
    """The name of the file; of a layer of a Photoshop file, too."""
    return (file.path or file.name).replace("\\", "/").rsplit("/", 1)[-1]


def _suffix(file: SeenFile) -> str:
    name = _file_name(file)
    return name[name.rfind(".") :].lower() if "." in name else ""
