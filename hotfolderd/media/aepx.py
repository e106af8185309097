"""The XML form of an After Effects project (`.aepx`) to a chunk tree and back, without losing anything.

Reads the bytes of an `.aepx`, writes them in exactly the form that After Effects writes (UTF-8, LF, tabs). Both forms
hold the same tree; the rules are those seen in 29 `.aepx` and 91 `.aep` of After Effects 12 to 26, and whatever they
do not cover is refused by name, never guessed. Comments are the one thing that is dropped. Foreign XML is not trusted:
no DOCTYPE, no entities, no network, no encoding but UTF-8, and limits on size, depth and count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from hotfolderd.errors import JobError
from hotfolderd.media import aepx_values as values
from hotfolderd.media.ae_version import refuse_old
from hotfolderd.media.aepx_builder import NAMESPACE, REMEDY, ROOT, VERSION, XMP, Builder
from hotfolderd.media.aepx_lines import tree_of_lines
from hotfolderd.media.rifx import LIMITS, RAW_LISTS, Chunk, Limits, Tree, joined

_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](\s+encoding\s*=\s*["']utf-8["'])?(\s+standalone\s*=\s*["']\w+["'])?\s*\?>""",
    re.IGNORECASE,
)
_DECLARES_MORE = re.compile(rb"<!(?!--|\[CDATA\[)\w{0,10}")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;", "\n": "&#xA;"}
_TEXT = str.maketrans(_ESCAPES)
_ATTRIBUTE = str.maketrans(_ESCAPES | {'"': "&quot;"})
_LOSSLESS = "Keep this project as .aep, or change that in After Effects and save it again."


def to_rifx(xml: bytes, *, limits: Limits = LIMITS) -> Tree:
    """The tree of an `.aepx`.

    Raises JobError on hostile or broken XML, on whatever no rule covers, and on a project of After Effects 11 or older.
    """
    _check_size(xml, limits)
    tree = None if _has_too_many_chunks(xml, limits) else tree_of_lines(xml, limits)
    if tree is None:
        _check_bytes(xml, limits)
        tree = parsed(xml, limits)
    refuse_old(tree)
    return tree


def parsed(xml: bytes, limits: Limits) -> Tree:
    """The tree of checked bytes by a parser of XML: slower than by lines, but it says what is wrong."""
    parser = etree.XMLParser(
        target=Builder(limits),
        encoding="utf-8",
        resolve_entities="internal",  # lxml 6.1 leaves &amp; in attributes as &#38; with False; DOCTYPE is refused
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        recover=False,
        huge_tree=True,  # the data of one chunk may exceed the 10 MB that an attribute may have otherwise
    )
    try:
        tree: Tree = etree.XML(xml, parser)
    except etree.XMLSyntaxError as error:
        raise JobError(f"line {error.lineno}: this is no well-formed XML: {error.msg}. {REMEDY}") from error
    return tree


def _check_size(xml: bytes, limits: Limits) -> None:
    most = 2 * limits.size_bytes + 65_536
    if len(xml) > most:
        raise JobError(f"project: it has {len(xml):,} bytes, more than the {most:,} allowed. Remove unused items.")


def _has_too_many_chunks(xml: bytes, limits: Limits) -> bool:
    """Whether there are more than any limit allows, told without reading them."""
    most = limits.chunks + 10_000  # the XMP packet has some, too
    if len(xml) <= most:
        return False
    return xml.count(b"<") - xml.count(b"</") > most or xml.count(b"=") > most + limits.chunks


def _check_bytes(xml: bytes, limits: Limits) -> None:
    """Everything that must be known before a parser sees the bytes."""
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in xml:
        raise JobError(f"start of the file: it is UTF-16 or holds zero bytes, an .aepx is UTF-8. {REMEDY}")
    plain = xml.removeprefix(b"\xef\xbb\xbf")
    if plain[:5] == b"<?xml" and not _DECLARATION.match(plain):
        raise JobError(f"start of the file: it should say XML 1.0 in UTF-8, found {plain[:60]!r}. {REMEDY}")
    if plain[:1] != b"<":
        raise JobError(f"start of the file: an .aepx begins with <?xml, found {plain[:12]!r}. {REMEDY}")
    if found := _DECLARES_MORE.search(plain):
        what = found[0].decode("ascii")
        raise JobError(f"byte {found.start():,}: {what} is refused, an .aepx has no DOCTYPE and no entities. {REMEDY}")
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JobError(f"byte {error.start:,}: the file is not UTF-8. {REMEDY}") from error
    if _has_too_many_chunks(plain, limits):
        raise JobError(f"project: it has more than {limits.chunks:,} chunks. Remove unused items.")


