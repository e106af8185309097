"""What a template needs and nobody has, what a design has and nobody needs, names borne twice, and colours.

Reads values of the model, gives issues. Never opens a file: whether something is at hand is asked of the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from hotfolderd.matching.sides import is_drawable
from hotfolderd.media.font_names import font_class, is_stand_in, substitutes
from hotfolderd.media.same_names import fold
from hotfolderd.model import Design, Footage, Issue, Template
from hotfolderd.stages.template.checked import Available, Pair, is_available

_GET_FONT = {
    "common": "It comes with most systems; if After Effects runs on one without it, put the font file into the job's "
    "assets/fonts.",
    "adobe": "Activate it in Adobe Fonts where After Effects runs.",
    "other": "Install it where After Effects runs, or put the font file into the job's assets/fonts.",
}


def missing_footage(design: Design, template: Template, pairs: list[Pair], available: Available) -> Iterator[Issue]:
    """Footage that is still shown by a layer, and that nobody has."""
    replaced = _replaced(pairs)
    for footage in _not_replaced(design, template, replaced):
        name = footage.file_name
        if is_available(available, name):
            continue
        copy = _imported_copy(footage, template)
        idle = copy is not None or footage.users == 0
        where = f", used only in '{copy}', which is not filled" if copy else ", used by no layer" if idle else ""
        rest = footage.users - replaced[footage.item_id]
        yield Issue(
            "missing_asset",
            "info" if idle else "critical",
            f"Missing footage: {footage.path}{where}",
            f"Put {name} into the job's assets/footage, or match its placeholder to a layer."
            if not idle
            else "Nothing to do unless that comp is wanted.",
            next((one.placeholder.name for one in pairs if one.placeholder.source == footage), None),
            None,
            {"path": footage.path, "file_name": name, "item_id": footage.item_id, "layers": rest, "comp": copy},
        )


def one_name_for_several(
    design: Design, template: Template, pairs: list[Pair], available: Available
) -> Iterator[Issue]:
    """Files of several folders with one name, shown by layers: the job has one of them, and all would show that one."""
    named: dict[str, list[Footage]] = {}
    for footage in _not_replaced(design, template, _replaced(pairs)):
        if footage.users and _imported_copy(footage, template) is None:
            named.setdefault(fold(footage.file_name), []).append(footage)
    for same in named.values():
        paths = list({fold((one.path or "").replace("\\", "/")): one.path for one in same}.values())
        if len(paths) == 1 or not is_available(available, same[0].file_name):
            continue
        alike = len({(one.width, one.height, one.duration_s) for one in same}) == 1
        yield Issue(
            "missing_asset",
            "warning" if alike else "critical",
            f"Footage of one name: the job has one {same[0].file_name} for {' and '.join(map(str, paths))}",
            "Give each file a name of its own in the template, or match its placeholder to a layer."
            if not alike
            else "Nothing to do if both are the same picture; else give each file a name of its own in the template.",
            next((one.placeholder.name for one in pairs if one.placeholder.source in same), None),
            None,
            {"paths": paths, "file_name": same[0].file_name},
        )


def _replaced(pairs: list[Pair]) -> Counter[int]:
    """How many layers get a picture in the place of each footage item, by item id."""
    return Counter(pair.placeholder.source.item_id for pair in pairs if pair.layer and pair.placeholder.source)


def _not_replaced(design: Design, template: Template, replaced: Counter[int]) -> Iterator[Footage]:
    """The files that the template names and that are not replaced in all layers; the design itself is left out."""
    own = fold(design.path.replace("\\", "/").rpartition("/")[2])
    for footage in template.footage:
        name = footage.file_name
        if name and fold(name) != own and replaced[footage.item_id] < max(footage.users, 1):
            yield footage


def _imported_copy(footage: Footage, template: Template) -> str | None:
    """The name of the comp that After Effects made when the PSD of this layer was imported, if it is no target.

    A layer of an imported `card.psd` is footage named `Layer/card.psd`, the comp is named `card`.
    """
    _, slash, file = footage.name.rpartition("/")
    stem = file.rpartition(".")[0]
    return next((comp.name for comp in template.comps if slash and not comp.target and comp.name == stem), None)


def missing_fonts(template: Template, pairs: list[Pair], available: Available) -> Iterator[Issue]:
    """One issue for each font: a warning where a text is set in it, else information.

    Fonts that come with most systems, or with After Effects' own subscription, are information in any case.
    """
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        look = pair.placeholder.text
        if look and pair.match.value is not None:
            for font in look.fonts or ((look.font,) if look.font else ()):
                wanted.setdefault(font, []).append(pair.match.placeholder)
    for font in [*wanted, *(font for font in template.fonts if font not in wanted)]:
        if is_stand_in(font) or is_available(available, font):
            continue
        layers = list(dict.fromkeys(wanted.get(font, ())))
        used_in = f"used in layer '{layers[0]}'" if layers else "used by texts that are not set here"
        more = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        kind, instead = font_class(font), substitutes(font)
        yield Issue(
            "missing_font",
            "warning" if layers and kind == "other" else "info",
            f"Missing font: {font} ({used_in}{more})",
            f"{_GET_FONT[kind]} Of the same kind: {', '.join(instead)}.",
            layers[0] if layers else None,
            None,
            {"font": font, "placeholders": layers, "font_class": kind, "substitutes": list(instead)},
        )


def unused_layers(design: Design, used: Container[str | None]) -> Iterator[Issue]:
    """Visible layers of the design that fill nothing."""
    for layer in design.layers:
        if layer.visible and is_drawable(layer) and layer.path not in used:
            message = f"Unused layer: '{layer.path}' ({layer.kind}) fills no placeholder"
            fix = "Nothing to do unless it should be seen."
            yield Issue("unmatched_psd_layer", "info", message, fix, None, layer.path, {"kind": layer.kind})


def duplicate_names(design: Design, template: Template) -> Iterator[Issue]:
    """Names borne twice: by layers of the design, in one comp of the template, or by a comp and a layer."""
    names = Counter(layer.name for layer in design.layers if is_drawable(layer))
    for name in (name for name, count in names.items() if count > 1):
        paths = [layer.path for layer in design.layers if layer.name == name and is_drawable(layer)]
        message = f"Duplicate layer name: {len(paths)} layers of the design are called '{name}'"
        fix = "Check that the right one is matched; a name of its own for each prevents mistakes."
        yield Issue("duplicate_layer_name", "info", message, fix, None, paths[0], {"where": "design", "paths": paths})
    in_comp = Counter((one.comp, one.name) for one in template.placeholders)
    comps = {comp.name for comp in template.comps}
    for (comp, name), count in in_comp.items():
        if count > 1 or name in comps:
            what = f"{count} layers of '{comp}' are" if count > 1 else f"a comp and a layer of '{comp}' are both"
            fix = "Give each a name of its own in the template."
            details = {"where": "template", "comp": comp, "count": count}
            yield Issue(
                "duplicate_layer_name",
                "info",
                f"Duplicate layer name: {what} called '{name}'",
                fix,
                name,
                None,
                details,
            )


def colours(design: Design) -> Iterator[Issue]:
    """A design whose colours After Effects will not show as Photoshop does: another mode, or more than 8 bit."""
    details = {"mode": design.mode, "depth": design.depth}
    if design.mode != "RGB":
        message = f"Colour mode: the design is {design.mode}, its pictures are exported as RGB"
        fix = "Look at the colours in the preview; in Photoshop: Image > Mode > RGB Color."
        yield Issue("colour_mode", "info", message, fix, None, None, details)
    if design.depth > 8:
        message = f"Bit depth: the design has {design.depth} bit a channel, its pictures are exported with 8"
        yield Issue("bit_depth", "info", message, "Look at fine gradients in the preview.", None, None, details)
