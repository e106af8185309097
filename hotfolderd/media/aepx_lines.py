"""The quick way to the tree of an `.aepx` that is written exactly as After Effects writes it, one element a line.

Reads bytes that `aepx` has checked, gives the same tree as its parser does, or None for whatever looks the least bit
otherwise: then the parser reads it, and says what is wrong where something is. Nothing is guessed here.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator

from hotfolderd.media import aepx_values as values
from hotfolderd.media.ae_version import refuse_old_head
from hotfolderd.media.aepx_builder import NAMESPACE, ROOT, VERSION, XMP
from hotfolderd.media.rifx import RAW_LISTS, Chunk, Limits, Tree

_VERSION = "".join(f' {key}="{value}"' for key, value in VERSION.items())
_FIRST = b'<?xml version="1.0" encoding="UTF-8"?>', f'<{ROOT} xmlns="{NAMESPACE}"{_VERSION}>'.encode()
_XMP_START, _XMP_END = f"\n\t<{XMP}>".encode(), f"</{XMP}>\n".encode()
_XMP_LINE = f"<{XMP}/>".encode()
_DATA = b' bdata="'
_REFERENCE = re.compile(
    b"<fileReference" + b"".join(b' %b="([^"<\\t]*)"' % key.encode() for key in values.REFERENCE_KEYS) + b"/>"
)
_ENTITY = re.compile(rb"&([^;]{0,4};?)")
_ENTITIES = {b"amp;": b"&", b"lt;": b"<", b"gt;": b">", b"quot;": b'"', b"#xD;": b"\r", b"#xA;": b"\n"}
_TEXT = bytes(range(32, 256)) + b"\t\n"
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


class _OtherwiseError(Exception):
    """Something is not as After Effects writes it."""


def tree_of_lines(xml: bytes, limits: Limits) -> Tree | None:
    """The tree of an `.aepx`, None if the parser must read it. `xml` is valid UTF-8 without a DOCTYPE.

    Raises JobError for a project of After Effects 11 or older.
    """
    if xml.translate(None, _TEXT) or any(one in xml for one in _NO_CHARACTERS):
        return None
    try:
        rest, xmp = _without_xmp(xml)
        lines = iter(rest.split(b"\n"))
        if (next(lines), next(lines, b"")) != _FIRST:
            return None
        root = _Lines(limits).read(lines)
        return Tree(root, xmp) if list(lines) == [b""] else None
    except (_OtherwiseError, ValueError, KeyError, StopIteration):
        return None


def _without_xmp(xml: bytes) -> tuple[bytes, bytes]:
    """The bytes with one empty line's element for the XMP packet, and the packet."""
    before, start, after = xml.partition(_XMP_START)
    if not start:
        return xml, b""
    packet, end, after = after.partition(_XMP_END)
    if packet:
        packet = packet.removeprefix(b"<![CDATA[").removesuffix(b"]]>") if packet[:9] == b"<![CDATA[" else b"]]>"
    if not end or b"]]>" in packet or XMP.encode() in after:
        raise _OtherwiseError
    return b"%b\n\t%b\n%b" % (before, _XMP_LINE, after), packet


class _Lines:
    """Goes through the lines below the root's."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._root = Chunk("RIFX", list_type="Egg!")
        self._waiting: list[tuple[bytes, Chunk]] = [(ROOT.encode(), self._root)]
        self._names: dict[bytes, str] = {}

    def read(self, lines: Iterator[bytes]) -> Chunk:
        """The root with everything in it; ends behind its own last line."""
        waiting, names, seen = self._waiting, self._names, 1
        children = self._root.children
        for line in lines:
            element = line.lstrip(b"\t")
            head, is_data, data = element.partition(_DATA)
            if is_data:
                four = names.get(head) or self._data_name(head)
                children.append(self._data_chunk(four, data))
                seen += 1
            elif element[:2] == b"</":
                if element != b"</%b>" % waiting.pop()[0]:
                    raise _OtherwiseError
                if not waiting:
                    return self._root
                children = waiting[-1][1].children
            else:
                seen += self._other(element, lines, children)
                children = waiting[-1][1].children
            if seen > self._limits.chunks or len(waiting) + 2 > self._limits.depth:
                raise _OtherwiseError
        raise _OtherwiseError

    def _data_name(self, head: bytes) -> str:
        """The chunk's name for an element with data; `head` is its line up to the data."""
        name = head[1:].decode("ascii")
        if name in values.NO_DATA or head[:1] != b"<":
            raise _OtherwiseError
        four = self._names[head] = values.chunk_name(name)
        return four

    def _data_chunk(self, four: str, data: bytes) -> Chunk:
        if data[-3:] != b'"/>':
            raise _OtherwiseError
        body = unhexlify(data[:-3])
        if four in RAW_LISTS:
            return Chunk("LIST", body, four)
        if four == "head" and len(self._waiting) == 1:
            refuse_old_head(body)
        return Chunk(four, body)

    def _other(self, element: bytes, lines: Iterator[bytes], children: list[Chunk]) -> int:
        """Adds what an element without data stands for; a list waits for its end. How many elements it took."""
        if element[:7] == b"<string":
            children.append(Chunk("Utf8", _string(element)))
        elif element[:14] == b"<fileReference":
            children.append(Chunk("alas", _reference(element)))
        elif element != _XMP_LINE:
            return self._opened(element, lines, children)
        elif len(self._waiting) != 1:
            raise _OtherwiseError
        return 1

    def _opened(self, element: bytes, lines: Iterator[bytes], children: list[Chunk]) -> int:
        """A list, or a chunk whose value stands in a string on the next line."""
        if element[:1] != b"<" or element[-1:] != b">":
            raise _OtherwiseError
        name = element[1:-1].decode("ascii")
        four = values.chunk_name(name)
        if name in values.WRAPPED or name in values.NUMBERS:
            text = _string(next(lines).lstrip(b"\t"))
            if next(lines).lstrip(b"\t") != b"</%b>" % element[1:-1]:
                raise _OtherwiseError
            printed = text.decode("utf-8")
            body = values.number_data(name, printed) if name in values.NUMBERS else values.wrap(printed)
            children.append(Chunk(four, body))
            return 2
        if name in values.NO_LISTS or four in RAW_LISTS:
            raise _OtherwiseError
        chunk = Chunk("LIST", list_type=four)
        children.append(chunk)
        self._waiting.append((element[1:-1], chunk))
        return 1


def _string(element: bytes) -> bytes:
    """The text of a `string` element."""
    if element == b"<string/>":
        return b""
    text = element[8:-9]
    if element[:8] != b"<string>" or element[-9:] != b"</string>" or b"<" in text or b"]]>" in text:
        raise _OtherwiseError
    return _plain(text)


def _reference(element: bytes) -> bytes:
    found = _REFERENCE.fullmatch(element)
    if found is None:
        raise _OtherwiseError
    texts = [_plain(text).decode("utf-8") for text in found.groups()]
    return values.alas(dict(zip(values.REFERENCE_KEYS, texts, strict=True)))


def _plain(text: bytes) -> bytes:
    """Without the six escapes that After Effects writes. Raises KeyError for any other."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text) if b"&" in text else text
