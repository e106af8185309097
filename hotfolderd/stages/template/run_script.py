"""After Effects on this machine runs the populate script; the project that it saves is the final one.

Reads the script, the template and the footage of `output/`; writes the saved project there (in the forms that the
headless one would have), and `afterfx.json` with what was proved of it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotfolderd.disk import copy_file, remove_tree
from hotfolderd.errors import JobError, ToolError
from hotfolderd.media.foreign_paths import below
from hotfolderd.media.project import read_template
from hotfolderd.media.project.elsewhere import relinked, write_as
from hotfolderd.model import Issue
from hotfolderd.programs import afterfx
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.build_project import HEADLESS
from hotfolderd.stages.template.built import AFTERFX
from hotfolderd.stages.template.delivery import BUILD, FOOTAGE, TEMPLATE
from hotfolderd.stages.template.saved_checks import Wanted, differences, filled_as_wanted
from hotfolderd.work import Result, Workbench

_STAGE = "stage"
_NOT_COMPARED = "After Effects writes the whole file anew, so it was not compared with the template chunk by chunk."


def run(bench: Workbench) -> Result:
    """The project that After Effects has populated and saved."""
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    stage = bench.out / _STAGE
    _lay_out(bench.job / "output", stage)
    saved = afterfx.run_script(bench.facts["afterfx"], stage)
    files = [bench.out / "output" / name for name in build["files"]]
    files[0].parent.mkdir()
    try:
        tree, _ = relinked(saved.project, _to_delivery(stage, build["seen_as"]))
        for path in files:
            write_as(tree, path)
        final = read_template(files[0])
    except JobError as error:  # no file of the job is at fault: After Effects has just written it
        raise ToolError(f"After Effects: the project that it saved cannot be read. {error}") from error
    remove_tree(stage)
    alone = read_template(bench.result_of("build-project") / HEADLESS / build["files"][0])
    wanted = _wanted(bench, build)
    right, found = filled_as_wanted(final, wanted), differences(alone, final, wanted)
    names = " and ".join(path.name for path in files)
    verified = [f"{names}, saved by {saved.by} and read again: {right} of {len(wanted)} placeholders are as ordered"]
    if not found:
        verified.append("every other placeholder and every comp is as in the project that was written without it")
    report = {"by": saved.by, "verified": verified, "notes": [_NOT_COMPARED], "seconds": saved.seconds, "changes": []}
    bench.save(report, AFTERFX)
    issues = [
        *saved.issues,
        *(Issue("afterfx_note", "warning", f"The script says of {note}") for note in saved.notes),
        *(Issue("afterfx_differs", "warning", text, "Look at it in After Effects") for text in found),
    ]
    return Result(issues=tuple(issues), message=f"{saved.by}: {right} placeholders, {saved.seconds:.0f} s")


def _lay_out(output: Path, stage: Path) -> None:
    """Script, template and footage as they will be delivered; the template names the footage where it lies now."""
    (stage / FOOTAGE).mkdir(parents=True)
    (stage / TEMPLATE).mkdir()
    copy_file(output / "populate.jsx", stage / "populate.jsx")
    for path in (output / FOOTAGE).iterdir():
        copy_file(path, stage / FOOTAGE / path.name)
    here = {path.name: str(path) for path in (stage / FOOTAGE).iterdir()}
    for path in (output / TEMPLATE).iterdir():
        tree, _ = relinked(path, lambda old: here.get(_file_name(old)))
        write_as(tree, stage / TEMPLATE / path.name)


def _to_delivery(stage: Path, delivery: str) -> Callable[[str], str | None]:
    """Where footage of the stage will be; After Effects may write the path of the stage in another way."""
    ending = f"{stage.parent.name}/{stage.name}/{FOOTAGE}/"
    names = {unicodedata.normalize("NFC", path.name): path.name for path in (stage / FOOTAGE).iterdir()}

    def moved(old: str) -> str | None:
        plain = unicodedata.normalize("NFC", old.replace("\\", "/"))
        name = names.get(_file_name(plain))
        return below(delivery, FOOTAGE, name) if name and plain.endswith(f"{ending}{_file_name(plain)}") else None

    return moved


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _wanted(bench: Workbench, build: dict[str, Any]) -> dict[str, Wanted]:
    """What was ordered and can be done, by placeholder id."""
    wanted: dict[str, Wanted] = {}
    skipped = {one["placeholder_id"] for one in build["skipped"]}
    for match in demand_approved(bench.job).matches:
        key = match.placeholder_id
        if match.kind == "text" and match.value is not None and key not in skipped:
            wanted[key] = Wanted(text=match.value)
        elif key in build["pictures"]:
            wanted[key] = Wanted(picture=below(build["seen_as"], FOOTAGE, build["pictures"][key]))
    return wanted
