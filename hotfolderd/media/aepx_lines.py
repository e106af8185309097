"""The quick way to the tree of an `.aepx` that is written exactly as After Effects writes it, one element a line.

Most of such a file are values (`<cdat bdata="…"/>`), and between them stands the same again and again: the end of a
list and the beginning of the next, a string that says that there is no name. So each of these texts is read once, and
what became of it is written whenever it stands there again. What comes out are the bytes of the RIFX form; of the tree
only that is taken apart which somebody looks at.

Reads bytes that `aepx` has checked, gives the same tree as its parser does, or None for whatever looks the least bit
otherwise: then the parser reads it, and says what is wrong where something is. Nothing is guessed here.
"""

from __future__ import annotations

import re
import struct
from binascii import unhexlify
from collections.abc import Iterator
from typing import NamedTuple

from hotfolderd.media import aepx_values as values
from hotfolderd.media.ae_version import refuse_old_head
from hotfolderd.media.aepx_builder import NAMESPACE, ROOT, VERSION, XMP
from hotfolderd.media.rifx import RAW_LISTS, Limits, Tree, unread_tree, written

_VERSION = "".join(f' {key}="{value}"' for key, value in VERSION.items())
_FIRST = f'<?xml version="1.0" encoding="UTF-8"?>\n<{ROOT} xmlns="{NAMESPACE}"{_VERSION}>\n'.encode()
_ROOT = ROOT.encode()
_XMP = XMP.encode()
_XMP_START, _XMP_END = b"\n\t<%b>" % _XMP, b"</%b>\n" % _XMP
_XMP_LINE = b"<%b/>" % _XMP
_LAST = b"</%b>" % _ROOT
_REFERENCE = re.compile(
    b"<fileReference" + b"".join(b' %b="([^"<\\t]*)"' % key.encode() for key in values.REFERENCE_KEYS) + b"/>"
)
_ENTITY = re.compile(rb"&([^;]{0,4};?)")
_ENTITIES = {b"amp;": b"&", b"lt;": b"<", b"gt;": b">", b"quot;": b'"', b"#xD;": b"\r", b"#xA;": b"\n"}
_TEXT = bytes(range(32, 256)) + b"\t\n"
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_HEADER = struct.Struct(">4sI")
_SIZE = struct.Struct(">I")


class _OtherwiseError(Exception):
    """Something is not as After Effects writes it."""


class _Between(NamedTuple):
    """What stands between two values.

    Each step is bytes that are written, and the element that they open; without bytes the element is closed, without an
    element there is nothing to close. `name` are the four bytes of the value behind it, `kind` what its data begins
    with; both are empty at the end of the file. `elements` counts the value behind it, too.
    """

    steps: tuple[tuple[bytes, bytes], ...]
    name: bytes
    kind: bytes
    elements: int
    xmp: bytes | None


def tree_of_lines(xml: bytes, limits: Limits) -> Tree | None:
    """The tree of an `.aepx`, None if the parser must read it. `xml` is valid UTF-8 without a DOCTYPE.

    Raises JobError for a project of After Effects 11 or older.
    """
    if not xml.startswith(_FIRST):
        return None
    lines = _Lines(limits)
    try:
        body = lines.rifx(xml[len(_FIRST) :])[12:]
    except (_OtherwiseError, ValueError, LookupError):
        return None
    tree = unread_tree(body, lines.xmp or b"")
    for chunk in tree.root.children:
        if chunk.id == "head":
            refuse_old_head(chunk.data)
    return tree


