"""Runs populate.jsx in a JavaScript engine, against a model of After Effects built from a project file.

`world_of` says of a project (read with py-aep and chunk by chunk) what a script sees of it; `Studio.run` lets the
script change that, and tells what became of it in the same words. So what a script does can be held against a project
that was written without After Effects.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dukpy
import py_aep
from PIL import Image

from hotfolderd.media import rifx
from hotfolderd.media.project.expressions import SOURCE_TEXT, expressions
from hotfolderd.media.project.opening import open_project
from hotfolderd.media.project.placeholders import documents_of

World = dict[str, Any]
_MODEL = Path(__file__).with_name("after_effects.js")
_ALPHA = {"STRAIGHT": "straight", "IGNORE": "ignore", "PREMULTIPLIED": "premultiplied"}


def world_of(path: Path) -> World:
    """Every item and layer of the project at `path`, as a script would see it."""
    opened = open_project(path)
    chunks = dict(rifx.items(opened.tree))
    items = [_item(item, chunks[item.id]) for item in opened.project.items.values() if item.id in chunks]
    return {"version": 25, "items": items}


def _item(item: py_aep.Item, chunk: rifx.Chunk) -> World:
    own = next((child.data for child in chunk.children if child.id == "Utf8"), b"").decode()
    world: World = {"id": item.id, "ownName": own, "name": item.name, "type": "folder"}
    if isinstance(item, py_aep.CompItem):
        layers = dict(rifx.layers(chunk))
        # A comp has a name of its own always.
        return world | {
            "type": "comp",
            "ownName": item.name,
            "width": item.width,
            "height": item.height,
            "layers": [_layer(layer, layers[layer.id]) for layer in item.layers],
        }
    if isinstance(item, py_aep.FootageItem):
        source = item.main_source
        is_file = isinstance(source, py_aep.FileSource)
        has_alpha = bool(source.has_alpha)
        return world | {
            "type": "footage",
            "ownName": own or ("" if is_file else item.name),
            "file": (item.file or None) if is_file else None,
            "psdLayer": source.layer_name or "" if isinstance(source, py_aep.FileSource) else "",
            "solid": not is_file,
            "width": item.width,
            "height": item.height,
            "pixelAspect": item.pixel_aspect,
            "hasAlpha": has_alpha,
            "alphaMode": _ALPHA[source.alpha_mode.name] if has_alpha else "none",
            "invertAlpha": bool(source.invert_alpha) if has_alpha else False,
        }
    return world


def _layer(layer: py_aep.Layer, chunk: rifx.Chunk) -> World:
    is_text = isinstance(layer, py_aep.TextLayer)
    documents = documents_of(layer) if isinstance(layer, py_aep.TextLayer) else []
    source = layer.source if isinstance(layer, py_aep.AVLayer) and not is_text else None
    code = [one.text for one in expressions(chunk) if one.match_name == SOURCE_TEXT]
    own = next((child.data for child in chunk.children if child.id == "Utf8"), b"").decode()
    shown = own or (documents[0].text.split("\n")[0] if documents else layer.name)
    return {
        "id": layer.id,
        "ownName": own or ("" if is_text or source else str(layer.name)),
        "name": shown,
        "kind": "text" if is_text else "other",
        "source": source.id if source is not None else None,
        "locked": bool(layer.locked),
        "texts": [[document.text.replace("\n", "\r"), document.font] for document in documents],
        "keyed": len(documents) > 1,
        "expression": code[0] if code else "",
        "rest": _rest(chunk),
    }


def _rest(chunk: rifx.Chunk) -> str:
    """The digest of a layer without its name, its text and its source: transform, key frames, masks, effects, times."""
    digest = hashlib.sha256()
    for child in chunk.children:
        if child.id == "ldta":
            data = bytearray(child.data)
            for part in (slice(37, 38), slice(40, 44), slice(64, 96)):
                data[part] = bytes(len(data[part]))
            digest.update(data)
        elif child.id != "Utf8":
            for inner in [child, *rifx.walk(child)]:
                digest.update(inner.name.encode() + (b"" if inner.list_type == "btdk" else inner.data))
    return digest.hexdigest()


@dataclass
class Studio:
    """A machine with After Effects: what it is like, and what became of it."""

    world: World | None = None
    version: int = 25
    already_open: dict[str, Any] | None = None
    refuses: set[str] = field(default_factory=set)
    state: dict[str, Any] = field(default_factory=dict)
    after: World = field(default_factory=dict)
    failure: str | None = None

    def run(self, script: Path) -> Studio:
        """Runs a script from its file. `failure` is what it threw."""
        engine = dukpy.JSInterpreter()
        engine.export_function("host", lambda call: json.dumps(self._host(script, *json.loads(call))))
        ask = (
            "const { parse, stringify } = JSON;"
            "const host = (name, argument) => parse(call_python('host', stringify([name, argument])));\n"
        )
        text = json.dumps(script.read_text("latin-1"))
        # A direct eval: the script sees the model's names, as it would see those of After Effects.
        tell = (
            f"\nconst failure = inES3(() => {{ eval({text}); }});"
            "\nstringify({ state: STATE, failure, after: worldNow() });"
        )
        done = json.loads(engine.evaljs(ask + _MODEL.read_text("utf-8") + tell))
        self.state, self.failure, self.after = done["state"], done["failure"], done["after"]
        return self

    def _host(self, script: Path, name: str, argument: Any = None) -> Any:
        if name == "write":
            Path(argument[0]).write_text(argument[1], encoding="utf-8")
        elif name == "remove":
            Path(argument).unlink()
        elif name == "rename":
            Path(argument[0]).rename(Path(argument[0]).with_name(argument[1]))
        elif name == "picture":
            with Image.open(argument) as image:
                return {"width": image.width, "height": image.height, "hasAlpha": image.mode == "RGBA"}
        else:
            answers = {
                "exists": lambda: Path(argument).exists(),
                "refuses": lambda: argument in self.refuses,
                "version": lambda: self.version,
                "already_open": lambda: self.already_open,
                "script_uri": lambda: quote(str(script)),
                "open": lambda: self.world if self.world is not None else world_of(Path(argument)),
            }
            return answers[name]()
        return True


def outcome(world: World) -> dict[str, Any]:
    """What a project holds, without the ids that a new item happens to have: to be compared."""
    by_id = {item["id"]: item for item in world["items"]}
    users = Counter(layer["source"] for item in world["items"] for layer in item.get("layers") or ())
    comps = {
        item["id"]: (item["name"], [_seen(layer, by_id) for layer in item["layers"]])
        for item in world["items"]
        if item["type"] == "comp"
    }
    footage = sorted(
        (_source(item), item["name"], users[item["id"]]) for item in world["items"] if item["type"] == "footage"
    )
    return {"comps": comps, "footage": footage, "items": Counter(item["type"] for item in world["items"])}


def _seen(layer: World, by_id: dict[int, World]) -> tuple[Any, ...]:
    source = by_id.get(layer["source"])
    shown = None if source is None else source["id"] if source["type"] == "comp" else _source(source)
    texts = [(text, font) for text, font in layer["texts"]]
    return layer["id"], layer["name"], texts, shown, layer["locked"], layer["rest"]


def _source(item: World) -> tuple[Any, ...]:
    return (
        item.get("file") or "",
        item["width"],
        item["height"],
        round(item["pixelAspect"], 4),
        item.get("psdLayer") or "",
        bool(item.get("solid")),
        item["hasAlpha"],
        item["alphaMode"],
    )
