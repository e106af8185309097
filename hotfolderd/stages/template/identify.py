"""Taking stock: the order and what lies in `assets/`, with digests. Later steps are done again when this changes.

Reads `job.yaml` and `assets/`; writes `assets.json`, `design.sha256` and `template.sha256`.
"""

from __future__ import annotations

import json
from pathlib import Path

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError
from hotfolderd.foreign import is_plain
from hotfolderd.inbox.problem import shown
from hotfolderd.stages.order_file import JOB_FILE
from hotfolderd.stages.template.assets import ASSETS
from hotfolderd.stages.template.line import THE_DESIGN, THE_TEMPLATE
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import Result, Workbench

MOST_FILES = 5000
STOCK = "assets.json"


def run(bench: Workbench) -> Result:
    """The sha256 of every asset. Raises JobError if the design or template is not there, or a link is."""
    ordered = read_ordered(bench.job)
    files = [bench.job / JOB_FILE, *_assets(bench.job)]
    notes = {ordered.design: THE_DESIGN, ordered.template: THE_TEMPLATE}
    for name in notes:
        if not is_plain(bench.job / name):
            raise JobError(f"{name}: is not in the job folder. Put it back under this name.")
    stock = {p.relative_to(bench.job).as_posix(): sha256_of(p) for p in files}
    bench.save(stock, STOCK)
    for name, note in notes.items():
        digest = stock.get(name) or sha256_of(bench.job / name)
        (bench.out / Path(note).name).write_text(f"{digest}  {name}\n", encoding="utf-8")
    return Result(message=f"{len(stock)} files")


def _assets(job: Path) -> list[Path]:
    """Every file below `assets/`, hidden ones left out. Raises JobError for what is neither a file nor a folder."""
    found: list[Path] = []
    waiting = [job / ASSETS]
    while waiting:
        folder = waiting.pop()
        if folder.is_symlink():
            raise JobError(f"{folder.relative_to(job)}: is a link, which is not followed. Put the folder itself there.")
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            elif is_plain(path):
                found.append(path)
            else:
                name = shown(str(path.relative_to(job)))
                raise JobError(f"{name}: is a link, pipe, socket or device. Put the file itself there, or delete it.")
        if len(found) > MOST_FILES:
            raise JobError(f"{ASSETS}: holds more than {MOST_FILES} files. Keep only what the job needs.")
    return sorted(found)


def assets_of(bench: Workbench) -> dict[str, str]:
    """The sha256 of every asset that was there when stock was taken, by its path in the job folder."""
    stock: dict[str, str] = json.loads((bench.result_of("identify") / STOCK).read_bytes())
    return {path: digest for path, digest in stock.items() if path != JOB_FILE}
