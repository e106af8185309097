"""The story of a drop: two jobs with a design each come through the inbox into the line, killed at any moment."""

from __future__ import annotations

import atexit
import functools
import hashlib
import shutil
import tempfile
from pathlib import Path

import yaml
from stories import PASSES, ended
from test_batches import Inbox

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.notify import Postman
from hotfolderd.pipeline import PROCESSING
from hotfolderd.root import make_root, tidy_up

JOBS = ("TINY0001", "TINY0002")


@functools.cache
def batch() -> Path:
    """A small batch, made once."""
    folder = Path(tempfile.mkdtemp(prefix="hotfolderd-batch-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_small_batch(folder, len(JOBS))
    return folder


def drop(ground: Path) -> None:
    """Put the batch into a new root's inbox, the CSV last."""
    root = make_root(ground / "folders")
    for path in sorted(batch().rglob("*"), key=lambda path: path.suffix == ".csv"):
        target = root.inbox / path.relative_to(batch())
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            shutil.copy2(path, target)


def play_inbox(ground: Path) -> None:
    """Let the intake work until both jobs stand in the line. Errors of the disk end a round, as in the daemon."""
    inbox = Inbox(ground)
    tidy_up(inbox.root)  # as the daemon does when it has the lock
    inbox.clock.seconds += 10_000.0 * len(list(inbox.root.batches.iterdir()))
    inbox.statuses = dict.fromkeys(JOBS, "processing")
    for _ in range(PASSES):
        try:
            inbox.intake.collect(ended(inbox.workers))
            inbox.intake.round()
            Postman(inbox.root, inbox.notices, ()).send_waiting()
        except OSError:
            continue
        finally:
            inbox.clock.seconds += 11.0
        if not inbox.intake.busy() and inbox.in_line() == list(JOBS) and _is_tidy(ground):
            return
    raise AssertionError("the drop does not come into the line")


def _is_tidy(ground: Path) -> bool:
    plans = [yaml.safe_load(path.read_bytes()) for path in (ground / "folders" / "batches").glob("BATCH*/batch.yaml")]
    return bool(plans) and all(plan["status"] == "processing" for plan in plans)


def broken_inbox(ground: Path) -> list[str]:
    """What is wrong once the jobs stand in the line (I1, I2, I5)."""
    root = ground / "folders"
    broken = []
    made = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in batch().rglob("*") if path.is_file()}
    found: dict[str, list[str]] = {}
    for path in root.rglob("*"):
        if path.is_file() and path.name in made:
            found.setdefault(path.name, []).append(path.relative_to(root).as_posix())
            if hashlib.sha256(path.read_bytes()).hexdigest() != made[path.name]:
                broken.append(f"{path.relative_to(root)} has another content than was dropped")
    for name in made:
        # The template and its footage are shared: each job has its own.
        count = 1 if name.endswith((".psd", ".csv")) else len(JOBS)
        if len(found.get(name, [])) != count:
            broken.append(f"{name} lies in {found.get(name)}, and should lie in {count} place(s)")
    batches = list((root / "batches").glob("BATCH*"))
    if len(batches) != 1:
        broken.append(f"{len(batches)} batches were made of one drop")
    left = [path.name for path in (root / "0-inbox").rglob("*") if path.is_file() and path.name != "README.txt"]
    half = [path.name for path in root.rglob("*") if path.name.endswith((".tmp", ".part", ".new"))]
    # What was left in a job folder is removed when the reconciler first looks at the job; none is at work here.
    young = {path.name for place in ("*/*", "*/.job/*") for path in root.glob(f"{PROCESSING}/{place}.tmp")}
    half = [name for name in half if name not in young]
    half += [path.name for path in (root / ".hotfolderd" / "intake").iterdir()]
    if left or half:
        broken.append(f"left in the inbox: {left}; left over: {half}")
    records = {job: root / PROCESSING / job / ".job" / "record.json" for job in JOBS}
    return broken + [f"{job} has no record" for job, path in records.items() if not path.exists()]
