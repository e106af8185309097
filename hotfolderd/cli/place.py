"""Where a command works: the root and the configuration, from `--root` or `--config`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

import hotfolderd
from hotfolderd.disk import load_own_yaml
from hotfolderd.errors import ConfigError, UnknownJobError
from hotfolderd.inbox.problem import printable
from hotfolderd.root import Root
from hotfolderd.runtime import ACCEPTED, PREFIX, file_for, mark_of

if TYPE_CHECKING:
    from hotfolderd.config import Config

app = typer.Typer(
    name="hotfolderd",
    help=(
        "A hot folder that is a production line with people in it. Start with `hotfolderd init ROOT`; "
        "`hotfolderd COMMAND --help` shows examples, `hotfolderd --install-completion` completes names in your shell."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_ROOT = re.compile(rb"(?m)^root:(.*)$")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Given:
    """What was given before the command."""

    root: Path | None
    config: Path | None


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(hotfolderd.__version__)
        raise typer.Exit


@app.callback()
def _place(
    context: typer.Context,
    root: Annotated[Path | None, typer.Option(help="The folder with 0-inbox in it (default: folders).")] = None,
    config: Annotated[Path | None, typer.Option(help="A configuration other than config.yaml beside the root.")] = None,
    version: Annotated[  # noqa: ARG001  its callback has done all
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    context.obj = Given(root, config)


def say(text: str) -> None:
    """Print a line; control characters and the like, which a stranger's name may hold, as escapes."""
    typer.echo(printable(text))


def configuration(context: typer.Context) -> Config:
    """The configuration that the command works with."""
    from hotfolderd.config import load_config  # noqa: PLC0415  `run` has it read by a process of its own

    given: Given = context.obj
    return load_config(root=given.root, file=given.config)


def root_of(context: typer.Context) -> Root:
    """The root that the command works on. Raises ConfigError where there is none."""
    root = _root_accepted(context.obj) or Root(configuration(context).root)
    if not root.exists():
        raise ConfigError(f"{root.path}: is no root of hotfolderd. Make one with `hotfolderd init {root.path}`.")
    return root


def _root_accepted(given: Given) -> Root | None:
    """The root of a configuration that its daemon has taken as it is: to check it anew takes longer than most commands.

    None where that is not so, or not easily told.
    """
    file = file_for(root=given.root, file=given.config)
    if any(name.startswith(PREFIX) for name in os.environ):
        return None
    try:
        data = file.read_bytes()
        place = given.root
        if place is None:
            named = _ROOT.search(data)
            if named is None:
                return None
            place = file.resolve().parent / Path(str(load_own_yaml(named[1].decode()))).expanduser()
        root = Root(place.resolve())
        return root if (root.private / ACCEPTED).read_text("ascii") == mark_of(data) else None
    except (OSError, ValueError, RuntimeError, yaml.YAMLError):
        return None


def find_job(root: Root, job: str) -> tuple[str, Path]:
    """Where a job stands. Raises UnknownJobError."""
    found = root.find_job(job)
    if found is None:
        raise UnknownJobError(f"Job not found: {job}")
    return found
