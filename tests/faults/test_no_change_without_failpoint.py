"""Every change that the engine makes on the disk passes a failpoint: what has none could not be tested above.

Python's own audit events are compared with the failpoints, in a process of its own because a hook stays for ever.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from types import FrameType

import pytest
import trials
from deaths import in_child
from inbox_story import drop, play_inbox
from stories import STORIES, play
from tally import count

from hotfolderd import disk
from hotfolderd.config import load_config
from hotfolderd.daemon import Daemon

_CHANGES = {
    "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chmod",
    "os.chown", "shutil.move", "shutil.rmtree", "shutil.copyfile", "shutil.copytree",
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Changes that need no failpoint: (module, function), and why a crash or an error there harms no job.
ALLOWED = {
    ("root", "make_root"): "`init` makes folders that are still empty; doing it again is harmless",
    ("root", "check_root"): "makes a folder at start; doing it again is harmless",
    ("lock", "_take"): "the lock: it holds no content that anybody relies on",
    ("lock", "is_held"): "opens the lock to ask for it",
    ("watcher", "*"): "a canary that tells whether events come",
}
# What is not the engine: people, the harness, and steps, which write below `.job/work/<step>.<pid>.new`.
_OTHERS = ("tests/", "hotfolderd/stages/", "hotfolderd/demo/")


class Auditor:
    """Notes every change below a root that is made outside of a failpoint of its thread."""

    def __init__(self, root: Path, report: Path) -> None:
        self._root = os.fspath(root)
        self._report = report
        self._here = threading.local()
        self.seen = 0

    def failpoint(self, name: str, path: Path) -> None:  # noqa: ARG002  see `disk.set_failpoint`
        self._here.armed = not name.endswith(".done")

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITING:
                return
        elif event not in _CHANGES:
            return
        else:
            path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike) or not os.fsdecode(path).startswith(self._root):
            return
        self.seen += 1
        stack = _stack()
        if not getattr(self._here, "armed", False) and not _excused(stack):
            handle = os.open(self._report, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(handle, f"{event} {os.fsdecode(path)} by {' < '.join(stack[:6])}\n".encode())
            os.close(handle)


def _stack() -> list[str]:
    frame: FrameType | None = sys._getframe(2)
    found = []
    while frame:
        name = frame.f_code.co_filename
        if "/hotfolderd/" in name or "/tests/" in name:
            found.append(f"{name.rpartition('/main/')[2] or name}:{frame.f_code.co_name}")
        frame = frame.f_back
    return found


def _excused(stack: list[str]) -> bool:
    """Whether a change was made by somebody else, or is allowed. The nearest function of ours decides."""
    nearest = next((one for one in stack if "/disk.py" not in one), "")
    if any(part in nearest for part in _OTHERS) or "/tests/" in nearest:
        return True
    for module, function in ALLOWED:
        in_module = f"hotfolderd/{module}.py:" in nearest or f"hotfolderd/{module}/" in nearest
        if in_module and (function == "*" or nearest.endswith(f":{function}")):
            return True
    return False


def audited(work: Callable[[], object], root: Path, report: Path) -> int:
    """Do something in a child under an auditor; how many changes it saw (in `report`, what had no failpoint)."""
    told = report.with_suffix(".seen")

    def child() -> None:
        # The server that forks workers, if an earlier test has one, is no child of this process.
        server = forkserver._forkserver
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
        auditor = Auditor(root, report)
        disk.set_failpoint(auditor.failpoint)
        sys.addaudithook(auditor.hook)
        work()
        told.write_text(str(auditor.seen))

    note = report.with_suffix(".traceback")
    code = in_child(child, None, note)
    assert code == 0, note.read_text() if note.exists() else code
    return int(told.read_text())


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
def test_no_story_changes_the_disk_behind_the_failpoints(story: trials.Story, field: Path) -> None:
    ground, report = field / "ground", field / "report.txt"
    ground.mkdir()
    seen = audited(lambda: play(ground, story), ground / "folders", report)
    assert seen > 50
    assert not report.exists(), report.read_text()


def test_a_change_behind_the_failpoints_is_noticed(field: Path) -> None:
    """The auditor itself, on code that looks as if it belonged to the engine."""
    ground, report = field / "ground", field / "report.txt"
    ground.mkdir()
    planted: dict[str, Callable[[Path], object]] = {}
    code = "def write(path):\n    path.write_text('x')\n    path.rename(path.with_suffix('.y'))\n"
    exec(compile(code, "/main/hotfolderd/engine/planted.py", "exec"), planted)  # noqa: S102  our own text
    assert audited(lambda: planted["write"](ground / "x"), ground, report) == 2
    assert [line.split()[0] for line in report.read_text().splitlines()] == ["open", "os.rename"]
    assert "engine/planted.py:write" in report.read_text()


def test_the_intake_changes_nothing_behind_the_failpoints(field: Path) -> None:
    ground, report = field / "ground", field / "report.txt"
    ground.mkdir()
    drop(ground)
    seen = audited(lambda: play_inbox(ground), ground / "folders", report)
    assert seen > 20
    assert not report.exists(), report.read_text()


def test_the_daemon_changes_nothing_behind_the_failpoints(field: Path) -> None:
    """The whole process, from its start to its end, with a real batch and real workers (which do as they like)."""
    ground, report = field / "ground", field / "report.txt"
    ground.mkdir()
    drop(ground)
    (ground / "config.yaml").write_text("root: folders\nsettle_s: 0.2\npoll_s: 0.1\n")
    config = load_config(root=None, file=ground / "config.yaml").runtime()
    seen = audited(lambda: Daemon(config, until_idle=True).run(), ground / "folders", report)
    assert list((ground / "folders" / "2-review").glob("TINY*")), "the batch came to its review"
    assert not report.exists(), report.read_text()
    count(f"audit: {seen} changes of the daemon seen, none without a failpoint")
