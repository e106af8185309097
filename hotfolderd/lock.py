"""The hold on a root: one daemon at a time, on the root that it locked and no other; and its heartbeat.

Reads and writes `lock`, `root.id` and `health.json` in `.hotfolderd/`.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

from hotfolderd.disk import write_atomic
from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import ALL_FOLDERS
from hotfolderd.root import ROOT_ID, Root, id_of, identify

HEARTBEAT_S = 20.0
_LOCK_PATIENCE_S = 1.0


class RootLock:
    """The exclusive hold on a root; the system lets it go when the process ends, however it ends.

    Hosts that share the root over a network may each be given the system's lock. So what the holder is stands in it,
    and it is refused while another host's `health.json` is young. One root, one daemon: others may only stand by.

    `left_by`: who had it before and ended without letting go, as one who is killed does; empty where nobody did.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._path = root.private / "lock"
        self._handle: int | None = None
        self._owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "boot_id": _boot_id(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._said = json.dumps(self._owner).encode()
        self._id = ""
        self.left_by: dict[str, object] = {}

    def __enter__(self) -> RootLock:
        self._take(_LOCK_PATIENCE_S)
        self._id = identify(self._root)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            if _content(self._handle) == self._said:
                os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    def still_there(self) -> str:
        """What is wrong with the root, as a sentence; empty if it is the one that was locked, and whole.

        To be asked before each round: while it is wrong nothing of the root may be touched, not even the heartbeat. A
        root that is back under its old identity (mounted again, put back) is right, and is locked anew where needed.
        """
        try:
            return self._fault()
        except OSError as error:
            return f"{self._root.path}: the root cannot be read ({error.strerror}). Is its disk or share connected?"

    def _fault(self) -> str:
        path = self._root.path
        if not path.is_dir():
            return f"{path}: the root is not there. Mount its disk or share, or put the folder back."
        found = id_of(self._root)
        if not found:
            return (
                f"{self._root.private / ROOT_ID}: is missing, so this may not be the root. Mount its disk or share or "
                "put the folder back; if it is the root, start the daemon again."
            )
        if found != self._id:
            return f"{path}: another root stands here now. Put the first one back, or start the daemon again."
        missing = [folder for folder in ALL_FOLDERS if not os.path.isdir(f"{path}/{folder}")]  # noqa: PTH112  each round
        if missing:
            return f"{path}: {', '.join(missing)} is missing. Put it back, or make it with `hotfolderd init {path}`."
        return self._hold()

    def _hold(self) -> str:
        """See that the lock is still ours, and take it anew if its file is another one."""
        try:
            same = self._handle is not None and os.path.samestat(os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            same = False
        if not same:
            try:
                self._take(0)
            except ConfigError as error:
                return str(error)
        assert self._handle is not None
        if _content(self._handle) == self._said:
            return ""
        return f"{self._path}: {_name_of(_owner(self._handle))} has taken this root. Stop one of the two."

    def _take(self, patience_s: float) -> None:
        """Lock, and say who holds it. Raises ConfigError if another daemon works here."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if not _flock(handle, patience_s):
                raise ConfigError(
                    f"{self._path}: another daemon works on this root ({_name_of(_owner(handle))}). Stop it first, or "
                    "use another root."
                )
            self._refuse_for_another_host(handle)
        except BaseException:
            os.close(handle)
            raise
        if self._handle is not None:
            os.close(self._handle)
        else:
            self.left_by = _owner(handle)
        self._handle = handle
        os.ftruncate(handle, 0)
        os.pwrite(handle, self._said, 0)

    def _refuse_for_another_host(self, handle: int) -> None:
        owner = _owner(handle)
        ours = owner.get("host") == self._owner["host"] or owner.get("boot_id") == (self._owner["boot_id"] or None)
        if not owner or ours:
            return
        try:
            beat = (self._root.private / "health.json").stat().st_mtime
        except FileNotFoundError:
            return
        os.utime(handle)  # so that both times are by one clock, that of the file system
        silent_s = os.fstat(handle).st_mtime - beat
        if silent_s < 3 * HEARTBEAT_S:
            raise ConfigError(
                f"{self._path}: {_name_of(owner)} worked on this root {max(silent_s, 0):.0f} s ago. Stop it first; if "
                f"it has ended, start again when it has been silent for {3 * HEARTBEAT_S:.0f} s."
            )


def ended_unasked(lock: RootLock) -> dict[str, str]:
    """What people are told of a daemon that did not let go of its root; empty where there was none."""
    if not lock.left_by:
        return {}
    return {"host": socket.gethostname(), "who": f"It was {_name_of(lock.left_by)}"}


def _flock(handle: int, patience_s: float) -> bool:
    """Whether the lock was had within a time. Somebody who only asks (`is_held`) has it for a moment too."""
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        else:
            return True


def _content(handle: int) -> bytes:
    return os.pread(handle, 4000, 0)


def _owner(handle: int) -> dict[str, object]:
    """Who holds the lock; empty if nobody does, or it cannot be read."""
    try:
        owner = json.loads(_content(handle))
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _name_of(owner: dict[str, object]) -> str:
    words = f"process {owner.get('pid', '?')} on {owner.get('host', 'an unknown host')}"
    return f"{words}, since {owner['started']}" if "started" in owner else words


def _boot_id() -> str:
    """What tells this run of the system from any other; empty where it says nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def is_held(root: Root) -> bool:
    """Whether a daemon works on this root now."""
    try:
        handle = os.open(root.private / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def note_health(root: Root, text: str) -> None:
    """Write the heartbeat: that a monitor may look at, and that keeps other hosts from the root.

    To be called at least every `HEARTBEAT_S`.
    """
    write_atomic(root.private / "health.json", text, durable=False)
