"""How a project names a file of its delivery: absolutely, and from the folder that the project lies in.

Knows the `alas` chunk of footage. Reads and writes nothing. After Effects looks at the absolute path first; then it
goes up `ascendcount_base` parts from the project, and down the last `ascendcount_target` parts of the path.
"""

from __future__ import annotations

from typing import Literal

from hotfolderd.media import aepx_values, rifx
from hotfolderd.media.foreign_paths import is_posix

PATH = "Pin/Als2/alas"
"""Where an item keeps the name of its own file; a proxy has a `Pin` of its own after that."""

# Parts below the delivery: `<project>` or `template/<project>`, and `footage/<file>`.
FROM_PROJECT = 1
FROM_TEMPLATE = 2
_FROM_FOOTAGE = 2


def reference(delivered: str, climbs: int = FROM_PROJECT) -> bytes:
    """The `alas` of a file at `<delivery>/footage/<file>`, for a project `climbs` parts below the delivery."""
    return aepx_values.alas(
        {
            "ascendcount_base": str(climbs),
            "ascendcount_target": str(_FROM_FOOTAGE),
            "fullpath": delivered,
            "platform": "MacPOSIX" if is_posix(delivered) else "Win",
            "server_name": "",
            "server_volume_name": "",
            "target_is_folder": "0",
        }
    )


def what_is_wrong(data: bytes, delivered: str, folder: Literal["", "template"] = "") -> str:
    """Why an `alas` does not lead to the delivered file, both ways; empty if it does.

    Walks the paths part by part, and so does not rely on how `reference` writes them. `folder` is where the project
    lies in the delivery.
    """
    found = aepx_values.reference_attributes(data)
    if found["fullpath"] != delivered or found["target_is_folder"] != "0":
        return f"names {found['fullpath']}"
    if (found["platform"] == "MacPOSIX") != is_posix(delivered):
        return f"has the path of another system than {found['platform']}"
    parts = delivered.replace("\\", "/").split("/")
    project = [*parts[:-2], *([folder] if folder else []), "project.aep"]
    up, down = int(found["ascendcount_base"]), int(found["ascendcount_target"])
    if not (0 < up <= len(project) and 0 < down <= len(parts)) or project[:-up] + parts[-down:] != parts:
        return f"is not found from the project's folder: {up} up and {down} down do not lead to {'/'.join(parts[-2:])}"
    return ""


def names_one_file(item: rifx.Chunk) -> bool:
    """Whether an item has a file of its own that can be named elsewhere: no solid, no sequence of a whole folder."""
    found = rifx.at(item, PATH)
    return bool(found) and aepx_values.reference_attributes(found[0].data)["target_is_folder"] == "0"
