"""`init`, `run` and `demo`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from hotfolderd import logs
from hotfolderd.cli.place import Given, app
from hotfolderd.cli.resident import Asked, work


@app.command()
def init(root: Annotated[Path, typer.Argument(help="The folder to make the stage folders in.")]) -> None:
    """Make the stage folders in ROOT, and config.yaml beside it where there is none."""
    from hotfolderd.config import write_default  # noqa: PLC0415  `run` needs none of these
    from hotfolderd.dashboard import write_first  # noqa: PLC0415
    from hotfolderd.review.schemas import write_schemas  # noqa: PLC0415
    from hotfolderd.root import make_root  # noqa: PLC0415

    made = make_root(root)
    write_schemas(made.private)
    write_first(made)
    config = write_default(root)
    typer.echo(f"{made.path}: ready. Drop a CSV and its files into {made.inbox}.")
    typer.echo(f"{config}: written (settings)." if config else "The config.yaml beside it was there and is kept.")


@app.command()
def run(
    context: typer.Context,
    until_idle: Annotated[bool, typer.Option(help="Do all that is due, then end.")] = False,
    patience: Annotated[float, typer.Option(help="With --until-idle: wait for retries due within SECONDS.")] = 0.0,
    verbose: Annotated[bool, typer.Option(help="Log more.")] = False,
) -> None:
    """Work: watch the root and move its jobs along the line."""
    given: Given = context.obj
    work(Asked(given.root, given.config, until_idle, patience, verbose))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder for the demonstration.")] = Path("demo-line"),
) -> None:
    """Build a small sample batch, run the whole line with sample decisions, show what was delivered."""
    from hotfolderd.cli.demonstration import demonstrate  # noqa: PLC0415  needs the heavy libraries

    logs.set_up(logging.WARNING, lines="%(levelname)s %(message)s")
    demonstrate(folder, typer.echo)
