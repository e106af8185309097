"""Taking stock: the order and what lies in `assets/`, with digests. Later steps are done again when this changes.

Reads `job.yaml` and `assets/`; writes `assets.json`.
"""

from __future__ import annotations

import json

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError
from hotfolderd.stages.template.ordered import JOB_FILE, read_ordered
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The sha256 of every asset. Raises JobError if the design or the template is not there."""
    ordered = read_ordered(bench.job)
    for name in (ordered.design, ordered.template):
        if not (bench.job / name).is_file():
            raise JobError(f"{name}: is not in the job folder. Put it back under this name.")
    found = sorted(p for p in (bench.job / "assets").rglob("*") if p.is_file() and not p.name.startswith("."))
    files = [bench.job / JOB_FILE, *found]
    stock = {p.relative_to(bench.job).as_posix(): sha256_of(p) for p in files}
    (bench.out / "assets.json").write_text(json.dumps(stock, indent=1), encoding="utf-8")
    return Result(message=f"{len(stock)} files")
