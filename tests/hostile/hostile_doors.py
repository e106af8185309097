"""The doors through which foreign bytes come in, as functions for a worker process: those of drops and of steps."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotfolderd.errors import JobError, RefusedError, ToolError
from hotfolderd.foreign import below
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.drops import Drop
from hotfolderd.inbox.examine import Examination, examine_drop
from hotfolderd.work import Broken, Order, perform


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input. `wrong` is empty unless it ended in a way that it must not.

    `seconds` are of processor time, or a sixth of those on the clock if that is more: other programs may be at work.
    """

    accepted: bool
    sentences: tuple[str, ...]
    seconds: float
    wrong: str = ""


def timed(function: Callable[[str], Outcome]) -> Callable[[str], Outcome]:
    @functools.wraps(function)
    def measured(argument: str) -> Outcome:
        began, used = time.monotonic(), sum(os.times()[:4])
        try:
            found = function(argument)
        except (JobError, ToolError, RefusedError) as error:
            found = Outcome(False, (str(error),), 0)
        except Exception as error:  # noqa: BLE001 - this is what is being looked for
            found = Outcome(False, (), 0, f"{type(error).__name__}: {error}")
        spent = sum(os.times()[:4]) - used
        waited = time.monotonic() - began
        return Outcome(found.accepted, found.sentences, max(spent, waited / 6), found.wrong)

    return measured


@timed
def drop(folder: str) -> Outcome:
    """A folder that somebody dropped: its first CSV, or itself."""
    path = Path(folder)
    table = next(iter(sorted(path.glob("*.csv"))), None)
    found = Drop("csv", table.stem, table, path, ()) if table else Drop("folder", path.name, path, path, ())
    report = examine_drop(Examination(found, "B1", frozenset(), Limits()))
    errors = [*report.errors, *report.missing, *(problem for row in report.rows for problem in row.errors)]
    return Outcome(report.verdict == "valid", tuple(map(str, errors)), 0)


def step(folder: str, name: str, function: str) -> Outcome:
    done = perform(Order(folder, name, function, "f", {}))
    if isinstance(done, Broken):
        ours = done.error_class in {"JobError", "ToolError"}
        return Outcome(False, (done.message,), 0, "" if ours else f"{done.error_class}: {done.message}")
    return Outcome(True, (), 0)


@timed
def read_design(folder: str) -> Outcome:
    return step(folder, "read-design", "hotfolderd.stages.template.read:run_design")


@timed
def read_template(folder: str) -> Outcome:
    return step(folder, "read-template", "hotfolderd.stages.template.read:run_template")


@timed
def identify(folder: str) -> Outcome:
    return step(folder, "identify", "hotfolderd.stages.template.identify:run")


@timed
def picture(path: str) -> Outcome:
    """A picture as footage: measured, decoded, and decoded as the steps do with pictures of the design."""
    from hotfolderd.media import pictures, video  # noqa: PLC0415 - as the steps do, in the worker

    with below(Path(path).parent):
        video.picture_size(Path(path))
        video.open_picture(Path(path))
        pictures.open_picture(Path(path))
    return Outcome(True, (), 0)


@timed
def clip(path: str) -> Outcome:
    """A clip as footage: probed, and its first frame drawn."""
    from hotfolderd.media import video  # noqa: PLC0415

    video.probe(Path(path))
    video.frame_at(Path(path), 0.0)
    return Outcome(True, (), 0)


@timed
def font(path: str) -> Outcome:
    """A font in a job: looked for by every name it may have, and drawn with."""
    from hotfolderd.media import fonts  # noqa: PLC0415
    from hotfolderd.media.typeset import TextBlock, typeset  # noqa: PLC0415

    folder = Path(path).parent
    with below(folder):
        faces = fonts.faces_in(folder)
        for face in faces[:20]:
            typeset(TextBlock("Hamburg 123 äöü", face.postscript_name, 40, 48, (0, 0, 0)), 1.0, (folder,))
        fonts.find_font("DejaVuSans", (folder,), installed=False)
    return Outcome(bool(faces), () if faces else ("No font is in it. Put one there.",), 0)


def several(tasks: tuple[tuple[str, str], ...]) -> list[Outcome]:
    """Many small cases in one task: `(door, argument)` each."""
    return [globals()[door](argument) for door, argument in tasks]
