"""The script that populates the template inside After Effects: `output/populate.jsx`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.media.jsx import ScriptPicture, populate_script
from hotfolderd.media.project import Rename
from hotfolderd.model import Template
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.delivery import BUILD, FOOTAGE, TEMPLATE, project_stem
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import TEMPLATE as TEMPLATE_FILE
from hotfolderd.work import Result, Workbench

# The script's project has a name of its own: what was delivered, and its digest in the manifest, stay as they are.
BY_SCRIPT = "_by_script.aep"


def run(bench: Workbench) -> Result:
    """The script beside the project, with paths relative to itself."""
    ordered = read_ordered(bench.job)
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    try:
        script = populate_script(
            job=ordered.job,
            template=bench.load(Template, "read-template", TEMPLATE_FILE),
            matches=demand_approved(bench.job).matches,
            pictures={key: _picture(build, key, name) for key, name in build["pictures"].items()},
            left={one["placeholder_id"]: one["why"] for one in build["skipped"]},
            renames=[Rename(**one) for one in build["renamed"]],
            output_name=f"{project_stem(ordered)}{BY_SCRIPT}",
            template_file=f"{TEMPLATE}/{Path(ordered.template).name}",
            project_name=ordered.project,
            design=Path(ordered.design).name,
        )
    except ValueError as error:
        raise JobError(f"{ordered.job}: {error}. Correct the name in the CSV and drop it again.") from error
    (bench.out / "output").mkdir()
    (bench.out / "output" / "populate.jsx").write_text(script, encoding="ascii", newline="\n")
    return Result(message=f"{len(script)} characters")


def _picture(build: dict[str, Any], key: str, name: str) -> ScriptPicture:
    width, height = build["picture_sizes"][key]
    return ScriptPicture(f"{FOOTAGE}/{name}", width, height, build["item_names"].get(key))
