"""The JSON Schemas that editors check files with while one types: those that the package carries.

Reads `texts/schemas/` of the package (`make schemas` writes it); `write_schemas` puts them into a root.
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from hotfolderd.disk import make_folder, write_atomic


def schemas() -> dict[str, str]:
    """Every schema by its file name, such as `review.json`."""
    folder = importlib.resources.files("hotfolderd") / "texts" / "schemas"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".json"))
    return {name: (folder / name).read_text("utf-8") for name in names}


def write_schemas(private: Path) -> None:
    """Put all of them into `schemas/` in a root's private folder, where the sidecars' first lines lead."""
    make_folder(private / "schemas")
    for name, text in schemas().items():
        path = private / "schemas" / name
        if not path.is_file() or path.read_text("utf-8", "replace") != text:
            write_atomic(path, text, durable=False)
