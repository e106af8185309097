"""Room on the disk: intake stops below the limit, says so once, and goes on by itself."""

from __future__ import annotations

import errno
import json
from datetime import UTC, datetime
from pathlib import Path

from hotfolderd.disk import set_failpoint
from hotfolderd.engine.space import Space
from hotfolderd.notify import Notices
from hotfolderd.root import make_root


def told(root_path: Path) -> list[str]:
    found = [json.loads(path.read_bytes()) for path in (root_path / ".hotfolderd/outbox").glob("*.json")]
    return sorted(message["event"] for message in found)


def test_intake_stops_below_the_limit_and_goes_on_above_it(tmp_path: Path) -> None:
    root = make_root(tmp_path / "folders")
    free = [1000.0]
    space = Space(root, Notices(root, lambda: datetime.now(UTC)), 256, free=lambda _: free[0])
    assert space.allows_intake()
    assert (space.note, told(root.path)) == ("", [])
    free[0] = 255.0
    assert not space.allows_intake()
    assert not space.allows_intake()
    assert "255 MiB are free, less than the 256 MiB of disk.min_free_mib" in space.note
    assert told(root.path) == ["disk_low"], "once"
    free[0] = 270.0
    assert not space.allows_intake(), "a little more room is not enough"
    free[0] = 290.0
    assert space.allows_intake()
    assert space.note == ""
    assert told(root.path) == ["disk_has_room", "disk_low"]


def test_no_limit_never_stops_anything(tmp_path: Path) -> None:
    root = make_root(tmp_path / "folders")
    assert Space(root, Notices(root, lambda: datetime.now(UTC)), 0, free=lambda _: 0.0).allows_intake()


def test_the_free_space_of_this_disk_is_a_number_of_mebibytes(tmp_path: Path) -> None:
    root = make_root(tmp_path / "folders")
    notices = Notices(root, lambda: datetime.now(UTC))
    assert Space(root, notices, 0.001).allows_intake()
    assert not Space(root, notices, 1e12).allows_intake()


def test_people_are_told_when_there_is_room_for_a_message_again(tmp_path: Path) -> None:
    root = make_root(tmp_path / "folders")
    space = Space(root, Notices(root, lambda: datetime.now(UTC)), 256, free=lambda _: 1.0)

    def fail(_: str, path: Path) -> None:
        raise OSError(errno.ENOSPC, "no space", str(path))

    set_failpoint(fail)
    try:
        assert not space.allows_intake()
    finally:
        set_failpoint(None)
    assert told(root.path) == []
    assert not space.allows_intake()
    assert told(root.path) == ["disk_low"]
