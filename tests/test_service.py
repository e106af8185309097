"""What the service manager and monitors are told, over a real socket and in a real file."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfolderd.logs import Discreet, _AsJson
from hotfolderd.metrics import Metrics, as_prometheus
from hotfolderd.root import make_root
from hotfolderd.service import Service


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(2)
        yield listening


def test_the_first_round_means_ready_and_each_feeds_the_watchdog(manager: socket.socket) -> None:
    service = Service({"NOTIFY_SOCKET": manager.getsockname()})
    service.went_round("0 steps\nREADY=0")
    assert manager.recv(999).decode().split("\n") == ["WATCHDOG=1", "READY=1", "STATUS=0 steps READY=0"]
    service.went_round("0 steps\nREADY=0")
    assert manager.recv(999) == b"WATCHDOG=1"
    service.went_round("1 steps")
    assert manager.recv(999) == b"WATCHDOG=1\nSTATUS=1 steps"
    service.ending()
    assert manager.recv(999) == b"STOPPING=1"


def test_an_abstract_socket_is_reached_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0hotfolderd-test-{id(listening)}")
        listening.settimeout(2)
        Service({"NOTIFY_SOCKET": "@" + listening.getsockname()[1:].decode()}).went_round("x")
        assert b"READY=1" in listening.recv(999)


def test_a_manager_that_does_not_listen_stops_nobody_and_is_told_later(tmp_path: Path) -> None:
    service = Service({"NOTIFY_SOCKET": str(tmp_path / "later")})
    service.went_round("x")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "later"))
        listening.settimeout(2)
        service.went_round("x")
        assert listening.recv(999) == b"WATCHDOG=1\nREADY=1\nSTATUS=x"
    Service({}).went_round("x")


def test_the_figures_are_as_prometheus_reads_them() -> None:
    text = as_prometheus(Counter({"2-review": 3}), 7, 2, 1.5)
    assert text.endswith("\n")
    assert 'hotfolderd_jobs{stage="2-review"} 3\n' in text
    assert "hotfolderd_free_bytes 1572864\n" in text
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) hotfolderd_\w+ .+|hotfolderd_\w+(\{stage="[\w-]+"\})? [0-9.]+', line), line


def test_figures_are_written_now_and_then_and_a_missing_folder_stops_nobody(tmp_path: Path) -> None:
    seconds = [0.0]
    looks = []

    def look() -> tuple[list[str], int, float]:
        looks.append(1)
        return ["failed"], 0, 1.0

    metrics = Metrics(tmp_path / "later/x.prom", lambda: seconds[0])
    metrics.went_round(look)
    (tmp_path / "later").mkdir()
    metrics.went_round(look)
    assert len(looks) == 1, "not looked at again before 15 s"
    seconds[0] = 15.0
    metrics.went_round(look)
    text = (tmp_path / "later/x.prom").read_text()
    assert 'stage="failed"} 1\n' in text
    assert "hotfolderd_rounds_total 3\n" in text


def test_a_log_in_json_has_one_object_on_a_line_and_no_secret() -> None:
    """Also of a record with a traceback and a name that breaks lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_AsJson())
    handler.addFilter(Discreet(["json://CANARYTOKEN"]))
    log = logging.getLogger("room of a test")
    log.addHandler(handler)
    log.propagate = False
    try:
        raise ValueError("CANARYTOKEN\nsecond line")
    except ValueError:
        log.exception("a job called %s", "x\nERROR y CANARYTOKEN")
    log.warning("then")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["level"], first["room"], second["message"]) == ("ERROR", "room of a test", "then")
    assert "ValueError" in first["trace"]
    assert first["at"].endswith("Z")
    assert "CANARY" not in stream.getvalue()


def test_the_daemon_logs_as_its_configuration_says(tmp_path: Path) -> None:
    """`log.format: json`: every line of the real daemon is an object; and by the environment as text."""
    root = make_root(tmp_path / "folders").path
    (tmp_path / "config.yaml").write_text("log: {format: json}\n")
    line = [sys.executable, "-m", "hotfolderd", "--root", str(root), "run", "--until-idle"]
    told = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stderr.splitlines()
    assert {"at", "level", "room", "message"} == set().union(*(json.loads(one) for one in told))
    environment = {**os.environ, "HOTFOLDERD_LOG__FORMAT": "text"}
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert " INFO hotfolderd works on " in done.stderr


def test_the_daemon_does_not_load_what_only_commands_need() -> None:
    """Reports, doctor, gc and units are for commands; the daemon stays lean."""
    code = "import sys, hotfolderd.daemon; print(*[m for m in sys.modules if m.startswith('hotfolderd.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not re.search(r"hotfolderd\.(report|upkeep|cli)\b", loaded)
    assert "hotfolderd.service" in loaded
