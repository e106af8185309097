"""Delivering, whatever the kind of job: a place below `deployed/` that is free, and what was approved put there whole.

Reads the job's files; writes the delivery beside its place and renames it there, never over an earlier one.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfolderd.disk import copy_file, fsync_dir, make_folder, remove_tree, rename_new, sha256_of, write_atomic
from hotfolderd.errors import JobError
from hotfolderd.inbox.names import is_device
from hotfolderd.records import Record
from hotfolderd.work import Result, Workbench

MANIFEST = "manifest.json"
PACKAGE = "package.zip"
_PACKED = frozenset((".png", ".jpg", ".mp4", ".mov"))
_NAME_LENGTH, _NAME_BYTES = 100, 200
_SIGNS = " -_."
_OF_A_DECISION = ("gate", "decision", "revision", "by", "at", "reason", "notes")


@dataclass(frozen=True, slots=True)
class Named:
    """What a delivery can be named after. `output`: its main file, without suffix."""

    job: str
    batch: str
    client: str
    project: str
    output: str


def folder_name(text: str, instead: str) -> str:
    """A name that is a harmless folder name on every system; of one that is too long the middle is left out."""
    plain = _shortened(_plain(text).strip(" .")).strip(" .") or instead
    return f"_{plain}" if is_device(plain) else plain


def _plain(text: str) -> str:
    """Letters with their marks, digits, blanks, `-`, `_` and `.`; for anything else `_`."""
    kept = ""
    for c in unicodedata.normalize("NFC", text):
        on_a_letter = unicodedata.category(c).startswith("M") and kept[-1:] not in ("", *_SIGNS)
        kept += c if c.isalnum() or c in _SIGNS or on_a_letter else "_"
    return kept


def _shortened(name: str) -> str:
    while len(name) > _NAME_LENGTH or len(name.encode()) > _NAME_BYTES:
        middle = len(name) // 2
        name = name[:middle] + name[middle + 1 :]
    return name


def delivery_folder(deployed: Path, named: Named, pattern: str, is_taken: Callable[[Path], bool] = Path.exists) -> Path:
    """The folder that a pattern such as `{client}/{batch}/{job}` names, never one in which something was delivered.

    `{version}` counts from 1; a pattern without it gets `_v2`, `_v3` … where that is needed.
    """
    names = {
        "client": folder_name(named.client, "no-client"),
        "project": folder_name(named.project, "no-project"),
        "batch": named.batch,
        "job": named.job,
        "output": named.output,
    }
    first: Path | None = None
    for version in itertools.count(1):
        parts = pattern.format(**names, version=version).split("/")
        target = deployed.joinpath(*(folder_name(part, "_") for part in parts))
        if target == first:  # it has no number, or none that was left when it was shortened
            target = target.with_name(f"{target.name}_v{version}")
        first = first or target
        if not is_taken(target):
            return target
    raise AssertionError("never reached")


def delivered(
    bench: Workbench, target: str, now: dict[str, str], shown: dict[str, str], about: dict[str, Any]
) -> Result:
    """Put the files of `now` (sha256 by path in the job folder) to `target`, a path of the daemon, with their manifest.

    `shown` is what was approved, `about` what the manifest says besides. Done again after a crash it changes nothing.
    Raises JobError if what was approved is not what lies there now, or if something else lies at the target.
    """
    changed = sorted(name for name in shown.keys() | now.keys() if shown.get(name) != now.get(name))
    if changed:
        names = ", ".join(changed[:5])
        raise JobError(f"{names}: changed after it was shown for approval. A retry makes it anew and asks again.")
    manifest = _manifest(bench, target, now) | about
    place = bench.here(target)
    if place.exists():
        _demand_same(place, manifest)
    else:
        _put(bench, place, manifest)
    return Result(message=target, facts={"deployed": target, "complete_on": bench.facts["complete_on"]})


def _manifest(bench: Workbench, target: str, now: dict[str, str]) -> dict[str, Any]:
    with Record(bench.job) as record:
        job, decisions = record.job, record.decisions()
    files = [
        {
            "path": source.removeprefix("output/"),
            "source": source,
            "size": (bench.job / source).stat().st_size,
            "sha256": digest,
        }
        for source, digest in now.items()
    ]
    return {
        "job": job.job,
        "uid": job.uid,
        "client": job.client,
        "project": job.project,
        "batch": job.batch,
        "delivered_to": target,
        "files": files,
        "decisions": [{key: one.get(key) for key in _OF_A_DECISION} for one in decisions],
    }


def _put(bench: Workbench, target: Path, manifest: dict[str, Any]) -> None:
    """Copy the files of a manifest beside their place, compare them, and rename the whole there."""
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


def _demand_same(target: Path, manifest: dict[str, Any]) -> None:
    """A crash may have come between the delivery and its note: then it is this delivery that lies there."""
    try:
        there = json.loads((target / MANIFEST).read_bytes())
    except (OSError, ValueError):
        there = {}
    if there.get("uid") != manifest["uid"] or there.get("files") != manifest["files"]:
        raise JobError(f"{target}: something else lies there. A retry chooses another place and asks again.")
