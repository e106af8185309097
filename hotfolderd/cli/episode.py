"""`episode`: a finished film put into the inbox, to be taken apart into approved segments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hotfolderd.cli.place import app, root_of
from hotfolderd.disk import dump_yaml
from hotfolderd.errors import ConfigError
from hotfolderd.inbox.names import job_id_from
from hotfolderd.inbox.scene_files import CLIPS


class Action(StrEnum):
    """What can be done with a film."""

    UPGRADE = "upgrade"


@app.command()
def episode(
    context: typer.Context,
    action: Annotated[Action, typer.Argument(help="upgrade: take a finished film apart at its cuts.")],
    film: Annotated[Path, typer.Argument(help="The film; a manifest beside it says where its segments are.")],
    name: Annotated[str, typer.Option(help="What the episode is called; default: as the film.")] = "",
) -> None:
    """Put a finished film into the inbox: it becomes an episode of approved segments."""
    from hotfolderd.film.splitting import format_of  # noqa: PLC0415
    from hotfolderd.inbox.submission import submit_film  # noqa: PLC0415  only where a film is looked into
    from hotfolderd.media.video import probe  # noqa: PLC0415

    assert action is Action.UPGRADE
    if not film.is_file() or film.suffix.lower() not in CLIPS:
        raise ConfigError(f"{film}: is no film. Name a file ending in {', '.join(CLIPS)}.")
    media, called = probe(film.resolve()), job_id_from(name or film.stem)
    if not media.width or not called:
        raise ConfigError(f"{film}: holds no picture, or no name can be made of it. Give another film, or a --name.")
    order = dump_yaml({"episode": called, "title": film.stem, "film": film.name, "video": format_of(media)})
    root = root_of(context)
    placed = submit_film(root, film.resolve(), order, called)
    typer.echo(f"{film}: now {placed.relative_to(root.path)}")
