"""The references in `docs/reference`, made of the JSON Schemas that editors use: every key, what it may be, and why.

Run as a module with a folder it writes all of them there; a test holds the documents against the models.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotfolderd.cli.schemas import MODELS, built

_HEAD = "Made of the program's models by `make schemas`; do not edit."
_TITLES = {
    "config": "# Configuration reference",
    "sidecars": "# Reference of the files that people write",
}


def references() -> dict[str, str]:
    """Every reference by its file name."""
    schemas = {name.removesuffix(".json"): json.loads(text) for name, text in built().items()}
    settings = "\n".join([*_configuration(schemas["config"]), ""])
    sidecars = [_TITLES["sidecars"], "", _HEAD]
    for name in MODELS:
        if name != "config":
            sidecars += ["", *_file(schemas[name])]
    return {"configuration.md": settings, "sidecars.md": "\n".join([*sidecars, ""])}


def _configuration(schema: dict[str, Any]) -> Iterator[str]:
    yield from (_TITLES["config"], "", _HEAD, "")
    yield "`hotfolderd check config.yaml` names every mistake. Each setting can be overridden by the environment:"
    yield "`HOTFOLDERD_SETTLE_S=5`, `HOTFOLDERD_WORKERS__PROCESSES=2`, `HOTFOLDERD_REVIEWERS__APPROVAL='[anna, ben]'`."
    yield "A changed file is taken while the daemon runs; only `root` waits for its next start."
    plain = {key: one for key, one in schema["properties"].items() if not _section(schema, one)}
    yield from ("", "## Of the whole", "", *_table(schema, plain, required=[]))
    for key, one in schema["properties"].items():
        section = _section(schema, one)
        if section:
            yield from ("", f"## `{key}`", "", *_said(section), *_table(schema, section["properties"], required=[]))


def _file(schema: dict[str, Any]) -> Iterator[str]:
    """One file: its keys, then those of what stands in lists and below keys of it."""
    yield from (f"## `{schema['title']}`", "", *_said(schema))
    yield from _table(schema, schema["properties"], required=schema.get("required", []))
    for name, part in schema.get("$defs", {}).items():
        if "properties" in part:
            yield from ("", f"**{name}**: {_text(part.get('description', ''))}", "")
            yield from _table(schema, part["properties"], required=part.get("required", []))


def _said(part: dict[str, Any]) -> Iterator[str]:
    if part.get("description"):
        yield from (" ".join(part["description"].split()), "")


def _table(schema: dict[str, Any], keys: dict[str, Any], *, required: list[str]) -> Iterator[str]:
    yield "| key | may be | default | meaning |"
    yield "|---|---|---|---|"
    for key, one in keys.items():
        default = "needed" if key in required else _value(one["default"]) if "default" in one else ""
        meaning = one.get("description") or (_section(schema, one) or {}).get("description", "")
        yield f"| `{key}` | {_text(_kind(schema, one))} | {_text(default)} | {_text(meaning)} |"


def _section(schema: dict[str, Any], one: dict[str, Any]) -> dict[str, Any] | None:
    """The section that a setting is, with its settings; None for a plain one."""
    name = one.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema.get("$defs", {}).get(name, {})
    return {**found, **{key: one[key] for key in ("description",) if key in one}} if "properties" in found else None


def _kind(schema: dict[str, Any], one: dict[str, Any]) -> str:
    """What may be written for a key, in words."""
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2]
        part = schema["$defs"][name]
        return f"see {name}" if "properties" in part else _kind(schema, part)
    if "anyOf" in one:
        words = dict.fromkeys(_kind(schema, each) for each in one["anyOf"])
        # Plain scalars are taken as texts: who writes 12 means "12".
        if {"text", "whole number", "number", "true or false"} <= set(words):
            words = dict.fromkeys(["text", *(word for word in words if word == "nothing")])
        return " or ".join(words)
    if "enum" in one:
        return " · ".join(f"`{_plain(value)}`" for value in one["enum"])
    if "const" in one:
        return f"`{_plain(one['const'])}`"
    kind = one.get("type")
    if kind == "array":
        items = one.get("items", {})
        return f"list of {_kind(schema, items).removeprefix('see ')}" if items else "list"
    if kind == "object":
        return "keys"
    words_of = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return words_of.get(str(kind), "nothing" if kind == "null" else "anything") + _bounds(one)


def _bounds(one: dict[str, Any]) -> str:
    said = [
        f"{words} {one[key]:,}"
        for key, words in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "more than"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "less than"),
        )
        if key in one
    ]
    return f", {', '.join(said)}" if said else ""


def _value(value: Any) -> str:
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _text(words: str) -> str:
    """Words fit for a cell."""
    return " ".join(words.split()).replace("|", "\\|")


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in references().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
