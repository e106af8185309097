"""Which layers of a comp are there to be filled, and what is in them now.

Reads layers of py-aep and their chunks. Writes nothing. Never a placeholder: a null, a guide or adjustment layer, a
layer that is off, sound alone, a comp inside, a shape, a solid that is not named as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

import py_aep

from hotfolderd.errors import JobError
from hotfolderd.media.project import boxes
from hotfolderd.media.project.expressions import overriding_source_text
from hotfolderd.media.project.opening import ask
from hotfolderd.media.rifx import Chunk
from hotfolderd.model import Footage, Paragraph, Placeholder, TextLook

T = TypeVar("T")

_SOLID_TO_FILL = re.compile(r"^(?:txt|img|vid)[_\-. ]|place ?holder|(?<![a-z])(?:replace|populate)", re.IGNORECASE)

_STYLES = {
    "font": "font",
    "font_size": "size",
    "fill_color": "colour",
    "faux_bold": "style",
    "faux_italic": "style",
    "font_caps_option": "style",
}


class Reader:
    """Reads the placeholders of comps, and gathers on the way the fonts in use and what could not be read."""

    def __init__(
        self, footage: Mapping[int, Footage], users: Mapping[int, int], nested: Mapping[tuple[int, int], str]
    ) -> None:
        self._footage = footage
        self._users = users
        self._nested = nested
        self.fonts: set[str] = set()
        self.notes: list[str] = []

    def placeholders(self, comp: py_aep.CompItem, chunks: dict[int, Chunk]) -> Iterator[Placeholder]:
        """The placeholders of a comp, the top layer first. `chunks` are its `LIST:Layr` by layer id."""
        for layer in comp.layers:
            if not isinstance(layer, py_aep.AVLayer):
                continue
            what = f"layer {layer.name} of comp {comp.name}"
            placeholder = self._unless_unreadable(what, "is left out", partial(self._placeholder, comp, layer, chunks))
            if placeholder is not None:
                yield placeholder

    def _unless_unreadable(self, what: str, but: str, question: Callable[[], T | None]) -> T | None:
        """The answer of py-aep; None and a note if it has none."""
        try:
            return ask(what, question)
        except JobError as error:
            self.notes.append(f"{what} {but}: {str(error).removeprefix(what + ': ')}")
            return None

    def _placeholder(
        self, comp: py_aep.CompItem, layer: py_aep.AVLayer, chunks: dict[int, Chunk]
    ) -> Placeholder | None:
        what = f"layer {layer.name} of comp {comp.name}"
        text = source = expression = paragraph = None
        if isinstance(layer, py_aep.TextLayer):
            document = document_of(layer)
            text = self._look(layer, document, what)
            if not _is_on(layer):
                return None
            expression = overriding_source_text(chunks[layer.id])
            paragraph = self._unless_unreadable(what, "has no box that can be told", partial(_paragraph, document))
            content = boxes.text_content(document)
        else:
            source = self._source(layer) if _is_on(layer) else None
            if source is None:
                return None
            content = (0.0, 0.0, float(source.width), float(source.height))
        find_box = partial(boxes.box_in_comp, layer, chunks, content)
        return Placeholder(
            id=f"{comp.id}:{layer.id}",
            name=visible_name(layer),
            kind="image" if text is None else "text",
            comp=comp.name,
            comp_id=comp.id,
            layer_id=layer.id,
            index=layer.index + 1,
            box=self._unless_unreadable(what, "has no place that can be told", find_box),
            source=source,
            text=text,
            expression=expression,
            paragraph=paragraph,
            set_by=self._nested.get((comp.id, layer.id)),
            pixel_ratio=1.0 if source is None else _pixel_ratio(layer, comp),
            heard=source is not None and source.has_audio and bool(layer.audio_enabled),
        )

    def _source(self, layer: py_aep.AVLayer) -> Footage | None:
        """The picture of a layer that can be exchanged, or None."""
        item = layer.source
        if not isinstance(item, py_aep.FootageItem):
            return None
        if item.id not in self._footage:
            if not _SOLID_TO_FILL.search(layer.name):
                return None
            return Footage(item.id, item.name, None, item.width, item.height, users=self._users[item.id])
        footage = self._footage[item.id]
        return footage if footage.has_video and footage.width and footage.height else None

    def _look(self, layer: py_aep.TextLayer, document: py_aep.TextDocument, what: str) -> TextLook:
        fonts = _fonts(document)
        self.fonts.update(fonts)
        colour = document.fill_color if document.apply_fill is not False else None
        scale = self._unless_unreadable(what, "has no size that can be told", partial(boxes.vertical_scale, layer))
        size = document.font_size
        return TextLook(
            text=document.text.replace("\x03", "\n"),
            font=document.font,
            size_px=round(size * scale, 2) if size and scale else None,
            colour="#" + "".join(f"{round(part * 255):02x}" for part in colour[:3]) if colour else None,
            fonts=fonts,
            differs=differing(document),
        )


def _pixel_ratio(layer: py_aep.AVLayer, comp: py_aep.CompItem) -> float:
    """How wide a pixel of the layer's source is in pixels of the comp; 1 where no camera has such pixels."""
    item = layer.source
    assert isinstance(item, py_aep.FootageItem)
    ratio = item.pixel_aspect / comp.pixel_aspect if comp.pixel_aspect else 1.0
    return round(ratio, 4) if 0.4 <= ratio <= 2.5 else 1.0


