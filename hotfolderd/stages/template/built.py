"""What was built, as the steps after it see it: `build.json`, and what After Effects made of it where it was asked.

Reads the notes of those steps; writes nothing.
"""

from __future__ import annotations

import json
from typing import Any

from hotfolderd.stages.template.delivery import BUILD
from hotfolderd.work import Workbench

AFTERFX = "afterfx.json"
RENDERING = "rendering.json"
BY_AFTERFX = "afterfx"


def read_build(bench: Workbench) -> dict[str, Any]:
    """The note of the build; `by` is who wrote the project: "hotfolderd", or After Effects with its version."""
    build: dict[str, Any] = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    build.setdefault("by", "hotfolderd")  # a job that waits since before this was noted
    if build["by"] == BY_AFTERFX:
        build |= json.loads((bench.result_of("run-script") / AFTERFX).read_bytes())
    return build


def read_rendering(bench: Workbench) -> dict[str, Any] | None:
    """The note of the rendering; None where nothing is rendered. The step must name the fact `rendering`."""
    if bench.facts["rendering"] is None:
        return None
    found: dict[str, Any] = json.loads((bench.result_of("render-comp") / RENDERING).read_bytes())
    return found
