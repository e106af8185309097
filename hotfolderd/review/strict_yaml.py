"""YAML as people write it in a sidecar, and nothing of YAML beyond: text in, a dict out, or one error with its place.

Reads and writes no file. Only mappings with text keys, lists and scalars are taken. Anchors, aliases, tags, merge keys,
directives, a second document and a key written twice are refused before anything is built: 420 bytes of merge keys keep
PyYAML's own safe_load busy for 25 s, and of two equal keys it silently takes the last.

A plain scalar becomes a value only if that loses nothing: `true`, `false`, `null`, `~`, nothing at all, and numbers
that Python would write in the same way. Everything else (`yes`, `1.10`, `007`, `12:30:45`, `2026-11-20`) stays the text
that was written. In a text of a person's own a `#` without a space behind it is refused: YAML would cut the text there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from hotfolderd.errors import RefusedError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_NODES = 20_000

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FLOAT = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")
_NO_SPACE = re.compile("(?:- )?[A-Za-z_]+:[\t\u00a0\u2000-\u200a\u202f\u3000]")
# What people write freely under these keys is set, shown or kept word by word.
_TEXTS = frozenset({"value", "layer", "placeholder", "reason", "notes", "feedback", "prompt", "dialogue", "title"})
_CUT = re.compile(r"[ \t]+(#[^\s#]\S*)")
_SMART_QUOTES = "“”„‟‘’‚‛«»"


class SidecarError(RefusedError):
    """A YAML text that cannot be taken. `message` says what was found and what to write.

    `line` and `column` count from 1, the column in characters, as editors do.
    """

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(line, column, message)
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        """The line, the column and the message."""
        return f"line {self.line}, column {self.column}: {self.message}"


def load(data: str | bytes, *, most_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The mapping that a YAML text holds; empty for a text without content. Raises SidecarError."""
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        found = f"the file has {size} bytes, at most {most_bytes} are read"
        raise SidecarError(1, 1, f"{found}. Keep only the keys asked for.")
    text = decode(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    builder = _Builder(text)
    try:
        # The pure Python parser: its messages and lines are the same on every system.
        return builder.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.reader.ReaderError as error:
        line, begin = text.count("\n", 0, error.position) + 1, text.rfind("\n", 0, error.position) + 1
        found = f"the character U+{ord(text[error.position]):04X} cannot stand in a YAML file"
        raise SidecarError(line, error.position - begin + 1, f"{found}. Delete it, or type the line anew.") from error
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from error


def decode(data: bytes) -> str:
    """The text of a sidecar: UTF-8 with or without a byte order mark, or UTF-16 with one. Raises SidecarError."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    if data[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        raise SidecarError(1, 1, "the file is UTF-32. Save it as UTF-8.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            found = f"the file is UTF-16 and broken at byte {error.start}"
            raise SidecarError(1, 1, f"{found}. Save it as UTF-8.") from error
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8-sig")) + 1
        letter = data[error.start : error.start + 1].decode("cp1252", errors="replace")
        meant = f" (“{letter}” in Windows-1252)" if letter.isprintable() else ""
        found = f"byte 0x{data[error.start]:02X}{meant} is not UTF-8"
        raise SidecarError(line, column, f"{found}. Save the file with the encoding UTF-8.") from error


class _Builder:
    """Builds the mapping from parser events, and refuses an event as soon as it may not stand there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes = 0

    def document(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error(event, "a second document begins. Delete the line “---” and what stands behind it.")
                if event.version or event.tags:
                    raise _error(event, "found a directive (a line that begins with %). Delete it.")
            elif isinstance(event, yaml.NodeEvent):
                result = self._root(event, events)
        return result

    def _root(self, event: yaml.NodeEvent, events: Iterator[yaml.Event]) -> dict[str, Any]:
        self._check(event, depth=0)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth=1)
        if isinstance(event, yaml.ScalarEvent) and self._scalar(event) is None:
            return {}
        line, column = _place(event)
        hint = _hint(self.text, line, len(self.text)) or (line, column, "Write lines of the form “key: value”.")
        found = "a list" if isinstance(event, yaml.SequenceStartEvent) else "text without keys"
        raise SidecarError(hint[0] + 1, hint[1] + 1, f"found {found} where keys should stand. {hint[2]}")

    def _check(self, event: yaml.Event, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _error(event, f"the file holds more than {MAX_NODES} values. Keep only the keys asked for.")
        if depth >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            raise _error(
                event, f"lists and keys are nested deeper than {MAX_DEPTH}. Close the brackets, or indent less."
            )
        if isinstance(event, yaml.AliasEvent):
            raise _error(event, f"found the alias *{event.anchor}. Write the value itself, or put the text in quotes.")
        if getattr(event, "anchor", None):
            raise _error(event, "found an anchor (&name). Delete it, or put the text in quotes.")
        if getattr(event, "tag", None) is not None:
            raise _error(event, "found a tag (!name). Delete it, or put the text in quotes.")

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Any:
        self._check(event, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                items.append(self._value(item, events, depth + 1))
            return items
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event)

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            self._check(event, depth)
            key = self._key(event)
            if key in result:
                raise _error(
                    event, f"the key “{key}” is written twice, first on line {lines[key]}. Delete one of the two."
                )
            lines[key] = _place(event)[0] + 1
            following = next(events)
            if key in _TEXTS:
                self._refuse_a_cut_text(following)
            result[key] = self._value(following, events, depth)
        return result

    def _refuse_a_cut_text(self, event: yaml.Event) -> None:
        """Raise SidecarError where a text goes on with a `#` that YAML takes for a comment: `Team #1`, `#summer`."""
        if not isinstance(event, yaml.ScalarEvent) or not event.implicit[0] or event.end_mark is None:
            return
        begin = event.end_mark.index
        if cut := _CUT.match(self.text, begin):
            line, column = event.end_mark.line + 1, event.end_mark.column + cut.end() - begin
            found = f"{cut[1]} and all behind it is a comment, so that it would be lost"
            raise SidecarError(
                line, column - len(cut[1]) + 1, f"{found}. Put the whole text in quotes, or write a space behind the #."
            )

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _error(event, "found brackets where a key should stand. Put a text that holds [ or { in quotes.")
        key: str = event.value
        if event.implicit[0] and key == "<<":
            raise _error(event, "found the merge key “<<”. Write the keys out.")
        if not key:
            raise _error(event, "a value stands without its key. Write the key before the colon.")
        if key != key.lstrip() and event.implicit[0]:
            raise _error(event, "a no-break space stands where the line is indented. Use plain spaces.")
        slip = _slip(key) if event.implicit[0] else None
        if slip:
            raise _error(event, slip)
        return key

    def _scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text) and str(int(text)) == text:
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)) and str(float(text)) == text:
            return float(text)
        return text


