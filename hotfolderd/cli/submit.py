"""`submit`: a drop copied into the inbox in one piece, so that the daemon need not guess whether its copy has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotfolderd.cli.place import app, configuration, root_of
from hotfolderd.errors import ConfigError
from hotfolderd.inbox.batch import Limits


@app.command()
def submit(
    context: typer.Context, paths: Annotated[list[Path], typer.Argument(help="Folders, CSVs with their files, files.")]
) -> None:
    """Copy a folder, a CSV with the files it names, or a single file into the inbox, in one piece."""
    from hotfolderd.inbox.submission import submit as submit_one  # noqa: PLC0415  only where a drop is looked into

    root, limits = root_of(context), Limits.of(configuration(context).drops)
    for path in paths:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file or folder.")
    for path in paths:
        placed = submit_one(root, path.resolve(), limits)
        typer.echo(f"{path}: now {placed.relative_to(root.path)}")
