"""aerender: the comp of a project as After Effects on this machine renders it.

Reads a project, writes a movie into a folder that it is given. What it leaves counts only after its log was read and
all of the movie decoded: aerender ends with 0 after missing fonts, errors and half a movie. Tried on programs that
behave like it, not on an After Effects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfolderd.errors import ToolError
from hotfolderd.media import process
from hotfolderd.model import Comp, Issue
from hotfolderd.programs import movie
from hotfolderd.programs.judgement import judge, with_log

NAME = "aerender"
_PROBE_S = 30.0
_MOST_LOG = 64 << 20
_REMEDY = (
    "It may wait at a dialog of After Effects on that machine (look there), or the limit in `render` is too short."
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A movie that was rendered: by whom ("After Effects 25.2"), what was said, and how long it took."""

    movie: Path
    by: str
    frames: int
    issues: tuple[Issue, ...]
    log: str
    seconds: float


def version_of(program: str) -> str:
    """The version that aerender names ("25.2"), "" where it names none. Raises ToolError if it does not start."""
    said = process.run([program, "-help"], timeout_s=_PROBE_S, accept=lambda _: True, speaks_on_stdout=True)
    return _version(f"{said.stdout.decode('utf-8', 'replace')}\n{said.stderr}")


def command(settings: Mapping[str, Any], project: Path, comp: Comp, out: Path, start: int, frames: int) -> list[str]:
    """The command line. `start` is the number of the first frame as the comp counts them."""
    templates = ["-RStemplate", settings["render_settings"]] if settings["render_settings"] else []
    templates += ["-OMtemplate", settings["output_module"]] if settings["output_module"] else []
    return [
        settings["program"],
        *("-project", str(project)),
        *("-comp", comp.name),
        *("-output", str(out)),
        *templates,
        *("-s", str(start)),
        *("-e", str(start + frames - 1)),
        *("-v", "ERRORS_AND_PROGRESS"),
        *("-close", "DO_NOT_SAVE_CHANGES"),
        *settings["arguments"],
    ]


def render(
    settings: Mapping[str, Any], project: Path, comp: Comp, folder: Path, *, frames: int, start: int = 0
) -> Rendered:
    """The first `frames` frames of a comp as a movie in `folder`, which must be empty.

    Raises JobError where the project is at fault (comp, footage, fonts), ToolError for everything else that is not a
    whole movie.
    """
    argv = command(settings, project, comp, folder / f"render.{settings['format']}", start, frames)
    done = process.run(
        argv,
        timeout_s=settings["timeout_s"],
        quiet_s=settings["silence_s"],
        cwd=folder,
        accept=lambda _: True,
        most_bytes=_MOST_LOG,
        remedy=_REMEDY,
        speaks_on_stdout=True,
    )
    log = f"{done.stdout.decode('utf-8', 'replace')}\n{done.stderr}"
    issues = judge(NAME, log, settings["tolerate"])
    if done.code != 0:
        last = " | ".join(line.strip() for line in log.splitlines() if line.strip())[-500:] or "nothing"
        raise with_log(ToolError(f"{NAME}: {process.ending(done.code)}. Its last words: {last}. {_REMEDY}"), log)
    try:
        path = movie.left_in(NAME, folder)
        media = movie.check(NAME, path, comp, frames)
    except ToolError as error:
        raise with_log(error, log) from error.__cause__
    version = _version(log)
    return Rendered(path, f"After Effects {version}".strip(), media.frames, tuple(issues), log, done.seconds)


def _version(log: str) -> str:
    found = re.search(r"aerender version (\d+(?:\.\d+)*)", log)
    return found[1] if found else ""
