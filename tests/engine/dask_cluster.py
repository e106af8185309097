"""A scheduler and workers of dask as an operator starts them: with dask's own commands, on 127.0.0.1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

PATIENCE_S = 60.0


class DaskCluster:
    """One scheduler and its workers, each a process of its own; leaving the block ends them."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.port = 0

    def __enter__(self) -> Self:
        self.start_scheduler()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, *([self.scheduler] if self.scheduler else [])):
            process.kill()
            process.wait()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        """Start it, on the port that it had before if it had one, and wait until it says where it is."""
        known = self.folder / "scheduler.json"
        known.unlink(missing_ok=True)
        arguments = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--scheduler-file", str(known)]
        self.scheduler = self._run("dask_scheduler", arguments, {})
        until = time.monotonic() + PATIENCE_S
        while not known.exists() or not known.read_text().strip():
            assert time.monotonic() < until, "the scheduler does not start"
            time.sleep(0.05)
        self.port = int(json.loads(known.read_text())["address"].rpartition(":")[2])

    def add_worker(self, *arguments: str, before: Sequence[str] = (), **environment: str) -> subprocess.Popen[bytes]:
        """Start one with one thread. `before`: a command that starts it in turn."""
        place = self.folder / f"worker{len(self.workers)}"
        place.mkdir()
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--local-directory", str(place)]
        worker = self._run("dask_worker", [self.address, *options, *arguments], environment, before)
        self.workers.append(worker)
        return worker

    def _run(
        self, program: str, arguments: Sequence[str], environment: dict[str, str], before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [*before, sys.executable, "-m", f"distributed.cli.{program}", *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | self.environment | environment,
            )
