"""A folder without a CSV: which of its designs goes with which of its projects.

Reads folders; opens no file and writes nothing.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from hotfolderd.inbox.columns import PROJECT_SUFFIXES, PSD_SUFFIXES
from hotfolderd.inbox.paths import Shelf
from hotfolderd.inbox.problem import Problem, listed, shown
from hotfolderd.media.same_names import fold

Pair = tuple[str, str]

# What After Effects saves by itself: `X auto-save 3.aep`, in `Adobe After Effects Auto-Save`.
_AUTO_SAVE = re.compile(r"(?:.* auto-save( \d+)?\.aepx?|.*auto-save/.*)", re.IGNORECASE | re.DOTALL)
# A PSD or a project in these is used by the template, it is not the job's own.
_FOR_TEMPLATE = frozenset({"footage", "(footage)", "fonts", "media"})


def choose(shelf: Shelf, *, auto_csv: bool) -> tuple[list[Pair], list[Problem], list[Problem]]:
    """The pairs of design and project in the folder, and the errors and warnings about the choice.

    Only files at the folder's top count; where there is none of a kind, those below it, but not in `footage`.
    """
    designs = _of_kind(shelf, PSD_SUFFIXES)
    projects, warnings = _without_copies(_of_kind(shelf, PROJECT_SUFFIXES))
    errors = []
    if not designs:
        errors.append(_lacking(shelf, "a design (.psd or .psb)"))
    if not projects:
        errors.append(_lacking(shelf, "an After Effects project (.aepx or .aep)"))
    if errors:
        return [], errors, warnings
    if len(designs) == len(projects) == 1:
        return [(designs[0], projects[0])], [], warnings
    if auto_csv:
        return _pairs(designs, projects, warnings)
    for kind, found in (("designs", designs), ("projects", projects)):
        if len(found) > 1:
            what = f"The folder has {len(found)} {kind}, a job has one: {listed(found)}"
            advice = "Keep one, or drop a CSV that names the files of each job."
            if kind == "projects":
                advice += " Footage projects belong into a folder called footage."
            errors.append(Problem(what, advice))
    return [], errors, warnings


def _of_kind(shelf: Shelf, suffixes: tuple[str, ...]) -> list[str]:
    found = [path for path in shelf.files() if path.lower().endswith(suffixes)]
    top = [path for path in found if "/" not in path]
    return top or [path for path in found if not _FOR_TEMPLATE & set(map(fold, path.split("/")[:-1]))]


def _without_copies(projects: list[str]) -> tuple[list[str], list[Problem]]:
    """Without auto-saves, and without the .aep where the same project lies there as .aepx."""
    warnings = []
    saved = [path for path in projects if not _AUTO_SAVE.fullmatch(path)]
    copies = [path for path in projects if path not in saved]
    if saved and copies:
        what = f"{listed(copies)}: a copy that After Effects saved by itself, left out"
        warnings.append(Problem(what, f"{listed(saved)} is taken; delete the copy, or rename it if it is the one."))
    kept = saved or copies
    stems = {_stem(path): path for path in kept if path.lower().endswith(".aepx")}
    for path in [path for path in kept if path.lower().endswith(".aep") and _stem(path) in stems]:
        what = f"{shown(path)} and {shown(stems[_stem(path)])} are the same project in two forms"
        warnings.append(Problem(what, f"{shown(stems[_stem(path)])} is taken; delete it to have the other taken."))
        kept = [other for other in kept if other != path]
    return kept, warnings


def _pairs(
    designs: list[str], projects: list[str], warnings: list[Problem]
) -> tuple[list[Pair], list[Problem], list[Problem]]:
    if len(projects) == 1:
        return [(design, projects[0]) for design in designs], [], warnings
    by_stem = {fold(PurePosixPath(path).stem): path for path in projects}
    pairs, errors = [], []
    for design in designs:
        project = by_stem.pop(fold(PurePosixPath(design).stem), None)
        if project is None:
            what = f"No project of the name of the design {shown(design)} among {len(projects)} projects"
            errors.append(
                Problem(what, f"Rename its project to {shown(PurePosixPath(design).stem)}.aepx, or drop a CSV.")
            )
        else:
            pairs.append((design, project))
    for project in by_stem.values():
        what = f"No design of the name of the project {shown(project)} among {len(designs)} designs"
        errors.append(Problem(what, f"Rename its design to {shown(PurePosixPath(project).stem)}.psd, or drop a CSV."))
    return ([] if errors else pairs), errors, warnings


def _lacking(shelf: Shelf, kind: str) -> Problem:
    found = [path for path, _ in zip(shelf.files(), range(20), strict=False)]
    return Problem(
        f"The folder has no {kind.removeprefix('a ').removeprefix('an ')}",
        f"Put {kind} into it; found: {listed(found) or 'nothing'}.",
    )


def _stem(path: str) -> str:
    return fold(path.rsplit(".", 1)[0])
