"""The quick way to the tree of an `.aepx` that is written exactly as After Effects writes it, one element a line.

Such a file is values (`<cdat bdata="…"/>`) and what stands between them, and most of it stands there again and again:
the sample has 4,769 values, but only 370 times another value or another text behind one. So each piece, a value
with the text up to the next one, is read once, and what became of it is written whenever it comes again. What comes out
are the bytes of the RIFX form; of the tree only that is taken apart which somebody looks at.

Reads bytes of which nothing is known yet, gives the same tree as the parser of `aepx` does, or None for whatever looks
the least bit otherwise: then that one reads it, and says what is wrong where something is. Nothing is guessed here.
"""

from __future__ import annotations

import functools
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
_SIZE = struct.Struct(">I")
_LONGEST_KEPT = 2048  # longer texts do not come again, and would fill the memory


class _OtherwiseError(Exception):
    """Something is not as After Effects writes it."""


class _Step(NamedTuple):
    """Where an element that holds others begins (`opens`) or ends, and the bytes up to the next such place."""

    element: bytes
    opens: bool
    data: bytes


class _Piece(NamedTuple):
    """What is written of a value and the text behind it, up to and with the name of the next value.

    `kind` is what the data of that next value begin with, mostly nothing. `elements` counts those in the text, the one
    of the next value, too. `xmp` is the packet if it stands in the text.
    """

    data: bytes
    steps: tuple[_Step, ...]
    kind: bytes
    elements: int
    xmp: bytes | None


def tree_of_lines(xml: bytes, limits: Limits) -> Tree | None:
    """The tree of an `.aepx`, None if the parser must read it.

    Raises JobError for a project of After Effects 11 or older.
    """
    if not xml.startswith(_FIRST) or limits.depth < 3:
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
        self._known: dict[bytes, _Piece] = {}

    def rifx(self, lines: bytes) -> bytes:
        """The bytes of the RIFX form, without the XMP packet."""
        out = bytearray(b"RIFX\0\0\0\0Egg!")
        waiting = [(_ROOT, len(out))]  # the open elements, and where what is in them begins
        known, depth = self._known, self._limits.depth
        kind, seen = b"", 0
        for number, text in enumerate(lines.split(b' bdata="')):
            data, steps, kind, elements, _ = (None if kind else known.get(text)) or self._met(text, kind, number)
            out += data
            seen += elements
            for element, opens, data in steps:
                if opens:
                    waiting.append((element, len(out)))
                    if len(waiting) + 2 > depth:
                        raise _OtherwiseError
                elif element != _XMP:
                    opened, start = waiting.pop()
                    if opened != element:
                        raise _OtherwiseError
                    _SIZE.pack_into(out, start - 8, len(out) - start + 4)
                elif len(waiting) != 1:
                    raise _OtherwiseError
                out += data
        if waiting or seen >= self._limits.chunks or _SIZE.unpack_from(out, 4)[0] + 8 != len(out):
            raise _OtherwiseError
        return bytes(out)

    def _met(self, text: bytes, kind: bytes, number: int) -> _Piece:
        """A piece that has not come before; the first one has no value. `kind` is what its data begin with."""
        value, behind = b"", text
        if number:
            digits, _, behind = text.partition(b'"/>\n')
            body = kind + unhexlify(digits)
            value = _SIZE.pack(len(body)) + body + b"\0" * (len(body) & 1)
        between = (_between if len(behind) <= _LONGEST_KEPT else _between.__wrapped__)(behind)
        piece = _Piece(value + between.data, between.steps, between.kind, between.elements, between.xmp)
        if piece.xmp is not None:
            if self.xmp is not None:
                raise _OtherwiseError
            self.xmp = piece.xmp
        elif number and not kind and len(text) <= _LONGEST_KEPT:
            self._known[text] = piece
        return piece


