"""A real nexrender server on 127.0.0.1, and a worker of the tests that speaks to it as nexrender's own does."""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

PACKAGE = "@nexrender/server@1.38.0"
SECRET = "rosebud-4711-sledge"
# Its own command would listen to the whole network.
_START = """
const { createHandler } = require("@nexrender/server");
require("micro")(createHandler(process.env.SECRET)).listen(Number(process.env.PORT), "127.0.0.1");
"""


def installed(folder: Path) -> str:
    """Install the server into a folder, once; why that cannot be done, or an empty text."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed, so there is no nexrender server"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        return "" if (folder / "done").exists() else _install(folder)


def _install(folder: Path) -> str:
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save", PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        return f"{PACKAGE} could not be installed within 180 s"
    if done.returncode:
        return f"{PACKAGE} could not be installed: {done.stderr.strip()[-300:]}"
    (folder / "done").touch()
    return ""


class Farm:
    """One server with a secret, and what its worker does with a job."""

    def __init__(self, package: Path, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._package, self._folder = package, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.seen: list[dict[str, Any]] = []
        self.closed = False

    @contextmanager
    def open(self) -> Iterator[Farm]:
        environment = {"HOME": str(self._folder), "NEXRENDER_DATABASE": str(self._folder / "jobs.json")}
        environment |= {"PORT": str(self.port), "SECRET": SECRET}
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [shutil.which("node") or "node", "-e", _START],
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self._package,
            )
        try:
            until = time.monotonic() + 20
            while True:
                try:
                    if requests.get(f"{self.url}/api/v1/health", timeout=5).ok:
                        break
                except requests.ConnectionError:
                    assert time.monotonic() < until, (self._folder / "server.log").read_text()
                    time.sleep(0.05)
            yield self
        finally:
            self.close()

    def close(self) -> None:
        self.closed = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ask(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(
            verb, f"{self.url}/api/v1{path}", json=body, headers={"nexrender-secret": SECRET}, timeout=10
        )
        assert answer.ok, answer.text
        return answer.json()

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/jobs")
        return found

    @contextmanager
    def worker(self, does: Callable[[Farm, dict[str, Any]], None]) -> Iterator[None]:
        """A worker that picks one job after another and does something with each."""
        ending = threading.Event()
        faults: list[Exception] = []

        def work() -> None:
            try:
                while not ending.is_set() and not self.closed:
                    job = self.ask("GET", "/jobs/pickup")
                    if job:
                        self.seen.append(job)
                        does(self, {**job, "state": "started"})
                    ending.wait(0.05)
            except Exception as error:  # noqa: BLE001  told by the test that waits for the worker
                faults.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join(timeout=30)
        assert not faults, faults[0]

    def tell(self, job: dict[str, Any], **changes: Any) -> None:
        """What a worker tells of its job: all of it, with its new state."""
        job.update(changes)
        self.ask("PUT", f"/jobs/{job['uid']}", job)


def local(url: str) -> Path:
    """The file that a worker reads for `template.src`."""
    parts = urlsplit(url)
    assert parts.scheme == "file", url
    return Path(unquote(parts.path))


def copied(job: dict[str, Any], movie: Path, log: str = "") -> None:
    """The actions after the rendering, as `@nexrender/action-copy` does them: into a folder under its own name."""
    for action in job["actions"]["postrender"]:
        assert action["module"] == "@nexrender/action-copy"
        target = Path(action["output"])
        if action.get("input") == "aerender.log":
            target.write_text(log)
        else:
            assert target.is_dir(), "the folder is there, so that the ending stays that of After Effects"
            shutil.copyfile(movie, target / f"result{movie.suffix}")
