"""The project that After Effects saved, held against the template and the order: pure comparisons of what was read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotfolderd.model import Comp, Placeholder, Template

_SAME_PIXELS = 0.005


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a placeholder should have: a text, or the path of a picture."""

    text: str | None = None
    picture: str | None = None


def filled_as_wanted(final: Template, wanted: Mapping[str, Wanted]) -> int:
    """How many placeholders have what was ordered. Which have not is told where the output is checked."""
    found = {one.id: one for one in final.placeholders}
    return sum(_has(found.get(key), what) for key, what in wanted.items())


def differences(template: Template, final: Template, wanted: Mapping[str, Wanted]) -> list[str]:
    """What is otherwise than in the template although nothing was ordered for it, in words."""
    return [*_of_placeholders(template, final, wanted), *_of_comps(template, final)]


def _has(there: Placeholder | None, what: Wanted) -> bool:
    if there is None:
        return False
    if what.text is not None:
        lines = what.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x03", "\n")
        return there.text is not None and there.text.text == lines
    return there.source is not None and there.source.path == what.picture


def _of_placeholders(template: Template, final: Template, wanted: Mapping[str, Wanted]) -> Iterator[str]:
    found = {one.id: one for one in final.placeholders}
    for old in template.placeholders:
        where, new = f"layer {old.name} of {old.comp}", found.get(old.id)
        if new is None:
            if old.id not in wanted:  # an ordered one that is gone is told where the output is checked
                yield f"{where} is gone"
            continue
        if new.name != old.name:
            yield f"{where} is called {new.name} now"
        if new.kind != old.kind:
            yield f"{where} is no {old.kind} any more"
        elif old.text and new.text:
            if (old.text.font, old.text.colour) != (new.text.font, new.text.colour):
                yield f"{where} has another font or colour: {new.text.font} {new.text.colour}"
            if old.id not in wanted and old.text.text != new.text.text:
                yield f"{where} says {new.text.text!r}, the template {old.text.text!r}"
        elif abs(new.pixel_ratio - old.pixel_ratio) > _SAME_PIXELS:
            yield f"{where} has pixels of another shape: {new.pixel_ratio:g}, in the template {old.pixel_ratio:g}"
        elif old.id not in wanted and old.source and new.source and old.source.file_name != new.source.file_name:
            yield f"{where} shows {new.source.file_name}, the template {old.source.file_name}"


def _of_comps(template: Template, final: Template) -> Iterator[str]:
    found = {comp.item_id: comp for comp in final.comps}
    for old in template.comps:
        new = found.get(old.item_id)
        if new is None:
            yield f"comp {old.name} is gone"
        elif _essence(new) != _essence(old):
            yield f"comp {old.name} is {_said(new)}; in the template {_said(old)}"


def _said(comp: Comp) -> str:
    size = f"{comp.width}×{comp.height}, {comp.background}"
    return f"{comp.name}, {size}, {comp.frame_rate:g} fps, {comp.duration_s:g} s, {comp.layers} layers"


def _essence(comp: Comp) -> Comp:
    rate, length_s = round(comp.frame_rate, 3), round(comp.duration_s, 3)
    return dataclasses.replace(comp, target=True, why_not="", frame_rate=rate, duration_s=length_s)
