"""Which file is the manifest of a folder; `manifest` reads it. Looks at the beginning of that one file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MANIFEST = "manifest.json"


def is_manifest(path: Path) -> bool:
    """Whether a file begins as a manifest does; other programs write files of that name that say nothing to us."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(handle, "rb") as file:
        return stat.S_ISREG(os.fstat(handle).st_mode) and is_list(file.read(64))


def is_list(data: bytes) -> bool:
    """Whether a text can be a JSON list, as a manifest is; an empty one may become one."""
    return data.lstrip()[:1] in (b"[", b"")
