"""The chunk tree of an After Effects project: bytes to tree and back, without losing a byte.

Reads the bytes of an `.aep` or `.aet` (big-endian RIFF, form `Egg!`, the XMP packet behind it), writes the same bytes
again. It checks bounds, padding, depth, size and count, and knows only where lists are; it never interprets what a
chunk means, except the ids of items and layers, and never touches the disk.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotfolderd.errors import JobError

RAW_LISTS = frozenset({"btdk"})
"""Lists whose type is followed by plain bytes rather than by chunks."""

_HEADER = struct.Struct(">4sI")
_PRINTABLE = re.compile(rb"[\x21-\x7e][\x20-\x7e]{3}")
_XMP_END = re.compile(rb"<\?xpacket end=[\"'][rw][\"']\?>[ \t\r\n\x00]*\Z")
_LARGE_BYTES = 256 * 1024
_REMEDY = "The file is damaged or incomplete: copy it again, or open it in After Effects and save it again."


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a project may be before it is refused.

    `size_bytes` is the size as RIFX, XMP packet included; the XML form may be twice as large and a bit more. `chunks`
    counts lists, too. `depth` counts the root.
    """

    size_bytes: int = 256 * 1024 * 1024
    chunks: int = 1_000_000
    depth: int = 256


LIMITS = Limits()


class Chunk:
    """One chunk. `id` and `list_type` have four characters, spaces included.

    A list (`id` `LIST`, or `RIFX` for the root) has a `list_type` and `children`; a list of `RAW_LISTS` has `data`
    instead of children. Every other chunk has `data` only. Two chunks are equal only if they are the same one.

    The children of a list may be given as `unread` bytes, already checked: they are taken apart when somebody asks for
    them, and `unread` is empty from then on.
    """

    __slots__ = ("_children", "data", "id", "list_type", "unread")

    def __init__(
        self,
        id: str,  # noqa: A002  the word of the format
        data: bytes = b"",
        list_type: str = "",
        children: list[Chunk] | None = None,
        *,
        unread: bytes = b"",
    ) -> None:
        self.id = id
        self.data = data
        self.list_type = list_type
        self.unread = unread
        self._children = children

    def __repr__(self) -> str:
        return f"Chunk({self.id!r}, list_type={self.list_type!r})"

    @property
    def name(self) -> str:
        """The type of a list or the id of another chunk, without padding: `Item`, `FEE`, `idta`."""
        return (self.list_type or self.id).rstrip()

    @property
    def holds_chunks(self) -> bool:
        """Whether `children` count rather than `data`."""
        return bool(self.list_type) and self.list_type not in RAW_LISTS

    @property
    def children(self) -> list[Chunk]:
        """The chunks in a list; whoever changes them changes the tree. Empty for any other chunk."""
        if self._children is None:
            self._children = _taken_apart(self.unread)
            self.unread = b""
        return self._children

    @children.setter
    def children(self, children: list[Chunk]) -> None:
        self._children = children
        self.unread = b""

    def may_hold(self, name: str) -> bool:
        """False only if nothing below a list can be called `name`, told by a look at bytes that nobody has read yet."""
        return not self.unread or name.encode("ascii", "replace") in self.unread


@functools.lru_cache(maxsize=4096)
def _text(name: bytes) -> str:
    return name.decode("ascii")


