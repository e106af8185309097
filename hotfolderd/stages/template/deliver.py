"""Delivering: `deployed/<client>/<batch>/<job>/` with a manifest, once, never over an earlier delivery.

Reads `output/`, the preview and the decisions; writes the delivery beside its place and renames it there.
"""

from __future__ import annotations

import errno
import json
import os
import zipfile
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from hotfolderd.disk import copy_file, fsync_dir, make_folder, remove_tree, rename_new, sha256_of, write_atomic
from hotfolderd.errors import JobError
from hotfolderd.model import Template
from hotfolderd.records import Record
from hotfolderd.stages.template.ask_approval import SHOWN, digests
from hotfolderd.stages.template.check_output import FONT_LIST
from hotfolderd.stages.template.delivery import BUILD
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import TEMPLATE
from hotfolderd.work import Result, Workbench

MANIFEST = "manifest.json"
PACKAGE = "package.zip"
_PACKED = frozenset((".png", ".jpg", ".mp4", ".mov"))
_LIBRARIES = ("psd-tools", "py-aep", "lxml", "Pillow", "imageio-ffmpeg")


def run(bench: Workbench) -> Result:
    """The delivery. Raises JobError if what was approved is not what lies there now."""
    approved = json.loads((bench.result_of("ask-approval") / SHOWN).read_bytes())
    now = digests(bench)
    changed = sorted(name for name in approved.keys() | now.keys() if approved.get(name) != now.get(name))
    if changed:
        names = ", ".join(changed[:5])
        raise JobError(f"{names}: changed after it was shown for approval. A retry makes it anew and asks again.")
    target = Path(json.loads((bench.result_of("build-project") / BUILD).read_bytes())["delivery"])
    manifest = _manifest(bench, target, now)
    place = bench.here(str(target))
    if place.exists():
        _demand_same(place, manifest)
    else:
        _put(bench, place, manifest)
    return Result(message=str(target), facts={"deployed": str(target), "complete_on": bench.facts["complete_on"]})


def _put(bench: Workbench, target: Path, manifest: dict[str, Any]) -> None:
    make_folder(target.parent)
    beside = target.with_name(f".{target.name}.new")
    remove_tree(beside)
    for entry in manifest["files"]:
        place = beside / entry["path"]
        make_folder(place.parent)
        copy_file(bench.job / entry["source"], place)
        if sha256_of(place) != entry["sha256"]:
            raise OSError(errno.EIO, "the copy differs from the original", str(place))
    write_atomic(beside / MANIFEST, json.dumps(manifest, indent=1))
    if bench.facts["delivery"]["package"]:
        _pack(beside)
    for folder in {path.parent for path in beside.rglob("*")}:
        fsync_dir(folder)
    rename_new(beside, target)


def _pack(folder: Path) -> None:
    """Write `package.zip` with all that lies in a folder. Pictures and videos are stored: they are packed already."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with (folder / PACKAGE).open("xb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as package:
            for path in files:
                how = zipfile.ZIP_STORED if path.suffix.lower() in _PACKED else zipfile.ZIP_DEFLATED
                package.write(path, path.relative_to(folder), compress_type=how)
        stream.flush()
        os.fsync(stream.fileno())


def _manifest(bench: Workbench, target: Path, digests_now: dict[str, str]) -> dict[str, Any]:
    ordered = read_ordered(bench.job)
    with Record(bench.job) as record:
        job, decisions = record.job, record.decisions()
    files = [
        {
            "path": source.removeprefix("output/"),
            "source": source,
            "size": (bench.job / source).stat().st_size,
            "sha256": digest,
        }
        for source, digest in digests_now.items()
    ]
    build = json.loads((bench.result_of("build-project") / BUILD).read_bytes())
    keys = ("gate", "decision", "revision", "by", "at", "reason", "notes")
    return {
        "job": ordered.job,
        "uid": job.uid,
        "client": ordered.client,
        "project": ordered.project,
        "batch": ordered.batch,
        "delivered_to": str(target),
        "seen_as": build["seen_as"],
        "made_with": {name: version(name) for name in ("hotfolderd", *_LIBRARIES)} | {"python": python_version()},
        "template_saved_by": bench.load(Template, "read-template", TEMPLATE).version,
        "files": files,
        "decisions": [{key: one.get(key) for key in keys} for one in decisions],
        "fonts": json.loads((bench.result_of("check-output") / FONT_LIST).read_bytes()),
        "missing_footage": build["absent_footage"],
        "verified": build["verified"],
        "not_verified": build["notes"],
    }


def _demand_same(target: Path, manifest: dict[str, Any]) -> None:
    """A crash may have come between the delivery and its note: then it is this delivery that lies there."""
    try:
        there = json.loads((target / MANIFEST).read_bytes())
    except (OSError, ValueError):
        there = {}
    if there.get("uid") != manifest["uid"] or there.get("files") != manifest["files"]:
        raise JobError(f"{target}: something else lies there. A retry chooses another place and asks again.")