def _paragraph(document: py_aep.TextDocument) -> Paragraph | None:
    if not document.box_text or not document.box_text_size:
        return None
    width, height = document.box_text_size
    size = float(document.font_size or 12)
    capitals = document.font_caps_option not in {None, py_aep.FontCapsOption.FONT_NORMAL_CAPS}
    return Paragraph(
        width=round(width / (document.horizontal_scale or 1.0), 2),
        height=round(height, 2),
        size_px=size,
        leading_px=float(document.leading or size * 1.2),
        tracking=float(document.tracking or 0),
        all_caps=capitals,
    )


def visible_name(layer: py_aep.AVLayer) -> str:
    """The name that After Effects shows: the layer's own, else its source's, else the first line of its text."""
    if isinstance(layer, py_aep.TextLayer) and not layer.is_name_set:
        return document_of(layer).text.split("\n", 1)[0]
    return str(layer.name)


def source_text(layer: py_aep.TextLayer) -> py_aep.Property:
    """The Source Text property of a text layer."""
    assert layer.text is not None
    stream = layer.text["ADBE Text Document"]
    assert isinstance(stream, py_aep.Property)
    return stream


def documents_of(layer: py_aep.TextLayer) -> list[py_aep.TextDocument]:
    """What the layer says: one document, or one for each keyframe."""
    stream = source_text(layer)
    values = [key.value for key in stream.keyframes] or [stream.value]
    documents = [value for value in values if isinstance(value, py_aep.TextDocument)]
    if not documents:
        raise JobError(f"layer {layer.name}: there is no text in it. Save the project again in After Effects.")
    return documents


def document_of(layer: py_aep.TextLayer) -> py_aep.TextDocument:
    """What the layer says first."""
    return documents_of(layer)[0]


def _is_on(layer: py_aep.AVLayer) -> bool:
    """Whether the layer shows: its eye is on, or it is text that cuts out another layer (a matte's eye is off)."""
    if layer.null_layer or layer.adjustment_layer or layer.guide_layer:
        return False
    return bool(layer.enabled) or (isinstance(layer, py_aep.TextLayer) and layer.is_track_matte)


def differing(document: py_aep.TextDocument) -> tuple[str, ...]:
    """What is not the same in all of a text: font, size, colour, style. py-aep has no value for it then."""
    whole = document.character_range(0, _length(document))
    found = dict.fromkeys(
        what
        for name, what in _STYLES.items()
        if getattr(document, name) is not None and getattr(whole, name) is None
        if what != "colour" or document.apply_fill is not False
    )
    return tuple(found)


def _length(document: py_aep.TextDocument) -> int:
    return len(document.text.encode("utf-16-le")) // 2


def _fonts(document: py_aep.TextDocument) -> tuple[str, ...]:
    """The PostScript names of the fonts in use, in the order of their first character."""
    names = [document.font, *_fonts_between(document, 0, _length(document))]
    return tuple(dict.fromkeys(name for name in names if name))


def _fonts_between(document: py_aep.TextDocument, start: int, end: int) -> Iterator[str]:
    """A range of one font names it; one of several is halved (indices count UTF-16 units)."""
    font = document.character_range(start, end).font
    if font:
        yield font
    elif end - start > 1:
        middle = (start + end) // 2
        yield from _fonts_between(document, start, middle)
        yield from _fonts_between(document, middle, end)
