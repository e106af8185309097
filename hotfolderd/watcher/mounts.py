"""Which file system a path lies on. Reads the system's list of mounts; writes nothing."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_MOUNTS = Path("/proc/mounts")
_ESCAPE = re.compile(rb"\\([0-7]{3})")
# File systems that can change without this machine's doing, so that inotify tells only of its own changes.
_NETWORK = frozenset({
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs"),
    *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "orangefs", "gfs2", "ocfs2", "davfs", "fuse"),
})  # fmt: skip


def is_network(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Whether a path lies on a file system whose changes elsewhere send no events here. False where that is unknown."""
    kind = file_system(path, mounts)
    return kind in _NETWORK or kind.startswith("fuse.")


def file_system(path: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system that a path lies on, such as `ext4`; empty where that is unknown."""
    if not sys.platform.startswith("linux"):
        return ""
    best, kind = "", ""
    real = os.path.realpath(path)
    for line in mounts.read_bytes().splitlines():
        _, place_bytes, name, *_ = line.split(b" ")
        place = os.fsdecode(_ESCAPE.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), place_bytes))
        inside = real == place or real.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):  # of two mounts on one place the later is seen
            best, kind = place, name.decode("ascii", "replace")
    return kind
