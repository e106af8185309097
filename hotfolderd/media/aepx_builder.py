"""Builds the chunk tree of an `.aepx` while a parser reads the XML: the rules from element to chunk.

Reads the events of an lxml parser, writes a `Tree`. It keeps its own stack, holds every limit at once, and refuses by
name whatever no rule covers. It never sees the bytes of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeVar

from hotfolderd.errors import JobError
from hotfolderd.media import aepx_values as values
from hotfolderd.media.ae_version import refuse_old_head
from hotfolderd.media.rifx import RAW_LISTS, Chunk, Limits, Tree, joined

NAMESPACE = "http://www.adobe.com/products/aftereffects"
ROOT = "AfterEffectsProject"
XMP = "ProjectXMPMetadata"
VERSION = {"majorVersion": "1", "minorVersion": "0"}
REMEDY = "Open the project in After Effects and save it again, as .aep if that does not help."

_PREFIX = f"{{{NAMESPACE}}}"
_BLANK = " \t\r\n"

Kind = Literal["list", "wrapped", "data", "string", "reference", "xmp"]
T = TypeVar("T")
V = TypeVar("V")


@dataclass(slots=True)
class _Open:
    """An element whose end has not come yet. `chunk` is what it becomes; `strings` are those inside a wrapped value."""

    element: str
    kind: Kind
    chunk: Chunk
    text: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)


class Builder:
    """The target of an lxml parser; `close` gives the tree. Every method raises JobError on what it refuses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[_Open] = []
        self._seen = 0
        self._root = Chunk("RIFX", list_type="Egg!")
        self._xmp: bytes | None = None

    def doctype(self, root: str | None, _public_id: str | None, _system: str | None) -> None:
        """A DOCTYPE, which the caller should have seen already."""
        self._refuse(f"a DOCTYPE is not allowed, found one for {root!r}")

    def start_ns(self, prefix: str, uri: str) -> None:
        """A namespace is declared, before the element begins that declares it; only the root may, and only its own."""
        if self._open or prefix or uri != NAMESPACE:
            self._refuse(f"the namespace {uri[:80]!r} is declared, only the root may declare {NAMESPACE}")

    def end_ns(self, prefix: str) -> None:
        """A namespace ends with its element."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._seen += 1
        if self._seen > self._limits.chunks:
            self._refuse(f"there are more than {self._limits.chunks:,} elements")
        if len(self._open) >= self._limits.depth:
            self._refuse(f"elements are nested deeper than {self._limits.depth}")
        if not self._open:
            self._open.append(self._root_element(tag, attributes))
        elif not tag.startswith(_PREFIX):
            self._refuse(f"<{tag[:60]}> is not in the namespace {NAMESPACE}")
        else:
            self._open.append(self._element(tag[len(_PREFIX) :], attributes))

    def data(self, text: str) -> None:
        """Text between two tags; the parser may cut it anywhere."""
        element = self._open[-1]
        if element.kind in ("string", "xmp"):
            element.text.append(text)
        elif text.strip(_BLANK):
            self._refuse(f"<{element.element}> cannot hold text, found {text.strip(_BLANK)[:40]!r}")

    def end(self, _tag: str) -> None:
        """An element ends, and its chunk goes into the list it stands in."""
        element = self._open.pop()
        if not self._open:
            return
        parent, chunk, text = self._open[-1], element.chunk, "".join(element.text)
        if element.kind == "xmp":
            self._xmp = text.encode("utf-8")
            return
        if parent.kind == "wrapped":
            parent.strings.append(text)
            return
        if element.kind == "string":
            chunk.data = text.encode("utf-8")
        elif element.kind == "wrapped":
            chunk.data = self._wrapped(element)
        elif chunk.id == "head" and len(self._open) == 1:
            refuse_old_head(chunk.data)
        parent.chunk.children.append(chunk)

    def comment(self, text: str) -> None:
        """A comment is dropped, except where it would cut a value in two."""
        if self._open and self._open[-1].kind not in ("list", "wrapped"):
            self._refuse(f"<{self._open[-1].element}> cannot hold a comment, found {text[:40]!r}")

    def pi(self, target: str, _data: str | None = None) -> None:
        """A processing instruction, which no rule covers."""
        self._refuse(f"the processing instruction <?{target[:40]}?> is covered by no rule")

    def close(self) -> Tree:
        """The whole tree."""
        return Tree(self._root, self._xmp or b"")

    def _root_element(self, tag: str, attributes: Mapping[str, str]) -> _Open:
        if tag != _PREFIX + ROOT:
            self._refuse(f"the root should be {ROOT} in the namespace {NAMESPACE}, found {tag[:80]!r}")
        if dict(attributes) != VERSION:
            self._refuse(f"{ROOT} should have majorVersion 1 and minorVersion 0, found {_shown(attributes)}")
        return _Open(ROOT, "list", self._root)

    def _element(self, name: str, attributes: Mapping[str, str]) -> _Open:
        parent = self._open[-1]
        if parent.kind != "list" and (parent.kind != "wrapped" or name != "string"):
            self._refuse(f"<{parent.element}> cannot hold <{name[:60]}>")
        if name == "fileReference":
            return _Open(name, "reference", Chunk("alas", self._valid(values.alas, attributes)))
        if len(attributes) == 1 and "bdata" in attributes:
            return _Open(name, "data", self._data_chunk(name, attributes["bdata"]))
        if attributes:
            self._refuse(f"<{name[:60]}> has attributes that no rule covers: {_shown(attributes)}")
        if name == "string":
            return _Open(name, "string", Chunk("Utf8"))
        if name == XMP and parent.chunk is self._root and self._xmp is None:
            return _Open(name, "xmp", Chunk("Utf8"))
        four = self._valid(values.chunk_name, name)
        if name in values.WRAPPED or name in values.NUMBERS:
            return _Open(name, "wrapped", Chunk(four))
        if name in values.NO_LISTS or four in RAW_LISTS:
            self._refuse(f"<{name}> without bdata is covered by no rule")
        return _Open(name, "list", Chunk("LIST", list_type=four))

    def _data_chunk(self, name: str, text: str) -> Chunk:
        four = self._valid(values.chunk_name, name)
        if name in values.NO_DATA:
            self._refuse(f"<{name}> with bdata is covered by no rule")
        data = self._valid(values.from_hex, text)
        return Chunk("LIST", data, four) if four in RAW_LISTS else Chunk(four, data)

    def _wrapped(self, element: _Open) -> bytes:
        if len(element.strings) != 1:
            self._refuse(f"<{element.element}> should hold one string, found {len(element.strings)}")
        text = element.strings[0]
        if element.element in values.WRAPPED:
            return values.wrap(text)
        return self._valid(lambda printed: values.number_data(element.element, printed), text)

    def _valid(self, convert: Callable[[V], T], value: V) -> T:
        """What `convert` makes of `value`; a ValueError becomes a JobError that says where."""
        try:
            return convert(value)
        except ValueError as error:
            self._refuse(str(error), error)

    def _refuse(self, what: str, cause: Exception | None = None) -> NoReturn:
        path = joined([element.element for element in self._open]) or "start of the XML"
        raise JobError(f"element {self._seen:,} in {path}: {what}. {REMEDY}") from cause


def _shown(attributes: Mapping[str, str]) -> str:
    return ", ".join(f'{key[:40]}="{value[:40]}"' for key, value in list(attributes.items())[:8]) or "none"