class _Lines:
    """Goes through the lines below the root's, from value to value."""

    def __init__(self, limits: Limits) -> None:
        self.xmp: bytes | None = None
        self._limits = limits
        self._out = bytearray(b"RIFX\0\0\0\0Egg!")
        self._open = [(_ROOT, len(self._out))]  # the open elements, and where what is in them begins
        self._known: dict[bytes, _Between] = {}

    def rifx(self, lines: bytes) -> bytes:
        """The bytes of the RIFX form, without the XMP packet."""
        out, known = self._out, self._known
        text, *pieces = lines.split(b' bdata="')
        steps, name, kind, seen, _ = self._met(text)
        self._take(steps)
        for piece in pieces:
            digits, _, text = piece.partition(b'"/>\n')
            data = kind + unhexlify(digits)
            out += _HEADER.pack(name, len(data))
            out += data
            if len(data) & 1:
                out += b"\0"
            steps, name, kind, elements, _ = known.get(text) or self._met(text)
            seen += elements
            if steps:
                self._take(steps)
        if self._open or seen >= self._limits.chunks or _SIZE.unpack_from(out, 4)[0] + 8 != len(out):
            raise _OtherwiseError
        return bytes(out)

    def _met(self, text: bytes) -> _Between:
        """What stands between two values for the first time."""
        between = _between(text)
        if between.xmp is None:
            self._known[text] = between
        elif self.xmp is None:
            self.xmp = between.xmp
        else:
            raise _OtherwiseError
        return between

    def _take(self, steps: tuple[tuple[bytes, bytes], ...]) -> None:
        """Writes what stands between two values."""
        out, waiting = self._out, self._open
        for data, element in steps:
            out += data
            if data and element:
                waiting.append((element, len(out)))
                if len(waiting) + 2 > self._limits.depth:
                    raise _OtherwiseError
            elif element == _XMP:
                if len(waiting) != 1:
                    raise _OtherwiseError
            elif element:
                opened, start = waiting.pop()
                if opened != element:
                    raise _OtherwiseError
                _SIZE.pack_into(out, start - 8, len(out) - start + 4)


def _between(text: bytes) -> _Between:
    """Reads what stands between two values: lines, and the beginning of the one with the value."""
    if text.translate(None, _TEXT) or any(one in text for one in _NO_CHARACTERS):
        raise _OtherwiseError  # XML cannot hold it, or the parser would change it
    text, xmp = _without_xmp(text)
    steps: list[tuple[bytes, bytes]] = []
    *lines, last = [line.lstrip(b"\t") for line in text.split(b"\n")]
    following = iter(lines)
    elements = sum(_step(line, following, steps) for line in following)
    if not last and lines and lines[-1] == _LAST:
        return _Between(tuple(steps), b"", b"", elements, xmp)
    name = _name(last, b"")
    if name in values.NO_DATA:
        raise _OtherwiseError
    four = values.chunk_name(name)
    raw = four.encode("ascii")
    head, kind = (b"LIST", raw) if four in RAW_LISTS else (raw, b"")
    return _Between(tuple(steps), head, kind, elements + 1, xmp)


def _without_xmp(text: bytes) -> tuple[bytes, bytes | None]:
    """The text with one empty line's element for the XMP packet, and the packet if there is one."""
    if _XMP not in text:
        return text, None
    before, _, after = (b"\n" + text).partition(_XMP_START)
    packet, end, after = after.partition(_XMP_END)
    if packet:
        packet = packet.removeprefix(b"<![CDATA[").removesuffix(b"]]>") if packet[:9] == b"<![CDATA[" else b"]]>"
    if not end or b"]]>" in packet or _XMP in before + packet + after:
        raise _OtherwiseError
    return (b"%b\n\t%b\n%b" % (before, _XMP_LINE, after))[1:], packet


def _step(element: bytes, lines: Iterator[bytes], steps: list[tuple[bytes, bytes]]) -> int:
    """Adds what a line without a value stands for. How many elements it took."""
    if element[:2] == b"</":
        steps.append((b"", _name(element, b">").removeprefix("/").encode()))
        return 0
    if element[:7] == b"<string":
        steps.append((written("Utf8", _string(element)), b""))
    elif element[:14] == b"<fileReference":
        steps.append((written("alas", _reference(element)), b""))
    elif element == _XMP_LINE:
        steps.append((b"", _XMP))
    else:
        return _opened(element, lines, steps)
    return 1


def _opened(element: bytes, lines: Iterator[bytes], steps: list[tuple[bytes, bytes]]) -> int:
    """A list, or a chunk whose value stands in a string on the next line."""
    name = _name(element, b">")
    four = values.chunk_name(name)
    if name in values.WRAPPED or name in values.NUMBERS:
        text = _string(next(lines, b""))
        if next(lines, b"") != b"</%b>" % name.encode():
            raise _OtherwiseError
        printed = text.decode("utf-8")
        body = values.number_data(name, printed) if name in values.NUMBERS else values.wrap(printed)
        steps.append((written(four, body), b""))
        return 2
    if name in values.NO_LISTS or four in RAW_LISTS:
        raise _OtherwiseError
    steps.append((b"LIST\0\0\0\0" + four.encode("ascii"), name.encode("ascii")))
    return 1


def _name(element: bytes, end: bytes) -> str:
    """The name of an element in a line that is `<`, the name and `end`."""
    if element[:1] != b"<" or not element.endswith(end):
        raise _OtherwiseError
    return element[1 : len(element) - len(end)].decode("ascii")


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
