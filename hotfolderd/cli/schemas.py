"""`schema`: the JSON Schema of each file that people write; and how `make schemas` makes them of the models.

The descriptions of the settings are the comments of `config.example.yaml`. Run as a module with a folder it writes all
of them there.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from hotfolderd.cli.place import app
from hotfolderd.config import Config, example_text
from hotfolderd.errors import ConfigError
from hotfolderd.inbox.batch_settings import BatchControl, BatchSettings
from hotfolderd.inbox.episode import Episode
from hotfolderd.review.episode_models import EpisodeReviewSidecar
from hotfolderd.review.episode_writing import SCHEMA as EPISODE_REVIEW
from hotfolderd.review.models import GATES, ControlSidecar
from hotfolderd.review.nearest import one_of
from hotfolderd.review.schemas import schemas

# By the name of the schema: the model, and the file that it is for.
MODELS: dict[str, tuple[type[BaseModel], str]] = {
    **{gate: (model, f"{gate}.yaml") for gate, model in GATES.items()},
    EPISODE_REVIEW: (EpisodeReviewSidecar, "review.yaml of an episode"),
    "control": (ControlSidecar, "control.yaml in a job folder"),
    "batch-control": (BatchControl, "control.yaml in the folder of a batch"),
    "batch": (BatchSettings, "<name>.batch.yaml"),
    "episode": (Episode, "episode.yaml"),
    "config": (Config, "config.yaml"),
}
_DIALECT = "http://json-schema.org/draft-07/schema#"  # the one that every editor knows


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help="review, override, approval, control, batch, episode, config, …")],
) -> None:
    """Print the JSON Schema of a file that people write, for editors."""
    found = schemas().get(f"{name.removesuffix('.json')}.json")
    if found is None:
        raise ConfigError(f"{name}: there is no such schema. {one_of(name, sorted(MODELS))}")
    typer.echo(found, nl=False)


def built() -> dict[str, str]:
    """Every schema by its file name, made anew of the models."""
    found = {f"{name}.json": _of(model, file) for name, (model, file) in MODELS.items()}
    return {name: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for name, content in found.items()}


def _of(model: type[BaseModel], file: str) -> dict[str, Any]:
    content = model.model_json_schema(by_alias=True)
    if model is Config:
        _describe(content)
    return {"$schema": _DIALECT, **content, "title": file}


def _describe(content: dict[str, Any]) -> None:
    """Put the comments of the example into the schema of the configuration."""
    sections = {
        key: content["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for key, one in content["properties"].items()
    }
    section: dict[str, Any] = content
    for line in example_text().splitlines():
        found = re.match(r"( *)([a-z_]+):[^#]*(?:# (.*))?$", line)
        if not found:
            continue
        indent, key, comment = found.groups()
        if not indent:
            section = content
            part = sections.get(key, {})
            if "properties" in part:
                section = part
                part["description"] = comment or part.get("description", "")
                continue
        if comment and key in section["properties"]:
            section["properties"][key]["description"] = comment


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in built().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
