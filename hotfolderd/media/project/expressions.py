"""The enabled expressions of a layer, read from the chunk tree, and whether they leave room for a value.

Reads chunks. Writes nothing, and never evaluates an expression. py-aep is not asked, because it does not see the `expr`
chunks of After Effects 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hotfolderd.media.rifx import Chunk

SOURCE_TEXT = "ADBE Text Document"
TRANSFORM = "ADBE Transform Group"
OPACITY = "ADBE Opacity"

_TDB4_EXPRESSION_FLAGS = 119
_DISABLED = 0x01
_STRING_OR_COMMENT = re.compile(
    r"""//[^\r\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`""",
    re.DOTALL,
)
_OWN_VALUE = re.compile(
    r"(?<![\w$.])(?:value|valueAtTime|sourceText|text\s*\.\s*sourceText)(?![\w$])"
    r"|(?<![\w$])(?:this|thisProperty)\s*\.\s*(?:value|valueAtTime|key)(?![\w$])"
    r"|(?<![\w$])thisLayer\s*\.\s*(?:text\s*\.\s*)?sourceText(?![\w$])"
)
# What leaves After Effects: a file that is run or opened, a program that is started.
_REACHES_OUT = {
    "$.evalFile": re.compile(r"\bevalFile\b"),
    "system.callSystem": re.compile(r"\bcallSystem\b"),
    "File(": re.compile(r"(?<![\w$.])(?:File|Folder)\s*\("),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """An enabled expression: `group` and `match_name` are After Effects' own names of the property, `text` the code."""

    group: str
    match_name: str
    text: str

    @property
    def ignores_value(self) -> bool:
        """Whether the property's own value appears nowhere in it, so that what is set there is never seen.

        Strings and comments are left out, though not the code in a template literal.
        """
        return not _OWN_VALUE.search(_STRING_OR_COMMENT.sub(_keep_template_code, self.text))


def expressions(layer: Chunk) -> Iterator[Expression]:
    """The enabled expressions of a `LIST:Layr`, in the order of the file."""
    for group, match_name, stream in _streams(layer, "", ""):
        text = _expression_text(stream)
        if text.strip() and not _is_disabled(stream):
            yield Expression(group, match_name, text)


def reaching_out(code: str) -> list[str]:
    """Which calls in an expression run or open a file, or start a program; comments do not count, strings do.

    A name in a string is no call, but `$["evalFile"]` is one, and it costs little to look at one too many.
    """
    plain = _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] in "\"'`" else " ", code)
    return [name for name, pattern in _REACHES_OUT.items() if pattern.search(plain)]


def overriding_source_text(layer: Chunk) -> str | None:
    """The enabled Source Text expression that would override what is set, or None."""
    for expression in expressions(layer):
        if expression.match_name == SOURCE_TEXT and expression.ignores_value:
            return expression.text
    return None


def moves_on_its_own(layer: Chunk) -> bool:
    """Whether an expression replaces a value of the layer's transform, so that its place is not in the file."""
    return any(
        expression.group == TRANSFORM and expression.match_name != OPACITY and expression.ignores_value
        for expression in expressions(layer)
    )


def _streams(chunk: Chunk, group: str, name: str) -> Iterator[tuple[str, str, Chunk]]:
    """Every `LIST:tdbs` with its group and match name: a `tdmn` names the list that follows it."""
    current = name
    for child in chunk.children:
        if child.id == "tdmn":
            current = child.data.split(b"\0", 1)[0].decode("latin-1")
        elif child.list_type == "tdbs":
            yield group, current, child
        elif child.list_type == "tdgp":
            yield from _streams(child, current, "")
        elif child.holds_chunks:
            yield from _streams(child, group, current)


def _expression_text(stream: Chunk) -> str:
    """Plain `Utf8` since After Effects 13, `expr` ending in NUL before."""
    if _has_name_alone(stream.unread):
        return ""
    raw = next((child.data for child in stream.children if child.id in {"Utf8", "expr"}), b"")
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _has_name_alone(stream: bytes) -> bool:
    """Whether the only text in a stream that nobody has read yet is its name: so it is with nearly all.

    A stream begins with 12 bytes of `tdsb`, then comes its name: `tdsn` with a `Utf8` inside. Where that is the only
    `Utf8` of all bytes there is no other chunk of that kind, however the rest may look. A `tdsn` too small for it is
    another matter: then that `Utf8` is the expression.
    """
    named = stream[:8] == b"tdsb\0\0\0\4" and stream[12:16] == b"tdsn" and stream[16:20] >= b"\0\0\0\4"
    named = named and stream[20:24] == b"Utf8"
    return named and stream.count(b"Utf8") == 1 and b"expr" not in stream


def _is_disabled(stream: Chunk) -> bool:
    """Bit 0 of byte 119 of `tdb4` (source: py-aep 0.18.2, `Tdb4Chunk.expression_disabled`)."""
    flags = next((child.data for child in stream.children if child.id == "tdb4"), b"")
    return len(flags) > _TDB4_EXPRESSION_FLAGS and bool(flags[_TDB4_EXPRESSION_FLAGS] & _DISABLED)


def _keep_template_code(found: re.Match[str]) -> str:
    """Nothing for a string or a comment, the `${…}` parts for a template literal."""
    return " ".join(re.findall(r"\$\{([^}]*)\}", found[0])) if found[0].startswith("`") else " "
