"""The daemon waits most of the time, so it keeps little in memory: nothing heavy is loaded, little of each job kept."""

from __future__ import annotations

import dataclasses
import gc
import json
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from hotfolderd.cli.resident import Asked, understood
from hotfolderd.config import Config
from hotfolderd.disk import dump_yaml
from hotfolderd.engine.hints import EVERYTHING, Hints
from hotfolderd.lines import LINES
from hotfolderd.parts import put_together
from hotfolderd.pipeline import REVIEW
from hotfolderd.records import Intent, Question
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.line import ASK_REVIEW
from hotfolderd.store import Store
from hotfolderd.work import WORK

MOST_MIB = 40
MOST_BYTES_OF_A_JOB = 3500
# What workers and other commands need. Each of these would stay in the daemon for as long as it runs.
HEAVY = frozenset({
    *("numpy", "scipy", "PIL", "lxml", "psd_tools", "py_aep", "fontTools", "isal", "rapidfuzz"),  # files
    *("ffmpeg", "imageio_ffmpeg", "espeakng_loader"),  # films
    *("pydantic", "pydantic_core", "typer", "rich", "jinja2"),  # what people write and see
    *("apprise", "requests", "urllib3", "http", "smtplib", "email"),  # messages: when one is sent
    *("distributed", "dask", "psutil", "sqlite3", "xml", "unittest", "importlib.metadata"),
})  # fmt: skip
PROGRAM = """
import json, sys
from hotfolderd.__main__ import main
sys.argv = ["hotfolderd", "--config", sys.argv[1], "run", "--until-idle"]
main()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    make_root(tmp_path / "folders")
    path = tmp_path / "config.yaml"
    path.write_text(dump_yaml({"root": "folders", "settle_s": 0.1, "workers": {"processes": 1}}))
    return path


def heavy_modules(config: Path, program: str) -> set[str]:
    """The heavy modules that a daemon over an empty root has loaded when it ends."""
    argv = [sys.executable, "-c", program, str(config)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    return HEAVY & set(json.loads(ended.stdout.splitlines()[-1]))


def test_a_daemon_that_waits_has_loaded_nothing_heavy(config: Path) -> None:
    assert heavy_modules(config, PROGRAM) == set()


def test_a_heavy_module_would_be_seen(config: Path) -> None:
    assert heavy_modules(config, f"import numpy\n{PROGRAM}") >= {"numpy"}


def test_workers_begin_without_what_only_few_jobs_need() -> None:
    """scipy: for layers with effects and for how alike two films are. Each worker would hold its 60 MiB."""
    load = "import importlib, json, sys; from hotfolderd.lines import step_modules\n"
    load += "for name in step_modules(): importlib.import_module(name)\nprint(json.dumps(sorted(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True, timeout=120)
    loaded = set(json.loads(said.stdout))
    assert {"psd_tools", "py_aep"} <= loaded
    assert not loaded & {"scipy", "apprise", "distributed", "typer"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is counted otherwise elsewhere")
def test_a_daemon_without_a_job_takes_less_than_40_mib(config: Path) -> None:
    argv = [sys.executable, "-m", "hotfolderd", "--config", str(config), "run"]
    health = config.parent / "folders" / ".hotfolderd" / "health.json"
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as daemon:
        try:
            until = time.monotonic() + 60
            while not health.exists():
                assert time.monotonic() < until, "no round was ended"
                time.sleep(0.05)
            resident_mib = psutil.Process(daemon.pid).memory_info().rss / 2**20
        finally:
            daemon.terminate()
    assert resident_mib < MOST_MIB


def lay_out(root: Root, numbers: range) -> None:
    """Jobs that wait for a review, as the daemon leaves them there."""
    store = Store(root, LINES, lambda: datetime.now(UTC))
    for number in numbers:
        name = f"JOB{number:05d}"
        folder = root.path / REVIEW / name
        (folder / ".job").mkdir(parents=True)
        job = store.create(folder, {"job": name, "kind": "template", "batch": "BATCH_1", "client": "Studio"})
        intent = Intent("1-processing", REVIEW, "stage_transition", "system")
        asked = dataclasses.replace(job, question=Question("review", 1, 0, job.created_at), revisions={"review": 1})
        store.arrive(folder, dataclasses.replace(asked, intent=intent))
        (folder / WORK / ASK_REVIEW.name).mkdir(parents=True)
        for place in (folder, folder / WORK / ASK_REVIEW.name):
            (place / "review.yaml").write_text(f"for: {{job: {name}, revision: 1}}\ndecision: pending\nend: true\n")


def test_of_a_job_that_waits_little_is_kept(tmp_path: Path) -> None:
    """Its record, its seat, the watch of its folder: 3 kB today."""
    root, count = make_root(tmp_path / "folders"), 300
    lay_out(root, range(10))
    parts = put_together(Config(root=root.path, settle_s=0.0).runtime(), root, Hints())
    try:
        parts.round(EVERYTHING)  # loads what is loaded once
        lay_out(root, range(10, count + 10))
        gc.collect()
        tracemalloc.start()
        for _ in range(3):
            parts.round(EVERYTHING)
        gc.collect()
        kept_bytes, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(parts.reconciler.seats) == count + 10
        assert kept_bytes / count < MOST_BYTES_OF_A_JOB
    finally:
        parts.watcher.stop()
        parts.workers.stop(0)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("run", Asked()),
        ("--root r run", Asked(root=Path("r"))),
        ("--config=c.yaml run --verbose", Asked(config=Path("c.yaml"), verbose=True)),
        ("--root run run --until-idle --patience 3.5", Asked(root=Path("run"), until_idle=True, patience=3.5)),
        ("run --no-until-idle --no-verbose", Asked()),
        ("--root run status", None),
        ("run --help", None),
        ("--help", None),
        ("", None),
        ("run --patience soon", None),
        ("run --until-idel", None),
        ("run extra", None),
        ("run --verb", None),
    ],
)
def test_the_daemon_understands_its_command_line_without_the_other_commands(line: str, asked: Asked | None) -> None:
    """What needs an explanation is left to them."""
    assert understood(line.split()) == asked


def test_both_ways_to_read_the_command_line_know_the_same_options() -> None:
    from typer.main import get_command  # noqa: PLC0415  heavy

    from hotfolderd.cli.app import load_commands  # noqa: PLC0415

    group = get_command(load_commands())
    options = {option for param in group.commands["run"].params for option in (*param.opts, *param.secondary_opts)}
    with_values = {"--patience": "1"}
    for option in options - {"--help"}:
        words = ["run", option, *([with_values[option]] if option in with_values else [])]
        assert understood(words) is not None, option
