"""YAML as people write it in a sidecar, and nothing of YAML beyond: text in, a dict out, or one error with its line.

Reads and writes no file. Only mappings with text keys, lists and scalars are taken. Anchors, aliases, tags, merge keys,
directives, a second document and a key written twice are refused before anything is built: 420 bytes of merge keys keep
PyYAML's own safe_load busy for 25 s, and of two equal keys it silently takes the last.

A plain scalar becomes a value only if that loses nothing: `true`, `false`, `null`, `~`, nothing at all, and numbers
that Python would write in the same way. Everything else (`yes`, `1.10`, `007`, `12:30:45`, `2026-11-20`) stays the text
that was written.
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
_SMART_QUOTES = "“”„‟‘’‚‛«»"


class SidecarError(RefusedError):
    """A YAML text that cannot be taken. `line` counts from 1; `message` says what was found and what to write."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(line, message)
        self.line = line
        self.message = message

    def __str__(self) -> str:
        """The line and the message."""
        return f"line {self.line}: {self.message}"


def load(data: str | bytes, *, most_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The mapping that a YAML text holds; empty for a text without content. Raises SidecarError."""
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        raise SidecarError(
            1, f"the file has {size} bytes, at most {most_bytes} are read. Keep only the keys asked for."
        )
    text = decode(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    builder = _Builder(text)
    try:
        # The pure Python parser: its messages and lines are the same on every system.
        return builder.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        found = f"the character U+{ord(text[error.position]):04X}"
        raise SidecarError(line, f"{found} cannot stand in a YAML file. Delete it, or type the line anew.") from error
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from error


def decode(data: bytes) -> str:
    """The text of a sidecar: UTF-8 with or without a byte order mark, or UTF-16 with one. Raises SidecarError."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    if data[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        raise SidecarError(1, "the file is UTF-32. Save it as UTF-8.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise SidecarError(1, f"the file is UTF-16 and broken at byte {error.start}. Save it as UTF-8.") from error
        line = data.count(b"\n", 0, error.start) + 1
        letter = data[error.start : error.start + 1].decode("cp1252", errors="replace")
        meant = f" (“{letter}” in Windows-1252)" if letter.isprintable() else ""
        found = f"byte 0x{data[error.start]:02X}{meant} is not UTF-8"
        raise SidecarError(line, f"{found}. Save the file with the encoding UTF-8.") from error


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
        line = _line(event)
        hint = _hint(self.text, line, len(self.text)) or (line, "Write lines of the form “key: value”.")
        found = "a list" if isinstance(event, yaml.SequenceStartEvent) else "text without keys"
        raise SidecarError(hint[0] + 1, f"found {found} where keys should stand. {hint[1]}")

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
            lines[key] = _line(event) + 1
            result[key] = self._value(next(events), events, depth)
        return result

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
    return SidecarError(_line(event) + 1, message)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _explained(error: yaml.MarkedYAMLError, text: str) -> SidecarError:
    """The parser's complaint in words that name the usual slip, if one can be seen near it."""
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    first = min(line, error.context_mark.line if error.context_mark else line)
    hint = _hint(text, max(first - 1, 0), line)
    if hint:
        return SidecarError(hint[0] + 1, hint[1])
    problem = error.problem or "it cannot be read"
    if "quoted scalar" in (error.context or ""):
        return SidecarError(first + 1, "a quote is opened and not closed. Write the same quote at the end of the text.")
    if "flow" in (error.context or ""):
        return SidecarError(
            first + 1, "a bracket is opened and not closed. Write the closing ] or }, and commas between."
        )
    if problem.startswith("mapping values are not allowed"):
        found = "a second “: ” stands on the line, or the indentation changed. Put a text that holds “: ” in quotes."
        return SidecarError(line + 1, found)
    if "could not find expected ':'" in problem:
        return SidecarError(first + 1, "the colon behind the key is missing. Write “key: value”.")
    if problem.endswith("found ':'"):
        return SidecarError(line + 1, "a value stands without its key. Write the key before the colon.")
    if "expected <block end>" in problem:
        return SidecarError(
            line + 1, "the line is indented differently from its neighbours. Begin them in the same column."
        )
    if "cannot start any token" in problem:
        found = f"a text cannot begin with {problem.split(' that ')[0].removeprefix('found character ')}"
        return SidecarError(line + 1, f"{found}. Put the text in quotes.")
    return SidecarError(
        line + 1, f"{problem}. Write lines of the form “key: value”; put a text with special signs in quotes."
    )


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


def _hint(text: str, first: int, last: int) -> tuple[int, str] | None:
    """The usual slip on the lines `first` to `last` (from 0): its line and what to do."""
    for number, line in enumerate(text.split("\n")[first : last + 1], start=first):
        content = line.lstrip(" ")
        if content.startswith("#") or not content.strip():
            continue
        if content.startswith("\t"):
            return number, "a tab stands where the line is indented. Use spaces."
        if re.match(r"\s", content):
            return number, "a no-break space stands where the line is indented. Use plain spaces."
        if re.match(r"(?:- )?[^\s\"':]+\s*：", content):
            return number, "found the full-width colon “：”. Write “: ”, the plain colon and a space."
        quote = next((c for c in content if c in _SMART_QUOTES), None)
        if quote:
            return (
                number,
                f"found the typographic quote {quote}. Write plain quotes \" or ', or put the whole text in them.",
            )
        if _NO_SPACE.match(content):
            return number, "a tab or a no-break space stands behind the colon. Write “key: value” with a plain space."
        if re.match(r"(?:- )?[A-Za-z_]+:[^\s/]", content):
            return number, "no space stands behind the colon. Write “key: value”."
        if re.match(r"(?:- )?[A-Za-z_]+\s*=", content):
            return number, "found “=”. Write “key: value”."
    return None
