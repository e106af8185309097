"""After Effects on this machine: it runs the populate script and saves the project.

Takes a folder with the script and all that it needs, leaves the saved project and `populate.result.json` there. Success
is what that file says and the project that lies there, never an exit code: AfterFX.exe hands its script to an After
Effects that is open and ends at once. Tried on programs that behave like it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import process
from hotfolderd.media.jsx import RESULT_NAME
from hotfolderd.model import Issue
from hotfolderd.programs.finding import is_application
from hotfolderd.programs.judgement import clean, judge, with_log

NAME = "After Effects"
_STARTER, _CLOSER = "run.jsx", "close.jsx"
_MOST_BYTES = 16 << 20
_LOOK_S = 0.2
_QUITS_IN_S = 60.0
_BEFORE_SILENCE_S = 1.0
_REMEDY = (
    "It may wait at a dialog on that machine (look there, close it), be open with unsaved changes, "
    "or not allow scripts to write files (Preferences > Scripting & Expressions)."
)
# After Effects quits by itself after a script from the command line; killed, it would ask about a crash the next time.
START_SCRIPT = (
    "app.exitAfterLaunchAndEval = true;\n"
    "var here = new File($.fileName).parent.absoluteURI;\n"
    '$.evalFile(new File(here + "/populate.jsx"));\n'
    '$.evalFile(new File(here + "/close.jsx"));\n'
)
# An After Effects that is open stays open, without our project: left there, it would be in the way of the next job.
# Any other project is somebody's work and is left alone.
CLOSE_SCRIPT = """(function () {
    var here = new File($.fileName).parent.fsName;
    var open = app.project && app.project.file;
    if (open && (open.parent.fsName === here || open.parent.parent.fsName === here)) {
        app.project.close(CloseOptions.DO_NOT_SAVE_CHANGES);
    }
}());
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What After Effects saved. `by` is "After Effects 25.2"; `notes` are what the script remarks on placeholders."""

    project: Path
    by: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]
    seconds: float


def command(program: str, folder: Path, timeout_s: float) -> list[str]:
    """The command line that has After Effects run `populate.jsx` in a folder: Windows' form, or macOS' for an .app."""
    scripts = (folder / "populate.jsx", folder / _CLOSER)
    if not is_application(program):
        return [program, "-noui", "-r", str(folder / _STARTER)]
    lines = [
        f"with timeout of {int(timeout_s) + 1} seconds",
        *(f"tell application {_quoted(program)} to DoScriptFile {_quoted(str(script))}" for script in scripts),
        "end timeout",
    ]
    return ["osascript", *(part for line in lines for part in ("-e", line))]


def run_script(settings: Mapping[str, Any], folder: Path) -> Saved:
    """Has After Effects run `populate.jsx` of a folder, which saves the project there.

    Raises JobError where a placeholder could not be filled, ToolError for everything else that is not a saved project.
    """
    began = time.monotonic()
    (folder / _STARTER).write_text(START_SCRIPT, encoding="ascii")
    (folder / _CLOSER).write_text(CLOSE_SCRIPT, encoding="ascii")
    told = folder / RESULT_NAME
    done = process.run(
        command(settings["program"], folder, settings["timeout_s"]),
        timeout_s=settings["timeout_s"],
        quiet_s=settings["silence_s"],
        cwd=folder,
        accept=lambda _: True,
        most_bytes=_MOST_BYTES,
        remedy=_REMEDY,
        speaks_on_stdout=True,
        enough=_has_done_enough(told, settings["silence_s"]),
    )
    log = f"{done.stdout.decode('utf-8', 'replace')}\n{done.stderr}"
    issues = judge(NAME, log, settings["tolerate"])
    if done.code != 0 and not told.is_file():
        last = " | ".join(line.strip() for line in log.splitlines() if line.strip())[-500:] or "nothing"
        raise with_log(ToolError(f"{NAME}: {process.ending(done.code)}. Its last words: {last}. {_REMEDY}"), log)
    # It may have handed the script to an After Effects that is open, and that one is still at it.
    until = min(time.monotonic() + settings["silence_s"], began + settings["timeout_s"])
    while not told.is_file():
        if time.monotonic() >= until:
            raise with_log(
                ToolError(f"{NAME}: ended and left no {RESULT_NAME}: the script did not run. {_REMEDY}"), log
            )
        time.sleep(_LOOK_S)
    return _taken(folder, tuple(issues), time.monotonic() - began)


def _taken(folder: Path, issues: tuple[Issue, ...], seconds: float) -> Saved:
    """What the script says that it did, and the project that it saved."""
    result = _read(folder / RESULT_NAME)
    actions = [one for one in result.get("actions", []) if isinstance(one, dict)]
    failed = [f"{one.get('placeholder')} of {one.get('comp')}: {one.get('reason')}" for one in actions if not one["ok"]]
    if failed:
        raise JobError(
            f"{NAME}: could not fill {' | '.join(clean(one) for one in failed[:5])}. Return the job to the review, "
            "or mend the template."
        )
    if result.get("ok") is not True or result.get("error"):
        raise ToolError(f"{NAME}: the script says: {clean(str(result.get('error') or 'it failed'))}. {_REMEDY}")
    saved = str(result.get("saved"))
    project = folder / saved
    if Path(saved).name != saved or not project.is_file() or not project.stat().st_size:
        raise ToolError(f"{NAME}: says that it saved {clean(saved)!r}, and that is not there. {_REMEDY}")
    notes = [f"{one.get('placeholder')}: {one['reason']}" for one in actions if one.get("reason")]
    version = clean(str(result.get("after_effects") or "")).partition("x")[0]
    return Saved(project, f"{NAME} {version}".strip(), tuple(clean(note) for note in notes), issues, seconds)


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        data = stream.read(_MOST_BYTES + 1)
    try:
        result = json.loads(data[:_MOST_BYTES])
        if isinstance(result, dict) and all("ok" in one for one in result.get("actions", [])):
            return result
    except (ValueError, TypeError, RecursionError):
        pass
    raise ToolError(
        f"{NAME}: {RESULT_NAME} is not what the script writes: {clean(data[:80].decode('utf-8', 'replace'))!r}."
    )


def _has_done_enough(told: Path, silence_s: float) -> Callable[[], bool]:
    """Whether the script has told its result, and After Effects had time to quit; its silence then is no failure."""
    began = time.monotonic()
    seen: list[float] = []

    def enough() -> bool:
        now = time.monotonic()
        if not seen and told.is_file():
            seen.append(now)
        return bool(seen) and (now - seen[0] > _QUITS_IN_S or now - began > silence_s - _BEFORE_SILENCE_S)

    return enough


def _quoted(text: str) -> str:
    """A string of AppleScript."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
