"""The demonstration: a small batch goes down the whole line, with the decisions that people would make.

Works in a folder of its own; uses the daemon as everybody does, and edits the sidecars as a person does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.config import Config, load_config, write_default
from hotfolderd.daemon import Daemon
from hotfolderd.demo.batch import make_sample_batch
from hotfolderd.errors import ConfigError, JobError
from hotfolderd.pipeline import APPROVAL, COMPLETED, OVERRIDE, REVIEW
from hotfolderd.review.editing import set_keys
from hotfolderd.root import Root, make_root

_NAME = "demo"
_WAYS: dict[str, tuple[str, dict[str, str]]] = {
    REVIEW: ("review.yaml", {"decision": "approve", "by": _NAME}),
    OVERRIDE: (
        "override.yaml",
        {"decision": "override", "by": _NAME, "reason": "The client knows that this picture is upright"},
    ),
    APPROVAL: ("approval.yaml", {"decision": "approve", "by": _NAME}),
}


def demonstrate(folder: Path, say: Callable[[str], None]) -> None:
    """Run the line in `folder`. Raises ConfigError if something else lies there, JobError if a job is not delivered."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder}: is not empty. Name another folder, or remove this one.")
    began = time.monotonic()
    root = make_root(folder / "folders")
    write_default(root.path)
    config = load_config(root=root.path, file=None).model_copy(update={"settle_s": 0.3, "poll_s": 0.2})
    say(f"Dropping a sample batch into {root.inbox}")
    jobs = _count_rows(make_sample_batch(root.inbox))
    for title, stage in (("Reading, matching, drawing", REVIEW), ("Validating", OVERRIDE), ("Building", APPROVAL)):
        say(f"{title} …")
        _work(config)
        _decide(root, stage, say)
    say("Delivering …")
    _work(config)
    _show(root, jobs, time.monotonic() - began, say)


def _work(config: Config) -> None:
    Daemon(config.runtime(), until_idle=True).run()


def _decide(root: Root, stage: str, say: Callable[[str], None]) -> None:
    """Write the sample decision into every sidecar that waits in a stage."""
    name, keys = _WAYS[stage]
    for sidecar in sorted((root.path / stage).glob(f"*/{name}")):
        sidecar.write_text(set_keys(sidecar.read_text("utf-8"), keys), encoding="utf-8")
        say(f"  {sidecar.parent.name}: {name} says {keys['decision']}")


def _count_rows(files: list[Path]) -> int:
    table = next(path for path in files if path.suffix == ".csv")
    return len(table.read_text("utf-8-sig").splitlines()) - 1


def _show(root: Root, jobs: int, seconds: float, say: Callable[[str], None]) -> None:
    delivered = sorted((root.path / COMPLETED).glob("*/status.yaml"))
    if len(delivered) != jobs:
        raise JobError(f"{root.path}: {len(delivered)} of {jobs} jobs were delivered. See `hotfolderd status`.")
    say(f"\n{jobs} jobs delivered in {seconds:.0f} s:\n")
    for path in sorted(root.deployed.rglob("*")):
        if path.is_file() and path.name != "README.txt":
            say(f"  {path}  ({path.stat().st_size:,} bytes)")
    say(f"\nWatch one: {next(iter(sorted(root.deployed.rglob('side_by_side.mp4'))), root.deployed)}")
