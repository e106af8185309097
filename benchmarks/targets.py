"""How long people wait, against the times that were asked for: one job the whole way, and what is looked at meanwhile.

    python benchmarks/targets.py [FOLDER]

FOLDER holds one design, one `.aepx` and its footage; the demonstration's poster is the default. A daemon with two
workers takes the job from the inbox to the delivery; its two questions are answered as a person does, by a saved file.
Times are seconds on the wall, of this machine with whatever else it does. An answer counts when it has been still for
two seconds; these are part of its time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine import FEW, engine_over, fastest
from yardsticks.jobs import Pair, demo_pair, pair_in
from yardsticks.line import House

from hotfolderd.pipeline import APPROVAL, COMPLETED, REVIEW

ROWS, SETTLE_S, PATIENCE_S = 100, 2.0, 600.0


def show(what: str, seconds: float, target_s: float) -> None:
    missed = "" if seconds <= target_s else "   MISSED"
    print(f"{what:<58} {seconds:7.2f} s, at most {target_s:g}{missed}", flush=True)


def waited(there: Callable[[], object]) -> float:
    """Seconds until something is so."""
    began = time.perf_counter()
    while not there():
        if time.perf_counter() - began > PATIENCE_S:
            raise SystemExit("nothing happens any more")
        time.sleep(0.005)
    return time.perf_counter() - began


def approve(sidecar: Path) -> float:
    """Save `decision: approve`; seconds until the answer has its receipt, wherever the job then is."""
    before = len(receipts(sidecar))
    sidecar.write_text(sidecar.read_text().replace("decision: pending", "decision: approve", 1))
    return waited(lambda: len(receipts(sidecar)) > before)


def receipts(sidecar: Path) -> list[Path]:
    return list(sidecar.parents[2].glob(f"*/{sidecar.parent.name}/decisions/*.receipt.yaml"))


def command(config: Path, *words: str) -> float:
    """Seconds that a command takes, its start included: the middle one of five times."""
    argv = [sys.executable, "-m", "hotfolderd", "--config", str(config), *words]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def durations_ms(job: Path) -> dict[str, float]:
    """How long each step of a job took, by its history."""
    lines = [json.loads(line)["data"] for line in (job / ".job/events.jsonl").read_text().splitlines()]
    return {data["step"]: data["duration_ms"] for data in lines if "duration_ms" in data}


def whole_way(pair: Pair, place: Path) -> None:
    with House(place / "line", 2) as house:
        house.drop(pair, 1, alike=True)
        show("dropped, read, matched, drawn: until the review is asked", waited(lambda: asked(house, REVIEW)), 30)
        receipt_s = approve(asked(house, REVIEW)[0])
        show("an answer saved, until its receipt", receipt_s, SETTLE_S + 0.2)
        show("made, previewed, checked: until the approval is asked", waited(lambda: asked(house, APPROVAL)), 110)
        approve(asked(house, APPROVAL)[0])
        done = house.root / COMPLETED
        show("receipt of the approval, until it is delivered", waited(lambda: list(done.glob("*/job.yaml"))), 1)
        job = next(done.glob("*/job.yaml")).parent
        took = durations_ms(job)
        making = ("build-project", "write-script", "draw-preview")
        show("    of that the making of project, script and preview", sum(took[name] for name in making) / 1000, 90)
        show("    of that the check of the output", took["check-output"] / 1000, 20)
        show("    of that the delivery", took["deliver"] / 1000, 1)
        show("hotfolderd show", command(house.config, "show", job.name), 0.5)


def asked(house: House, stage: str) -> list[Path]:
    return [path for path in (house.root / stage).glob("*/*.yaml") if path.stem in ("review", "approval")]


def table_of_rows(pair: Pair, place: Path) -> Path:
    """A CSV of a hundred rows with its files beside it."""
    place.mkdir()
    for path in (pair.design, pair.template, *pair.footage):
        (place / path.name).write_bytes(path.read_bytes())
    rows = [f"J{number:03d},{pair.design.name},{pair.template.name}" for number in range(ROWS)]
    (place / "batch.csv").write_text("\n".join(["job_id,psd_path,aepx_path", *rows]) + "\n")
    return place / "batch.csv"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="targets-") as name:
        place = Path(name)
        (place / "line").mkdir()
        pair = pair_in(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else demo_pair(place / "pair")
        print(pair.name)
        whole_way(pair, place)
        checked_s = command(place / "line/config.yaml", "check", str(table_of_rows(pair, place / "rows")))
        show(f"hotfolderd check of a CSV with {ROWS} rows", checked_s, 2)
        parts, _ = engine_over(FEW, place / "few")
        show(f"dashboard.html of {FEW} jobs", fastest(lambda: parts.dashboard.write(parts.look, running=True), 3), 1)
        parts.watcher.stop()
        parts.workers.stop(0.5)


if __name__ == "__main__":
    main()
