r"""Paths of the machine that has After Effects: `/Volumes/Jobs/x`, `D:\jobs\x`, `\\server\share\x`. Text only.

Reads and writes nothing, and never looks whether there is such a path: the machine is another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ABSOLUTE = re.compile(r"/[^/]|[A-Za-z]:[\\/]|[\\/]{2}[^\\/]")


def is_posix(path: str) -> bool:
    """Whether an absolute path is one of macOS; otherwise it is one of Windows."""
    return path.startswith("/") and not path.startswith("//")


def file_name(path: str) -> str:
    """The last part of a path, whichever way its slashes lean."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def below(folder: str, *names: str) -> str:
    """A path below a folder, with that folder's slashes."""
    slash = "/" if is_posix(folder) else "\\"
    return slash.join([folder.rstrip("/\\"), *names])


def own_slashes(path: str) -> str:
    """An absolute path as its system writes it: with backslashes only where it is one of Windows."""
    return path if is_posix(path) else path.replace("/", "\\")


def mapped(path: str, prefixes: Iterable[tuple[str, str]]) -> str:
    """A path of this machine as the other one names it: the longest prefix that holds it is exchanged.

    `prefixes` are pairs of a folder here and the same folder there, which may be written with any slashes. Without a
    fitting one the path stays as it is.
    """
    fitting = [(here, there) for here, there in prefixes if path == here or path.startswith(f"{here.rstrip('/')}/")]
    if not fitting:
        return path
    here, there = max(fitting, key=lambda pair: len(pair[0]))
    rest = [part for part in path[len(here) :].split("/") if part]
    return below(own_slashes(there), *rest) if rest else own_slashes(there)


def what_is_wrong(path: str) -> str:
    """Why a text cannot be a folder of another machine; empty if it can."""
    if not ABSOLUTE.match(path):
        return r"it must be absolute, such as /Volumes/Jobs, D:\jobs or \\server\share"
    if re.search(r"[\x00-\x1f]", path):
        return "it holds a control character"
    if any(part in {".", ".."} for part in path.replace("\\", "/").split("/")):
        return "it must not hold the parts . and .."
    if not is_posix(path) and re.search(r'[<>"|?*]|:(?!\\|/)|(?<!^.):', path):
        return 'Windows allows none of < > " | ? * and : in a name'
    return ""
