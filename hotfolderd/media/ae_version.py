"""Which After Effects saved a project, and the refusal of those too old to be read.

Reads the `head` chunk of a tree. Writes nothing, and never changes the version a project has.
"""

from __future__ import annotations

from hotfolderd.errors import JobError
from hotfolderd.media.rifx import Tree

OLDEST = 12
"""The first major version whose layout is known (After Effects CC, 2013)."""


def version(tree: Tree) -> tuple[int, int]:
    """Major and minor version of the After Effects that saved the project: (25, 5). Raises JobError without `head`."""
    head = next((chunk.data for chunk in tree.root.children if chunk.id == "head"), b"")
    return version_in(head)


def version_in(head: bytes) -> tuple[int, int]:
    """Major and minor version in the bytes of a `head` chunk.

    A u32 at byte 4 holds it: the major version divided by 8 in bits 26 to 30, its remainder in bits 19 to 21, the
    minor version in bits 15 to 18. Seen in projects of After Effects 11 to 26; source: py-aep 0.18.2, `HeadChunk`.
    """
    word = int.from_bytes(head[4:8], "big")
    major = (word >> 26 & 0x1F) * 8 + (word >> 19 & 0x07)
    if len(head) < 8 or major == 0:
        raise JobError(
            f"head: the version of After Effects should be at byte 4, found {head[:8].hex() or 'no such chunk'}. "
            "Open the project in After Effects and save it again."
        )
    return major, word >> 15 & 0x0F


def saved_by(tree: Tree) -> str:
    """The version of the After Effects that saved the project, as people write it: `25.5`."""
    major, minor = version(tree)
    return f"{major}.{minor}"


def refuse_old(tree: Tree) -> None:
    """Raises JobError if the project was saved by an After Effects before `OLDEST`."""
    _refuse(version(tree))


def refuse_old_head(head: bytes) -> None:
    """`refuse_old` for the bytes of a `head` chunk, where there is no tree yet."""
    _refuse(version_in(head))


def _refuse(found: tuple[int, int]) -> None:
    major, minor = found
    if major < OLDEST:
        raise JobError(
            f"project: it was saved by After Effects {major}.{minor}, which is too old to be read. "
            f"Open it in After Effects {OLDEST} or newer and save it again."
        )
