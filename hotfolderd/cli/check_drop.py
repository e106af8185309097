"""`check` of what is dropped: a table, a folder, an episode, with everything that they name."""

from __future__ import annotations

from pathlib import Path

import typer

from hotfolderd.cli.place import configuration, say
from hotfolderd.cli.verdicts import Verdict, wrong
from hotfolderd.errors import HotfolderError
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.csv_places import places
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.inbox.paths import read_small_file
from hotfolderd.inbox.problem import Problem
from hotfolderd.inbox.report import as_text
from hotfolderd.root import Root


def check_drop(context: typer.Context, path: Path) -> Verdict:
    """A table with the files that it names, or a folder with one design and its project."""
    existing, limits = _taken(context)
    if path.is_dir():
        report = examine_folder(path, existing, limits)
        say(as_text(report))
        return "right" if report.valid else "wrong"
    report = examine(path, existing, limits)
    try:
        place_of = places(read_small_file(path, limits.csv_mib << 20), limits)
    except HotfolderError:  # the report says why it cannot be read
        place_of = places(b"", limits)

    def address(problem: Problem) -> str:
        place = place_of(problem)
        return f"{path}:{place[0]}:{place[1]}: " if place else ""

    say(as_text(report, address))
    return "right" if report.valid else "wrong"


def check_episode(context: typer.Context, path: Path) -> Verdict:
    """An episode: its folder, its file or its story, with everything that it names."""
    from hotfolderd.inbox.episode import episode_in  # noqa: PLC0415  a table does without
    from hotfolderd.inbox.episode_drop import examine_episode  # noqa: PLC0415

    report = examine_episode(path, *_taken(context))
    named = [problem for problem in report.errors if problem.row is None and not problem.advice]
    if named and not report.rows:
        return wrong(path if path.is_file() else episode_in(path) or path, [str(problem) for problem in named])
    say(as_text(report))
    return "right" if report.valid else "wrong"


def _taken(context: typer.Context) -> tuple[frozenset[str], Limits]:
    """The names that jobs have already, and how large a drop may be."""
    config = configuration(context)
    root = Root(config.root)
    existing = frozenset(job.name for _, job in root.job_folders()) if root.exists() else frozenset()
    return existing, Limits.of(config.drops)
