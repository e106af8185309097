"""The script that populates the template inside After Effects: `output/populate.jsx`."""

from __future__ import annotations

import json
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.media.jsx import populate_script
from hotfolderd.model import Template
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.delivery import BUILD, FOOTAGE, TEMPLATE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import TEMPLATE as TEMPLATE_FILE
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The script beside the project, with paths relative to itself."""
    ordered = read_ordered(bench.job)
    pictures = json.loads((bench.result_of("build-project") / BUILD).read_bytes())["pictures"]
    try:
        script = populate_script(
            job=ordered.job,
            template=bench.load(Template, "read-template", TEMPLATE_FILE),
            matches=demand_approved(bench.job).matches,
            picture_paths={key: f"{FOOTAGE}/{name}" for key, name in pictures.items()},
            output_name=ordered.output_name,
            template_file=f"{TEMPLATE}/{Path(ordered.template).name}",
            project_name=ordered.project,
            design=Path(ordered.design).name,
        )
    except ValueError as error:
        raise JobError(f"{ordered.job}: {error}. Correct the name in the CSV and drop it again.") from error
    (bench.out / "output").mkdir()
    (bench.out / "output" / "populate.jsx").write_text(script, encoding="ascii", newline="\n")
    return Result(message=f"{len(script)} characters")
