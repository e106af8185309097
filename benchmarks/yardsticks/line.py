"""A daemon of its own with a batch before it, as a user has it, and what the two of them cost until the review."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
import yaml

from hotfolderd.inbox.drops import ready_marks
from hotfolderd.pipeline import ARCHIVE, FAILED, REVIEW
from hotfolderd.root import make_root
from yardsticks.jobs import Pair, with_number

_SAMPLE_S = 0.25
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Ran:
    """What a batch of `jobs` has cost: seconds on the wall from the drop to the last review, and of processor time.

    `first_s`: when the first job stood in the review. `idle_s`: processor time that the machine had left meanwhile, of
    all cores. Memory is the most that the daemon, and that one worker, has held (MiB).
    """

    jobs: int
    workers: int
    wall_s: float
    first_s: float
    idle_s: float
    daemon_s: float
    workers_s: float
    daemon_mib: float
    worker_mib: float

    @property
    def a_minute(self) -> float:
        """Jobs a minute."""
        return 60 * self.jobs / self.wall_s

    @property
    def cpu_s(self) -> float:
        """Processor seconds a job, of the daemon and the workers."""
        return (self.daemon_s + self.workers_s) / self.jobs


class House:
    """A root in an empty folder with a daemon process on it. Leaving the block ends the daemon."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._workers = workers
        self.root = make_root(folder / "folders").path
        settings = {"root": "folders", "workers": {"processes": workers}, "inbox": {"max_rows": 100_000}}
        self.config = folder / "config.yaml"
        self.config.write_text(yaml.safe_dump(settings))
        self._log = folder / "daemon.log"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._worker_mib = 0.0
        self._used = (0.0, 0.0)

    def __enter__(self) -> Self:
        argv = [sys.executable, "-m", "hotfolderd", "--config", str(self.config), "run"]
        with self._log.open("wb") as log:
            self._daemon = subprocess.Popen(argv, stderr=log, stdout=log)
        while not (self.root / ".hotfolderd/health.json").exists():
            self._check()
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._daemon is not None
        self._daemon.terminate()
        self._daemon.wait(60)

    def _check(self) -> None:
        if self._daemon is None or self._daemon.poll() is not None:
            raise SystemExit(f"the daemon has ended:\n{self._log.read_text()[-3000:]}")

    def drop(self, pair: Pair, count: int, *, alike: bool) -> None:
        """Put a batch into the inbox: of one design for all rows (`alike`), or of one for each. Its mark comes last."""
        suffix = pair.design.suffix
        designs = [f"design{suffix}" if alike else f"d{number:05d}{suffix}" for number in range(count)]
        self._drop("batch", pair, [f"JOB{number:05d}" for number in range(count)], designs)

    def _drop(self, name: str, pair: Pair, jobs: list[str], designs: list[str]) -> None:
        beside = self.root.parent / name
        (beside / "footage").mkdir(parents=True)
        for path in (pair.template, *pair.footage):
            shutil.copyfile(path, (beside if path == pair.template else beside / "footage") / path.name)
        design = pair.design.read_bytes()
        for number, file in enumerate(dict.fromkeys(designs)):
            (beside / file).write_bytes(with_number(design, number))
        rows = [f"{job},{file},{pair.template.name},{job}.aepx" for job, file in zip(jobs, designs, strict=True)]
        (beside / "batch.csv").write_text("\n".join(["job_id,psd_path,aepx_path,output_name", *rows]) + "\n")
        (beside / ready_marks("batch.csv")[0]).touch()
        os.sync()  # what was written here shall not be paid by those who sync next
        beside.rename(self.root / "0-inbox" / name)

    def warm_up(self, pair: Pair) -> None:
        """Have one job done and put away, so that the workers have begun and have loaded what they need."""
        self._drop("warm-up", pair, ["WARM"], [pair.design.name])
        asked, away = self.root / REVIEW / "WARM", self.root / ARCHIVE / "WARM"
        while not asked.is_dir():
            self._check()
            time.sleep(0.1)
        asked.rename(away)
        while "\nstatus: cancelled\n" not in (away / "status.yaml").read_text():
            self._check()
            time.sleep(0.1)

    def approve(self, stage: str, gate: str) -> None:
        """Approve all jobs that are asked in a stage, as a person does: by their sidecars."""
        for name in _folders(self.root / stage):
            sidecar = self.root / stage / name / f"{gate}.yaml"
            sidecar.write_text(sidecar.read_text().replace("\ndecision: pending", "\ndecision: approve"))

    def run(self, count: int, stage: str = REVIEW) -> Ran:
        """Wait until so many jobs, dropped or approved just now, stand in a stage."""
        self._worker_mib = 0.0
        daemon = psutil.Process(self._daemon.pid if self._daemon else 0)
        began, before, idle = time.perf_counter(), _used_s(daemon), psutil.cpu_times().idle
        first_s, stood, changed = 0.0, 0, began
        with self._sampled(daemon):
            while stood < count:
                looked = time.perf_counter()
                found = len(_folders(self.root / stage))
                now = time.perf_counter()
                if found != stood:
                    first_s, stood, changed = first_s or now - began, found, now
                self._check()
                if _folders(self.root / FAILED) or now - changed > max(_PATIENCE_S, count / 10):
                    raise SystemExit(f"{stood} of {count} jobs came through:\n{self._log.read_text()[-3000:]}")
                time.sleep(max(0.05, 50 * (now - looked)))
        wall_s, after = time.perf_counter() - began, _used_s(daemon)
        return Ran(
            count,
            self._workers,
            wall_s,
            first_s,
            psutil.cpu_times().idle - idle,
            after[0] - before[0],
            after[1] - before[1],
            _peak_mib(daemon.pid),
            self._worker_mib,
        )

    @contextlib.contextmanager
    def _sampled(self, daemon: psutil.Process) -> Iterator[None]:
        """Look at the workers' memory now and then: they are renewed, and what an ended one has held is not told."""
        ending = threading.Event()

        def look() -> None:
            while not ending.wait(_SAMPLE_S):
                with contextlib.suppress(psutil.Error):
                    mib = [_peak_mib(child.pid) for child in daemon.children(recursive=True)]
                    self._worker_mib = max(self._worker_mib, *mib, 0.0)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


def _folders(place: Path) -> list[str]:
    with os.scandir(place) as entries:
        return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


def _used_s(daemon: psutil.Process) -> tuple[float, float]:
    """Processor seconds of the daemon alone, and of all processes below it, those that have ended included."""
    own = daemon.cpu_times()
    below = own.children_user + own.children_system
    for child in daemon.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            used = child.cpu_times()
            below += used.user + used.system + used.children_user + used.children_system
    return own.user + own.system, below


def _peak_mib(pid: int) -> float:
    """The most memory that a process has held; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
