"""A root with a real daemon process on it, and the hands of the people around it: they drop, edit and look."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
import yaml
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from hotfolderd.root import make_root

GATES = {"2-review": "review", "4-override": "override", "6-approval": "approval"}
PATIENCE_S = 90.0
T = TypeVar("T")


class House:
    """One root. `start` runs the daemon as a process of its own; leaving the block ends it with SIGTERM."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.root = make_root(folder / "folders").path
        self.inbox = self.root / "0-inbox"
        self.config = folder / "config.yaml"
        self.settings = {"root": "folders", "settle_s": 0.3, "poll_s": 0.1, "inbox": {"incomplete_s": 1.0}, **settings}
        self.log = folder / "daemon.log"
        self.program = [sys.executable, "-m", "hotfolderd"]
        self.process: subprocess.Popen[bytes] | None = None
        self.broken_invariants: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    # the daemon ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "--config", str(self.config), "run"],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def patch(self, code: str) -> None:
        """Have the daemon run this code before it begins, in its own process only: for faults of its surroundings."""
        self.program = [sys.executable, "-c", f"{code}\nfrom hotfolderd.__main__ import main\nmain()"]

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def run_until_idle(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings))
        done = self.command("run", "--until-idle")
        assert done.returncode == 0, done.stderr

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "hotfolderd", "--config", str(self.config), *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)

    def memory_mib(self) -> float:
        assert self.process is not None
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def health(self) -> dict[str, Any]:
        """What the daemon last said of itself."""
        path = self.root / ".hotfolderd" / "health.json"
        content: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        return content

    # looking -------------------------------------------------------------------------------------------------------

    def wait_for(self, what: str | Path, within_s: float = PATIENCE_S) -> Path:
        """Wait until a path (relative to the root) is there."""
        path = self.root / what
        self.wait_until(path.exists, f"{what} to appear", within_s)
        return path

    def wait_until(self, holds: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
        end = time.monotonic() + within_s
        while not holds():
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the daemon ended while waiting for {what}:\n{self.log.read_text()[-4000:]}")
            if time.monotonic() > end:
                stands = [f"{path.parent.name}/{path.name}" for path in self.root.glob("[0-9f]*/*")]
                raise AssertionError(
                    f"waited {within_s:.0f} s for {what}; there: {stands}\n{self.log.read_text()[-3000:]}"
                )
            time.sleep(0.05)

    def where(self, job: str) -> str | None:
        """The stage folder in which a job stands."""
        found = [path.parent.name for path in self.root.glob(f"*/{job}/job.yaml") for path in [path.parent]]
        return found[0] if found else None

    def folder(self, job: str) -> Path:
        return self.seen(job, lambda folder: folder)

    def seen(self, job: str, look: Callable[[Path], T]) -> T:
        """What is seen in the folder of a job that may go on to its next stage at this very instant: then once more."""
        for _ in range(20):
            stage = self.where(job)
            if stage is not None:
                with suppress(FileNotFoundError):
                    return look(self.root / stage / job)
            time.sleep(0.01)
        assert stage is not None, f"{job} is nowhere"
        return look(self.root / stage / job)

    def status(self, job: str) -> dict[str, Any]:
        content: dict[str, Any] = self.seen(job, lambda folder: yaml.safe_load((folder / "status.yaml").read_text()))
        return content

    def events(self, job: str) -> list[dict[str, Any]]:
        text = self.seen(job, lambda folder: (folder / ".job" / "events.jsonl").read_text())
        return [json.loads(line) for line in text.splitlines()]

    def receipts(self, job: str) -> list[dict[str, Any]]:
        def look(folder: Path) -> list[dict[str, Any]]:
            found = [yaml.safe_load(path.read_text()) for path in sorted((folder / "decisions").glob("*.receipt.yaml"))]
            folder.stat()  # what has gone meanwhile was not seen whole
            return found

        return self.seen(job, look)

    def moves(self, job: str) -> list[tuple[str, str]]:
        events = [one for one in self.events(job) if one["action"] == "stage_transition" and "source" in one["data"]]
        moves = [(one["data"]["source"], one["data"]["target"]) for one in events]
        return [move for number, move in enumerate(moves) if not number or move != moves[number - 1]]

    def told(self, text: str) -> None:
        """Wait until people have been told something."""
        self.wait_until(lambda: text in self.messages(), f"the message {text!r}", within_s=15)

    def messages(self) -> str:
        path = self.root / "messages.txt"
        return path.read_text() if path.exists() else ""

    # deciding ------------------------------------------------------------------------------------------------------

    def edit(self, sidecar: Path, **keys: str) -> None:
        """Change top-level keys as an editor would that writes in place."""
        text = sidecar.read_text()
        for key, value in keys.items():
            text, count = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
            assert count == 1, f"{sidecar.name} has no line {key}:"
        sidecar.write_text(text)

    def approve_all(self, jobs: Iterable[str]) -> bool:
        """Approve whatever is asked; whether all these jobs are delivered, and their arrival is noted."""
        asked = (path for stage, gate in GATES.items() for path in self.root.glob(f"{stage}/*/{gate}.yaml"))
        for sidecar in asked:
            with suppress(FileNotFoundError):  # it was answered meanwhile
                if "\ndecision: pending" in sidecar.read_text():
                    self.edit(sidecar, decision="approve")
        return all(self.where(job) == "7-completed" == self.status(job)["stage"] for job in jobs)

    def rematch(self, sidecar: Path, placeholder: str, layer: str) -> None:
        """Choose another layer for a placeholder, as in an editor."""
        text, count = re.subn(
            rf"(- placeholder: {re.escape(placeholder)}\n(?:    .*\n)*?    layer: ).*",
            rf"\g<1>{layer}",
            sidecar.read_text(),
        )
        assert count == 1, f"{placeholder} is not in {sidecar.name}"
        sidecar.write_text(text)

    # watching over the invariant -------------------------------------------------------------------------------------

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look all the time whether a job stands in a person's stage with something prepared missing."""
        ending = threading.Event()

        def watch() -> None:
            while not ending.is_set():
                for stage, gate in GATES.items():
                    for job in (self.root / stage).iterdir():
                        if job.is_dir():
                            self.broken_invariants += missing_preparations(job, gate)
                time.sleep(0.005)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()
        assert self.broken_invariants == []


def missing_preparations(job: Path, gate: str) -> list[str]:
    """What a page links, and what the gate needs, that is not there although the job stands in this stage."""
    wanted = {"review.html", "previews/matching_data.json"} if gate == "review" else {f"{gate}.html"}
    if gate == "approval":
        wanted |= {
            "previews/side_by_side.mp4",
            "previews/thumbnail.jpg",
            "previews/metrics.json",
            "output/populate.jsx",
        }
    try:
        page = (job / f"{gate}.html").read_text()
    except FileNotFoundError:
        page = ""
    wanted |= set(re.findall(r'(?:src|href|poster)="([^"#:]+)"', page)) | {f"{gate}.yaml"}
    missing = [name for name in sorted(wanted) if not (job / name.replace("%20", " ")).exists()]
    # The sidecar is put away when it is answered, and the job may have left while we looked.
    with suppress(FileNotFoundError):
        if missing == [f"{gate}.yaml"] and any((job / "decisions").glob(f"*-{gate}.yaml")):
            return []
    return [f"{job.parent.name}/{job.name}: {name}" for name in missing] if job.is_dir() else []


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: str = "job_id,psd_path,aepx_path,output_name") -> Path:
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    return path


def write_font(path: Path, name: str) -> None:
    """A font with a square for each letter of ASCII and the PostScript name wanted (`Family-Style`)."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(50, 0), (50, 700), (450, 700), (450, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap(dict.fromkeys(range(33, 127), "square"))
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "square": (500, 50)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name.partition("-")[0], "styleName": "Regular", "psName": name})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)


def is_root() -> bool:
    return os.geteuid() == 0
