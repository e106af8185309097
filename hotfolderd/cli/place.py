"""Where a command works: the root and the configuration, from `--root` or `--config`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import hotfolderd
from hotfolderd.errors import ConfigError, UnknownJobError
from hotfolderd.inbox.problem import printable
from hotfolderd.root import Root

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
    root = Root(configuration(context).root)
    if not root.exists():
        raise ConfigError(f"{root.path}: is no root of hotfolderd. Make one with `hotfolderd init {root.path}`.")
    return root


def find_job(root: Root, job: str) -> tuple[str, Path]:
    """Where a job stands. Raises UnknownJobError."""
    found = root.find_job(job)
    if found is None:
        raise UnknownJobError(f"Job not found: {job}")
    return found
