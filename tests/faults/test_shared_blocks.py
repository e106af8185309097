"""Copies on a real file system that can share blocks between files: they take no room, and are files of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_power_cut import make, mounted, why_not

from hotfolderd.disk import copy_file

_MIB = 1 << 20


def free(place: Path) -> int:
    os.sync()
    return os.statvfs(place).f_bavail * os.statvfs(place).f_frsize


def test_copies_share_their_blocks_where_the_disk_can(tmp_path: Path) -> None:
    if why := why_not("xfs"):
        pytest.skip(why)
    image, place = make(tmp_path, "xfs")
    with mounted(image, place, "xfs"):
        source, content = place / "a", os.urandom(20 * _MIB)
        source.write_bytes(content)
        os.utime(source, (1_000_000, 1_000_000))
        before = free(place)
        copies = [place / f"copy{number}" for number in range(50)]
        for path in copies:
            copy_file(source, path)
        assert before - free(place) < 10 * _MIB, "fifty copies of 20 MiB"
        assert {path.stat().st_mtime for path in copies} == {1_000_000}
        with copies[0].open("r+b") as stream:
            stream.write(b"changed")
        assert copies[0].read_bytes() == b"changed" + content[7:]
        assert source.read_bytes() == copies[1].read_bytes() == content
