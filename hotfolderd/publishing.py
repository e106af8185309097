"""Publishing: what a step has made is put where people look, and sidecars are laid out for them.

Moves files from `.job/work/<step>` into the job folder. Never touches a record, never moves a job.
"""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path
from typing import Any

from hotfolderd.disk import dump_yaml, fsync_dir, make_folder, remove_file, rename_new, replace, write_atomic
from hotfolderd.work import WORK, Done

DECISIONS = "decisions"
# More of a file that a person wrote too early is not looked at, however large it is.
_MOST_BYTES = 1 << 20
# Also those for parts of a job: the whole may be pending while somebody has decided about a segment.
_DECISION = re.compile(rb"\bdecision:[ \t]*([a-z_]+)")


def publish(folder: Path, done: Done) -> list[str]:
    """Put the public outputs of a step into the job folder and take away those of its earlier run. Safe to do again.

    Returns what is to be told of it, mostly nothing.
    """
    work = folder / WORK / done.step
    told: list[str] = []
    public = [one for one in done.outputs if one.public]
    for output in public:
        source, target = work / output.path, folder / output.path
        if not source.exists():
            continue
        make_folder(target.parent)
        if output.sidecar:
            early = _keep_early(folder, target, source.read_bytes())
            told += [early] if early else []
            write_atomic(target, source.read_bytes(), named=False)  # the folder is synced below
        else:
            replace(source, target)
    earlier = folder / WORK / f"{done.step}.published.json"
    if not public and not earlier.exists():
        return told
    names = [one.path for one in public if not one.sidecar]
    if earlier.exists():
        for name in set(json.loads(earlier.read_bytes())) - set(names):
            remove_file(folder / name)
    write_atomic(earlier, json.dumps(names), named=False)
    fsync_dir(folder)
    return told


def _keep_early(folder: Path, sidecar: Path, prepared: bytes) -> str | None:
    """Put a file aside that a person wrote before anything was asked; what to tell of it, None where there is none.

    The question must not overwrite it without a word.
    """
    if not sidecar.is_file():
        return None
    with sidecar.open("rb") as stream:
        written = stream.read(_MOST_BYTES)
    if written == prepared or not set(_DECISION.findall(written)) - {b"pending"}:
        return None
    place = folder / DECISIONS
    make_folder(place)
    stem = f"early-{1 + len(list(place.glob('early-*.receipt.yaml'))):02d}-{sidecar.stem}"
    rename_new(sidecar, place / f"{stem}.yaml")
    message = f"not ready: {sidecar.name} was written before anything was asked, and not taken"
    write_atomic(place / f"{stem}.receipt.yaml", dump_yaml({"accepted": False, "message": message}))
    return message


def restore_sidecar(folder: Path, sidecar: str, step: str) -> bool:
    """Write a sidecar again as it was asked, where a person has deleted it; False where it was never prepared."""
    prepared = folder / WORK / step / sidecar
    if not prepared.exists():
        return False
    write_atomic(folder / sidecar, prepared.read_bytes())
    return True


def asset_of(done: Done, path: str) -> dict[str, Any]:
    """What the record keeps of a public file that a step made."""
    output = next(o for o in done.outputs if o.path == path)
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return {"path": path, "file_size": output.size, "sha256": output.sha256, "mime_type": mime}