def _taken_apart(body: bytes) -> list[Chunk]:
    """The chunks in bytes that were checked; what lies in lists among them stays unread.

    Except in a large list that is most of the bytes: else they would be copied anew for each list around them.
    """
    chunks = found = list[Chunk]()
    offset, end = 0, len(body)
    around: list[tuple[list[Chunk], int]] = []  # the list that such a one is in, and its end
    while offset < end or around:
        if offset >= end:
            chunks, end = around.pop()
            continue
        raw_id, size = _HEADER.unpack_from(body, offset)
        start, stop = offset + 8, offset + 8 + size
        offset = stop + (size & 1)
        if raw_id != b"LIST":
            chunks.append(Chunk(_text(raw_id), body[start:stop]))
        elif (list_type := _text(body[start : start + 4])) in RAW_LISTS:
            chunks.append(Chunk("LIST", body[start + 4 : stop], list_type))
        elif size > max(_LARGE_BYTES, len(body) // 2):
            inner: list[Chunk] = []
            chunks.append(Chunk("LIST", list_type=list_type, children=inner))
            around.append((chunks, end))
            chunks, offset, end = inner, start + 4, stop
        else:
            chunks.append(Chunk("LIST", list_type=list_type, unread=body[start + 4 : stop]))
    return found


@dataclass(slots=True, eq=False)
class Tree:
    """A whole project: the `Egg!` root and the XMP packet after it (UTF-8, empty if there is none)."""

    root: Chunk
    xmp: bytes = b""


def parse(data: bytes, *, limits: Limits = LIMITS) -> Tree:
    """The tree of `data`. Raises JobError, with offset and chunk path, on anything that `dump` could not restore."""
    if len(data) > limits.size_bytes:
        raise JobError(
            f"project: it has {len(data):,} bytes, more than the {limits.size_bytes:,} allowed. Remove unused items."
        )
    if len(data) < 12 or data[:4] != b"RIFX" or data[8:12] != b"Egg!":
        raise JobError(
            f"start of the file: an After Effects project begins with RIFX and Egg!, this one with {data[:12]!r}. "
            "Send the .aep, .aet or .aepx that After Effects saved."
        )
    end = 8 + int.from_bytes(data[4:8], "big")
    if not 12 <= end <= len(data):
        raise JobError(
            f"byte 4: the project says that it has {end:,} bytes, the file has {len(data):,}. {_REMEDY}",
        )
    _Check(data, limits, end).all_chunks()
    return unread_tree(data[12:end], _checked_xmp(data, end))


def unread_tree(body: bytes, xmp: bytes) -> Tree:
    """The tree of a project whose bytes after `Egg!` are known to be right; nothing in it is taken apart yet."""
    return Tree(Chunk("RIFX", list_type="Egg!", unread=body), xmp)


def _checked_xmp(data: bytes, start: int) -> bytes:
    xmp = data[start:]
    if xmp and not (xmp.startswith(b"<?xpacket begin=") and _XMP_END.search(xmp, max(0, len(xmp) - 4096))):
        raise JobError(
            f"byte {start:,}: only an XMP packet may follow the project, found {len(xmp):,} bytes that begin with "
            f"{xmp[:16]!r}. {_REMEDY}"
        )
    try:
        xmp.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JobError(f"byte {start + error.start:,}: the XMP packet is not UTF-8. {_REMEDY}") from error
    return xmp


class _Check:
    """Goes through the bytes of all chunks and makes none, with a stack of its own, so that no depth can exhaust
    Python's.
    """

    def __init__(self, data: bytes, limits: Limits, end: int) -> None:
        self._data = data
        self._limits = limits
        self._lists: list[tuple[bytes, int]] = [(b"Egg!", end)]  # those around the place: their types and ends
        self._names: set[bytes] = set()  # that are right

    def all_chunks(self) -> None:
        """Raises JobError unless every chunk lies within its list, is padded with zero and has a name."""
        data, names, most = self._data, self._names, self._limits.chunks
        unpack, offset, seen, end = _HEADER.unpack_from, 12, 0, self._lists[-1][1]
        while True:
            if offset >= end:
                self._lists.pop()
                if not self._lists:
                    return
                end = self._lists[-1][1]
                continue
            start = offset + 8
            if start > end:
                raise self._refusal(offset, f"{end - offset} bytes are left in this list, too few for a chunk")
            raw_id, size = unpack(data, offset)
            following = start + size + (size & 1)
            if following > end:
                what = f"chunk {raw_id!r} says {size:,} bytes, but its list ends after {end - start:,}"
                raise self._refusal(offset, what)
            if size & 1 and data[following - 1]:
                what = f"chunk {raw_id!r} is padded with {data[following - 1]:#04x} instead of zero"
                raise self._refusal(offset, what)
            seen += 1
            if seen > most:
                raise self._refusal(offset, f"there are more than {most:,} chunks")
            if raw_id == b"LIST":
                offset, end = self._list(offset, size, following)
            else:
                if raw_id not in names:
                    self._name(offset, raw_id)
                offset = following

    def _list(self, offset: int, size: int, following: int) -> tuple[int, int]:
        """Where to go on, and the end of the list that this is in."""
        if size < 4:
            raise self._refusal(offset, f"a list needs 4 bytes for its type, this one has {size}")
        list_type = self._data[offset + 8 : offset + 12]
        if list_type not in self._names:
            self._name(offset, list_type)
        if _text(list_type) in RAW_LISTS:
            return following, self._lists[-1][1]
        if len(self._lists) + 1 > self._limits.depth:
            raise self._refusal(offset, f"lists are nested deeper than {self._limits.depth}")
        self._lists.append((list_type, offset + 8 + size))
        return offset + 12, offset + 8 + size

    def _name(self, offset: int, raw: bytes) -> None:
        if raw in (b"RIFX", b"LIST") or not _PRINTABLE.fullmatch(raw):
            raise self._refusal(offset, f"{raw!r} is no name of a chunk")
        self._names.add(raw)

    def _refusal(self, offset: int, what: str) -> JobError:
        path = joined([_text(name).rstrip() for name, _ in self._lists])
        return JobError(f"byte {offset:,} in {path}: {what}. {_REMEDY}")


def joined(names: Sequence[str]) -> str:
    """A path for a message: `Egg!/Fold/Item`; the middle of a very deep one is left out."""
    return "/".join(names if len(names) <= 12 else [*names[:6], f"({len(names) - 10} more)", *names[-4:]])


def dump(tree: Tree) -> bytes:
    """The bytes of `tree`, the exact inverse of `parse`. Raises ValueError if a chunk was built wrongly."""
    root = tree.root
    out = bytearray(b"RIFX\0\0\0\0" + _four(root.list_type) + root.unread)
    open_lists: list[tuple[Iterator[Chunk], int]] = [(iter(() if root.unread else root.children), 8)]
    while open_lists:
        children, start = open_lists[-1]
        for chunk in children:
            if chunk.unread or not chunk.holds_chunks:
                kind = _four(chunk.list_type) if chunk.list_type else b""
                out += written(chunk.id, kind + (chunk.unread or chunk.data))
                continue
            out += b"LIST\0\0\0\0" + _four(chunk.list_type)
            open_lists.append((iter(chunk.children), len(out) - 4))
            break
        else:
            struct.pack_into(">I", out, start - 4, len(out) - start)
            open_lists.pop()
    return bytes(out) + tree.xmp


def written(name: str, body: bytes) -> bytes:
    """The bytes of one chunk: its name, its size, its body, and a zero where that is odd."""
    return _HEADER.pack(_four(name), len(body)) + body + b"\0" * (len(body) & 1)


@functools.lru_cache(maxsize=4096)
def _four(name: str) -> bytes:
    raw = name.encode("ascii", "replace")
    if not _PRINTABLE.fullmatch(raw):
        raise ValueError(f"{name!r} cannot name a chunk: four printable characters are needed")
    return raw


def walk(chunk: Chunk, *, into_items: bool = True, sought: str = "") -> Iterator[Chunk]:
    """All chunks below `chunk`, in the order of the file.

    Without `into_items`, what lies in an item below `chunk` is left out: it is that item's own, not its folder's.
    With `sought`, lists in which nothing of that name can be are not taken apart.
    """
    waiting = list(reversed(chunk.children))
    while waiting:
        inner = waiting.pop()
        yield inner
        if inner.list_type and (into_items or inner.list_type != "Item") and inner.may_hold(sought):
            waiting.extend(reversed(inner.children))


def find(chunk: Chunk, name: str, *, into_items: bool = True) -> Iterator[Chunk]:
    """The chunks and lists of that `name` below `chunk`, however deep: `find(item, "alas", into_items=False)`."""
    return (inner for inner in walk(chunk, into_items=into_items, sought=name) if inner.name == name)


def at(chunk: Chunk, path: str) -> list[Chunk]:
    """The chunks at the end of `path`, a name for each level below `chunk`: `at(item, "Pin/Als2/alas")`."""
    found = [chunk]
    for name in path.split("/"):
        found = [inner for outer in found for inner in outer.children if inner.name == name]
    return found


def items(tree: Tree) -> Iterator[tuple[int, Chunk]]:
    """Every `LIST:Item` (comp, footage, folder) with its item id. Raises JobError if one has no id."""
    for chunk in find(tree.root, "Item"):
        if chunk.list_type == "Item":
            yield _number(chunk, "idta", 16), chunk


def layers(item: Chunk) -> Iterator[tuple[int, Chunk]]:
    """Every `LIST:Layr` of a comp's item, the top layer first, with its layer id. Raises JobError if one has no id."""
    for chunk in item.children:
        if chunk.list_type == "Layr":
            yield _number(chunk, "ldta", 0), chunk


def _number(owner: Chunk, name: str, offset: int) -> int:
    """The u32 at `offset` of the first chunk `name` in `owner` (layouts as in py-aep 0.18.2, binary/*_chunks.py)."""
    data = next((chunk.data for chunk in owner.children if chunk.id == name), b"")
    if len(data) < offset + 4:
        raise JobError(f"{owner.name}: its {name} has {len(data)} bytes, the id is at byte {offset}. {_REMEDY}")
    return int.from_bytes(data[offset : offset + 4], "big")


def replace_data(chunk: Chunk, data: bytes) -> None:
    """Gives `chunk`, which must not be a list of chunks, other bytes. The tree it is in changes with it."""
    if chunk.holds_chunks:
        raise ValueError(f"{chunk.name} is a list of chunks and has no bytes of its own")
    chunk.data = data


def outline(tree: Tree, depth: int) -> Iterator[str]:
    """A line for each chunk down to `depth` (1: the children of the root): its name, and how much it holds."""
    waiting = [(chunk, 1) for chunk in reversed(tree.root.children)]
    while waiting:
        chunk, level = waiting.pop()
        holds = f"{len(chunk.children)} chunks" if chunk.holds_chunks else f"{len(chunk.data)} bytes"
        yield f"{'  ' * (level - 1)}{'LIST:' if chunk.list_type else ''}{chunk.name} {holds}"
        if level < depth:
            waiting.extend((inner, level + 1) for inner in reversed(chunk.children))