def _error(event: yaml.Event, message: str) -> SidecarError:
    line, column = _place(event)
    return SidecarError(line + 1, column + 1, message)


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column, both from 0."""
    return (event.start_mark.line, event.start_mark.column) if event.start_mark else (0, 0)


def _explained(error: yaml.MarkedYAMLError, text: str) -> SidecarError:
    """The parser's complaint in words that name the usual slip, if one can be seen near it."""
    mark = error.problem_mark or error.context_mark
    here = (mark.line, mark.column) if mark else (0, 0)
    begin = min(here, (error.context_mark.line, error.context_mark.column) if error.context_mark else here)
    hint = _hint(text, max(begin[0] - 1, 0), here[0])
    if hint:
        return SidecarError(hint[0] + 1, hint[1] + 1, hint[2])
    (line, column), message = _complaint(error, begin, here)
    return SidecarError(line + 1, column + 1, message)


def _complaint(
    error: yaml.MarkedYAMLError, begin: tuple[int, int], here: tuple[int, int]
) -> tuple[tuple[int, int], str]:
    """Where (from 0) and what: `begin` is where the parser began to read what it could not end `here`."""
    problem = error.problem or "it cannot be read"
    if "quoted scalar" in (error.context or ""):
        return begin, "a quote is opened and not closed. Write the same quote at the end of the text."
    if "flow" in (error.context or ""):
        return begin, "a bracket is opened and not closed. Write the closing ] or }, and commas between."
    if problem.startswith("mapping values are not allowed"):
        found = "a second “: ” stands on the line, or the indentation changed. Put a text that holds “: ” in quotes."
        return here, found
    if "could not find expected ':'" in problem:
        return begin, "the colon behind the key is missing. Write “key: value”."
    if problem.endswith("found ':'"):
        return here, "a value stands without its key. Write the key before the colon."
    if "expected <block end>" in problem:
        return here, "the line is indented differently from its neighbours. Begin them in the same column."
    if "cannot start any token" in problem:
        found = f"a text cannot begin with {problem.split(' that ')[0].removeprefix('found character ')}"
        return here, f"{found}. Put the text in quotes."
    return here, f"{problem}. Write lines of the form “key: value”; put a text with special signs in quotes."


def _slip(text: str) -> str:
    """What to say of a sign that only looks like YAML's own; empty without one."""
    if re.match(r"(?:- )?[^\s\"':]+\s*：", text):
        return "found the full-width colon “：”. Write “: ”, the plain colon and a space."
    quote = next((c for c in text if c in _SMART_QUOTES), None)
    return (
        f"found the typographic quote {quote}. Write plain quotes \" or ', or put the whole text in them."
        if quote
        else ""
    )


def _hint(text: str, first: int, last: int) -> tuple[int, int, str] | None:
    """The usual slip on the lines `first` to `last` (from 0): its line and column (from 0), and what to do."""
    for number, line in enumerate(text.split("\n")[first : last + 1], start=first):
        content = line.lstrip(" ")
        if content.startswith("#") or not content.strip():
            continue
        found = _slip_in(content)
        if found:
            return number, len(line) - len(content) + found[0], found[1]
    return None


def _slip_in(content: str) -> tuple[int, str] | None:
    """The usual slip in a line without its indentation: where it stands (from 0), and what to do."""
    if content.startswith("\t"):
        return 0, "a tab stands where the line is indented. Use spaces."
    if re.match(r"\s", content):
        return 0, "a no-break space stands where the line is indented. Use plain spaces."
    if re.match(r"(?:- )?[^\s\"':]+\s*：", content):
        return content.index("："), "found the full-width colon “：”. Write “: ”, the plain colon and a space."
    quote = next((c for c in content if c in _SMART_QUOTES), None)
    if quote:
        advice = "Write plain quotes \" or ', or put the whole text in them."
        return content.index(quote), f"found the typographic quote {quote}. {advice}"
    if found := _NO_SPACE.match(content):
        advice = "Write “key: value” with a plain space."
        return found.end() - 1, f"a tab or a no-break space stands behind the colon. {advice}"
    if re.match(r"(?:- )?[A-Za-z_]+:[^\s/]", content):
        return content.index(":"), "no space stands behind the colon. Write “key: value”."
    if re.match(r"(?:- )?[A-Za-z_]+\s*=", content):
        return content.index("="), "found “=”. Write “key: value”."
    return None