@functools.lru_cache(maxsize=2048)
def _between(text: bytes) -> _Piece:
    """Reads what stands behind a value: lines, and the beginning of the one with the next value. Kept for the next
    project, which has the most of it, too.
    """
    if text.translate(None, _TEXT) or any(one in text for one in _NO_CHARACTERS):
        raise _OtherwiseError  # XML cannot hold it, or the parser would change it
    text.decode("utf-8")
    text, xmp = _without_xmp(text)
    parts: list[tuple[bytes, bytes]] = []
    *lines, last = [line.lstrip(b"\t") for line in text.split(b"\n")]
    following = iter(lines)
    elements = sum(_read(line, following, parts) for line in following)
    kind = b""
    if last or not lines or lines[-1] != _LAST:  # else it is the end of the file
        name = _name(last, b"")
        if name in values.NO_DATA:
            raise _OtherwiseError
        four = values.chunk_name(name)
        kind = four.encode("ascii") if four in RAW_LISTS else b""
        parts.append((b"LIST" if kind else four.encode("ascii"), b""))
        elements += 1
    data, steps = _in_steps(parts)
    return _Piece(data, steps, kind, elements, xmp)


def _in_steps(parts: list[tuple[bytes, bytes]]) -> tuple[bytes, tuple[_Step, ...]]:
    """The bytes up to the first step, and the steps. Each part is bytes and the element that they begin, if they do;
    an element without bytes ends.
    """
    first: list[bytes] = []
    steps: list[tuple[bytes, bool, list[bytes]]] = []
    following = first  # joined at the end: a text may have a million parts
    for data, element in parts:
        following.append(data)
        if element:
            following = []
            steps.append((element, bool(data), following))
    return b"".join(first), tuple(_Step(element, opens, b"".join(behind)) for element, opens, behind in steps)


def _without_xmp(text: bytes) -> tuple[bytes, bytes | None]:
    """The text with one empty line's element for the XMP packet, and the packet if there is one."""
    if _XMP not in text:
        return text, None
    before, _, after = (b"\n" + text).partition(_XMP_START)
    packet, end, after = after.partition(_XMP_END)
    if packet:
        packet = packet[9:-3] if packet[:9] == b"<![CDATA[" and packet[-3:] == b"]]>" else b"]]>"
    if not end or b"]]>" in packet or b"<!" in packet or _XMP in before + packet + after:
        raise _OtherwiseError
    return (b"%b\n\t%b\n%b" % (before, _XMP_LINE, after))[1:], packet


def _read(element: bytes, lines: Iterator[bytes], parts: list[tuple[bytes, bytes]]) -> int:
    """Adds what a line without a value stands for. How many elements it took."""
    if element[:2] == b"</":
        name = _name(element, b">").removeprefix("/")
        if not name:
            raise _OtherwiseError
        parts.append((b"", name.encode()))
        return 0
    if element[:7] == b"<string":
        parts.append((written("Utf8", _string(element)), b""))
    elif element[:14] == b"<fileReference":
        parts.append((written("alas", _reference(element)), b""))
    elif element == _XMP_LINE:
        parts.append((b"", _XMP))
    else:
        return _opened(element, lines, parts)
    return 1


def _opened(element: bytes, lines: Iterator[bytes], parts: list[tuple[bytes, bytes]]) -> int:
    """A list, or a chunk whose value stands in a string on the next line."""
    name = _name(element, b">")
    four = values.chunk_name(name)
    if name in values.WRAPPED or name in values.NUMBERS:
        text = _string(next(lines, b""))
        if next(lines, b"") != b"</%b>" % name.encode():
            raise _OtherwiseError
        printed = text.decode("utf-8")
        body = values.number_data(name, printed) if name in values.NUMBERS else values.wrap(printed)
        parts.append((written(four, body), b""))
        return 2
    if name in values.NO_LISTS or four in RAW_LISTS:
        raise _OtherwiseError
    parts.append((b"LIST\0\0\0\0" + four.encode("ascii"), name.encode("ascii")))
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
