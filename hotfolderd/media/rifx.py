"""The chunk tree of an After Effects project: bytes to tree and back, without losing a byte.

Reads the bytes of an `.aep` or `.aet` (big-endian RIFF, form `Egg!`, the XMP packet behind it), writes the same bytes
again. It checks bounds, padding, depth, size and count, and knows only where lists are; it never interprets what a
chunk means, except the ids of items and layers, and never touches the disk.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hotfolderd.errors import JobError

RAW_LISTS = frozenset({"btdk"})
"""Lists whose type is followed by plain bytes rather than by chunks."""

_HEADER = struct.Struct(">4sI")
_PRINTABLE = re.compile(rb"[\x21-\x7e][\x20-\x7e]{3}")
_XMP_END = re.compile(rb"<\?xpacket end=[\"'][rw][\"']\?>[ \t\r\n\x00]*\Z")
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


@dataclass(slots=True, eq=False)
class Chunk:
    """One chunk. `id` and `list_type` have four characters, spaces included.

    A list (`id` `LIST`, or `RIFX` for the root) has a `list_type` and `children`; a list of `RAW_LISTS` has `data`
    instead of children. Every other chunk has `data` only. Two chunks are equal only if they are the same one.
    """

    id: str
    data: bytes = field(default=b"", repr=False)
    list_type: str = ""
    children: list[Chunk] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The type of a list or the id of another chunk, without padding: `Item`, `FEE`, `idta`."""
        return (self.list_type or self.id).rstrip()

    @property
    def holds_chunks(self) -> bool:
        """Whether `children` count rather than `data`."""
        return bool(self.list_type) and self.list_type not in RAW_LISTS


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
    root = Chunk("RIFX", list_type="Egg!")
    return Tree(_Reader(data, limits, root, end).read(), _checked_xmp(data, end))


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


@dataclass(slots=True)
class _Reader:
    """Goes through the chunks with a stack of its own, so that no depth can exhaust Python's."""

    data: bytes
    limits: Limits
    parent: Chunk
    end: int
    offset: int = 12
    seen: int = 0
    outer: list[tuple[Chunk, int]] = field(default_factory=list)
    names: dict[bytes, str] = field(default_factory=dict)

    def read(self) -> Chunk:
        """The root, with all chunks from `offset` to `end` in it."""
        while True:
            if self.offset < self.end:
                self._read_chunk()
            elif self.outer:
                self.parent, self.end = self.outer.pop()
            else:
                return self.parent

    def _read_chunk(self) -> None:
        data, start = self.data, self.offset + 8
        if start > self.end:
            raise self._refusal(f"{self.end - self.offset} bytes are left in this list, too few for a chunk")
        raw_id, size = _HEADER.unpack_from(data, self.offset)
        stop = start + size
        following = stop + (size & 1)
        if following > self.end:
            raise self._refusal(f"chunk {raw_id!r} says {size:,} bytes, but its list ends after {self.end - start:,}")
        if following > stop and data[stop]:
            raise self._refusal(f"chunk {raw_id!r} is padded with {data[stop]:#04x} instead of zero")
        self.seen += 1
        if self.seen > self.limits.chunks:
            raise self._refusal(f"there are more than {self.limits.chunks:,} chunks")
        if raw_id != b"LIST":
            self.parent.children.append(Chunk(self._name(raw_id), data[start:stop]))
            self.offset = following
        elif size < 4:
            raise self._refusal(f"a list needs 4 bytes for its type, this one has {size}")
        elif (list_type := self._name(data[start : start + 4])) in RAW_LISTS:
            self.parent.children.append(Chunk("LIST", data[start + 4 : stop], list_type))
            self.offset = following
        else:
            self._open_list(list_type, start + 4, stop)

    def _open_list(self, list_type: str, start: int, stop: int) -> None:
        if len(self.outer) + 2 > self.limits.depth:
            raise self._refusal(f"lists are nested deeper than {self.limits.depth}")
        self.outer.append((self.parent, self.end))
        inner = Chunk("LIST", list_type=list_type)
        self.parent.children.append(inner)
        self.parent, self.offset, self.end = inner, start, stop

    def _name(self, raw: bytes) -> str:
        name = self.names.get(raw)
        if name is None:
            if raw in (b"RIFX", b"LIST") or not _PRINTABLE.fullmatch(raw):
                raise self._refusal(f"{raw!r} is no name of a chunk")
            name = self.names[raw] = raw.decode("ascii")
        return name

    def _refusal(self, what: str) -> JobError:
        path = joined([*(chunk.name for chunk, _ in self.outer), self.parent.name])
        return JobError(f"byte {self.offset:,} in {path}: {what}. {_REMEDY}")


def joined(names: Sequence[str]) -> str:
    """A path for a message: `Egg!/Fold/Item`; the middle of a very deep one is left out."""
    return "/".join(names if len(names) <= 12 else [*names[:6], f"({len(names) - 10} more)", *names[-4:]])


def dump(tree: Tree) -> bytes:
    """The bytes of `tree`, the exact inverse of `parse`. Raises ValueError if a chunk was built wrongly."""
    out = bytearray(b"RIFX\0\0\0\0" + _four(tree.root.list_type))
    open_lists: list[tuple[Iterator[Chunk], int]] = [(iter(tree.root.children), 8)]
    while open_lists:
        children, start = open_lists[-1]
        for chunk in children:
            if not chunk.holds_chunks:
                kind = _four(chunk.list_type) if chunk.list_type else b""
                body = kind + chunk.data
                out += _HEADER.pack(_four(chunk.id), len(body)) + body + b"\0" * (len(body) & 1)
                continue
            out += b"LIST\0\0\0\0" + _four(chunk.list_type)
            open_lists.append((iter(chunk.children), len(out) - 4))
            break
        else:
            struct.pack_into(">I", out, start - 4, len(out) - start)
            open_lists.pop()
    return bytes(out) + tree.xmp


def _four(name: str) -> bytes:
    raw = name.encode("ascii", "replace")
    if not _PRINTABLE.fullmatch(raw):
        raise ValueError(f"{name!r} cannot name a chunk: four printable characters are needed")
    return raw


def walk(chunk: Chunk, *, into_items: bool = True) -> Iterator[Chunk]:
    """All chunks below `chunk`, in the order of the file.

    Without `into_items`, what lies in an item below `chunk` is left out: it is that item's own, not its folder's.
    """
    waiting = list(reversed(chunk.children))
    while waiting:
        inner = waiting.pop()
        yield inner
        if into_items or inner.list_type != "Item":
            waiting.extend(reversed(inner.children))


def find(chunk: Chunk, name: str, *, into_items: bool = True) -> Iterator[Chunk]:
    """The chunks and lists of that `name` below `chunk`, however deep: `find(item, "alas", into_items=False)`."""
    return (inner for inner in walk(chunk, into_items=into_items) if inner.name == name)


def at(chunk: Chunk, path: str) -> list[Chunk]:
    """The chunks at the end of `path`, a name for each level below `chunk`: `at(item, "Pin/Als2/alas")`."""
    found = [chunk]
    for name in path.split("/"):
        found = [inner for outer in found for inner in outer.children if inner.name == name]
    return found


def items(tree: Tree) -> Iterator[tuple[int, Chunk]]:
    """Every `LIST:Item` (comp, footage, folder) with its item id. Raises JobError if one has no id."""
    for chunk in walk(tree.root):
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
