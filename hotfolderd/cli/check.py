"""`check`: what is wrong with a file that people write or drop, where, and what to write instead. Changes nothing.

The daemon explains the same mistakes by the same code in its reports and `*.problems.txt`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotfolderd.cli.files import DESIGNS, PROJECTS, describe
from hotfolderd.cli.place import app, say
from hotfolderd.cli.verdicts import Verdict, right, wrong
from hotfolderd.errors import ConfigError, HotfolderError, JobError
from hotfolderd.lines import gates
from hotfolderd.review.reading import SidecarRefusedError

# The gravest first: how the command ends if any of the files is so.
_ENDS: dict[Verdict, int] = {"not there": 2, "wrong": 1, "right": 0}


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, drop or job folder, sidecar, configuration, episode, …")],
) -> None:
    """Say what is wrong with a file, where, and what to write instead; changes nothing."""
    verdicts = {_check(context, path) for path in files}
    raise typer.Exit(next(code for verdict, code in _ENDS.items() if verdict in verdicts))


def _check(context: typer.Context, path: Path) -> Verdict:
    """Check one file by its kind, and say what is to be said of it."""
    if not path.exists() and not path.is_symlink():
        say(f"{path}: there is no such file.")
        return "not there"
    try:
        if path.is_dir():
            return _check_folder(context, path)
        suffix = path.suffix.lower()
        if suffix == ".csv":
            return _check_dropped(context, path)
        if suffix in (".yaml", ".yml"):
            from hotfolderd.cli.check_yaml import check_yaml  # noqa: PLC0415  the others do without

            return check_yaml(context, path)
        if suffix not in PROJECTS | DESIGNS:
            known = "Give a CSV, YAML, PSD, project or folder."
            raise JobError(f"{path}: this kind of file ({suffix or 'no suffix'}) is not known. {known}")
        describe(path)
    except SidecarRefusedError as error:
        return wrong(path, error.problems)
    except ConfigError:  # not this file is wrong: the configuration that it is checked by
        raise
    except HotfolderError as error:
        return wrong(path, str(error).splitlines())
    return right(path)


def _check_folder(context: typer.Context, folder: Path) -> Verdict:
    """A job folder, or a folder as it would be dropped: an episode, some tables, or one design with its project."""
    names = [gate.name for gate in gates().values()]
    inside = [folder / f"{name}.yaml" for name in (*names, "control")]
    if (folder / ".job").is_dir():
        found = [path for path in inside if path.exists()]
        if not found:
            return right(folder, ": nothing is asked or ordered in this job folder")
    else:
        found = sorted(one for one in folder.glob("*") if one.suffix.lower() == ".csv" and one.name[0] not in "._")
    if found:
        verdicts = {_check(context, path) for path in found}
        return next(verdict for verdict in _ENDS if verdict in verdicts)
    return _check_dropped(context, folder)


def _check_dropped(context: typer.Context, path: Path) -> Verdict:
    from hotfolderd.cli.check_drop import check_drop, check_episode  # noqa: PLC0415  the others do without

    if path.is_dir():
        from hotfolderd.inbox.episode import episode_in  # noqa: PLC0415

        if episode_in(path) is not None:
            return check_episode(context, path)
    return check_drop(context, path)
