"""Programs that write into the inbox, each in its own way: none is read early, all arrive, whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from house import House
from writers import WAYS

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import sha256_of
from hotfolderd.engine.steps import next_order
from hotfolderd.inbox.batches import plan_jobs
from hotfolderd.inbox.building import BatchPlan, build
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.stages.template.line import LINE
from hotfolderd.work import perform

WRITERS = Path(__file__).with_name("writers.py")
# These write beside a table in the inbox itself, the others into a folder of their own.
BESIDE_A_TABLE = ("stall8", "renamed")


@dataclass(frozen=True)
class Written:
    """A drop of which one file is written slowly: its job, that file's source and its name in the drop."""

    job: str
    way: str
    source: Path
    target: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny0001.psd`, `tiny.aepx`, `footage/` and `tiny.csv`."""
    folder = tmp_path_factory.mktemp("files")
    make_small_batch(folder, 1, template="tiny.aepx")
    return folder


def lay(files: Path, folder: Path, *, without: str) -> None:
    """Copy a drop as a folder, all but the file that is to be written."""
    shutil.copytree(files / "footage", folder / "footage")
    for name in ("tiny0001.psd", "tiny.aepx"):
        if name != without:
            shutil.copyfile(files / name, folder / name)


def order(files: Path, house: House, way: str, stem: str) -> Written:
    """Lay the rest of a drop whose design, project or table will be written in one of the ways."""
    job = f"{stem}_{way}"
    if stem == "table":
        lay(files, house.inbox / job, without="")
        source = house.root.parent / f"{job}.csv"
        source.write_text(f"job_id,psd_path,aepx_path,output_name\n{job},tiny0001.psd,tiny.aepx,{job}_final.aep\n")
        return Written(job, way, source, house.inbox / job / "jobs.csv")
    if way in BESIDE_A_TABLE:
        shutil.copyfile(files / "tiny.aepx", house.inbox / f"{job}.aepx")
        (house.inbox / f"{job}.csv").write_text(f"job_id,psd_path,aepx_path\n{job},{job}.psd,{job}.aepx\n")
        return Written(job, way, files / "tiny0001.psd", house.inbox / f"{job}.psd")
    name = "tiny.aepx" if stem == "project" else "tiny0001.psd"
    lay(files, house.inbox / job, without=name)
    return Written(job, way, files / name, house.inbox / job / name)


@contextmanager
def reports_watched(house: House) -> Iterator[list[str]]:
    """Look all the time whether anything is said against a drop, or a job fails."""
    ending, found = threading.Event(), []

    def watch() -> None:
        while not ending.wait(0.02):
            found.extend(path.name for path in house.inbox.glob("*.report.*"))
            found.extend(f"failed/{path.name}" for path in (house.root / "failed").glob("*/"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ending.set()
        thread.join()


def test_eleven_ways_of_writing_are_none_read_early_and_all_arrive_whole(tmp_path: Path, files: Path) -> None:
    """Written at the same time: the design in all eleven ways, a project and a table in those that close the file.

    Nothing is ever said against any of them, and each job has the bytes that its writer meant.
    """
    house = House(tmp_path, settle_s=2.0, inbox={})
    processes = []
    with house, reports_watched(house) as said:
        # Early enough to be wrong: the daemon looks, and its workers have done one job.
        lay(files, house.inbox / "first", without="")
        house.wait_for("2-review/first/review.yaml")
        chosen = [*(("design", way) for way in WAYS), ("project", "reopened7"), ("table", "reopened7")]
        written = []
        for stem, way in chosen:
            one = order(files, house, way, stem)
            written.append(one)
            words = [sys.executable, str(WRITERS), way, str(one.source), str(one.target)]
            processes.append(subprocess.Popen(words))
        jobs = {"first", *(one.job for one in written)}
        house.wait_until(lambda: {path.name for path in (house.root / "2-review").glob("*/")} == jobs, "all reviews")
        assert [process.wait(timeout=10) for process in processes] == [0] * len(chosen)
    assert said == []
    assert "refused" not in house.messages()
    assert "cannot be examined" not in house.messages()
    for one in written:
        name = "tiny0001.psd" if one.target.suffix == ".csv" else one.target.name
        source = files / name if one.target.suffix == ".csv" else one.source
        assert sha256_of(house.folder(one.job) / "assets" / name) == sha256_of(source), one.job


def test_a_first_half_is_known_by_its_end(tmp_path: Path, files: Path) -> None:
    """What a program leaves that will open the file again later looks finished in every other way."""
    for name in ("tiny0001.psd", "tiny.aepx", "footage/tiny_bg.png"):
        folder = tmp_path / name.replace("/", "_")
        lay(files, folder, without="")
        assert examine_folder(folder).verdict == "valid"
        data = (files / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])
        found = examine_folder(folder)
        assert found.verdict == "waiting"
        assert found.ending_early == found.missing
    lay(files, tmp_path / "table", without="")
    table = tmp_path / "table" / "jobs.csv"
    whole = "job_id,psd_path,aepx_path,notes\nA1,tiny0001.psd,tiny.aepx,\n"
    # Nothing tells that a row without its line break would have gone on behind its last, free column.
    for length in range(len(whole) - 1):
        table.write_text(whole[:length])
        assert examine(table, frozenset()).verdict == "waiting", whole[:length]
    table.write_text(whole)
    assert examine(table, frozenset()).verdict == "valid"


def test_a_design_written_to_after_the_job_was_made_is_read_again(tmp_path: Path, files: Path) -> None:
    """A rename does not stop a program that has the file open: the steps notice, and what depends on it is redone."""
    drop = tmp_path / "JOB1"
    lay(files, drop, without="")
    jobs = plan_jobs(examine_folder(drop).valid_rows, "B1", "anna", datetime.now(UTC))
    assert build(BatchPlan("B1", str(drop), str(tmp_path), str(tmp_path / "replaced"), jobs)) == ("JOB1",)
    job, design = drop, drop / "assets" / "tiny0001.psd"
    steps = LINE.stages["1-processing"].steps[:2]
    facts: dict[str, object] = {name: {} for step in steps for name in step.uses}
    finished: dict[str, str] = {}

    def work() -> list[str]:
        begun = []
        while (found := next_order(job, steps, facts, finished)) and len(begun) < 10:
            step, task = found
            done = perform(task)
            assert hasattr(done, "digest"), done
            finished[step.name] = done.fingerprint
            begun.append(step.name)
        return begun

    with design.open("r+b") as late:
        assert work() == ["identify", "read-design"]
        assert work() == []
        late.seek(0, 2)
        late.write(b"later")
    assert work() == ["identify", "read-design"]