def from_rifx(tree: Tree) -> bytes:
    """The `.aepx` of a tree, byte for byte as After Effects writes it; `to_rifx` gives the same tree again.

    Raises JobError if XML cannot hold some chunk without loss, or After Effects 11 or older saved the project.
    """
    refuse_old(tree)
    attributes = "".join(f' {key}="{value}"' for key, value in VERSION.items())
    lines = ['<?xml version="1.0" encoding="UTF-8"?>\n', f'<{ROOT} xmlns="{NAMESPACE}"{attributes}>\n']
    xmp_before = _place_of_xmp(tree)
    waiting: list[tuple[Iterator[Chunk], str]] = [(iter(tree.root.children), ROOT)]
    while waiting:
        children, element = waiting[-1]
        tabs = "\t" * len(waiting)
        for chunk in children:
            if chunk is xmp_before:
                lines.append(_xmp_line(tree.xmp))
            try:
                opened = _write(chunk, tabs, lines)
            except ValueError as error:
                path = joined([name for _, name in waiting])
                raise JobError(f"{chunk.name} in {path}: {error}. {_LOSSLESS}") from error
            if opened:
                waiting.append((iter(chunk.children), opened))
                break
        else:
            waiting.pop()
            lines.append(f"{tabs[1:]}</{element}>\n")
    return "".join(lines).encode("utf-8")


def _place_of_xmp(tree: Tree) -> Chunk:
    """The chunk before which After Effects writes the XMP packet."""
    for name in ("ExEn", "Fold"):
        for chunk in tree.root.children:
            if chunk.list_type == name:
                return chunk
    raise JobError(f"{ROOT}: there is neither ExEn nor Fold, so the project has no items. {REMEDY}")


def _xmp_line(xmp: bytes) -> str:
    """The XMP packet as an element. It stands in CDATA, where nothing can be escaped."""
    if not xmp:
        return f"\t<{XMP}></{XMP}>\n"
    try:
        text = values.xml_text(xmp)
    except ValueError as error:
        raise JobError(f"{XMP}: {error}. {_LOSSLESS}") from error
    if "\r" in text or "]]>" in text or _DECLARES_MORE.search(xmp):
        raise JobError(f"{XMP}: it holds a carriage return, a DOCTYPE or ]]>, which CDATA cannot hold. {_LOSSLESS}")
    return f"\t<{XMP}><![CDATA[{text}]]></{XMP}>\n"


def _write(chunk: Chunk, tabs: str, lines: list[str]) -> str:
    """Adds the lines of `chunk`; of a list only the first, and then gives its element. ValueError if no rule fits."""
    if chunk.id == "Utf8":
        lines.append(f"{tabs}{_string(values.xml_text(chunk.data))}\n")
        return ""
    if chunk.id == "alas":
        attributes = values.reference_attributes(chunk.data).items()
        listed = " ".join(f'{key}="{value.translate(_ATTRIBUTE)}"' for key, value in attributes)
        lines.append(f"{tabs}<fileReference {listed}/>\n")
        return ""
    name = values.element_name(chunk.list_type or chunk.id)
    text = None
    if chunk.id in values.NUMBERS:
        text = values.number_text(name, chunk.data)
    elif chunk.id in values.WRAPPED and (wrapped := values.unwrap(chunk.data)) is not None:
        text = values.xml_text(wrapped)
    if text is not None:
        lines.append(f"{tabs}<{name}>\n{tabs}\t{_string(text)}\n{tabs}</{name}>\n")
        return ""
    if chunk.holds_chunks:
        if name in values.NO_LISTS:
            raise ValueError(f"a list of the type {name} is covered by no rule")
        lines.append(f"{tabs}<{name}>\n")
        return name
    if not chunk.list_type and (chunk.id in RAW_LISTS or name in values.NO_DATA):
        raise ValueError(f"a chunk {name} outside a list is covered by no rule")
    lines.append(f'{tabs}<{name} bdata="{chunk.data.hex()}"/>\n')
    return ""


def _string(text: str) -> str:
    return f"<string>{text.translate(_TEXT)}</string>" if text else "<string/>"
