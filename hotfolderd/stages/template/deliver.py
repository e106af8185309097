"""Delivering a template job: the final project with all that belongs to it, and a manifest that says what was proved.

Reads `output/`, the preview and what the steps have noted; writes through `stages.delivery`.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from platform import python_version

from hotfolderd.model import Template
from hotfolderd.stages.asking import SHOWN
from hotfolderd.stages.delivery import delivered
from hotfolderd.stages.template.ask_approval import digests
from hotfolderd.stages.template.built import read_build
from hotfolderd.stages.template.check_output import FONT_LIST
from hotfolderd.stages.template.read import TEMPLATE
from hotfolderd.work import Result, Workbench

_LIBRARIES = ("psd-tools", "py-aep", "lxml", "Pillow", "imageio-ffmpeg")


def run(bench: Workbench) -> Result:
    """The delivery. Raises JobError if what was approved is not what lies there now."""
    build = read_build(bench)
    about = {
        "seen_as": build["seen_as"],
        "made_with": {name: version(name) for name in ("hotfolderd", *_LIBRARIES)} | {"python": python_version()},
        "template_saved_by": bench.load(Template, "read-template", TEMPLATE).version,
        "project_written_by": build["by"],
        "fonts": json.loads((bench.result_of("check-output") / FONT_LIST).read_bytes()),
        "missing_footage": build["absent_footage"],
        "verified": build["verified"],
        "not_verified": build["notes"],
    }
    shown = json.loads((bench.result_of("ask-approval") / SHOWN).read_bytes())
    return delivered(bench, build["delivery"], digests(bench), shown, about)
