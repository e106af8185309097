"""`init`, `run` and `demo`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from hotfolderd import logs
from hotfolderd.cli.place import Given, app, configuration
from hotfolderd.config import Config, file_for, write_default
from hotfolderd.review.schemas import write_schemas
from hotfolderd.root import make_root


@app.command()
def init(root: Annotated[Path, typer.Argument(help="The folder to make the stage folders in.")]) -> None:
    """Make the stage folders in ROOT, and config.yaml beside it where there is none."""
    from hotfolderd.dashboard import write_first  # noqa: PLC0415  no other command shows it

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
    from hotfolderd.daemon import Daemon  # noqa: PLC0415  most commands need no daemon
    from hotfolderd.settings import SettingsFile  # noqa: PLC0415

    def set_up_log(config: Config) -> None:
        level = logging.DEBUG if verbose else logging.INFO
        logs.set_up(level, addresses=config.secrets(), as_json=config.log.format == "json")

    config = configuration(context)
    set_up_log(config)
    given: Given = context.obj
    settings = SettingsFile(file_for(root=given.root, file=given.config), lambda: configuration(context), config)
    Daemon(config, until_idle=until_idle, patience_s=patience, settings=settings, taken=set_up_log).run()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder for the demonstration.")] = Path("demo-line"),
) -> None:
    """Build a small sample batch, run the whole line with sample decisions, show what was delivered."""
    from hotfolderd.cli.demonstration import demonstrate  # noqa: PLC0415  needs the heavy libraries

    logs.set_up(logging.WARNING, lines="%(levelname)s %(message)s")
    demonstrate(folder, typer.echo)
